import { MINUTE_MS, type Ms } from '../../units.ts';
import type { RowSpent, SpentMinute } from '../types.ts';
import { type SpentSlot, addToSlot, amountOf, newSlot, noSum, addSum, shownSlot } from './spent-sum.ts';
import type { Spent } from './spent-sum.ts';

/** Adds up what several agents or conversations spent, on the newest day of any of them and in the minutes of the last hour. */
export function sumRows(rows: readonly RowSpent[]): RowSpent {
  const total = noSum();
  const minutes = new Map<Ms, SpentSlot>();
  let day: SpentSlot | null = null;
  for (const row of rows) {
    if (row.totals.cost !== undefined) addSum(total, spentIn(row.totals), 1);
    for (const minute of row.minutes ?? []) {
      if (minute.cost === undefined) continue;
      const slot = minutes.get(minute.at) ?? newSlot({ at: minute.at, endsAt: minute.at + MINUTE_MS });
      minutes.set(minute.at, slot);
      addToSlot(slot, spentIn(minute), 1);
    }
    if (row.day === undefined) continue;
    if (day === null || row.day.at > day.at) day = newSlot(row.day);
    if (row.day.at === day.at) addToSlot(day, spentIn(row.day), 1);
  }
  return {
    totals: amountOf(total),
    minutes: [...minutes.values()].sort((a, b) => a.at - b.at).map((slot): SpentMinute => shownSlot(slot)),
    ...(day !== null && { day: shownSlot(day) }),
  };
}

function spentIn({ cost, unsureOutput = 0 }: RowSpent['totals']): Spent {
  const { pico = 0n, priced = 0, unpriced = 0 } = cost ?? {};
  return { pico, priced, unpriced, unsure: unsureOutput };
}
