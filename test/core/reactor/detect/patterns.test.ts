import { describe, expect, test } from 'vitest';
import {
  CRASH_PATTERNS,
  OVERFLOW_PATTERNS,
  type TextPattern,
  textSignal,
} from '../../../../src/core/reactor/detect/error-text.ts';

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
    expect(textSignal(text, null)).toMatchObject({ type: 'agent_crash', name });
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
  expect(textSignal(text, null)).toBeNull();
});

test('no text says nothing', () => {
  expect(textSignal(null, null)).toBeNull();
});

test('S1 wins over S2 when both match, as in the reference', () => {
  expect(textSignal('prompt is too long; then the worker crashed', null)?.type).toBe('agent_crash');
});
