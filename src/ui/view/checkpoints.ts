import type { InitPlan, RollbackPlan } from '../../app/engine/workspaces/operations.ts';
import type { Result } from '../../core/checkpointer.ts';
import type { SnapshotView } from '../../core/snapshot-maker.ts';
import { cleanLine } from '../../core/text.ts';
import { withoutLast } from './silence-form.ts';
import type { ListState, ViewState } from './types.ts';

/** Longest typed confirmation, characters. */
const MAX_TYPED = 200;

/** One workspace's snapshots, as far as they are known. */
export type CheckpointsState = {
  readonly workspace: string;
  /** Newest first; null while they have not been listed yet. */
  readonly rows: readonly SnapshotView[] | null;
  /** Why they could not be listed; null when they could. */
  readonly problem: string | null;
  /** What is being done, in words; null while nothing is. */
  readonly busy: string | null;
  readonly list: ListState;
  /** The snapshot that others are compared with; null: with what is there now. */
  readonly marked: string | null;
};

/** What is done only after it was explained and a word was typed. */
export type Job =
  | { readonly type: 'rollback'; readonly workspace: string; readonly snapshot: string }
  | { readonly type: 'init'; readonly workspace: string };

/** What the engine says that a job would do. */
export type FoundPlan =
  { readonly type: 'rollback'; readonly plan: RollbackPlan } | { readonly type: 'init'; readonly plan: InitPlan };

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

/** A text over the whole screen; `offset` is its first visible line. */
export type TextSheet = { readonly title: string; readonly lines: readonly string[]; readonly offset: number };

export type CheckpointsChange =
  | { readonly type: 'open'; readonly workspace: string; readonly select?: string }
  | { readonly type: 'listed'; readonly workspace: string; readonly listed: Result<readonly SnapshotView[]> }
  | { readonly type: 'list'; readonly list: ListState }
  | { readonly type: 'mark'; readonly marked: string | null }
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

/** The view of checkpoints after a change; an answer about another workspace changes nothing. */
export function changeCheckpoints(state: ViewState, change: CheckpointsChange): ViewState {
  const { checkpoints } = state;
  if (change.type === 'open') {
    const { workspace, select } = change;
    const before = checkpoints?.workspace === workspace ? checkpoints : { ...UNKNOWN, workspace };
    const list = select === undefined ? before.list : { selectedId: select, offset: 0 };
    return { ...state, overlay: { type: 'checkpoints' }, checkpoints: { ...before, list } };
  }
  if (checkpoints === null) return state;
  return { ...state, checkpoints: changed(checkpoints, change) };
}

const UNKNOWN = {
  rows: null,
  problem: null,
  busy: null,
  list: { selectedId: null, offset: 0 },
  marked: null,
} as const satisfies Omit<CheckpointsState, 'workspace'>;

function changed(state: CheckpointsState, change: Exclude<CheckpointsChange, { type: 'open' }>): CheckpointsState {
  switch (change.type) {
    case 'listed': {
      const { workspace, listed } = change;
      if (workspace !== state.workspace) return state;
      if (!listed.ok) return { ...state, problem: listed.reason };
      const marked = listed.value.some(({ id }) => id === state.marked) ? state.marked : null;
      return { ...state, rows: listed.value, problem: null, marked };
    }
    case 'list':
      return { ...state, list: change.list };
    case 'mark':
      return { ...state, marked: change.marked };
    case 'busy':
      return { ...state, busy: change.busy };
  }
}

/** The form of a typed confirmation after a change; an answer to another question changes nothing. */
export function changePlan(state: ViewState, change: PlanChange): ViewState {
  if (change.type === 'begin') return { ...state, overlay: { type: 'plan', form: newPlanForm(change.job) } };
  const { overlay } = state;
  if (overlay.type !== 'plan' || (change.type === 'found' && change.job !== overlay.form.job)) return state;
  return { ...state, overlay: { type: 'plan', form: changedForm(overlay.form, change) } };
}

function newPlanForm(job: Job): PlanForm {
  return { job, found: null, typed: '', checkpointFirst: false, offset: 0, problem: null, running: false };
}

function changedForm(form: PlanForm, change: Exclude<PlanChange, { type: 'begin' }>): PlanForm {
  switch (change.type) {
    case 'found':
      return found(form, change.found);
    case 'text':
      return { ...form, typed: (form.typed + cleanLine(change.text, MAX_TYPED)).slice(0, MAX_TYPED), problem: null };
    case 'erase':
      return { ...form, typed: withoutLast(form.typed), problem: null };
    case 'toggle':
      return { ...form, checkpointFirst: !form.checkpointFirst };
    case 'scroll':
      return { ...form, offset: Math.max(0, change.offset) };
    case 'run':
      return { ...form, running: true, problem: null };
    case 'problem':
      return { ...form, running: false, problem: change.problem };
  }
}

// What is in no snapshot is kept unless the operator says otherwise.
function found(form: PlanForm, answer: Result<FoundPlan>): PlanForm {
  if (!answer.ok) return { ...form, problem: answer.reason };
  const { value } = answer;
  const checkpointFirst = value.type === 'rollback' && value.plan.checkpointFirst.advised;
  return { ...form, found: value, checkpointFirst };
}
