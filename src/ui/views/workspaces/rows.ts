import { wordAvailability } from '../../../wording/checkpointers.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { isRepinnable } from '../../../core/folder.ts';
import { BACKOFF_FIRST_MS } from '../../../core/limits.ts';
import { actsElsewhere } from '../../../core/reactor/acting/gates.ts';
import { coversWorkspace } from '../../../core/reactor/silences/silences.ts';
import type { WorkspaceStateName } from '../../../core/reactor/view.ts';
import { left, shortClock } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { perView } from '../../widgets/memo.ts';
import { wordElsewhere } from '../../../wording/elsewhere.ts';
import { wordStatus } from '../../../wording/workspaces.ts';

/** A workspace's state as a person reads it. */
export type WorkspaceLine = {
  readonly state: WorkspaceStateName;
  readonly tone: Tone;
  /** The state as text, with its countdown. */
  readonly text: string;
  /** The elapsed part of the countdown, 0…1; null where nothing counts. */
  readonly ratio: number | null;
  /** The reason, or the remedy; empty where there is nothing to add. */
  readonly remedy: string;
};

const ORDER: readonly WorkspaceStateName[] = [
  'running',
  'held',
  'breaker_open',
  'guarded',
  'unavailable',
  'unmanaged',
  'observer',
  'backing_off',
  'debouncing',
  'suppressed',
  'ready',
  'disarmed',
];

/** Workspaces with what is about to act first, then what is wrong; of the same state, what acts soonest. */
export const workspacesInOrder: (view: EngineView) => readonly WorkspaceView[] = perView(({ workspaces }) =>
  workspaces.toSorted((a, b) => ORDER.indexOf(a.status.state) - ORDER.indexOf(b.status.state) || bySoonest(a, b)),
);

// A countdown at whose end nothing happens comes after all those that end with a checkpoint.
function bySoonest(a: WorkspaceView, b: WorkspaceView): number {
  return Number(endsQuietly(a)) - Number(endsQuietly(b)) || endOf(a) - endOf(b);
}

function endsQuietly({ status, waiting }: WorkspaceView): boolean {
  return (status.state === 'debouncing' || status.state === 'backing_off') && waiting.length === 0;
}

function endOf({ status, hold }: WorkspaceView): Ms {
  return hold?.endsAt ?? status.endsAt ?? Number.MAX_SAFE_INTEGER;
}

/** The state of a workspace at `now`, which may be later than the moment of the view. */
export function lineOf(view: EngineView, workspace: WorkspaceView, now: Ms): WorkspaceLine {
  const state = stateAt(workspace, now);
  return { state, ...describe(state, view, workspace, now) };
}

/** A workspace by its name, and by the folder that is really touched where that is another path. */
export function touchedFolder({ path: workspace, folder }: WorkspaceView): string {
  return folder === null || folder.path === workspace ? workspace : `${workspace} (${folder.path})`;
}

/** Returns true if something moves here that a person watches: its bar is drawn more often than once a second. */
export function isCounting({ status, run, hold }: WorkspaceView, now: Ms): boolean {
  if (run !== null || hold !== null) return true;
  const moves = status.state === 'debouncing' || status.state === 'backing_off';
  return moves && status.endsAt !== null && status.endsAt > now;
}

// The engine reports nothing when a window ends that no one waits for.
function stateAt({ status }: WorkspaceView, now: Ms): WorkspaceStateName {
  const isOver = status.endsAt !== null && status.endsAt <= now;
  return isOver && (status.state === 'debouncing' || status.state === 'backing_off') ? 'ready' : status.state;
}

function describe(
  state: WorkspaceStateName,
  view: EngineView,
  workspace: WorkspaceView,
  now: Ms,
): Omit<WorkspaceLine, 'state'> {
  const { status } = workspace;
  const ends = status.endsAt ?? now;
  switch (state) {
    case 'running':
      return running(workspace, now);
    case 'held':
      return held(workspace, now);
    case 'disarmed':
      return plain('dim', 'disarmed: only watches', disarmed(view, workspace));
    case 'observer':
      return observer(workspace);
    case 'unavailable':
      return workspace.availability.problem === undefined
        ? plain('warning', 'no checkpointer', wordStatus(status.reason))
        : plain('critical', 'folder refused', orRepin(view, workspace));
    case 'unmanaged':
      return plain('warning', 'unmanaged: cannot checkpoint', orInit(view, wordStatus(status.reason)));
    case 'guarded':
      return plain('warning', 'guarded: no automatic one', wordStatus(status.reason));
    case 'breaker_open': {
      const probe = status.endsAt !== null && ends > now ? `probes after ${left(ends, now)}` : 'the next signal probes';
      return plain('critical', `breaker open, ${probe}`, breakerRemedy(workspace));
    }
    case 'suppressed':
      return suppressed(view, workspace, ends);
    case 'backing_off': {
      const whole = BACKOFF_FIRST_MS * 2 ** Math.max(0, workspace.failures - 1);
      return counting('warning', `backing off ${left(ends, now)}`, 1 - (ends - now) / whole, 'after a failure');
    }
    case 'debouncing':
      return counting('accent', debouncingText(workspace, ends, now), (ends - now) / view.debounceMs, '');
    case 'ready':
      return plain('good', readyText(view), '');
  }
}

