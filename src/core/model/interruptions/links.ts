/**
 * Interruptions that name calls and leave open whose they are (a crash row may have its call ids and nothing else): what
 * they leave open is their call's, however late that is read and whatever it is given later.
 */
import type { Call } from '../../calls.ts';
import type { Interruption } from '../../interruptions.ts';
import { callsMeant } from '../calls/call-index.ts';
import type { Known, ModelState } from '../state.ts';
import type { ModelChange } from '../types.ts';
import { sameInterruption } from './merge.ts';

/** The ids of the calls that an interruption names. */
export function callsNamedBy({ callId, detail }: Interruption): ReadonlySet<string> {
  return new Set(callId === null ? detail.callIds : [callId, ...detail.callIds]);
}

/** Returns an interruption as its rows report it; open fields are filled in from the first of its calls that has them. */
export function filledIn(state: ModelState, { reported, interruption: before }: Known): Interruption {
  if (!isOpen(reported)) return reported;
  const calls = callsMeant(state, callsNamedBy(reported), reported);
  const from = calls.find(({ conversationId }) => conversationId !== null) ?? calls[0] ?? before;
  const isTheirs = reported.conversationId === null || reported.conversationId === from.conversationId;
  return {
    ...reported,
    agent: reported.agent === 'unknown' ? from.agent : reported.agent,
    pid: reported.pid ?? from.pid,
    conversationId: reported.conversationId ?? from.conversationId,
    sessionId: reported.sessionId ?? (isTheirs ? from.sessionId : null),
  };
}

/** Links an interruption to the calls that fill in what it leaves open, or unlinks it once its rows are complete. */
export function linkCalls(state: ModelState, known: Known): void {
  if (!isOpen(known.reported)) return unlinkCalls(state, known);
  for (const callId of callsNamedBy(known.reported)) {
    const linked = state.linked.get(callId);
    if (linked === undefined) state.linked.set(callId, new Set([known]));
    else linked.add(known);
  }
}

/** Removes the links of an interruption. */
export function unlinkCalls(state: ModelState, known: Known): void {
  if (state.linked.size === 0) return;
  for (const callId of callsNamedBy(known.reported)) {
    const linked = state.linked.get(callId);
    linked?.delete(known);
    if (linked?.size === 0) state.linked.delete(callId);
  }
}

/** Fills in the interruptions linked to a call that was added or changed. Returns the unresolved ones that have changed. */
export function fillLinked(state: ModelState, call: Call): readonly ModelChange[] {
  if (state.linked.size === 0) return [];
  const changes: ModelChange[] = [];
  for (const known of state.linked.get(call.callId) ?? []) {
    const before = known.interruption;
    const after = filledIn(state, known);
    if (sameInterruption(before, after)) continue;
    known.interruption = after;
    invalidate(state, [before, after]);
    // A resolved one needs no action any more.
    if (!after.resolved)
      changes.push({ type: 'interruption', interruption: after, previous: before, news: 'none', calls: [call] });
  }
  return changes;
}

/** Drops the views that were derived from interruptions which have changed. */
export function invalidate(state: ModelState, interruptions: readonly (Interruption | null)[]): void {
  state.flags = null;
  state.listed = null;
  for (const one of interruptions) {
    const conversation = state.conversations.get(one?.conversationId ?? null);
    if (conversation !== undefined) conversation.view = null;
  }
}

function isOpen(report: Interruption): boolean {
  const { agent, pid, conversationId, sessionId } = report;
  const lacks = agent === 'unknown' || pid === null || conversationId === null || sessionId === null;
  return lacks && callsNamedBy(report).size > 0;
}
