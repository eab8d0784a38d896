import { expect, test } from 'vitest';
import { WORKSPACE } from '../helpers/engine-parts.ts';
import { startedWorld } from '../helpers/engine-world.ts';
import { settled } from '../helpers/fake-clock.ts';
import { quoted, worded } from '../helpers/reasons.ts';

const GONE = { state: 'unavailable', reason: quoted('install it') } as const;

test('a checkpointer that is gone is asked every 10 s, one that answers every 30 s', async () => {
  const world = await startedWorld({ availability: GONE });
  const before = world.probes();
  await world.clock.pass(40_000);
  expect(world.probes() - before).toBe(4);
  world.answer({ state: 'available' });
  await world.clock.pass(10_000);
  const back = world.probes();
  await world.clock.pass(29_000);
  expect(world.probes()).toBe(back);
  world.crash('a');
  expect(world.story().slice(-2)).toEqual(['signal a', 'checkpoint started']);
});

test('while it is gone signals are unavailable, with its own words', async () => {
  const world = await startedWorld({ availability: GONE });
  world.crash('a');
  expect(world.events.at(-1)).toMatchObject({
    notice: { fate: { kind: 'unavailable', reason: { code: 'quoted', text: 'install it' } } },
  });
});

test('an outcome that says it is gone, and a manual checkpoint, ask it again', async () => {
  const world = await startedWorld();
  const before = world.probes();
  world.crash('a');
  world.answer(GONE);
  await world.finish({ type: 'unavailable', reason: quoted('no daemon') } as never);
  expect(world.story().slice(-2)).toEqual(['checkpoint unavailable', 'a unavailable']);
  expect(world.probes()).toBeGreaterThan(before);
  const again = world.probes();
  world.engine.intents.checkpoint(WORKSPACE, { reason: 'because' });
  expect(world.probes()).toBe(again + 1);
  expect(world.requests.at(-1)?.message).toBe('manual: because (conv=unknown)');
});

test('a defect in a checkpointer is a failure, not the end of us', async () => {
  const world = await startedWorld({ checkpoint: () => Promise.reject(new TypeError('oops')) });
  world.crash('a');
  await settled();
  expect(world.events.at(-1)).toMatchObject({
    notice: {
      fate: {
        kind: 'failed',
        reason: { code: 'run_failed', why: { code: 'defect', detail: expect.stringContaining('oops') } },
      },
    },
  });
});

test('a snapshot of another tool opens the window, one of our own does not', async () => {
  const world = await startedWorld();
  world.crash('a');
  await world.finish();
  await world.clock.pass(30_000);
  const { runId } = world.requests[0] ?? { runId: '' };
  const at = world.clock.now();
  await world.appear({ id: 'auto-ours', at, metadata: { tool: 'sightline', run_id: runId } });
  await world.appear({ id: 'manual-theirs', at });
  expect(world.story().filter((word) => word.startsWith('foreign'))).toEqual(['foreign manual-theirs']);
  world.crash('b');
  await world.finish();
  await world.clock.pass(30_000);
  await world.appear({ id: 'auto-theirs', at: world.clock.now() });
  world.crash('c');
  expect(world.story().at(-1)).toBe('c coalesced (waits)');
});

test('the newest automatic snapshot that is there at the start opens the window too', async () => {
  const at = Date.UTC(2026, 10, 23, 14, 3, 2);
  const world = await startedWorld({
    listed: [
      { id: 'auto-x', at },
      { id: 'manual-y', at: at + 1 },
    ],
  });
  world.crash('a');
  expect(world.story().slice(-2)).toEqual(['signal a', 'a coalesced (waits)']);
  await world.clock.pass(20_000);
  expect(world.story().at(-1)).toBe('checkpoint started');
});

test('one whose stamp lies in the future opens none at the start, and hides none that does', async () => {
  const at = Date.UTC(2026, 10, 23, 14, 3, 2);
  const ahead = { id: 'auto-ahead', at: at + 3_600_000 };
  const alone = await startedWorld({ listed: [ahead] });
  alone.crash('a');
  expect(alone.story().at(-1)).toBe('checkpoint started');
  const beside = await startedWorld({ listed: [{ id: 'auto-x', at }, ahead] });
  beside.crash('a');
  expect(beside.story().at(-1)).toBe('a coalesced (waits)');
});

test('each agent acts in its own workspace, and is shown there', async () => {
  const agents = { Claude: '/srv/one', Cosh: '/srv/two' };
  const world = await startedWorld({ config: { workspaces: { agents, processes: {}, fallback: null } } });
  world.call({ agent: 'Cosh', callId: 'x', statusCode: 500, error: 'crash' });
  await settled();
  world.call({ agent: 'Nobody', callId: 'y', statusCode: 500, error: 'crash' });
  expect(world.requests.map(({ workspace }) => workspace)).toEqual(['/srv/two']);
  expect(world.story().at(-1)).toBe('y no_workspace');
  world.engine.commit();
  expect(
    world.engine.store.getState().workspaces.map(({ path: workspace, agents: here }) => [workspace, here]),
  ).toEqual([
    ['/srv/one', ['Claude']],
    ['/srv/two', ['Cosh']],
  ]);
});

test('silences: set, extended, ended; what they hold back is counted', async () => {
  const world = await startedWorld();
  const { intents, store, commit } = world.engine;
  const id = intents.silence({ matcher: { conversation: 'a' }, durationMs: 60_000, reason: 'testing' });
  world.crash('a');
  world.crash('b');
  expect(world.story().slice(-4)).toEqual(['signal a', 'a suppressed', 'signal b', 'checkpoint started']);
  commit();
  expect(worded(store.getState().silences)).toMatchObject([{ id, heldBack: 1, reason: 'testing' }]);
  intents.extendSilence(id, world.clock.now() + 120_000);
  await world.clock.pass(60_000);
  commit();
  expect(store.getState().silences).toHaveLength(1);
  intents.unsilence(id);
  commit();
  expect(store.getState().silences).toEqual([]);
});
