/**
 * The streaks of failures: the recent outcomes of each (conversation, agent, pid) in order of end time, and the storms that
 * they hold. Pure: nothing here knows signals or episodes.
 */
import type { Call } from '../../calls.ts';
import { MAX_STREAKS, MAX_STREAK_OUTCOMES, STORM_FAILURES } from '../../limits.ts';
import type { Ns } from '../../units.ts';
import { type Edits, type ShardedMap, shardedEntries, shardedGet, shardedMap, shardedSet } from '../sharded-map.ts';
import type { CallOutcome, Streak } from '../types.ts';
import { errorClass } from './error-text.ts';

export type Streaks = ShardedMap<Streak>;

/** Calls that are no part of the conversation's own course. */
const AUXILIARY_KINDS: ReadonlySet<string> = new Set(['recap', 'web_search']);
/** agentsight 0.5's name for "no conversation": it groups unrelated calls. */
const NO_CONVERSATION = 'no_user_query';

/** A run of failures long enough: its class, the end time of its fifth failure, and the five. */
export type Storm = { readonly errorClass: string; readonly fifthNs: Ns; readonly five: readonly CallOutcome[] };

/** The outcome of a call, before it has its position in a streak. */
export type Counted = Omit<CallOutcome, 'live' | 'storm'>;

export function emptyStreaks(): Streaks {
  return shardedMap(MAX_STREAKS);
}

/** Returns true for calls with a conversation of their own, the only ones that derive storms. */
export function hasConversation<T extends { readonly conversationId: string | null }>(
  call: T,
): call is T & { readonly conversationId: string } {
  return call.conversationId !== null && call.conversationId !== '' && call.conversationId !== NO_CONVERSATION;
}

/** The streak that a call counts in: (conversation, agent, pid). */
export function streakKey(call: Pick<Call, 'conversationId' | 'agent' | 'pid'>): string {
  return `${call.conversationId ?? ''}\u0000${call.agent}\u0000${call.pid ?? ''}`;
}

/** Returns the outcome of a call; null if it neither counts nor breaks a streak (pending, auxiliary, no answer, no conversation). */
function outcomeOf(call: Call): Counted | null {
  if (call.status === 'pending' || AUXILIARY_KINDS.has(call.kind) || !hasConversation(call)) return null;
  if (call.status === 'interrupted') return countAs(call, 'interrupted', '');
  const { recorded } = call;
  // Any process may have sent it: it neither makes a storm nor ends one.
  if (recorded?.telemetry === 'unverified') return null;
  const failed =
    recorded?.failed === true || (call.statusCode ?? 0) >= 400 || (call.error !== null && call.error !== '');
  if (failed) {
    const failure = errorClass(call.error, call.statusCode, recorded?.errorClass);
    // The plan's limit is no storm, and breaks a row of failures of another class.
    if (failure === 'quota_reached') return countAs(call, 'interrupted', '');
    return countAs(call, 'failed', failure);
  }
  return call.statusCode === 0 ? null : countAs(call, 'ok', '');
}

function countAs({ callId, startNs, endNs }: Call, kind: Counted['kind'], errorClassOf: string): Counted {
  return { callId, startNs, endNs: endNs ?? startNs, kind, errorClass: errorClassOf };
}

/** The fields that identify a call in its streak. */
type CallName = Pick<Call, 'callId' | 'startNs'>;

function isSameCall(a: CallName, b: CallName): boolean {
  return a.startNs === b.startNs && a.callId === b.callId;
}

/** Puts an outcome at the end of a streak, as most come. */
function appendOutcome(streak: Streak, outcome: CallOutcome, edits: Edits): Streak {
  const own = ownStreak(streak, edits);
  own.push(outcome);
  if (own.length > MAX_STREAK_OUTCOMES) own.shift();
  return own;
}

function ownStreak(streak: Streak, edits: Edits): CallOutcome[] {
  if (edits?.has(streak) === true && isMutable(streak)) return streak;
  const copy = [...streak];
  edits?.add(copy);
  return copy;
}

// What is among a step's edits is a list that it has made.
function isMutable(streak: Streak): streak is CallOutcome[] {
  return Array.isArray(streak);
}

