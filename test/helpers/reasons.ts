import type { ChoiceReason } from '../../src/core/reasons.ts';
import type { Quoted } from '../../src/core/result.ts';
import { wordOperator } from '../../src/wording/done.ts';
import { wordFate } from '../../src/wording/fates.ts';
import { wordStoreFinding } from '../../src/wording/git-notes.ts';
import { wordNoContent } from '../../src/wording/records.ts';
import { wordAdvice, wordEffect, wordWarning } from '../../src/wording/plans.ts';
import { wordChoice, wordRefusal } from '../../src/wording/refusals.ts';

/** A reason in the words of another program. */
export function quoted(text: string): Quoted {
  return { code: 'quoted', text };
}

/** Why a checkpointer was chosen, in the words of the program that brought it. */
export function embedded(text: string): ChoiceReason {
  return { code: 'embedded', text };
}

/** Replaces every reason in a value by its words, as people read them. */
export function worded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(worded);
  if (!isRecord(value)) return value;
  if (typeof value['code'] === 'string') return wordsOf(value) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, worded(member)]));
}

/** Words each of a list, a line each. */
export function lines(values: readonly unknown[]): string {
  return values.map(worded).join('\n');
}

// No two of these kinds have a code in common but those of checkpointers, which all word alike.
const WORDINGS: readonly ((reason: never) => string | undefined)[] = [
  wordOperator,
  wordRefusal,
  wordFate,
  wordEffect,
  wordWarning,
  wordAdvice,
  wordChoice,
  wordStoreFinding,
  wordNoContent,
];

function wordsOf(reason: object): string | undefined {
  for (const word of WORDINGS) {
    const text = word(reason as never);
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
