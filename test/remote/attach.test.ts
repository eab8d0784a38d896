import { describe, expect, onTestFinished, test } from 'vitest';
import type { Action } from '../../src/core/actions.ts';
import type { EngineEvent } from '../../src/engine/types.ts';
import { attach, type RemoteEngine } from '../../src/remote/client.ts';
import { createHost, type Host } from '../../src/remote/host.ts';
import { encode, type Request, WIRE_VERSION } from '../../src/remote/wire.ts';
import { channelPair, type HeldChannel } from '../helpers/channel-pair.ts';
import { fortyAgents } from '../helpers/forty-agents.ts';
import { ScreenWorld, settle, WORKSPACE } from '../helpers/view.ts';

const NAME = { run: 'run-1', pid: 4711, user: 'root', version: '0.3.0', command: 'headless' };
const OPS = { user: 'ops', tty: '/dev/pts/3' };

function hostOf(world: ScreenWorld, run = 'run-1'): Host {
  const host = createHost({ engine: world.engine, name: { ...NAME, run }, clock: world.clock });
  onTestFinished(host.close);
  return host;
}

type Attached = { readonly engine: RemoteEngine; readonly here: HeldChannel; readonly there: HeldChannel };

let ids = 0;
async function attached(world: ScreenWorld, host: Host): Promise<Attached> {
  const [here, there] = channelPair();
  host.serve(there);
  const newId = (): string => {
    ids += 1;
    return `id-${ids}`;
  };
  const result = await attach(here, { clock: world.clock, version: '0.3.0', who: OPS, newId });
  if (!result.ok) throw new Error(result.reason);
  return { engine: result.value, here, there };
}

/** Time for a frame, both ways. */
async function frame(world: ScreenWorld): Promise<void> {
  await settle();
  await world.wait(40);
  await settle();
}

async function held(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('hold');
  world.interruption({ type: 'agent_crash', severity: 'critical' });
  await settle();
  return world;
}

describe('a console shows what the engine has', () => {
  test('the whole view at once, then each change within a frame', async () => {
    const world = await fortyAgents();
    const { engine: remote } = await attached(world, hostOf(world));
    expect(remote.store.getState()).toEqual({
      ...world.engine.store.getState(),
      attachment: { engine: NAME, lostSince: null },
    });
    world.call({ agent: 'Codex', conversationId: 'new' });
    await frame(world);
    expect(remote.store.getState().model).toEqual(world.engine.store.getState().model);
    expect(remote.store.getState().model.conversations[0]?.conversationId).toBe('new');
  });

  test('one changed row costs a small patch, and leaves the other rows as they are', async () => {
    const world = await fortyAgents();
    const { engine: remote, there } = await attached(world, hostOf(world));
    const whole = there.sent.find((line) => line.includes('"whole"')) ?? '';
    const before = remote.store.getState().model.conversations;
    const [last] = before;
    world.call({ agent: last?.agent ?? '', conversationId: last?.conversationId ?? '' });
    await frame(world);
    const patch = there.sent.find((line) => line.includes('"patch"')) ?? '';
    expect(patch.length).toBeLessThan(whole.length / 20);
    const after = remote.store.getState().model.conversations;
    expect(after.filter((row) => before.includes(row))).toHaveLength(before.length - 1);
  });

  test('calls, an agent and silences are there a frame after they were looked at, and stay true', async () => {
    const world = await ScreenWorld.started('hold');
    world.call({ agent: 'Codex', conversationId: 'c1' });
    const { engine: remote } = await attached(world, hostOf(world));
    remote.calls('c1');
    remote.queries.agent('Codex');
    remote.queries.silences();
    await frame(world);
    expect(remote.calls('c1')).toEqual(world.engine.calls('c1'));
    expect(remote.queries.agent('Codex')).toEqual(world.engine.queries.agent('Codex'));
    world.call({ agent: 'Codex', conversationId: 'c1' });
    await world.engine.dispatch({ type: 'silence', matcher: { agent: 'Codex' }, durationMs: 60_000, reason: null });
    await frame(world);
    expect(remote.calls('c1')).toHaveLength(2);
    // What is left of it is counted from the frame that shows it.
    expect(remote.queries.silences().map(({ silence }) => silence)).toEqual(
      world.engine.queries.silences().map(({ silence }) => silence),
    );
  });

  test('queries are answered by the engine: content, snapshots, a plan, the call of a signal', async () => {
    const world = await held();
    world.snapshots = [{ id: 'auto-1', at: world.now, message: null, metadata: null, pinned: false }];
    const { engine: remote } = await attached(world, hostOf(world));
    const [record] = remote.store.getState().signals;
    if (record === undefined) throw new Error('no signal');
    expect(await remote.queries.callOf(record.signal)).toEqual(world.engine.queries.callOf(record.signal));
    expect(await remote.queries.snapshots(WORKSPACE)).toEqual(await world.engine.queries.snapshots(WORKSPACE));
    expect(await remote.queries.rollbackPlan(WORKSPACE, 'auto-1')).toEqual(
      await world.engine.queries.rollbackPlan(WORKSPACE, 'auto-1'),
    );
    expect(await remote.queries.rollbackPlan('/nowhere', 'auto-1')).toMatchObject({ ok: false });
  });

  test('events arrive in order', async () => {
    const world = await ScreenWorld.started('hold');
    const { engine: remote } = await attached(world, hostOf(world));
    const events: EngineEvent[] = [];
    remote.listen((event) => events.push(event));
    const expected: EngineEvent[] = [];
    world.engine.listen((event) => expected.push(event));
    world.interruption({ type: 'agent_crash', severity: 'critical' });
    await frame(world);
    expect(expected.length).toBeGreaterThan(0);
    expect(events).toEqual(expected);
  });
});

