import { describe, expect, test } from 'vitest';
import { workspaceStatus } from '../../../src/core/reactor/view.ts';
import { World, WS } from '../../helpers/reactor.ts';
import { quoted } from '../../helpers/reasons.ts';

const TO = 'auto-20261123T130000-dead_loop';

function rollsBack(world: World, kind: 'rollback' | 'init' = 'rollback'): World {
  if (kind === 'init') return world.do({ type: 'init', workspace: WS });
  return world.do({ type: 'rollback', workspace: WS, snapshot: TO });
}

function ends(world: World, result = { ok: true as const, value: quoted('rolled back') }): World {
  const { run } = world.workspace();
  return world.do({ type: 'finished', workspace: WS, runId: run?.runId ?? 'none', result });
}

function refusals(world: World): readonly string[] {
  return world.refusals().map(({ action, reason }) => `${action}: ${reason}`);
}

describe('a rollback', () => {
  test('is commanded, shown as running, and said when it has ended', () => {
    const world = rollsBack(World.armed());
    expect(world.commands.at(-1)).toMatchObject({ type: 'operation', kind: 'rollback', snapshot: TO });
    expect(workspaceStatus(world.state, world.workspace(), world.now)).toEqual({
      state: 'running',
      endsAt: null,
      reason: { code: 'running', kind: 'rollback', snapshot: TO },
    });
    ends(world);
    expect(world.workspace().run).toBeNull();
    expect(world.notices('operator').at(-1)).toMatchObject({
      action: 'rollback',
      target: WS,
      reason: quoted('rolled back'),
    });
  });

  test('is possible in mode observe too', () => {
    expect(rollsBack(new World()).workspace().run?.kind).toBe('rollback');
  });

  test('is no checkpoint: it says none, opens no window, and leaves the window and the last snapshot as they are', () => {
    const world = World.armed();
    world.crash();
    world.created();
    const before = world.workspace();
    ends(rollsBack(world));
    expect(world.workspace()).toEqual({ ...before, rollbacks: [{ at: world.at, snapshot: TO }] });
    expect(world.notices('started')).toHaveLength(1);
    expect(world.notices('ended')).toHaveLength(1);
  });

  test('signals wait for its end, told so, and then act', () => {
    const world = rollsBack(World.armed());
    const id = world.crash();
    expect(world.fates(id)).toMatchObject([{ kind: 'coalesced', settled: false, reason: 'waits for the rollback' }]);
    expect(world.spawns).toHaveLength(0);
    ends(world);
    expect(world.spawns).toHaveLength(1);
    world.created();
    expect(world.fateName(id)).toBe('checkpointed');
  });

  test('a hold that ends meanwhile fires after it', () => {
    const world = World.armed({}, 'hold');
    world.crash();
    rollsBack(world).wait(10_000);
    expect(world.spawns).toHaveLength(0);
    ends(world);
    expect(world.spawns).toHaveLength(1);
  });

  test('a manual checkpoint that is asked for meanwhile comes after it', () => {
    const world = rollsBack(World.armed()).manual();
    expect(world.spawns).toHaveLength(0);
    ends(world);
    expect(world.spawns).toHaveLength(1);
  });

  test('one that fails is said as refused, with its reason', () => {
    const world = rollsBack(World.armed());
    ends(world, { ok: false, reason: quoted('no such snapshot') } as never);
    expect(refusals(world)).toEqual(['rollback: no such snapshot']);
    expect(world.workspace()).toMatchObject({ run: null, failures: 0 });
  });

  test('never while something runs or is queued, while another engine acts, while stopping, or read-only', () => {
    const running = World.armed();
    running.crash();
    expect(refusals(rollsBack(running))).toEqual(['rollback: a checkpoint is running; wait for its end']);
    expect(refusals(rollsBack(rollsBack(World.armed())))).toEqual([
      'rollback: a rollback is running; wait for its end',
    ]);
    const owner = { user: 'bob', pid: 9, startedAt: 1 };
    const other = World.armed().do({ type: 'lock', workspace: WS, lock: { type: 'other', owner } });
    expect(refusals(rollsBack(other))[0]).toContain('pid 9 of bob');
    expect(refusals(rollsBack(World.armed().do({ type: 'stop' })))).toEqual(['rollback: sightline is stopping']);
    expect(refusals(rollsBack(new World({ readOnly: true })))[0]).toContain('read-only');
  });

  test('an end that is not its own means nothing', () => {
    const world = rollsBack(World.armed());
    world.do({ type: 'finished', workspace: WS, runId: 'other', result: { ok: true, value: quoted('') } });
    expect(world.workspace().run?.kind).toBe('rollback');
  });

  test('a process that ended meanwhile leaves nothing to be looked up', () => {
    const { world, runs } = rollsBack(World.armed()).restarted(1_800_000_000_000);
    expect(runs).toEqual([]);
    expect(world.state.workspaces.get(WS)?.run).toBeNull();
  });
});

test('ws-ckpt init holds the workspace in the same way', () => {
  const world = rollsBack(World.armed(), 'init');
  const id = world.crash();
  expect(world.fates(id)[0]?.reason).toBe('waits for ws-ckpt init');
  ends(world);
  expect(world.notices('operator').at(-1)).toMatchObject({ action: 'init' });
});
