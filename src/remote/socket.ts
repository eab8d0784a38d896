/** A channel over a Unix socket. The rights of the folder and of the socket are the protection: Node knows no peer's user. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { errnoOf } from '../core/errno.ts';
import type { Result } from '../core/result.ts';
import type { Channel } from './channel.ts';

/** Longest path of a Unix socket on Linux, bytes, without the NUL at its end. */
export const MAX_SOCKET_PATH = 107;
/** Bytes that wait to be written before a channel is full: some frames, less than the view of a large fleet. */
const FULL_BYTES = 256 * 1024;

/**
 * Bytes that may wait at all: the largest view twice. Answers are sent to a full channel, too, and one who asks and never
 * reads would have them pile up until it is dropped for that.
 */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** The time that waiting data has to leave at the end, ms. */
const CLOSING_MS = 1_000;

/** Wraps a connected socket. `maxBytes`: the longest line that is taken; a longer one ends the connection. */
export function channelOf(socket: Socket, maxBytes: number): Channel {
  const lines: ((line: string) => void)[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  socket.setNoDelay(true);
  // The end of the other process is an end, whatever the errno.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, at)]);
      parts = [];
      bytes = 0;
      from = at + 1;
      if (line.length > maxBytes) return void socket.destroy();
      for (const listener of lines) listener(line.toString('utf8'));
      if (socket.destroyed) return;
    }
    const rest = chunk.subarray(from);
    parts.push(rest);
    bytes += rest.length;
    if (bytes > maxBytes) socket.destroy();
  });
  return {
    send: (line) => {
      if (socket.writableEnded || socket.destroyed) return;
      socket.write(line);
      if (socket.writableLength > MAX_WAITING_BYTES) socket.destroy();
    },
    isFull: () => socket.writableLength > FULL_BYTES,
    onLine: (listener) => void lines.push(listener),
    onDrain: (listener) => void socket.on('drain', listener),
    onClose: (listener) => void socket.once('close', listener),
    close: () => {
      socket.end();
      // A peer that reads nothing would keep it for ever.
      setTimeout(() => socket.destroy(), CLOSING_MS).unref();
    },
  };
}

/** The entrance of consoles: one path, until `close`. */
export type Door = { readonly path: string; readonly close: () => void };

/**
 * Listens at `path`, which only its owner may open (`mode` 0600), or a group (0660). What lies there is taken away if it
 * is a socket: the pid in its name is ours, so no process listens there.
 */
export async function listenAt(
  path: string,
  {
    mode,
    maxBytes,
    serve,
  }: { readonly mode: number; readonly maxBytes: number; readonly serve: (channel: Channel) => void },
): Promise<Result<Door>> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
    return { ok: false, reason: `${path} is longer than ${MAX_SOCKET_PATH} bytes` };
  const server = createServer((socket) => serve(channelOf(socket, maxBytes)));
  try {
    removeSocket(path);
    await listening(server, path, mode);
  } catch (error) {
    server.close();
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  // An engine that has nothing else to do ends, though a console could still come.
  server.unref();
  return { ok: true, value: { path, close: () => server.close() } };
}

function listening(server: Server, path: string, mode: number): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
  });
  // The socket is made within `listen`, with its rights: another user could open it between its making and a chmod.
  const umask = process.umask(0o777 & ~mode);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  return ready;
}

function removeSocket(path: string): void {
  try {
    if (!lstatSync(path).isSocket()) throw new Error(`${path} is there and no socket; remove it`);
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Connects to the engine at `path`. */
export function connectTo(path: string, maxBytes: number): Promise<Result<Channel>> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (error) => resolve({ ok: false, reason: errnoOf(error) ?? error.message }));
    socket.once('connect', () => resolve({ ok: true, value: channelOf(socket, maxBytes) }));
  });
}
