import type { Call } from '../../core/calls.ts';
import { type Ms, nsToMs } from '../../core/units.ts';
import { callNs } from '../../core/model/time.ts';

export {
  age,
  clock,
  configured,
  count,
  counted,
  duration,
  left,
  percent,
  perMinute,
  shortClock,
  summed,
  timeOfDay,
  tokenSum,
  tokens,
  wordBytes,
} from '../../wording/units.ts';

/** Returns when a call ended; its start while it has no end. */
export function callTime(call: Pick<Call, 'startNs' | 'endNs'>): Ms {
  return nsToMs(callNs(call));
}

/** Returns the duration of a call, ms; null while it has no end. */
export function callDuration({ startNs, endNs }: Pick<Call, 'startNs' | 'endNs'>): number | null {
  return endNs === null ? null : nsToMs(endNs - startNs);
}
