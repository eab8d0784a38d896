import { expect, test, vi } from 'vitest';
import { GENAI_FILE } from '../../../src/feeds/demo/schema.ts';
import { GENAI_SCHEMA_0_5 } from '../../helpers/agentsight-writer.ts';
import { callsOf, interruptionsOf, liveWorld, story, told } from '../../helpers/sqlite-world.ts';
import { until } from '../../helpers/until.ts';

// Each test starts a process; a busy machine of two cores takes its time for that.
vi.setConfig({ testTimeout: 30_000 });

test('rows committed after the initial end are live, a call before the interruption that was written after it', async () => {
  const { writer, feed } = await liveWorld();
  for (let round = 1; round <= 20; round += 1) {
    await writer.call({ status_code: 500 });
    await writer.interruption({ call_id: `msg_${round}` });
  }
  await told(feed, 'interruption', 20);
  const order = story(feed.events);
  for (let round = 1; round <= 20; round += 1) {
    expect(order.indexOf(`call ${round} live`)).toBeLessThan(order.indexOf(`interruption ${round} live`));
    expect(order).toContain(`call ${round} live`);
  }
});

test('emits a two-phase row pending without usage, and again when it is complete', async () => {
  const { writer, feed } = await liveWorld();
  const { id } = await writer.call({
    status: 'pending',
    end_timestamp_ns: null,
    status_code: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_creation_tokens: null,
  });
  await told(feed, 'call', id);
  await writer.updateCall(id, {
    status: 'complete',
    end_timestamp_ns: 1_795_470_577_143_067_501n,
    status_code: 500,
    input_tokens: 9,
    output_tokens: 1,
    event_json: JSON.stringify({ LLMCall: { error: 'worker crashed: SIGKILL' } }),
  });
  await told(feed, 'call', id, 2);
  expect(callsOf(feed, id)).toMatchObject([
    { status: 'pending', endNs: null, usage: null, error: null, arrival: 'live' },
    {
      status: 'complete',
      endNs: 1_795_470_577_143_067_501n,
      usage: { inputTokens: 9, outputTokens: 1, cacheReadTokens: null },
      error: 'worker crashed: SIGKILL',
      arrival: 'live',
    },
  ]);
});

test('an interrupted row may still become complete', async () => {
  const { writer, feed } = await liveWorld();
  const { id } = await writer.call({ status: 'interrupted', end_timestamp_ns: null, interruption_type: 'agent_crash' });
  await told(feed, 'call', id);
  await writer.updateCall(id, { status: 'complete', end_timestamp_ns: 1_795_470_577_143_067_500n });
  await told(feed, 'call', id, 2);
  expect(callsOf(feed, id).map((call) => call.status)).toEqual(['interrupted', 'complete']);
});

test('emits a late stamp, a rewritten session and a rewritten call id under the same record', async () => {
  const { writer, feed } = await liveWorld();
  const { id } = await writer.call({ status_code: 429, session_id: 'f24909fc778c4e3c3482f6d6205955ec' });
  await told(feed, 'call', id);
  await writer.updateCall(id, { interruption_type: 'rate_limit' });
  await told(feed, 'call', id, 2);
  await writer.updateCall(id, { session_id: '91f44d83-fb32-49f3-a3c9-0fcce825e1a9' });
  await told(feed, 'call', id, 3);
  await writer.updateCall(id, { call_id: 'chatcmpl-final' });
  await told(feed, 'call', id, 4);
  expect(callsOf(feed, id).at(-1)).toMatchObject({
    callId: 'chatcmpl-final',
    sessionId: '91f44d83-fb32-49f3-a3c9-0fcce825e1a9',
    interruptionType: 'rate_limit',
  });
});

test('still checks rows far behind the newest', async () => {
  const { writer, feed } = await liveWorld();
  const { id } = await writer.call();
  for (let filler = 0; filler < 100; filler += 1) await writer.call();
  await told(feed, 'call', 101);
  await writer.updateCall(id, { session_id: 'late' });
  await told(feed, 'call', id, 2);
  expect(callsOf(feed, id).at(-1)?.sessionId).toBe('late');
});

