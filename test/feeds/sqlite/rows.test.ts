import { expect, test } from 'vitest';
import { GENAI_FILE, GENAI_SCHEMA } from '../../../src/feeds/demo/schema.ts';
import type { Fields } from '../../helpers/agentsight-writer.ts';
import {
  callsOf,
  folderWith,
  followSqlite,
  interruptionsOf,
  liveWorld,
  startWriter,
  told,
} from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

test.each<[string, Fields, object]>([
  ['the process stands in for a missing agent', { agent_name: null }, { agent: 'node', processName: 'node' }],
  [
    'an agent without any name is unknown',
    { agent_name: '', process_name: null },
    { agent: 'unknown', processName: null },
  ],
  ['the provider is lower-cased', { provider: 'OpenAI' }, { provider: 'openai' }],
  ['a row without a call id is known by its row', { call_id: null }, { callId: 'row:1' }],
  ['a recap keeps its kind', { call_kind: 'recap' }, { kind: 'recap' }],
  ['status 0 is none', { status_code: 0 }, { statusCode: null }],
  ['empty ids are none', { conversation_id: '', session_id: '' }, { conversationId: null, sessionId: null }],
  ['no_user_query is kept as it came', { conversation_id: 'no_user_query' }, { conversationId: 'no_user_query' }],
  ['an unknown status is not in flight', { status: 'archived' }, { status: 'complete' }],
  ['a finish reason is the first of its list', { finish_reasons: '["stop","length"]' }, { finishReason: 'stop' }],
  ['a finish reason that is no list is kept', { finish_reasons: 'max tokens!' }, { finishReason: 'max tokens!' }],
  ['a number in a text column is no text', { model: 7.5 }, { model: '7.5' }],
  ['text in a number column is no number', { pid: 'x', status_code: 'teapot' }, { pid: null, statusCode: null }],
  [
    'tokens above 32 bits are a number, those above 2^53 are none',
    { input_tokens: 5_000_000_000, output_tokens: 9_007_199_254_740_991n, cache_read_tokens: 9_007_199_254_740_993n },
    { usage: { inputTokens: 5_000_000_000, outputTokens: 9_007_199_254_740_991, cacheReadTokens: null } },
  ],
  ['a count beyond all reason is none', { pid: -3, input_tokens: 9_223_372_036_854_775_807n }, { pid: null }],
  [
    'tokens of zero without cache counters were not reported',
    { input_tokens: 0, output_tokens: 0, cache_read_tokens: null, cache_creation_tokens: null },
    { usage: null },
  ],
  [
    'tokens of zero beside a cache counter were',
    { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: null },
    { usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: null } },
  ],
  [
    'escape sequences and control characters are gone',
    { agent_name: '\u001b[31mred\u001b[0m\u0007', user_query: 'a\nb\u202ec\u009b2Jd', model: 'm\u0000n' },
    { agent: 'red', userQuery: 'a b cd' },
  ],
  ['a NUL byte ends no text', { user_query: 'before\u0000after' }, { userQuery: 'before after' }],
  [
    'nor that of a long one',
    { user_query: `before\u0000after ${'and on '.repeat(9_000)}` },
    { userQuery: expect.stringMatching(/^before after and on .*…$/u) as string },
  ],
])('%s', async (_title, fields, expected) => {
  const feed = followSqlite(folderWith([fields]));
  await feed.caughtUp();
  expect(callsOf(feed, 1)[0]).toMatchObject(expected);
});

test.each<[string, Fields, string | null]>([
  ['the text of the event', { status_code: 500, event_json: event('overloaded') }, 'overloaded'],
  ['none where the event has none', { status_code: 401, event_json: event(null) }, null],
  ['none where the event is no JSON', { status_code: 500, event_json: '{"LLMCall":' }, null],
  ['none where the call succeeded', { status_code: 200, event_json: event('left over') }, null],
  [
    'the text of a call that never got an answer',
    { status_code: 0, event_json: event('connection reset') },
    'connection reset',
  ],
  [
    'the whole text, where a NUL byte is in it',
    { status_code: 500, event_json: event('agent\u0000crash') },
    'agent crash',
  ],
  ['an object as JSON', { status_code: 400, event_json: event({ code: 7 }) }, '{"code":7}'],
  [
    'cut, where it is a page',
    { status_code: 502, event_json: event('<html>'.repeat(9_000)) },
    '<html>'.repeat(333) + '<…',
  ],
])('the error of a call is %s', async (_title, fields, expected) => {
  const feed = followSqlite(folderWith([fields]));
  await feed.caughtUp();
  expect(callsOf(feed, 1)[0]?.error).toBe(expected);
});

