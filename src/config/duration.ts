import { ConfigError, quote } from './error.ts';

/** A day: longer waits are mistakes, and a timer of Node ends at 24.8 days. Seconds. */
export const MAX_SECONDS = 86_400;
/** The shortest deadline that a child process can meet, seconds. */
export const MIN_TIMEOUT_SECONDS = 0.1;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Parses `90s`, `15m`, `1h30m`, `2d` into ms. Throws ConfigError. */
export function parseDuration(text: string, name: string, expected = 'a duration such as 90s, 15m, 1h or 2d'): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
  const isWhole = parts.map(([part]) => part).join('') === text.trim();
  if (!isWhole || !(total > 0) || !Number.isSafeInteger(Math.round(total))) {
    throw new ConfigError(`${name}: expected ${expected}, got ${quote(text)}`);
  }
  return Math.round(total);
}

/** Formats a limit for an error: `30 seconds`, `1 day`. */
export function formatDuration(ms: number): string {
  return ms === MAX_SECONDS * 1_000 ? `${MAX_SECONDS} seconds (a day)` : `${ms / 1_000} seconds`;
}
