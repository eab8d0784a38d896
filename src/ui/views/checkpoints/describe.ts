import { wordMaker } from '../../../wording/snapshots.ts';
import { filterText, orderName, selectedIn } from '../../app/list.ts';
import { FILES, SNAPSHOTS } from './rows.ts';
import { age, counted } from '../../render/values.ts';
import { shortName } from '../workspaces/names.ts';
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
  return checkpoints?.rows !== before.checkpoints?.rows || checkpoints?.problems !== before.checkpoints?.problems;
}

function list(state: CheckpointsState, context: Context): string {
  const { only, rows, problems, busy } = state;
  const { shown, selected, view, live } = context;
  const filter = filterText(view, SNAPSHOTS.name);
  const of = only === null ? '' : ` of ${shortName(only, live)}`;
  if (busy !== null) return busy;
  const [problem] = problems;
  if (problem !== undefined) return `cannot list the snapshots of ${shortName(problem[0], live)}: ${problem[1]}`;
  if (rows === null) return 'listing the snapshots';
  const { snapshot } = selected;
  if (snapshot === null && filter !== '') return `no snapshot${of} matches ${filter}; escape clears the filter`;
  if (snapshot === null) return `no snapshot${of} yet`;
  const { id, at, message, cause, workspace, changed } = snapshot;
  const index = SNAPSHOTS.rows(shown).indexOf(snapshot) + 1;
  const why = cause?.signal ? `, because of ${cause.signal}` : '';
  const all = SNAPSHOTS.rows(shown).length;
  const narrowed = filter === '' ? '' : ` that match ${filter}`;
  const files = changed === undefined ? '' : `, ${counted(changed.files, 'file')} changed`;
  return `snapshot ${index} of ${all}${of}${narrowed}, by ${orderName(SNAPSHOTS, view)}: ${shortName(workspace, live)}, ${id}, ${age(at, view.now, 'unknown')} old${files}, by ${wordMaker(snapshot)}${why}${message === null ? '' : `: ${message}`}`;
}

/** Describes the selected file of the selected snapshot. */
export function describeFile({ shown, selected: { snapshot } }: Context): string {
  const file = selectedIn(FILES, shown);
  if (snapshot === null || file === null) return 'no file is listed; escape goes back';
  const files = FILES.rows(shown);
  const lines = file.added === null ? '' : `, ${file.added} lines added, ${file.removed ?? 0} removed`;
  return `file ${files.indexOf(file) + 1} of ${files.length} of ${snapshot.id}: ${file.path}, ${file.change}${lines}; enter shows its changes, escape goes back`;
}
