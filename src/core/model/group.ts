import type { Call, Ms } from '../events.ts';
import type { MutableRecent } from './recent.ts';
import { callNs, nsToMs } from './time.ts';
import { type MutableTotals, count, emptyTotals } from './totals.ts';

/** What is summed up over a group of calls: an agent's, a conversation's, or all. */
export type Group = {
  readonly totals: MutableTotals;
  /** Calls by model. */
  readonly models: Map<string, number>;
  recent: MutableRecent | null;
  firstAt: Ms | null;
  lastAt: Ms | null;
  /** When it was last active, by event time but never later than received: what eviction goes by. */
  touchedAt: Ms;
};

export function emptyGroup(): Group {
  return { totals: emptyTotals(), models: new Map(), recent: null, firstAt: null, lastAt: null, touchedAt: 0 };
}

/** Counts a call into a group. */
export function join(group: Group, call: Call, names: number): void {
  const startAt = nsToMs(call.startNs);
  const lastAt = nsToMs(callNs(call));
  count(group.totals, call, 1);
  if (call.model !== null) addName(group.models, call.model, names);
  if (group.firstAt === null || startAt < group.firstAt) group.firstAt = startAt;
  if (group.lastAt === null || lastAt > group.lastAt) group.lastAt = lastAt;
}

/**
 * Takes a call out of a group; `stays` is what it became where it remains a member. First and last times that may have
 * been this call's are found again among the calls `rest`.
 */
export function leave(group: Group, call: Call, stays: Call | null, rest: () => Iterable<Call>): void {
  count(group.totals, call, -1);
  if (call.model !== null) dropName(group.models, call.model);
  const startAt = nsToMs(call.startNs);
  const lastAt = nsToMs(callNs(call));
  if (startAt === group.firstAt && (stays === null || nsToMs(stays.startNs) !== startAt))
    group.firstAt = extreme(group, group.firstAt, Math.min, rest, (one) => nsToMs(one.startNs));
  if (lastAt === group.lastAt && (stays === null || nsToMs(callNs(stays)) !== lastAt))
    group.lastAt = extreme(group, group.lastAt, Math.max, rest, (one) => nsToMs(callNs(one)));
}

function extreme(
  group: Group,
  present: Ms,
  choose: (a: Ms, b: Ms) => Ms,
  rest: () => Iterable<Call>,
  timeOf: (call: Call) => Ms,
): Ms | null {
  if (group.totals.calls === 0) return null;
  let found: Ms | null = null;
  for (const call of rest()) found = found === null ? timeOf(call) : choose(found, timeOf(call));
  // All others are let go: the time that was known is the best there is.
  return found ?? present;
}

/** Counts a name; at most `max` are remembered. */
export function addName<T>(names: Map<T, number>, name: T, max: number): void {
  const n = names.get(name) ?? 0;
  if (n > 0 || names.size < max) names.set(name, n + 1);
}

/** Counts a name out again. */
export function dropName<T>(names: Map<T, number>, name: T): void {
  const n = names.get(name) ?? 0;
  if (n > 1) names.set(name, n - 1);
  else names.delete(name);
}
