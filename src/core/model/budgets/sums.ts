/** The amounts in one slot of a budget: counted and kept by an earlier run, and counted by this run. */
import { type PicoSum, addPico, picoOf } from '../meters/pico.ts';
import type { Ms } from '../../units.ts';

/** The amounts of some calls. `unknown`: calls without a price, or without tokens; `unsure`: those of which there is more. */
export type Amounts = {
  readonly pico: bigint;
  readonly tokens: number;
  readonly unpriced: number;
  readonly untold: number;
  readonly unsure: number;
};

/** Amounts that are added up in place: there may be many slots, and most have small numbers. */
export type Sum = PicoSum & { tokens: number; unpriced: number; untold: number; unsure: number };

/**
 * One span of one conversation. History is read again at each start, as far as it is still there, and some sources tell each
 * call only once. So what an earlier run kept stands against what this run counts of the same time, up to the end of the
 * latest call that is in `kept`: the larger one is right. What ended later is new.
 */
export type Slot = {
  readonly until: Ms;
  readonly kept: Amounts | null;
  old: Sum | null;
  more: Sum | null;
  /** Of them, received live since the last decision. */
  fresh: Sum | null;
  /** End of the latest call that was counted, those of earlier runs included. */
  lastAt: Ms;
};

export function emptySlot(): Slot {
  return { until: -Infinity, kept: null, old: null, more: null, fresh: null, lastAt: -Infinity };
}

/** Returns a slot that goes on from what was kept, which has all calls that ended up to `until`. */
export function keptSlot(kept: Amounts, until: Ms): Slot {
  return { ...emptySlot(), kept, until, lastAt: until };
}

/** Counts calls in (`sign` 1) or out again (`sign` -1) that ended at `endAt`; `from`: the start of the first. */
export function countSlot(
  slot: Slot,
  amounts: Amounts,
  { from, endAt, live }: { readonly from: Ms; readonly endAt: Ms; readonly live: boolean },
  sign: 1 | -1,
): void {
  // Sums that lie on both sides of the limit belong to what is read again: so old a call is no news.
  const sum = Math.min(from, endAt) <= slot.until ? (slot.old ??= nothing()) : (slot.more ??= nothing());
  add(sum, amounts, sign);
  if (live) add((slot.fresh ??= nothing()), amounts, sign);
  if (sign === 1 && endAt > slot.lastAt) slot.lastAt = endAt;
}

/** Returns what was spent in a slot. */
export function spentIn({ kept, old, more }: Slot): Amounts {
  if (kept === null && old === null) return amountsOf(more);
  const [before, again, since] = [kept ?? NOTHING, amountsOf(old), amountsOf(more)];
  return {
    pico: larger(before.pico, again.pico) + since.pico,
    tokens: Math.max(before.tokens, again.tokens) + since.tokens,
    unpriced: Math.max(before.unpriced, again.unpriced) + since.unpriced,
    untold: Math.max(before.untold, again.untold) + since.untold,
    unsure: Math.max(before.unsure, again.unsure) + since.unsure,
  };
}

/** Adds what was spent in a slot. */
export function addSpent(sum: Sum, slot: Slot): void {
  if (slot.kept !== null || slot.old !== null) add(sum, spentIn(slot), 1);
  else if (slot.more !== null) addSum(sum, slot.more);
}

/** Adds what was received live in a slot since `clearFresh`. */
export function addFresh(sum: Sum, { fresh }: Slot): void {
  if (fresh !== null) addSum(sum, fresh);
}

function addSum(sum: Sum, other: Sum): void {
  const pico = sum.pico + other.pico;
  if (Number.isSafeInteger(pico)) sum.pico = pico;
  else addPico(sum, BigInt(other.pico));
  if (other.morePico !== 0n) sum.morePico += other.morePico;
  sum.tokens += other.tokens;
  sum.unpriced += other.unpriced;
  sum.untold += other.untold;
  sum.unsure += other.unsure;
}

/** Returns one slot for the calls of two. */
export function mergedSlots(a: Slot, b: Slot): Slot {
  const kept = a.kept === null && b.kept === null ? null : plus(a.kept ?? NOTHING, b.kept ?? NOTHING);
  return {
    until: Math.max(a.until, b.until),
    kept,
    old: both(a.old, b.old),
    more: both(a.more, b.more),
    fresh: both(a.fresh, b.fresh),
    lastAt: Math.max(a.lastAt, b.lastAt),
  };
}

const NOTHING: Amounts = { pico: 0n, tokens: 0, unpriced: 0, untold: 0, unsure: 0 };

/** Returns two amounts as one. */
function plus(a: Amounts, b: Amounts): Amounts {
  return {
    pico: a.pico + b.pico,
    tokens: a.tokens + b.tokens,
    unpriced: a.unpriced + b.unpriced,
    untold: a.untold + b.untold,
    unsure: a.unsure + b.unsure,
  };
}

/** Returns true where nothing was counted. */
export function isNothing({ pico, tokens, unpriced, untold, unsure }: Amounts): boolean {
  return pico === 0n && tokens === 0 && unpriced === 0 && untold === 0 && unsure === 0;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The begin of a sum. */
export function nothing(): Sum {
  return { pico: 0, morePico: 0n, tokens: 0, unpriced: 0, untold: 0, unsure: 0 };
}

function add(sum: Sum, { pico, tokens, unpriced, untold, unsure }: Amounts, sign: 1 | -1): void {
  addPico(sum, sign === 1 ? pico : -pico);
  sum.tokens += sign * tokens;
  sum.unpriced += sign * unpriced;
  sum.untold += sign * untold;
  sum.unsure += sign * unsure;
}

/** Returns what was added up. */
export function amountsOf(sum: Sum | null): Amounts {
  if (sum === null) return NOTHING;
  const { tokens, unpriced, untold, unsure } = sum;
  return { pico: picoOf(sum), tokens, unpriced, untold, unsure };
}

function both(a: Sum | null, b: Sum | null): Sum | null {
  if (a === null || b === null) return a ?? b;
  add(a, amountsOf(b), 1);
  return a;
}
