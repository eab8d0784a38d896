import type { Result } from '../../../core/result.ts';
import type { SnapshotContents, SnapshotView } from '../../../core/snapshots.ts';

/** A snapshot with the workspace that it is of: two workspaces may have snapshots of one name. */
export type SnapshotRow = SnapshotView & { readonly workspace: string };

/** Returns the id of a row among the snapshots of all workspaces. */
export function rowIdOf({ id, workspace }: Pick<SnapshotRow, 'id' | 'workspace'>): string {
  return `${id} ${workspace}`;
}

/** The known snapshots of all workspaces. */
export type CheckpointsState = {
  /** The workspace whose snapshots alone are shown; null for all. */
  readonly only: string | null;
  /** Newest first; null while no workspace has been listed yet. */
  readonly rows: readonly SnapshotRow[] | null;
  /** The reason why a workspace could not be listed, by its path. */
  readonly problems: ReadonlyMap<string, string>;
  /** The running operation as text; null if none runs. */
  readonly busy: string | null;
  /** The row that others are compared with; null for the present state. */
  readonly marked: string | null;
  /** The snapshots at the time of the freeze; null while the list is live. */
  readonly frozen: readonly SnapshotRow[] | null;
  /** The files of the selected snapshot. */
  readonly contents: Contents | null;
};

/** A question about a row's files; `found` is null until the answer is there. */
export type Contents = { readonly row: string; readonly found: Result<SnapshotContents> | null };

export type CheckpointsChange =
  /** `select`: a row. */
  | { readonly type: 'open'; readonly only?: string | null; readonly select?: string }
  | { readonly type: 'listed'; readonly workspace: string; readonly listed: Result<readonly SnapshotView[]> }
  | { readonly type: 'mark'; readonly marked: string | null }
  | { readonly type: 'contents'; readonly contents: Contents }
  /** Freezes or resumes the list. */
  | { readonly type: 'freeze' }
  | { readonly type: 'busy'; readonly busy: string | null };

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly checkpoints: unknown;
    readonly files: unknown;
  }
  interface ViewSlices {
    /** Null before the view was opened first. */
    readonly checkpoints: CheckpointsState | null;
  }
  interface ViewChanges {
    readonly checkpoints: CheckpointsChange;
  }
}