describe('a console acts on the engine', () => {
  test('a veto from one console ends the hold, and both consoles show it within a frame', async () => {
    const world = await held();
    const host = hostOf(world);
    const one = await attached(world, host);
    const two = await attached(world, host);
    expect(two.engine.store.getState().workspaces[0]?.hold).not.toBeNull();
    expect(await one.engine.dispatch({ type: 'veto', workspace: WORKSPACE })).toMatchObject({ ok: true });
    await settle();
    for (const { engine: remote } of [one, two]) {
      expect(remote.store.getState().workspaces[0]?.hold).toBeNull();
      expect(remote.store.getState().signals[0]?.fate?.kind).toBe('vetoed');
    }
  });

  test('the engine notes who it was, as claimed', async () => {
    const world = await held();
    const { engine: remote } = await attached(world, hostOf(world));
    const notices: EngineEvent[] = [];
    world.engine.listen((event) => notices.push(event));
    await remote.dispatch({ type: 'veto', workspace: WORKSPACE });
    expect(notices).toContainEqual(
      expect.objectContaining({ notice: expect.objectContaining({ action: 'veto', by: { ...OPS, claimed: true } }) }),
    );
  });

  test('what the engine refuses is refused here, with its reason', async () => {
    const world = await ScreenWorld.started('hold');
    const { engine: remote } = await attached(world, hostOf(world));
    expect(await remote.dispatch({ type: 'veto', workspace: WORKSPACE })).toEqual({
      ok: false,
      reason: { code: 'nothing_held' },
    });
  });

  test('what is refused is told to the one who asked, and to nobody else', async () => {
    const world = await ScreenWorld.started('hold');
    const host = hostOf(world);
    const [here, there] = channelPair();
    host.serve(there);
    const who = { user: 'guest', tty: null };
    const other = await attach(here, { clock: world.clock, version: '0.3.0', who, newId: () => 'other' });
    const { engine: asker } = await attached(world, host);
    const events: string[] = [];
    asker.listen((event) => event.type === 'notice' && events.push(`asker ${event.notice.type}`));
    if (other.ok) other.value.listen((event) => event.type === 'notice' && events.push(`other ${event.notice.type}`));
    await asker.dispatch({ type: 'veto', workspace: WORKSPACE });
    await asker.dispatch({ type: 'mode', mode: 'observe' });
    await frame(world);
    expect(events.toSorted()).toEqual(['asker operator', 'asker refused', 'other operator']);
  });

  test('what was done in part is told to everybody: files have changed', async () => {
    const world = await ScreenWorld.started('hold');
    const tellers: ((event: EngineEvent) => void)[] = [];
    const listen = (teller: (event: EngineEvent) => void) => {
      tellers.push(teller);
      return () => undefined;
    };
    const host = createHost({ engine: { ...world.engine, listen }, name: NAME, clock: world.clock });
    onTestFinished(host.close);
    const { engine } = await attached(world, host);
    const events: EngineEvent[] = [];
    engine.listen((event) => events.push(event));
    const counts = { restored: 1, deleted: 0, attributes: 0, folders: 0, unchanged: 0 };
    const about = { type: 'refused', action: 'rollback', target: WORKSPACE } as const;
    const by = { user: 'guest', tty: null, claimed: true } as const;
    const inPart = {
      code: 'rolled_back_in_part',
      snapshot: 's',
      counts,
      failed: 0,
      failures: [],
      notRestored: [],
    } as const;
    for (const reason of [inPart, { code: 'read_only' } as const])
      for (const tell of tellers) tell({ type: 'notice', at: 1, notice: { ...about, reason, by } });
    await frame(world);
    expect(events).toMatchObject([{ notice: { action: 'rollback', reason: { code: 'rolled_back_in_part' } } }]);
  });

  const send = async (channel: HeldChannel, ...frames: readonly Request[]): Promise<void> => {
    for (const one of frames) channel.send(encode(one));
    await settle();
  };
  const act = (id: string, more: Partial<Request & { readonly type: 'act' }> = {}): Request => {
    const action: Action = { type: 'checkpoint', workspace: WORKSPACE };
    return { type: 'act', id, run: 'run-1', until: Number.MAX_SAFE_INTEGER, action, ...more };
  };

  test('a repeated id acts once, and gives the same answer', async () => {
    const world = await ScreenWorld.started('hold');
    const { here } = await attached(world, hostOf(world));
    await send(here, act('same'), act('same'), act('same'));
    await world.finish();
    expect(world.requests).toHaveLength(1);
  });

  test('an action for another run of the engine, or one that comes too late, does nothing', async () => {
    const world = await ScreenWorld.started('hold');
    const { here, there } = await attached(world, hostOf(world));
    await send(here, act('a', { run: 'run-0' }), act('b', { until: world.now - 1 }));
    expect(world.requests).toEqual([]);
    expect(there.sent.join('')).toContain('other_run');
    expect(there.sent.join('')).toContain('too_late');
  });

  test('a console that may only look is refused', async () => {
    const world = await ScreenWorld.started('hold');
    const [here, there] = channelPair();
    hostOf(world).serve(there, { isReadOnly: true });
    const result = await attach(here, { clock: world.clock, version: '0.3.0', who: OPS, newId: () => 'x' });
    expect(result.ok && (await result.value.dispatch({ type: 'checkpoint', workspace: WORKSPACE }))).toEqual({
      ok: false,
      reason: { code: 'read_only' },
    });
    expect(world.requests).toEqual([]);
  });
});

