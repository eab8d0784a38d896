import type { Call } from '../calls.ts';
import type { Ms } from '../units.ts';
import { type Names, addName, dropName, emptyNames } from './names.ts';
import type { MutableRecent } from './recent.ts';
import { type Times, timesOf } from './time.ts';
import { type Outcomes, addOutcome, dropOutcome } from './meters/outcomes.ts';
import { type MutableTotals, count, emptyTotals } from './meters/totals.ts';

/** The sums over a group of calls: an agent's or a conversation's. */
export type Group = {
  readonly totals: MutableTotals;
  readonly models: Names<string>;
  recent: MutableRecent | null;
  /** The outcomes of its latest calls, in order of end time; bounded. */
  readonly outcomes: Outcomes;
  firstAt: Ms | null;
  lastAt: Ms | null;
  /** The time when it was last active, by event time but never later than received: what eviction goes by. */
  touchedAt: Ms;
};

export function emptyGroup(): Group {
  return {
    totals: emptyTotals(),
    models: emptyNames(),
    recent: null,
    outcomes: [],
    firstAt: null,
    lastAt: null,
    touchedAt: 0,
  };
}

/** Counts a call into a group. */
export function join(group: Group, call: Call, times: Times, names: number): void {
  count(group.totals, call, 1);
  addName(group.models, call.model, names);
  addOutcome(group.outcomes, call);
  if (group.firstAt === null || times.startAt < group.firstAt) group.firstAt = times.startAt;
  if (group.lastAt === null || times.lastAt > group.lastAt) group.lastAt = times.lastAt;
}

/**
 * Takes a call out of a group; `stays` are the times of what it became where it remains a member. First and last
 * times that may have been this call's are found again among the calls `rest`.
 */
export function leave(group: Group, call: Call, times: Times, stays: Times | null, rest: () => Iterable<Call>): void {
  count(group.totals, call, -1);
  dropName(group.models, call.model);
  dropOutcome(group.outcomes, call);
  if (times.startAt === group.firstAt && stays?.startAt !== times.startAt)
    group.firstAt = extreme(group, group.firstAt, Math.min, rest, (one) => timesOf(one).startAt);
  if (times.lastAt === group.lastAt && stays?.lastAt !== times.lastAt)
    group.lastAt = extreme(group, group.lastAt, Math.max, rest, (one) => timesOf(one).lastAt);
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
