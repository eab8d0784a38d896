import type { Ms } from '../core/units.ts';

/** ISO 8601 UTC with milliseconds, as every time in our output; what no calendar holds becomes its nearest end. */
export function isoTime(at: Ms): string {
  return new Date(Math.min(Math.max(Math.trunc(at), -8.64e15), 8.64e15)).toISOString();
}
