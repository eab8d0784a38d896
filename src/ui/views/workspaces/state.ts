import { wordMatcher } from '../../../wording/fates.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import type { Silence } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import { type Line, chip, span } from '../../render/line.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import { age, clock, counted, left, percent, shortClock } from '../../render/values.ts';
import { activityOf, sightOf } from '../sources/rows.ts';
import { lineOf } from './rows.ts';

/** A workspace as one row of the pane of automation. */
export type WorkspaceParts = {
  /** Its state as one name, for counts. */
  readonly name: string;
  /** Its next action, in a chip where it acts or is stopped. It never gives way. */
  readonly state: Line;
  /** The elapsed part of its countdown, 0…1; null where nothing counts. */
  readonly ratio: number | null;
  readonly tone: Tone;
  /** For what, by whom, or what to do. */
  readonly what: string;
  readonly silences: string;
  /** The last checkpoint: when, how it ended, and its cause; null where there is none. */
  readonly last: { readonly age: string; readonly ok: boolean; readonly cause: string } | null;
  /** It is about to act, or cannot. */
  readonly isBusy: boolean;
};

/** Returns the parts of a workspace's row at `now`, which may be later than the moment of the view. */
export function workspaceParts(view: EngineView, workspace: WorkspaceView, now: Ms, theme: Theme): WorkspaceParts {
  const line = lineOf(view, workspace, now);
  const { name, state, what, isBusy = true } = stateOf(view, workspace, now, theme);
  return {
    name,
    state,
    ratio: line.ratio,
    tone: line.state === 'running' ? 'accent' : line.tone === 'good' ? 'plain' : line.tone,
    what,
    silences: silencesOf(view, workspace, now),
    last: lastOf(view, workspace, now),
    isBusy,
  };
}

type State = { readonly name: string; readonly state: Line; readonly what: string; readonly isBusy?: boolean };

function stateOf(view: EngineView, workspace: WorkspaceView, now: Ms, theme: Theme): State {
  const { hold, status, failures, availability, lock, backoffEndsAt } = workspace;
  const stopped = (why: string, what: string): State => ({
    name: 'stopped',
    state: [...chip('STOPPED', theme, 'alarm'), span(` ${why}`, 'critical')],
    what,
  });
  const state = lineOf(view, workspace, now).state;
  switch (state) {
    case 'running':
      return {
        name: 'running',
        state: [...chip('RUNNING', theme), span(` ${runTime(workspace, now)}`)],
        what: runCause(view, workspace),
      };
    case 'held': {
      const isDue = hold === null || hold.over || hold.endsAt <= now;
      const when = isDue ? 'fires now' : `fires in ${left(hold.endsAt, now)}`;
      return {
        name: 'held',
        state: [...chip('HELD', theme, 'hold'), span(` ${when}`)],
        what: waitingFor(view, workspace),
      };
    }
    case 'observer':
      return lock.type === 'other'
        ? {
            name: 'observing',
            state: [span(`pid ${lock.owner.pid} acts here`)],
            what: lock.owner.startedAt === 0 ? '' : `since ${shortClock(lock.owner.startedAt)}`,
          }
        : lock.type === 'gone'
          ? stopped('engine gone', `since ${clock(lock.since)}; t takes over`)
          : stopped('held elsewhere', 'by a process out of sight');
    case 'breaker_open':
      return stopped(
        `${failures} failed`,
        status.endsAt !== null && status.endsAt > now
          ? `next try after ${left(status.endsAt, now)}`
          : 'the next signal tries',
      );
    case 'guarded': {
      const full = availability.usedRatio;
      const { reason } = status;
      return reason.code === 'store_full' && full !== null
        ? stopped(`disk ${percent(full, '')}`, 'delete old ones: 5')
        : stopped('too many', lineOf(view, workspace, now).remedy);
    }
    case 'unavailable':
      return availability.problem === undefined
        ? stopped(`no ${availability.name}`, lineOf(view, workspace, now).remedy)
        : stopped('folder refused', lineOf(view, workspace, now).remedy);
    case 'unmanaged':
      return stopped('not managed', lineOf(view, workspace, now).remedy);
    case 'suppressed': {
      const ends = status.endsAt ?? now;
      const by = status.reason.code === 'silenced' ? `by ${status.reason.silence.createdBy}, ` : '';
      return { name: 'silenced', state: [span(`silenced ${left(ends, now)}`)], what: `${by}until ${shortClock(ends)}` };
    }
    case 'backing_off': {
      const what = waitingFor(view, workspace);
      return {
        name: 'backing off',
        state: [span(`backing off ${left(backoffEndsAt ?? now, now)}`)],
        what: what === '' ? 'nothing waits' : `${what} waits`,
      };
    }
    case 'debouncing': {
      const waits = workspace.waiting.length;
      const what = waits === 0 ? 'nothing waits' : `then 1 for ${counted(waits, 'signal')}`;
      return { name: 'debouncing', state: [span(`debouncing ${left(status.endsAt ?? now, now)}`)], what };
    }
    case 'disarmed':
    case 'ready':
      return blindOf(view, workspace, now, theme) ?? quiet(view, workspace, state === 'ready' ? 'ready' : 'observe');
  }
}

