import { readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FOREIGN_LEFTOVER_MS, PACKS_BEFORE_REPACK, PRUNE_GRACE_MS, PRUNED_BEFORE_REPACK } from '../limits.ts';
import { git } from './git.ts';
import type { Store } from './layout.ts';
import { forget, listPruned, listSnapshots, removeSnapshot } from './refs.ts';
import { isDead, removeDeadRuns } from './runs.ts';

/** Stores that are being kept in order; a second time meanwhile has nothing to add. */
const busy = new Set<string>();

/** After a success, beside everything else: prunes, and frees space where it pays. Never rejects. */
export async function keepInOrder(store: Store, keep: number, abort: AbortSignal): Promise<void> {
  if (busy.has(store.dir)) return;
  busy.add(store.dir);
  try {
    await prune(store, keep);
    await tidy(store, abort);
  } catch {
    // The next success tries again.
  } finally {
    busy.delete(store.dir);
  }
}

/** Keeps the newest `keep` automatic snapshots and every manual one; returns the ids that went. */
async function prune(store: Store, keep: number): Promise<readonly string[]> {
  const snapshots = await listSnapshots(store);
  if (!snapshots.ok) return [];
  const automatic = snapshots.value.filter(({ metadata }) => metadata?.['auto'] === true);
  const gone: string[] = [];
  for (const { id } of automatic.slice(0, Math.max(0, automatic.length - Math.max(1, keep))))
    if (await removeSnapshot(store, id)) gone.push(id);
  return gone;
}

/**
 * Clears away what dead runs left, and where it pays, packs anew and so frees the space of snapshots that went. Safe
 * beside runs of any process: what they may be building upon stays for a grace, what they bring in is marked.
 */
async function tidy(store: Store, abort: AbortSignal): Promise<void> {
  await removeDeadRuns(store);
  await removeLeftovers(store);
  const old = (await listPruned(store)).filter(({ at }) => Date.now() - at > PRUNE_GRACE_MS);
  if (old.length < PRUNED_BEFORE_REPACK && (await countPacks(store)) < PACKS_BEFORE_REPACK) return;
  for (const pruned of old) await forget(pruned);
  await git(store.dir, ['repack', '-a', '-d', '-q', '--window=10', '--depth=20'], { abort, timeoutMs: null });
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
