import type { Day, SpentIn, SpentMinute } from '../types.ts';
import { MINUTE_MS, type Ms } from '../../units.ts';
import { type PicoSum, addPico, picoOf } from './pico.ts';

/** The list price of some calls: picodollars, and how many have a price, have none, or have an output that is a lower bound. */
export type Spent = {
  readonly pico: bigint;
  readonly priced: number;
  readonly unpriced: number;
  readonly unsure: number;
};

/** The same, to be added to in place. */
export type SpentSum = PicoSum & { priced: number; unpriced: number; unsure: number };

/** A span of time with its sum, and the view of it until something in it changes. */
export type SpentSlot = { readonly at: Ms; readonly endsAt: Ms; readonly sum: SpentSum; shown: SpentIn | null };

export function noSum(): SpentSum {
  return { pico: 0, morePico: 0n, priced: 0, unpriced: 0, unsure: 0 };
}

export function newSlot({ at, endsAt }: Day): SpentSlot {
  return { at, endsAt, sum: noSum(), shown: null };
}

/** Adds (`sign` 1) or takes away (`sign` -1). */
export function addSum(sum: SpentSum, spent: Spent, sign: 1 | -1): void {
  addPico(sum, sign === 1 ? spent.pico : -spent.pico);
  sum.priced += sign * spent.priced;
  sum.unpriced += sign * spent.unpriced;
  sum.unsure += sign * spent.unsure;
}

/** Adds to a span of time, or takes away from it. */
export function addToSlot(slot: SpentSlot, spent: Spent, sign: 1 | -1): void {
  slot.shown = null;
  addSum(slot.sum, spent, sign);
}

export function spentOf(sum: SpentSum): Spent {
  return { pico: picoOf(sum), priced: sum.priced, unpriced: sum.unpriced, unsure: sum.unsure };
}

export function isNothing({ priced, unpriced }: SpentSum): boolean {
  return priced === 0 && unpriced === 0;
}

/** The amount of a sum, as views hold it. */
export function amountOf(sum: SpentSum): Omit<SpentIn, keyof Day> {
  const { pico, priced, unpriced, unsure } = spentOf(sum);
  return { cost: { pico, priced, unpriced }, ...(unsure > 0 && { unsureOutput: unsure }) };
}

/** The view of a span, the same one until something in it changes. */
export function shownSlot(slot: SpentSlot): SpentIn {
  return (slot.shown ??= { at: slot.at, endsAt: slot.endsAt, ...amountOf(slot.sum) });
}

/** Minutes that are told apart: those of the last hour. */
const MINUTES = 60;

/** The sums of the last hour by minute, as of the minute `until`; null until something was billed in it. */
export type SpentMinutes = { readonly slots: Map<number, SpentSlot>; until: number } | null;

/**
 * Counts a minute of the last hour in (`sign` 1) or out again (`sign` -1). `newest` is the newest minute of the model, which
 * only grows: what lies an hour before it is let go whenever a minute is added or refused, so that nothing is counted out
 * that was never counted in.
 */
export function countMinuteSpent(
  minutes: SpentMinutes,
  { minute, newest }: { readonly minute: number; readonly newest: number },
  spent: Spent,
  sign: 1 | -1,
): SpentMinutes {
  const isOld = newest - minute >= MINUTES;
  const known = isOld ? undefined : minutes?.slots.get(minute);
  if (known !== undefined) {
    addToSlot(known, spent, sign);
    return minutes;
  }
  if (minutes !== null && minutes.until < newest) letGo(minutes, newest);
  if (isOld || sign === -1) return minutes;
  const slot = newSlot({ at: minute * MINUTE_MS, endsAt: (minute + 1) * MINUTE_MS });
  addToSlot(slot, spent, sign);
  const hour = minutes ?? { slots: new Map<number, SpentSlot>(), until: newest };
  hour.slots.set(minute, slot);
  return hour;
}

function letGo(minutes: NonNullable<SpentMinutes>, newest: number): void {
  minutes.until = newest;
  for (const old of minutes.slots.keys()) if (newest - old >= MINUTES) minutes.slots.delete(old);
}

/** The minutes in which anything was billed, oldest first. */
export function spentMinutesOf(minutes: SpentMinutes): readonly SpentMinute[] {
  if (minutes === null) return NO_MINUTES;
  return [...minutes.slots.values()]
    .filter(({ sum }) => !isNothing(sum))
    .sort((a, b) => a.at - b.at)
    .map(shownSlot);
}

const NO_MINUTES: readonly SpentMinute[] = [];
