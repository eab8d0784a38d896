import type { Call } from '../../calls.ts';
import { MINUTE_MS, type Ms } from '../../units.ts';
import type { PastSums } from '../../past/past.ts';
import type { MinuteBucket } from '../types.ts';
import { type MutableTotals, addCost, count, countSums, emptyTotals } from './totals.ts';
import { picoOf } from './pico.ts';

/** Minutes that are kept of an agent. */
export const SERIES_MINUTES = 60;

/** The last hour in minutes, in a ring; a minute's slot is its number modulo the ring's length. */
export type Series = {
  newest: number;
  readonly ring: (MutableTotals | undefined)[];
  /** The views of each slot, kept until something in it changes: in most frames only the newest slot does. */
  readonly shown: (MinuteBucket | undefined)[];
};

export function emptySeries(): Series {
  return { newest: -Infinity, ring: [], shown: [] };
}

/** The number of a minute; a clock that is ahead must not push the hour out, so none is later than it was received. */
export function minuteOf(lastAt: Ms, receivedAt: Ms): number {
  return Math.floor(Math.min(lastAt, receivedAt) / MINUTE_MS);
}

/** Counts a call in (`sign` 1) or out again (`sign` -1); minutes that have left the ring are not counted. */
export function countMinute(series: Series, minute: number, call: Call, sign: 1 | -1): void {
  if (minute > series.newest) turnTo(series, minute);
  if (series.newest - minute >= SERIES_MINUTES) return;
  count(totalsAt(series, minute), call, sign);
}

/** Counts the sums of a minute in; `isBilled`: there are prices, but what a minute of sums cost is not told. */
export function addMinute(series: Series, minute: number, sums: PastSums, isBilled: boolean): void {
  if (minute > series.newest) turnTo(series, minute);
  if (series.newest - minute >= SERIES_MINUTES) return;
  const totals = totalsAt(series, minute);
  countSums(totals, sums);
  if (isBilled) addCost(totals, null, sums.calls);
}

/** The totals of a minute, to be changed. */
function totalsAt({ ring, shown }: Series, minute: number): MutableTotals {
  const slot = slotOf(minute);
  shown[slot] = undefined;
  return (ring[slot] ??= emptyTotals());
}

/** The minutes from the first to the newest in which calls ended, without a gap. */
export function minutesOf({ newest, ring, shown }: Series): readonly MinuteBucket[] {
  const buckets: MinuteBucket[] = [];
  if (newest === -Infinity) return buckets;
  for (let minute = newest - SERIES_MINUTES + 1; minute <= newest; minute += 1) {
    const slot = slotOf(minute);
    const isFirst = buckets.length === 0;
    if (isFirst && (ring[slot]?.calls ?? 0) === 0) continue;
    buckets.push((shown[slot] ??= bucketOf(minute, ring[slot] ?? emptyTotals())));
  }
  return buckets;
}

function turnTo(series: Series, minute: number): void {
  const passed = Math.min(SERIES_MINUTES, minute - series.newest);
  for (let back = 0; back < passed; back += 1) {
    const slot = slotOf(minute - back);
    series.ring[slot] = undefined;
    series.shown[slot] = undefined;
  }
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
    unsureOutput,
    priced,
    unpriced,
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
    ...(unsureOutput > 0 && { unsureOutput }),
    ...(priced + unpriced > 0 && { cost: { pico: picoOf(totals), priced, unpriced } }),
  };
}
