import { expect, test } from 'vitest';
import { wordCheckpointer } from '../../src/wording/checkpointers.ts';
import { wordFate } from '../../src/wording/fates.ts';

const TOO_MUCH = {
  code: 'too_much',
  files: 2,
  bytes: 960e6,
  largest: [{ path: 'model.bin', bytes: 480e6 }],
  timeoutMs: 2_000,
  goesOn: true,
} as const;

test('says once why a checkpoint was not made in time, though its output says the same', () => {
  const text = wordCheckpointer(TOO_MUCH);
  expect(wordFate({ code: 'run_failed', why: TOO_MUCH, exitCode: null, stderr: text })).toBe(text);
});

test('says what the output of a failed program adds, and its exit code', () => {
  const why = { code: 'not_in_time', timeoutMs: 2_000 } as const;
  const fate = wordFate({ code: 'run_failed', why, exitCode: 4, stderr: 'disk: gone' });
  expect(fate).toBe('no snapshot within 2 s (exit 4): disk: gone');
});
