import type { CheckpointsChange, CheckpointsState } from './state.ts';
import type { Result } from '../../../core/result.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import { listState } from '../../app/list.ts';
import { shownSnapshots } from './rows.ts';
import type { ListState, ViewState } from '../../app/state.ts';

/** Returns the state after a change of the view of checkpoints; ignores answers about another workspace. */
export function reduceCheckpoints(state: ViewState, change: CheckpointsChange): ViewState {
  const { checkpoints } = state;
  if (change.type === 'open') return opened(state, change);
  if (checkpoints === null) return state;
  const next = { ...state, checkpoints: changed(checkpoints, change) };
  return change.type === 'listed' || change.type === 'freeze' ? stillWith(inPlace(state, next), change) : next;
}

/** Returns the state with the snapshots frozen or live, as the screen is. */
export function freezeCheckpoints(state: ViewState): ViewState {
  const { checkpoints, frozen } = state;
  const still = checkpoints && { ...checkpoints, frozen: frozen === null ? null : checkpoints.rows };
  return { ...state, checkpoints: still };
}

// What is listed first while the screen is frozen stays as it is, too.
function stillWith(state: ViewState, { type }: CheckpointsChange): ViewState {
  const { frozen, checkpoints } = state;
  if (type !== 'listed' || frozen === null || checkpoints === null || checkpoints.frozen !== null) return state;
  return { ...state, checkpoints: { ...checkpoints, frozen: checkpoints.rows } };
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
