import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contentOfLine } from '../../../src/feeds/wire/content-line.ts';
import { decodeLine } from '../../../src/feeds/wire/decode-line.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { wordRecord } from '../../../src/wording/records.ts';

const RECORDED = readFileSync('test/fixtures/jsonl/logtail-0.5.jsonl', 'utf8').trim().split('\n');

test('a recorded flat record becomes a call', () => {
  expect(decodeLine(RECORDED[0] ?? '')).toEqual({
    type: 'call',
    call: {
      callId: 'chatcmpl-456e4249ac21be168a2848',
      startNs: 1780012000891021384n,
      endNs: 1780012022538982863n,
      status: 'complete',
      conversationId: 'be1679f6ae28652eb6fa7cd62de963a8',
      sessionId: 'cc7d2cd0-e63b-40bb-a084-1d5824cbf5f9',
      agent: 'Codex',
      processName: 'codex',
      pid: 2201,
      provider: 'openai',
      model: 'gpt-5.2-codex',
      kind: 'main',
      statusCode: 200,
      error: null,
      usage: { inputTokens: 10754, outputTokens: 857, cacheReadTokens: null, cacheCreationTokens: null },
      finishReason: 'tool_calls',
      tools: ['Edit'],
      userQuery: null,
      interruptionType: null,
    },
  });
});

test('error.type is the text of the error', () => {
  const errors = RECORDED.map(decodeLine).map((line) => (line.type === 'call' ? line.call.error : line.type));
  expect(errors).toEqual([null, null, null, 'deadline exceeded', 'prompt is too long: 214512 tokens > 200000 maximum']);
});

test('encrypted messages leave the finish reason of the record', () => {
  const record = call({ 'gen_ai.output.messages': 'bm90IGpzb24=', 'gen_ai.response.finish_reasons': '["stop"]' });
  expect(decodeLine(record)).toMatchObject({ type: 'call', call: { tools: [], finishReason: 'stop' } });
});

test('an interruption record becomes an interruption', () => {
  const record = interruption({
    'agentsight.interruption.detail': '{"exit_code":null,"signal":"SIGTERM","core_dump":false,"call_ids":["a","b"]}',
    'agentsight.interruption.call_id': 'a',
    'agentsight.pid': '77',
    'gen_ai.conversation.id': 'conv',
  });
  expect(decodeLine(record)).toMatchObject({
    type: 'interruption',
    interruption: {
      interruptionId: 'i1',
      type: 'agent_crash',
      severity: 'critical',
      agent: 'unknown',
      pid: 77,
      conversationId: 'conv',
      sessionId: null,
      callId: 'a',
      occurredNs: 1780012399000000001n,
      resolved: false,
      detail: { signal: 15, coreDump: false, exitCode: null, callIds: ['a', 'b'] },
    },
  });
});

describe('a record that carries too little is skipped with its reason', () => {
  const slim = 'slim logtail record without id and time: use the full logtail or SQLite';
  test.each([
    [{ 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': '5' }, 'unsupported', slim],
    [{ 'gen_ai.operation.name': 'interruption', 'agentsight.interruption.type': 'x' }, 'unsupported', slim],
    [{ 'gen_ai.operation.name': 'tool_use' }, 'unsupported', 'logtail record of a tool_use'],
    [{ 'gen_ai.response.id': 'x' }, 'malformed', 'logtail record without a time'],
    [{ 'agentsight.start_timestamp_ns': '5' }, 'malformed', 'logtail call without an id'],
    [
      { 'agentsight.start_timestamp_ns': 'now', 'gen_ai.response.id': 'x' },
      'malformed',
      'logtail record without a time',
    ],
  ])('%o', (record, skip, words) => {
    const decoded = decodeLine(JSON.stringify(record));
    expect(decoded).toMatchObject({ type: 'skip', skip });
    expect(decoded.type === 'skip' && wordRecord(decoded.why)).toBe(words);
  });
});

describe('a record behind something else in its line', () => {
  const torn = RECORDED[1]?.slice(0, 300) ?? '';
  const [whole = ''] = RECORDED;
  const behind = interruption({ __topic__: 'agentsight' });

  test.each([
    ['zero bytes', '\0'.repeat(300)],
    ['a torn record', torn],
    ['a torn record and zero bytes', `${torn}\0\0`],
    [
      'a torn call of JSONL',
      '{"LLMCall":{"call_id":"x","start_timestamp_ns":1,"end_timestamp_ns":2,"duration_ns":1,"prov',
    ],
    ['a torn key', '{"agentsight.agent.na'],
  ])('is read behind %s', (_name, before) => {
    expect(decodeLine(before + whole)).toEqual({ ...decodeLine(whole), torn: true });
    expect(decodeLine(before + behind)).toEqual({ ...decodeLine(behind), torn: true });
    expect(contentOfLine(before + whole)).toEqual(contentOfLine(whole));
  });

  test('is none where it stands inside a torn record', () => {
    const line = callLineOf({ id: 'outer', args: { x: JSON.parse(whole) as object } });
    expect(decodeLine(line)).toMatchObject({ call: { callId: 'outer' } });
    expect(decodeLine(line.slice(0, -5))).toMatchObject({ type: 'skip', skip: 'malformed' });
    expect(decodeLine(torn + whole.slice(0, -1))).toMatchObject({ type: 'skip', skip: 'malformed' });
  });

  test('is searched a few times only in a line of nothing but beginnings', () => {
    expect(decodeLine('{"__'.repeat(1_000_000))).toMatchObject({ type: 'skip', skip: 'malformed' });
    expect(decodeLine('\0'.repeat(4_000_000))).toMatchObject({ type: 'skip', skip: 'malformed' });
  });
});

function call(fields: object): string {
  return JSON.stringify({ 'gen_ai.response.id': 'c', 'agentsight.start_timestamp_ns': '5', ...fields });
}

function interruption(fields: object): string {
  return JSON.stringify({
    'gen_ai.operation.name': 'interruption',
    'agentsight.start_timestamp_ns': '1780012399000000001',
    'agentsight.interruption.id': 'i1',
    'agentsight.interruption.type': 'agent_crash',
    'agentsight.interruption.severity': 'critical',
    'agentsight.interruption.resolved': 'false',
    ...fields,
  });
}
