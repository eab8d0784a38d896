import type { Result } from '../../core/result.ts';
import type { CheckpointerName, SnapshotView } from '../../core/snapshots.ts';
import type { Ms } from '../../core/units.ts';
import type { FolderIdentity, OwnedFolder } from '../../core/folder.ts';
import type { ProcessScan } from '../../effects/process/processes.ts';

/** What an operator is shown before a rollback; nothing has been done yet. */
export type RollbackPlan = {
  readonly workspace: string;
  /** The folder that is really touched; null where any folder would do (a checkpointer of the embedding program). */
  readonly folder: OwnedFolder | null;
  readonly checkpointer: CheckpointerName;
  readonly snapshot: SnapshotView;
  /** What changed since the snapshot, and will be undone: text for a pager, or why it is not known. */
  readonly preview: Result<string>;
  /** The snapshot up to which the preview goes, where it cannot be had up to now; null where it is exact. */
  readonly previewUpTo: string | null;
  /** Number of changed paths, null where it is not known. */
  readonly changes: number | null;
  /** The newest snapshot, the target itself perhaps: what came after it is lost for good. */
  readonly newest: SnapshotView;
  /** Number of paths changed since the newest snapshot, null where it is not known. */
  readonly unsaved: number | null;
  /** Ms since the newest snapshot. */
  readonly unsavedMs: Ms | null;
  /** Snapshots newer than the target; they stay. */
  readonly later: number;
  readonly processes: ProcessScan;
  /** What will happen, line by line. */
  readonly effects: readonly string[];
  /** What to think of before; the rollback is possible all the same. */
  readonly warnings: readonly string[];
  /** Why it will not be done; empty when it can be. */
  readonly refusals: readonly string[];
  /** Is a checkpoint advised before, and why (or why not)? */
  readonly checkpointFirst: { readonly advised: boolean; readonly reason: string };
  /** What the operator has to type. */
  readonly confirmation: string;
};

/** What an operator is shown before `ws-ckpt init`; nothing has been done yet. */
export type InitPlan = {
  readonly workspace: string;
  /** What moves where, line by line. */
  readonly effects: readonly string[];
  readonly warnings: readonly string[];
  readonly refusals: readonly string[];
  readonly processes: ProcessScan;
  /** The command that will be run, as a line for a shell. */
  readonly command: string;
  /** What the operator has to type. */
  readonly confirmation: string;
};

/** What an operator is shown before a workspace's folder is pinned again; nothing has been done yet. */
export type RepinPlan = {
  readonly workspace: string;
  /** The folder that would be pinned. */
  readonly shown: FolderIdentity;
  /** The pinned and the found folder, with their owners, line by line. */
  readonly effects: readonly string[];
  readonly warnings: readonly string[];
  readonly refusals: readonly string[];
  /** What the operator has to type: the canonical path. */
  readonly confirmation: string;
};

export type RollbackOptions = {
  /** Take a manual checkpoint before; the rollback is not begun where that fails. */
  readonly checkpointFirst?: boolean;
  readonly reason?: string | null;
};
