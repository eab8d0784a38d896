/** Units of time, and the two clocks that every input of the core carries. */

/** Milliseconds; as a moment: Unix time by the wall clock, which an operator or NTP may set. */
export type Ms = number;
/** Unix time in nanoseconds, as agentsight stamps its records. */
export type Ns = bigint;
/** A moment by the monotonic clock, ms: it goes on whatever the wall clock does. Only differences have a meaning. */
export type Mono = number;

/** One moment by both clocks: `at` makes stamps and ids, `mono` decides how long anything lasts. */
export type Now = { readonly at: Ms; readonly mono: Mono };

/** Returns the wall-clock time at which a monotonic moment is reached, as the clocks stand now: now + what is left. */
export function wallOf(now: Now, mono: Mono): Ms {
  return now.at + (mono - now.mono);
}

/** Returns how long ago a stamp was, ms: 0 for one that lies in the future. */
export function ageOf(now: Now, stamp: Ms): Ms {
  return Math.max(0, now.at - stamp);
}

export const MINUTE_MS: Ms = 60_000;
export const HOUR_MS: Ms = 60 * MINUTE_MS;
/** Of 24 hours: one of the calendar may have more or less. */
export const DAY_MS: Ms = 24 * HOUR_MS;

export const NS_PER_MS = 1_000_000;
const BIG_NS_PER_MS = BigInt(NS_PER_MS);

/** Nanoseconds as whole milliseconds (exact, rounded down for times after 1970). */
export function nsToMs(ns: Ns): Ms {
  return Number(ns / BIG_NS_PER_MS);
}

/** Returns the nanoseconds that `nsToMs` leaves out. */
export function restOfNs(ns: Ns): number {
  return Number(ns % BIG_NS_PER_MS);
}

/** Milliseconds as nanoseconds; what is finer is cut off. */
export function msToNs(ms: Ms): Ns {
  return BigInt(Math.trunc(ms)) * BIG_NS_PER_MS;
}
