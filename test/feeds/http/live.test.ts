import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { GENAI_FILE } from '../../../src/feeds/demo/schema.ts';
import { serveAgentsight } from '../../helpers/agentsight-server.ts';
import {
  callFields,
  callsOf,
  countRequests,
  followHttp,
  httpWorld,
  interruptionsOf,
} from '../../helpers/http-world.ts';
import { startWriter } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const WAIT_MS = 15_000;

test('existing rows are historical, new ones live, and none is emitted twice', async () => {
  const { writer, feed } = await httpWorld({ before: (agentsight) => agentsight.call(callFields('old')) });
  const ids: number[] = [];
  for (let n = 0; n < 20; n++) {
    const conversation = `conversation-${n % 3}`;
    ids.push((await writer.call(callFields(`new-${n}`, { conversation_id: conversation }))).id);
  }
  await until(() => ids.every((id) => callsOf(feed.events, id).length > 0), WAIT_MS);
  expect(callsOf(feed.events, 1).map(({ arrival }) => arrival)).toEqual(['historical']);
  for (const id of ids) expect(callsOf(feed.events, id).map(({ arrival }) => arrival)).toEqual(['live']);
});

test('a failed call comes before the interruption that names it, with its status and its text', async () => {
  const { writer, feed } = await httpWorld();
  for (let n = 0; n < 5; n++) {
    await writer.call(callFields(`failed-${n}`, { status_code: 500 }, 'worker crashed: SIGKILL'));
    await writer.interruption({ call_id: `failed-${n}`, trace_id: `failed-${n}` });
  }
  await until(() => interruptionsOf(feed.events).length === 5, WAIT_MS);
  const order = feed.events.map((event) =>
    event.type === 'call' ? event.call.callId : `after ${event.interruption.callId ?? ''}`,
  );
  for (let n = 0; n < 5; n++) expect(order.indexOf(`failed-${n}`)).toBeLessThan(order.indexOf(`after failed-${n}`));
  expect(callsOf(feed.events, 1)[0]).toMatchObject({ statusCode: 500, error: 'worker crashed: SIGKILL' });
  expect(interruptionsOf(feed.events).map(({ arrival }) => arrival)).toEqual(Array(5).fill('live'));
});

test('a pending call that turns interrupted is seen, though no sum shows it', async () => {
  const { writer, feed } = await httpWorld();
  const { id } = await writer.call({ ...callFields('dead'), ...PENDING });
  await until(() => callsOf(feed.events, id).length === 1, WAIT_MS);
  expect(callsOf(feed.events, id)[0]).toMatchObject({ status: 'pending', usage: null, endNs: null });
  await writer.updateCall(id, { status: 'interrupted', interruption_type: 'agent_crash' });
  await until(() => callsOf(feed.events, id).length === 2, WAIT_MS);
  expect(callsOf(feed.events, id)[1]).toMatchObject({
    status: 'interrupted',
    interruptionType: 'agent_crash',
    arrival: 'live',
  });
});

test('reads a call at once though another one of its conversation has no end and is polled ever more seldom', async () => {
  const { writer, feed, server } = await httpWorld({
    before: (agentsight) => agentsight.call({ ...callFields('dead'), ...PENDING }),
  });
  // By then the second look at the dead one is seconds away.
  await until(() => countRequests(server, '/api/conversations/') >= 4, WAIT_MS);
  const { id } = await writer.call(callFields('alive'));
  const looks = countRequests(server, '/api/interruptions');
  await until(() => callsOf(feed.events, id).length === 1, WAIT_MS);
  expect(countRequests(server, '/api/interruptions') - looks).toBeLessThanOrEqual(3);
});

test('a crash that names no trace makes its conversation be read again', async () => {
  const { writer, feed, server } = await httpWorld({ before: (agentsight) => agentsight.call(callFields('one')) });
  const before = countRequests(server, '/api/conversations/');
  await writer.interruption({ interruption_type: 'agent_crash', severity: 'critical', trace_id: null, call_id: null });
  await until(() => interruptionsOf(feed.events).length === 1, WAIT_MS);
  await until(() => countRequests(server, '/api/conversations/') > before, WAIT_MS);
});

test('a session id that is learnt later replaces its stand-in', async () => {
  const standIn = 'a'.repeat(32);
  const { writer, feed } = await httpWorld({
    before: (agentsight) => agentsight.call(callFields('one', { session_id: standIn })),
  });
  await writer.updateCall(1, { session_id: 'the-real-session' });
  await until(() => callsOf(feed.events, 1).at(-1)?.sessionId === 'the-real-session', WAIT_MS);
});

test('emits an interruption that is resolved elsewhere as resolved', async () => {
  const { writer, feed } = await httpWorld({ before: (agentsight) => agentsight.interruption() });
  await writer.updateInterruption(1, { resolved: 1 });
  await until(() => interruptionsOf(feed.events).length === 2, WAIT_MS);
  expect(interruptionsOf(feed.events)[1]).toMatchObject({ resolved: true, record: '1' });
});

test('auxiliary calls, which the lists leave out by default, are found', async () => {
  const { writer, feed } = await httpWorld();
  const { id } = await writer.call(callFields('recap', { call_kind: 'recap' }));
  await until(() => callsOf(feed.events, id).length === 1, WAIT_MS);
});

test('rows that vanish by retention disturb nothing', async () => {
  const { writer, feed } = await httpWorld({ before: (agentsight) => agentsight.call(callFields('old')) });
  await writer.exec(GENAI_FILE, 'DELETE FROM genai_events');
  const { id } = await writer.call(callFields('new'));
  await until(() => callsOf(feed.events, id).length === 1, WAIT_MS);
  expect(feed.health()).toMatchObject({ status: 'ok', skipped: { malformed: 0, oversized: 0, unsupported: 0 } });
});

