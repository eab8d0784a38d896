import type { InitPlan, RepinPlan, RollbackPlan } from '../../../engine/types.ts';
import type { Result } from '../../../core/result.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import type { Reading } from '../../widgets/reader/state.ts';

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

/** A job that runs only after its plan was shown and its confirmation typed. */
export type Job =
  | { readonly type: 'rollback'; readonly workspace: string; readonly snapshot: string }
  | { readonly type: 'init' | 'repin'; readonly workspace: string };

/** The engine's plan of a job. */
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
  /** First visible line of the plan. */
  readonly offset: number;
  /** Why the job failed or cannot run; null without a problem. */
  readonly problem: string | null;
  /** True while the job runs. */
  readonly running: boolean;
};

/** A text over the whole screen. */
export type TextSheet = Reading & { readonly title: string; readonly lines: readonly string[] };

export type CheckpointsChange =
  | { readonly type: 'open'; readonly workspace: string; readonly select?: string }
  | { readonly type: 'listed'; readonly workspace: string; readonly listed: Result<readonly SnapshotView[]> }
  | { readonly type: 'mark'; readonly marked: string | null }
  /** Freezes or resumes the list. */
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
