/**
 * The HTTP server behind `otlp:HOST:PORT`: takes `POST /v1/logs` as JSON and nothing else. Everybody on this machine can
 * reach it, and so can any web page in a browser here: what a browser sends is refused, and everything is bounded.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { isLoopback, nameInHost } from '../../core/address.ts';
import type { TelemetryRefusal } from '../../core/source-reasons.ts';
import { isDeeper } from '../wire/depth.ts';

/** Bytes of one body as it comes, and unpacked: exporters send at most a few hundred records of some kB. */
const MAX_PACKED_BYTES = 1024 * 1024;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Nesting of a body; a log record has 12. Deep nesting makes parsing slow, and any user of the machine may send it. */
const MAX_DEPTH = 64;
/** Bodies that are read at a time, of senders with the token and of others each; and connections. */
const MAX_BODIES = 4;
const MAX_CONNECTIONS = 64;
/** Time for the head and for the whole of a request, ms. */
const HEAD_MS = 5_000;
const REQUEST_MS = 10_000;
/** Node looks for connections whose time is over this often, ms; by default every 30 s, which would be their time then. */
const CHECK_MS = 2_500;

export type Post = {
  /** The parsed body. */
  readonly body: unknown;
  /** True if the sender has given the token. */
  readonly isVerified: boolean;
};

export type ServerOptions = {
  readonly host: string;
  readonly port: number;
  /** The bearer token; null: none is set, and only loopback may be served. */
  readonly token: string | null;
  readonly onPost: (post: Post) => void;
  readonly onRefused: (why: TelemetryRefusal) => void;
};

/** Starts to listen. Resolves to the server; rejects with the system's error. */
export async function listen(options: ServerOptions): Promise<Server> {
  const reading = { verified: 0, unverified: 0 };
  // Loaded here: every start would wait for a static import of it.
  const server = process
    .getBuiltinModule('node:http')
    .createServer({ maxHeaderSize: 16_384, connectionsCheckingInterval: CHECK_MS }, (request, response) => {
      void answer(request, response, options, reading).catch(() => {
        response.destroy();
      });
    });
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = HEAD_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = HEAD_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}

/** The answers to the sender of a refused request. */
const ANSWERS: Readonly<Record<TelemetryRefusal, readonly [status: number, message: string]>> = {
  wrong_token: [401, 'wrong bearer token'],
  no_token: [401, 'bearer token required'],
  web_page: [403, 'requests of web pages are refused'],
  other_host: [403, 'the Host header must name this machine'],
  other_path: [404, 'expected /v1/logs'],
  no_post: [405, 'expected POST'],
  protobuf: [415, 'protobuf is not read; set OTEL_EXPORTER_OTLP_PROTOCOL=http/json'],
  other_type: [415, 'expected Content-Type: application/json'],
  other_encoding: [415, 'expected no compression, or gzip'],
  too_large: [413, 'body too large'],
  busy: [503, 'busy; try again'],
  not_json: [400, 'expected JSON'],
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
  reading: Record<'verified' | 'unverified', number>,
): Promise<void> {
  const sender = senderOf(request, options);
  if (sender === 'wrong_token' || sender === 'no_token') return refuse(response, sender, options);
  // A sender without the token may be slow, and takes no room of one that has it.
  const refusal = refusalOf(request, options, reading[sender]);
  if (refusal !== null) return refuse(response, refusal, options);
  const path = pathOf(request);
  if (path !== LOGS) {
    // Metrics and traces are accepted and dropped, so that an exporter of all three is content.
    limit(request, () => undefined);
    return accept(response, typeOf(request));
  }
  reading[sender] += 1;
  try {
    const body = await bodyOf(request);
    if (typeof body === 'string') return refuse(response, body, options);
    options.onPost({ body: body.value, isVerified: sender === 'verified' });
    accept(response, typeOf(request));
  } finally {
    reading[sender] -= 1;
  }
}

// A token that is given has to be right, even where none is needed.
function senderOf(
  request: IncomingMessage,
  { host, token }: ServerOptions,
): 'verified' | 'unverified' | 'wrong_token' | 'no_token' {
  const { authorization } = request.headers;
  const given = /^Bearer (?<token>\S+)$/iu.exec(authorization ?? '')?.groups?.['token'];
  if (authorization !== undefined && token !== null) {
    return given !== undefined && isEqual(given, token) ? 'verified' : 'wrong_token';
  }
  return isLoopback(host) ? 'unverified' : 'no_token';
}

function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

const PROTOBUF = 'application/x-protobuf';
const LOGS = '/v1/logs';
const PATHS: ReadonlySet<string> = new Set([LOGS, '/v1/metrics', '/v1/traces']);

function refusalOf(request: IncomingMessage, { host }: ServerOptions, bodies: number): TelemetryRefusal | null {
  const { headers, method } = request;
  // A page in a browser sends its origin; one that has bound its name to our address names that in Host.
  if (headers.origin !== undefined) return 'web_page';
  if (isLoopback(host) && !isLoopback(nameInHost(headers.host ?? ''))) {
    return 'other_host';
  }
  if (!PATHS.has(pathOf(request))) return 'other_path';
  if (method !== 'POST') return 'no_post';
  const type = typeOf(request);
  // What is dropped need not be read.
  if (type === PROTOBUF && pathOf(request) === LOGS) return 'protobuf';
  if (type !== PROTOBUF && type !== 'application/json') return 'other_type';
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') return 'other_encoding';
  if (Number(headers['content-length'] ?? 0) > MAX_PACKED_BYTES) return 'too_large';
  if (bodies >= MAX_BODIES) return 'busy';
  return null;
}

function typeOf({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?')[0] ?? '/';
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly value: unknown } | 'too_large' | 'not_json'> {
  const isPacked = request.headers['content-encoding']?.toLowerCase() === 'gzip';
  const chunks: Buffer[] = [];
  let packed = 0;
  let size = 0;
  limit(request, (bytes) => (packed = bytes));
  const source: AsyncIterable<Buffer> = isPacked ? request.pipe(createGunzip()) : request;
  if (isPacked)
    request.on('close', () =>
      request.complete ? undefined : (source as unknown as { destroy: () => void }).destroy(),
    );
  try {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return 'too_large';
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    return isDeeper(body, MAX_DEPTH) ? 'not_json' : { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return packed > MAX_PACKED_BYTES ? 'too_large' : 'not_json';
  }
}

// Reads on; ends the connection of a sender of too much, whatever its head has said. `came`: bytes so far.
function limit(request: IncomingMessage, came: (bytes: number) => void): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    came(bytes);
    if (bytes > MAX_PACKED_BYTES) request.destroy();
  });
}

function accept(response: ServerResponse, type: string): void {
  // An empty message of Protocol Buffers has no bytes.
  if (type === PROTOBUF) return void response.writeHead(200, { 'content-type': PROTOBUF }).end();
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"partialSuccess":{}}');
}

function refuse(response: ServerResponse, why: TelemetryRefusal, { onRefused }: ServerOptions): void {
  onRefused(why);
  const [status, message] = ANSWERS[why];
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(why === 'busy' && { 'retry-after': '1' }),
    // What is left of the body is not read.
    connection: 'close',
  });
  response.end(JSON.stringify({ code: status, message }), () => {
    if (why === 'too_large') response.socket?.destroy();
  });
}
