import { describe, expect, test } from 'vitest';
import { graceMs } from '../../../src/core/reactor/why.ts';
import { failedCall } from '../../helpers/feed-events.ts';
import { AVAILABLE, World, WS } from '../../helpers/reactor.ts';
import { quoted } from '../../helpers/reasons.ts';

describe('default', () => {
  test('a core begins in observe: nothing acts, and the signal says what would have been done', () => {
    const world = new World().do({ type: 'availability', workspace: WS, availability: AVAILABLE });
    const id = world.crash();
    expect(world.fate(id)).toMatchObject({ kind: 'disarmed', reason: 'mode observe: would have checkpointed /ws' });
    expect(world.spawns).toEqual([]);
  });
});

describe('queue', () => {
  test('32 unsettled signals of a workspace, those that run included; the next is dropped and shown', () => {
    const world = World.armed();
    const ids = Array.from({ length: 34 }, () => world.crash());
    expect(ids.slice(0, 32).map((id) => world.fateName(id))).toEqual(['', ...Array<string>(31).fill('coalesced?')]);
    for (const id of ids.slice(32)) {
      expect(world.fate(id)).toMatchObject({ kind: 'dropped', reason: expect.stringContaining('32') });
    }
    world.created();
    expect(world.fateName(world.crash())).toBe('coalesced?');
  });

  test('coalesced ones count', () => {
    const world = World.armed();
    world.crash();
    world.created();
    for (let index = 0; index < 32; index += 1) world.crash();
    expect(world.fateName(world.crash())).toBe('dropped');
    world.wait(30_000).created();
    expect(world.state.open.size).toBe(0);
  });

  test('another workspace has its own', () => {
    const workspaces = { agents: { a: '/a', b: '/b' }, processes: {}, fallback: null };
    const world = World.armed({ workspaces }, 'auto', ['/a', '/b']);
    for (let index = 0; index < 40; index += 1) world.crash({ agent: 'a' });
    expect(world.fateName(world.crash({ agent: 'b' }))).toBe('');
    expect(world.spawns).toHaveLength(2);
  });
});

describe('a checkpointer that is not there', () => {
  test.each([
    ['missing', { state: 'unavailable', reason: quoted('ws-ckpt is not installed') }],
    ['unmanaged', { state: 'unmanaged', reason: quoted('run: ws-ckpt init --workspace=/ws') }],
  ] as const)('%s: the fate is unavailable, with the reason', (_name, facts) => {
    const world = World.armed().do({
      type: 'availability',
      workspace: WS,
      availability: { ...AVAILABLE, ...facts },
    });
    const id = world.crash();
    expect(world.fate(id)).toMatchObject({ kind: 'unavailable', reason: facts.reason.text });
    expect(world.spawns).toEqual([]);
  });

  test('one that has not answered yet is not there', () => {
    const world = new World().do({ type: 'mode', mode: 'auto', reason: null });
    expect(world.fateName(world.crash())).toBe('unavailable');
  });

  test('found out at the spawn: unavailable, never a failure, asked again; what waited behind it shares the fate', () => {
    const world = World.armed();
    const [acted, waited] = [world.crash(), world.crash()];
    world.ends({ type: 'unavailable', reason: quoted('the daemon is not running') });
    for (const id of [acted, waited]) {
      expect(world.fate(id)).toMatchObject({ kind: 'unavailable', reason: 'the daemon is not running' });
    }
    expect(world.workspace()).toMatchObject({ failures: 0, backoffEndsMono: null, windowEndsMono: null });
    expect(world.commands).toContainEqual({ type: 'probe', workspace: WS });
    expect(world.timers.size).toBe(0);
  });
});

describe('which workspace', () => {
  const workspaces = { agents: { claude: '/by-agent' }, processes: { node: '/by-process' }, fallback: '/default' };

  test.each([
    ['agent', { agent: 'claude', processName: 'node' }, '/by-agent'],
    ['process', { agent: 'other', processName: 'node' }, '/by-process'],
    ['default', { agent: 'other', processName: 'python' }, '/default'],
  ])('the most specific wins: by %s', (_name, facts, workspace) => {
    const world = World.armed({ workspaces }, 'auto', [workspace]);
    world.call({ ...facts, error: 'oom', statusCode: 500 });
    expect(world.spawns.map(({ workspace: where }) => where)).toEqual([workspace]);
  });

  test('a row is mapped by the process of the call that it names, or by its own where no agent is named', () => {
    const world = World.armed({ workspaces }, 'auto', ['/by-process']);
    world.row({ ...rowOf('x', 'c1'), agent: 'unknown' }, 'live', [failedCall({ callId: 'c1', agent: 'other' })]);
    world.row({ ...rowOf('y', null), agent: 'node' });
    expect(world.signals().map(({ workspace }) => workspace)).toEqual(['/by-process', '/by-process']);
  });

  test('an agent without one gets the fate no_workspace', () => {
    const world = World.armed({ workspaces: { ...workspaces, fallback: null } }, 'auto', []);
    const id = world.crash({ agent: 'nobody' });
    expect(world.fate(id)).toMatchObject({ kind: 'no_workspace', reason: expect.stringContaining('nobody') });
  });

  test('names like constructor are names', () => {
    const world = World.armed({ workspaces: { ...workspaces, fallback: null } }, 'auto', []);
    expect(world.fateName(world.crash({ agent: 'constructor' }))).toBe('no_workspace');
  });

  function rowOf(interruptionId: string, callId: string | null) {
    const detail = { error: null, statusCode: null, exitCode: null, signal: null, coreDump: null };
    return {
      interruptionId,
      type: 'agent_crash',
      severity: 'critical' as const,
      agent: '',
      pid: 1,
      conversationId: null,
      sessionId: null,
      callId,
      occurredNs: 1n,
      resolved: false,
      detail: { ...detail, oom: false, callIds: [], text: '' },
    };
  }
});

test('grace: hold 10 s, auto none, unless one is configured', () => {
  const graces = (graceS: number | null) =>
    (['hold', 'auto'] as const).map((mode) => graceMs(World.armed({ graceMs: graceS }, mode).state));
  expect(graces(null)).toEqual([10_000, 0]);
  expect(graces(3_000)).toEqual([3_000, 3_000]);
});