function quiet(view: EngineView, workspace: WorkspaceView, label: string): State {
  if (label === 'ready') return { name: label, state: [span(label)], what: '', isBusy: false };
  const would = view.signals.find(
    ({ signal, fate }) => signal.workspace === workspace.path && fate?.kind === 'disarmed',
  );
  return {
    name: label,
    state: [span(label)],
    what: would === undefined ? '' : `would: ${would.signal.type}`,
    isBusy: false,
  };
}

// What rests on a lost source alone is unknown: the row never appears healthy.
function blindOf(view: EngineView, { agents }: WorkspaceView, now: Ms, theme: Theme): State | null {
  const { dark, blindSince } = sightOf(view);
  const lost = dark.find(({ health }) => health.status === 'lost');
  if (lost === undefined) return null;
  if (blindSince !== null)
    return { name: 'blind', state: [...chip('BLIND', theme, 'alarm'), span(` since ${clock(blindSince)}`)], what: '' };
  const unknown = agents.filter((agent) => activityOf(view, agent, now) === 'unknown').length;
  if (unknown === 0) return null;
  return {
    name: 'blind',
    state: [span(`blind for ${unknown} of ${agents.length}`, 'critical')],
    what: `${lost.health.medium} lost ${age(lost.health.since, now, '')}`,
  };
}

function runTime({ run }: WorkspaceView, now: Ms): string {
  const since = run?.startedAt ?? now;
  const seconds = Math.floor(Math.max(0, now - since) / 1_000);
  if (run === null || run.deadlineAt === null) return `${seconds} s`;
  return `${seconds} s of ${Math.round((run.deadlineAt - since) / 1_000)} s`;
}

function runCause(view: EngineView, { run }: WorkspaceView): string {
  switch (run?.kind) {
    case 'auto':
      return causeOf(recordsOf(view, run.signals));
    case 'manual':
      return 'manual';
    case 'baseline':
      return 'the first, whole snapshot';
    case 'rollback':
      return `roll back to ${run.snapshot}; signals wait`;
    case 'restore':
      return `restore from ${run.snapshot}; signals wait`;
    case 'init':
      return 'ws-ckpt init; signals wait';
    case undefined:
      return '';
  }
}

/** Returns what a checkpoint of a workspace is for: `retry_storm Claude Code`, or `retry_storm +2 more`. */
export function waitingFor(view: EngineView, { waiting }: WorkspaceView): string {
  return causeOf(recordsOf(view, waiting));
}

function recordsOf({ signals }: EngineView, ids: readonly string[]): readonly SignalRecord[] {
  const wanted = new Set(ids);
  return signals.filter(({ signal }) => wanted.has(signal.signalId)).toReversed();
}

function causeOf([first, ...others]: readonly SignalRecord[]): string {
  if (first === undefined) return '';
  const { type, agent } = first.signal;
  return others.length > 0 ? `${type} +${others.length} more` : `${type} ${agent ?? ''}`.trimEnd();
}

/** Returns the silences that hold back something of a workspace. */
export function silencesIn(
  { silences, model }: EngineView,
  { path, agents }: WorkspaceView,
  now: Ms,
): readonly Silence[] {
  const agentOf = (conversation: string): string | undefined =>
    model.conversations.find(({ conversationId }) => conversationId === conversation)?.agent;
  return silences.filter(({ matcher, endsAt }) => {
    if (endsAt <= now) return false;
    if (matcher.workspace !== undefined) return matcher.workspace === path;
    const agent = matcher.agent ?? (matcher.conversation === undefined ? undefined : agentOf(matcher.conversation));
    if (agent === undefined) return matcher.conversation === undefined;
    return agents.includes(agent);
  });
}

function silencesOf(view: EngineView, workspace: WorkspaceView, now: Ms): string {
  const found = silencesIn(view, workspace, now);
  const [first, ...others] = found;
  if (first === undefined) return '';
  const ends = Math.min(first.endsAt, ...others.map(({ endsAt }) => endsAt));
  return `${counted(found.length, 'silence')}, ${left(ends, now)} left`;
}

// A failure after the last checkpoint is what a person has to know.
function lastOf(view: EngineView, { path, failures, lastSnapshot }: WorkspaceView, now: Ms): WorkspaceParts['last'] {
  if (failures > 0) {
    const failed = view.signals.find(
      ({ signal, fate }) => signal.workspace === path && (fate?.kind === 'failed' || fate?.kind === 'timed_out'),
    );
    if (failed?.fate) {
      const cause = failed.fate.kind === 'timed_out' ? 'timed out' : 'failed';
      return { age: `${age(failed.fate.at, now, '')} ago`, ok: false, cause };
    }
  }
  if (lastSnapshot === null) return null;
  const { at, trigger } = lastSnapshot;
  const signal = view.signals.find((record) => record.signal.signalId === trigger)?.signal;
  const cause = signal?.type ?? MADE_BY[trigger] ?? '';
  return { age: `${age(at, now, '')} ago`, ok: true, cause };
}

/** The makers of a checkpoint that is no signal's. */
const MADE_BY: Readonly<Partial<Record<string, string>>> = {
  operator: 'manual',
  other_run: 'by another run',
  foreign: 'by another tool',
};

/** Formats a silence in one line: what it covers, how long, by whom, what it held back. */
export function silenceText({ matcher, endsAt, heldBack, reason, createdBy }: Silence, now: Ms): string {
  const why = reason === null ? '' : `: ${reason}`;
  return `${wordMatcher(matcher)}  ${left(endsAt, now)} left, held back ${heldBack}, by ${createdBy}${why}`;
}
