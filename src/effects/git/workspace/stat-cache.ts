import { readFile, rename, writeFile } from 'node:fs/promises';
import { type BytePath, quote, unquote } from './byte-path.ts';
import { type Stamp, unsure } from './stamp.ts';

/**
 * The facts that were known of a file when it was last read. Without a stamp, or with an unsure one, it has to be read again; with an
 * unsure one it is likely the same.
 */
export type Known = { readonly oid: string; readonly stamp: Stamp | null };

/** The content of files by path, so that only those that changed are read. */
export type StatCache = ReadonlyMap<BytePath, Known>;

const HEADER = 'sightline stat cache 3\n';
const END = 'end\n';
const OID_LENGTH = 40;

/** The cache in `file`; empty where there is none or it is damaged: it only saves time. */
export async function readStatCache(file: string): Promise<StatCache> {
  const text = await readFile(file, 'latin1').catch(() => '');
  const cache = new Map<BytePath, Known>();
  if (!text.startsWith(HEADER) || !text.endsWith(`\n${END}`)) return cache;
  // By hand: tens of thousands of lines at every checkpoint.
  for (let start = HEADER.length; start < text.length - END.length;) {
    const end = text.indexOf('\n', start);
    const afterStamp = text.indexOf(' ', start + OID_LENGTH + 1);
    const stamp = text.slice(start + OID_LENGTH + 1, afterStamp);
    const oid = text.slice(start, start + OID_LENGTH);
    cache.set(unquote(text.slice(afterStamp + 1, end)), { oid, stamp: stamp === '-' ? null : stamp });
    start = end + 1;
  }
  return cache;
}

/** Replaces the cache in `file` by way of `temporary`, a name on the same file system. */
export async function writeStatCache(file: string, temporary: string, cache: StatCache): Promise<void> {
  let text = HEADER;
  for (const [path, { oid, stamp }] of cache) text += `${oid} ${stamp ?? '-'} ${quote(path)}\n`;
  await writeFile(temporary, text + END, { encoding: 'latin1', mode: 0o600 });
  await rename(temporary, file);
}

/** The object id of a file that has not changed since it was read; null where it must be read. */
export function unchangedOid(cache: StatCache, path: BytePath, stamp: Stamp): string | null {
  const known = cache.get(path);
  return known !== undefined && known.stamp === stamp ? known.oid : null;
}

/** The object id of a file that has to be read again but is likely the same; null where nothing is known of it. */
export function likelyOid(cache: StatCache, path: BytePath, stamp: Stamp): string | null {
  const known = cache.get(path);
  return known !== undefined && known.stamp === unsure(stamp) ? known.oid : null;
}

/** The cache without trust in some of its files. */
export function withUnsure(cache: StatCache, paths: ReadonlySet<BytePath>): StatCache {
  if (paths.size === 0) return cache;
  const changed = new Map(cache);
  for (const path of paths) {
    const known = cache.get(path);
    if (known !== undefined && known.stamp !== null) changed.set(path, { ...known, stamp: unsure(known.stamp) });
  }
  return changed;
}
