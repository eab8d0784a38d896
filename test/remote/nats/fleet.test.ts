import { describe, expect, test } from 'vitest';
import { isOnPlan, moneyOf } from '../../../src/core/model/meters/money.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { routed } from '../../../src/remote/nats/route.ts';
import { wordRefusal } from '../../../src/wording/refusals.ts';
import type { Action } from '../../../src/core/actions.ts';
import { ladderOf } from '../../../src/ui/ladder/ladder.ts';
import { paperPauser } from '../../helpers/paper-pauser.ts';
import { hostRows, troublesOn } from '../../../src/ui/views/hosts/rows.ts';
import { triage, clockAhead, fleetConsole, hostOn, listener, type TestConsole } from '../../helpers/fleet-world.ts';
import { natsServer } from '../../helpers/nats-server.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld, settle, WORKSPACE } from '../../helpers/view.ts';

async function held(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('hold');
  world.interruption({ type: 'agent_crash', severity: 'critical' });
  await settle();
  world.engine.commit();
  return world;
}

/** A console that has heard of the host. */
async function consoleWith(url: string, more: Parameters<typeof fleetConsole>[1] = {}): Promise<TestConsole> {
  const console = await fleetConsole(url, more);
  await until(() => viewOf(console).fleet?.hosts[0]?.started === true);
  return console;
}

const viewOf = (console: TestConsole) => {
  console.commit();
  return console.store.getState();
};

