import type { Usage } from '../../calls.ts';
import type { Ns } from '../../units.ts';
import { reportsCache } from '../meters/totals.ts';

/** The spending of one call, for rule S4. Ordered by end, then start, then id. */
export type Spent = {
  readonly endNs: Ns;
  readonly startNs: Ns;
  readonly callId: string;
  readonly inputTokens: number;
  readonly cache: 'unreported' | 'missed' | 'used';
};

/** An advisory at the end time of the call that made the sum. */
export type Fired = { readonly endNs: Ns; readonly inputTokens: number; readonly cacheReported: boolean };

/** The window after some calls. */
export type Fold = {
  readonly startNs: Ns | null;
  readonly inputTokens: number;
  readonly cacheSeen: boolean;
  readonly cacheReported: boolean;
  /** Advisories so far, oldest first, bounded. */
  readonly fired: readonly Fired[];
};

/** S4's thresholds, and how many advisories are kept. */
export type FoldRules = { readonly windowNs: Ns; readonly inputTokens: number; readonly keep: number };

export function emptyFold(): Fold {
  return { startNs: null, inputTokens: 0, cacheSeen: false, cacheReported: false, fired: [] };
}

/** One call further. */
export function foldOne(before: Fold, spent: Spent, rules: FoldRules): Fold {
  const fresh = before.startNs === null || spent.endNs - before.startNs > rules.windowNs;
  const fold = {
    startNs: fresh ? spent.endNs : before.startNs,
    inputTokens: (fresh ? 0 : before.inputTokens) + spent.inputTokens,
    cacheSeen: (!fresh && before.cacheSeen) || spent.cache === 'used',
    cacheReported: (!fresh && before.cacheReported) || spent.cache !== 'unreported',
    fired: before.fired,
  };
  if (fold.cacheSeen || fold.inputTokens < rules.inputTokens) return fold;
  const last = before.fired.at(-1);
  if (last !== undefined && spent.endNs - last.endNs <= rules.windowNs) return fold;
  const fired = { endNs: spent.endNs, inputTokens: fold.inputTokens, cacheReported: fold.cacheReported };
  return { ...fold, fired: [...before.fired, fired].slice(-rules.keep) };
}

/** Returns whether a call used, missed or did not report the provider's cache. */
export function cacheUse(usage: Usage): Spent['cache'] {
  if (!reportsCache(usage)) return 'unreported';
  return (usage.cacheReadTokens ?? 0) > 0 || (usage.cacheCreationTokens ?? 0) > 0 ? 'used' : 'missed';
}

/** Order of S4: by end, then whatever makes it total. */
export function byEnd(a: Spent, b: Spent): number {
  if (a.endNs !== b.endNs) return a.endNs < b.endNs ? -1 : 1;
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  if (a.callId === b.callId) return 0;
  return a.callId < b.callId ? -1 : 1;
}