describe('the other end is hostile, slow, old or gone', () => {
  const hello: Request = { type: 'hello', wire: WIRE_VERSION, version: '0.3.0', who: OPS };

  test.each([
    ['garbage', '\u0000\u0001 nonsense\n'],
    ['an action before hello', encode({ type: 'resync' })],
    ['a frame of another kind', '{"type":"shutdown"}\n'],
    ['an action that is none', '{"type":"act","id":"1","run":"run-1","until":1e15,"action":{"type":"rm"}}\n'],
  ])('%s ends that connection alone', async (_, line) => {
    const world = await ScreenWorld.started('hold');
    const host = hostOf(world);
    const good = await attached(world, host);
    const [here, there] = channelPair();
    host.serve(there);
    if (line.includes('act"')) here.send(encode(hello));
    here.send(line);
    await settle();
    expect(there.sent.at(-1)).toContain('"bye"');
    world.call({ conversationId: 'still' });
    await frame(world);
    expect(good.engine.store.getState().model.conversations).toHaveLength(1);
  });

  test('ten thousand actions end that connection, after at most a few hundred', async () => {
    const world = await ScreenWorld.started('hold');
    const [here, there] = channelPair();
    hostOf(world).serve(there);
    here.send(encode(hello));
    for (let n = 0; n < 10_000; n += 1) {
      here.send(encode({ type: 'ask', id: `q${n}`, query: { type: 'callOf', signalId: 'x' } }));
    }
    await settle();
    await settle();
    expect(there.sent.filter((line) => line.includes('"answer"')).length).toBeLessThan(300);
    expect(there.sent.join('')).toContain('too_many_requests');
  });

  test('a console that stalls is dropped after ten seconds; nothing is sent to it meanwhile', async () => {
    const world = await ScreenWorld.started('hold');
    const { engine: remote, there } = await attached(world, hostOf(world));
    there.stall(true);
    for (let n = 0; n < 50; n += 1) {
      world.call({ conversationId: `c${n}` });
      await frame(world);
    }
    const sent = there.sent.length;
    await world.wait(10_000);
    expect(there.sent.length).toBeLessThanOrEqual(sent + 1);
    there.stall(false);
    await settle();
    expect(remote.store.getState().attachment?.lostSince).not.toBeNull();
  });

  test('a console that was slow for a while shows the present with the next frame', async () => {
    const world = await ScreenWorld.started('hold');
    const { engine: remote, there } = await attached(world, hostOf(world));
    there.stall(true);
    for (let n = 0; n < 20; n += 1) {
      world.call({ conversationId: `c${n}` });
      await frame(world);
    }
    there.stall(false);
    await settle();
    expect(remote.store.getState().model).toEqual(world.engine.store.getState().model);
  });

  test('a lost patch is noticed, and the whole is asked for', async () => {
    const world = await ScreenWorld.started('hold');
    const { engine: remote, here, there } = await attached(world, hostOf(world));
    there.send(encode({ type: 'patch', seq: 99, patch: { set: null } }));
    await settle();
    expect(here.sent.join('')).toContain('resync');
    await frame(world);
    expect(remote.store.getState()).toEqual({
      ...world.engine.store.getState(),
      attachment: { engine: NAME, lostSince: null },
    });
  });

  test('a major difference is refused, and both say so', async () => {
    const world = await ScreenWorld.started('hold');
    const [here, there] = channelPair();
    hostOf(world).serve(there);
    here.send(encode({ ...hello, wire: WIRE_VERSION + 1 }));
    await settle();
    expect(there.sent).toEqual([encode({ type: 'bye', reason: 'wire_version', wire: WIRE_VERSION })]);
  });

  test('an engine that sends no view is no engine', async () => {
    const world = new ScreenWorld();
    const [here, there] = channelPair();
    const result = attach(here, { clock: world.clock, version: '0.3.0', who: OPS, newId: () => 'x' });
    there.send(encode({ type: 'welcome', wire: WIRE_VERSION, engine: NAME, isReadOnly: false }));
    there.send(encode({ type: 'whole', seq: 1, document: { view: { at: 'noon' }, watched: {} } }));
    await settle();
    expect(await result).toEqual({ ok: false, reason: 'bad_frame' });
  });

  test('the engine ends: the console knows since when, and goes on with the next one', async () => {
    const world = await held();
    const host = hostOf(world);
    const { engine: remote } = await attached(world, host);
    host.close();
    await settle();
    const { attachment, workspaces, sources } = remote.store.getState();
    expect(attachment).toEqual({ engine: NAME, lostSince: world.now });
    expect(workspaces).toMatchObject([{ lock: { type: 'gone' }, hold: null }]);
    expect(sources).toMatchObject([{ health: { status: 'lost', since: world.now } }]);
    expect(await remote.dispatch({ type: 'veto', workspace: WORKSPACE })).toEqual({
      ok: false,
      reason: { code: 'engine_gone' },
    });
    const next = await ScreenWorld.started('auto');
    const [here, there] = channelPair();
    hostOf(next, 'run-2').serve(there);
    expect(await remote.reattach(here)).toMatchObject({ ok: true, value: { run: 'run-2' } });
    expect(remote.store.getState().mode).toBe('auto');
    expect(remote.store.getState().attachment).toMatchObject({ engine: { run: 'run-2' }, lostSince: null });
  });

  test('seventeen consoles are one too many', async () => {
    const world = await ScreenWorld.started('hold');
    const host = hostOf(world);
    for (let n = 0; n < 16; n += 1) await attached(world, host);
    const [here, there] = channelPair();
    host.serve(there);
    const result = await attach(here, { clock: world.clock, version: '0.3.0', who: OPS, newId: () => 'x' });
    expect(result).toEqual({ ok: false, reason: 'too_many_consoles' });
  });
});
