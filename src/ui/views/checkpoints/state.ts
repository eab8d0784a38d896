import type { Result } from '../../../core/result.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';

/** The known snapshots of one workspace. */
export type CheckpointsState = {
  readonly workspace: string;
  /** Newest first; null while they have not been listed yet. */
  readonly rows: readonly SnapshotView[] | null;
  /** Why they could not be listed; null when they could. */
  readonly problem: string | null;
  /** The running operation as text; null if none runs. */
  readonly busy: string | null;
  /** The snapshot that others are compared with; null for the present state. */
  readonly marked: string | null;
  /** The snapshots at the time of the freeze; null while the list is live. */
  readonly frozen: readonly SnapshotView[] | null;
};

export type CheckpointsChange =
  | { readonly type: 'open'; readonly workspace: string; readonly select?: string }
  | { readonly type: 'listed'; readonly workspace: string; readonly listed: Result<readonly SnapshotView[]> }
  | { readonly type: 'mark'; readonly marked: string | null }
  /** Freezes or resumes the list. */
  | { readonly type: 'freeze' }
  | { readonly type: 'busy'; readonly busy: string | null };

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly checkpoints: unknown;
  }
  interface ViewSlices {
    /** Null before the view was opened first. */
    readonly checkpoints: CheckpointsState | null;
  }
  interface ViewChanges {
    readonly checkpoints: CheckpointsChange;
  }
}
