import { describe, expect, test } from 'vitest';
import type { CallContent } from '../../../src/core/content.ts';
import { MAX_CONTENT } from '../../../src/feeds/limits.ts';
import { contentOf } from '../../../src/feeds/wire/content.ts';
import { contentOfLine } from '../../../src/feeds/wire/content-line.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { wordContent } from '../../../src/wording/records.ts';

const NOTHING = {
  callId: 'c',
  startNs: 1_780_012_345_678_901_234n,
  endNs: null,
  firstOutputNs: null,
  usage: null,
  error: null,
  system: null,
  request: null,
  response: null,
  requestBody: null,
  responseBody: null,
  offeredTools: null,
  facts: [],
  notes: [],
};

function read(line: string): CallContent {
  const answer = contentOfLine(line);
  if (!answer.ok) throw new Error(wordContent(answer.reason));
  return answer.value;
}

function sizeOf({ request, response }: CallContent): number {
  return [...request, ...response].flatMap(({ parts }) => parts).reduce((sum, { text }) => sum + text.length, 0);
}

test('a line is read as what was asked and answered, with exact times, tokens, parameters and offered tools', () => {
  const request = {
    messages: [
      { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
      { role: 'user', parts: [{ type: 'text', content: 'list\nthe files' }] },
    ],
    max_tokens: 8192,
    stream: true,
    tools: [
      { name: 'Bash', input_schema: {} },
      { type: 'function', function: { name: 'read' } },
    ],
  };
  expect(read(callLineOf({ id: 'msg_1', request }))).toEqual({
    callId: 'msg_1',
    startNs: 1780012345678901234n,
    endNs: 1780012349178901235n,
    durationMs: 3500,
    firstOutputMs: null,
    usage: { inputTokens: 1200, outputTokens: 85, cacheReadTokens: 18000, cacheCreationTokens: 0 },
    error: null,
    request: [
      { role: 'system', name: null, finishReason: null, parts: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', name: null, finishReason: null, parts: [{ type: 'text', text: 'list\nthe files' }] },
    ],
    response: [
      {
        role: 'assistant',
        name: null,
        finishReason: 'tool_use',
        parts: [
          { type: 'text', text: 'I will look.' },
          { type: 'tool_call', id: 'toolu_01', name: 'Bash', text: '{\n  "command": "ls"\n}' },
        ],
      },
    ],
    toolRuns: [],
    offeredTools: ['Bash', 'read'],
    facts: [
      { name: 'stream', value: 'true' },
      { name: 'max_tokens', value: '8192' },
      { name: 'method', value: 'POST' },
      { name: 'response_id', value: 'msg_1' },
      { name: 'status_code', value: '200' },
    ],
    notes: [],
  });
});

describe('messages in every captured form', () => {
  test.each([
    [
      'agentsight, reasoning',
      { role: 'a', parts: [{ type: 'reasoning', content: 'hm' }] },
      { type: 'reasoning', text: 'hm' },
    ],
    ['v0.5 rows of a drain', { role: 'a', parts: [{ Text: { content: 'x' } }] }, { type: 'text', text: 'x' }],
    [
      'v0.5 tool calls of a drain',
      { role: 'a', parts: [{ ToolCall: { id: '1', name: 'ls', arguments: '{"a":1}' } }] },
      { type: 'tool_call', id: '1', name: 'ls', text: '{\n  "a": 1\n}' },
    ],
    [
      'a tool result',
      { role: 'u', parts: [{ type: 'tool_call_response', id: '1', response: 'ok' }] },
      { type: 'tool_result', id: '1', text: 'ok' },
    ],
    ['OpenAI, plain', { role: 'user', content: 'hi' }, { type: 'text', text: 'hi' }],
    [
      'OpenAI, tool',
      { role: 'tool', tool_call_id: '7', content: 'done' },
      { type: 'tool_result', id: '7', text: 'done' },
    ],
    [
      'OpenAI, tool call',
      { role: 'assistant', content: null, tool_calls: [{ id: '7', function: { name: 'f', arguments: '[]' } }] },
      { type: 'tool_call', id: '7', name: 'f', text: '[]' },
    ],
    ['DeepSeek, reasoning', { role: 'assistant', reasoning_content: 'so' }, { type: 'reasoning', text: 'so' }],
    [
      'Anthropic, thinking',
      { role: 'a', content: [{ type: 'thinking', thinking: 'so' }] },
      { type: 'reasoning', text: 'so' },
    ],
    [
      'Anthropic, tool use',
      { role: 'a', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: { c: 1 } }] },
      { type: 'tool_call', id: 't', name: 'Bash', text: '{\n  "c": 1\n}' },
    ],
    [
      'Anthropic, tool result of parts',
      {
        role: 'u',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      },
      { type: 'tool_result', id: 't', text: 'a\nb' },
    ],
    [
      'an image',
      { role: 'u', content: [{ type: 'image', source: 'x' }] },
      { type: 'other', kind: 'image', text: '{\n  "type": "image",\n  "source": "x"\n}' },
    ],
    [
      'responses, no role',
      { type: 'function_call', call_id: 'k', name: 'f', arguments: '{}' },
      { type: 'tool_call', id: 'k', name: 'f', text: '{}' },
    ],
    [
      'responses, output',
      { type: 'function_call_output', call_id: 'k', output: 'r' },
      { type: 'tool_result', id: 'k', text: 'r' },
    ],
    [
      'responses, input text',
      { role: 'user', content: [{ type: 'input_text', text: 'q' }] },
      { type: 'text', text: 'q' },
    ],
    ['a bare string', 'hello', { type: 'text', text: 'hello' }],
  ])('%s', (_, message, part) => {
    expect(contentOf({ ...NOTHING, request: [message] }).request[0]?.parts).toEqual([part]);
  });

  test('what is no message is left out, and nothing that is odd throws', () => {
    const odd = [
      null,
      3,
      [],
      {},
      { parts: 'x' },
      { role: 7, content: { a: 1 } },
      { parts: [null, 5, { Text: 1, More: 2 }] },
    ];
    expect(() => contentOf({ ...NOTHING, request: odd, response: { messages: 1 }, offeredTools: {} })).not.toThrow();
  });

  test('system instructions beside the messages come first, unless the messages hold them', () => {
    const system = [{ type: 'text', content: 'Be brief.' }];
    const roles = (request: unknown): unknown =>
      contentOf({ ...NOTHING, system, request }).request.map(({ role }) => role);
    expect(roles([{ role: 'user', content: 'q' }])).toEqual(['system', 'user']);
    expect(
      roles([
        { role: 'system', content: 's' },
        { role: 'user', content: 'q' },
      ]),
    ).toEqual(['system', 'user']);
  });
});