/** Sorts an outcome in by end time, instead of `known`, an earlier account of the same call in this streak. */
function putOutcome(streak: Streak, outcome: CallOutcome, known: CallOutcome | undefined): Streak {
  const others = known ? streak.filter((entry) => entry !== known) : streak;
  const index = others.findLastIndex((entry) => isBefore(entry, outcome)) + 1;
  if (others.length < MAX_STREAK_OUTCOMES) return others.toSpliced(index, 0, outcome);
  // The first of a full streak makes room, which may be the one that has just come.
  return index === 0 ? others : others.slice(1).toSpliced(index - 1, 0, outcome);
}

function sameOutcome(a: CallOutcome, b: CallOutcome): boolean {
  return (
    a.endNs === b.endNs &&
    a.kind === b.kind &&
    a.errorClass === b.errorClass &&
    a.live === b.live &&
    a.storm === b.storm
  );
}

// ---------------------------------------------------------------- recording

/** The result of recording a call: all streaks, its own, and its outcome. */
export type Recorded = { readonly streaks: Streaks; readonly streak: Streak; readonly counted: Counted };

/**
 * Records how a call counts, now that it was seen or has changed. Returns the streaks that it has left, and where it counts
 * and reports something new, what it was recorded as.
 */
export function record(
  before: Streaks,
  { call, previous, live }: { readonly call: Call; readonly previous: Call | null; readonly live: boolean },
  edits: Edits = null,
): { readonly streaks: Streaks; readonly recorded: Recorded | null } {
  const left: Left = previous === null ? { streaks: before } : leaveFormer(before, call, previous);
  const counted = outcomeOf(call);
  if (!counted || !hasConversation(call)) return { streaks: left.streaks, recorded: null };
  const key = keyOf(left.streaks, call);
  const streak = streakAt(left.streaks, key);
  const newest = isNewest(streak, counted, previous === null);
  const known = newest ? undefined : streak.find((entry) => isSameCall(entry, counted));
  // How it counted before, here or elsewhere, goes with it.
  const former = left.outcome ?? known;
  // Member by member: this runs for every call of a history.
  const { callId, startNs, endNs, kind, errorClass: failure } = counted;
  const seenLive = live || former?.live === true;
  const outcome = { callId, startNs, endNs, kind, errorClass: failure, live: seenLive, storm: former?.storm ?? null };
  if (known && sameOutcome(known, outcome)) return { streaks: left.streaks, recorded: null };
  const next = newest ? appendOutcome(streak, outcome, edits) : putOutcome(streak, outcome, known);
  const streaks = setStreak(left.streaks, key, next, live, edits);
  return { streaks, recorded: { streaks, streak: next, counted } };
}

/** Marks the five failures of a storm as counted in it. */
export function markStorm(streaks: Streaks, call: Call, { five }: Storm, signalId: string): Streaks {
  const key = keyOf(streaks, call);
  const marked = streakAt(streaks, key).map((one) => (five.includes(one) ? { ...one, storm: signalId } : one));
  return setStreak(streaks, key, marked);
}

/** The streak that a call counts in. */
export function streakOf(streaks: Streaks, call: Call): Streak {
  return streakAt(streaks, keyOf(streaks, call));
}

/** A streak with the newer ones that go on after it. */
export function wholeStreak(streaks: Streaks, call: Call, streak: Streak): Streak {
  const whole = [...streak];
  for (let part = HISTORY_PARTS - 1; part >= 0; part -= 1) {
    const newer = streakAt(streaks, streakKey(call) + PAST.repeat(part));
    if (firstNs(newer) > lastNs(whole)) whole.push(...newer);
  }
  return whole;
}

/** The streaks after a call has left its former one, and its outcome there. */
type Left = { readonly streaks: Streaks; readonly outcome?: CallOutcome };

// Its conversation, agent, process or id was rewritten, or it counts no more: it leaves the streak that it was in.
function leaveFormer(streaks: Streaks, call: Call, previous: Call): Left {
  if (!hasConversation(previous)) return { streaks };
  const stays = streakKey(previous) === streakKey(call) && isSameCall(previous, call);
  if (stays && outcomeOf(call) !== null) return { streaks };
  const key = keyOf(streaks, previous);
  const streak = streakAt(streaks, key);
  const outcome = streak.find((entry) => isSameCall(entry, previous));
  if (!outcome) return { streaks };
  const others = streak.filter((entry) => entry !== outcome);
  return { streaks: setStreak(streaks, key, others), outcome };
}

