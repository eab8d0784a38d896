import type { Call } from '../../core/calls.ts';
import { type Ms, nsToMs } from '../../core/units.ts';
import { callNs } from '../../core/model/time.ts';

/** Formats a count in at most five characters: 950, 1.2k, 41k, 1.2M. */
export function tokens(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  if (count < 999_500) return scaled(count / 1_000, 'k');
  if (count < 999_500_000) return scaled(count / 1e6, 'M');
  return count < 999.5e9 ? scaled(count / 1e9, 'G') : scaled(count / 1e12, 'T');
}

/** Formats a sum of tokens or calls; marked with ~ if part of it comes from a summary. */
export function summed(count: number, summary: object | null): string {
  return summary === null ? tokens(count) : `~${tokens(count)}`;
}

/** Formats a ratio (0…1) in whole percent, in at most five characters; null gives `unknown`. */
export function percent(ratio: number | null, unknown: string): string {
  if (ratio === null) return unknown;
  // A feed that counts cached tokens and input apart may claim more than the whole.
  return ratio >= 1.005 ? '>100%' : `${Math.round(ratio * 100)}%`;
}

/** Formats a count with its noun: `1 call`, `2 calls`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${tokens(count)} ${count === 1 ? one : many}`;
}

function scaled(value: number, unit: string): string {
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats a time as local `HH:MM:SS`. */
export function clock(at: Ms): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Formats a time as local `HH:MM`. */
export function shortClock(at: Ms): string {
  return clock(at).slice(0, 5);
}

/** Formats an age in at most four characters: 2s, 1m, 3h, 2d. A time in the future (a feed's clock runs fast) is `0s`. */
export function age(at: Ms | null, now: Ms, unknown: string): string {
  if (at === null) return unknown;
  const passed = Math.max(0, now - at);
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)}s`;
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)}m`;
  return passed < 2 * DAY ? `${Math.floor(passed / HOUR)}h` : `${Math.min(999, Math.floor(passed / DAY))}d`;
}

/** Formats the time left until `endsAt`: `4 s`, `1:05 min`, `2:03 h`; never negative, and not 0 before the end. */
export function left(endsAt: Ms, now: Ms): string {
  const seconds = Math.max(0, Math.ceil((endsAt - now) / SECOND));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)} h` : `${Math.floor(minutes / 1_440)} d`;
}

/** Formats a duration: 12ms, 0.3s, 41s, 2:05m. */
export function duration(ms: number | null, unknown: string): string {
  if (ms === null) return unknown;
  const took = Math.max(0, ms);
  if (took < 100) return `${Math.round(took)}ms`;
  if (took < 99_950) return took < 9_950 ? `${(took / SECOND).toFixed(1)}s` : `${Math.round(took / SECOND)}s`;
  const seconds = Math.round(took / SECOND);
  return seconds < 6_000 ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}m` : `${Math.floor(seconds / 3_600)}h`;
}

/** Returns when a call ended; its start while it has no end. */
export function callTime(call: Pick<Call, 'startNs' | 'endNs'>): Ms {
  return nsToMs(callNs(call));
}

/** Returns the duration of a call, ms; null while it has no end. */
export function callDuration({ startNs, endNs }: Pick<Call, 'startNs' | 'endNs'>): number | null {
  return endNs === null ? null : nsToMs(endNs - startNs);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
