import { MAX_KNOWN_SNAPSHOTS } from '../../core/limits.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Result } from '../../core/result.ts';
import {
  type Checkpointer,
  type Diff,
  type Snapshot,
  type SnapshotContents,
  snapshotView,
  type SnapshotView,
} from '../../core/snapshots.ts';
import type { Workspaces } from './workspaces.ts';

/** The newest snapshots of each workspace as they appeared, whichever tool made them: the timeline's marks. */
export type KnownSnapshots = {
  /** Oldest first; the same array while nothing changed. */
  readonly of: (workspace: string) => readonly SnapshotView[];
  /** All of them were listed. */
  readonly listed: (workspace: string, snapshots: readonly Snapshot[]) => void;
  /** The one that a run made, as far as it is known. */
  readonly madeBy: (workspace: string, runId: string) => Snapshot | undefined;
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
    if (newest.length === before.length && newest.every((one, index) => isSame(one, before[index]))) return;
    known.set(workspace, newest.map(snapshotView));
    changed();
  };
  return {
    of,
    listed: keep,
    madeBy: (workspace, runId) => of(workspace).find(({ metadata }) => metadata?.['run_id'] === runId),
    appeared: (workspace, snapshot) => {
      const before = of(workspace);
      const seen = before.find(({ id }) => id === snapshot.id);
      // The run that made it knows more of it than who saw it appear.
      if (seen !== undefined && factsOf(snapshot) <= factsOf(seen)) return;
      keep(workspace, [...before.filter((one) => one !== seen), snapshot]);
    },
  };
}

function isSame(one: Snapshot, other: Snapshot | undefined): boolean {
  // The store's stamp is the one that is shown and typed: a run knows only when it ended.
  return one.id === other?.id && one.at === other.at && factsOf(one) === factsOf(other);
}

/** Returns how much is known of a snapshot's contents. */
function factsOf({ changed, leftOut }: Snapshot): number {
  return Number(changed !== undefined) + Number(leftOut !== undefined);
}

// Equal times get a fixed order: a tool may list them in varying order, and that is no change.
function byTime(a: Snapshot, b: Snapshot): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}

/** The reason why a checkpointer cannot restore single paths. */
export function cannotRestore({ name }: Checkpointer): Refusal {
  return { code: 'incapable', checkpointer: name, capability: 'restore' };
}

/** Reads a workspace's snapshots on demand. */
export type Snapshots = {
  /** The workspace's checkpointer, if it has this capability. */
  readonly checkpointer: (
    workspace: string,
    capability: keyof Checkpointer['capabilities'],
  ) => Result<Checkpointer, Refusal>;
  /** Lists the snapshots, the one that was made last first, with the maker and cause of each. */
  readonly list: (workspace: string) => Promise<Result<readonly SnapshotView[], Refusal>>;
  /** Compares two snapshots, or one with the present state (`to` null). */
  readonly diff: (workspace: string, from: string, to: string | null, path?: string) => Promise<Result<Diff, Refusal>>;
  /** The changes of a snapshot, file by file. */
  readonly contents: (workspace: string, snapshot: string) => Promise<Result<SnapshotContents, Refusal>>;
};

export function createSnapshots({ get }: Pick<Workspaces, 'get'>, known: Pick<KnownSnapshots, 'listed'>): Snapshots {
  const checkpointer: Snapshots['checkpointer'] = (workspace, capability) => {
    const chosen = get(workspace);
    if (!chosen) return { ok: false, reason: { code: 'unknown_workspace', workspace } };
    if (chosen.checkpointer.capabilities[capability]) return { ok: true, value: chosen.checkpointer };
    return { ok: false, reason: { code: 'incapable', checkpointer: chosen.checkpointer.name, capability } };
  };
  return {
    checkpointer,
    list: async (workspace) => {
      const found = checkpointer(workspace, 'list');
      if (!found.ok) return found;
      const listed = await found.value.list();
      if (!listed.ok) return listed;
      known.listed(workspace, listed.value);
      return { ok: true, value: listed.value.map(snapshotView).toReversed() };
    },
    diff: async (workspace, from, to, path) => {
      const found = checkpointer(workspace, 'diff');
      return found.ok ? found.value.diff(from, to, path) : found;
    },
    contents: async (workspace, snapshot) => {
      const found = checkpointer(workspace, 'diff');
      if (!found.ok) return found;
      const { contents, name } = found.value;
      return (
        contents?.(snapshot) ?? { ok: false, reason: { code: 'incapable', checkpointer: name, capability: 'contents' } }
      );
    },
  };
}
