import { readFile, rename, writeFile } from 'node:fs/promises';
import { type BytePath, quote, unquote } from './byte-path.ts';
import { type Stamp, sameStamp } from './stamp.ts';

/** What we knew of a file when it was last read; without a stamp it has to be read again, but may be the same. */
export type Known = { readonly oid: string; readonly stamp: Stamp | null };

/** The content of files by path, so that only those that changed are read. */
export type StatCache = ReadonlyMap<BytePath, Known>;

const HEADER = 'sightline stat cache 1';
const LINE = /^([0-9a-f]{40}) (-|\S+ \S+ \S+ \S+ \S+) ("[^\n]*"|\S+)$/u;

/** The cache in `file`; empty where there is none or it is damaged: it only saves time. */
export async function readStatCache(file: string): Promise<StatCache> {
  const text = await readFile(file, 'latin1').catch(() => '');
  const [header, ...lines] = text.split('\n');
  if (header !== HEADER || lines.pop() !== 'end') return new Map();
  const cache = new Map<BytePath, Known>();
  for (const line of lines) {
    const [, oid, stamp, path] = LINE.exec(line) ?? [];
    if (oid !== undefined && stamp !== undefined && path !== undefined)
      cache.set(unquote(path), { oid, stamp: parseStamp(stamp) });
  }
  return cache;
}

/** Replaces the cache in `file` by way of `temporary`, a name on the same file system. */
export async function writeStatCache(file: string, temporary: string, cache: StatCache): Promise<void> {
  const lines = [HEADER];
  for (const [path, { oid, stamp }] of cache) lines.push(`${oid} ${formatStamp(stamp)} ${quote(path)}`);
  await writeFile(temporary, [...lines, 'end'].join('\n'), { encoding: 'latin1', mode: 0o600 });
  await rename(temporary, file);
}

/** The object id of a file that has not changed since it was read; null where it must be read. */
export function unchangedOid(cache: StatCache, path: BytePath, stamp: Stamp): string | null {
  const known = cache.get(path);
  if (known === undefined || known.stamp === null) return null;
  return sameStamp(known.stamp, stamp) ? known.oid : null;
}

function formatStamp(stamp: Stamp | null): string {
  return stamp === null ? '-' : [stamp.size, stamp.mtimeMs, stamp.ctimeMs, stamp.ino, stamp.dev].join(' ');
}

function parseStamp(text: string): Stamp | null {
  if (text === '-') return null;
  const [size = NaN, mtimeMs = NaN, ctimeMs = NaN, ino = NaN, dev = NaN] = text.split(' ').map(Number);
  return { size, mtimeMs, ctimeMs, ino, dev };
}
