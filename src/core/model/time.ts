import type { Call } from '../calls.ts';
import type { Interruption } from '../interruptions.ts';
import { type Ms, type Ns, nsToMs } from '../units.ts';
import type { Arrival } from '../feed.ts';
import { GAP_LIVE_MS } from '../limits.ts';

/** Returns the time of a call, ns: its end, else its start. */
export function callNs({ startNs, endNs }: Pick<Call, 'startNs' | 'endNs'>): Ns {
  return endNs ?? startNs;
}

/** Returns the time of a call or an interruption, ms. */
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

/** Returns whether an event is live: those of a gap are where their time is near now, in either direction. */
export function arrivalNews(arrival: Arrival, eventAt: Ms, receivedAt: Ms): 'live' | 'historical' {
  switch (arrival) {
    case 'live':
      return 'live';
    case 'historical':
      return 'historical';
    case 'gap':
      return Math.abs(receivedAt - eventAt) < GAP_LIVE_MS ? 'live' : 'historical';
  }
}
