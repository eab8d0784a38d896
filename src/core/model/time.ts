import type { Call, Interruption, Ms, Ns } from '../events.ts';

const NS_PER_MS = 1_000_000n;

/** Nanoseconds as whole milliseconds (exact, rounded down for times after 1970). */
export function nsToMs(ns: Ns): Ms {
  return Number(ns / NS_PER_MS);
}

/** Milliseconds as nanoseconds; what is finer is cut off. */
export function msToNs(ms: Ms): Ns {
  return BigInt(Math.trunc(ms)) * NS_PER_MS;
}

/** When a call counts as having happened, ns: its end, else its start. */
export function callNs({ startNs, endNs }: Pick<Call, 'startNs' | 'endNs'>): Ns {
  return endNs ?? startNs;
}

/** When a call or an interruption counts as having happened, ms. */
export function eventMs(event: Call | Interruption): Ms {
  return nsToMs('occurredNs' in event ? event.occurredNs : callNs(event));
}

/** A call's times in ms: its start, its end if it has one, and when it counts as having happened. */
export type Times = { readonly startAt: Ms; readonly endAt: Ms | null; readonly lastAt: Ms };

export function timesOf(call: Call): Times {
  const startAt = nsToMs(call.startNs);
  const endAt = call.endNs === null ? null : nsToMs(call.endNs);
  return { startAt, endAt, lastAt: endAt ?? startAt };
}
