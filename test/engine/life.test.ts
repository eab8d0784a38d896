import { expect, test } from 'vitest';
import { ArmError } from '../../src/engine/types.ts';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import type { Feed } from '../../src/core/feed.ts';
import { HEALTHY, engineWorld, startedWorld } from '../helpers/engine-world.ts';
import { fakeClock, settled } from '../helpers/fake-clock.ts';
import { quoted, worded } from '../helpers/reasons.ts';

test('`started` is said when every source has arrived; what is live waits for it, what is historical does not', async () => {
  const world = engineWorld({ health: { caughtUp: false } });
  const started = world.engine.start();
  await settled();
  world.crash('old', 'historical');
  world.crash('new', 'live');
  expect(world.story()).toEqual(['signal old', 'old historical']);
  world.health({ caughtUp: true });
  await started;
  expect(world.story().slice(2)).toEqual(['started', 'signal new', 'checkpoint started']);
});

test('memory that a long past has left is given back when the past is read to its end', async () => {
  let trimmed = 0;
  const world = engineWorld({
    health: { caughtUp: false, recentRead: true },
    engine: { evict: true },
    deps: { trimMemory: () => (trimmed += 1) },
  });
  await world.engine.start();
  await settled();
  expect(trimmed).toBe(0);
  world.health({ caughtUp: true });
  await settled();
  expect(trimmed).toBe(1);
});

test('`started` does not wait for the older part of a long past', async () => {
  const world = engineWorld({ health: { caughtUp: false } });
  const started = world.engine.start();
  world.crash('new', 'live');
  world.health({ recentRead: true });
  await started;
  world.crash('old', 'historical');
  world.crash('older', 'historical');
  expect(world.story()).toEqual([
    'started',
    'signal new',
    'checkpoint started',
    'signal old',
    'old historical',
    'signal older',
    'older historical',
  ]);
  world.health({ caughtUp: true });
  expect(world.events.filter(({ type }) => type === 'source')).toMatchObject([{ source: { historicalSignals: 2 } }]);
});

test.for(['absent', 'lost'] as const)('a source that is %s holds nobody up', async (health) => {
  const world = engineWorld({ health: { caughtUp: false, status: health } });
  await world.engine.start();
  expect(world.events.findLast(({ type }) => type === 'started')).toMatchObject({
    mode: 'auto',
    sources: [{ health: { status: health } }],
    workspaces: [{ path: WORKSPACE, why: { code: 'embedded', text: 'a test' } }],
  });
});

test('a notification before the start waits for it', async () => {
  const world = engineWorld();
  world.engine.notifyInterruption('dead_loop', 'conv');
  await world.engine.start();
  expect(world.story()).toEqual(['started', 'signal null', 'checkpoint started']);
});

test('a notification is about the agent whose conversation it is, unless the caller names one', async () => {
  const world = await startedWorld();
  world.call({ conversationId: 'conv', agent: 'Hermes' });
  world.engine.notifyInterruption('dead_loop', 'conv');
  world.engine.notifyInterruption('agent_crash', 'conv', { agent: 'Codex' });
  world.engine.notifyInterruption('agent_crash', null);
  const agents = world.events.flatMap((event) =>
    event.type === 'notice' && event.notice.type === 'signal' ? [event.notice.signal.agent] : [],
  );
  expect(agents).toEqual(['Hermes', 'Codex', null]);
});

test('a source is told again when its health, its detail or its historical signals change, and only then', async () => {
  const world = await startedWorld();
  world.health({ cursor: 'c1', lagMs: 3 });
  world.health({ status: 'degraded', detail: { code: 'quoted', text: 'locked' } });
  world.health({ lagMs: null });
  world.crash('old', 'historical');
  world.call({});
  expect(world.story().filter((word) => word === 'source')).toHaveLength(2);
  expect(world.events.findLast(({ type }) => type === 'source')).toMatchObject({ source: { historicalSignals: 1 } });
});

