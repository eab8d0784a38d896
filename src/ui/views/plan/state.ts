import type { InitPlan, RepinPlan, RollbackPlan } from '../../../engine/types.ts';
import type { Result } from '../../../core/result.ts';
import { cleanLine } from '../../../core/text.ts';
import type { ViewState } from '../../app/state.ts';
import { withoutLast } from '../../widgets/text-input.ts';

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
  /** The whole plan is shown instead of the dialog about a rollback. */
  readonly whole: boolean;
  /** First visible line of the plan. */
  readonly offset: number;
  /** The reason why the job failed or cannot run; null without a problem. */
  readonly problem: string | null;
  /** True while the job runs. */
  readonly running: boolean;
};

export type PlanChange =
  | { readonly type: 'begin'; readonly job: Job }
  | { readonly type: 'found'; readonly job: Job; readonly found: Result<FoundPlan> }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'toggle' }
  /** Shows the whole plan, or the dialog again. */
  | { readonly type: 'whole' }
  | { readonly type: 'scroll'; readonly offset: number }
  | { readonly type: 'run' }
  | { readonly type: 'problem'; readonly problem: string };

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly plan: { readonly form: PlanForm };
  }
  interface ViewChanges {
    readonly plan: PlanChange;
  }
}

/** Returns the state after a change of the typed confirmation; ignores the plan of another job. */
export function reducePlan(state: ViewState, change: PlanChange): ViewState {
  if (change.type === 'begin') return { ...state, overlay: { type: 'plan', form: newPlanForm(change.job) } };
  const { overlay } = state;
  if (overlay.type !== 'plan' || (change.type === 'found' && change.job !== overlay.form.job)) return state;
  return { ...state, overlay: { type: 'plan', form: changedForm(overlay.form, change) } };
}

function newPlanForm(job: Job): PlanForm {
  return {
    job,
    found: null,
    typed: '',
    checkpointFirst: false,
    whole: false,
    offset: 0,
    problem: null,
    running: false,
  };
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
    case 'whole':
      return { ...form, whole: !form.whole, offset: 0 };
    case 'scroll':
      return { ...form, offset: Math.max(0, change.offset) };
    case 'run':
      return { ...form, running: true, problem: null };
    case 'problem':
      return { ...form, running: false, problem: change.problem };
  }
}

// By default unsaved changes are kept by a checkpoint first.
function found(form: PlanForm, answer: Result<FoundPlan>): PlanForm {
  if (!answer.ok) return { ...form, running: false, problem: answer.reason };
  const { value } = answer;
  const checkpointFirst = value.type === 'rollback' && value.plan.checkpointFirst.advised;
  return { ...form, found: value, running: false, checkpointFirst };
}

/** Longest typed confirmation, characters: a path may be as long as Linux takes one. */
const MAX_TYPED = 4_096;
