import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { agentsightApi } from './agentsight-api.ts';

/** A server that runs until the test ends. */
export type TestServer = {
  readonly base: string;
  readonly port: number;
  /** Paths that were asked for, with their queries, in order. */
  readonly requests: readonly string[];
  readonly stop: () => Promise<void>;
};

/** Answers a request itself by returning true. */
export type Intercept = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

type Options = {
  /** `new` has tokens, filters and 404; `0.5` none, and its dashboard for every unknown path. */
  readonly version?: '0.5' | 'new';
  /** What the server wants of everybody. */
  readonly token?: string;
  readonly intercept?: Intercept;
  readonly port?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
};

/** agentsight's server over the databases in a folder. */
export async function serveAgentsight(folder: string, options: Options = {}): Promise<TestServer> {
  const isNew = options.version === 'new';
  const api = agentsightApi(folder, isNew);
  return serve((request, response, path) => {
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`) {
      return send(response, 401, '{"error":"unauthorized","message":"Authentication required"}');
    }
    if (/^\/api\/interruptions\/[^/]+\/resolve$/u.test(path) && request.method === 'POST') {
      return send(response, 200, '{"status":"resolved"}');
    }
    const answer = api(path, new URL(request.url ?? '', 'http://x').searchParams);
    if (answer !== null) return send(response, 200, answer);
    if (isNew) return send(response, 404, '{"error":"not found"}');
    return send(response, 200, '<html></html>', 'text/html');
  }, options);
}

/** Any server. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, path: string) => void,
  { intercept, port = 0, tls }: Pick<Options, 'intercept' | 'port' | 'tls'> = {},
): Promise<TestServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    requests.push(request.url ?? '');
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (intercept?.(request, response, path) !== true) answer(request, response, path);
  };
  const server = tls === undefined ? createServer(listener) : https.createServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  onTestFinished(stop);
  const bound = (server.address() as AddressInfo).port;
  return { base: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`, port: bound, requests, stop };
}

/** Sends an answer whole. */
export function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