test('how many files a source follows is no news: agents begin new ones all the time', async () => {
  const world = await startedWorld();
  const following = (files: number) => ({ code: 'following_records', path: '/home/a/.claude', files }) as const;
  world.health({ detail: following(1) });
  world.health({ detail: following(2) });
  world.health({ detail: { code: 'several', details: [following(3), { code: 'nothing' }] } });
  world.health({ detail: { code: 'several', details: [following(4), { code: 'nothing' }] } });
  expect(world.story().filter((word) => word === 'source')).toHaveLength(2);
});

test('what is said is in the journal already', async () => {
  const world = await startedWorld();
  const kept: unknown[] = [];
  world.engine.listen((event) => {
    if (event.type !== 'notice' || (event.notice.type !== 'signal' && event.notice.type !== 'fate')) return;
    kept.push(world.journal.get(`signal:${event.notice.signal.signalId}`));
  });
  world.crash('a');
  await world.finish();
  expect(kept).toMatchObject([{ fate: null }, { fate: { fate: 'checkpointed', settled: true } }]);
});

test('a mode that cannot be had is refused at the start, with what to do', async () => {
  const unmanaged = { state: 'unmanaged', reason: quoted('run: ws-ckpt init') } as const;
  const rows = [
    [{ config: { workspaces: { agents: {}, processes: {}, fallback: null } } }, 'give --workspace DIR'],
    [{ config: { readOnly: true } }, 'start without --read-only'],
    [{ config: { checkpointer: 'ws-ckpt' as const }, availability: unmanaged }, 'run: ws-ckpt init'],
  ] as const;
  for (const [options, words] of rows) {
    const world = engineWorld(options);
    await expect(world.engine.start()).rejects.toThrow(words);
    await expect(engineWorld(options).engine.start()).rejects.toBeInstanceOf(ArmError);
    expect(world.locksHeld()).toEqual([]);
    await world.engine.close();
  }
});

test('closing lets the running checkpoint finish, stops what waits, and says `stopped` once, last', async () => {
  const world = await startedWorld();
  world.crash('a');
  world.crash('b');
  const closed = world.engine.close('enough');
  await settled();
  expect(world.story().at(-1)).toBe('b stopped');
  await world.finish();
  await Promise.all([closed, world.engine.close()]);
  expect(world.story().slice(-4)).toEqual(['b stopped', 'checkpoint created', 'a checkpointed', 'stopped']);
  expect(worded(world.events.at(-1))).toMatchObject({ reason: 'enough', signals: 2, checkpoints: 1 });
  expect(world.locksHeld()).toEqual([]);
  expect(world.clock.pending()).toBe(0);
  world.crash('too late');
  expect(world.events.at(-1)).toMatchObject({ type: 'stopped' });
});

test('aborting ends a running checkpoint; the next start looks it up', async () => {
  const clock = fakeClock();
  const world = await startedWorld({ clock });
  world.crash('a');
  const closed = world.engine.close();
  await settled();
  world.engine.abort();
  await closed;
  expect(world.story()).not.toContain('a checkpointed');

  const snapshot = world.requests[0]?.snapshot ?? '';
  const next = await startedWorld({ clock, kept: world.journal.values, lookUp: { type: 'found', snapshot } });
  expect(next.story()).toEqual(['started', 'a checkpointed']);
  next.crash('a');
  expect(next.story()).toHaveLength(2);
  const last = await startedWorld({ clock, kept: next.journal.values, lookUp: { type: 'found', snapshot } });
  expect(last.story()).toEqual(['started']);
});

test('closing while it starts: nothing is armed, nothing is said to have started', async () => {
  const world = engineWorld({ health: { caughtUp: false } });
  const started = world.engine.start();
  await world.engine.close();
  await started;
  expect(world.story()).toEqual(['stopped']);
  expect(world.locksHeld()).toEqual([]);
});

test('it is drained when every source has ended and nothing waits', async () => {
  const world = await startedWorld({ config: { debounceMs: 5_000 } });
  let isDrained = false;
  void world.engine.drained.then(() => (isDrained = true));
  world.crash('a');
  world.crash('b');
  world.health({ ended: true });
  await settled();
  await world.finish();
  expect(isDrained).toBe(false);
  await world.clock.pass(5_000);
  await world.finish();
  expect(isDrained).toBe(true);
});

