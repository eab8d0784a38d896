import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import { MAX_TEXT_LENGTH } from '../../../src/core/limits.ts';
import { MAX_TOOLS } from '../../../src/feeds/limits.ts';
import { decodeLine } from '../../../src/feeds/wire/decode-line.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { wordRecord } from '../../../src/wording/records.ts';

test('a line as agentsight writes it becomes a call with nothing lost that we use', () => {
  expect(decodeLine(callLineOf({ id: 'msg_01' }))).toEqual({
    type: 'call',
    call: {
      callId: 'msg_01',
      startNs: 1780012345678901234n,
      endNs: 1780012349178901235n,
      status: 'complete',
      conversationId: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
      sessionId: '3b2f9c1e-0000-4000-8000-00000000abcd',
      agent: 'Claude',
      processName: 'claude',
      pid: 4242,
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      kind: 'main',
      statusCode: 200,
      error: null,
      usage: { inputTokens: 1200, outputTokens: 85, cacheReadTokens: 18000, cacheCreationTokens: 0 },
      finishReason: 'tool_use',
      tools: ['Bash'],
      userQuery: 'list the files',
      interruptionType: null,
    },
  });
});

describe('nanoseconds beyond 2^53 are exact', () => {
  const wanted = { startNs: 1780012345678901234n, endNs: 1780012349178901235n };
  const line = callLineOf({ id: 'a"b\\' });
  const object = JSON.parse(line) as { LLMCall: Record<string, unknown> };
  const { start_timestamp_ns: _start, end_timestamp_ns: _end, ...others } = object.LLMCall;
  const times = '"start_timestamp_ns":1780012345678901234,"end_timestamp_ns":1780012349178901235';
  test.each([
    ['in the order in which agentsight writes', line],
    ['with spaces', line.replace('"start_timestamp_ns":', '"start_timestamp_ns" : ')],
    ['with the times last', `{"LLMCall":{${JSON.stringify(others).slice(1, -1)},${times}}}`],
    [
      'with the same names in texts and deeper objects before them',
      `{"LLMCall":{"x":{"start_timestamp_ns":1,"LLMCall":{"end_timestamp_ns":2}},"t":"\\"start_timestamp_ns\\":3, \\\\",` +
        `${times},${JSON.stringify(others).slice(1)}}`,
    ],
    ['as strings', line.replace(/(_ns":)(\d+)/gu, '$1"$2"')],
  ])('%s', (_name, text) => {
    expect(callIn(text)).toMatchObject(wanted);
  });
});

describe('a field that is missing, null or odd costs that field, not the line', () => {
  const bare = { call_id: 'c', start_timestamp_ns: 5, end_timestamp_ns: 7 };
  test.each<[string, object, Partial<Call>]>([
    ['nothing but an id and times', {}, { agent: 'unknown', usage: null, tools: [], kind: 'main', pid: null }],
    ['no agent name', { agent_name: null, process_name: 'node' }, { agent: 'node', processName: 'node' }],
    ['numbers as text', { pid: '12', token_usage: { input_tokens: '3', output_tokens: 4 } }, { pid: 12 }],
    [
      'tokens above 32 bits, also as text',
      { token_usage: { input_tokens: 5_000_000_000, output_tokens: '9007199254740991' } },
      {
        usage: {
          inputTokens: 5_000_000_000,
          outputTokens: 9_007_199_254_740_991,
          cacheReadTokens: null,
          cacheCreationTokens: null,
        },
      },
    ],
    ['zeros for usage', { token_usage: { input_tokens: 0, output_tokens: 0 } }, { usage: null }],
    ['usage of another type', { token_usage: 'many' }, { usage: null }],
    ['negative and fractional counts', { token_usage: { input_tokens: -1, output_tokens: 1.5 } }, { usage: null }],
    ['status 0', { metadata: { status_code: '0' } }, { statusCode: null }],
    ['metadata of another type', { metadata: [] }, { statusCode: null, conversationId: null }],
    [
      'messages of another type',
      { response: { messages: [null, 1, { parts: {} }, { parts: [null] }] } },
      { tools: [] },
    ],
    ['no end', { end_timestamp_ns: null, duration_ns: 3 }, { endNs: 8n }],
    ['no start', { start_timestamp_ns: null, duration_ns: 3 }, { startNs: 4n }],
    ['an auxiliary call', { metadata: { call_kind: 'recap' } }, { kind: 'recap' }],
    [
      'a prototype as a key',
      JSON.parse('{"__proto__":{"error":"x"},"metadata":{"__proto__":1}}') as object,
      { error: null },
    ],
  ])('%s', (_name, fields, wanted) => {
    expect(callIn(JSON.stringify({ LLMCall: { ...bare, ...fields } }))).toMatchObject(wanted);
  });

  test('the response id stands in for a missing call id', () => {
    const fields = { start_timestamp_ns: 5, end_timestamp_ns: 7, metadata: { response_id: 'r' } };
    expect(callIn(JSON.stringify({ LLMCall: fields })).callId).toBe('r');
  });
});

describe('what is no call is skipped with its reason', () => {
  test.each([
    ['{"LLMCall":{"call_id":"x","start', 'malformed', 'invalid JSON'],
    ['\u0000\u0001rubbish', 'malformed', 'invalid JSON'],
    ['[]', 'malformed', 'not an object'],
    ['null', 'malformed', 'not an object'],
    ['{}', 'malformed', 'neither an LLMCall nor a logtail record'],
    ['{"LLMCall":7}', 'malformed', 'LLMCall is not an object'],
    ['{"LLMCall":null}', 'malformed', 'LLMCall is not an object'],
    ['{"LLMCall":{}}', 'malformed', 'LLMCall without call_id'],
    ['{"LLMCall":{"call_id":"x"}}', 'malformed', 'LLMCall without a time'],
    ['{"ToolUse":{"tool_use_id":"t"}}', 'unsupported', 'event ToolUse'],
    ['{"QuantumFlux":{}}', 'unsupported', 'event QuantumFlux'],
    ['{"a":1,"b":2}', 'malformed', 'neither an LLMCall nor a logtail record'],
  ])('%s', (line, skip, words) => {
    const decoded = decodeLine(line);
    expect(decoded).toMatchObject({ type: 'skip', skip });
    expect(decoded.type === 'skip' && wordRecord(decoded.why)).toBe(words);
  });

  test.each(['', ' ', '\r'])('an empty line is nothing at all', (line) => {
    expect(decodeLine(line)).toEqual({ type: 'blank' });
  });

  test('two lines run together, because the writer died in the first, are not mixed: the second is whole', () => {
    const line = callLineOf({ id: 'first', request: { messages: [] } });
    const cut = line.slice(0, line.indexOf('"messages"'));
    const second = callLineOf({ id: 'second' });
    expect(decodeLine(cut + second)).toEqual({ ...decodeLine(second), torn: true });
    expect(decodeLine(`\u0000\u0000${second}`)).toMatchObject({ call: { callId: 'second' }, torn: true });
    expect(decodeLine(cut + second.slice(0, -20))).toMatchObject({ type: 'skip', skip: 'malformed' });
  });

  test('a call that stands inside a torn one is none', () => {
    const line = callLineOf({ id: 'outer', args: JSON.parse(callLineOf({ id: 'inner' })) });
    expect(decodeLine(line)).toMatchObject({ call: { callId: 'outer' } });
    expect(decodeLine(line.slice(1))).toMatchObject({ type: 'skip' });
    expect(decodeLine(line.slice(0, -5))).toMatchObject({ type: 'skip' });
  });
});

test('text is cleaned, bounded and one line', () => {
  const escape = '\u001b[2J\u202e<html>\n';
  const call = callIn(callLineOf({ id: 'x', status: 502, error: escape + 'y'.repeat(100_000) }));
  expect(call.error).toMatch(/^<html> y+…$/u);
  expect(call.error?.length).toBe(MAX_TEXT_LENGTH);
});

test('no more tools are kept than the bound allows', () => {
  const parts = Array.from({ length: 100 }, (_none, index) => ({ type: 'tool_call', name: `tool${index}` }));
  const fields = { call_id: 'c', start_timestamp_ns: 1, end_timestamp_ns: 2, response: { messages: [{ parts }] } };
  expect(callIn(JSON.stringify({ LLMCall: fields })).tools).toHaveLength(MAX_TOOLS);
});

// A space before a line makes it one that is not in agentsight's own form, so that it is parsed whole.
test('a line parsed without its bodies gives the same as the line parsed whole', () => {
  const tricky = fc.constantFrom(
    '},"response":{"messages":[',
    '],"streamed":',
    '},"token_usage":',
    '\\',
    '"',
    '{"LLMCall":{',
  );
  const text = fc.array(fc.oneof(tricky, fc.string()), { maxLength: 4 }).map((parts) => parts.join(''));
  const key = fc.oneof(text, fc.constantFrom('response', 'messages', 'streamed', 'token_usage', 'LLMCall', 'request'));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      text,
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      tie('tree').map((inner) => ({ x: {}, response: { messages: [inner], streamed: true }, token_usage: {} })),
    ),
  }));
  fc.assert(
    fc.property(fc.record({ id: fc.string({ minLength: 1 }), error: text, request: tree, args: tree }), (fields) => {
      const line = callLineOf(fields);
      expect(decodeLine(line)).toEqual(decodeLine(` ${line}`));
    }),
    { numRuns: 500 },
  );
});

function callIn(line: string): Call {
  const decoded = decodeLine(line);
  if (decoded.type !== 'call') throw new Error(`no call: ${JSON.stringify(decoded)}`);
  return decoded.call;
}
