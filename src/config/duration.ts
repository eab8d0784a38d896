import { ConfigError, quote } from './error.ts';

/** A day: longer waits are mistakes, and a timer of Node ends at 24.8 days. */
export const MAX_SECONDS = 86_400;
/** The shortest deadline that a child process can meet, seconds. */
export const MIN_TIMEOUT_SECONDS = 0.1;

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Seconds as text → ms. `name` is what the user wrote it as. Throws ConfigError. */
export function parseSeconds(text: string, name: string, minimum: number): number {
  const seconds = /^(?:\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(seconds >= minimum)) throw new ConfigError(`${name} wants seconds >= ${minimum}, got ${quote(text)}`);
  if (seconds > MAX_SECONDS) {
    throw new ConfigError(`${name} wants at most ${MAX_SECONDS} seconds (a day), got ${quote(text)}`);
  }
  return Math.round(seconds * 1_000);
}

/** `90s`, `15m`, `1h30m`, `2d` → ms. Throws ConfigError. */
export function parseDuration(text: string, name: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
  const isWhole = parts.map(([part]) => part).join('') === text.trim();
  if (!isWhole || !(total > 0) || !Number.isSafeInteger(Math.round(total))) {
    throw new ConfigError(`${name} wants a duration such as 90s, 15m, 1h or 2d, got ${quote(text)}`);
  }
  return Math.round(total);
}
