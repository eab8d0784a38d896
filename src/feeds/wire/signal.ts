import { constants } from 'node:os';
import { countOf } from './fields.ts';

const SIGNALS: Readonly<Record<string, number>> = constants.signals;

/** A signal's number, from a number or a name with or without `SIG`; null when it is neither. */
export function signalOf(value: unknown): number | null {
  const number = countOf(value);
  if (number !== null) return number;
  if (typeof value !== 'string') return null;
  const name = value.trim().toUpperCase();
  const full = name.startsWith('SIG') ? name : `SIG${name}`;
  return Object.hasOwn(SIGNALS, full) ? (SIGNALS[full] ?? null) : null;
}

/** A signal's name (`SIGKILL`), null for a number that this system does not know. */
export function signalName(signal: number): string | null {
  return Object.entries(SIGNALS).find(([, number]) => number === signal)?.[0] ?? null;
}