test('rows that cannot be read are counted with their reason, and the others are read', async () => {
  const calls = [{ start_timestamp_ns: 'yesterday' }, { event_type: 'tool_use' }, { start_timestamp_ns: -1 }, {}];
  const feed = followSqlite(folderWith(calls, [{ occurred_at_ns: 'today' }, { interruption_type: '' }]));
  await feed.caughtUp();
  expect(feed.health()).toMatchObject({
    status: 'ok',
    skipped: { malformed: 4, oversized: 0, unsupported: 1 },
    lastSkip: { code: 'interruption_row', row: '2', why: { code: 'no_id_or_type' } },
  });
  expect(feed.events).toMatchObject([{ type: 'call', record: '4' }]);
});

test('emits a row that becomes readable', async () => {
  const { writer, feed } = await liveWorld();
  await writer.call({ event_type: 'draft' });
  await until(() => feed.health().skipped.unsupported === 1);
  await writer.updateCall(1, { event_type: 'llm_call', model: 'another' });
  await told(feed, 'call', 1);
});

test('columns in another order and unknown columns make no difference', async () => {
  const folder = tempDir();
  const columns = [
    'later TEXT',
    'end_timestamp_ns INTEGER',
    'start_timestamp_ns INTEGER',
    'status TEXT',
    'call_id TEXT',
  ];
  const schema = `CREATE TABLE genai_events (${columns.join(', ')}, id INTEGER PRIMARY KEY AUTOINCREMENT)`;
  const writer = await startWriter(folder, schema);
  await writer.exec(
    GENAI_FILE,
    "INSERT INTO genai_events VALUES ('x', 1780012349178901234, 1780012345678901234, 'complete', 'c', NULL)",
  );
  const feed = followSqlite(folder);
  await feed.caughtUp();
  expect(callsOf(feed, 1)[0]).toMatchObject({
    callId: 'c',
    startNs: 1_780_012_345_678_901_234n,
    endNs: 1_780_012_349_178_901_234n,
    agent: 'unknown',
    usage: null,
    error: null,
    kind: 'main',
  });
});

test('does not read a table without the columns of a call, and names them', async () => {
  const folder = tempDir();
  await startWriter(folder, GENAI_SCHEMA.replaceAll('start_timestamp_ns', 'begun'));
  const feed = followSqlite(folder);
  await until(() => feed.healths.at(-1)?.status === 'degraded');
  expect(feed.words()).toContain('has no start_timestamp_ns');
});

test.each<[string, Fields, object]>([
  ['a severity in capitals is known', { severity: 'CRITICAL' }, { severity: 'critical' }],
  [
    'an unknown severity is low and kept in words',
    { severity: 'apocalyptic' },
    { severity: 'low', detail: { text: expect.stringContaining('severity apocalyptic') } },
  ],
  [
    'a signal may be a name',
    { detail: '{"signal":"TERM","exit_code":null}' },
    { detail: { signal: 15, exitCode: null } },
  ],
  [
    'a detail that is no JSON is shown as it is',
    { detail: 'went \u001b[1mwrong' },
    { detail: { text: 'went wrong', error: null } },
  ],
  ['no detail is no words', { detail: null }, { detail: { text: '', callIds: [] } }],
  ['an interruption may have no pid and no agent', { pid: null, agent_name: null }, { pid: null, agent: 'unknown' }],
])('%s', async (_title, fields, expected) => {
  const feed = followSqlite(folderWith([], [fields]));
  await feed.caughtUp();
  expect(interruptionsOf(feed, 1)[0]).toMatchObject(expected);
});

function event(error: unknown): string {
  return JSON.stringify({ LLMCall: { call_id: 'x', error } });
}