test('a write that changes nothing that we read is no event', async () => {
  const { writer, feed } = await liveWorld();
  const { id } = await writer.call();
  await told(feed, 'call', id);
  await writer.updateCall(id, { sse_event_count: 7 });
  await writer.call();
  await told(feed, 'call', id + 1);
  expect(callsOf(feed, id)).toHaveLength(1);
});

test('emits an interruption again when it is resolved and when its session is filled in', async () => {
  const { writer, feed } = await liveWorld();
  const { id } = await writer.interruption({ session_id: null });
  await told(feed, 'interruption', id);
  await writer.updateInterruption(id, { session_id: 'found' });
  await told(feed, 'interruption', id, 2);
  await writer.updateInterruption(id, { resolved: 1 });
  await told(feed, 'interruption', id, 3);
  expect(interruptionsOf(feed, id).map((row) => [row.sessionId, row.resolved])).toEqual([
    [null, false],
    ['found', false],
    ['found', true],
  ]);
});

test('0.5 vacuums after each insert: nothing is lost or emitted twice', async () => {
  const { writer, feed } = await liveWorld(GENAI_SCHEMA_0_5);
  for (let row = 0; row < 15; row += 1) {
    await writer.call();
    await writer.exec(GENAI_FILE, 'VACUUM');
    await writer.exec(GENAI_FILE, 'PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)');
  }
  await told(feed, 'call', 15);
  expect(story(feed.events)).toEqual(Array.from({ length: 15 }, (_, row) => `call ${row + 1} live`));
});

test('pruned rows are no news, and the rows after them are read', async () => {
  const { writer, feed } = await liveWorld();
  for (let row = 0; row < 10; row += 1) await writer.call({ status: 'interrupted' });
  await told(feed, 'call', 10);
  await writer.exec(GENAI_FILE, 'DELETE FROM genai_events');
  await writer.call();
  await told(feed, 'call', 11);
  expect(feed.events).toHaveLength(11);
  expect(feed.health()).toMatchObject({ status: 'ok' });
});

test('an open transaction shows nothing, its commit everything at once', async () => {
  const { writer, feed } = await liveWorld();
  await writer.exec(GENAI_FILE, 'BEGIN IMMEDIATE');
  for (let row = 0; row < 300; row += 1) await writer.call();
  expect(feed.events).toHaveLength(0);
  await writer.exec(GENAI_FILE, 'COMMIT');
  await told(feed, 'call', 300);
  expect(feed.events).toHaveLength(300);
});

test('agentsight ends cleanly and starts again: the feed continues', async () => {
  const { writer, feed } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  await writer.close();
  await writer.call();
  await told(feed, 'call', 2);
  expect(story(feed.events)).toEqual(['call 1 live', 'call 2 live']);
});

test('the cursor follows the rows, a moment behind, and up to the last one at the end', async () => {
  const { writer, feed } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  await until(() => JSON.parse(feed.health().cursor ?? '').calls.last === '1');
  await writer.call();
  await told(feed, 'call', 2);
  await feed.stop();
  expect(JSON.parse(feed.health().cursor ?? '')).toMatchObject({ calls: { last: '2' } });
});

test('tool names of a live answer are known', async () => {
  const { writer, feed } = await liveWorld();
  const parts = [
    { type: 'text', content: 'I will look' },
    { type: 'tool_call', id: 't1', name: 'Bash' },
  ];
  const { id } = await writer.call({
    finish_reasons: '["tool_use"]',
    output_messages: JSON.stringify([{ role: 'assistant', parts }]),
  });
  await told(feed, 'call', id);
  expect(callsOf(feed, id)).toMatchObject([{ tools: ['Bash'], finishReason: 'tool_use' }]);
});

test('emits a commit within moments', async () => {
  const { writer, feed } = await liveWorld();
  const delays: number[] = [];
  for (let row = 1; row <= 40; row += 1) {
    const { at } = await writer.call();
    await told(feed, 'call', row);
    delays.push(Number(process.hrtime.bigint() - at) / 1e6);
  }
  // `told` looks every 10 ms; the bench measures the rest. A missed wake-up would cost the slow poll's second.
  expect(delays.toSorted((a, b) => a - b)[20]).toBeLessThan(200);
});
