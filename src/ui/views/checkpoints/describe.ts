import { wordMaker } from '../../../wording/snapshots.ts';
import { filterText, orderName } from '../../app/list.ts';
import { SNAPSHOTS } from './rows.ts';
import { age } from '../../render/values.ts';
import type { Context } from '../../app/bindings.ts';
import type { CheckpointsState } from './state.ts';
import type { ViewState } from '../../app/state.ts';

/** Describes the view of checkpoints. */
export function describeCheckpoints(context: Context): readonly string[] {
  const { checkpoints } = context.view;
  return [checkpoints === null ? NO_WORKSPACE : list(checkpoints, context)];
}

const NO_WORKSPACE = 'no workspace configured; start with --workspace DIR';

/** Returns true if a requested answer has arrived. */
export function hasArrived({ checkpoints, overlay }: ViewState, before: ViewState): boolean {
  if (overlay.type === 'plan' && before.overlay.type === 'plan') {
    const { found, problem, running } = overlay.form;
    return (
      found !== before.overlay.form.found || (problem !== null && problem !== before.overlay.form.problem && !running)
    );
  }
  if (overlay.type !== 'checkpoints') return false;
  return checkpoints?.rows !== before.checkpoints?.rows || checkpoints?.problem !== before.checkpoints?.problem;
}

function list(state: CheckpointsState, context: Context): string {
  const { workspace, rows, problem, busy } = state;
  const { shown, selected, view } = context;
  const filter = filterText(view, SNAPSHOTS.name);
  if (busy !== null) return busy;
  if (problem !== null) return `cannot list the snapshots of ${workspace}: ${problem}`;
  if (rows === null) return `listing the snapshots of ${workspace}`;
  const { snapshot } = selected;
  if (snapshot === null && filter !== '')
    return `no snapshot of ${workspace} matches ${filter}; escape clears the filter`;
  if (snapshot === null) return `no snapshot of ${workspace} yet`;
  const { id, at, message, cause } = snapshot;
  const index = SNAPSHOTS.rows(shown).indexOf(snapshot) + 1;
  const why = cause?.signal ? `, because of ${cause.signal}` : '';
  const all = SNAPSHOTS.rows(shown).length;
  const narrowed = filter === '' ? '' : ` that match ${filter}`;
  return `snapshot ${index} of ${all} of ${workspace}${narrowed}, by ${orderName(SNAPSHOTS, view)}: ${id}, ${age(at, view.now, 'unknown')} old, by ${wordMaker(snapshot)}${why}${message === null ? '' : `: ${message}`}`;
}
