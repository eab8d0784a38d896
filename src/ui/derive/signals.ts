import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import type { Severity } from '../../core/interruptions.ts';
import type { Fate, FateName } from '../../core/signals.ts';
import type { Ms } from '../../core/units.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { duration, left } from '../format/time.ts';
import type { Tone } from '../theme.ts';
import { isUnsettled } from '../../core/reactor/view.ts';
import { perView } from './per-view.ts';

/** What became of a signal, as a person reads it. */
export type FateWords = {
  readonly sign: 'ok' | 'failed' | 'pending' | 'none';
  readonly tone: Tone;
  readonly words: string;
};

/** Unsettled ones first, then the newest by the time that is shown: history comes source by source. */
export const signalsInOrder: (view: EngineView) => readonly SignalRecord[] = perView(({ signals }) => {
  const newest = signals.toSorted((a, b) => b.signal.at - a.signal.at);
  const open = newest.filter(isUnsettled);
  return open.length === 0 ? newest : [...open, ...newest.filter((record) => !isUnsettled(record))];
});

/** The fate of a signal and why; while it has none, what it waits for. */
export function fateOf(view: EngineView, record: SignalRecord, now: Ms): FateWords {
  const { fate, signal } = record;
  const workspace = view.workspaces.find((one) => one.workspace === signal.workspace) ?? null;
  if (fate === null) return waiting(signal.signalId, workspace, now);
  if (!fate.settled) return { sign: 'pending', tone: 'accent', words: `waits: ${behind(fate, workspace, now)}` };
  return { ...signOf(fate.fate), words: settled(fate) };
}

export function severityTone(severity: Severity): Tone {
  if (severity === 'critical') return 'critical';
  return severity === 'high' ? 'warning' : 'plain';
}

function waiting(signalId: string, workspace: WorkspaceView | null, now: Ms): FateWords {
  const pending = { sign: 'pending', tone: 'accent' } as const;
  const { run, hold } = workspace ?? { run: null, hold: null };
  if (run?.signals.includes(signalId)) {
    const passed = Math.max(0, Math.floor((now - run.startedAt) / 1_000));
    return { ...pending, words: `checkpoint is running, ${passed} s` };
  }
  if (hold) return { sign: 'pending', tone: 'warning', words: `held, fires in ${left(hold.endsAt, now)}` };
  return { ...pending, words: 'waits for its turn' };
}

function behind({ reason }: Fate, workspace: WorkspaceView | null, now: Ms): string {
  const ends = workspace?.backoffEndsAt ?? workspace?.windowEndsAt ?? null;
  return ends === null || ends <= now ? reason : `${left(ends, now)}, ${reason}`;
}

function settled({ fate, reason, snapshot, durationMs }: Fate): string {
  const word = fate.replaceAll('_', ' ');
  switch (fate) {
    case 'checkpointed':
      return `${word} ${snapshot ?? ''} ${duration(durationMs, '')}`.trimEnd();
    case 'coalesced':
      return `${word} into ${snapshot ?? 'a checkpoint'}`;
    case 'suppressed':
      // The silence's id tells a person nothing; who and why does.
      return `${word} ${reason.replace(/^silence \S+ /, '')}`;
    case 'failed':
    case 'timed_out':
    case 'vetoed':
    case 'disarmed':
    case 'unavailable':
    case 'breaker_open':
    case 'guarded':
    case 'observer':
    case 'dropped':
    case 'flagged':
    case 'ignored':
    case 'no_workspace':
    case 'historical':
    case 'stopped':
      return reason === '' ? word : `${word}: ${reason}`;
  }
}

function signOf(fate: FateName): Pick<FateWords, 'sign' | 'tone'> {
  switch (fate) {
    case 'checkpointed':
      return { sign: 'ok', tone: 'good' };
    case 'coalesced':
      return { sign: 'ok', tone: 'plain' };
    case 'failed':
    case 'timed_out':
    case 'dropped':
      return { sign: 'failed', tone: 'critical' };
    case 'unavailable':
    case 'breaker_open':
    case 'guarded':
    case 'no_workspace':
      return { sign: 'failed', tone: 'warning' };
    case 'suppressed':
    case 'vetoed':
    case 'disarmed':
    case 'observer':
    case 'flagged':
      return { sign: 'none', tone: 'plain' };
    case 'ignored':
    case 'historical':
    case 'stopped':
      return { sign: 'none', tone: 'dim' };
  }
}
