import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine, shellWord } from '../../../core/text.ts';
import { storeAt } from './layout.ts';
import { describeDamaged, readListing } from './refs.ts';
import { listSetAside, type SetAside } from './set-aside.ts';

/** Damage below a state folder: of which workspace's snapshots, what it is, and how to restore. */
export type StoreCheck = { readonly workspace: string; readonly detail: string };

/** Looks for damaged stores that were put aside, and for damaged snapshots of the others. Changes nothing. */
export async function storeChecks(storeDir: string): Promise<readonly StoreCheck[]> {
  const aside = (await listSetAside(storeDir)).map(async (one) => ({
    workspace: one.workspace,
    detail: await describeAside(one),
  }));
  const dir = join(storeDir, 'git');
  const names = (await readdir(dir).catch(() => [])).filter((name) => /^[0-9a-f]{24}$/u.test(name));
  const damaged = names.map(async (name) => {
    const workspace = cleanLine(
      (await readFile(join(dir, name, 'workspace'), 'utf8').catch(() => '')).trimEnd(),
      MAX_TEXT_LENGTH,
    );
    const listing = await readListing(storeAt(storeDir, name, workspace));
    if (!listing.ok) return [{ workspace, detail: listing.reason }];
    return listing.value.damaged.map((one) => ({ workspace, detail: describeDamaged(one) }));
  });
  return [...(await Promise.all(aside)), ...(await Promise.all(damaged)).flat()];
}

async function describeAside({ dir, at, detail, workspace }: SetAside): Promise<string> {
  const listing = await readListing({ ...storeAt(dir, '', workspace), dir });
  const ids = listing.ok ? listing.value.snapshots.map(({ id }) => id) : [];
  const repository = `git --git-dir=${shellWord(dir)}`;
  const checkout = `GIT_INDEX_FILE=$PWD/restored.index ${repository} --work-tree=restored checkout refs/sightline/snapshots/ID -- workspace`;
  const choice =
    ids.length === 0 ? 'no snapshot in it can be read' : `restore what is whole of a snapshot (${ids.join(', ')})`;
  const how = ids.length === 0 ? '' : `: mkdir restored; ${checkout}`;
  return `damaged store put aside ${new Date(at).toISOString()} (${detail}), kept for 30 days in ${dir}; ${choice}${how}`;
}
