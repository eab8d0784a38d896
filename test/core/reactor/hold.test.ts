import { describe, expect, test } from 'vitest';
import { M0, T0, World, WS } from '../../helpers/reactor.ts';

const veto = (world: World): World => world.do({ type: 'veto', workspace: WS, reason: 'not now' });
const fire = (world: World): World => world.do({ type: 'fire', workspace: WS, reason: null });

describe('a hold', () => {
  test('is announced with its countdown and fires at its end', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    expect(world.notices('held')).toMatchObject([{ workspace: WS, trigger: id, endsAt: T0 + 10_000 }]);
    world.wait(9_999);
    expect(world.spawns).toEqual([]);
    world.wait(1);
    expect(world.spawns).toHaveLength(1);
    world.created();
    expect(world.fates(id).map(({ kind }) => kind)).toEqual(['checkpointed']);
  });

  test('auto holds too when a grace is set', () => {
    const world = World.armed({ graceMs: 4_000 }, 'auto');
    world.crash();
    expect(world.workspace().hold?.endsMono).toBe(M0 + 4_000);
    expect(world.wait(4_000).spawns).toHaveLength(1);
  });

  test('is one a workspace: later signals join without extending it, and one checkpoint acts for all', () => {
    const world = World.armed({}, 'hold');
    const first = world.crash({ type: 'context_overflow', severity: 'high' });
    const later = world.wait(6_000).crash();
    expect(world.notices('held')).toHaveLength(1);
    expect(world.fateName(later)).toBe('');
    world.wait(4_000).created();
    expect([first, later].map((id) => world.fateName(id))).toEqual(['coalesced', 'checkpointed']);
    expect(world.spawns[0]?.snapshot).toMatch(/agent_crash$/);
  });

  test('veto settles all of them as vetoed and opens no window', () => {
    const world = World.armed({}, 'hold');
    const ids = [world.crash(), world.crash()];
    veto(world);
    expect(ids.map((id) => world.fate(id))).toMatchObject([
      { kind: 'vetoed', reason: 'not now' },
      { kind: 'vetoed', reason: 'not now' },
    ]);
    expect(world.notices('ended')).toMatchObject([{ outcome: 'vetoed', snapshot: null, trigger: ids[0] }]);
    expect(world.workspace().windowEndsMono).toBeNull();
    expect(world.timers.size).toBe(0);
    world.crash();
    expect(world.workspace().hold?.endsMono).toBe(M0 + 10_000);
  });

  test('fire acts for all of them at once', () => {
    const world = World.armed({}, 'hold');
    const ids = [world.crash(), world.crash()];
    fire(world.wait(3_000));
    expect(world.workspace().run?.signals).toEqual(ids);
    expect(world.timers.size).toBe(0);
  });

  test('a change between hold and auto leaves a running countdown alone', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    world.wait(2_000).do({ type: 'mode', mode: 'auto', reason: null });
    expect(world.workspace().hold?.endsMono).toBe(M0 + 10_000);
    world.wait(8_000);
    expect(world.spawns).toHaveLength(1);
  });

  test('a trailing shot is held after its window', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    world.wait(10_000).created();
    const trailing = world.crash();
    world.wait(30_000);
    expect(world.workspace().hold?.endsMono).toBe(M0 + 50_000);
    expect(world.fateName(trailing)).toBe('coalesced?');
    veto(world);
    expect(world.fateName(trailing)).toBe('vetoed');
  });

  test.each([
    ['veto', veto],
    ['fire', fire],
  ] as const)('%s with nothing held is refused, and says so', (action, act) => {
    const world = act(World.armed({}, 'hold'));
    expect(world.refusals()).toMatchObject([{ action, target: WS, reason: expect.stringContaining('held') }]);
    expect(world.notices('operator').filter((said) => said.action === action)).toEqual([]);
  });
});

describe('a hold and a manual checkpoint', () => {
  test('an end that falls into the manual run waits for its result: a success absorbs what is held', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    world.wait(5_000).manual().wait(6_000);
    expect(world.spawns).toHaveLength(1);
    expect(world.fateName(id)).toBe('');
    world.created();
    expect(world.fate(id)).toMatchObject({ kind: 'coalesced', snapshot: world.spawns[0]?.snapshot });
    expect(world.workspace().hold).toBeNull();
    expect(world.timers.size).toBe(0);
  });

  test('… a failure fires it at once', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    world.wait(5_000).manual().wait(6_000).fails();
    expect(world.workspace().run).toMatchObject({ kind: 'auto', signals: [id] });
  });

  test('a manual failure before the end leaves the countdown alone', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    world.wait(2_000).manual().wait(1_000).fails();
    expect(world.workspace().hold?.endsMono).toBe(M0 + 10_000);
    world.wait(7_000);
    expect(world.spawns).toHaveLength(2);
  });

  test('what comes while it runs waits behind it, and joins the hold when it fails', () => {
    const world = World.armed({}, 'hold');
    const held = world.crash();
    world.manual();
    const later = world.crash();
    expect([held, later].map((id) => world.fateName(id))).toEqual(['', 'coalesced?']);
    world.fails().wait(10_000);
    expect(world.workspace().run?.signals).toEqual([held, later]);
  });

  test('veto during it settles what was held, trailing ones too, and leaves what came later', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    world.wait(10_000).created();
    const trailing = world.crash();
    world.wait(30_000);
    const joined = world.crash();
    world.manual();
    const later = world.crash();
    veto(world);
    expect([trailing, joined, later].map((id) => world.fateName(id))).toEqual(['vetoed', 'vetoed', 'coalesced?']);
    world.fails();
    expect(world.workspace().hold).toMatchObject({ trigger: later, endsMono: world.mono + 10_000 });
  });

  test('fire during it is refused: the result decides', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    fire(world.manual());
    expect(world.refusals()).toMatchObject([{ action: 'fire' }]);
    expect(world.spawns).toHaveLength(1);
  });
});
