import type { CheckpointerReason, StoreFinding } from '../../../core/checkpointer-reasons.ts';
import type { Result } from '../../../core/result.ts';
import { git } from './git.ts';
import { ensureStore, type Store, storeAt } from './layout.ts';
import { acceptPacks, changedPacks, savePacks } from './packs.ts';
import { type Listing, readListing, removeBrokenRefs, removeSpareRefs, damageReason } from './refs.ts';
import { type Check, checkAll, checkConnected, checkPack } from './whole.ts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import { listSetAside, type SetAside } from './set-aside.ts';

/** Times that damage has to be found before it is believed. */
const CHECKS = 2;

/** Ends a check; a deadline that passes leaves it without a result. */
export type CheckLimits = { readonly abort: AbortSignal; readonly timeoutMs: number | null };

/**
 * Checks the packs that changed since they were last seen, and, where one changed or is gone, that every snapshot has all
 * its objects. Costs no start of git where nothing happened to the store.
 */
export async function checkChanges(store: Store, limits: CheckLimits): Promise<Check> {
  const { changed, isSomeGone } = await changedPacks(store);
  if (changed.length === 0 && !isSomeGone) return { type: 'whole' };
  // Without its folders it is no repository for git.
  await ensureStore(store);
  for (const pack of changed) {
    const check = await checkPack(store, pack, limits);
    if (check.type !== 'whole') return check;
  }
  const check = await checkSnapshots(store, limits);
  if (check.type === 'whole') await acceptPacks(store);
  return check;
}

/** Checks that all objects of the snapshots that can be read are there. */
export async function checkSnapshots(store: Store, limits: CheckLimits): Promise<Check> {
  const listing = await readListing(store);
  if (!listing.ok) return { type: 'unknown', reason: listing.reason };
  return checkConnected(store.dir, commitsOf(listing.value), limits);
}

/**
 * Reads every byte of the store. Damage that only damaged snapshots need is removed with them; the caller puts the store
 * aside where more than that is damaged. Every finding is made twice: another process may pack anew at the same moment.
 */
export async function checkFully(store: Store, abort: AbortSignal): Promise<Check> {
  const removed = await removeDamaged(store, abort);
  if (!removed.ok) return { type: 'unknown', reason: removed.reason };
  for (let attempt = 1; ; attempt += 1) {
    const check = await checkAll(store, commitsOf(removed.value), abort);
    if (check.type === 'unknown') return check;
    if (check.type === 'damaged' && attempt < CHECKS) continue;
    if (check.type === 'damaged') return check;
    await savePacks(store);
    return check;
  }
}

/** Takes the refs of damaged snapshots away, and packs anew without what only they need. */
async function removeDamaged(store: Store, abort: AbortSignal): Promise<Result<Listing, CheckpointerReason>> {
  const first = await readListing(store);
  if (!first.ok) return first;
  const second = await readListing(store);
  if (!second.ok) return second;
  const seen = new Set(first.value.damaged.map(({ id }) => id));
  const ids = second.value.damaged.filter(({ id }) => seen.has(id)).map(({ id }) => id);
  const moved = await removeBrokenRefs(store, ids);
  if (moved > 0) {
    await removeSpareRefs(store);
    await git(store.dir, ['repack', '-a', '-d', '-q'], { abort, timeoutMs: null, isBackground: true });
    await git(store.dir, ['prune'], { abort, timeoutMs: null, isBackground: true });
    await acceptPacks(store);
  }
  return second;
}

function commitsOf({ snapshots }: Listing): readonly string[] {
  return snapshots.map(({ commit }) => commit);
}

/** Damage below a state folder: of which workspace's snapshots, what it is, and how to restore. */
type StoreCheck = { readonly workspace: string; readonly finding: StoreFinding };

/** Searches for damaged stores that were put aside, and for damaged snapshots of the others. Changes nothing. */
export async function storeChecks(storeDir: string): Promise<readonly StoreCheck[]> {
  const aside = (await listSetAside(storeDir)).map(async (one) => ({
    workspace: one.workspace,
    finding: await asideFinding(one),
  }));
  const dir = join(storeDir, 'git');
  const names = (await readdir(dir).catch(() => [])).filter((name) => /^[0-9a-f]{24}$/u.test(name));
  const damaged = names.map(async (name) => {
    const workspace = cleanLine(
      (await readFile(join(dir, name, 'workspace'), 'utf8').catch(() => '')).trimEnd(),
      MAX_TEXT_LENGTH,
    );
    const listing = await readListing(storeAt(storeDir, name, workspace));
    if (!listing.ok) return [{ workspace, finding: listing.reason }];
    return listing.value.damaged.map((one) => ({ workspace, finding: damageReason(one) }));
  });
  return [...(await Promise.all(aside)), ...(await Promise.all(damaged)).flat()];
}

async function asideFinding({ dir, at, detail, workspace }: SetAside): Promise<StoreFinding> {
  const listing = await readListing({ ...storeAt(dir, '', workspace), dir });
  const snapshots = listing.ok ? listing.value.snapshots.map(({ id }) => id) : [];
  return { code: 'store_set_aside', at, detail, dir, snapshots };
}