test('a failed call without an answer shows the body that came, and its error whole', () => {
  const line = JSON.parse(callLineOf({ id: 'x', error: 'Rate\nlimit', status: 429 })) as {
    LLMCall: { response: { messages: unknown[]; raw_body: string } };
  };
  line.LLMCall.response.messages = [];
  const content = read(JSON.stringify(line));
  expect(content.error).toBe('Rate\nlimit');
  expect(content.response[0]?.parts).toEqual([
    { type: 'other', kind: 'body', text: '[\n  {\n    "type": "message_start"\n  }\n]' },
  ]);
});

test('escapes and control characters go, line feeds and tabs stay', () => {
  const content = contentOf({ ...NOTHING, request: [{ role: 'u\u0007', content: 'a\u001b[31mb\n\tc\u0000\u202e' }] });
  expect(content.request[0]).toMatchObject({ role: 'u', parts: [{ text: 'ab\n\tc' }] });
});

test('the whole is bounded: the answer and the end of the request stay, with a note on the rest', () => {
  const messages = Array.from({ length: 100 }, (_, n) => ({ role: 'user', content: `${n} ${'x'.repeat(10_000)}` }));
  const content = contentOf({
    ...NOTHING,
    request: messages,
    response: [{ role: 'assistant', content: 'the answer' }],
  });
  expect(sizeOf(content)).toBeLessThanOrEqual(MAX_CONTENT);
  expect(content.response[0]?.parts).toEqual([{ type: 'text', text: 'the answer' }]);
  expect(content.request.at(-1)?.parts[0]?.text.slice(0, 3)).toBe('99 ');
  expect(content.request.length).toBeLessThan(30);
  expect(content.notes[0]).toMatchObject({ code: 'messages_left_out', count: 100 - content.request.length });
});

test('cuts a part of megabytes, with a note', () => {
  const content = contentOf({ ...NOTHING, response: [{ role: 'assistant', content: 'y'.repeat(5_000_000) }] });
  expect(sizeOf(content)).toBe(64 * 1024);
  expect(content.response[0]?.parts[0]?.text.endsWith('…')).toBe(true);
  expect(content.notes).toEqual([{ code: 'parts_cut', count: 1 }]);
});

test('many empty messages have their bound too', () => {
  const messages = Array.from({ length: 50_000 }, () => ({ role: 'user', content: [] }));
  expect(contentOf({ ...NOTHING, request: messages }).request.length).toBeLessThanOrEqual(2_000);
});

test('a logtail record: its latest round, as text in text; suppressed and encrypted ones have a note', () => {
  const record = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.response.id': 'r',
    'agentsight.start_timestamp_ns': '1780012345678901234',
    'agentsight.duration_ns': '5000000',
    'gen_ai.request.max_tokens': '99',
    'gen_ai.system_instructions': '[{"type":"text","content":"Be brief."}]',
    'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"q"}]}]',
    'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"a"}]}]',
  };
  const content = read(JSON.stringify(record));
  expect(content).toMatchObject({ callId: 'r', durationMs: 5, facts: [{ name: 'request.max_tokens', value: '99' }] });
  expect(content.request.map(({ role }) => role)).toEqual(['system', 'user']);
  expect(content.response[0]?.parts).toEqual([{ type: 'text', text: 'a' }]);
  const { 'gen_ai.input.messages': _in, 'gen_ai.output.messages': _out, ...slim } = record;
  expect(read(JSON.stringify(slim)).notes).toContainEqual({ code: 'messages_suppressed' });
  expect(read(JSON.stringify({ ...slim, 'agentsight.encrypted': 'true' })).notes).toContainEqual({
    code: 'messages_encrypted',
  });
});

test('what is no call (any more) is a reason', () => {
  for (const line of ['', '{', '{"ToolUse":{}}', 'text'])
    expect(contentOfLine(line)).toMatchObject({ ok: false, reason: { code: 'record_replaced' } });
});
