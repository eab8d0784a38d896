import type { CheckpointsChange, CheckpointsState, FoundPlan, Job, PlanChange, PlanForm } from './state.ts';
import type { Result } from '../../../core/result.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import { cleanLine } from '../../../core/text.ts';
import { listState } from '../../app/list.ts';
import { shownSnapshots } from './rows.ts';
import { type ReadingChange, changeReading } from '../../widgets/reader/state.ts';
import { withoutLast } from '../../widgets/text-input.ts';
import type { ListState, ViewState } from '../../app/state.ts';

/** Returns the state after a change of the view of checkpoints; ignores answers about another workspace. */
export function changeCheckpoints(state: ViewState, change: CheckpointsChange): ViewState {
  const { checkpoints } = state;
  if (change.type === 'open') return opened(state, change);
  if (checkpoints === null) return state;
  const next = { ...state, checkpoints: changed(checkpoints, change) };
  return change.type === 'listed' || change.type === 'freeze' ? inPlace(state, next) : next;
}

// A filter or a frozen list might hide the target.
function opened(state: ViewState, { workspace, select }: CheckpointsChange & { readonly type: 'open' }): ViewState {
  const before = state.checkpoints?.workspace === workspace ? state.checkpoints : null;
  const known = before ?? { ...UNKNOWN, workspace };
  const overlay = { type: 'checkpoints' } as const;
  if (before !== null && select === undefined) return { ...state, overlay };
  const lists = { ...state.lists, checkpoints: { selectedId: select ?? null, offset: 0 } };
  if (select === undefined) return { ...state, overlay, checkpoints: known, lists };
  const filters = { ...state.filters, checkpoints: '' };
  return { ...state, overlay, checkpoints: { ...known, frozen: null }, lists, filters };
}

/**
 * Keeps the selected snapshot selected and at its row of the screen when snapshots appear above it; a deleted one is
 * replaced by the next. The target of the next key must not change unnoticed.
 */
function inPlace(before: ViewState, state: ViewState): ViewState {
  const { selectedId, offset } = listState(before, 'checkpoints');
  const was = shownSnapshots(before);
  const index = selectedId === null ? 0 : was.findIndex(({ id }) => id === selectedId);
  const selected = was[index];
  if (selected === undefined) return state;
  const is = shownSnapshots(state);
  const next = is.findIndex(({ id }) => id === selected.id);
  const stand = (list: ListState): ViewState => ({ ...state, lists: { ...state.lists, checkpoints: list } });
  if (next !== -1) return stand({ selectedId: selected.id, offset: Math.max(0, offset + next - index) });
  return stand({ selectedId: is[Math.min(index, is.length - 1)]?.id ?? null, offset });
}

/** Returns the state after a scroll or search in the diff. */
export function changeSheet(state: ViewState, change: ReadingChange): ViewState {
  const { overlay } = state;
  if (overlay.type !== 'diff') return state;
  return { ...state, overlay: { type: 'diff', sheet: changeReading(overlay.sheet, change) } };
}

/** Returns the state after a change of the typed confirmation; ignores the plan of another job. */
export function changePlan(state: ViewState, change: PlanChange): ViewState {
  if (change.type === 'begin') return { ...state, overlay: { type: 'plan', form: newPlanForm(change.job) } };
  const { overlay } = state;
  if (overlay.type !== 'plan' || (change.type === 'found' && change.job !== overlay.form.job)) return state;
  return { ...state, overlay: { type: 'plan', form: changedForm(overlay.form, change) } };
}

const UNKNOWN = {
  rows: null,
  problem: null,
  busy: null,
  marked: null,
  frozen: null,
} as const satisfies Omit<CheckpointsState, 'workspace'>;

function changed(state: CheckpointsState, change: Exclude<CheckpointsChange, { type: 'open' }>): CheckpointsState {
  switch (change.type) {
    case 'listed':
      return change.workspace === state.workspace ? listed(state, change.listed) : state;
    case 'mark':
      return { ...state, marked: change.marked };
    case 'busy':
      return { ...state, busy: change.busy };
    case 'freeze':
      return { ...state, frozen: state.frozen === null ? state.rows : null };
  }
}

function listed(state: CheckpointsState, answer: Result<readonly SnapshotView[]>): CheckpointsState {
  if (!answer.ok) return { ...state, problem: answer.reason };
  const marked = answer.value.some(({ id }) => id === state.marked) ? state.marked : null;
  return { ...state, rows: answer.value, problem: null, marked };
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

// By default unsaved changes are kept by a checkpoint first.
function found(form: PlanForm, answer: Result<FoundPlan>): PlanForm {
  if (!answer.ok) return { ...form, running: false, problem: answer.reason };
  const { value } = answer;
  const checkpointFirst = value.type === 'rollback' && value.plan.checkpointFirst.advised;
  return { ...form, found: value, running: false, checkpointFirst };
}

/** Longest typed confirmation, characters: a path may be as long as Linux takes one. */
const MAX_TYPED = 4_096;
