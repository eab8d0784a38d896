import { readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RETENTION_TURN_START } from '../../../core/snapshots.ts';
import { FOREIGN_LEFTOVER_MS, PACKS_BEFORE_REPACK, PRUNE_GRACE_MS, PRUNED_BEFORE_REPACK } from '../limits.ts';
import { git } from './git.ts';
import type { Store } from './layout.ts';
import { acceptPacks, changedPacks, savePacks } from './packs.ts';
import { forget, listPruned, listSnapshots, type Pruned, prunedDir, removeSnapshot } from './refs.ts';
import { isDead, removeDeadRuns } from './runs.ts';
import { removeOldSetAside } from './set-aside.ts';

/** The work on each store that is under way beside its runs: one at a time. */
const busy = new Map<string, Promise<unknown>>();

/** The number of automatic snapshots to keep; `made` is the one that has just been made, which stays in any case. */
export type Retention = { readonly keep: number; readonly made: string | null };

/** After a success, beside everything else: prunes, and frees space where it pays. Never rejects. */
export async function keepInOrder(store: Store, retention: Retention, abort: AbortSignal): Promise<void> {
  if (busy.has(store.dir)) return;
  await beside(store, async () => {
    // What the snapshot brought in is known from now on.
    await changedPacks(store);
    await savePacks(store);
    await prune(store, retention);
    await tidy(store, abort);
    await removeOldSetAside(store.storeDir);
  }).catch(() => undefined); // The next success tries again.
}

/** Runs work on the store beside its runs, once what is under way there has ended. */
export async function beside<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const before = busy.get(store.dir) ?? Promise.resolve();
  const mine = before.then(work, work);
  busy.set(store.dir, mine);
  try {
    return await mine;
  } finally {
    if (busy.get(store.dir) === mine) busy.delete(store.dir);
  }
}

/**
 * Keeps the automatic snapshots that were made last, `keep` of them, and every manual one; returns the ids that went.
 * Those of turns have a number of their own, by which the engine keeps them: they push out no others.
 */
async function prune(store: Store, { keep, made }: Retention): Promise<readonly string[]> {
  const snapshots = await listSnapshots(store);
  if (!snapshots.ok) return [];
  const automatic = snapshots.value.filter(
    ({ metadata }) => metadata?.['auto'] === true && metadata['retention'] !== RETENTION_TURN_START,
  );
  const gone: string[] = [];
  for (const { id } of automatic.slice(0, Math.max(0, automatic.length - Math.max(1, keep))))
    if (id !== made && (await removeSnapshot(store, id))) gone.push(id);
  return gone;
}

/**
 * Clears away what dead runs left, and where it pays, packs anew and so frees the space of snapshots that went. Safe
 * beside runs of any process: what they may be building upon stays for a grace, what they bring in is marked.
 */
async function tidy(store: Store, abort: AbortSignal): Promise<void> {
  await removeDeadRuns(store);
  await removeLeftovers(store);
  const old = await outOfGrace(store);
  if (old.length < PRUNED_BEFORE_REPACK && (await countPacks(store)) < PACKS_BEFORE_REPACK) return;
  for (const pruned of old) await forget(pruned);
  const { isSomeGone, changed } = await changedPacks(store);
  await git(store.dir, ['repack', '-a', '-d', '-q', '--window=10', '--depth=20'], { abort, timeoutMs: null });
  // Packs that were suspect before stay so.
  if (!isSomeGone && changed.length === 0) await acceptPacks(store);
}

/** The time when this process first saw each pruned snapshot, by the monotonic clock. */
const firstSeen = new Map<string, number>();

/**
 * The pruned snapshots that no run can be building upon any more. Their stamps may be off by as much as the clock was set:
 * where a run is under way, only what this process has seen lie there for the whole grace counts.
 */
async function outOfGrace(store: Store): Promise<readonly Pruned[]> {
  const now = performance.now();
  const pruned = await listPruned(store);
  const files = new Set(pruned.map(({ file }) => file));
  for (const file of firstSeen.keys())
    if (dirname(file) === prunedDir(store) && !files.has(file)) firstSeen.delete(file);
  for (const file of files) if (!firstSeen.has(file)) firstSeen.set(file, now);
  const isQuiet = (await readdir(store.runs).catch(() => ['unreadable'])).length === 0;
  return pruned.filter(({ at, file }) => {
    const seenFor = now - (firstSeen.get(file) ?? now);
    return seenFor > PRUNE_GRACE_MS || (isQuiet && Math.abs(Date.now() - at) > PRUNE_GRACE_MS);
  });
}

async function countPacks(store: Store): Promise<number> {
  const files = await readdir(packDir(store)).catch(() => []);
  return files.filter((file) => file.endsWith('.idx')).length;
}

/** Marks of runs that died between their last steps, and what a repack that was killed left. */
async function removeLeftovers(store: Store): Promise<void> {
  const dir = packDir(store);
  for (const name of await readdir(dir).catch(() => [])) {
    const file = join(dir, name);
    if (name.endsWith('.keep')) {
      const maker = await readFile(file, 'utf8').catch(() => '');
      if (await isDead(maker, file)) await unlink(file).catch(() => undefined);
    } else if (/^\.?tmp[-_]/u.test(name) && (await isOld(file))) await rm(file, { force: true }).catch(() => undefined);
  }
}

async function isOld(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > FOREIGN_LEFTOVER_MS;
}

function packDir(store: Store): string {
  return join(store.dir, 'objects/pack');
}
