import { type Snapshot, snapshotView, type SnapshotView } from '../../core/snapshots.ts';
import { MAX_KNOWN_SNAPSHOTS } from '../../core/limits.ts';

/** The newest snapshots of each workspace as they came by, whoever made them: what stands between the calls. */
export type KnownSnapshots = {
  /** Oldest first; the same array while nothing changed. */
  readonly of: (workspace: string) => readonly SnapshotView[];
  /** All of them were listed. */
  readonly listed: (workspace: string, snapshots: readonly Snapshot[]) => void;
  /** One has appeared. */
  readonly appeared: (workspace: string, snapshot: Snapshot) => void;
};

const NONE: readonly SnapshotView[] = [];

/** `changed` is called when what is known of a workspace has changed. */
export function createKnownSnapshots(changed: () => void): KnownSnapshots {
  const known = new Map<string, readonly SnapshotView[]>();
  const of = (workspace: string): readonly SnapshotView[] => known.get(workspace) ?? NONE;
  const keep = (workspace: string, snapshots: readonly Snapshot[]): void => {
    const newest = snapshots.toSorted(byTime).slice(-MAX_KNOWN_SNAPSHOTS);
    const before = of(workspace);
    if (newest.length === before.length && newest.every(({ id }, place) => id === before[place]?.id)) return;
    known.set(workspace, newest.map(snapshotView));
    changed();
  };
  return {
    of,
    listed: keep,
    appeared: (workspace, snapshot) => {
      const before = of(workspace);
      if (before.some(({ id }) => id === snapshot.id)) return;
      keep(workspace, [...before, snapshot]);
    },
  };
}

// Of equal times in an order of its own: a tool may list them now so and now so, and that is no change.
function byTime(a: Snapshot, b: Snapshot): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}
