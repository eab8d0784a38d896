import type { Usage } from '../../calls.ts';
import type { PastSpent } from '../../past/past.ts';
import { type Ms, NS_PER_MS } from '../../units.ts';
import { reportsCache } from '../meters/totals.ts';

/** The spending of one call, for rule S4. Ordered by end, then start, then id. */
export type Spent = PastSpent;

/** The end of a call: whole ms, and what is finer in ns. A history has millions, and big integers cost too much. */
type End = { readonly endMs: Ms; readonly endRest: number };

/** An advisory at the end time of the call that made the sum. */
export type Fired = End & { readonly inputTokens: number; readonly cacheReported: boolean };

/** The window after some calls. */
export type Fold = {
  readonly start: End | null;
  readonly inputTokens: number;
  readonly cacheSeen: boolean;
  readonly cacheReported: boolean;
  /** Advisories so far, oldest first, bounded. */
  readonly fired: readonly Fired[];
};

/** S4's thresholds, and how many advisories are kept. */
export type FoldRules = { readonly windowNs: number; readonly inputTokens: number; readonly keep: number };

export function emptyFold(): Fold {
  return { start: null, inputTokens: 0, cacheSeen: false, cacheReported: false, fired: [] };
}

/** One call further. */
export function foldOne(before: Fold, spent: Spent, rules: FoldRules): Fold {
  const fresh = before.start === null || nsFrom(before.start, spent) > rules.windowNs;
  const fold = {
    start: fresh ? spent : before.start,
    inputTokens: (fresh ? 0 : before.inputTokens) + spent.inputTokens,
    cacheSeen: (!fresh && before.cacheSeen) || spent.cache === 'used',
    cacheReported: (!fresh && before.cacheReported) || spent.cache !== 'unreported',
    fired: before.fired,
  };
  if (fold.cacheSeen || fold.inputTokens < rules.inputTokens) return fold;
  const last = before.fired.at(-1);
  if (last !== undefined && nsFrom(last, spent) <= rules.windowNs) return fold;
  const { endMs, endRest } = spent;
  const fired = { endMs, endRest, inputTokens: fold.inputTokens, cacheReported: fold.cacheReported };
  return { ...fold, fired: [...before.fired, fired].slice(-rules.keep) };
}

/** Returns the ns from one end to another: exact within 100 days, and far more than any window beyond. */
export function nsFrom(from: End, to: End): number {
  return (to.endMs - from.endMs) * NS_PER_MS + (to.endRest - from.endRest);
}

/** Returns whether a call used, missed or did not report the provider's cache. */
export function cacheUse(usage: Usage): Spent['cache'] {
  if (!reportsCache(usage)) return 'unreported';
  return (usage.cacheReadTokens ?? 0) > 0 || (usage.cacheCreationTokens ?? 0) > 0 ? 'used' : 'missed';
}

/** Order of S4: by end, then whatever makes it total. */
export function byEnd(a: Spent, b: Spent): number {
  const difference = a.endMs - b.endMs || a.endRest - b.endRest || a.startMs - b.startMs || a.startRest - b.startRest;
  if (difference !== 0) return difference;
  if (a.callId === b.callId) return 0;
  return a.callId < b.callId ? -1 : 1;
}
