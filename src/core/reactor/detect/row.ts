import type { Call } from '../../calls.ts';
import { type Interruption, interruptionType } from '../../interruptions.ts';
import type { Signal } from '../../signals.ts';
import { JUDGE_DELAY_MS } from '../../limits.ts';
import { judgeEpisode } from './storms/episode-row.ts';
import { amend, type Draft, isKnown, recordOf } from '../draft.ts';
import { type TextPattern, textSignal } from './error-text.ts';
import { putOff, takeUp } from './pending.ts';
import { downgradeRule } from '../policy/policy.ts';
import { belongsTo, raise, signalIdOfCall, tieCall } from './raise.ts';
import { type CallName, defaultSeverity, interruptionSignalId, rowId, rowSignal } from '../signals.ts';
import { hasConversation } from './storms/storms.ts';
import type { Input } from '../messages.ts';
import type { PendingRow } from '../types.ts';

/** An interruption row was seen or has changed: one cause, one signal. */
export function detectInterruption(draft: Draft, input: Input & { type: 'interruption' }): void {
  const { interruption: row, news, calls } = input;
  if (interruptionType(row.type)?.episodic === true && hasConversation(row))
    return judgeEpisode(draft, row, news, calls[0] ?? null);
  if (news === 'none') return judgeChange(draft, row, calls);
  const pending: PendingRow = { type: 'row', interruption: row, news, calls };
  if (news === 'live' && waitsForCall(draft, row, calls)) {
    return putOff(draft, rowId(row), pending, draft.mono + JUDGE_DELAY_MS);
  }
  judgeRow(draft, pending);
}

/** A call has been read: rows that waited for it are judged now. */
export function judgeWaiting(draft: Draft, call: Call): void {
  for (const [key, pending] of draft.state.detect.pending) {
    if (pending.type !== 'row' || !namedCalls(pending.interruption).includes(call.callId)) continue;
    if (!isRead(pending.interruption, call)) continue;
    takeUp(draft, key);
    judgeRow(draft, { ...pending, calls: [call] });
  }
}

/** Judges a row by what is known of the calls that it names. */
export function judgeRow(draft: Draft, { interruption: row, news, calls }: PendingRow): void {
  const named = namedCalls(row);
  const known = knownSignal(draft, row, calls);
  if (known !== null) {
    for (const callId of named) tieCall(draft, callOf(callId, calls), known);
    return belongsTo(draft, known, row, news === 'live');
  }
  const found = named.length === 0 ? null : textOf(row, calls);
  // The call whose text it is gives the id, so that either door gives the same.
  const speaking = calls.find(({ error, statusCode }) => textSignal(error, statusCode) !== null)?.callId ?? named[0];
  const signalId =
    speaking === undefined ? interruptionSignalId(rowId(row)) : signalIdOfCall(draft, callOf(speaking, calls));
  for (const callId of named) tieCall(draft, callOf(callId, calls), signalId);
  const signal = found?.signal ?? row.type;
  raise(
    draft,
    rowSignal(draft.state.settings, row, calls[0] ?? null, {
      signalId,
      signal,
      severity: found ? defaultSeverity(signal) : row.severity,
      callId: speaking ?? null,
      historical: news !== 'live',
      downgraded: downgradeRule(signal, row),
      cause: found ? `${row.type} whose error says "${found.name}"` : `${row.type} reported by agentsight`,
    }),
  );
}

// Its call is written just before it, in another database (or that row is completed just before): give it a moment.
function waitsForCall(draft: Draft, row: Interruption, calls: readonly Call[]): boolean {
  if (namedCalls(row).length === 0 || knownSignal(draft, row, calls) !== null) return false;
  return !calls.some((call) => isRead(row, call));
}

// A failure is read when its call has ended; a crash is about a call that has not.
function isRead(row: Interruption, call: Call): boolean {
  return call.status !== 'pending' || row.type === 'agent_crash';
}

// A change of a row that was judged before: resolved, or its session filled in.
function judgeChange(draft: Draft, row: Interruption, calls: readonly Call[]): void {
  const key = rowId(row);
  const pending = draft.state.detect.pending.get(key);
  if (pending?.type === 'row') return putOff(draft, key, { ...pending, interruption: row }, draft.mono);
  const known = knownSignal(draft, row, calls);
  if (known === null) return;
  learn(draft, known, row);
  belongsTo(draft, known, row, row.resolved);
}

// History may be read in any order: whose a row is may be known from its call alone, after it was judged.
function learn(draft: Draft, signalId: string, row: Interruption): void {
  const known = recordOf(draft.state, signalId)?.signal;
  if (known?.historical !== true || known.origin !== 'interruption') return;
  const agent = known.agent === 'unknown' ? row.agent : known.agent;
  const conversationId = known.conversationId ?? row.conversationId;
  const pid = known.pid ?? row.pid;
  if (agent === known.agent && conversationId === known.conversationId && pid === known.pid) return;
  amend(draft, { ...known, agent, conversationId, pid });
}

function knownSignal(draft: Draft, row: Interruption, calls: readonly Call[]): Signal['signalId'] | null {
  const named = namedCalls(row);
  const ids =
    named.length === 0
      ? [interruptionSignalId(rowId(row))]
      : named.map((callId) => signalIdOfCall(draft, callOf(callId, calls)));
  return ids.find((id) => isKnown(draft.state, id)) ?? null;
}

// Either door gives the same type; S1 wins over S2 whichever text says it.
function textOf(row: Interruption, calls: readonly Call[]): TextPattern | null {
  const status = calls[0]?.statusCode ?? null;
  const found = [
    ...calls.map(({ error, statusCode }) => textSignal(error, statusCode)),
    textSignal(row.detail.error, status),
  ];
  return (
    found.find((pattern) => pattern?.signal === 'agent_crash') ?? found.find((pattern) => pattern !== null) ?? null
  );
}

// The call that the row means, where it has been read.
function callOf(callId: string, calls: readonly Call[]): Call | CallName {
  return calls.find((call) => call.callId === callId) ?? { callId, startNs: null };
}

function namedCalls(row: Interruption): readonly string[] {
  return [...new Set([...(row.callId === null ? [] : [row.callId]), ...row.detail.callIds])];
}
