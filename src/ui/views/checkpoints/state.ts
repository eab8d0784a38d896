import type { InitPlan, RepinPlan, RollbackPlan } from '../../../engine/types.ts';
import type { Result } from '../../../core/result.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import type { Reading } from '../../widgets/reader/state.ts';

/** One workspace's snapshots, as far as they are known. */
export type CheckpointsState = {
  readonly workspace: string;
  /** Newest first; null while they have not been listed yet. */
  readonly rows: readonly SnapshotView[] | null;
  /** Why they could not be listed; null when they could. */
  readonly problem: string | null;
  /** What is being done, in words; null while nothing is. */
  readonly busy: string | null;
  /** The snapshot that others are compared with; null: with what is there now. */
  readonly marked: string | null;
  /** The snapshots of the moment at which the list was frozen; null while it is live. */
  readonly frozen: readonly SnapshotView[] | null;
};

/** What is done only after it was explained and a word was typed. */
export type Job =
  | { readonly type: 'rollback'; readonly workspace: string; readonly snapshot: string }
  | { readonly type: 'init' | 'repin'; readonly workspace: string };

/** What the engine says that a job would do. */
export type FoundPlan =
  | { readonly type: 'rollback'; readonly plan: RollbackPlan }
  | { readonly type: 'init'; readonly plan: InitPlan }
  | { readonly type: 'repin'; readonly plan: RepinPlan };

export type PlanForm = {
  readonly job: Job;
  /** Null while it is being made. */
  readonly found: FoundPlan | null;
  readonly typed: string;
  /** Take a checkpoint before a rollback. */
  readonly checkpointFirst: boolean;
  /** First visible line of what is explained. */
  readonly offset: number;
  /** Why it was not done, or cannot be; null while nothing is wrong. */
  readonly problem: string | null;
  /** It is being done. */
  readonly running: boolean;
};

/** A text over the whole screen. */
export type TextSheet = Reading & { readonly title: string; readonly lines: readonly string[] };

export type CheckpointsChange =
  | { readonly type: 'open'; readonly workspace: string; readonly select?: string }
  | { readonly type: 'listed'; readonly workspace: string; readonly listed: Result<readonly SnapshotView[]> }
  | { readonly type: 'mark'; readonly marked: string | null }
  /** The list is frozen, or goes on. */
  | { readonly type: 'freeze' }
  | { readonly type: 'busy'; readonly busy: string | null };

export type PlanChange =
  | { readonly type: 'begin'; readonly job: Job }
  | { readonly type: 'found'; readonly job: Job; readonly found: Result<FoundPlan> }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'toggle' }
  | { readonly type: 'scroll'; readonly offset: number }
  | { readonly type: 'run' }
  | { readonly type: 'problem'; readonly problem: string };
