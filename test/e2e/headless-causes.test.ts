import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { startHeadless } from '../helpers/headless.ts';
import { until } from '../helpers/until.ts';

test('a row about a call that was there when we attached is an update, and so is its end', async () => {
  const world = await headlessWorld();
  await world.failedCall('out of memory', { call_id: 'old' });
  const headless = world.start();
  await headless.line({ kind: 'started' });
  const { id } = await world.writer.interruption({ call_id: 'old', severity: 'critical', detail: '{"error":"x"}' });
  const update = await headless.line({ kind: 'update', resolved: false });
  expect(update).toMatchObject({ signal: 'agent_crash', interruption_id: expect.stringMatching(/^\d{32}$/) });
  await world.writer.updateInterruption(id, { resolved: 1 });
  const { signal_id } = await headless.line({ kind: 'update', resolved: true });
  expect(signal_id).toBe(update.signal_id);
  expect(headless.all({ kind: 'signal' })).toEqual([]);
});

test('a live fifth failure of a row that history began is a live storm', async () => {
  const world = await headlessWorld();
  await world.storm('c1', 4);
  const headless = world.start();
  await headless.line({ kind: 'started' });
  await world.storm('c1', 1);
  await headless.line({ kind: 'signal', signal: 'retry_storm', historical: false });
});

test('a row that comes before its call, and its call, are one signal', async () => {
  const world = await headlessWorld();
  const headless = world.start();
  await headless.line({ kind: 'started' });
  await world.writer.interruption({ call_id: 'late', detail: '{"error":"maximum context length"}' });
  await world.failedCall('maximum context length', { call_id: 'late' });
  await headless.line({ kind: 'signal', signal: 'context_overflow', call_id: 'late' });
  await world.failedCall('process crashed', { call_id: 'next' });
  await headless.line({ kind: 'signal', call_id: 'next' });
  expect(headless.all({ kind: 'signal' })).toHaveLength(2);
});

test('a call that turns out to have failed only later is news', async () => {
  const world = await headlessWorld();
  const { id } = await world.writer.call({ call_id: 'slow', status: 'pending', status_code: null });
  const headless = world.start();
  await headless.line({ kind: 'started' });
  const event_json = JSON.stringify({ LLMCall: { error: 'the process was ended by SIGKILL' } });
  await world.writer.updateCall(id, { status: 'complete', status_code: 500, event_json });
  await headless.line({ kind: 'signal', signal: 'agent_crash', call_id: 'slow', historical: false });
});

test('the queue is bounded: the next signal is dropped, and said', async () => {
  const world = await headlessWorld();
  const headless = await world.armed(['--debounce', '600']);
  await world.failedCall('process crashed', { call_id: 'first', conversation_id: 'first' });
  await headless.line({ fate: 'checkpointed' });
  for (let n = 0; n < 34; n += 1)
    await world.failedCall('process crashed', { call_id: `n${n}`, conversation_id: `c${n}` });
  await until(() => headless.all({ kind: 'fate', fate: 'dropped', settled: true }).length === 2, 15_000);
  await headless.end('SIGTERM');
  expect(headless.all({ fate: 'coalesced', settled: false })).toHaveLength(32);
  expect(headless.all({ fate: 'stopped', settled: true })).toHaveLength(32);
});

test('SIGTERM ends one that waits for standard input', async () => {
  const headless = startHeadless(['--source', '-']);
  await headless.line({ kind: 'started' });
  expect(await headless.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(headless.lines.at(-1)).toMatchObject({ kind: 'stopped' });
});

test('a day of successful calls raises nothing', async () => {
  const world = await headlessWorld();
  const headless = await world.armed();
  for (let n = 0; n < 300; n += 1) await world.writer.call({ conversation_id: `c${n % 7}` });
  await world.failedCall('Rate limit reached', { call_id: 'one', status_code: 429 });
  await world.writer.interruption({ interruption_type: 'llm_error', call_id: 'one' });
  await headless.line({ kind: 'fate', fate: 'flagged' });
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'checkpoint' })).toEqual([]);
  expect(headless.all({ kind: 'signal' })).toHaveLength(1);
});
