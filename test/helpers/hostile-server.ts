import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A TCP server that breaks HTTP in one way on every connection. */
export type HostileServer = { readonly base: string; readonly connections: () => number; readonly close: () => void };

/** What is done to a connection once something has come in on it; `drip` calls back until the connection closes. */
type Misdeed = (socket: Socket, drip: (ms: number, write: () => void) => void) => void;

const JSON_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const CHUNKED = `${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const GZIP = `${JSON_HEAD}Content-Encoding: gzip\r\n`;
const MANY = 64 * 1024;

/** Every way to end, or not to end, a request that is not an answer; by name. */
export const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  'switching protocols': (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  'switching protocols, unnamed': (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  'an upgrade with 200': (socket) =>
    socket.write(`${JSON_HEAD}Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\n{`),
  'one interim answer, then silence': (socket) => socket.write('HTTP/1.1 102 Processing\r\n\r\n'),
  'interim answers without end': (socket, drip) =>
    drip(0, () => socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100))),
  'slow interim answers without end': (socket, drip) => drip(20, () => socket.write('HTTP/1.1 100 Continue\r\n\r\n')),
  silence: () => undefined,
  'an early close': (socket) => socket.end(),
  'a reset': (socket) => socket.resetAndDestroy(),
  'half a status line, then a close': (socket) => socket.end('HTTP/1.1 2'),
  'half a status line, then silence': (socket) => socket.write('HTTP/1.1 2'),
  'half a head, then a close': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Ty'),
  'half a head, then a reset': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Ty', () => socket.resetAndDestroy());
  },
  'a head byte by byte': (socket, drip) => {
    socket.write('HTTP/1.1 200 OK\r\nX: ');
    drip(20, () => socket.write('x'));
  },
  'headers without end': (socket, drip) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    drip(0, () => socket.write('X-Y: z\r\n'.repeat(1_000)));
  },
  'a header without end': (socket, drip) => {
    socket.write('HTTP/1.1 200 OK\r\nX-Y: ');
    drip(0, () => socket.write('z'.repeat(MANY)));
  },
  garbage: (socket, drip) => drip(0, () => socket.write(Buffer.alloc(MANY, 0xf7))),
  'no HTTP at all': (socket) => socket.end('-ERR unknown command\r\n'),
  'HTTP/2': (socket) => socket.write(Buffer.from('000012040000000000000300000064', 'hex')),
  'a redirect to itself': (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
  'no content': (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
  'not modified': (socket) => socket.write('HTTP/1.1 304 Not Modified\r\n\r\n'),
  'status 999': (socket) => socket.write('HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n'),
  'status 000': (socket) => socket.write('HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n'),
  'no token is right': (socket) => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'),
  'less than was announced, then a close': (socket) => socket.end(`${JSON_HEAD}Content-Length: 99\r\n\r\n[1`),
  'less than was announced, then silence': (socket) => socket.write(`${JSON_HEAD}Content-Length: 99\r\n\r\n[1`),
  'less than was announced, drop by drop': (socket, drip) => {
    socket.write(`${JSON_HEAD}Content-Length: 999999999\r\n\r\n[`);
    drip(20, () => socket.write(' '));
  },
  'more than was announced': (socket) => socket.write(`${JSON_HEAD}Content-Length: 1\r\n\r\n[1,2]junk`),
  'two lengths': (socket) => socket.end(`${JSON_HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]x`),
  'a length and chunks': (socket) =>
    socket.end(`${JSON_HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n[]`),
  'a negative length': (socket) => socket.end(`${JSON_HEAD}Content-Length: -1\r\n\r\n[]`),
  'a length beyond all numbers': (socket) => socket.end(`${JSON_HEAD}Content-Length: ${'9'.repeat(40)}\r\n\r\n[]`),
  'a bad chunk': (socket) => socket.write(`${CHUNKED}zz\r\n[]\r\n0\r\n\r\n`),
  'a chunk without end': (socket, drip) => {
    socket.write(`${CHUNKED}fffffff\r\n[`);
    drip(0, () => socket.write(' '.repeat(MANY)));
  },
  'chunks without end': (socket, drip) => {
    socket.write(`${CHUNKED}1\r\n[\r\n`);
    drip(20, () => socket.write('1\r\n \r\n'));
  },
  'a chunk extension without end': (socket, drip) => {
    socket.write(`${CHUNKED}1;a=`);
    drip(0, () => socket.write('b'.repeat(MANY)));
  },
  'trailers without end': (socket, drip) => {
    socket.write(`${CHUNKED}1\r\n[\r\n0\r\n`);
    drip(20, () => socket.write('X-Y: z\r\n'));
  },
  'a body without end': (socket, drip) => {
    socket.write(`${JSON_HEAD}\r\n[`);
    drip(0, () => socket.write(' '.repeat(MANY)));
  },
  'items without end': (socket, drip) => {
    socket.write(`${JSON_HEAD}\r\n[`);
    drip(0, () => socket.write('1,'.repeat(MANY / 2)));
  },
  'half an item, then a close': (socket) => socket.end(`${JSON_HEAD}\r\n[{"a":`),
  'a gzip bomb': (socket) =>
    socket.end(Buffer.concat([Buffer.from(`${GZIP}\r\n`), gzipSync(Buffer.alloc(4 << 20, 32))])),
  'gzip that is none': (socket) => socket.end(`${GZIP}\r\n[1,2]`),
  'half a gzip': (socket) =>
    socket.end(Buffer.concat([Buffer.from(`${GZIP}Content-Length: 99\r\n\r\n`), gzipSync('[1,2,3]').subarray(0, 14)])),
  'gzip without end': (socket, drip) => {
    // Empty stored blocks: input for ever, and no output.
    socket.write(Buffer.concat([Buffer.from(`${GZIP}\r\n`), Buffer.from('1f8b0800000000000003', 'hex')]));
    drip(1, () => socket.write(Buffer.from('000000ffff'.repeat(200), 'hex')));
  },
};

/** Starts a server that does this to every connection, or, where `speaksFirst`, before anything is asked. */
export async function startHostile(misdeed: Misdeed, speaksFirst = false): Promise<HostileServer> {
  let connections = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    const timers: NodeJS.Timeout[] = [];
    const stop = (): void => timers.forEach((timer) => clearInterval(timer));
    socket.on('error', stop);
    socket.on('close', () => {
      stop();
      open.delete(socket);
    });
    const drip = (ms: number, write: () => void): void => {
      timers.push(setInterval(() => void (!socket.destroyed && socket.writableLength < 1 << 20 && write()), ms));
    };
    if (speaksFirst) misdeed(socket, drip);
    else socket.on('data', () => misdeed(socket, drip));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
