import type { Call } from '../../calls.ts';
import type { Ms } from '../../units.ts';
import type { PastSums } from '../../past.ts';
import type { MinuteBucket } from '../types.ts';
import { type MutableTotals, count, countSums, emptyTotals } from './totals.ts';

const MINUTE_MS = 60_000;
/** Minutes that are kept of an agent. */
export const SERIES_MINUTES = 60;

/** The last hour in minutes, in a ring; a minute's slot is its number modulo the ring's length. */
export type Series = { newest: number; readonly ring: (MutableTotals | undefined)[] };

export function emptySeries(): Series {
  return { newest: -Infinity, ring: [] };
}

/** The number of a minute; a clock that is ahead must not push the hour out, so none is later than it was received. */
export function minuteOf(lastAt: Ms, receivedAt: Ms): number {
  return Math.floor(Math.min(lastAt, receivedAt) / MINUTE_MS);
}

/** Counts a call in (`sign` 1) or out again (`sign` -1); minutes that have left the ring are not counted. */
export function countMinute(series: Series, minute: number, call: Call, sign: 1 | -1): void {
  if (minute > series.newest) turnTo(series, minute);
  if (series.newest - minute >= SERIES_MINUTES) return;
  const index = slotOf(minute);
  count((series.ring[index] ??= emptyTotals()), call, sign);
}

/** Counts the sums of a minute in. */
export function addMinute(series: Series, minute: number, sums: PastSums): void {
  if (minute > series.newest) turnTo(series, minute);
  if (series.newest - minute >= SERIES_MINUTES) return;
  countSums((series.ring[slotOf(minute)] ??= emptyTotals()), sums);
}

/** The minutes from the first to the newest in which calls ended, without a gap. */
export function minutesOf({ newest, ring }: Series): readonly MinuteBucket[] {
  if (newest === -Infinity) return [];
  const minutes = Array.from({ length: SERIES_MINUTES }, (_, index) => newest - SERIES_MINUTES + 1 + index);
  const buckets = minutes.map((minute) => bucketOf(minute, ring[slotOf(minute)] ?? emptyTotals()));
  const first = buckets.findIndex(({ calls }) => calls > 0);
  return first === -1 ? [] : buckets.slice(first);
}

function turnTo(series: Series, minute: number): void {
  const passed = Math.min(SERIES_MINUTES, minute - series.newest);
  for (let back = 0; back < passed; back += 1) series.ring[slotOf(minute - back)] = undefined;
  series.newest = minute;
}

function slotOf(minute: number): number {
  return ((minute % SERIES_MINUTES) + SERIES_MINUTES) % SERIES_MINUTES;
}

function bucketOf(minute: number, totals: MutableTotals): MinuteBucket {
  const {
    calls,
    failed,
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheCreationTokens,
    promptTokens,
    knownPromptTokens,
  } = totals;
  return {
    at: minute * MINUTE_MS,
    calls,
    failed,
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheCreationTokens,
    promptTokens,
    cacheKnownTokens: knownPromptTokens,
  };
}
