/** Two doors, one call: how the calls that agents recorded stand beside agentsight's of the same session. */
import type { Call } from '../../calls.ts';
import type { FactEvent } from '../../feed.ts';
import { type Ns, msToNs } from '../../units.ts';
import type { Entry, ModelState } from '../state.ts';

/** Part of a full collection that goes at once. */
const GOING = 0.25;
/** Sessions that agentsight sees which are remembered; the one seen first goes first. */
const MAX_SEEN_SESSIONS = 20_000;
/** The end of one call in two sources' clocks, ns (contract, section 9). */
const SAME_END_NS = msToNs(2_000);

/** Notes that telemetry tells of the session of a call. */
export function noteTelemetry({ telemetrySessions }: ModelState, { sessionId, recorded }: Call): void {
  if (sessionId === null || recorded?.telemetry === undefined) return;
  telemetrySessions.add(sessionId);
  // Telemetry of so many sessions is no agent's: it starts over, and a call of an earlier one may count twice.
  if (telemetrySessions.size > MAX_SEEN_SESSIONS) telemetrySessions.clear();
}

/** Notes that agentsight sees the session of a call. */
export function noteSession({ seenSessions }: ModelState, call: Call): void {
  const { sessionId, startNs } = call;
  if (sessionId === null) return;
  const seen = seenSessions.get(sessionId);
  const at = lastNs(call);
  if (seen !== undefined && seen.firstNs <= startNs && seen.lastNs >= at) return;
  seenSessions.set(sessionId, {
    firstNs: seen === undefined || startNs < seen.firstNs ? startNs : seen.firstNs,
    lastNs: seen === undefined || at > seen.lastNs ? at : seen.lastNs,
  });
  if (seenSessions.size <= MAX_SEEN_SESSIONS) return;
  // Many at once: a map walks over what was deleted at its front again and again.
  let going = seenSessions.size * GOING;
  for (const oldest of seenSessions.keys()) {
    if ((going -= 1) < 0) return;
    seenSessions.delete(oldest);
  }
}

/**
 * Returns true for a failure that was recorded of a session that agentsight sees, as far as its rows reach: they are the
 * streak of failures, with each attempt a call of its own. What is later may have been recorded after agentsight ended.
 */
export function isSeenElsewhere({ seenSessions }: ModelState, call: Call): boolean {
  if (call.recorded?.failed !== true || call.sessionId === null) return false;
  const seen = seenSessions.get(call.sessionId);
  return seen !== undefined && lastNs(call) >= seen.firstNs && lastNs(call) <= seen.lastNs + SAME_END_NS;
}

/** Returns true where agentsight sees a session and has reported nothing yet from a time on: its rows come seconds later. */
export function mayBeSeen({ seenSessions }: ModelState, sessionId: string | null, at: Ns): boolean {
  const seen = sessionId === null ? undefined : seenSessions.get(sessionId);
  return seen !== undefined && at > seen.lastNs + SAME_END_NS;
}

/** Returns true for a live failure that was recorded of a session that agentsight sees, and that it has not reported. */
export function awaitsOther(state: ModelState, event: FactEvent): boolean {
  if (event.arrival !== 'live') return false;
  if (event.type === 'call') {
    const { recorded, sessionId } = event.call;
    return recorded?.failed === true && mayBeSeen(state, sessionId, lastNs(event.call));
  }
  const { recorded, type, sessionId, occurredNs } = event.interruption;
  return recorded === true && type === 'retry_storm' && mayBeSeen(state, sessionId, occurredNs);
}

/** The recorded failures of a session that an account of agentsight's turns out to see; they are to be taken out. */
export function failuresSeenElsewhere(state: ModelState, { sessionId }: Call): readonly Entry[] {
  if (sessionId === null || !state.sessions.has(sessionId)) return [];
  const held = state.conversations.get(sessionId)?.held ?? [];
  return held.filter(({ call, others }) => others.length === 0 && isSeenElsewhere(state, call));
}

/** The entry of another source that is one call with this by session, time and output; undefined where there is none. */
export function twinByTime(state: ModelState, call: Call, fits: (entry: Entry) => boolean): Entry | undefined {
  const { sessionId } = call;
  if (sessionId === null) return undefined;
  const isTwin = (entry: Entry): boolean => isSameByTime(entry.call, call) && fits(entry);
  const byTelemetry = call.recorded === undefined ? undefined : twinByTelemetry(state, call, sessionId, fits);
  if (byTelemetry !== undefined) return byTelemetry;
  // agentsight's conversations are turns; a session's own is the session.
  if (call.recorded === undefined) return state.conversations.get(sessionId)?.held.findLast(isTwin);
  if (call.recorded.sharesId || !state.seenSessions.has(sessionId)) return undefined;
  for (const { latest, held } of state.conversations.values()) {
    const twin = latest?.sessionId === sessionId ? held.findLast(isTwin) : undefined;
    if (twin !== undefined) return twin;
  }
  return undefined;
}

// An agent's record and its telemetry of one call. Sub-agents' telemetry names the session, their records the sub-agent.
function twinByTelemetry(
  { conversations, telemetrySessions }: ModelState,
  call: Call,
  sessionId: string,
  fits: (entry: Entry) => boolean,
): Entry | undefined {
  if (!telemetrySessions.has(sessionId)) return undefined;
  const isTwin = (entry: Entry): boolean => isFromTelemetry(entry.call, call) && fits(entry);
  const own = conversations.get(sessionId)?.held.findLast(isTwin);
  if (own !== undefined) return own;
  for (const { latest, held } of conversations.values()) {
    const twin = latest?.sessionId === sessionId ? held.findLast(isTwin) : undefined;
    if (twin !== undefined) return twin;
  }
  return undefined;
}

/** Returns true if one account is telemetry's and the other the agent's record of the same call. */
function isFromTelemetry(a: Call, b: Call): boolean {
  const [one, other] = [a.recorded, b.recorded];
  if (one === undefined || other === undefined || (one.telemetry === undefined) === (other.telemetry === undefined))
    return false;
  if (a.sessionId === null || a.sessionId !== b.sessionId || one.failed !== other.failed) return false;
  if (one.requestId !== undefined && other.requestId !== undefined) return one.requestId === other.requestId;
  if (!areClose(a, b)) return false;
  return one.failed
    ? a.statusCode === b.statusCode || a.statusCode === null || b.statusCode === null
    : a.usage !== null && a.usage.outputTokens === b.usage?.outputTokens;
}

/** Returns true if two sources' accounts can be one call: one of them recorded, equal output, ends within two seconds. */
function isSameByTime(a: Call, b: Call): boolean {
  const [recorded, other] = a.recorded === undefined ? [b.recorded, a.recorded] : [a.recorded, b.recorded];
  if (recorded === undefined || recorded.sharesId || other !== undefined) return false;
  if (a.sessionId === null || a.sessionId !== b.sessionId) return false;
  return areClose(a, b) && a.usage !== null && a.usage.outputTokens === b.usage?.outputTokens;
}

function areClose({ endNs: a }: Call, { endNs: b }: Call): boolean {
  if (a === null || b === null) return false;
  return (a > b ? a - b : b - a) <= SAME_END_NS;
}

function lastNs({ startNs, endNs }: Call): Ns {
  return endNs ?? startNs;
}
