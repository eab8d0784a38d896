import { describe, expect, test } from 'vitest';
import { failedCall, makeRow } from '../../helpers/feed-events.ts';
import { World } from '../../helpers/reactor.ts';
import { quoted } from '../../helpers/reasons.ts';

const stop = (world: World): World => world.do({ type: 'stop' });

describe('shutdown', () => {
  test('what waits is stopped; the run that is on ends and settles its own', () => {
    const world = World.armed();
    const running = world.crash();
    const behind = world.crash();
    stop(world);
    expect([running, behind].map((id) => world.fateName(id))).toEqual(['', 'stopped']);
    world.created();
    expect(world.fateName(running)).toBe('checkpointed');
    expect(world.spawns).toHaveLength(1);
    expect(world.timers.size).toBe(0);
  });

  test.each([
    ['held', 'hold', () => undefined],
    [
      'coalesced',
      'auto',
      (world: World) => {
        world.crash();
        world.created();
      },
    ],
    [
      'backing off',
      'auto',
      (world: World) => {
        world.crash();
        world.fails();
      },
    ],
  ] as const)('what is %s is stopped', (_name, mode, before) => {
    const world = World.armed({}, mode);
    before(world);
    const id = world.crash();
    stop(world);
    expect(world.fateName(id)).toBe('stopped');
    expect(world.workspace().hold).toBeNull();
    expect(world.timers.size).toBe(0);
    expect(world.state.open.size).toBe(0);
  });

  test('a failure of the last run starts nothing more', () => {
    const world = World.armed();
    world.crash();
    stop(world).fails().wait(60_000);
    expect(world.spawns).toHaveLength(1);
  });

  test('a manual checkpoint that was queued is refused, and a new one too', () => {
    const world = World.armed();
    world.crash();
    stop(world.manual()).created().manual();
    expect(world.refusals().map(({ reason }) => reason)).toEqual(['sightline is stopping', 'sightline is stopping']);
    expect(world.spawns).toHaveLength(1);
  });

  test('what still waits to be judged is judged, and stopped instead of acted upon', () => {
    const world = World.armed();
    world.row(makeRow({ callId: 'c1' }));
    for (const ends of [1, 2, 3, 4, 5]) world.call(failedCall({ ends }));
    stop(world);
    expect(world.signals().map(({ type: signal, signalId }) => [signal, world.fateName(signalId)])).toEqual([
      ['agent_crash', 'stopped'],
      ['retry_storm', 'stopped'],
    ]);
    expect(world.spawns).toEqual([]);
    expect(world.timers.size).toBe(0);
  });

  test('what comes later still gets its fate, and never acts', () => {
    const world = stop(World.armed());
    expect(world.fateName(world.crash({ type: 'llm_error' }))).toBe('flagged');
    expect(world.fateName(world.crash())).toBe('stopped');
    expect(world.spawns).toEqual([]);
  });

  test('a run without an answer stays on record for the next start', () => {
    const world = World.armed();
    const id = world.crash();
    stop(world).ends({ type: 'unknown' });
    expect(world.fateName(id)).toBe('');
    expect(world.saved().workspaces).toMatchObject([{ run: { runId: 'run-1', signals: [id] } }]);
  });

  test('a first, whole snapshot that is on holds nothing up', () => {
    const world = World.armed().do({ type: 'baseline', workspace: '/ws', phase: 'started' });
    const id = world.crash();
    stop(world);
    expect(world.fateName(id)).toBe('stopped');
    world.do({ type: 'baseline', workspace: '/ws', phase: 'ended' });
    expect(world.workspace().run).toBeNull();
  });
});

test('an unknown outcome without a shutdown is a failure', () => {
  const world = World.armed();
  const id = world.crash();
  world.ends({ type: 'unknown', reason: quoted('the daemon went away') });
  expect(world.fate(id)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('daemon') });
  expect(world.workspace().failures).toBe(1);
});
