import { createReadStream } from 'node:fs';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ms } from '../../../core/units.ts';

/** The kernel's tables of TCP connections in our network namespace. A server for both families is in the second. */
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'] as const;
/** Until a server accepts, its end of a connection has no owner: longest wait for that, and the time between two checks, ms. */
const ACCEPT_MS: Ms = 2_000;
const CHECK_EVERY_MS: Ms = 20;

/**
 * Returns the user id of the process that accepted the connection `socket` on this machine; null if it cannot be
 * determined: the other end is on another machine, nothing accepts it, or the system has no such tables. The owner of
 * the accepted connection counts, not that of the listening port: the port may have another owner by now.
 */
export async function acceptorOf(socket: Socket): Promise<number | null> {
  const [server, client] = [
    endpoints(socket.remoteAddress, socket.remotePort),
    endpoints(socket.localAddress, socket.localPort),
  ];
  const tables = TABLES.flatMap((file, at) => {
    const [from, to] = [server[at], client[at]];
    return from === undefined || to === undefined ? [] : [{ file, entry: ` ${from} ${to} ` }];
  });
  const checks = ACCEPT_MS / CHECK_EVERY_MS;
  for (let check = 0; check < checks && !socket.destroyed && tables.length > 0; check += 1) {
    for (const { file, entry } of tables) {
      const line = await lineWith(file, entry).catch(() => null);
      const [, uid, inode] = LINE.exec(line ?? '') ?? [];
      if (uid !== undefined && inode !== '0') return Number(uid);
    }
    await pause(CHECK_EVERY_MS);
  }
  return null;
}

/** Number, the two addresses, state, queues, timer, retransmissions, uid, timeout, inode. */
const LINE = /^ *\d+: \S+ \S+ \S+ \S+ \S+ \S+ +(\d+) +\d+ +(\d+) /u;

// An address and a port as each table writes it: 32-bit words in the byte order of the machine; null if the table cannot hold it.
function endpoints(address = '', port = 0): readonly [string | undefined, string | undefined] {
  const suffix = `:${hex(port, 4)}`;
  if (address === '::1') return [undefined, `${'0'.repeat(24)}${hexWord([0, 0, 0, 1])}${suffix}`];
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4 || bytes[0] !== 127) return [undefined, undefined];
  const v4 = hexWord(bytes);
  return [v4 + suffix, `${'0'.repeat(16)}${hexWord([0, 0, 0xff, 0xff])}${v4}${suffix}`];
}

function hexWord(bytes: readonly number[]): string {
  const ordered = endianness() === 'LE' ? bytes.toReversed() : bytes;
  return ordered.map((byte) => hex(byte, 2)).join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

// Read in parts: a busy machine has a hundred thousand connections, and any user may open more.
async function lineWith(file: string, entry: string): Promise<string | null> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'latin1') as AsyncIterable<string>) {
    rest += chunk;
    const at = rest.indexOf(entry);
    const end = rest.indexOf('\n', at);
    if (at !== -1 && end !== -1) return rest.slice(rest.lastIndexOf('\n', at) + 1, end);
    if (at === -1) rest = rest.slice(rest.lastIndexOf('\n') + 1);
  }
  return null;
}
