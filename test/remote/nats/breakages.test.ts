import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/effects/clock.ts';
import { summaryOf } from '../../../src/remote/nats/summary.ts';
import { encodeValue } from '../../../src/remote/wire.ts';
import {
  clockAhead,
  fleetConsole,
  hostOn,
  listener,
  publishedOn,
  triage,
  type TestConsole,
} from '../../helpers/fleet-world.ts';
import { brokerAt, natsServer } from '../../helpers/nats-server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { tcpProxy } from '../../helpers/tcp-proxy.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld, settle, WORKSPACE } from '../../helpers/view.ts';

const viewOf = (console: TestConsole) => {
  console.commit();
  return console.store.getState();
};

const hostIn = (console: TestConsole) => viewOf(console).fleet?.hosts[0];

async function called(...ids: readonly string[]): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('auto');
  for (const conversationId of ids) world.call({ agent: 'Codex', conversationId });
  world.engine.commit();
  return world;
}

async function kept(url: string): Promise<number> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info('SIGHTLINE');
  await connection.close();
  return state.messages;
}

const event = (seq: number) => ({ seq, kind: 'signal', signal: 'retry_storm', agent: 'Codex' });

test('a broker that is down at the start hinders nothing, and gets what waited once it is there', async () => {
  const server = await natsServer({ starts: false });
  const world = await called();
  const host = publishedOn(world, server.url);
  host.event(event(1));
  world.interruption({ type: 'agent_crash', severity: 'critical' });
  await settle();
  expect(world.requests).toHaveLength(1);
  await until(() => host.said.length > 0);
  const console = await fleetConsole(server.url);
  expect(viewOf(console).fleet).toMatchObject({ hosts: [], lostSince: expect.any(Number) as number });
  await server.start();
  await until(() => hostIn(console)?.started === true);
  host.event(event(2));
  await until(async () => (await kept(server.url)) === 2);
  // One line for each change, however often it was tried.
  expect(host.said.filter((line) => line.includes('cannot be reached'))).toHaveLength(1);
});

test('a broker whose JetStream is ready later than its connections gets the stream and the bucket then', async () => {
  const server = await natsServer({ hasJetStream: false });
  // Ten times as fast: it asks again after half a second.
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 10, run) };
  const host = publishedOn(await called(), server.url, { clock });
  host.event(event(1));
  const console = await fleetConsole(server.url);
  await until(() => hostIn(console)?.started === true);
  server.enableJetStream();
  await until(async () => (await kept(server.url).catch(() => 0)) === 1);
});

test('a broker that goes and comes back: both ends are there again by themselves, and no event is lost', async () => {
  const server = await natsServer();
  const world = await called('c1');
  const host = await hostOn(world, server.url);
  const console = await fleetConsole(server.url);
  await until(() => viewOf(console).model.conversations.length === 1);
  host.event(event(1));
  await until(async () => (await kept(server.url)) === 1);
  await server.stop();
  await until(() => viewOf(console).fleet?.lostSince !== null);
  host.event(event(2));
  world.call({ agent: 'Codex', conversationId: 'c2' });
  world.engine.commit();
  // What was seen stands, and its host is as old as it is.
  expect(viewOf(console).model.conversations).toHaveLength(1);
  await server.start();
  await until(() => viewOf(console).model.conversations.length === 2);
  await until(async () => (await kept(server.url)) === 2);
  await until(() => console.events.length === 2);
});

test('a broker that comes back without its storage: the stream is made again, and the console reads on', async () => {
  const server = await natsServer();
  const host = await hostOn(await called(), server.url);
  const console = await fleetConsole(server.url);
  for (const seq of [1, 2, 3]) host.event(event(seq));
  await until(() => console.events.length === 3);
  await server.stop();
  await until(() => viewOf(console).fleet?.lostSince !== null);
  server.loseStore();
  host.event(event(4));
  await server.start();
  await until(() => console.events.length === 4);
  host.event(event(5));
  await until(() => console.events.length === 5);
  expect(await kept(server.url)).toBe(2);
});

