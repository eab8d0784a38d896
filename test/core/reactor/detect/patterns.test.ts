import { describe, expect, test } from 'vitest';
import {
  CRASH_PATTERNS,
  OVERFLOW_PATTERNS,
  type TextPattern,
  textSignal,
} from '../../../../src/core/reactor/detect/patterns.ts';

describe('S1: an error text that says the agent crashed', () => {
  test.each([
    ['crash', 'agent crash detected'],
    ['crash', 'The process CRASHED'],
    ['crash', 'it crashes on start'],
    ['oom', 'killed: OOM'],
    ['oom', 'oom-kill: constraint=CONSTRAINT_MEMCG'],
    ['oom', 'invoked oom-killer: gfp_mask=0xcc0'],
    ['oom', 'task was oom-killed'],
    ['oom-kill', 'OOMKilled'],
    ['out of memory', 'Out of memory: Killed process 4242 (node)'],
    ['sigkill', 'terminated by SIGKILL'],
    ['signal 9', 'killed by signal 9'],
    ['signal 9', 'exit status: signal: 9 (core not dumped)'],
    ['exit code 137', 'command failed with exit code 137'],
  ])('%s: "%s"', (name, text) => {
    expect(textSignal(text)).toMatchObject({ signal: 'agent_crash', name });
  });
});

describe('S2: an error text that says the context is full', () => {
  test.each([
    ['context_length_exceeded', '{"code":"context_length_exceeded"}'],
    ['context_window', 'error: context_window overflow'],
    ['maximum context length', "This model's maximum context length is 8192 tokens"],
    ['prompt is too long', 'prompt is too long: 210000 tokens > 200000 maximum'],
    ['input is too long', 'ValidationException: Input is too long for requested model.'],
    [
      'exceeds the maximum number of tokens',
      'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
    ],
    ['reduce the length of the messages', 'Please reduce the length of the messages or completion.'],
    ['context window exceeded', 'ContextWindowExceededError: context window exceeded'],
    ['context window exceeded', 'Your input exceeds the context window of this model.'],
  ])('%s: "%s"', (name, text) => {
    expect(textSignal(text)).toMatchObject({ signal: 'context_overflow', name });
  });
});

test.each([...CRASH_PATTERNS, ...OVERFLOW_PATTERNS])('the wording "$name" of $from stands in the table once', (row) => {
  const samePattern = (other: TextPattern): boolean => other.pattern.source === row.pattern.source;
  expect([...CRASH_PATTERNS, ...OVERFLOW_PATTERNS].filter(samePattern)).toEqual([row]);
  expect(row.from).not.toBe('');
});

test.each([
  'no room left in the meeting room',
  'zoom level out of range',
  'bloom filter rejected the key',
  'groomed, roomy, vroom',
  'crashlytics upload failed',
  'crashlytics: 401',
  'signal 90 lost',
  'signal 19 received',
  'exit code 1370',
  'exit code 1',
  'SIGTERM',
  'sigkiller',
  'out of memoryless',
  'the context window is 200k tokens',
  'too many requests',
  '',
])('"%s" is no crash and no overflow', (text) => {
  expect(textSignal(text)).toBeNull();
});

test('no text says nothing', () => {
  expect(textSignal(null)).toBeNull();
});

test('S1 wins over S2 when both match, as in the reference', () => {
  expect(textSignal('prompt is too long; then the worker crashed')?.signal).toBe('agent_crash');
});
