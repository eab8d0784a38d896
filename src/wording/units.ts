import type { Ms } from '../core/units.ts';

/**
 * THE formatters, one a kind: every view, table and sentence shows a number by one of these. A known zero is `0`; what is not known is the
 * sign that the caller gives for it.
 */

/** Formats tokens in at most five cells: 812, 1.2k, 48.2k, 168k, 1.2M, 24M. */
export function tokens(amount: number): string {
  if (amount < 999.5) return String(Math.round(amount));
  for (const [at, unit, tenths] of UNITS) {
    const value = amount / at;
    if (value < tenths - 0.05) return `${value.toFixed(1)}${unit}`;
    if (value < 999.5) return `${Math.round(value)}${unit}`;
  }
  return '999T';
}

/** Unit, its letter, and up to which value a tenth is shown. */
const UNITS: readonly (readonly [number, string, number])[] = [
  [1e3, 'k', 100],
  [1e6, 'M', 10],
  [1e9, 'G', 10],
  [1e12, 'T', 10],
];

/** Formats a sum of tokens; marked with ~ if part of it comes from a summary. */
export function summed(amount: number, summary: object | null): string {
  return summary === null ? tokens(amount) : `~${tokens(amount)}`;
}

/** Formats a count of things in at most six cells: 9, 2,341, 118k, 2.4M. */
export function count(amount: number): string {
  const whole = Math.round(amount);
  if (whole >= 100_000) return tokens(whole);
  return whole < 1_000 ? String(whole) : `${Math.floor(whole / 1_000)},${String(whole % 1_000).padStart(3, '0')}`;
}

/** Formats a share (0…1) in whole percent, in at most five cells: 62 %; null gives `unknown`. */
export function percent(share: number | null, unknown: string): string {
  if (share === null) return unknown;
  // A feed that counts cached tokens and input apart may claim more than the whole.
  return share >= 1.005 ? '>100%' : `${Math.round(share * 100)} %`;
}

/** Formats a count with its noun: `1 call`, `2,341 calls`. */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** Formats a sum of tokens; `unknown` where all calls failed and so none reported any. */
export function tokenSum(
  amount: number,
  { calls, failed }: { readonly calls: number; readonly failed: number },
  unknown: string,
): string {
  return amount === 0 && calls > 0 && failed >= calls ? unknown : tokens(amount);
}

/** Formats a rate: `1 call/min`, `118k calls/min`. */
export function perMinute(calls: number): string {
  return `${tokens(calls)} ${calls === 1 ? 'call' : 'calls'}/min`;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Days that are called by their weekday. */
const WEEK_DAYS = 6;

/** Formats a time as local `HH:MM:SS`. */
export function clock(at: Ms): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Formats a time to come: `16:20` within a day, `Mon` within six days, `4 Dec` later. */
export function timeToCome(at: Ms, now: Ms): string {
  if (at - now < DAY) return shortClock(at);
  return at - now < WEEK_DAYS * DAY ? (WEEKDAYS[new Date(at).getDay()] ?? '') : timeOfDay(at, now);
}

/** Formats a time as local `HH:MM`. */
export function shortClock(at: Ms): string {
  return clock(at).slice(0, 5);
}

/** Formats a time of day in at most ten cells: `14:03:08` today, `Thu 22:41` in the last six days, `12 Nov` before. */
export function timeOfDay(at: Ms, now: Ms): string {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const next = new Date(midnight);
  next.setDate(next.getDate() + 1);
  const week = new Date(midnight);
  week.setDate(week.getDate() - WEEK_DAYS);
  const date = new Date(at);
  if (at >= midnight.getTime() && at < next.getTime()) return clock(at);
  if (at >= week.getTime() && at < next.getTime()) return `${WEEKDAYS[date.getDay()] ?? ''} ${shortClock(at)}`;
  const day = `${date.getDate()} ${MONTHS[date.getMonth()] ?? ''}`;
  return date.getFullYear() === midnight.getFullYear() ? day : `${day} ${two(date.getFullYear() % 100)}`;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Formats an age in at most six cells: 4 s, 9 min, 2 h, 3 d. A time in the future (a feed's clock runs fast) is `0 s`. */
export function age(at: Ms | null, now: Ms, unknown: string): string {
  return at === null ? unknown : span(Math.max(0, now - at), Math.floor, MINUTE);
}

/** A countdown is shown in seconds up to 99, ms. */
const COUNTED_DOWN = 99 * SECOND + 1;

/** Formats the time left until `endsAt`: in seconds up to 99; never negative, and not 0 before the end. */
export function left(endsAt: Ms, now: Ms): string {
  return span(Math.max(0, endsAt - now), Math.ceil, COUNTED_DOWN);
}

/** Formats how long something took in at most six cells: 0.4 s, 9.8 s, 41 s, 3 min; null gives `unknown`. */
export function duration(ms: number | null, unknown: string): string {
  if (ms === null) return unknown;
  const took = Math.max(0, ms);
  if (took > 0 && took < 50) return '<0.1 s';
  return took < 9_950 ? `${(took / SECOND).toFixed(1)} s` : span(took, Math.round, MINUTE - SECOND / 2);
}

/** Formats a length of time that was configured, exactly: 0.5 s, 10 s, 77 s, 5 min, 1 h. */
export function configured(ms: Ms): string {
  if (ms > 0 && ms % HOUR === 0) return `${ms / HOUR} h`;
  return ms > 0 && ms % MINUTE === 0 ? `${ms / MINUTE} min` : `${ms / SECOND} s`;
}

// `seconds`: below this it is shown in seconds. A unit is left where rounding would reach the next one.
function span(ms: number, round: (value: number) => number, seconds: Ms): string {
  if (ms < seconds) return `${round(ms / SECOND)} s`;
  if (round(ms / MINUTE) < 60) return `${Math.max(1, round(ms / MINUTE))} min`;
  return round(ms / HOUR) < 48 ? `${Math.max(1, round(ms / HOUR))} h` : `${Math.min(9_999, round(ms / DAY))} d`;
}

/** Formats an amount of bytes in at most six cells, decimal as disks are sold: 0 B, 12 kB, 120 MB, 1.5 GB. */
export function wordBytes(amount: number): string {
  if (amount < 1_000) return `${Math.round(amount)} B`;
  for (const [at, unit] of BYTE_UNITS) {
    const value = amount / at;
    if (value < 9.95 && unit !== 'kB') return `${value.toFixed(1)} ${unit}`;
    if (value < 999.5) return `${Math.round(value)} ${unit}`;
  }
  return '>999 TB';
}

const BYTE_UNITS: readonly (readonly [number, string])[] = [
  [1e3, 'kB'],
  [1e6, 'MB'],
  [1e9, 'GB'],
  [1e12, 'TB'],
];

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Formats names to choose from: `observe, hold or auto`. */
export function alternatives(names: readonly string[]): string {
  const last = names.at(-1);
  return last === undefined || names.length === 1 ? (last ?? '') : `${names.slice(0, -1).join(', ')} or ${last}`;
}
