/** Pitfalls of the feed contract (section 10) in what a feed says. The table of all 23 is in pitfalls.test.ts. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import { onceDocument } from '../../src/commands/once/document.ts';
import type { OnceState } from '../../src/commands/once/schema.ts';
import type { Call } from '../../src/core/calls.ts';
import { feedOf } from '../helpers/open-source.ts';
import { decodeLine } from '../../src/feeds/wire/decode-line.ts';
import { engineOver } from '../conformance/outcome.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import type { AgentsightWriter, Fields } from '../helpers/agentsight-writer.ts';
import {
  callsOf,
  folderWith,
  followSqlite,
  interruptionsOf,
  liveWorld,
  startWriter,
  told,
} from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Many of them start a process; a busy machine of two cores takes its time for that.
vi.setConfig({ testTimeout: 30_000 });

const MINUTE_NS = 60_000_000_000n;
const PENDING: Fields = {
  status: 'pending',
  end_timestamp_ns: null,
  status_code: null,
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_creation_tokens: null,
  event_json: '{}',
};

test('pitfall 6: rows are updated, ids and all, and interrupted ones may become complete: it stays one call', async () => {
  const { writer, engine } = await liveEngine();
  const { id } = await writer.call({ ...PENDING, call_id: '18b3f0_1092_8', conversation_id: 'first' });
  await until(() => documentOf(engine).conversations[0]?.pending === 1);
  await writer.updateCall(id, { status: 'interrupted', interruption_type: 'agent_crash' });
  await until(() => documentOf(engine).conversations[0]?.failed === 1);
  const rewritten = { call_id: 'msg_1', trace_id: 'msg_1', conversation_id: 'second', session_id: 'real' };
  await writer.updateCall(id, {
    ...rewritten,
    status: 'complete',
    end_timestamp_ns: now(),
    input_tokens: 9,
    status_code: 200,
  });
  await until(() => documentOf(engine).conversations[0]?.conversation_id === 'second');
  expect(documentOf(engine).conversations).toMatchObject([
    { conversation_id: 'second', session_id: 'real', calls: 1, failed: 0, pending: 0, input_tokens: 9 },
  ]);
});

test('pitfall 7: pending rows have an empty event_json and no tokens: they are calls without usage, and nothing is skipped', async () => {
  const feed = followSqlite(folderWith([PENDING]));
  await feed.caughtUp();
  expect(callsOf(feed, 1)).toMatchObject([{ status: 'pending', endNs: null, usage: null, error: null }]);
  expect(feed.health().skipped).toEqual({ malformed: 0, oversized: 0, unsupported: 0 });
});

test('pitfall 9: control characters and terminal escapes reach neither the calls nor the interruptions', async () => {
  const bad = 'a\u001b[2J\u0000\u009b31m\u202eb\r\nc';
  const call: Fields = {
    agent_name: bad,
    model: bad,
    conversation_id: bad,
    call_id: bad,
    user_query: bad,
    status_code: 500,
  };
  const feed = followSqlite(
    folderWith([call], [{ agent_name: bad, interruption_type: bad, detail: JSON.stringify({ error: bad }) }]),
  );
  await feed.caughtUp();
  const said = JSON.stringify([...callsOf(feed, 1), ...interruptionsOf(feed, 1)], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(said).not.toMatch(/\\u00[01]|\\u009|[\u0000-\u001f\u007f-\u009f\u202e]|2J|31m/u);
});

test('pitfall 10: integers over 2^53 are exact in every form', () => {
  const line = callLineOf({ id: 'msg_1' });
  const flat = { 'gen_ai.response.id': 'msg_1', 'agentsight.start_timestamp_ns': '1780012345678901234' };
  const start = 1_780_012_345_678_901_234n;
  for (const text of [line, line.replaceAll(':', ' : '), JSON.stringify(flat)]) {
    expect(decodeLine(text)).toMatchObject({ type: 'call', call: { startNs: start } });
  }
});

test('pitfall 12: calls arrive out of order and ids are used again: each is counted once, and the last to end is the last', async () => {
  const { writer, engine } = await liveEngine();
  const at = now();
  await writer.call({ call_id: 'same', start_timestamp_ns: at - 9n, end_timestamp_ns: at, model: 'late' });
  await writer.call({ call_id: 'same', start_timestamp_ns: at - 99n, end_timestamp_ns: at - 50n, model: 'early' });
  await until(() => documentOf(engine).conversations[0]?.calls === 2);
  expect(documentOf(engine).conversations[0]?.last_call_at).toBe(new Date(Number(at / 1_000_000n)).toISOString());
  const [first, second] = engine.calls('c0ffee00c0ffee00c0ffee00c0ffee00');
  expect([first?.model, second?.model]).toEqual(['early', 'late']);
});

test('pitfall 13: no error on a 200, an HTML page for an error, no status at all', () => {
  const page = `<html>\n<body>${'x'.repeat(10_000)}</body></html>`;
  const decoded = [
    callLineOf({ id: 'stream', status: 200, error: null }),
    callLineOf({ id: 'page', status: 502, error: page }),
    callLineOf({ id: 'none', status: 0, error: null }),
  ].map(callOf);
  expect(decoded.map((call) => [call?.statusCode, call?.error?.length ?? null])).toEqual([
    [200, null],
    [502, 2_000],
    [null, null],
  ]);
});

test('pitfall 14: no_user_query merges what does not belong together: it is shown, and derives no storm', async () => {
  const { writer, engine } = await liveEngine();
  for (let n = 0; n < 6; n += 1) await writer.call({ conversation_id: 'no_user_query', status_code: 429 });
  await until(() => documentOf(engine).conversations[0]?.failed === 6);
  expect(documentOf(engine).signals).toEqual([]);
});

test('pitfall 14: a fallback session may become a real one', async () => {
  const { writer, engine } = await liveEngine();
  const { id } = await writer.call({ session_id: 'f24909fc778c4e3c3482f6d6205955ec' });
  await until(() => documentOf(engine).conversations.length === 1);
  await writer.updateCall(id, { session_id: '3b2f9c1e-0000-4000-8000-0000000000ff' });
  await until(() => documentOf(engine).conversations[0]?.session_id?.endsWith('ff'));
});

test('pitfall 15: prompts, bodies and tool arguments are not kept, in any form', async () => {
  const secret = 'sk-live-0123456789';
  const line = callLineOf({
    id: 'msg_1',
    request: { messages: [{ role: 'user', content: secret }], raw_body: secret },
    args: { token: secret },
  });
  const messages = JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: secret }] }]);
  const folder = folderWith([
    { event_json: line, input_messages: messages, output_messages: messages, system_instructions: secret },
  ]);
  const path = join(tempDir(), 'events.jsonl');
  writeFileSync(path, `${line}\n`);
  const engine = await engineOver([await feedOf(`sqlite:${folder}`), await feedOf(`jsonl:${path}`)]);
  const known = [documentOf(engine), engine.calls('c0ffee00c0ffee00c0ffee00c0ffee00'), callOf(line)];
  expect(
    JSON.stringify(known, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ).not.toContain(secret);
});

test('pitfall 18: calls from a clock that is months ahead count, totals are our own, and a cache not reported is unknown', async () => {
  const { writer, engine } = await liveEngine();
  const ahead = now() + 60n * 24n * 60n * MINUTE_NS;
  const openai: Fields = { provider: 'openai', cache_read_tokens: null, cache_creation_tokens: null };
  await writer.call({ ...openai, start_timestamp_ns: ahead, end_timestamp_ns: ahead + 1n, total_tokens: 999_999 });
  await until(() => documentOf(engine).agents[0]?.calls === 1);
  expect(documentOf(engine).agents).toMatchObject([{ input_tokens: 120, output_tokens: 8, cache_ratio: null }]);
});

test('pitfall 19: interruption rows are suppressed while one is unresolved: failures are counted by their calls', async () => {
  const { writer, engine } = await liveEngine();
  for (let n = 0; n < 4; n += 1) await writer.call({ status_code: 429, interruption_type: 'rate_limit' });
  await writer.interruption({ interruption_type: 'rate_limit', severity: 'medium' });
  await until(() => documentOf(engine).interruptions.length === 1 && documentOf(engine).agents[0]?.failed === 4);
});

test('pitfall 20: the row of a storm comes after the fifth failure or later: it belongs to the storm that we have derived', async () => {
  const { writer, engine } = await liveEngine();
  const ends: bigint[] = [];
  for (let n = 0; n < 6; n += 1) {
    ends.push(now());
    await writer.call({ status_code: 429, start_timestamp_ns: (ends[n] ?? 0n) - 5n, end_timestamp_ns: ends[n] ?? 0n });
  }
  await until(() => documentOf(engine).interruptions.some(({ derived }) => derived));
  const storm: Fields = { interruption_type: 'retry_storm', severity: 'critical', occurred_at_ns: ends[5] ?? 0n };
  await writer.interruption({ ...storm, detail: '{"repeated_type":"rate_limit","count":6}' });
  await until(() => documentOf(engine).interruptions.every(({ derived }) => !derived));
  const { signals, interruptions } = documentOf(engine);
  expect(signals).toMatchObject([{ signal: 'retry_storm', interruption_id: interruptions[0]?.interruption_id }]);
});

test('pitfall 23: unknown variants, part types, statuses, interruption types and columns are taken as they come', async () => {
  const path = join(tempDir(), 'events.jsonl');
  writeFileSync(path, '{"ToolUse":{"tool_use_id":"x"}}\n{"Telepathy":{}}\n');
  appendFileSync(path, `${callLineOf({ id: 'msg_1' }).replace('"type":"text"', '"type":"hologram","depth":3')}\n`);
  const { writer, feed } = await liveWorld();
  await writer.exec('genai_events.db', 'ALTER TABLE genai_events ADD COLUMN mood TEXT');
  await writer.call({ status: 'paused', call_kind: 'dream', mood: 'blue' });
  await writer.interruption({ interruption_type: 'quantum_flux', severity: 'low' });
  await told(feed, 'interruption', 1);
  await told(feed, 'call', 1);
  expect(callsOf(feed, 1)).toMatchObject([{ status: 'complete', kind: 'dream' }]);
  expect(interruptionsOf(feed, 1)).toMatchObject([{ type: 'quantum_flux', severity: 'low' }]);
  const engine = await engineOver([await feedOf(`jsonl:${path}`)]);
  expect(documentOf(engine)).toMatchObject({
    agents: [{ calls: 1 }],
    sources: [{ skipped: { unsupported: 2, malformed: 0 } }],
  });
});

type Live = { readonly writer: AgentsightWriter; readonly engine: Engine };

async function liveEngine(): Promise<Live> {
  const folder = tempDir();
  const writer = await startWriter(folder);
  return { writer, engine: await engineOver([await feedOf(`sqlite:${folder}`)]) };
}

function documentOf(engine: Engine): OnceState {
  engine.commit();
  const view = engine.store.getState();
  return onceDocument({ view, sourcesOf: engine.queries.sourcesOf, since: null });
}

function callOf(line: string): Call | null {
  const decoded = decodeLine(line);
  return decoded.type === 'call' ? decoded.call : null;
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