describe('a console shows every host of the broker', () => {
  test('hosts that were there before and that come later, with the sums over them', async () => {
    const { url } = await natsServer();
    const one = await ScreenWorld.started('hold');
    one.call({ agent: 'Codex', conversationId: 'c1' });
    one.engine.commit();
    await hostOn(one, url, { host: 'build-07' });
    const console = await fleetConsole(url);
    await until(() => viewOf(console).model.conversations.length === 1);
    const two = await ScreenWorld.started('observe');
    two.call({ agent: 'Codex', conversationId: 'c1' });
    two.call({ agent: 'Claude Code', conversationId: 'c2' });
    two.engine.commit();
    await hostOn(two, url, { host: 'build-08' });
    await until(() => viewOf(console).model.conversations.length === 3);
    const { fleet, model } = viewOf(console);
    expect(fleet?.hosts.map(({ name, mode, isUnseen }) => [name, mode, isUnseen])).toEqual([
      ['build-07', 'hold', false],
      ['build-08', 'observe', false],
    ]);
    expect(model.fleet).toMatchObject({ agents: 3, conversations: 3 });
    const names = model.conversations.map(({ conversationId, agent }) => `${conversationId} of ${agent}`);
    expect(new Set(names)).toEqual(
      new Set([
        'build-07/c1 of build-07 Codex',
        'build-08/c1 of build-08 Codex',
        'build-08/c2 of build-08 Claude Code',
      ]),
    );
  });

  test('changes arrive as small patches, coalesced', async () => {
    const { url } = await natsServer();
    const world = await ScreenWorld.started('hold');
    for (let at = 0; at < 20; at += 1) world.call({ agent: `worker-${at}`, conversationId: `c${at}` });
    world.engine.commit();
    await hostOn(world, url);
    const console = await fleetConsole(url);
    await until(() => viewOf(console).model.conversations.length === 20);
    const { heard } = await listener(url);
    for (let at = 0; at < 20; at += 1) {
      world.call({ agent: `worker-${at}`, conversationId: `c${at}` });
      world.engine.commit();
    }
    await until(() => viewOf(console).model.fleet.totals.calls === 40);
    const patches = heard.filter(({ subject }) => subject === 'sightline.build-07.now');
    expect(patches.length).toBeLessThanOrEqual(2);
    const bytes = patches.reduce((sum, { data }) => sum + data.length, 0);
    expect(bytes / 20).toBeLessThan(600);
  });

  test('money with its basis and tokens of each host, and the sums over them: at least what is known', async () => {
    const { url } = await natsServer();
    const pricer = loadPricer();
    const usage = { inputTokens: 100_000, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };
    const priced = { provider: 'anthropic', model: 'claude-sonnet-4-5', usage, conversationId: 'c1' };
    const listed = await ScreenWorld.started('observe', { pricer });
    listed.call({ ...priced, agent: 'Codex' });
    const planned = await ScreenWorld.started('observe', { pricer });
    planned.call({ ...priced, agent: 'Codex' });
    const quota = [{ name: 'five_hour', usedPercent: 20, windowMinutes: 300, resetsAt: null }];
    planned.session('c1', { agent: 'Codex', quota });
    const unpriced = await ScreenWorld.started('observe');
    unpriced.call({ ...priced, agent: 'Codex' });
    for (const { engine } of [listed, planned, unpriced]) engine.commit();
    await hostOn(listed, url, { host: 'listed' });
    await hostOn(planned, url, { host: 'planned' });
    const console = await fleetConsole(url);
    const started = () => viewOf(console).fleet?.hosts.filter((host) => host.started).length;
    await until(() => started() === 2);
    const { hosts = [], sums } = viewOf(console).fleet ?? {};
    const money = { pico: 300_000_000_000n, unpriced: 0, isAtLeast: false };
    expect(hosts.map(({ figures }) => figures)).toMatchObject([
      { hour: { ...money, basis: 'list' }, total: { ...money, basis: 'list' }, tokens: { inputTokens: 100_000 } },
      { hour: { ...money, basis: 'plan' }, total: { ...money, basis: 'plan' }, tokens: { inputTokens: 100_000 } },
    ]);
    const both = { pico: 600_000_000_000n, basis: 'list', isAtLeast: false };
    expect(sums).toMatchObject({ hour: both, total: both, tokens: { inputTokens: 200_000 } });
    await hostOn(unpriced, url, { host: 'unpriced' });
    await until(() => started() === 3);
    expect(viewOf(console).fleet?.sums).toMatchObject({ hour: { ...both, isAtLeast: true } });
    const row = viewOf(console).model.conversations.find(({ agent }) => agent === 'planned Codex');
    expect(row && moneyOf(row.totals, isOnPlan(row, viewOf(console).plans))).toEqual({ ...money, basis: 'plan' });
  });

  test('what is wrong on a host is counted by its ladder: an advisory and a stopped workspace are, too', async () => {
    const { url } = await natsServer();
    const world = await ScreenWorld.started('hold');
    const usage = { inputTokens: 5_000_000, outputTokens: 1, cacheReadTokens: 0, cacheCreationTokens: 0 };
    world.call({ agent: 'Codex', conversationId: 'c1', usage });
    await world.available({ state: 'unavailable', reason: null });
    const { trouble } = triage(world.view(), world.now);
    expect(trouble).toBe(2);
    await hostOn(world, url);
    const console = await consoleWith(url);
    const { hosts = [] } = viewOf(console).fleet ?? {};
    expect(hosts.map((host) => host.trouble)).toEqual([trouble]);
    expect(troublesOn(hostRows(viewOf(console), world.now))).toBe(trouble);
  });

  test('a sub-agent stands below its parent, of the same host alone', async () => {
    const { url } = await natsServer();
    for (const host of ['build-07', 'build-08']) {
      const world = await ScreenWorld.started('observe');
      for (const conversationId of ['main', 'sub']) world.call({ agent: 'Codex', conversationId });
      world.session('sub', { agent: 'Codex', parentId: 'main' });
      world.engine.commit();
      await hostOn(world, url, { host });
    }
    const console = await fleetConsole(url);
    await until(() => viewOf(console).model.conversations.length === 4);
    const parents = viewOf(console).model.conversations.flatMap(({ conversationId, session }) =>
      typeof session?.parentId === 'string' ? [[conversationId, session.parentId] as const] : [],
    );
    expect(new Map(parents)).toEqual(
      new Map([
        ['build-07/sub', 'build-07/main'],
        ['build-08/sub', 'build-08/main'],
      ]),
    );
  });

  test('one host whole, as if attached', async () => {
    const { url } = await natsServer();
    const world = await held();
    await hostOn(world, url);
    const console = await fleetConsole(url);
    const opened = await console.open('build-07');
    if (!opened.ok) throw new Error(opened.reason);
    const { attachment, ...view } = opened.value.store.getState();
    expect(attachment?.engine.pid).toBe(4711);
    expect(view.signals).toEqual(world.engine.store.getState().signals);
    world.call({ agent: 'Codex', conversationId: 'new' });
    world.engine.commit();
    await until(() => opened.value.store.getState().model.conversations[0]?.conversationId === 'new');
  });

  test('a view of more than a message goes in parts', async () => {
    const { url } = await natsServer();
    const world = await ScreenWorld.started('observe');
    for (let at = 0; at < 1_500; at += 1)
      world.call({ agent: 'Codex', conversationId: `${at} ${'x'.repeat(100)}`, userQuery: 'y'.repeat(400) });
    world.engine.commit();
    await hostOn(world, url, { content: true });
    const console = await consoleWith(url, { content: true });
    const opened = await console.open('build-07');
    if (!opened.ok) throw new Error(opened.reason);
    expect(opened.value.store.getState().model).toEqual(world.engine.store.getState().model);
    expect(JSON.stringify(opened.value.store.getState().model.conversations).length).toBeGreaterThan(1024 * 1024);
  });
});

