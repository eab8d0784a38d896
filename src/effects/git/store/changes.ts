import type { Changed } from '../../../core/snapshots.ts';
import { CHANGES_MS, MAX_COMPARED } from '../limits.ts';
import { git, output } from './git.ts';
import { ODD, TREE } from './import-stream.ts';
import type { Store } from './layout.ts';

/** A snapshot and the one that was made before it, by their commits. */
export type Pair = { readonly commit: string; readonly before: string };

/** A cache of known results: both commits never change. */
const known = new Map<string, Changed>();
/** Pairs remembered over all workspaces. */
const MAX_KNOWN = 10_000;

/**
 * Counts what each snapshot holds otherwise than the one before it, by one git for all of them. A renamed file counts as
 * two, like in a rollback. Files above 1 MB have no lines (`core.bigFileThreshold`). What could not be compared within
 * `timeoutMs` is not in the answer.
 */
export async function countChanges(
  store: Store,
  pairs: readonly Pair[],
  timeoutMs: number = CHANGES_MS,
): Promise<ReadonlyMap<string, Changed>> {
  const unknown = pairs.filter((pair) => !known.has(keyOf(pair))).slice(-MAX_COMPARED);
  if (unknown.length > 0) remember(unknown, await compare(store, unknown, timeoutMs));
  return new Map(
    pairs.flatMap((pair) => {
      const changed = known.get(keyOf(pair));
      return changed === undefined ? [] : [[pair.commit, changed] as const];
    }),
  );
}

async function compare(store: Store, pairs: readonly Pair[], timeoutMs: number): Promise<string | null> {
  const options = ['-r', '--shortstat', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const result = await git(store.dir, ['diff-tree', '--stdin', ...options, '--', TREE, ODD], {
    // A line names a commit and what to take for its parent.
    input: pairs.map(({ commit, before }) => `${commit} ${before}\n`).join(''),
    timeoutMs,
  });
  return output(result);
}

const COMMIT = /^[0-9a-f]{40}$/u;
const STAT = /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?$/u;

// Of a pair without differences nothing is printed.
function remember(pairs: readonly Pair[], text: string | null): void {
  if (text === null) return;
  const stats = new Map<string, Changed>();
  let commit = '';
  for (const line of text.split('\n')) {
    if (COMMIT.test(line)) commit = line;
    const [, files, added = 0, removed = 0] = STAT.exec(line) ?? [];
    if (files !== undefined)
      stats.set(commit, { files: Number(files), addedLines: Number(added), removedLines: Number(removed) });
  }
  for (const pair of pairs)
    known.set(keyOf(pair), stats.get(pair.commit) ?? { files: 0, addedLines: 0, removedLines: 0 });
  for (const key of known.keys()) if (known.size > MAX_KNOWN) known.delete(key);
}

function keyOf({ commit, before }: Pair): string {
  return `${before}..${commit}`;
}
