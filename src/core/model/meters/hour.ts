/** The last hour as it slides: every rate per hour that is shown is a sum of the minutes that began within it. */
import { HOUR_MS, MINUTE_MS, type Ms } from '../../units.ts';
import type { AgentView, Cost, MinuteBucket } from '../types.ts';

/** The activity of an agent in the last hour. `cacheRatio`: null where no provider reported its counters. */
export type Hour = Pick<
  MinuteBucket,
  'calls' | 'failed' | 'inputTokens' | 'promptTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheCreationTokens'
> & {
  readonly cacheRatio: number | null;
  /** False when no call carried a cache counter. */
  readonly cacheReported: boolean;
};

/** Returns true for a minute that began within the hour before `now`. */
export function isInHour({ at }: { readonly at: Ms }, now: Ms): boolean {
  return now - at <= HOUR_MS;
}

/** Sums up the minutes of the hour before `now`. */
export function hourOf({ minutes }: Pick<AgentView, 'minutes'>, now: Ms): Hour {
  const sum = {
    calls: 0,
    failed: 0,
    inputTokens: 0,
    promptTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
  };
  let [read, known] = [0, 0];
  for (const minute of minutes) {
    if (!isInHour(minute, now)) continue;
    sum.calls += minute.calls;
    sum.failed += minute.failed;
    sum.inputTokens += minute.inputTokens;
    sum.promptTokens += minute.promptTokens;
    sum.outputTokens += minute.outputTokens;
    sum.cacheReadTokens += minute.cacheReadTokens;
    sum.cacheCreationTokens += minute.cacheCreationTokens;
    known += minute.cacheKnownTokens;
    if (minute.cacheKnownTokens > 0) read += minute.cacheReadTokens;
  }
  return { ...sum, cacheRatio: known === 0 ? null : Math.min(1, read / known), cacheReported: known > 0 };
}

type Billed = { readonly at: Ms; readonly cost?: Cost; readonly unsureOutput?: number };

/** Adds up what the minutes of the hour before `now` cost; null where nothing was billed in it. */
export function hourCost(
  minutes: readonly Billed[],
  now: Ms,
): { readonly cost: Cost; readonly unsureOutput: number } | null {
  let [pico, priced, unpriced, unsureOutput] = [0n, 0, 0, 0];
  for (const minute of minutes) {
    const { cost } = minute;
    if (cost === undefined || !isInHour(minute, now)) continue;
    pico += cost.pico;
    priced += cost.priced;
    unpriced += cost.unpriced;
    unsureOutput += minute.unsureOutput ?? 0;
  }
  return priced + unpriced === 0 ? null : { cost: { pico, priced, unpriced }, unsureOutput };
}

/** Returns `columns` sums over the hour before `now`, oldest first, the same minutes for everything. */
export function hourColumns<M extends { readonly at: Ms }>(
  { minutes }: { readonly minutes: readonly M[] },
  now: Ms,
  columns: number,
  valueOf: (minute: M) => number,
): readonly number[] {
  const each = HOUR_MS / Math.max(1, columns);
  const sums = Array.from({ length: columns }, () => 0);
  const end = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  for (const minute of minutes) {
    const index = columns - 1 - Math.floor((end - MINUTE_MS - minute.at) / each);
    if (index >= 0 && index < columns) sums[index] = (sums[index] ?? 0) + valueOf(minute);
  }
  return sums;
}
