import { describe, expect, test } from 'vitest';
import { M0, T0, World, WS } from '../../helpers/reactor.ts';
import { quoted } from '../../helpers/reasons.ts';

describe('what is asked of the checkpointer', () => {
  test('id, message and metadata of an automatic one', () => {
    const world = World.armed();
    const signalId = world.call({ callId: 'c1', conversationId: 'conv-1', error: 'oom', statusCode: 500 });
    expect(world.spawns).toEqual([
      {
        at: T0,
        mono: M0,
        runId: 'run-1',
        workspace: WS,
        snapshot: 'auto-20261123T140312-agent_crash',
        message: 'reactive: agent_crash (conv=conv-1)',
        metadata: {
          auto: true,
          type: 'reactive',
          tool: 'sightline',
          version: '0.0.0-test',
          host: 'testhost',
          run_id: 'run-1',
          signal: 'agent_crash',
          signal_id: signalId,
          agent: 'agent',
          pid: 7,
          call_id: 'c1',
        },
        timeoutMs: 10_000,
      },
    ]);
  });

  test('a conversation that is not known reads unknown', () => {
    const world = World.armed();
    world.crash({ conversationId: null });
    expect(world.spawns[0]?.message).toBe('reactive: agent_crash (conv=unknown)');
  });

  test("an operator's is named manual-… and says so in its metadata", () => {
    const world = World.armed().manual({ conversationId: 'conv-1', agent: 'agent', reason: 'before lunch' });
    expect(world.spawns).toMatchObject([
      {
        snapshot: 'manual-20261123T140312',
        message: 'manual: before lunch (conv=conv-1)',
        metadata: { auto: false, type: 'manual', tool: 'sightline', host: 'testhost', agent: 'agent' },
      },
    ]);
  });

  test('each run has an id of its own', () => {
    const world = World.armed();
    world.crash();
    world.created();
    world.manual();
    expect(world.spawns.map(({ runId }) => runId)).toEqual(['run-1', 'run-2']);
  });
});

describe('how it ended', () => {
  test('checkpointed: the snapshot and how long it took', () => {
    const world = World.armed();
    const id = world.crash();
    world.ends({ type: 'created', snapshot: 'auto-20261123T140312-agent_crash-2', durationMs: 41 });
    expect(world.fate(id)).toMatchObject({ snapshot: 'auto-20261123T140312-agent_crash-2', durationMs: 41 });
    expect(world.notices('ended')).toMatchObject([{ outcome: 'created', exitCode: 0, durationMs: 41 }]);
    expect(world.workspace().lastSnapshot).toMatchObject({ id: 'auto-20261123T140312-agent_crash-2', trigger: id });
  });

  test('failed: exit code and stderr', () => {
    const world = World.armed();
    const id = world.crash();
    world.ends({ type: 'failed', reason: quoted('ws-ckpt failed'), exitCode: 1, stderr: 'index is damaged' });
    expect(world.fate(id)).toMatchObject({ kind: 'failed', reason: 'ws-ckpt failed (exit 1): index is damaged' });
    expect(world.notices('ended')).toMatchObject([{ outcome: 'failed', exitCode: 1, stderr: 'index is damaged' }]);
  });

  test('failed: an exit code that the reason has is not told twice', () => {
    const world = World.armed();
    const id = world.crash();
    const reason = { code: 'exited', exitCode: 3, signal: null, line: 'no room' } as const;
    world.ends({ type: 'failed', reason, exitCode: 3, stderr: 'no room' });
    expect(world.fate(id)).toMatchObject({ kind: 'failed', reason: 'exit 3: no room' });
  });

  test('an empty workspace: failed, and so it says', () => {
    const world = World.armed();
    const id = world.crash();
    world.ends({ type: 'empty' });
    expect(world.fate(id)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('empty workspace') });
  });

  test('a snapshot that would fill the store: guarded, with the reason', () => {
    const world = World.armed();
    const id = world.crash();
    world.ends({ type: 'guarded', reason: quoted('no room; free space: rm x') });
    expect(world.fate(id)).toMatchObject({ kind: 'guarded', reason: 'no room; free space: rm x' });
  });

  test('timed out', () => {
    const world = World.armed();
    const id = world.crash();
    world.wait(13_000).ends({ type: 'timed_out', reason: quoted('no answer within 10 s'), exitCode: null });
    expect(world.fateName(id)).toBe('timed_out');
    expect(world.notices('ended')).toMatchObject([{ outcome: 'timed_out', exitCode: null }]);
  });

  test('an outcome of a run that is not on means nothing', () => {
    const world = World.armed();
    world.crash();
    const { state } = world;
    const outcome = { type: 'created', snapshot: 'x', late: false, durationMs: 1, exitCode: 0, stderr: '' } as const;
    world.do({ type: 'outcome', workspace: WS, runId: 'other', outcome });
    expect(world.state).toBe(state);
  });
});

