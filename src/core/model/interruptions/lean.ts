/**
 * Interruptions that name calls and leave open whose they are (a crash row may have its call ids and nothing else): what
 * they leave open is their call's, however late that is read and whatever it is given later.
 */
import type { Call } from '../../calls.ts';
import type { Interruption } from '../../interruptions.ts';
import { callsNamed } from '../calls/call-index.ts';
import type { Known, ModelState } from '../state.ts';
import { changed } from './changed.ts';
import type { ModelChange } from '../types.ts';
import { sameInterruption } from './merge.ts';

/** The ids of the calls that an interruption names. */
export function callsNamedBy({ callId, detail }: Interruption): ReadonlySet<string> {
  return new Set(callId === null ? detail.callIds : [callId, ...detail.callIds]);
}

/** What its rows say, with what they leave open taken from the first of its calls that knows; else as it was. */
export function filledIn(state: ModelState, { told, interruption: before }: Known): Interruption {
  if (!isOpen(told)) return told;
  const calls = callsNamed(state, callsNamedBy(told));
  const from = calls.find(({ conversationId }) => conversationId !== null) ?? calls[0] ?? before;
  const isTheirs = told.conversationId === null || told.conversationId === from.conversationId;
  return {
    ...told,
    agent: told.agent === 'unknown' ? from.agent : told.agent,
    pid: told.pid ?? from.pid,
    conversationId: told.conversationId ?? from.conversationId,
    sessionId: told.sessionId ?? (isTheirs ? from.sessionId : null),
  };
}

/** Files an interruption under the calls that it leans on, or takes it out again when its rows have come to say all. */
export function lean(state: ModelState, known: Known): void {
  if (!isOpen(known.told)) return leanNoMore(state, known);
  for (const callId of callsNamedBy(known.told)) {
    const leaning = state.leaning.get(callId);
    if (leaning === undefined) state.leaning.set(callId, new Set([known]));
    else leaning.add(known);
  }
}

export function leanNoMore(state: ModelState, known: Known): void {
  if (state.leaning.size === 0) return;
  for (const callId of callsNamedBy(known.told)) {
    const leaning = state.leaning.get(callId);
    leaning?.delete(known);
    if (leaning?.size === 0) state.leaning.delete(callId);
  }
}

/** A call has come or has changed: what leans on it is filled in anew. Returns the unresolved ones that have changed. */
export function leanOn(state: ModelState, call: Call): readonly ModelChange[] {
  if (state.leaning.size === 0) return [];
  const changes: ModelChange[] = [];
  for (const known of state.leaning.get(call.callId) ?? []) {
    const before = known.interruption;
    const after = filledIn(state, known);
    if (sameInterruption(before, after)) continue;
    known.interruption = after;
    changed(state, [before, after]);
    // A resolved one asks nothing of anybody any more.
    if (!after.resolved)
      changes.push({ type: 'interruption', interruption: after, previous: before, news: 'none', calls: [call] });
  }
  return changes;
}

function isOpen(told: Interruption): boolean {
  const { agent, pid, conversationId, sessionId } = told;
  const lacks = agent === 'unknown' || pid === null || conversationId === null || sessionId === null;
  return lacks && callsNamedBy(told).size > 0;
}
