import type { LeftOut as Summary, LeftOutWhy } from '../../core/snapshots.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { wordLeftOut } from '../../wording/snapshots.ts';
import { MAX_NAMED } from './limits.ts';
import { readable } from './workspace/byte-path.ts';
import type { LeftOut, Omission } from './workspace/entry.ts';

/** The omissions that an operator has to know of. What vanished is no part of the workspace any more. */
const LABELS = {
  'too large': 'too_large',
  unreadable: 'unreadable',
  special: 'special',
  unproven: 'excluded',
} as const satisfies Partial<Record<Omission, LeftOutWhy>>;

/** Sums up what a snapshot lacks beyond caches and repositories; null when it lacks nothing. */
export function summaryOf(leftOut: readonly LeftOut[]): Summary | null {
  const reasons = Object.entries(LABELS).flatMap(([omission, why]) => {
    const omitted = leftOut.filter((item) => item.why === omission);
    if (omitted.length === 0) return [];
    const examples = omitted.slice(0, MAX_NAMED).map(({ path }) => readable(path));
    return [{ why, count: omitted.length, bytes: sum(omitted.map(({ size }) => size)), examples }];
  });
  if (reasons.length === 0) return null;
  return { count: sum(reasons.map(({ count }) => count)), bytes: sum(reasons.map(({ bytes }) => bytes)), reasons };
}

/** The same in one line; empty when it lacks nothing. */
export function describeLeftOut(leftOut: readonly LeftOut[]): string {
  const summary = summaryOf(leftOut);
  return summary === null ? '' : cleanLine(wordLeftOut(summary), MAX_TEXT_LENGTH);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
