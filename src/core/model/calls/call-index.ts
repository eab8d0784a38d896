/**
 * Calls by their id, which need not be unique. The index is made when it is first needed (a second source, or an
 * interruption that names calls): reading a long history does without.
 */
import type { Call } from '../../calls.ts';
import { isAnothers, type Namer } from '../../interruptions.ts';
import type { SourceUri } from '../../sources.ts';
import { MAX_SAME_CALL_ID } from '../../limits.ts';
import { twinByTime } from './doors.ts';
import { type CallIndex, type Entry, type ModelState, accountsOf } from '../state.ts';

/**
 * The calls that a row means by these ids: of several with one id that of its conversation, else of its agent, the latest
 * before it. Providers use ids again, so that a call of another agent is none of them, even where no other has come yet.
 */
export function callsMeant(state: ModelState, ids: Iterable<string>, row: Namer): readonly Call[] {
  return [...ids].flatMap((id) => {
    const calls = filed(state, id).flatMap(({ call }) => (isAnothers(row, call) ? [] : [call]));
    return calls.length < 2 ? calls : [calls.reduce((a, b) => (isMeantRather(row, b, a) ? b : a))];
  });
}

function isMeantRather(row: Namer, call: Call, other: Call): boolean {
  const [ours, theirs] = [closeness(row, call), closeness(row, other)];
  return ours === theirs ? call.startNs > other.startNs : ours > theirs;
}

// A call that began after the row cannot be what it tells of.
function closeness({ conversationId, agent, occurredNs }: Namer, call: Call): number {
  const rank = conversationId !== null && call.conversationId === conversationId ? 2 : call.agent === agent ? 1 : 0;
  return (call.startNs <= occurredNs ? 4 : 0) + rank;
}

/** The sources that tell of a call, sorted; empty when it is not known as it is here. */
export function sourcesOfCall(state: ModelState, call: Call): readonly SourceUri[] {
  const entry = filed(state, call.callId).find((one) => one.call === call);
  return entry === undefined ? [] : [...new Set(accountsOf(entry).map(({ source }) => source.uri))].sort();
}

/** The rows that tell of a call, as it is here or by its identity; empty when it is not known any more. */
export function recordsOfCall(
  state: ModelState,
  call: Call,
): readonly { readonly source: SourceUri; readonly record: string }[] {
  const same = filed(state, call.callId);
  const entry = same.find((one) => one.call === call) ?? same.find((one) => one.call.startNs === call.startNs);
  return entry === undefined ? [] : accountsOf(entry).map(({ source, record }) => ({ source: source.uri, record }));
}

/** A call with the same identity that `fits`. */
export function twinOf(state: ModelState, call: Call, fits: (entry: Entry) => boolean): Entry | undefined {
  // Rows of one source are never one call.
  if (state.sources.size < 2) return undefined;
  const same = filed(state, call.callId).find((one) => isSameCall(one.call, call) && fits(one));
  return same ?? (state.sessions.size === 0 ? undefined : twinByTime(state, call, fits));
}

// An agent's own record has the provider's id, and only about when the call began.
function isSameCall(a: Call, b: Call): boolean {
  if (a.startNs === b.startNs) return true;
  const recorded = a.recorded ?? b.recorded;
  return recorded?.sharesId === true && (a.recorded === undefined || b.recorded === undefined);
}

/** Files an entry under a call id; of very many with the same id the first are let go. */
export function index(state: ModelState, entry: Entry, callId: string): void {
  if (state.byCallId !== null) file(state.byCallId, entry, callId);
}

/** Takes an entry out from under a call id. */
export function unindex(state: ModelState, entry: Entry, callId: string): void {
  const same = state.byCallId?.get(callId);
  if (same === undefined) return;
  if (same === entry) state.byCallId?.delete(callId);
  if (!Array.isArray(same)) return;
  const [one, ...others] = same.filter((other) => other !== entry);
  if (one === undefined) state.byCallId?.delete(callId);
  else state.byCallId?.set(callId, others.length === 0 ? one : [one, ...others]);
}

function filed(state: ModelState, callId: string): readonly Entry[] {
  state.byCallId ??= makeIndex(state);
  const same = state.byCallId.get(callId);
  if (same === undefined) return [];
  return Array.isArray(same) ? same : [same];
}

function makeIndex(state: ModelState): CallIndex {
  const made: CallIndex = new Map();
  const entries = new Set(Array.from(state.sources.values(), ({ calls }) => [...calls.values()]).flat());
  for (const entry of entries) file(made, entry, entry.call.callId);
  return made;
}

function file(byCallId: CallIndex, entry: Entry, callId: string): void {
  const same = byCallId.get(callId);
  if (same === undefined) byCallId.set(callId, entry);
  else byCallId.set(callId, [...(Array.isArray(same) ? same : [same]), entry].slice(-MAX_SAME_CALL_ID));
}
