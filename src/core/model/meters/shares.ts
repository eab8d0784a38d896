import type { Call } from '../../calls.ts';
import type { PastSums } from '../../past/past.ts';
import type { Share } from '../types.ts';
import { type MutableTotals, count, countSums, emptyTotals, totalsOf } from './totals.ts';

/** Models or processes of one agent that are distinguished. */
const MAX_SHARES = 32;

/**
 * Sums by model or by process. A name that once has an entry keeps it, and one that found no room never gets one, so that what
 * is counted out is always taken from where it was counted in.
 */
export type Shares<T> = { readonly known: Map<T | 'unknown', MutableTotals>; others: MutableTotals | null };

export function emptyShares<T>(): Shares<T> {
  return { known: new Map(), others: null };
}

/** Counts a call in (`sign` 1) or out again (`sign` -1). */
export function countShare<T>(shares: Shares<T>, name: T | null, call: Call, sign: 1 | -1): void {
  count(totalsFor(shares, name ?? 'unknown'), call, sign);
}

/** Counts sums in; returns where. */
export function shareSums<T>(shares: Shares<T>, name: T | null, sums: PastSums): MutableTotals {
  const totals = totalsFor(shares, name ?? 'unknown');
  countSums(totals, sums);
  return totals;
}

/** Those with calls, most calls first, what is not distinguished last. */
export function listShares<T extends string | number>({ known, others }: Shares<T>): readonly Share<T>[] {
  const listed = [...known]
    .filter(([, { calls }]) => calls > 0)
    .sort(([a, m], [b, n]) => n.calls - m.calls || (String(a) < String(b) ? -1 : 1))
    .map(([name, totals]) => ({ name, totals: totalsOf(totals) }));
  return others === null || others.calls === 0 ? listed : [...listed, { name: null, totals: totalsOf(others) }];
}

function totalsFor<T>(shares: Shares<T>, name: T | 'unknown'): MutableTotals {
  const found = shares.known.get(name);
  if (found !== undefined) return found;
  if (shares.known.size >= MAX_SHARES) return (shares.others ??= emptyTotals());
  const made = emptyTotals();
  shares.known.set(name, made);
  return made;
}
