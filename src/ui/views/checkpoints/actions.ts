import { worded } from '../../../wording/refusals.ts';
import type { Engine, EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Result } from '../../../core/result.ts';
import { cleanText } from '../../../core/text.ts';
import type { ActionOf } from '../../../core/actions.ts';
import type { ScreenAction } from '../../app/bindings.ts';
import type { FoundPlan, Job } from '../plan/state.ts';
import type { ViewAction } from '../../app/state.ts';
import { EMPTY_INPUT } from '../../widgets/text-input.ts';
import type { ViewState } from '../../app/state.ts';
import { timeOfDay } from '../../render/values.ts';
import { rowIdOf, type SnapshotRow } from './state.ts';

/** Most characters of a diff that is shown without a pager. */
const MAX_SHOWN = 400_000;
/** Most characters of a diff for a pager; checkpointers return less. */
const MAX_PAGED = 4_000_000;

/** Shows a text in the user's pager; false if there is none. */
export type Pager = (text: string) => Promise<boolean>;

export type SnapshotDeps = {
  /** The door of the engine. */
  readonly act: Engine['dispatch'];
  readonly queries: Pick<
    Engine['queries'],
    'snapshots' | 'diff' | 'contents' | 'rollbackPlan' | 'initPlan' | 'repinPlan'
  >;
  readonly pager: Pager;
  readonly dispatch: (action: ViewAction) => void;
  readonly view: () => ViewState;
};

/** Slow actions: the answer changes the view of checkpoints when it arrives. */
export type SnapshotAction = Extract<
  ScreenAction,
  { readonly type: 'list_snapshots' | 'diff' | 'remove' | 'plan' | 'preview' | JobAction['type'] }
>;

type JobAction = ActionOf<'rollback' | 'init' | 'repin'>;

/** Runs an action on snapshots and dispatches the engine's answer to the view. */
export async function runSnapshotAction(action: SnapshotAction, deps: SnapshotDeps): Promise<void> {
  switch (action.type) {
    case 'list_snapshots':
      return list(action.workspace, deps, action.select);
    case 'diff':
      return diff(action, deps);
    case 'remove':
      return remove(action, deps);
    case 'plan':
      return plan(action.job, deps);
    case 'preview':
      return preview(action.job, deps);
    case 'rollback':
    case 'init':
    case 'repin':
      return runJob(action, deps);
  }
}

/** Returns the workspaces whose snapshots may be out of date after an engine step, while their list is open. */
export function outdated(state: ViewState, live: EngineView, before: EngineView): readonly string[] {
  if (state.checkpoints === null || state.overlay.type === 'none') return [];
  const known = new Map(before.workspaces.map((workspace) => [workspace.path, workspace]));
  return live.workspaces.filter((one) => hasChanged(one, known.get(one.path))).map(({ path }) => path);
}

/**
 * Keeps the files of the selected snapshot at hand while their view is open: asks for them once they are another one's,
 * one at a time.
 */
export function createContentsReader({
  queries,
  dispatch,
  view,
}: SnapshotDeps): (selected: SnapshotRow | null) => void {
  let isAsking = false;
  const read = async (row: SnapshotRow): Promise<void> => {
    isAsking = true;
    const found = worded(await queries.contents(row.workspace, row.id));
    isAsking = false;
    const { checkpoints } = view();
    if (checkpoints?.contents?.row !== rowIdOf(row)) return;
    dispatch({ type: 'checkpoints', change: { type: 'contents', contents: { row: rowIdOf(row), found } } });
  };
  return (selected) => {
    const { overlay, checkpoints } = view();
    const isShown = overlay.type === 'checkpoints' || overlay.type === 'files';
    if (!isShown || checkpoints === null || selected === null || isAsking) return;
    const { contents } = checkpoints;
    if (contents?.row === rowIdOf(selected)) return;
    dispatch({ type: 'checkpoints', change: { type: 'contents', contents: { row: rowIdOf(selected), found: null } } });
    void read(selected);
  };
}

// A new snapshot of any tool, the end of a run, or a checkpointer that is available again.
function hasChanged(live: WorkspaceView, before: WorkspaceView | undefined): boolean {
  return (
    live.snapshots !== before?.snapshots ||
    live.run?.runId !== before?.run?.runId ||
    live.availability.state !== before?.availability.state
  );
}

async function list(workspace: string, { queries, dispatch }: SnapshotDeps, select?: string): Promise<void> {
  const listed = worded(await queries.snapshots(workspace));
  dispatch({ type: 'checkpoints', change: { type: 'listed', workspace, listed } });
  if (select === undefined || !listed.ok || listed.value.some(({ id }) => id === select)) return;
  dispatch({ type: 'toast', text: `${select} no longer exists: it was deleted`, kind: 'refused' });
}

