import type { Arrival } from '../feed.ts';
import type { Ms } from '../units.ts';
import { GAP_LIVE_MS } from '../limits.ts';

/** Live or historical: a gap's events are live where their time is near now, in either direction. */
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
