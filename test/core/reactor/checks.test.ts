import { describe, expect, test } from 'vitest';
import type { Owner } from '../../../src/core/runs.ts';
import { AVAILABLE, World, WS } from '../../helpers/reactor.ts';

const OWNER: Owner = { user: 'bob', pid: 4242, startedAt: 1 };
const guard = { perAgentPerHour: 20, perWorkspacePerHour: 60, storeUsedRatio: 0.9 };

/** What stands in a signal's way, in the order in which the rule book asks; `lift` takes it away. */
const hurdles: readonly { readonly fate: string; readonly set: (world: World) => void }[] = [
  { fate: 'suppressed', set: (world) => world.silence({}) },
  { fate: 'disarmed', set: (world) => world.do({ type: 'mode', mode: 'observe', reason: null }) },
  {
    fate: 'observer',
    set: (world) => world.do({ type: 'lock', workspace: WS, lock: { type: 'other', owner: OWNER } }),
  },
  { fate: 'unavailable', set: (world) => available(world, { state: 'unavailable', reason: 'gone' }) },
  { fate: 'guarded', set: (world) => available(world, { usedRatio: 0.99 }) },
  { fate: 'breaker_open', set: breakIt },
];

function available(world: World, facts: object): void {
  const known = world.workspace().availability ?? AVAILABLE;
  world.do({ type: 'availability', workspace: WS, availability: { ...known, ...facts } });
}

function breakIt(world: World): void {
  for (const pause of [1_000, 2_000, 0]) {
    world.crash();
    world.fails().wait(pause);
  }
}

describe('the first check that applies is the fate', () => {
  test.each(hurdles.map(({ fate }, index) => [fate, index] as const))('%s', (fate, index) => {
    const world = World.armed({ guard });
    for (const { set } of hurdles.slice(index).reverse()) set(world);
    expect(world.fateName(world.crash())).toBe(fate);
  });

  test('historical, policy and a missing workspace come before all of them', () => {
    const policy = { types: { noise: 'ignore', talk: 'flag' }, severities: {} } as const;
    const workspaces = { agents: { agent: WS }, processes: {}, fallback: null };
    const world = World.armed({ policy, workspaces });
    for (const { set } of [...hurdles].reverse()) set(world);
    expect(world.fateName(world.crash({ type: 'noise', agent: 'homeless' }, 'historical'))).toBe('historical');
    expect(world.fateName(world.crash({ type: 'noise', agent: 'homeless' }))).toBe('ignored');
    expect(world.fateName(world.crash({ type: 'talk', agent: 'homeless' }))).toBe('flagged');
    expect(world.fateName(world.crash({ agent: 'homeless' }))).toBe('no_workspace');
  });

  test('who else acts is named', () => {
    const world = World.armed().do({ type: 'lock', workspace: WS, lock: { type: 'other', owner: OWNER } });
    expect(world.fate(world.crash())?.reason).toBe('another engine acts here: pid 4242 of bob');
  });
});

describe('the checks are made again before a spawn', () => {
  test.each(hurdles.filter(({ fate }) => ['unavailable', 'guarded'].includes(fate)))(
    '$fate at the end of a hold',
    ({ fate, set }) => {
      const world = World.armed({}, 'hold');
      const id = world.crash();
      set(world);
      expect(world.fateName(id)).toBe('');
      world.wait(10_000);
      expect(world.fateName(id)).toBe(fate);
      expect(world.spawns).toEqual([]);
      expect(world.notices('ended')).toMatchObject([{ outcome: 'cancelled' }]);
    },
  );

  test('for each signal: those that may still act do', () => {
    const limited = { ...guard, perAgentPerHour: 1 };
    const world = World.armed({ guard: limited });
    world.crash({ agent: 'a' });
    const [second, other] = [world.crash({ agent: 'b' }), world.crash({ agent: 'c' })];
    world.created().wait(30_000).created();
    expect([second, other].map((id) => world.fateName(id))).toEqual(['checkpointed', 'coalesced']);
    const [guarded, free] = [world.crash({ agent: 'c' }), world.crash({ agent: 'b' })];
    expect([guarded, free].map((id) => world.fateName(id))).toEqual(['coalesced?', 'guarded']);
    world.wait(30_000).created();
    expect(world.fateName(guarded)).toBe('checkpointed');
  });
});

