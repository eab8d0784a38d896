import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Interruption, Severity } from '../../../core/interruptions.ts';
import type { Fate, FateName } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { duration, left } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import { perList, perView } from '../../widgets/memo.ts';
import { interruptionOf, isResolved } from '../../ladder/open-signals.ts';
import type { FateReason } from '../../../core/reasons.ts';
import { wordFate, wordSilence } from '../../../wording/fates.ts';

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
  const workspace = view.workspaces.find((one) => one.path === signal.workspace) ?? null;
  if (fate === null) return waiting(signal.signalId, workspace, now);
  if (!fate.settled) return { sign: 'pending', tone: 'accent', words: `waits: ${behind(fate, workspace, now)}` };
  return { ...signOf(fate.kind), words: settled(fate) };
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
  return ends === null || ends <= now ? wordFate(reason) : `${left(ends, now)}, ${wordFate(reason)}`;
}

function settled({ kind: fate, reason, snapshot, durationMs }: Fate): string {
  const word = fate.replaceAll('_', ' ');
  switch (fate) {
    case 'checkpointed':
      return `${word} ${snapshot ?? ''} ${duration(durationMs, '')}`.trimEnd();
    case 'coalesced':
      return `${word} into ${snapshot ?? 'a checkpoint'}`;
    case 'suppressed':
      return `${word} ${reason.code === 'silenced' ? wordSilence(reason.silence) : wordFate(reason)}`;
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
      return `${word}${because(reason)}`;
  }
}

function because(reason: FateReason): string {
  const words = wordFate(reason);
  return words === '' ? '' : `: ${words}`;
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

/** What stands where nobody has said whose a signal or an interruption is. */
export const UNATTRIBUTED = 'unattributed';

/** The same as a word for the screen; what is not over is as bad as its severity. */
export function stateOf(view: EngineView, record: SignalRecord): { readonly text: string; readonly tone: Tone } | null {
  const resolved = isResolved(view, record);
  if (resolved === null) return null;
  return resolved
    ? { text: 'resolved', tone: 'good' }
    : { text: 'unresolved', tone: severityTone(record.signal.severity) };
}

/** The unresolved interruptions of a conversation that have an id, the worst and then the newest first. */
export function openOf(view: EngineView, conversationId: string): readonly Interruption[] {
  return openByConversation(view.model.interruptions).get(conversationId) ?? [];
}

/** Whose a signal is, in a word: its conversation, else the session of its interruption, else nobody's. */
export function ownerOf(view: EngineView, record: SignalRecord): string {
  const { conversationId } = record.signal;
  if (conversationId !== null) return conversationId;
  const session = interruptionOf(view, record)?.sessionId ?? null;
  return session === null ? UNATTRIBUTED : `session ${session}`;
}

const openByConversation = perList((interruptions: readonly Interruption[]) => {
  const open = interruptions.filter(({ resolved, interruptionId }) => !resolved && interruptionId !== null);
  const worstFirst = open.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
  return Map.groupBy(worstFirst, ({ conversationId }) => conversationId);
});

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };
