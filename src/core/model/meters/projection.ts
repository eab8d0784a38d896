import { HOUR_MS, type Ms } from '../../units.ts';
import type { Spending } from '../types.ts';

/** Full hours that are looked back at, and how many are needed to tell how much they differ. */
const MOST_HOURS = 24;
const LEAST_HOURS = 3;

/** The projected spending at midnight and its standard error, picodollars. */
export type Projection = { readonly pico: bigint; readonly error: bigint };

/**
 * Projects what is spent today: what it is by now, and for each hour that is left the mean of the full hours of the last day,
 * the hours without a call included. Its error takes the hours for independent of each other, and holds how far off their
 * mean may be. Null where nothing was spent today, or where fewer than three full hours are known.
 */
export function projectionOf({ days, hours }: Pick<Spending, 'days' | 'hours'>, now: Ms): Projection | null {
  const today = days.at(-1);
  const first = hours[0];
  const last = hours.at(-1);
  if (today === undefined || now < today.at || now >= today.endsAt || first === undefined || last === undefined)
    return null;
  // Hours begin where those do that are known; the one that is not over tells nothing yet.
  const open = last.at + Math.floor((now - last.at) / HOUR_MS) * HOUR_MS;
  const full = Math.min(MOST_HOURS, Math.round((open - first.at) / HOUR_MS));
  if (full < LEAST_HOURS) return null;
  const spent = hours.filter(({ at }) => at < open && at >= open - full * HOUR_MS).map(({ cost }) => Number(cost.pico));
  const mean = spent.reduce((sum, one) => sum + one, 0) / full;
  const idle = full - spent.length;
  const squares = spent.reduce((sum, one) => sum + (one - mean) ** 2, idle * mean ** 2);
  const left = (today.endsAt - now) / HOUR_MS;
  return {
    pico: today.cost.pico + BigInt(Math.round(mean * left)),
    // What is left varies by each of its hours, and all of it with the mean, which so few hours tell only so well.
    error: BigInt(Math.round(Math.sqrt((squares / (full - 1)) * left * (1 + left / full)))),
  };
}
