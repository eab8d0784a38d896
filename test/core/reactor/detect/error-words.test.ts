import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CRASH_PATTERNS,
  errorClass,
  errorExcerpt,
  MAX_ERROR_TEXT,
  OVERFLOW_PATTERNS,
  textSignal,
} from '../../../../src/core/reactor/detect/error-text.ts';

// status (or -), signal (or -), class (or -), text: real error texts, each with its provider and where it was reported above.
const rows = readFileSync(resolve(import.meta.dirname, '../../../fixtures/error-words.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as [status: string, signal: string, errorClass: string, text: string])
  .map(
    ([status, signal, wanted, text]) =>
      [status === '-' ? null : Number(status), signal, wanted, text.replaceAll('\\n', '\n')] as const,
  );

test.each(rows)('%s: signal %s, class %s: %s', (status, signal, wanted, text) => {
  expect(textSignal(text, status)?.type ?? '-').toBe(signal);
  if (wanted !== '-') expect(errorClass(text, status)).toBe(wanted);
});

test.each([...CRASH_PATTERNS, ...OVERFLOW_PATTERNS])('the sample of "$name" is found by its own pattern', (row) => {
  expect(row.pattern.test(row.sample)).toBe(true);
  expect(textSignal(row.sample, null)?.type).toBe(row.type);
});

test('an answer about the request raises no crash from its text, whatever it echoes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 400, max: 499 }), fc.constantFrom(...CRASH_PATTERNS), (status, { sample }) => {
      expect(textSignal(sample, status)?.type).not.toBe('agent_crash');
    }),
  );
  expect(textSignal('fix the crash when it runs out of memory', 400)).toBe(null);
  expect(textSignal('fix the crash when it runs out of memory', 500)?.type).toBe('agent_crash');
});

test('429 is never an overflow', () => {
  for (const { sample } of OVERFLOW_PATTERNS) expect(textSignal(sample, 429)).toBe(null);
});

test('words stand anywhere in a text of 256 KiB, and the search stays fast on hostile ones', () => {
  const padded = `${'x '.repeat(100_000)}prompt is too long: 2 tokens > 1 maximum`;
  expect(textSignal(padded, 400)?.type).toBe('context_overflow');
  for (const word of ['prompt ', 'input tokens ', 'exceeds ', 'context ', 'inputs ', '输入']) {
    const text = word.repeat(Math.ceil(MAX_ERROR_TEXT / word.length));
    const startedAt = performance.now();
    textSignal(text, 400);
    errorClass(text, 400);
    // Hundreds of ms would be the square of its length; the bound is far above what a slow machine needs.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  }
});

test('eight 429 of which every other lost its text are of one class', () => {
  const classes = ['Resource has been exhausted (e.g. check quota).', null].map((text) => errorClass(text, 429));
  expect(new Set(classes).size).toBe(1);
});

test('an excerpt keeps the words that decide, wherever they stand, within its bound', () => {
  const samples = [...CRASH_PATTERNS, ...OVERFLOW_PATTERNS];
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.nat({ max: 20_000 }),
      fc.nat({ max: 20_000 }),
      fc.constantFrom(null, 400, 500),
      ({ sample }, before, after, status) => {
        const error = `${'pad '.repeat(before / 4)}${sample} ${'pad '.repeat(after / 4)}`;
        const excerpt = errorExcerpt(error, 2_000);
        expect(excerpt.length).toBeLessThanOrEqual(2_000);
        expect(textSignal(excerpt, status)?.type).toBe(textSignal(error, status)?.type);
        expect(errorClass(excerpt, status)).toBe(errorClass(error, status));
      },
    ),
  );
});

test.for([
  'Your messages contain 210000 tokens and are above the 200000 token context of this model',
  'The input (140000 tokens) does not fit into the context window (131072)',
  'prompt tokens (9000) + max tokens (100) > context window (8192)',
  'The conversation history is too large for this model',
  'Tokens in request more than max tokens allowed',
])('an overflow in other words of a known family: %s', (text) => {
  expect(textSignal(text, 400)?.type).toBe('context_overflow');
});

test.for([
  'Number of input tokens per minute exceeds the limit',
  'The response was cut off because it reached the maximum output length',
  'max_tokens is too large: 100000. This model supports at most 4096 completion tokens',
  'The attached file does not fit into a request: 5 MB > 4 MB',
])('no overflow: %s', (text) => {
  expect(textSignal(text, 400)).toBeNull();
});
