import { describe, expect, test } from 'vitest';
import { AVAILABLE, World, WS } from '../../helpers/reactor.ts';

const HOUR = 3_600_000;

function checkpoints(world: World, count: number, agent: string, workspace = WS): World {
  for (let index = 0; index < count; index += 1) {
    world.crash({ agent });
    world.created(workspace).wait(30_000);
  }
  return world;
}

describe('the space guard', () => {
  test('stops automatic checkpoints when the store is over 90 % full, and shows the line that frees space', () => {
    const full = (usedRatio: number): World =>
      World.armed().do({ type: 'availability', workspace: WS, availability: { ...AVAILABLE, usedRatio } });
    const world = full(0.901);
    expect(world.fate(world.crash())).toMatchObject({
      kind: 'guarded',
      reason: 'the snapshot store is 90.1 % full; free space: ws-ckpt cleanup --workspace=/ws',
    });
    const justFull = full(0.9);
    expect(justFull.fateName(justFull.crash())).toBe('');
  });

  test('stops after 20 automatic ones in an hour for one agent, until the first is an hour old', () => {
    const world = checkpoints(World.armed(), 20, 'a');
    const id = world.crash({ agent: 'a' });
    expect(world.fate(id)).toMatchObject({ kind: 'guarded', reason: expect.stringContaining('20') });
    expect(world.fateName(world.crash({ agent: 'b' }))).toBe('');
    world.created().wait(HOUR - 20 * 30_000 - 1);
    expect(world.fateName(world.crash({ agent: 'a' }))).toBe('guarded');
    world.wait(1);
    expect(world.fateName(world.crash({ agent: 'a' }))).toBe('');
  });

  test('stops after 60 in an hour for one workspace', () => {
    const world = World.armed();
    for (const agent of ['a', 'b', 'c']) checkpoints(world, 20, agent);
    expect(world.fateName(world.crash({ agent: 'd' }))).toBe('guarded');
  });

  test("counts an agent's checkpoints in all workspaces", () => {
    const workspaces = { agents: {}, processes: { p: '/p', q: '/q' }, fallback: null };
    const guard = { perAgentPerHour: 2, perWorkspacePerHour: 60, storeUsedRatio: 0.9 };
    const world = World.armed({ workspaces, guard }, 'auto', ['/p', '/q']);
    for (const [index, processName] of ['p', 'q', 'p'].entries()) {
      world.call({ callId: `c${index}`, agent: 'one', processName, error: 'oom', statusCode: 500 });
      if (index < 2) world.created(`/${processName}`).wait(30_000);
    }
    expect(world.signals().map(({ signalId }) => world.fateName(signalId))).toEqual([
      'checkpointed',
      'checkpointed',
      'guarded',
    ]);
  });

  test('failures, manual ones and those of others do not count', () => {
    const guard = { perAgentPerHour: 1, perWorkspacePerHour: 1, storeUsedRatio: 0.9 };
    const world = World.armed({ guard });
    world.manual().created().wait(30_000);
    const snapshot = { id: 'auto-x', at: world.at, message: null, metadata: null, pinned: false };
    world.do({ type: 'foreign_snapshot', workspace: WS, snapshot }).wait(30_000);
    world.crash();
    world.fails().wait(1_000);
    expect(world.fateName(world.crash())).toBe('');
    world.created().wait(30_000);
    expect(world.fateName(world.crash())).toBe('guarded');
  });

  test('is asked again before a spawn', () => {
    const world = World.armed();
    world.crash();
    world.created();
    const id = world.crash();
    world.do({ type: 'availability', workspace: WS, availability: { ...AVAILABLE, usedRatio: 0.95 } }).wait(30_000);
    expect(world.fateName(id)).toBe('guarded');
    expect(world.spawns).toHaveLength(1);
  });

  test('does not bind a manual checkpoint', () => {
    const world = World.armed().do({
      type: 'availability',
      workspace: WS,
      availability: { ...AVAILABLE, usedRatio: 1 },
    });
    expect(world.manual().spawns).toHaveLength(1);
  });
});