describe('an operator acts on the host where the workspace is', () => {
  test('and the host records who it was, by the subject', async () => {
    const { url } = await natsServer();
    const world = await held();
    await hostOn(world, url);
    const console = await fleetConsole(url);
    await until(() => (viewOf(console).workspaces[0]?.hold ?? null) !== null);
    expect(viewOf(console).workspaces[0]?.path).toBe(`build-07:${WORKSPACE}`);
    const operators: unknown[] = [];
    world.engine.listen((event) => {
      if (event.type === 'notice' && event.notice.type === 'operator') operators.push(event.notice.by);
    });
    expect(await console.act('build-07', { type: 'veto', workspace: WORKSPACE })).toMatchObject({ ok: true });
    expect(operators).toEqual([{ user: 'ops', tty: null, claimed: false }]);
    await until(() => viewOf(console).workspaces[0]?.hold === null);
  });

  test('what is acknowledged there is, here too, and of that host alone', async () => {
    const { url } = await natsServer();
    const [one, two] = [await held(), await held()];
    await hostOn(one, url, { host: 'build-07' });
    await hostOn(two, url, { host: 'build-08' });
    const console = await consoleWith(url);
    await until(() => viewOf(console).signals.length === 2);
    const { signals } = viewOf(console);
    const ids = signals.map(({ signal }) => signal.signalId).filter((id) => id.startsWith('build-07/'));
    const ack = { type: 'ack', durationMs: null, note: 'seen' } as const;
    const routing = routed({ ...ack, scope: { ids } });
    expect(routing?.host).toBe('build-07');
    expect(routing && (await console.act(routing.host, routing.action))).toMatchObject({ ok: true });
    await until(() => viewOf(console).acks.length === 1);
    expect(viewOf(console).acks).toMatchObject([{ note: 'seen', signals: { [ids[0] ?? '']: 'critical' } }]);
    for (const { engine } of [one, two]) engine.commit();
    expect([one, two].map(({ engine }) => engine.store.getState().acks.length)).toEqual([1, 0]);
    expect(routed({ ...ack, scope: { ids: signals.map(({ signal }) => signal.signalId) } })).toBeNull();
    expect(routed({ ...ack, scope: {} })).toBeNull();
  });

  test('what is paused there is shown with its end, and goes on from here', async () => {
    const { url } = await natsServer();
    const pause = { enabled: true, maxMinutes: 30 };
    const world = await ScreenWorld.started('hold', { config: { pause }, pauser: paperPauser() });
    world.call({ agent: 'Codex', conversationId: 'c1', pid: 51_877 });
    world.engine.commit();
    await hostOn(world, url);
    const console = await consoleWith(url);
    const subject = { agent: 'build-07 Codex', conversationId: 'build-07/c1' };
    const act = async (action: Action) => {
      const routing = routed(action);
      return routing && console.act(routing.host, routing.action);
    };
    expect(await act({ type: 'pause', ...subject })).toMatchObject({ ok: true });
    const paused = () => viewOf(console).pausing?.paused ?? [];
    await until(() => paused().length === 1);
    expect(paused()).toMatchObject([{ agent: 'build-07 Codex', conversations: ['build-07/c1'], by: 'ops' }]);
    const { troubles } = ladderOf(viewOf(console), world.now);
    expect(troubles.map(({ condition, agent }) => [condition.kind, agent])).toEqual([['paused', 'build-07 Codex']]);
    expect(await act({ type: 'resume', pid: 51_877, agent: 'build-07 Codex' })).toMatchObject({ ok: true });
    await until(() => paused().length === 0);
    expect(routed({ type: 'resume', pid: 51_877 })).toBeNull();
  });

  test('a host whose clock is minutes away acts, by its own clock', async () => {
    const { url } = await natsServer();
    const world = await held();
    await hostOn(world, url, { clock: clockAhead(-5 * 60_000) });
    const console = await consoleWith(url);
    const [host] = viewOf(console).fleet?.hosts ?? [];
    expect(Math.round((host?.skewMs ?? 0) / 60_000)).toBe(-5);
    expect(await console.act('build-07', { type: 'veto', workspace: WORKSPACE })).toMatchObject({ ok: true });
  });

  test('a request that comes twice acts once, and one of another run or of long ago does not', async () => {
    const { url } = await natsServer();
    const world = await ScreenWorld.started('hold');
    await hostOn(world, url);
    await fleetConsole(url);
    const { connection } = await listener(url);
    const send = async (request: object): Promise<unknown> => {
      const message = JSON.stringify({
        type: 'act',
        id: 'id-1',
        run: 'run-1',
        until: Date.now() + 5_000,
        revision: 1,
        action: { type: 'silence', matcher: {}, durationMs: 60_000, reason: null },
        ...request,
      });
      const { data } = await connection.request('sightline.build-07.act.ops', message, { timeout: 5_000 });
      return (JSON.parse(Buffer.from(data).toString()) as { answer: unknown }).answer;
    };
    const first = await send({});
    expect(await send({})).toEqual(first);
    expect(world.engine.store.getState().silences).toHaveLength(1);
    const refused = (code: string) => ({ ok: false, reason: { code } });
    expect(await send({ id: 'id-2', run: 'run-0' })).toEqual(refused('other_run'));
    expect(await send({ id: 'id-3', until: Date.now() - 1 })).toEqual(refused('too_late'));
    expect(await send({ id: 'id-4', until: Date.now() + 3_600_000 })).toEqual(refused('too_late'));
    expect(await send({ id: 'id-5', revision: 99 })).toEqual(refused('stale_view'));
    expect(world.engine.store.getState().silences).toHaveLength(1);
  });
});