test('a stream that is removed under way is made again by a host, and each event is told once', async () => {
  const { url } = await natsServer();
  // Ten times as fast: it looks again after half a second.
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 10, run) };
  const host = await hostOn(await called(), url, { clock });
  const console = await fleetConsole(url, { clock });
  host.event(event(1));
  await until(() => console.events.length === 1);
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  await (await jetstreamManager(connection)).streams.delete('SIGHTLINE');
  host.event(event(2));
  await until(async () => (await kept(url).catch(() => 0)) === 1);
  host.event(event(3));
  await until(() => console.events.some((line) => line.includes('"seq":3')));
  expect(console.events.map((line) => /"seq":(\d)/u.exec(line)?.[1])).toEqual(['1', '2', '3']);
});

test('a console that attaches late is told the events of the past hour, and none that is older', async () => {
  const { url } = await natsServer();
  const host = await hostOn(await called(), url);
  host.event(event(1));
  await until(async () => (await kept(url)) === 1);
  const oldAt = Date.now();
  await until(() => Date.now() > oldAt + 50);
  host.event(event(2));
  await until(async () => (await kept(url)) === 2);
  // Its clock is an hour on: what was published before the second event is older than that.
  const late = await fleetConsole(url, { clock: clockAhead(3_600_000 + oldAt + 25 - Date.now()) });
  await until(() => late.events.length > 0);
  host.event(event(3));
  await until(() => late.events.length > 1);
  expect(late.events.map((line) => /"seq":(\d)/u.exec(line)?.[1])).toEqual(['2', '3']);
});

test('a partition that nobody is told of: the console shows the host unseen, with the time, then goes on', async () => {
  const { url, port } = await natsServer();
  const proxy = await tcpProxy(port);
  const world = await called('c1');
  await hostOn(world, url);
  const clock = { ahead: 0 };
  const console = await fleetConsole(`nats://127.0.0.1:${proxy.port}`, {
    clock: { ...clockAhead(0), mono: () => Math.floor(performance.now()) + clock.ahead },
  });
  await until(() => hostIn(console)?.started === true);
  proxy.cut();
  const heardAt = hostIn(console)?.heardAt ?? 0;
  // The signs of life of 17 s did not come.
  clock.ahead = 17_000;
  expect(hostIn(console)).toMatchObject({ isUnseen: true, mode: 'auto' });
  expect(hostIn(console)?.heardAt).toBeGreaterThanOrEqual(heardAt);
  expect(viewOf(console).model.conversations).toHaveLength(1);
  expect(viewOf(console).workspaces).toEqual([]);
  world.call({ agent: 'Codex', conversationId: 'c2' });
  world.engine.commit();
  proxy.heal();
  await until(() => viewOf(console).model.conversations.length === 2);
  expect(hostIn(console)?.isUnseen).toBe(false);
});

test('an action into a partition is not done when it gets through too late', async () => {
  const { url } = await natsServer();
  const world = await ScreenWorld.started('hold');
  const set = { ahead: 0 };
  const host = { ...clockAhead(0), now: () => Date.now() + set.ahead };
  await hostOn(world, url, { clock: host });
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.started === true);
  set.ahead = 11_000;
  const answer = await console.act('build-07', { type: 'checkpoint', workspace: WORKSPACE });
  expect(answer).toEqual({ ok: false, reason: { code: 'too_late' } });
  expect(world.requests).toEqual([]);
});

