import { describe, expect, test } from 'vitest';
import { M0, AVAILABLE, World, WS } from '../../helpers/reactor.ts';
import { quoted } from '../../helpers/reasons.ts';

const OTHER = { type: 'other', owner: { user: 'bob', pid: 1, startedAt: 1 } } as const;

describe('a manual checkpoint ignores', () => {
  test.each([
    [
      'debounce',
      (world: World) => {
        world.crash();
        world.created();
      },
    ],
    ['silences', (world: World) => world.silence({})],
    ['the mode', (world: World) => world.do({ type: 'mode', mode: 'observe', reason: null })],
    ['the lock', (world: World) => world.do({ type: 'lock', workspace: WS, lock: OTHER })],
    [
      'the guard',
      (world: World) => world.do({ type: 'availability', workspace: WS, availability: { ...AVAILABLE, usedRatio: 1 } }),
    ],
    [
      'back-off',
      (world: World) => {
        world.crash();
        world.fails();
      },
    ],
    [
      'what the last probe found: the checkpointer decides',
      (world: World) =>
        world.do({ type: 'availability', workspace: WS, availability: { ...AVAILABLE, state: 'unavailable' } }),
    ],
  ] as const)('%s', (_name, hinder) => {
    const world = World.armed();
    hinder(world);
    world.manual();
    expect(world.workspace().run).toMatchObject({ kind: 'manual', trigger: null });
    expect(world.spawns.at(-1)?.timeoutMs).toBe(10_000);
  });
});

test('it is no signal', () => {
  const world = World.armed().manual().created();
  expect(world.signals()).toEqual([]);
  expect(world.notices('operator').at(-1)).toMatchObject({ action: 'checkpoint', target: WS });
  expect(world.workspace().lastSnapshot).toMatchObject({ trigger: 'operator' });
});

test('during an automatic one it is queued once and runs next', () => {
  const world = World.armed();
  world.crash();
  world.manual();
  expect(world.spawns).toHaveLength(1);
  world.manual();
  expect(world.refusals()).toMatchObject([{ action: 'checkpoint', reason: expect.stringContaining('queued') }]);
  world.created();
  expect(world.workspace().run?.kind).toBe('manual');
  expect(world.spawns).toHaveLength(2);
});

test('queued behind an automatic one that fails, it runs before the back-off ends, and absorbs what waits', () => {
  const world = World.armed();
  world.crash();
  const behind = world.crash();
  world.manual().fails();
  expect(world.workspace().run).toMatchObject({ kind: 'manual', signals: [behind] });
  world.created();
  expect(world.fateName(behind)).toBe('coalesced');
});

test('during a manual one it is refused, and says so', () => {
  const world = World.armed().manual().manual();
  expect(world.refusals()).toMatchObject([{ action: 'checkpoint', reason: expect.stringContaining('running') }]);
  expect(world.created().spawns).toHaveLength(1);
});

test('its success opens the window and absorbs signals that arrived before it started; later ones wait', () => {
  const world = World.armed();
  world.crash();
  world.created();
  const before = world.crash();
  world.wait(10_000).manual();
  const after = world.crash();
  world.wait(1_000).created();
  expect(world.fate(before)).toMatchObject({ kind: 'coalesced', snapshot: 'manual-20261123T140322' });
  expect(world.fateName(after)).toBe('coalesced?');
  expect(world.workspace()).toMatchObject({ windowEndsMono: M0 + 41_000, windowSnapshot: 'manual-20261123T140322' });
  expect(world.timers.get(`window:${WS}`)?.mono).toBe(M0 + 41_000);
  world.wait(30_000).created();
  expect(world.fateName(after)).toBe('checkpointed');
});

test('a window that ends while it runs waits for its result', () => {
  const world = World.armed();
  world.crash();
  world.created();
  const trailing = world.crash();
  world.wait(29_000).manual().wait(2_000);
  expect(world.spawns).toHaveLength(2);
  world.fails();
  expect(world.workspace().run).toMatchObject({ kind: 'auto', signals: [trailing] });
});

test('when it fails, what came while it ran goes through the checks at once', () => {
  const world = World.armed().manual();
  const id = world.crash();
  expect(world.fateName(id)).toBe('coalesced?');
  world.fails();
  expect(world.workspace().run).toMatchObject({ kind: 'auto', signals: [id] });
});

test('when it finds no checkpointer, what waits shares that', () => {
  const world = World.armed().manual();
  const id = world.crash();
  world.ends({ type: 'unavailable', reason: quoted('not installed') });
  expect(world.fate(id)).toMatchObject({ kind: 'unavailable', reason: 'not installed' });
});

test('without trailing, what came while it ran coalesces into it', () => {
  const world = World.armed({ trailing: false }).manual();
  const id = world.crash();
  world.created();
  expect(world.fate(id)).toMatchObject({ kind: 'coalesced', snapshot: 'manual-20261123T140312' });
});

test('two workspaces are checkpointed side by side', () => {
  const workspaces = { agents: { a: '/a', b: '/b' }, processes: {}, fallback: null };
  const world = World.armed({ workspaces }, 'auto', ['/a', '/b']);
  world.manual({}, '/a').manual({}, '/b');
  expect(world.spawns).toHaveLength(2);
});

describe('the first, whole snapshot', () => {
  const baseline = (world: World, phase: 'started' | 'ended'): World =>
    world.do({ type: 'baseline', workspace: WS, phase });

  test('is a run that signals and manual ones wait behind', () => {
    const world = baseline(World.armed(), 'started');
    const id = world.crash();
    expect(world.fateName(id)).toBe('coalesced?');
    world.manual();
    expect(world.spawns).toEqual([]);
    baseline(world, 'ended');
    expect(world.workspace().run?.kind).toBe('manual');
  });

  test('makes way for what waited', () => {
    const world = baseline(World.armed(), 'started');
    const id = world.crash();
    baseline(world, 'ended');
    expect(world.workspace().run).toMatchObject({ kind: 'auto', signals: [id] });
  });

  test('a hold that ends meanwhile fires behind it', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    baseline(world, 'started').wait(10_000);
    expect(world.spawns).toEqual([]);
    expect(baseline(world, 'ended').spawns).toHaveLength(1);
  });
});