describe('while a checkpoint runs signals wait', () => {
  test('told so first; when it succeeds they coalesce into the window that it opens', () => {
    const world = World.armed();
    world.crash();
    const behind = world.crash();
    expect(world.fates(behind)).toMatchObject([{ kind: 'coalesced', settled: false, snapshot: null }]);
    world.created();
    expect(world.spawns).toHaveLength(1);
    world.wait(30_000);
    expect(world.spawns).toHaveLength(2);
  });

  test('what runs or is held has no fate yet', () => {
    const running = World.armed();
    expect(running.fateName(running.crash())).toBe('');
    const held = World.armed({}, 'hold');
    expect(held.fateName(held.crash())).toBe('');
  });

  test('back-off comes before the window, the window before a hold', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    world.wait(10_000).fails();
    const snapshot = { id: 'auto-x', at: world.at, message: null, metadata: null, pinned: false };
    world.do({ type: 'foreign_snapshot', workspace: WS, snapshot });
    const id = world.crash();
    expect(world.fates(id).map(({ reason }) => reason)).toEqual(['backing off after a failure']);
    world.wait(1_000);
    expect([...world.timers.keys()]).toEqual([`window:${WS}`]);
    world.wait(29_000);
    expect([...world.timers.keys()]).toEqual([`hold:${WS}`]);
    expect(world.workspace().hold?.endsMono).toBe(world.mono + 10_000);
  });
});

describe('a silence, a disarm and a lost lock settle at once everything that waits', () => {
  const settlers: readonly (readonly [string, (world: World) => unknown])[] = [
    ['suppressed', (world) => world.silence({})],
    ['disarmed', (world) => world.do({ type: 'mode', mode: 'observe', reason: null })],
    ['observer', (world) => world.do({ type: 'lock', workspace: WS, lock: { type: 'other', owner: OWNER } })],
  ];

  test.each(settlers)('%s: what is held', (fate, settle) => {
    const world = World.armed({}, 'hold');
    const ids = [world.crash(), world.crash()];
    settle(world);
    expect(ids.map((id) => world.fateName(id))).toEqual([fate, fate]);
    expect(world.workspace().hold).toBeNull();
    expect([...world.timers.keys()].filter((key) => key !== 'silences')).toEqual([]);
  });

  test.each(settlers)('%s: what is coalesced', (fate, settle) => {
    const world = World.armed();
    world.crash();
    world.created();
    const id = world.crash();
    settle(world);
    expect(world.fateName(id)).toBe(fate);
    expect([...world.timers.keys()].filter((key) => key !== 'silences')).toEqual([]);
  });

  test.each(settlers)('%s: what is backing off', (fate, settle) => {
    const world = World.armed();
    world.crash();
    world.fails();
    const id = world.crash();
    settle(world);
    expect(world.fateName(id)).toBe(fate);
    world.wait(60_000);
    expect(world.spawns).toHaveLength(1);
  });

  test.each(settlers)('%s: what waits behind a run; the running child is left alone', (fate, settle) => {
    const world = World.armed();
    const running = world.crash();
    const behind = world.crash();
    settle(world);
    expect([world.fateName(running), world.fateName(behind)]).toEqual(['', fate]);
    world.created();
    expect(world.fateName(running)).toBe('checkpointed');
  });

  test('a silence settles only what it matches; the hold goes on for the others', () => {
    const world = World.armed({}, 'hold');
    const [matched, other] = [world.crash({ conversationId: 'c1' }), world.crash({ conversationId: 'c2' })];
    world.silence({ conversation: 'c1' });
    expect([world.fateName(matched), world.fateName(other)]).toEqual(['suppressed', '']);
    expect(world.workspace().hold).toMatchObject({ trigger: other });
    world.wait(10_000);
    expect(world.workspace().run?.signals).toEqual([other]);
  });

  test('a lock that is ours again, or free, lets signals act', () => {
    const world = World.armed().do({ type: 'lock', workspace: WS, lock: { type: 'other', owner: OWNER } });
    world.crash();
    world.do({ type: 'lock', workspace: WS, lock: { type: 'ours' } });
    expect(world.fateName(world.crash())).toBe('');
    expect(world.spawns).toHaveLength(1);
  });
});