test('messages that come twice, late and in another order lead to what the host has', async () => {
  const { url } = await natsServer();
  const world = await called('c1');
  await hostOn(world, url);
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.started === true);
  const { connection, heard } = await listener(url);
  for (const id of ['c2', 'c3', 'c4']) {
    world.call({ agent: 'Codex', conversationId: id });
    world.engine.commit();
    await until(() => viewOf(console).model.conversations.some(({ conversationId }) => conversationId.endsWith(id)));
  }
  const patches = heard.filter(({ subject }) => subject.endsWith('.now'));
  expect(patches.length).toBeGreaterThan(2);
  for (const { subject, data } of [...patches].toReversed()) connection.publish(subject, data);
  for (const { subject, data } of patches) connection.publish(subject, data);
  await connection.flush();
  world.call({ agent: 'Codex', conversationId: 'c5' });
  world.engine.commit();
  await until(() => viewOf(console).model.conversations.length === 5);
});

test('a console that takes nothing is dropped by the host, which waits for nobody', async () => {
  const { url } = await natsServer();
  const world = await called('c1');
  await hostOn(world, url);
  const { connection, heard } = await listener(url);
  const hello = { type: 'hello', wire: 1, version: '0.3.0', who: { user: 'ops', tty: null } };
  connection.publish('sightline.build-07.ask.ops.view.mute', `1 ${JSON.stringify(hello)}`);
  const sent = () => heard.filter(({ subject }) => subject === 'sightline.build-07.to.ops.mute');
  await until(() => sent().length > 1);
  // It gives no sign of life: after some seconds it hears no more.
  await until(() => sent().some(({ data }) => Buffer.from(data).toString().startsWith('p ')));
  const quiet = async (): Promise<boolean> => {
    const before = sent().length;
    world.call({ agent: 'Codex', conversationId: 'c1' });
    world.engine.commit();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return sent().length === before;
  };
  await until(quiet);
  expect(await world.engine.dispatch({ type: 'mode', mode: 'observe' })).toMatchObject({ ok: true });
});

test('an older host, which lacks facts, is shown as far as it tells; one with unknown facts is shown, too', async () => {
  const { url } = await natsServer();
  const { connection } = await listener(url);
  const world = await called('c1');
  const { view, trouble, waiting } = summaryOf(world.engine.store.getState(), triage);
  const { trouble: rules, at, mono, host, version, mode, advisory, model } = view;
  const [{ conversationId, agent } = { conversationId: '', agent: '' }] = model.conversations;
  const old = {
    view: {
      trouble: rules,
      at,
      mono,
      host,
      version,
      mode,
      advisory,
      started: true,
      fromTheFuture: [1, 2, 3],
      model: {
        version: 1,
        fleet: { ...model.fleet, agents: 7 },
        conversations: [{ conversationId, agent, totals: {} }],
      },
    },
    trouble,
    waiting,
  };
  const engine = { run: 'r', pid: 1, user: 'root', version: '0.1.0', command: 'headless' };
  connection.subscribe('sightline.old.ask.*.whole', {
    callback: (_, message) => void message.respond(encodeValue({ engine, seq: 1, at: Date.now(), document: old })),
  });
  await connection.flush();
  const console = await fleetConsole(url);
  connection.publish('sightline.old.now', JSON.stringify({ run: 'r', seq: 1, at: Date.now(), news: true }));
  await until(() => hostIn(console)?.agents === 7);
  expect(viewOf(console).model.conversations.map((row) => row.conversationId)).toEqual([`old/${conversationId}`]);
});

test('a host that ends says so, and is shown no more', async () => {
  const { url } = await natsServer();
  const world = await called('c1');
  const host = await hostOn(world, url);
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.started === true);
  await host.close();
  await until(() => viewOf(console).fleet?.hosts.length === 0);
});

test('a stream that is full takes no event, and nothing else is hindered; once there is room it gets them all', async () => {
  const { url } = await natsServer();
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  const manager = await jetstreamManager(connection);
  const limits = { name: 'SIGHTLINE', subjects: ['sightline.*.event.>'], discard: 'new' as const };
  await manager.streams.add({ ...limits, max_msgs: 2 });
  const world = await called();
  const host = publishedOn(world, url);
  for (const seq of [1, 2, 3, 4]) host.event(event(seq));
  await until(() => host.said.some((line) => line.includes('does not take events')));
  world.interruption({ type: 'agent_crash', severity: 'critical' });
  await settle();
  expect(world.requests).toHaveLength(1);
  await manager.streams.update('SIGHTLINE', { max_msgs: 100 });
  await until(async () => (await kept(url)) === 4);
  expect(host.said.filter((line) => line.includes('does not take events'))).toHaveLength(1);
});

