import { describe, expect, test } from 'vitest';
import { interruptionDetail } from '../../../src/feeds/wire/interruption.ts';

function wordsOf(detail: unknown, type = 'some_type'): string {
  return interruptionDetail(type, JSON.stringify(detail)).text;
}

/** The keys of the feed contract, 5.2 and 5.3, for each type that agentsight knows. */
const TYPES: readonly (readonly [type: string, detail: unknown, words: string])[] = [
  [
    'agent_crash',
    {
      pid: 2449,
      agent_name: 'OpenClaw',
      call_ids: ['call-1', 'call-2'],
      source: 'trace_procmon_exit',
      exit_code: 137,
      signal: 9,
      core_dump: false,
    },
    'ended by SIGKILL, exit code 137, no core, during calls call-1, call-2, process 2449 of OpenClaw, seen at its exit',
  ],
  [
    'agent_crash',
    { pid: 7, agent_name: 'Cosh', call_ids: ['a', 'b', 'c', 'd', 'e'], oom: true, source: 'drain+dmesg' },
    "out of memory, during calls a, b, c and 2 more, process 7 of Cosh, seen in the kernel's log",
  ],
  [
    'agent_crash',
    { agent_name: 'Hermes', call_ids: ['call-1'], exe_path: '/usr/bin/python3.11', pid: 267 },
    'during call call-1, process 267 of Hermes, /usr/bin/python3.11',
  ],
  [
    'rate_limit',
    { model: 'qwen3-max', status_code: 429, error: 'Too many requests' },
    'Too many requests, HTTP 429, model qwen3-max',
  ],
  ['auth_error', { error: null, model: 'claude-sonnet-4-5', status_code: 401 }, 'HTTP 401, model claude-sonnet-4-5'],
  ['network_timeout', { model: 'm', status_code: 504, error: 'timed out' }, 'timed out, HTTP 504, model m'],
  ['service_unavailable', { model: 'm', status_code: 529, error: 'Overloaded' }, 'Overloaded, HTTP 529, model m'],
  [
    'safety_filter',
    { model: 'm', finish_reason: 'content_filter', error: null },
    'ended with "content_filter", model m',
  ],
  [
    'sse_truncated',
    { model: 'm', duration_ms: 4200, sse_event_count: 41 },
    'cut off after 41 stream events, took 4.2 s, model m',
  ],
  [
    'context_overflow',
    { model: 'm', status_code: 400, error: 'prompt is too long', input_tokens: 214512 },
    'prompt is too long, 214512 tokens of input, HTTP 400, model m',
  ],
  [
    'context_overflow',
    { model: 'm', input_tokens: 90_000, max_tokens: 20_000, finish_reason: 'length', note: 'input far over output' },
    '90000 tokens of input, at most 20000 of output, ended with "length", input far over output, model m',
  ],
  [
    'token_limit',
    { model: 'm', output_tokens: 4096, max_tokens: 4096, ratio: 1 },
    'answered 4096 of at most 4096 tokens, model m',
  ],
  ['llm_error', { model: 'm', status_code: 500, error: 'no route' }, 'no route, HTTP 500, model m'],
  ['retry_storm', { repeated_type: 'rate_limit', count: 5 }, '5 × rate_limit'],
  [
    'dead_loop',
    { rule: 'tool_sequence_repetition', repeated_tools: ['Bash', 'Read'], repeat_count: 5 },
    'at least 5 times the tools Bash Read',
  ],
  [
    'dead_loop',
    { rule: 'output_similarity_loop', similarity: '0.92', repeat_count: 3, output_snippet: '我来看看' },
    'at least 3 times an answer like "我来看看" (similarity 0.92)',
  ],
  [
    'dead_loop',
    {
      rule: 'token_burn_no_progress',
      input_tokens_start: 1200,
      input_tokens_end: 9000,
      input_growth: 7800,
      repeat_count: 3,
    },
    'no progress in at least 3 calls while the input grew from 1200 to 9000 tokens',
  ],
  [
    'tool_failure',
    { model: 'm', source: 'tool_call_response', tool_use_id: 'toolu_1', error: 'ENOENT' },
    'ENOENT, tool use toolu_1, model m, seen in a tool result',
  ],
  [
    'tool_failure',
    { tool_name: 'Bash', tool_use_id: 'toolu_1', error: 'exit 1', duration_ms: 950 },
    'exit 1, tool Bash (toolu_1), took 0.9 s',
  ],
  ['empty_response', { model: 'm', duration_ms: 800, note: 'no content' }, 'took 0.8 s, no content, model m'],
  [
    'resource_exhaustion',
    { model: 'm', status_code: 402, error: 'insufficient_quota' },
    'insufficient_quota, HTTP 402, model m',
  ],
  [
    'slow_response',
    { model: 'm', duration_ms: 130_000, threshold_ms: 120_000 },
    'took 130.0 s of at most 120.0 s, model m',
  ],
  ['state_machine_error', { model: 'm', status_code: 200, error: 'invalid state' }, 'invalid state, HTTP 200, model m'],
  [
    'unauthorized_action',
    { model: 'm', source: 'tool_call_response', tool_use_id: 'toolu_9', error: 'permission denied' },
    'permission denied, tool use toolu_9, model m, seen in a tool result',
  ],
];

test.each(TYPES)('the detail of %s: %o', (type, detail, words) => {
  expect(wordsOf(detail, type)).toBe(words);
});

test('all 18 types that agentsight knows are among them', () => {
  expect(new Set(TYPES.map(([type]) => type)).size).toBe(18);
});

describe('unknown keys, and keys at unexpected positions', () => {
  test.each([
    [{ rule: 'tool_sequence_repetition', repeat_count: 5 }, 'at least 5 times tool sequence repetition'],
    [{ future_key: 'x', retries: 3, is_final: true }, 'future key x, retries 3, is final yes'],
    [{ signal: 'SIGTERM', exit_code: 0 }, 'ended by SIGTERM, exit code 0'],
    [{ signal: 0, exit_code: -1 }, 'no signal, exit code -1'],
    [{ signal: 250 }, 'ended by signal 250'],
    [{ signal: 'constructor', source: 'constructor' }, 'ended by signal constructor, seen by constructor'],
    [{ error: { code: 1 }, count: 5 }, 'count 5'],
    [{ call_ids: [] }, ''],
  ])('%o', (detail, words) => {
    expect(wordsOf(detail)).toBe(words);
  });

  test('lists within lists, however deep, are left out', () => {
    const detail = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)},"status_code":500}`;
    expect(interruptionDetail('some_type', detail).text).toBe('HTTP 500');
  });
});
