/** The plan of an operation as data: its effects, warnings and advice. `src/wording/plans.ts` formats them. */

import type { CheckpointerReason, RestoreCounts, RestoreLimit } from './checkpointer-reasons.ts';
import type { OwnedFolder, PinProblem } from './folder.ts';
import type { FolderSize, ProcessName } from './reasons.ts';
import type { LeftOut } from './snapshots.ts';
import type { Ms } from './units.ts';

/** The room of ws-ckpt's store, bytes. */
export type StoreRoom = { readonly freeBytes: number; readonly totalBytes: number };

/** An effect of an operation. */
export type PlanEffect =
  /** The folder that is really touched. */
  | { readonly code: 'folder'; readonly folder: OwnedFolder }
  /** git: files, links, folders, permissions and times. */
  | { readonly code: 'files_restored'; readonly path: string; readonly snapshot: string }
  /** ws-ckpt: the tree as a whole. */
  | { readonly code: 'tree_replaced'; readonly path: string; readonly snapshot: string }
  /** The numbers that the rollback will report. */
  | { readonly code: 'counts'; readonly counts: RestoreCounts }
  | { readonly code: 'all_saved'; readonly newest: string }
  /** `paths`: those that changed since `newest`, null where their number is not known. */
  | { readonly code: 'changes_lost'; readonly newest: string; readonly paths: number | null }
  | { readonly code: 'is_newest' }
  | { readonly code: 'later_stay'; readonly snapshots: number }
  | { readonly code: 'restart_inside' }
  /** The folder that is pinned; null: none. */
  | { readonly code: 'pinned_now'; readonly folder: OwnedFolder | null }
  | { readonly code: 'found_there'; readonly folder: OwnedFolder }
  | { readonly code: 'touches'; readonly workspace: string; readonly path: string }
  | InitEffect;

/** An effect of `ws-ckpt init`. */
export type InitEffect =
  /** `room`: null where it is not known. */
  | {
      readonly code: 'size';
      readonly workspace: string;
      readonly size: FolderSize;
      readonly room: StoreRoom | null;
    }
  | { readonly code: 'copied'; readonly workspace: string }
  /** ws-ckpt before 0.4. */
  | { readonly code: 'original_deleted' }
  | { readonly code: 'original_waits'; readonly workspace: string }
  | { readonly code: 'link_left'; readonly workspace: string }
  | { readonly code: 'not_kept' }
  | { readonly code: 'undo'; readonly workspace: string };

/** A warning before an operation, which is possible all the same. */
export type PlanWarning =
  | { readonly code: 'not_in_snapshot'; readonly leftOut: LeftOut }
  | { readonly code: 'limits_unknown'; readonly why: CheckpointerReason }
  | { readonly code: 'limit'; readonly limit: RestoreLimit }
  /** A repository has other history now; `now` null: none. */
  | { readonly code: 'history_moved'; readonly before: string; readonly now: string | null }
  | { readonly code: 'more_moved'; readonly repositories: number }
  /** The command that prints the refs that the snapshot noted. */
  | { readonly code: 'refs_noted'; readonly command: string }
  | { readonly code: 'preview_unknown'; readonly why: NoPreview }
  | { readonly code: 'preview_ends'; readonly upTo: string; readonly why: CheckpointerReason }
  | {
      readonly code: 'open_files';
      readonly process: ProcessName;
      readonly files: number;
      /** The consequence for them. */
      readonly loss: 'overwrites' | 'loses_writes' | 'reads_old';
    }
  | { readonly code: 'folder_may_go'; readonly process: ProcessName; readonly cwd: string }
  /** `agoMs`: since its last call; `canPause`: its processes can be stopped first. Null, or left out by older engines: not known. */
  | {
      readonly code: 'agent_at_work';
      readonly agent: string;
      readonly pid?: number | null;
      readonly agoMs?: Ms | null;
      readonly canPause?: boolean;
    }
  /** ws-ckpt before 0.4.4 can lose the tree between two steps. */
  | { readonly code: 'fragile_rollback' }
  | { readonly code: 'pin_problem'; readonly problem: PinProblem; readonly workspace: string }
  | { readonly code: 'other_owner' }
  | InitWarning;

export type InitWarning =
  /** Processes of other users. */
  | { readonly code: 'not_inspected'; readonly processes: number }
  | { readonly code: 'not_all_listed' }
  /** ws-ckpt before 0.4 can lose the tree when it fails late. */
  | { readonly code: 'fragile_init' }
  | { readonly code: 'mount_inside'; readonly path: string }
  | { readonly code: 'disk_tight'; readonly freeBytes: number };

/** The reason why what a rollback would undo is not known; `upTo`: nor up to that snapshot. */
export type NoPreview = {
  readonly why: CheckpointerReason;
  readonly upTo?: { readonly snapshot: string; readonly why: CheckpointerReason };
};

/** The advice on a checkpoint before a rollback. */
export type CheckpointAdvice =
  | { readonly advised: false; readonly code: 'unchanged_since'; readonly snapshot: string | null }
  | { readonly advised: false; readonly code: 'just_taken' }
  | { readonly advised: true; readonly code: 'unsaved_changes'; readonly newest: string };