describe('back-off', () => {
  test.each([
    ['a failure', 1_000, (world: World) => world.fails()],
    ['a time-out', 1_000, (world: World) => world.ends({ type: 'timed_out' })],
    ['an empty workspace', 1_000, (world: World) => world.ends({ type: 'empty' })],
    ['a store without room', 1_000, (world: World) => world.ends({ type: 'guarded', reason: quoted('no room') })],
    [
      'a second failure in a row',
      2_000,
      (world: World) => {
        world.fails().wait(1_000);
        world.crash();
        world.fails();
      },
    ],
  ])('after %s the next try waits %i ms, and one fires for all that came', (_name, ms, fail) => {
    const world = World.armed();
    const first = world.crash();
    fail(world);
    expect(world.fateName(first)).toMatch(/^(?:failed|timed_out|guarded)$/);
    const before = world.spawns.length;
    const meanwhile = [world.crash(), world.crash()];
    expect(meanwhile.map((id) => world.fateName(id))).toEqual(['coalesced?', 'coalesced?']);
    world.wait(ms - 1);
    expect(world.spawns).toHaveLength(before);
    world.wait(1);
    expect(world.spawns).toHaveLength(before + 1);
    world.created();
    expect(meanwhile.map((id) => world.fateName(id))).toEqual(['checkpointed', 'coalesced']);
  });

  test('nothing retries by itself', () => {
    const world = World.armed();
    world.crash();
    world.fails().wait(600_000);
    expect(world.spawns).toHaveLength(1);
    expect(world.timers.size).toBe(0);
  });

  test('what came while it ran waits for its end', () => {
    const world = World.armed();
    world.crash();
    const behind = world.crash();
    world.fails();
    expect(world.fateName(behind)).toBe('coalesced?');
    world.wait(1_000).created();
    expect(world.fateName(behind)).toBe('checkpointed');
  });

  test('a success zeroes the failures', () => {
    const world = World.armed();
    world.crash();
    world.fails().wait(1_000);
    world.crash();
    world.created();
    expect(world.workspace()).toMatchObject({ failures: 0, backoffEndsMono: null });
  });

  test('an empty workspace is no failure and forgives none', () => {
    const world = World.armed();
    world.crash();
    world.fails().wait(1_000);
    world.crash();
    world.ends({ type: 'empty' });
    expect(world.workspace().failures).toBe(1);
  });
});

describe('a snapshot that appears after its run was given up', () => {
  const late = (world: World, at = world.at) => {
    const runId = world.spawns[0]?.runId ?? '';
    const metadata = { tool: 'sightline', run_id: runId };
    const snapshot = { id: 'auto-late', at, message: null, metadata, pinned: false };
    return world.do({ type: 'late_snapshot', workspace: WS, snapshot });
  };

  test('is told as an update of each signal that it was for; the fates stay, and the window opens', () => {
    const world = World.armed();
    const trigger = world.crash();
    world.ends({ type: 'timed_out' });
    world.wait(60_000);
    late(world);
    expect(world.notices('update')).toMatchObject([{ signalId: trigger, snapshot: 'auto-late', resolved: false }]);
    expect(world.fateName(trigger)).toBe('timed_out');
    expect(world.workspace()).toMatchObject({
      lastSnapshot: { id: 'auto-late', trigger },
      windowSnapshot: 'auto-late',
      windowEndsMono: world.mono + 30_000,
    });
  });

  test('is told once, and after a restart, too', () => {
    const before = World.armed();
    const id = before.crash();
    before.ends({ type: 'timed_out' });
    const { world } = before.restarted(before.at + 1_000);
    world.spawns.push(...before.spawns);
    late(late(world));
    expect(world.notices('update')).toMatchObject([{ signalId: id, snapshot: 'auto-late' }]);
  });

  test('opens no window longer than its own where its stamp lies in the future', () => {
    const world = World.armed();
    world.crash();
    world.ends({ type: 'timed_out' });
    late(world, world.at + 3_600_000);
    expect(world.workspace()).toMatchObject({ windowEndsMono: world.mono + 30_000, lastSnapshot: { at: world.at } });
  });
});

test('a run that its folder forbids is not told: no start, no end, only the fate', () => {
  const world = World.armed();
  const id = world.crash();
  const begun = world.notices('started').length;
  const { runId = '' } = world.workspace().run ?? {};
  const outcome = {
    type: 'unavailable',
    reason: quoted('replaced'),
    durationMs: 0,
    exitCode: null,
    stderr: '',
  } as const;
  world.do({ type: 'outcome', workspace: WS, runId, outcome, begun: false });
  expect([begun, world.notices('ended')]).toEqual([1, []]);
  expect(world.fateName(id)).toBe('unavailable');
});
