import type { Engine, EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Result } from '../../../core/result.ts';
import { cleanText } from '../../../core/text.ts';
import type { SnapshotAction } from '../../app/bindings.ts';
import type { FoundPlan, Job } from './state.ts';
import type { ViewAction } from '../../app/state.ts';
import { NOTHING_TYPED } from '../../widgets/text-input.ts';
import type { ViewState } from '../../app/state.ts';

/** Characters of a comparison that are shown here where there is no pager: beyond it nobody reads line by line. */
const MAX_SHOWN = 400_000;
/** Characters of a comparison for a pager; checkpointers give less. */
const MAX_PAGED = 4_000_000;

/** Shows a text in the person's pager; false where there is none. */
export type Pager = (text: string) => Promise<boolean>;

export type SnapshotDeps = {
  readonly intents: Pick<Engine['intents'], 'rollback' | 'checkpointBefore' | 'remove' | 'init' | 'repin'>;
  readonly ask: Pick<Engine['ask'], 'snapshots' | 'diff' | 'rollbackPlan' | 'initPlan' | 'repinPlan'>;
  readonly pager: Pager;
  readonly dispatch: (action: ViewAction) => void;
  readonly view: () => ViewState;
};

/** Asks the engine, and brings its answer to the view when it comes. */
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
    case 'execute':
      return runAction(action, deps);
  }
}

/** The workspace whose list may be out of date after a commit, as far as its list is looked at; null where none is. */
export function outdated(state: ViewState, live: EngineView, before: EngineView): string | null {
  const { checkpoints, overlay } = state;
  if (checkpoints === null || overlay.type === 'none') return null;
  const of = (view: EngineView): WorkspaceView | undefined =>
    view.workspaces.find(({ workspace }) => workspace === checkpoints.workspace);
  return hasNews(of(live), of(before)) ? checkpoints.workspace : null;
}

// A new snapshot of anybody's, the end of a run, or a checkpointer that is there again.
function hasNews(live: WorkspaceView | undefined, before: WorkspaceView | undefined): boolean {
  return (
    live?.snapshots !== before?.snapshots ||
    live?.run?.runId !== before?.run?.runId ||
    live?.availability.state !== before?.availability.state
  );
}

async function list(workspace: string, { ask, dispatch }: SnapshotDeps, select?: string): Promise<void> {
  const listed = await ask.snapshots(workspace);
  dispatch({ type: 'checkpoints', change: { type: 'listed', workspace, listed } });
  if (select === undefined || !listed.ok || listed.value.some(({ id }) => id === select)) return;
  dispatch({ type: 'toast', text: `${select} is not there any more: it was deleted`, kind: 'refused' });
}

async function diff(
  action: SnapshotAction & { type: 'diff' },
  { ask, dispatch, pager, view }: SnapshotDeps,
): Promise<void> {
  const { workspace, from, to } = action;
  const busy = (text: string | null): void => dispatch({ type: 'checkpoints', change: { type: 'busy', busy: text } });
  busy(`comparing ${from} with ${to ?? 'now'}`);
  const found = await ask.diff(workspace, from, to);
  busy(null);
  if (!found.ok) return dispatch({ type: 'toast', text: `cannot compare: ${found.reason}`, kind: 'refused' });
  // Whoever went on to something else is not interrupted.
  if (view().overlay.type !== 'checkpoints') return;
  const title = `${from} ${to === null ? 'and now' : `and ${to}`}: ${workspace}`;
  const text = cleanText(found.value.text, MAX_PAGED);
  if (text.trim() === '') return dispatch({ type: 'toast', text: `no differences: ${title}`, kind: 'info' });
  if (await pager(`${title}\n\n${text}\n`)) return;
  const sheet = { title, lines: shownLines(text.trimEnd()), offset: 0, search: NOTHING_TYPED };
  dispatch({ type: 'overlay', overlay: { type: 'diff', sheet } });
}

// What is left out is said where one begins to read, not where one would find the end.
function shownLines(text: string): readonly string[] {
  const lines = cleanText(text, MAX_SHOWN).replaceAll('\t', '    ').split('\n');
  if (text.length <= MAX_SHOWN) return lines;
  return [
    `This comparison is long: the first ${MAX_SHOWN} of its ${text.length} characters; PAGER=less shows more.`,
    '',
    ...lines,
  ];
}

async function remove({ workspace, snapshot }: SnapshotAction & { type: 'remove' }, deps: SnapshotDeps): Promise<void> {
  const { intents, dispatch } = deps;
  dispatch({ type: 'checkpoints', change: { type: 'busy', busy: `deleting ${snapshot}` } });
  // The engine says how it ended.
  await intents.remove(workspace, snapshot);
  dispatch({ type: 'checkpoints', change: { type: 'busy', busy: null } });
  await list(workspace, deps);
}

async function plan(job: Job, { ask, dispatch }: SnapshotDeps): Promise<void> {
  dispatch({ type: 'plan', change: { type: 'begin', job } });
  dispatch({ type: 'plan', change: { type: 'found', job, found: await planOf(job, ask) } });
}

async function preview(
  job: Job & { readonly type: 'rollback' },
  { ask, dispatch, intents }: SnapshotDeps,
): Promise<void> {
  dispatch({ type: 'plan', change: { type: 'run' } });
  const made = await intents.checkpointBefore(job.workspace, job.snapshot);
  if (!made.ok) return dispatch({ type: 'plan', change: { type: 'problem', problem: made.reason } });
  dispatch({ type: 'plan', change: { type: 'found', job, found: await planOf(job, ask) } });
}

async function planOf(job: Job, ask: SnapshotDeps['ask']): Promise<Result<FoundPlan>> {
  switch (job.type) {
    case 'rollback': {
      const found = await ask.rollbackPlan(job.workspace, job.snapshot);
      return found.ok ? { ok: true, value: { type: 'rollback', plan: found.value } } : found;
    }
    case 'init': {
      const found = await ask.initPlan(job.workspace);
      return found.ok ? { ok: true, value: { type: 'init', plan: found.value } } : found;
    }
    case 'repin': {
      const found = await ask.repinPlan(job.workspace);
      return found.ok ? { ok: true, value: { type: 'repin', plan: found.value } } : found;
    }
  }
}

async function runAction(action: SnapshotAction & { type: 'execute' }, deps: SnapshotDeps): Promise<void> {
  const { job } = action;
  const { dispatch, view } = deps;
  dispatch({ type: 'plan', change: { type: 'run' } });
  const ended = await endOf(action, deps.intents);
  const { overlay } = view();
  const isWatched = overlay.type === 'plan' && overlay.form.job === job;
  if (!ended.ok) {
    if (isWatched) dispatch({ type: 'plan', change: { type: 'problem', problem: ended.reason } });
    else dispatch({ type: 'toast', text: `${job.type} failed: ${ended.reason}`, kind: 'refused' });
    return;
  }
  // The engine has said how it ended.
  if (isWatched) dispatch({ type: 'checkpoints', change: { type: 'open', workspace: job.workspace } });
  await list(job.workspace, deps);
}

async function endOf(
  { job, checkpointFirst, found }: SnapshotAction & { type: 'execute' },
  intents: SnapshotDeps['intents'],
): Promise<Result<string>> {
  switch (job.type) {
    case 'rollback':
      return intents.rollback(job.workspace, job.snapshot, { checkpointFirst });
    case 'init':
      return intents.init(job.workspace);
    case 'repin':
      if (found?.type !== 'repin') return { ok: false, reason: 'the folder has not been shown yet' };
      return intents.repin(job.workspace, found.plan.shown);
  }
}
