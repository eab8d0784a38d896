import { shellWord } from '../../../core/text.ts';
import { FREED_AT_ONCE } from '../limits.ts';
import type { Store } from './layout.ts';
import { listSetAside } from './set-aside.ts';

/**
 * The command line that frees space: deletes the damaged stores that were put away, else the oldest automatic snapshots,
 * and packs anew.
 */
export async function freeSpaceLine(store: Store): Promise<string> {
  const damaged = await listSetAside(store.storeDir);
  if (damaged.length > 0) return `rm -rf ${damaged.map(({ dir }) => shellWord(dir)).join(' ')}`;
  const repository = `git --git-dir=${shellWord(store.dir)}`;
  const oldest = `for-each-ref --sort=committerdate --count=${FREED_AT_ONCE} --format='delete %(refname)'`;
  const refs = `refs/sightline/pruned 'refs/sightline/snapshots/auto-*'`;
  return `${repository} ${oldest} ${refs} | ${repository} update-ref --stdin && ${repository} repack -a -d -q`;
}
