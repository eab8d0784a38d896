import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { MAX_ENTRIES, MAX_FILE_BYTES, STATS_AT_ONCE, WALKERS } from '../limits.ts';
import { type BytePath, join, under } from './byte-path.ts';
import type { Excludes } from './exclude.ts';
import { type Stamp, stampOf } from './stamp.ts';

export type Kind = 'file' | 'link' | 'folder';

export type Entry = {
  readonly path: BytePath;
  readonly kind: Kind;
  /** Permission bits, set-user-id and the like included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly stamp: Stamp;
};

/** Something in the workspace that is no part of a snapshot, with everything below it. */
export type LeftOut = {
  readonly path: BytePath;
  readonly why: 'excluded' | 'unreadable' | 'special' | 'too large' | 'vanished';
};

export type Walked = { readonly entries: readonly Entry[]; readonly leftOut: readonly LeftOut[] };

/** The workspace holds more than a snapshot can take. */
export class TooManyEntriesError extends Error {
  constructor() {
    super(`the workspace has more than ${MAX_ENTRIES} files: exclude what needs no snapshot (git.exclude)`);
    this.name = 'TooManyEntriesError';
  }
}

type Walk = {
  readonly root: BytePath;
  readonly excludes: Excludes;
  readonly signal: AbortSignal;
  readonly maxFileBytes: number;
  readonly pending: BytePath[];
  readonly entries: Entry[];
  readonly leftOut: LeftOut[];
};

/**
 * Everything below `root`, sorted by path; links are not followed. Throws what `signal` was aborted with, the error of
 * a root that cannot be read, and `TooManyEntriesError`; what vanishes or resists below it is said in `leftOut`.
 */
export async function walk(
  root: BytePath,
  excludes: Excludes,
  signal: AbortSignal,
  maxFileBytes = MAX_FILE_BYTES,
): Promise<Walked> {
  const state: Walk = { root, excludes, signal, maxFileBytes, pending: [], entries: [], leftOut: [] };
  state.entries.push(toEntry('', 'folder', await lstat(under(root, ''))));
  await visit(state, '', await names(root, ''));
  while (state.pending.length > 0) {
    const batch = state.pending.splice(-WALKERS);
    await Promise.all(batch.map((path) => enter(state, path)));
  }
  // A folder is entered before it turns out to be a cache, or to be gone.
  const dropped = new Set(state.leftOut.filter(({ why }) => why !== 'unreadable').map(({ path }) => path));
  const entries = state.entries.filter(({ path }) => !dropped.has(path));
  return { entries: entries.toSorted(byPath), leftOut: state.leftOut.toSorted(byPath) };
}

async function enter(walking: Walk, path: BytePath): Promise<void> {
  try {
    await visit(walking, path, await names(walking.root, path));
  } catch (error) {
    walking.signal.throwIfAborted();
    if (error instanceof TooManyEntriesError) throw error;
    walking.leftOut.push({ path, why: isGone(error) ? 'vanished' : 'unreadable' });
  }
}

async function names(root: BytePath, path: BytePath): Promise<readonly BytePath[]> {
  return readdir(under(root, path), { encoding: 'latin1' });
}

async function visit(walking: Walk, path: BytePath, children: readonly BytePath[]): Promise<void> {
  const siblings = new Set(children);
  if (walking.excludes.matchesContent(path, siblings)) {
    walking.leftOut.push({ path, why: 'excluded' });
    return;
  }
  const coming = children.values();
  const lookOn = async (): Promise<void> => {
    for (const name of coming) {
      walking.signal.throwIfAborted();
      await look(walking, path, name, siblings);
    }
  };
  await Promise.all(Array.from({ length: STATS_AT_ONCE }, lookOn));
  if (walking.entries.length > MAX_ENTRIES) throw new TooManyEntriesError();
}

async function look(walking: Walk, parent: BytePath, name: BytePath, siblings: ReadonlySet<BytePath>): Promise<void> {
  const path = join(parent, name);
  let stats: Stats;
  try {
    stats = await lstat(under(walking.root, path));
  } catch (error) {
    walking.leftOut.push({ path, why: isGone(error) ? 'vanished' : 'unreadable' });
    return;
  }
  const kind = kindOf(stats);
  if (walking.excludes.matches(parent, name, kind === 'folder', siblings)) {
    walking.leftOut.push({ path, why: 'excluded' });
  } else if (kind === null) walking.leftOut.push({ path, why: 'special' });
  else if (kind === 'file' && stats.size > walking.maxFileBytes) walking.leftOut.push({ path, why: 'too large' });
  else {
    walking.entries.push(toEntry(path, kind, stats));
    if (kind === 'folder') walking.pending.push(path);
  }
}

function kindOf(stats: Stats): Kind | null {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : null;
}

function toEntry(path: BytePath, kind: Kind, stats: Stats): Entry {
  const { mode, uid, gid, size } = stats;
  return { path, kind, mode: mode & 0o7777, uid, gid, size, stamp: stampOf(stats) };
}

function byPath(a: { readonly path: BytePath }, b: { readonly path: BytePath }): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

/** Did this error of `node:fs` say that the file is not there (any more)? */
export function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
