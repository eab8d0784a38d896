import { type CheckpointsChange, type CheckpointsState, rowIdOf, type SnapshotRow } from './state.ts';
import type { Result } from '../../../core/result.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import { listState } from '../../app/list.ts';
import { shownSnapshots } from './rows.ts';
import type { ViewState } from '../../app/state.ts';
import type { ListState } from '../../widgets/list.ts';

/** Returns the state after a change of the view of checkpoints. */
export function reduceCheckpoints(state: ViewState, change: CheckpointsChange): ViewState {
  const { checkpoints } = state;
  if (change.type === 'open') return opened(state, change);
  if (checkpoints === null) return state;
  const next = { ...state, checkpoints: changed(checkpoints, change) };
  return change.type === 'listed' || change.type === 'freeze' ? stillWith(keepPosition(state, next), change) : next;
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

// A filter, a narrowed or a frozen list might hide the target.
function opened(state: ViewState, { only, select }: CheckpointsChange & { readonly type: 'open' }): ViewState {
  const known = state.checkpoints ?? UNKNOWN;
  const overlay = { type: 'checkpoints' } as const;
  if (select === undefined) {
    const isOther = only !== undefined && only !== known.only;
    const lists = isOther ? { ...state.lists, checkpoints: { selectedId: null, offset: 0 } } : state.lists;
    return { ...state, overlay, checkpoints: { ...known, only: only === undefined ? known.only : only }, lists };
  }
  const lists = { ...state.lists, checkpoints: { selectedId: select, offset: 0 } };
  const filters = { ...state.filters, checkpoints: '' };
  return { ...state, overlay, checkpoints: { ...known, only: only ?? null, frozen: null }, lists, filters };
}

/**
 * Keeps the selected snapshot selected and at its row of the screen when snapshots appear above it; a deleted one is
 * replaced by the next. The target of the next key must not change unnoticed.
 */
function keepPosition(before: ViewState, state: ViewState): ViewState {
  const { selectedId, offset } = listState(before, 'checkpoints');
  const was = shownSnapshots(before);
  const index = selectedId === null ? 0 : was.findIndex((row) => rowIdOf(row) === selectedId);
  const selected = was[index];
  if (selected === undefined) return state;
  const is = shownSnapshots(state);
  const next = is.findIndex((row) => rowIdOf(row) === rowIdOf(selected));
  const stand = (list: ListState): ViewState => ({ ...state, lists: { ...state.lists, checkpoints: list } });
  if (next !== -1) return stand({ selectedId: rowIdOf(selected), offset: Math.max(0, offset + next - index) });
  const other = is[Math.min(index, is.length - 1)];
  return stand({ selectedId: other === undefined ? null : rowIdOf(other), offset });
}

const UNKNOWN: CheckpointsState = {
  only: null,
  rows: null,
  problems: new Map(),
  busy: null,
  marked: null,
  frozen: null,
  contents: null,
};

function changed(state: CheckpointsState, change: Exclude<CheckpointsChange, { type: 'open' }>): CheckpointsState {
  switch (change.type) {
    case 'listed':
      return listed(state, change.workspace, change.listed);
    case 'mark':
      return { ...state, marked: change.marked };
    case 'contents':
      return { ...state, contents: change.contents };
    case 'busy':
      return { ...state, busy: change.busy };
    case 'freeze':
      return { ...state, frozen: state.frozen === null ? state.rows : null };
  }
}

function listed(state: CheckpointsState, workspace: string, answer: Result<readonly SnapshotView[]>): CheckpointsState {
  const problems = new Map(state.problems);
  problems.delete(workspace);
  if (!answer.ok) return { ...state, problems: problems.set(workspace, answer.reason) };
  const others = (state.rows ?? []).filter((row) => row.workspace !== workspace);
  const own = answer.value.map((one): SnapshotRow => ({ ...one, workspace }));
  // Those of one workspace stand in the order of their making, whatever their stamps are.
  const rows = others.length === 0 ? own : [...others, ...own].toSorted((a, b) => b.at - a.at);
  const marked = rows.some((row) => rowIdOf(row) === state.marked) ? state.marked : null;
  // The files of a snapshot never change, but the one before it may have gone.
  return { ...state, rows, problems, marked, contents: null };
}
