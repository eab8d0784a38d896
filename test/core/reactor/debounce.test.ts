import { describe, expect, test } from 'vitest';
import { M0, T0, World, WS } from '../../helpers/reactor.ts';

const foreign = (world: World, id: string, at: number): World =>
  world.do({
    type: 'foreign_snapshot',
    workspace: WS,
    snapshot: { id, at, message: null, metadata: null, pinned: false },
  });

describe('debounce', () => {
  test('the window starts when the success was observed and lasts 30 s', () => {
    const world = World.armed();
    world.crash();
    world.wait(2_000).created();
    expect(world.workspace().windowEndsMono).toBe(M0 + 32_000);
    const inside = world.crash();
    expect(world.fates(inside)).toMatchObject([{ kind: 'coalesced', settled: false, snapshot: null }]);
    world.wait(29_999);
    expect(world.spawns).toHaveLength(1);
    world.wait(1);
    expect(world.spawns).toHaveLength(2);
    world.created();
    expect(world.fates(inside).map(({ kind: fate, settled }) => [fate, settled])).toEqual([
      ['coalesced', false],
      ['checkpointed', true],
    ]);
  });

  test.each([
    ['failed', { type: 'failed' }],
    ['timed out', { type: 'timed_out' }],
    ['found nothing to keep', { type: 'empty' }],
    ['unavailable', { type: 'unavailable' }],
  ] as const)('a checkpoint that %s starts no window', (_name, outcome) => {
    const world = World.armed();
    world.crash();
    world.ends(outcome);
    expect(world.workspace().windowEndsMono).toBeNull();
  });

  test('a late success, found by look-up, starts the window when it was observed', () => {
    const world = World.armed();
    const id = world.crash();
    world.wait(11_000).ends({ type: 'created', late: true });
    expect(world.workspace().windowEndsMono).toBe(M0 + 41_000);
    expect(world.fate(id)).toMatchObject({ kind: 'checkpointed', reason: expect.stringContaining('late') });
  });

  test('a window that nobody waits for ends by itself, without a timer', () => {
    const world = World.armed();
    world.crash();
    world.created();
    expect(world.timers.size).toBe(0);
    world.wait(30_000);
    world.crash();
    expect(world.spawns).toHaveLength(2);
  });

  test('each workspace has its own', () => {
    const workspaces = { agents: { a: '/a', b: '/b' }, processes: {}, fallback: null };
    const world = World.armed({ workspaces }, 'auto', ['/a', '/b']);
    world.crash({ agent: 'a' });
    world.created('/a');
    world.crash({ agent: 'b' });
    expect(world.spawns.map(({ workspace }) => workspace)).toEqual(['/a', '/b']);
  });

  test('one trailing checkpoint for all that waited, named after the earliest of the highest severity', () => {
    const world = World.armed();
    world.crash();
    world.created();
    const [low, first, second] = [
      world.crash({ type: 'context_overflow', severity: 'high' }),
      world.crash({ type: 'dead_loop', conversationId: 'c1' }),
      world.crash({ type: 'retry_storm', conversationId: 'c2' }),
    ];
    world.wait(30_000);
    expect(world.spawns[1]).toMatchObject({
      snapshot: 'auto-20261123T140342-dead_loop',
      message: 'reactive: dead_loop (conv=c1)',
    });
    world.ends({ type: 'created', snapshot: 'auto-20261123T140342-dead_loop-2' });
    expect(world.fate(first)).toMatchObject({ kind: 'checkpointed', snapshot: 'auto-20261123T140342-dead_loop-2' });
    for (const id of [low, second]) {
      expect(world.fate(id)).toMatchObject({ kind: 'coalesced', snapshot: 'auto-20261123T140342-dead_loop-2' });
    }
  });

  test('a trailing checkpoint opens the next window', () => {
    const world = World.armed();
    world.crash();
    world.created();
    world.crash();
    world.wait(30_000).created();
    const third = world.crash();
    expect(world.fateName(third)).toBe('coalesced?');
    world.wait(30_000).created();
    expect(world.fateName(third)).toBe('checkpointed');
    expect(world.spawns.map(({ at }) => at - T0)).toEqual([0, 30_000, 60_000]);
  });

  test('without trailing a signal inside the window is dropped for good, into the checkpoint that opened it', () => {
    const world = World.armed({ trailing: false });
    world.crash();
    world.created();
    const inside = world.crash();
    expect(world.fates(inside)).toMatchObject([
      { kind: 'coalesced', settled: true, snapshot: 'auto-20261123T140312-agent_crash' },
    ]);
    world.wait(120_000);
    expect(world.spawns).toHaveLength(1);
    expect(world.timers.size).toBe(0);
  });

  test('without trailing, what came while the checkpoint ran coalesces into it', () => {
    const world = World.armed({ trailing: false });
    world.crash();
    const behind = world.crash();
    expect(world.fateName(behind)).toBe('coalesced?');
    world.created();
    expect(world.fate(behind)).toMatchObject({ kind: 'coalesced', snapshot: world.spawns[0]?.snapshot });
  });
});

describe("another's snapshots", () => {
  test('one named auto-… starts our window, from when it was made, and is shown', () => {
    const world = foreign(World.armed(), 'auto-20261123T140302-agent_crash', T0 - 10_000);
    expect(world.notices('foreign')).toHaveLength(1);
    expect(world.workspace()).toMatchObject({
      windowEndsMono: M0 + 20_000,
      windowSnapshot: 'auto-20261123T140302-agent_crash',
      lastSnapshot: { trigger: 'foreign' },
    });
    expect(world.fateName(world.crash())).toBe('coalesced?');
    world.wait(20_000);
    expect(world.spawns).toHaveLength(1);
  });

  test.each(['cron-1795000000', 'manual-20261123T140302', 'ckpt-20261123T140302.000'])('%s is only shown', (id) => {
    const world = foreign(World.armed(), id, T0);
    expect(world.notices('foreign')).toHaveLength(1);
    expect(world.workspace().windowEndsMono).toBeNull();
  });

  test('an old one starts nothing, a clock that is ahead does not stretch the window', () => {
    expect(foreign(World.armed(), 'auto-x', T0 - 30_000).workspace().windowEndsMono).toBeNull();
    expect(foreign(World.armed(), 'auto-x', T0 + 3_600_000).workspace().windowEndsMono).toBe(M0 + 30_000);
  });

  test('one that comes during a hold sends what is held behind its window', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    foreign(world.wait(4_000), 'auto-x', T0 + 4_000);
    expect(world.workspace().hold).toBeNull();
    expect(world.notices('ended')).toMatchObject([{ outcome: 'cancelled', snapshot: null }]);
    expect(world.fateName(id)).toBe('coalesced?');
    world.wait(30_000);
    expect(world.workspace().hold).toMatchObject({ endsMono: M0 + 44_000 });
  });

  test('one that comes while ours runs does not shorten the window that ours opens', () => {
    const world = World.armed();
    world.crash();
    foreign(world, 'auto-x', T0);
    world.wait(5_000).created();
    expect(world.workspace().windowEndsMono).toBe(M0 + 35_000);
  });
});
