import { describe, expect, test } from 'vitest';
import { MAX_TEXT_LENGTH } from '../../../src/core/limits.ts';
import { MAX_DETAIL_CALL_IDS } from '../../../src/feeds/limits.ts';
import { interruptionDetail, severityAndDetail } from '../../../src/feeds/wire/interruption.ts';

test('an HTTP error has its text, its status and a line for people', () => {
  expect(
    interruptionDetail('some_type', '{"model":"qwen-max","status_code":429,"error":"Rate limit reached"}'),
  ).toEqual({
    error: 'Rate limit reached',
    statusCode: 429,
    exitCode: null,
    signal: null,
    coreDump: null,
    oom: false,
    callIds: [],
    text: 'Rate limit reached, HTTP 429, model qwen-max',
  });
});

describe('signals come as numbers and as names', () => {
  test.each([
    [9, 9],
    ['15', 15],
    ['SIGKILL', 9],
    ['term', 15],
    ['nonsense', null],
    ['toString', null],
    [-1, null],
    [null, null],
  ])('%o', (signal, wanted) => {
    expect(interruptionDetail('some_type', JSON.stringify({ signal })).signal).toBe(wanted);
  });
});

describe('exit codes keep their sign, flags may be numbers or text', () => {
  test.each([
    [{ exit_code: 0 }, { exitCode: 0 }],
    [{ exit_code: -1 }, { exitCode: -1 }],
    [{ exit_code: '137' }, { exitCode: 137 }],
    [{ core_dump: true }, { coreDump: true }],
    [{ core_dump: 0 }, { coreDump: false }],
    [{ oom: 'true' }, { oom: true }],
  ])('%o', (detail, wanted) => {
    expect(interruptionDetail('some_type', JSON.stringify(detail))).toMatchObject(wanted);
  });
});

describe('a detail that cannot be understood stays as text', () => {
  test.each([
    [null, ''],
    ['', ''],
    ['killed by hand', 'killed by hand'],
    ['["a"]', '["a"]'],
    ['{"cut', '{"cut'],
  ])('%o', (detail, text) => {
    expect(interruptionDetail('some_type', detail)).toMatchObject({ text, error: null, callIds: [] });
  });

  test('keys of a prototype are no facts', () => {
    expect(interruptionDetail('some_type', '{"__proto__":{"exit_code":0},"constructor":"x"}')).toMatchObject({
      exitCode: null,
    });
  });
});

test('everything in a detail is bounded and clean', () => {
  const call_ids = Array.from({ length: 1_000 }, (_none, index) => `call${index}`);
  const detail = interruptionDetail(
    'some_type',
    JSON.stringify({ call_ids, error: `\u001b[31m${'x'.repeat(10_000)}` }),
  );
  expect(detail.callIds).toHaveLength(MAX_DETAIL_CALL_IDS);
  expect(detail.error).toMatch(/^x+…$/u);
  expect(detail.text.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH);
});

describe('severity', () => {
  test.each([
    ['critical', 'critical', ''],
    ['HIGH', 'high', ''],
    ['apocalyptic', 'low', 'severity apocalyptic'],
  ])('%o is taken as %s for every type', (word, severity, text) => {
    expect(severityAndDetail('agent_crash', word, null)).toMatchObject({ severity, detail: { text } });
  });

  test.each([
    ['agent_crash', 'critical'],
    ['auth_error', 'high'],
    ['rate_limit', 'medium'],
    ['quantum_flux', 'low'],
    ['constructor', 'low'],
  ])('of %s is %s if the feed gives none', (type, severity) => {
    for (const none of [null, undefined, '', ' ']) {
      expect(severityAndDetail(type, none, null)).toMatchObject({ severity, detail: { text: '' } });
    }
  });
});