describe('prompts and answers stay on the host', () => {
  const SECRET = 'the secret of the prompt';

  async function asked(): Promise<ScreenWorld> {
    const world = await held();
    world.call({ agent: 'Codex', conversationId: 'c1', userQuery: SECRET });
    world.engine.commit();
    return world;
  }

  test.each([
    { of: 'the host', host: true, console: false },
    { of: 'the console', host: false, console: true },
    { of: 'neither end', host: false, console: false },
  ])('with content on $of alone nothing of it is on the broker', async ({ host, console: wants }) => {
    const { url } = await natsServer();
    const { heard } = await listener(url);
    const world = await asked();
    const published = await hostOn(world, url, { content: host });
    published.event({ seq: 1, kind: 'signal', user_query: SECRET });
    const console = await consoleWith(url, { content: wants });
    const opened = await console.open('build-07');
    if (!opened.ok) throw new Error(opened.reason);
    const remote = opened.value;
    remote.calls('c1');
    await until(() => remote.calls('c1').length > 0);
    const [call] = remote.calls('c1');
    if (call === undefined) throw new Error('no call');
    const content = await remote.queries.content(call);
    expect(content).toEqual({ ok: false, reason: { code: 'stays_on_host' } });
    const diff = await remote.queries.diff(WORKSPACE, 'a', null);
    expect(diff.ok ? '' : wordRefusal(diff.reason)).toContain('--nats-content');
    expect(await remote.queries.story('c1', new AbortController().signal)).toMatchObject({ ok: false });
    await until(() => heard.some(({ subject }) => subject.endsWith('.event.signal')));
    expect(heard.filter(({ data }) => Buffer.from(data).includes(SECRET))).toEqual([]);
  });

  test('with content on both ends the console that looks at the host has it', async () => {
    const { url } = await natsServer();
    const world = await asked();
    await hostOn(world, url, { content: true });
    const console = await consoleWith(url, { content: true });
    const opened = await console.open('build-07');
    if (!opened.ok) throw new Error(opened.reason);
    const { conversations } = opened.value.store.getState().model;
    expect(conversations.find(({ conversationId }) => conversationId === 'c1')?.userQuery).toBe(SECRET);
  });

  test('with content on both ends the list of all hosts tells what was asked, and nobody else is sent it', async () => {
    const { url } = await natsServer();
    const world = await asked();
    await hostOn(world, url, { content: true });
    const plain = await ScreenWorld.started('observe');
    plain.call({ agent: 'Codex', conversationId: 'c1', userQuery: `other ${SECRET}` });
    plain.engine.commit();
    await hostOn(plain, url, { host: 'build-08' });
    const { heard } = await listener(url);
    const console = await fleetConsole(url, { content: true });
    const textOf = (id: string) =>
      viewOf(console).model.conversations.find(({ conversationId }) => conversationId === id)?.userQuery;
    await until(() => textOf('build-07/c1') === SECRET);
    expect(textOf('build-08/c1')).toBeNull();
    expect(viewOf(console).fleet?.hasTexts).toBe(true);
    const told = heard.filter(({ data }) => Buffer.from(data).includes(SECRET)).map(({ subject }) => subject);
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((subject) => !subject.startsWith('_INBOX.user.ops.'))).toEqual([]);
  });
});
