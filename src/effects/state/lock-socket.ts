import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf } from '../../core/errno.ts';
import type { Owner } from '../../core/signals.ts';
import { MAX_NAME_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';

/** How long a holder has to say who it is, ms. */
const ANSWER_MS = 500;
/** Bytes of an answer; a real one has about 100. */
const MAX_ANSWER = 4_096;
/** Connections that a holder keeps open; the oldest goes first. */
const MAX_CLIENTS = 64;

const ownerSchema = z.object({
  user: z.string().transform((user) => cleanLine(user, MAX_NAME_LENGTH)),
  pid: z.int().nonnegative(),
  startedAt: z.number(),
});

/**
 * The address that stands for `key`. On Linux it is in the abstract namespace: no file, no permissions, and gone with
 * the process. Elsewhere a socket file, or a named pipe on Windows.
 */
export function lockAddress(key: string, platform: NodeJS.Platform = process.platform): string {
  // Half of the hash: socket paths are limited to 104 bytes on macOS, whose temporary directory has a long name.
  const name = `sightline-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  if (platform === 'linux') return `\0${name}`;
  if (platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}

/** Listens on the address and tells every caller who the owner is. Null when somebody else listens there. */
export async function hold(address: string, owner: Owner): Promise<(() => Promise<void>) | null> {
  const server = await listen(address, owner);
  if (server !== null) return server;
  if (address.startsWith('\0') || (await askOwner(address)).type === 'held') return null;
  // A socket file outlives a process that was killed; nobody answers there, so it is ours to clear away.
  rmSync(address, { force: true });
  return listen(address, owner);
}

function listen(address: string, owner: Owner): Promise<(() => Promise<void>) | null> {
  const clients = new Set<Socket>();
  const server = createServer((client) => serve(client, clients, owner));
  const { promise, resolve } = Promise.withResolvers<(() => Promise<void>) | null>();
  server.on('error', () => resolve(null));
  server.listen(address, () => resolve(() => close(server, clients)));
  server.unref();
  return promise;
}

function serve(client: Socket, clients: Set<Socket>, owner: Owner): void {
  const [oldest] = clients;
  if (clients.size >= MAX_CLIENTS) oldest?.destroy();
  clients.add(client);
  client.unref();
  client.on('error', () => client.destroy());
  client.on('close', () => clients.delete(client));
  // Nobody has anything to say to us.
  client.on('data', () => client.destroy());
  client.write(`${JSON.stringify(owner)}\n`);
}

function close(server: Server, clients: ReadonlySet<Socket>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const client of clients) client.destroy();
  return promise;
}

export type Answer = { readonly type: 'free' } | { readonly type: 'held'; readonly owner: Owner | null };

/** Asks who holds the address; `owner` is null where somebody listens but gives no proper answer in time. */
export function askOwner(address: string): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const socket = connect(address);
  let text = '';
  const timer = setTimeout(() => resolve({ type: 'held', owner: null }), ANSWER_MS);
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('\n') || text.length > MAX_ANSWER) resolve({ type: 'held', owner: parseOwner(text) });
  });
  socket.on('error', (error) => resolve(isFree(error) ? { type: 'free' } : { type: 'held', owner: null }));
  socket.on('close', () => resolve({ type: 'held', owner: parseOwner(text) }));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

/** Keeps a connection to the holder open until it ends: `free` when there was nobody to connect to. */
export function untilClosed(address: string, signal: AbortSignal): Promise<'free' | 'closed'> {
  const { promise, resolve } = Promise.withResolvers<'free' | 'closed'>();
  const socket = connect(address);
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  socket.unref();
  socket.resume();
  socket.on('error', (error) => resolve(isFree(error) ? 'free' : 'closed'));
  socket.on('close', () => resolve('closed'));
  return promise.finally(() => signal.removeEventListener('abort', stop));
}

function isFree(error: Error): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error));
}

function parseOwner(text: string): Owner | null {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
