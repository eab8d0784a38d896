import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { identityOf } from './file-tail.ts';

/** Entries of a folder that are checked: a person waits, and old lines are not worth more. */
const MAX_NAMES = 2_000;
/** Files of a like name that are tried. */
const MAX_LIKE = 32;

type Neighbour = { readonly path: string; readonly stats: BigIntStats };

/**
 * Files beside a path that may hold what it held once: the file itself under its new name, known by its inode, then
 * those of a like name, newest first (copies that were made before it was cut). Empty where there are none.
 */
export async function rotatedFrom(path: string, inode: string): Promise<readonly string[]> {
  const neighbours = await neighboursOf(path);
  const stem = basename(path, extname(path));
  const isRenamed = ({ stats }: Neighbour): boolean => String(stats.ino) === inode;
  const like = neighbours
    .filter((one) => !isRenamed(one) && basename(one.path).startsWith(stem))
    .toSorted((a, b) => Number(b.stats.mtimeNs - a.stats.mtimeNs));
  return [...neighbours.filter(isRenamed), ...like.slice(0, MAX_LIKE)].map((one) => one.path);
}

/** The path beside `path` of the file that this identity names, null where there is none. */
export async function renamedTo(path: string, identity: string): Promise<string | null> {
  const neighbours = await neighboursOf(path);
  return neighbours.find(({ stats }) => identityOf(stats) === identity)?.path ?? null;
}

async function neighboursOf(path: string): Promise<readonly Neighbour[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const paths = names.slice(0, MAX_NAMES).map((name) => join(folder, name));
  const all = await Promise.all(
    paths.map(async (one) => ({ path: one, stats: await stat(one, { bigint: true }).catch(() => null) })),
  );
  return all.flatMap(({ path: one, stats }) =>
    stats?.isFile() === true && one !== path ? [{ path: one, stats }] : [],
  );
}