test('more interruptions than a page holds are all read', async () => {
  const values = (n: number): string =>
    `('${String(n).padStart(32, '0')}', 'llm_error', 'high', ${1_795_000_000_000_000_000n + BigInt(n >> 1)}, 0)`;
  const rows = Array.from({ length: 2_500 }, (_, n) => values(n)).join(', ');
  const columns = 'interruption_id, interruption_type, severity, occurred_at_ns, resolved';
  const { feed } = await httpWorld({
    before: (agentsight) =>
      agentsight.exec('interruption_events.db', `INSERT INTO interruption_events (${columns}) VALUES ${rows}`),
  });
  const records = interruptionsOf(feed.events).map(({ record }) => record);
  expect(records).toHaveLength(2_500);
  expect(new Set(records).size).toBe(2_500);
});

test('makes two small requests a poll while nothing happens, and fetches no prompt', async () => {
  const { server, feed } = await httpWorld({ before: (agentsight) => agentsight.call(callFields('one')) });
  // The first look at the narrow window finds everything changed that is in it.
  await until(() => countRequests(server, '/api/interruptions') >= 3, WAIT_MS);
  const from = server.requests.length;
  await until(() => countRequests(server, '/api/interruptions') >= 6, WAIT_MS);
  const idle = server.requests.slice(from);
  expect(new Set(idle.map((request) => request.split('?')[0]))).toEqual(
    new Set(['/api/sessions', '/api/interruptions']),
  );
  expect(countRequests(server, '/api/conversations/')).toBe(1);
  expect(feed.health().lagMs).toBe(0);
});

test('does not read a large conversation again with each of its calls, and emits its failures at once', async () => {
  const large = { system_instructions: 'x'.repeat(20_000_000), conversation_id: 'large' };
  const { writer, feed, server } = await httpWorld({
    before: (agentsight) => agentsight.call(callFields('first', large)),
  });
  const { id } = await writer.call(callFields('failed', { conversation_id: 'large', status_code: 500 }));
  await writer.interruption({ conversation_id: 'large', call_id: 'failed', trace_id: 'failed' });
  await until(() => interruptionsOf(feed.events).length === 1, WAIT_MS);
  expect(callsOf(feed.events, id)).toMatchObject([{ statusCode: 500, arrival: 'live' }]);
  expect(countRequests(server, '/api/conversations/large')).toBe(1);
  await until(() => (feed.health().lagMs ?? 0) > 0, WAIT_MS);
});

test('a server that goes away is lost, and its news when it is back is a gap, emitted once', async () => {
  const { writer, feed, server, folder } = await httpWorld({
    before: (agentsight) => agentsight.call(callFields('old')),
  });
  await server.stop();
  await until(() => feed.health().status === 'lost', WAIT_MS);
  expect(feed.words()).toContain(`nothing listens at ${server.base}; start agentsight serve`);
  expect(feed.health().lagMs).toBe(null);
  const { id } = await writer.call(callFields('missed'));
  await serveAgentsight(folder, { version: 'new', port: server.port });
  await until(() => callsOf(feed.events, id).length > 0, WAIT_MS);
  expect(callsOf(feed.events, id).map(({ arrival }) => arrival)).toEqual(['gap']);
  expect(callsOf(feed.events, 1)).toHaveLength(1);
  await until(() => feed.health().status === 'ok', WAIT_MS);
});

test('after a restart new rows are a gap, and known ones historical', async () => {
  const { writer, feed, server } = await httpWorld({
    before: async (agentsight) => {
      await agentsight.call(callFields('known'));
      await agentsight.call({ ...callFields('open'), ...PENDING });
      await agentsight.interruption();
    },
  });
  await until(() => feed.health().cursor !== null, WAIT_MS);
  await feed.stop();
  const { cursor } = feed.health();
  expect(cursor).not.toBe(null);
  await writer.updateCall(2, { status: 'interrupted' });
  const { id } = await writer.call(callFields('missed'));
  await writer.interruption();
  const again = followHttp(server.base, { cursor });
  await again.caughtUp();
  expect(callsOf(again.events, 1).map(({ arrival }) => arrival)).toEqual(['historical']);
  expect(callsOf(again.events, 2).map(({ arrival }) => arrival)).toEqual(['gap']);
  expect(callsOf(again.events, id).map(({ arrival }) => arrival)).toEqual(['gap']);
  expect(interruptionsOf(again.events).map(({ arrival }) => arrival)).toEqual(['historical', 'gap']);
});

test('a server that is not there yet is absent until it is', async () => {
  const port = await freePort();
  const feed = followHttp(`http://127.0.0.1:${port}`);
  await until(() => feed.healths.some(({ status }) => status === 'absent'), WAIT_MS);
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.call(callFields('one'));
  await serveAgentsight(folder, { port });
  await until(() => feed.health().caughtUp, WAIT_MS);
  expect(callsOf(feed.events, 1).map(({ arrival }) => arrival)).toEqual(['historical']);
});

test('closing the feed ends its requests at once', async () => {
  const { feed, server } = await httpWorld();
  await feed.stop();
  const asked = server.requests.length;
  await delay(700);
  expect(server.requests.length).toBe(asked);
});

const PENDING = {
  status: 'pending',
  end_timestamp_ns: null,
  status_code: null,
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_creation_tokens: null,
  event_json: '{}',
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