function streakAt(streaks: Streaks, key: string): Streak {
  return shardedGet(streaks, key) ?? NO_STREAK;
}

// The newest of a history may be read before the rest of it: of two streaks the one that ended later is kept.
function setStreak(streaks: Streaks, key: string, streak: Streak, live = true, edits: Edits = null): Streaks {
  const yields = live ? undefined : (other: Streak) => lastNs(other) <= lastNs(streak);
  return shardedSet(streaks, key, streak, yields, edits);
}

// A history comes in parts, newest first: what is older than a whole full streak has one of its own, and so once more.
function keyOf(streaks: Streaks, call: Call): string {
  const endNs = call.endNs ?? call.startNs;
  let key = streakKey(call);
  for (let part = 1; part < HISTORY_PARTS; part += 1) {
    const streak = streakAt(streaks, key);
    if (streak.length < MAX_STREAK_OUTCOMES || endNs >= firstNs(streak)) return key;
    key += PAST;
  }
  return key;
}

// A call that was not known and ended after all of the streak is not among them; most are such.
function isNewest(streak: Streak, counted: Counted, isFirst: boolean): boolean {
  const last = streak.at(-1);
  return isFirst && (last === undefined || last.endNs < counted.endNs);
}

const NO_STREAK: Streak = [];
/** The newest calls, those that are kept whole, the rest: so many streaks has a conversation, its newest first. */
const HISTORY_PARTS = 3;
const PAST = '\u0000past';

/** Returns the end of the first call of a streak, ns; 0 for an empty one. */
export function firstNs(streak: Streak): Ns {
  return streak[0]?.endNs ?? 0n;
}

/** Returns the end of the last call of a streak, ns; 0 for an empty one. */
export function lastNs(streak: Streak): Ns {
  return streak.at(-1)?.endNs ?? 0n;
}

// ---------------------------------------------------------------- what a streak holds

/** All storms of a streak: runs of at least five failures of one class, nothing else between. */
export function stormsOf(streak: Streak): readonly Storm[] {
  const storms: Storm[] = [];
  let length = 0;
  let previous = '';
  for (const [index, { kind, errorClass: current, endNs }] of streak.entries()) {
    length = kind !== 'failed' ? 0 : current === previous ? length + 1 : 1;
    previous = current;
    if (length !== STORM_FAILURES) continue;
    storms.push({ errorClass: current, fifthNs: endNs, five: streak.slice(index + 1 - STORM_FAILURES, index + 1) });
  }
  return storms;
}

/** The storms of a streak that begin an episode: the first, and the first after a success. */
export function openingStorms(streak: Streak): readonly Storm[] {
  const opening: Storm[] = [];
  for (const storm of stormsOf(streak)) {
    const last = opening.at(-1);
    if (!last || successBetween(streak, last.fifthNs, storm.fifthNs)) opening.push(storm);
  }
  return opening;
}

/** Returns true if a call of the streak succeeded after `from` and not after `to`. */
export function successBetween(streak: Streak, from: Ns, to: Ns): boolean {
  return streak.some(({ kind, endNs }) => kind === 'ok' && endNs > from && endNs <= to);
}

/** Returns the first success after `from` in a conversation, of its agent and process if known; null if there is none. */
export function nextSuccess(
  streaks: Streaks,
  where: { readonly conversationId: string; readonly agent: string | null; readonly pid: number | null },
  from: Ns,
): Ns | null {
  let next: Ns | null = null;
  for (const [key, streak] of shardedEntries(streaks)) {
    if (!isStreakOf(key, where)) continue;
    const success = streak.find(({ kind, endNs }) => kind === 'ok' && endNs > from)?.endNs ?? null;
    if (success !== null && (next === null || success < next)) next = success;
  }
  return next;
}

function isStreakOf(
  key: string,
  where: { readonly conversationId: string; readonly agent: string | null; readonly pid: number | null },
): boolean {
  if (!key.startsWith(`${where.conversationId}\u0000`)) return false;
  const [, agent = '', pid = ''] = key.split('\u0000');
  return (
    (where.agent === null || where.agent === agent) && (where.pid === null || pid === '' || pid === String(where.pid))
  );
}

function isBefore(a: CallOutcome, b: CallOutcome): boolean {
  return (
    a.endNs < b.endNs ||
    (a.endNs === b.endNs && (a.callId < b.callId || (a.callId === b.callId && a.startNs < b.startNs)))
  );
}
