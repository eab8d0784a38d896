import { wordCheckpointer } from '../../../wording/checkpointers.ts';
import type { Checkpointer, Diff, Snapshot } from '../../../core/snapshots.ts';
import type { Engine } from '../../../engine/types.ts';
import type { StoredSnapshot } from './summary.ts';
import { projectName } from './timeline.ts';

/** Lists the snapshots in the stores of all of an engine's workspaces. */
export async function allStoredSnapshots({ store, checkpointer }: Engine): Promise<readonly StoredSnapshot[]> {
  const checkpointers = store.getState().workspaces.flatMap(({ path: workspace }) => checkpointer(workspace) ?? []);
  return (await Promise.all(checkpointers.map(storedSnapshots))).flat();
}

/** The snapshots of one workspace, oldest first, each with the files that changed since the one before. */
async function storedSnapshots(checkpointer: Checkpointer): Promise<readonly StoredSnapshot[]> {
  const listed = await checkpointer.list();
  if (!listed.ok) return [];
  const project = projectName(checkpointer.workspace);
  const snapshots = listed.value.toSorted((a, b) => a.at - b.at);
  return Promise.all(
    snapshots.map(async (snapshot, index) => {
      const files = await changedFiles(checkpointer, snapshots[index - 1], snapshot);
      return { project, snapshot, files };
    }),
  );
}

async function changedFiles(
  checkpointer: Checkpointer,
  before: Snapshot | undefined,
  snapshot: Snapshot,
): Promise<string> {
  if (before === undefined) return 'the whole workspace';
  const diff = await checkpointer.diff(before.id, snapshot.id);
  return diff.ok ? wordPaths(diff.value) : wordCheckpointer(diff.reason);
}

/** Lists the changed paths. */
export function wordPaths({ paths, changes }: Pick<Diff, 'paths' | 'changes'>): string {
  if (paths.length === 0) return changes === 0 ? 'nothing changed' : 'changed';
  return `changed: ${paths.join(', ')}`;
}
