import { describe, expect, test } from 'vitest';
import { recordOf } from '../../../src/core/reactor/draft.ts';
import { silenceViews } from '../../../src/core/reactor/silences/view.ts';
import { shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import type { Why } from '../../../src/core/reactor/types.ts';
import { World } from '../../helpers/reactor.ts';

function why(world: World, id: string): Why | undefined {
  return recordOf(world.state, id)?.why;
}

describe('a signal keeps the settings and timers by which it got its fate', () => {
  test('inside a window: whose, and when it ends', () => {
    const world = World.armed();
    world.crash();
    world.created();
    world.wait(5_000);
    const id = world.crash();
    expect(why(world, id)).toMatchObject({
      mode: 'auto',
      policy: { action: 'checkpoint', rule: 'default', from: 'default' },
      debounceMs: 30_000,
      graceMs: 0,
      trailing: true,
      windowEndsAt: world.at + 25_000,
      windowSnapshot: expect.stringMatching(/^auto-/u),
      backoffEndsAt: null,
      queued: 1,
      silenceId: null,
    });
  });

  test('it is that of the decision, whatever is changed later', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    world.wait(10_000).created();
    const decided = why(world, id);
    expect(decided).toMatchObject({ mode: 'hold', graceMs: 10_000 });
    world.do({ type: 'mode', mode: 'observe', reason: null });
    world.do({ type: 'policy', target: { scope: 'type', name: 'agent_crash' }, action: 'ignore' });
    expect(why(world, id)).toEqual(decided);
    expect(why(world, world.crash())).toMatchObject({ mode: 'observe', policy: { action: 'ignore', from: 'session' } });
  });

  test('how many checkpoints of the hour it counts against the limit of the guard', () => {
    const world = World.armed();
    expect(why(world, world.crash())).toMatchObject({ guard: { made: 0, limit: 60 } });
    world.created();
    expect(why(world, world.crash())).toMatchObject({ guard: { made: 1, limit: 60 } });
    world.wait(3_600_001);
    expect(why(world, world.crash())).toMatchObject({ guard: { made: 0 } });
  });

  test('backing off, and broken', () => {
    const world = World.armed();
    world.crash();
    world.fails();
    expect(why(world, world.crash())).toMatchObject({
      failures: 1,
      backoffEndsAt: world.at + 1_000,
      breakerOpen: false,
    });
    world.wait(1_000).fails().wait(2_000);
    world.crash();
    world.fails();
    expect(why(world, world.crash())).toMatchObject({ failures: 3, breakerOpen: true });
  });

  test('a silenced one names its silence; one of the past has nothing that decided', () => {
    const world = World.armed().silence({}, 60_000, 'lunch');
    expect(why(world, world.crash())).toMatchObject({ silenceId: 'lunch' });
    expect(why(world, world.crash({}, 'historical'))).toBeUndefined();
  });
});

describe('a silence says what it held back', () => {
  const views = (world: World, trailing = true): ReturnType<typeof silenceViews> =>
    silenceViews(world.state.silences, shardedValues(world.state.settled), { debounceMs: 30_000, trailing }, world.now);

  test('its countdown, the signals newest first, and no others', () => {
    const world = World.armed().silence({ signal: 'agent_crash' }, 60_000, 'lunch');
    const [a, b] = [world.crash(), world.wait(1_000).crash()];
    world.crash({ type: 'llm_error', severity: 'high' });
    world.crash({ type: 'dead_loop' });
    expect(views(world)).toEqual([
      expect.objectContaining({ leftMs: 59_000, withheld: [b, a], silence: expect.objectContaining({ heldBack: 2 }) }),
    ]);
  });

  test.each([
    [[0], 1, 1],
    [[0, 1], 2, 1],
    [[0, 1, 2, 3], 2, 1],
    [[0, 31], 2, 2],
    [[0, 10, 40], 3, 2],
    [[0, 10, 70], 3, 2],
    [[], 0, 0],
  ])('signals at %j s would have fired %i times, without trailing %i times', (seconds, trailing, without) => {
    const world = World.armed().silence({}, 600_000);
    const from = world.at;
    for (const second of seconds) world.wait(from + second * 1_000 - world.at).crash();
    expect([views(world)[0]?.wouldHaveFired, views(world, false)[0]?.wouldHaveFired]).toEqual([trailing, without]);
  });

  test('each workspace fires for itself', () => {
    const workspaces = { agents: { a: '/a', b: '/b' }, processes: {}, fallback: null };
    const world = World.armed({ workspaces }, 'auto', ['/a', '/b']).silence({});
    world.crash({ agent: 'a' });
    world.crash({ agent: 'b' });
    expect(views(world)[0]?.wouldHaveFired).toBe(2);
  });
});
