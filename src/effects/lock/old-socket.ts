import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import * as z from 'zod';
import type { Owner } from '../../core/runs.ts';
import { MAX_NAME_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { mayBeEngine, processes } from './folder.ts';
import { namespacePids } from './identity.ts';

// The lock of version 0.1.0: an abstract socket that tells each caller who its owner is. It is held beside the locks of
// today for one release, so that an engine of that version and one of this do not both act.

/** The time that a holder has to identify itself, ms. */
const ANSWER_MS = 500;
/** Bytes of an answer; a real one has about 100. */
const MAX_ANSWER = 4_096;
/** Connections that we keep open as a holder; the oldest goes first. */
const MAX_CLIENTS = 64;

const ownerSchema = z.object({
  user: z.string().transform((user) => cleanLine(user, MAX_NAME_LENGTH)),
  pid: z.int().nonnegative(),
  startedAt: z.number(),
});

/** `engine`: an engine of 0.1.0 acts. `ignored`: some other process has the address; null where it is not in view. */
export type OldSocket =
  | { readonly type: 'taken'; readonly release: () => Promise<void> }
  | { readonly type: 'engine'; readonly owner: Owner }
  | { readonly type: 'ignored'; readonly pid: number | null }
  | { readonly type: 'none' };

/** Takes the socket of a canonical workspace path, or finds out whether an engine of 0.1.0 has it. Never throws. */
export async function takeOldSocket(workspace: string, owner: Owner): Promise<OldSocket> {
  // Elsewhere it was a file in the user's temporary folder, whose holder cannot be looked up.
  if (process.platform !== 'linux') return { type: 'none' };
  const address = oldAddress(workspace);
  const release = await listen(address, owner);
  if (release !== null) return { type: 'taken', release };
  const pid = holderOf(address);
  if (pid === null || !mayBeEngine(pid)) return { type: 'ignored', pid };
  // That version keeps no record: its answer stands in for one, and must name the process that holds the socket.
  const answer = await askOwner(address);
  if (answer === null || answer.pid !== namespacePids(pid)?.at(-1)) return { type: 'ignored', pid };
  return { type: 'engine', owner: { ...answer, pid } };
}

/** The abstract address of 0.1.0: no file, no permissions, and gone with its process. */
export function oldAddress(workspace: string): string {
  return `\0sightline-${createHash('sha256').update(workspace).digest('hex').slice(0, 32)}`;
}

function listen(address: string, owner: Owner): Promise<(() => Promise<void>) | null> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const [oldest] = clients;
    if (clients.size >= MAX_CLIENTS) oldest?.destroy();
    clients.add(client);
    client.unref();
    client.on('error', () => client.destroy());
    client.on('close', () => clients.delete(client));
    // An engine only listens.
    client.on('data', () => client.destroy());
    client.write(`${JSON.stringify(owner)}\n`);
  });
  const close = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const client of clients) client.destroy();
    return promise;
  };
  const { promise, resolve } = Promise.withResolvers<(() => Promise<void>) | null>();
  server.on('error', () => resolve(null));
  server.listen(address, () => resolve(close));
  server.unref();
  return promise;
}

// `Num: RefCount Protocol Flags Type St Inode Path`; a zero byte is printed as @, St 01 is a listening socket.
function holderOf(address: string): number | null {
  const name = `@${address.slice(1)}`;
  const inode = read('/proc/net/unix')
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .find((fields) => fields[7] === name && fields[5] === '01')?.[6];
  if (inode === undefined) return null;
  return processes().find((pid) => hasSocket(pid, `socket:[${inode}]`)) ?? null;
}

function hasSocket(pid: number, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === socket);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Null where the holder gives no proper answer in time. */
function askOwner(address: string): Promise<Owner | null> {
  const { promise, resolve } = Promise.withResolvers<Owner | null>();
  const socket = connect(address);
  let text = '';
  const timer = setTimeout(() => resolve(null), ANSWER_MS);
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('\n') || text.length > MAX_ANSWER) resolve(parseOwner(text));
  });
  socket.on('error', () => resolve(null));
  socket.on('close', () => resolve(parseOwner(text)));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

function parseOwner(text: string): Owner | null {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