function debouncingText({ waiting }: WorkspaceView, ends: Ms, now: Ms): string {
  const then = waiting.length === 0 ? '' : ', then acts';
  return `debouncing ${left(ends, now)}${then}`;
}

function readyText({ mode }: EngineView): string {
  return mode === 'hold' ? 'ready: a signal is held first' : 'ready';
}

function breakerRemedy({ failures }: WorkspaceView): string {
  return `${failures} failures in a row; fix what the last one reports, then press c: a manual success closes it`;
}

function running({ run }: WorkspaceView, now: Ms): Omit<WorkspaceLine, 'state'> {
  const since = run?.startedAt ?? now;
  const passed = Math.max(0, now - since);
  const seconds = Math.floor(passed / 1_000);
  if (run === null || run.deadlineAt === null) {
    return plain('accent', `running ${seconds} s: ${unbounded(run)}`, '');
  }
  const whole = Math.max(1, run.deadlineAt - since);
  const late = passed > whole ? ', being ended' : '';
  const text = `running ${seconds} s of ${Math.round(whole / 1_000)} s${late}`;
  return counting('accent', text, passed / whole, run.snapshot);
}

// What has no deadline.
function unbounded(run: WorkspaceView['run']): string {
  if (run?.kind === 'rollback') return `a rollback to ${run.snapshot}; signals wait`;
  return run?.kind === 'init' ? 'ws-ckpt init; signals wait' : 'the first, whole snapshot';
}

function held({ hold, status }: WorkspaceView, now: Ms): Omit<WorkspaceLine, 'state'> {
  if (hold === null) return plain('warning', 'held', wordStatus(status.reason));
  if (hold.over || hold.endsAt <= now) return counting('warning', 'held, fires now', 0, '');
  const whole = Math.max(1, hold.endsAt - hold.startedAt);
  return counting('warning', `held, fires in ${left(hold.endsAt, now)}`, (hold.endsAt - now) / whole, '');
}

function suppressed(view: EngineView, { path: workspace }: WorkspaceView, endsAt: Ms): Omit<WorkspaceLine, 'state'> {
  const silence = view.silences.find((one) => view.at < one.endsAt && coversWorkspace(one, workspace));
  const by = silence === undefined ? '' : ` by ${silence.createdBy}`;
  return plain('warning', `suppressed until ${shortClock(endsAt)}${by}`, silence?.reason ?? '');
}

// The key explains what the command would move where.
function orInit({ readOnly }: EngineView, reason: string): string {
  return readOnly ? reason : `${reason}, or press i`;
}

// The key shows the pinned and the found folder; no one has to leave the screen.
function orRepin({ readOnly }: EngineView, { availability }: WorkspaceView): string {
  const { problem } = availability;
  const reason = wordAvailability(availability);
  return readOnly || problem === undefined || !isRepinnable(problem) ? reason : `p shows old and new; ${reason}`;
}

// Before arming, a person wants to know whether it could act at all.
function disarmed(view: EngineView, workspace: WorkspaceView): string {
  const { availability, lock } = workspace;
  if (availability.problem !== undefined) return orRepin(view, workspace);
  if (availability.state === 'unmanaged') return orInit(view, wordAvailability(availability));
  if (availability.state !== 'available') return wordAvailability(availability);
  const elsewhere = actsElsewhere(lock);
  return elsewhere === null ? idle(view) : wordElsewhere(elsewhere);
}

function idle(view: EngineView): string {
  return view.readOnly ? 'read-only: nothing here can act' : 'a raises the mode to hold, then to auto';
}

function observer({ lock, status }: WorkspaceView): Omit<WorkspaceLine, 'state'> {
  switch (lock.type) {
    case 'other': {
      const { pid, user, startedAt } = lock.owner;
      const since = startedAt === 0 ? '' : `, since ${shortClock(startedAt)}`;
      return plain(
        'warning',
        'another engine acts here',
        `pid ${pid} of ${user}${since}; t takes over when it is gone`,
      );
    }
    case 'outside':
      return plain('critical', 'nothing acts from here', wordStatus(status.reason));
    case 'gone':
      return plain('critical', `its engine is gone since ${shortClock(lock.since)}`, 'signals wait; t takes over');
    case 'none':
    case 'ours':
      return plain('warning', 'another engine acts here', '');
  }
}

function plain(tone: Tone, text: string, remedy: string): Omit<WorkspaceLine, 'state'> {
  return { tone, text, ratio: null, remedy };
}

function counting(tone: Tone, text: string, ratio: number, remedy: string): Omit<WorkspaceLine, 'state'> {
  return { tone, text, ratio, remedy };
}
