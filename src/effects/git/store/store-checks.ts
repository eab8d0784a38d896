import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import type { StoreFinding } from '../../../core/checkpointer-reasons.ts';
import { cleanLine } from '../../../core/text.ts';
import { storeAt } from './layout.ts';
import { damageReason, readListing } from './refs.ts';
import { listSetAside, type SetAside } from './set-aside.ts';

/** Damage below a state folder: of which workspace's snapshots, what it is, and how to restore. */
export type StoreCheck = { readonly workspace: string; readonly finding: StoreFinding };

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