async function diff(
  action: SnapshotAction & { type: 'diff' },
  { queries, dispatch, pager, view }: SnapshotDeps,
): Promise<void> {
  const { workspace, from, to, path } = action;
  const title = directionOf(action, view());
  const busy = (text: string | null): void => dispatch({ type: 'checkpoints', change: { type: 'busy', busy: text } });
  busy(`comparing ${title}`);
  const found = worded(await queries.diff(workspace, from, to, path));
  busy(null);
  if (!found.ok) return dispatch({ type: 'toast', text: `cannot compare: ${found.reason}`, kind: 'refused' });
  // Another view that was opened meanwhile is not interrupted.
  const back = view().overlay.type;
  if (back !== 'checkpoints' && back !== 'files') return;
  const text = cleanText(found.value.text, MAX_PAGED);
  if (text.trim() === '') return dispatch({ type: 'toast', text: `no differences: ${title}`, kind: 'info' });
  if (await pager(`${title}\n\n${text}\n`)) return;
  const sheet = { title, lines: shownLines(text.trimEnd()), offset: 0, search: EMPTY_INPUT };
  dispatch({ type: 'overlay', overlay: { type: 'diff', sheet, back } });
}

// What changed from the one to the other: an added line is in the later one.
function directionOf(
  { workspace, from, to, path }: SnapshotAction & { type: 'diff' },
  { checkpoints, now }: ViewState,
): string {
  const name = (id: string): string => {
    const at = checkpoints?.rows?.find((row) => row.id === id && row.workspace === workspace)?.at ?? 0;
    return at === 0 ? id : timeOfDay(at, now);
  };
  return `${name(from)} → ${to === null ? 'now' : name(to)}  ${path ?? workspace}`;
}

// The truncation is reported at the beginning, where reading starts.
function shownLines(text: string): readonly string[] {
  const lines = cleanText(text, MAX_SHOWN).replaceAll('\t', '    ').split('\n');
  if (text.length <= MAX_SHOWN) return lines;
  return [`truncated: the first ${MAX_SHOWN} of ${text.length} characters; set PAGER=less to see more`, '', ...lines];
}

async function remove(action: ActionOf<'remove'>, deps: SnapshotDeps): Promise<void> {
  const { act, dispatch } = deps;
  dispatch({ type: 'checkpoints', change: { type: 'busy', busy: `deleting ${action.snapshot}` } });
  // The engine reports the result.
  await act(action);
  dispatch({ type: 'checkpoints', change: { type: 'busy', busy: null } });
  await list(action.workspace, deps);
}

async function plan(job: Job, { queries, dispatch }: SnapshotDeps): Promise<void> {
  dispatch({ type: 'plan', change: { type: 'begin', job } });
  dispatch({ type: 'plan', change: { type: 'found', job, found: await planOf(job, queries) } });
}

async function preview(
  job: Job & { readonly type: 'rollback' },
  { queries, dispatch, act }: SnapshotDeps,
): Promise<void> {
  dispatch({ type: 'plan', change: { type: 'run' } });
  const made = worded(await act({ type: 'checkpoint', workspace: job.workspace, rollbackTo: job.snapshot }));
  if (!made.ok) return dispatch({ type: 'plan', change: { type: 'problem', problem: made.reason } });
  dispatch({ type: 'plan', change: { type: 'found', job, found: await planOf(job, queries) } });
}

async function planOf(job: Job, queries: SnapshotDeps['queries']): Promise<Result<FoundPlan>> {
  switch (job.type) {
    case 'rollback': {
      const found = worded(await queries.rollbackPlan(job.workspace, job.snapshot));
      return found.ok ? { ok: true, value: { type: 'rollback', plan: found.value } } : found;
    }
    case 'init': {
      const found = worded(await queries.initPlan(job.workspace));
      return found.ok ? { ok: true, value: { type: 'init', plan: found.value } } : found;
    }
    case 'repin': {
      const found = worded(await queries.repinPlan(job.workspace));
      return found.ok ? { ok: true, value: { type: 'repin', plan: found.value } } : found;
    }
  }
}

async function runJob(action: JobAction, deps: SnapshotDeps): Promise<void> {
  const { act, dispatch, view } = deps;
  const { overlay: before } = view();
  dispatch({ type: 'plan', change: { type: 'run' } });
  const ended = worded(await act(action));
  const { overlay } = view();
  const isWatched = overlay.type === 'plan' && before.type === 'plan' && overlay.form.job === before.form.job;
  if (!ended.ok) {
    if (isWatched) dispatch({ type: 'plan', change: { type: 'problem', problem: ended.reason } });
    else dispatch({ type: 'toast', text: `${action.type} failed: ${ended.reason}`, kind: 'refused' });
    return;
  }
  // The engine has reported the result.
  if (isWatched) dispatch({ type: 'checkpoints', change: { type: 'open' } });
  await list(action.workspace, deps);
}