test('a hostile peer on the broker harms neither host nor console', async () => {
  const { url } = await natsServer();
  const world = await called('c1');
  await hostOn(world, url);
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.started === true);
  const { connection } = await listener(url);
  const huge = 'x'.repeat(1000 * 1000);
  const deep = '['.repeat(200_000);
  const garbage = [
    '',
    '\0',
    '{',
    'null',
    '[]',
    deep,
    huge,
    '1 {}',
    'x',
    'p 9',
    `{"run":"run-1","seq":2,"at":1,"patch":{"from":[{"keep":[0,99999]}]}}`,
  ];
  const forged = { run: 'run-1', seq: 99, at: 1e300, patch: { set: { view: { model: null } } } };
  const subjects = [
    'sightline.build-07.now',
    'sightline.build-07.ask.ops.whole',
    'sightline.build-07.ask.ops.view.evil',
    'sightline.build-07.act.ops',
    'sightline.build-07.event.signal',
    '$KV.sightline_hosts.build-07',
  ];
  for (const subject of subjects)
    for (const body of [...garbage, encodeValue(forged)]) connection.publish(subject, body);
  // More hosts than there can be, and more requests than a person makes.
  for (let at = 0; at < 5_000; at += 1)
    connection.publish(`sightline.h${at}.now`, JSON.stringify({ run: 'r', seq: 1, at: Date.now() }));
  for (let at = 0; at < 5_000; at += 1)
    connection.publish('sightline.build-07.act.ops', JSON.stringify({ type: 'act' }));
  await connection.flush();
  world.call({ agent: 'Codex', conversationId: 'c2' });
  world.engine.commit();
  await until(() => viewOf(console).model.conversations.length === 2);
  expect(viewOf(console).fleet?.hosts.length).toBeLessThanOrEqual(2_000);
  expect(viewOf(console).fleet?.more).toBeGreaterThan(0);
  expect(world.requests).toEqual([]);
});

test('a bucket that is not there when a host comes is used soon after it is', async () => {
  const mayMakeNone = 'permissions: { publish: { deny: ["$JS.API.STREAM.CREATE.>"] } }';
  const { url } = await natsServer({
    config: `authorization { users: [{ user: a, password: b, ${mayMakeNone} }, { user: c, password: d }] }`,
  });
  const path = join(tempDir(), 'password');
  writeFileSync(path, 'b', { mode: 0o600 });
  const host = publishedOn(await called('c1'), url, { broker: brokerAt(url, { user: 'a', passwordFile: path }) });
  await until(() => host.said.some((line) => line.includes('STREAM.CREATE')));
  const connection = await connect({ servers: url, user: 'c', pass: 'd' });
  onTestFinished(() => connection.close());
  const kv = await new Kvm(connection).create('sightline_hosts', { history: 1 });
  await until(async () => (await kv.get('build-07')) !== null);
});

test('a presence that the bucket did not take is put again soon', async () => {
  const { url } = await natsServer();
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  const kv = await new Kvm(connection).create('sightline_hosts', { history: 1, maxValueSize: 10 });
  // Fifty times as fast: the first repetition is due after a tenth of a second, the next renewal after more than one.
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 50, run) };
  const host = publishedOn(await called('c1'), url, { clock });
  await until(() => host.said.some((line) => line.includes('connected')));
  const manager = await jetstreamManager(connection);
  await manager.streams.update('KV_sightline_hosts', { max_msg_size: -1 });
  await until(async () => (await kv.get('build-07')) !== null);
});
