import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Address, isLoopback, nameInHost } from '../core/address.ts';
import { errnoOf } from '../core/errno.ts';
import type { Result } from '../core/result.ts';
import type { Page } from './metrics.ts';

/** Scrapers that may ask at a time: a Prometheus, its twin, and somebody with curl. */
const MAX_CONNECTIONS = 16;
/** Time for the head and for the whole of a request, ms. */
const HEAD_MS = 5_000;
const REQUEST_MS = 10_000;
/** A page is kept so long, ms: any user of the machine may ask, and each new one costs a commit of the engine. */
const KEEP_MS = 500;

export type MetricsServer = {
  /** The port that it listens on. */
  readonly port: number;
  readonly close: () => void;
};

export type Format = 'prometheus' | 'openmetrics';

/**
 * Serves `GET /metrics` and nothing else. On a loopback address a request has to name it in `Host`: a page in a browser
 * that has bound its own name to our address does not. Resolves to the system's error code where it cannot listen.
 */
export async function serveMetrics(
  { host, port }: Address,
  page: (format: Format) => Promise<Page>,
): Promise<Result<MetricsServer>> {
  const kept = keptPages(page);
  // Loaded here: every start would wait for a static import of it.
  const server = process.getBuiltinModule('node:http').createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    void answer(request, response, host, kept).catch(() => response.destroy());
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = HEAD_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = HEAD_MS;
  return new Promise((resolve) => {
    server.once('error', (error) => resolve({ ok: false, reason: errnoOf(error) || error.message }));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined);
      resolve({ ok: true, value: { port: portOf(server, port), close: () => closeAll(server) } });
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
  page: (format: Format) => Promise<Page>,
): Promise<void> {
  const status = refusalOf(request, host);
  request.resume();
  if (status !== null) {
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
    response.end('sightline serves GET /metrics\n');
    return;
  }
  const isOpen = (request.headers.accept ?? '').includes('application/openmetrics-text');
  const { type, text } = await page(isOpen ? 'openmetrics' : 'prometheus');
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function refusalOf({ headers, method, url }: IncomingMessage, host: string): number | null {
  if (headers.origin !== undefined) return 403;
  if (isLoopback(host) && !isLoopback(nameInHost(headers.host ?? ''))) return 403;
  if ((url ?? '').split('?')[0] !== '/metrics') return 404;
  return method === 'GET' || method === 'HEAD' ? null : 405;
}

function keptPages(page: (format: Format) => Promise<Page>): (format: Format) => Promise<Page> {
  const kept = new Map<Format, { readonly at: number; readonly page: Promise<Page> }>();
  return (format) => {
    const found = kept.get(format);
    if (found !== undefined && performance.now() - found.at < KEEP_MS) return found.page;
    const made = page(format);
    kept.set(format, { at: performance.now(), page: made });
    return made;
  };
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

function closeAll(server: Server): void {
  server.close();
  server.closeAllConnections();
}