test('the place in a source is kept late, its first end at once, its last at the end', async () => {
  const cursor = (): unknown => world.journal.get('cursor:test');
  const world = await startedWorld({ health: { cursor: 'first' } });
  expect(cursor()).toBe('first');
  world.health({ cursor: 'second' });
  await world.clock.pass(2_500);
  expect(cursor()).toBe('first');
  world.health({ cursor: 'third' });
  await world.clock.pass(2_500);
  expect(cursor()).toBe('second');
  world.health({ cursor: 'fourth' });
  await world.engine.close();
  expect(cursor()).toBe('fourth');
});

test('the place of a source that was not there is kept at once, and where it was lost its first end', async () => {
  const cursor = (world: typeof absent): unknown => world.journal.get('cursor:test');
  const absent = await startedWorld({ health: { caughtUp: false, status: 'absent', cursor: 'nothing' } });
  expect(cursor(absent)).toBe('nothing');
  absent.health({ caughtUp: true, status: 'ok', cursor: 'first' });
  expect(cursor(absent)).toBe('nothing');
  const lost = await startedWorld({ health: { caughtUp: false, status: 'lost', cursor: null } });
  expect(cursor(lost)).toBe(undefined);
  lost.health({ caughtUp: true, status: 'ok', cursor: 'first' });
  expect(cursor(lost)).toBe('first');
});

test('a run that is killed at once does not lose the place of the run before', async () => {
  const world = await startedWorld({ health: { cursor: 'now' }, kept: new Map([['cursor:test', 'before']]) });
  expect(world.journal.get('cursor:test')).toBe('before');
});

test('settled signals leave the journal after an hour, while it runs', async () => {
  const world = await startedWorld({ config: { mode: 'observe' } });
  world.crash('a');
  // A copy under the id that 0.1.0 gave the signal is not counted.
  const signals = (): number =>
    world.journal.entries('signal:').filter(([, value]) => !Object.hasOwn(Object(value), 'aliasOf')).length;
  await world.clock.pass(3_600_000);
  expect(signals()).toBe(1);
  await world.clock.pass(600_000);
  expect(signals()).toBe(0);
});

test('the store is brought up to date at its own pace, however fast the feed is', async () => {
  const world = await startedWorld({ engine: { commitMs: 50 } });
  await world.clock.pass(1_000);
  let commits = 0;
  world.engine.store.subscribe(() => (commits += 1));
  for (let n = 0; n < 100; n += 1) world.call({});
  expect(commits).toBe(0);
  await world.clock.pass(50);
  expect(commits).toBe(1);
  expect(world.engine.store.getState().model.fleet.totals.calls).toBe(100);
  await world.clock.pass(1_000);
  expect(commits).toBe(1);
});

test('going down to observe gives the locks back, going up takes them again', async () => {
  const world = await startedWorld();
  expect(world.locksHeld()).toEqual([WORKSPACE]);
  await world.engine.intents.setMode('observe');
  expect(world.locksHeld()).toEqual([]);
  world.crash('a');
  expect(world.story().at(-1)).toBe('a disarmed');
  await world.engine.intents.setMode('hold');
  expect(world.locksHeld()).toEqual([WORKSPACE]);
  world.crash('b');
  expect(world.story().at(-1)).toBe('held');
});

test('a settled signal that an earlier run read from other sources is not among ours until it comes from them', async () => {
  const clock = fakeClock();
  const first = await startedWorld({ clock });
  first.crash('gone');
  await first.finish();
  await first.engine.close();
  expect(first.engine.store.getState().signals).toMatchObject([{ fate: { kind: 'checkpointed' } }]);
  const other: Feed = {
    uri: 'other',
    medium: 'jsonl',
    open: (sink, signal) => {
      sink.health({ ...HEALTHY, uri: 'other' });
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
  };
  const deps = { feeds: () => [other] };
  const next = await startedWorld({ clock, kept: first.journal.values, deps });
  expect(next.engine.store.getState().signals).toEqual([]);
  await next.engine.close();
  const again = await startedWorld({ clock, kept: next.journal.values });
  expect(again.engine.store.getState().signals).toMatchObject([{ signal: { conversationId: 'gone' } }]);
});
