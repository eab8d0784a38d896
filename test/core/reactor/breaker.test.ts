import { describe, expect, test } from 'vitest';
import { M0, AVAILABLE, World, WS } from '../../helpers/reactor.ts';
import { quoted } from '../../helpers/reasons.ts';

const MINUTE = 60_000;

/** Three failures in a row, each after the back-off of the one before. */
function broken(world = World.armed()): World {
  for (const pause of [1_000, 2_000, 0]) {
    world.crash();
    while (world.workspace().hold) world.wait(1_000);
    world.fails().wait(pause);
  }
  return world;
}

describe('the breaker opens', () => {
  test('at the third failure in a row, and settles all that waits, with the remedy', () => {
    const world = World.armed();
    world.crash();
    world.fails().wait(1_000);
    world.crash();
    world.ends({ type: 'timed_out' }).wait(2_000);
    world.crash();
    const waits = world.crash();
    world.fails();
    expect(world.fate(waits)).toMatchObject({
      kind: 'breaker_open',
      reason: expect.stringMatching(/3 failures in a row.*after 60 s.*manual checkpoint/),
    });
    expect(world.fateName(world.crash())).toBe('breaker_open');
    expect(world.timers.size).toBe(0);
  });

  test.each([
    ['an empty workspace', { type: 'empty' }],
    ['an unavailable checkpointer', { type: 'unavailable' }],
    ['a store without room', { type: 'guarded', reason: quoted('no room') }],
  ] as const)('%s does not count', (_name, outcome) => {
    const world = World.armed();
    for (let index = 0; index < 6; index += 1) {
      world.crash();
      world.ends(outcome).do({ type: 'availability', workspace: WS, availability: AVAILABLE }).wait(1_000);
    }
    expect(world.workspace()).toMatchObject({ failures: 0, breaker: { open: false } });
    expect(world.spawns).toHaveLength(6);
  });

  test('manual failures never count', () => {
    const world = World.armed();
    for (let index = 0; index < 4; index += 1) world.manual().fails();
    expect(world.workspace()).toMatchObject({ failures: 0, breaker: { open: false }, backoffEndsMono: null });
  });
});

describe('the probe', () => {
  test('is the first signal later than a minute after the last failure; no timer makes a snapshot', () => {
    const world = broken();
    world.wait(MINUTE);
    expect(world.fateName(world.crash())).toBe('breaker_open');
    world.wait(1);
    const spawned = world.spawns.length;
    const probe = world.crash();
    expect(world.spawns).toHaveLength(spawned + 1);
    world.created();
    expect(world.fateName(probe)).toBe('checkpointed');
    expect(world.workspace()).toMatchObject({ failures: 0, breaker: { open: false, probe: null } });
  });

  test('waits 1, 2, 4, 8, 16, and then 16 minutes', () => {
    const world = broken();
    const waits = [1, 2, 4, 8, 16, 16, 16];
    for (const minutes of waits) {
      world.wait(minutes * MINUTE);
      expect(world.fateName(world.crash()), `${minutes} minutes`).toBe('breaker_open');
      world.wait(1);
      world.crash();
      world.fails();
    }
    expect(world.workspace().failures).toBe(3 + waits.length);
  });

  test('others meanwhile get breaker_open', () => {
    const world = broken().wait(MINUTE + 1);
    const probe = world.crash();
    expect(world.fateName(world.crash())).toBe('breaker_open');
    world.fails();
    expect(world.fateName(probe)).toBe('failed');
    expect(world.workspace().breaker).toEqual({ open: true, probe: null });
  });

  test.each([
    ['is vetoed', 'hold', 'vetoed', (world: World) => world.do({ type: 'veto', workspace: WS, reason: null })],
    ['is silenced', 'hold', 'suppressed', (world: World) => world.silence({}, 500)],
    ['finds an empty workspace', 'auto', 'failed', (world: World) => world.ends({ type: 'empty' })],
    ['finds no room', 'auto', 'guarded', (world: World) => world.ends({ type: 'guarded', reason: quoted('no room') })],
    [
      'finds no checkpointer',
      'auto',
      'unavailable',
      (world: World) =>
        world.ends({ type: 'unavailable' }).do({ type: 'availability', workspace: WS, availability: AVAILABLE }),
    ],
    [
      'is guarded when its hold ends',
      'hold',
      'guarded',
      (world: World) =>
        world
          .do({ type: 'availability', workspace: WS, availability: { ...AVAILABLE, usedRatio: 0.99 } })
          .wait(10_000)
          .do({ type: 'availability', workspace: WS, availability: AVAILABLE }),
    ],
  ] as const)('that %s leaves the breaker due', (_name, mode, fate, end) => {
    const world = broken(World.armed({}, mode)).wait(MINUTE + 1);
    const probe = world.crash();
    expect(world.workspace().breaker.probe).toBe(probe);
    end(world);
    expect(world.fateName(probe)).toBe(fate);
    expect(world.workspace()).toMatchObject({ failures: 3, breaker: { open: true, probe: null } });
    world.wait(1_000);
    expect(world.workspace().breaker.probe ?? '').toBe('');
    const next = world.crash();
    expect(world.workspace().breaker.probe).toBe(next);
  });

  test('that is held passes the check until it ends', () => {
    const world = broken(World.armed({}, 'hold')).wait(MINUTE + 1);
    const probe = world.crash();
    const other = world.crash();
    expect([world.fateName(probe), world.fateName(other)]).toEqual(['', 'breaker_open']);
    world.wait(10_000).created();
    expect(world.fateName(probe)).toBe('checkpointed');
  });

  test('that waits behind a manual checkpoint goes on when that fails', () => {
    const world = broken()
      .wait(MINUTE + 1)
      .manual();
    const probe = world.crash();
    expect(world.fateName(world.crash())).toBe('breaker_open');
    world.fails();
    expect(world.workspace().run).toMatchObject({ kind: 'auto', signals: [probe] });
  });
});

test('a manual success closes it, ends back-off and zeroes the failures', () => {
  const world = broken().manual();
  expect(world.workspace().run?.kind).toBe('manual');
  world.created();
  expect(world.workspace()).toMatchObject({
    failures: 0,
    backoffEndsMono: null,
    breaker: { open: false, probe: null },
  });
  expect(world.fateName(world.crash())).toBe('coalesced?');
  world.wait(30_000);
  expect(world.spawns.at(-1)?.snapshot).toMatch(/^auto-/);
});

test('a manual success during a back-off ends it: what came later waits for the window alone', () => {
  const world = World.armed();
  world.crash();
  world.fails().manual();
  const later = world.crash();
  world.created();
  expect(world.timers.get(`window:${WS}`)?.mono).toBe(M0 + 30_000);
  expect(world.timers.size).toBe(1);
  world.wait(30_000).created();
  expect(world.fateName(later)).toBe('checkpointed');
});
