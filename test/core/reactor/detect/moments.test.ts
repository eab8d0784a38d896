import { describe, expect, test } from 'vitest';
import { MOMENT_FRESH_MS, type Moment } from '../../../../src/core/moments.ts';
import { policyTable } from '../../../../src/core/reactor/policy/table.ts';
import type { PolicyAction, PolicyRules } from '../../../../src/core/rules.ts';
import { World } from '../../../helpers/reactor.ts';

function asked(...types: readonly string[]): PolicyRules {
  const actions = types.map((type): [string, PolicyAction] => [type, 'checkpoint']);
  return { types: Object.fromEntries(actions), severities: {} };
}

/** A moment of now; returns the ids of the signals that it raised. */
function happens(world: World, facts: Partial<Moment> = {}): readonly string[] {
  const before = world.signals().length;
  const cause = { code: 'turn_start' } as const;
  const base = {
    type: cause.code,
    key: 'turn-1',
    agent: 'claude',
    conversationId: 'c',
    sessionId: 's',
    at: world.at,
    cause,
  };
  world.do({ type: 'moment', moment: { ...base, ...facts } });
  return world
    .signals()
    .slice(before)
    .map(({ signalId }) => signalId);
}

const RISKY = { type: 'risky_tool', cause: { code: 'risky_tool', tool: 'Bash', command: 'rm -r' } } as const;

describe('a moment', () => {
  test('is no signal while the policy ignores its type, which only a rule of its own name changes', () => {
    expect(happens(World.armed())).toEqual([]);
    const severe = World.armed({ policy: { types: {}, severities: { low: 'checkpoint' } } });
    expect(happens(severe)).toEqual([]);
    severe.do({ type: 'policy', target: { scope: 'type', name: 'turn_start' }, action: 'flag' });
    const [id = ''] = happens(severe);
    expect(severe.fateName(id)).toBe('flagged');
  });

  test('stands in the table of the policy as ignored by default, whatever the severities say', () => {
    const rules = { types: {}, severities: { low: 'checkpoint' } } as const;
    const rows = policyTable({ config: rules, session: rules });
    for (const name of ['turn_start', 'risky_tool', 'compaction_near'])
      expect(rows.find((row) => row.name === name)).toMatchObject({
        action: 'ignore',
        rule: 'default',
        from: 'default',
      });
  });

  test('of the same identity is one signal, and one that was recorded long ago is none', () => {
    const world = World.armed({ policy: asked('turn_start') });
    expect(happens(world)).toHaveLength(1);
    expect(happens(world)).toEqual([]);
    expect(happens(world, { key: 'turn-2', at: world.at - MOMENT_FRESH_MS - 1 })).toEqual([]);
    expect(happens(world, { key: 'turn-3', at: world.at + MOMENT_FRESH_MS + 1 })).toEqual([]);
    expect(happens(world, { key: 'turn-4', at: world.at - MOMENT_FRESH_MS })).toHaveLength(1);
  });

  test('passes the same checks as every signal: mode, hold, debounce, guard', () => {
    const policy = asked('risky_tool');
    const observing = new World({ policy });
    expect(observing.fateName(happens(observing, RISKY)[0] ?? '')).toBe('disarmed');
    const held = World.armed({ policy }, 'hold');
    const [id = ''] = happens(held, RISKY);
    expect(held.workspace().hold).toMatchObject({ trigger: id });
    held.wait(10_000).created();
    expect(held.fateName(id)).toBe('checkpointed');
    const [inside = ''] = happens(held, { ...RISKY, key: 'tool-2' });
    expect(held.fateName(inside)).toBe('coalesced?');
    const guarded = World.armed({ policy, guard: { perAgentPerHour: 0, perWorkspacePerHour: 60, storeUsedRatio: 1 } });
    expect(guarded.fateName(happens(guarded, RISKY)[0] ?? '')).toBe('guarded');
  });

  test('takes half of what the guard allows in an hour, and the rest is for what goes wrong', () => {
    const guard = { perAgentPerHour: 3, perWorkspacePerHour: 60, storeUsedRatio: 1 };
    const world = World.armed({ policy: asked('risky_tool'), guard, debounceMs: 0 });
    for (const key of ['one', 'two']) {
      const [id = ''] = happens(world, { ...RISKY, key });
      world.created();
      expect(world.fateName(id)).toBe('checkpointed');
    }
    expect(world.fate(happens(world, { ...RISKY, key: 'three' })[0] ?? '')).toMatchObject({
      kind: 'guarded',
      reason: expect.stringMatching(
        /^2 automatic checkpoints.*half of guard.per_agent_per_hour is kept for what goes wrong/,
      ),
    });
    const crashed = world.crash({ agent: 'claude' });
    world.created();
    expect(world.fateName(crashed)).toBe('checkpointed');
    expect(world.fateName(world.crash({ agent: 'claude' }))).toBe('guarded');
  });

  test('that is held leaves its place to what goes wrong meanwhile', () => {
    const guard = { perAgentPerHour: 1, perWorkspacePerHour: 2, storeUsedRatio: 1 };
    const world = World.armed({ policy: asked('risky_tool'), guard, debounceMs: 0 }, 'hold');
    const [id = ''] = happens(world, RISKY);
    const crashed = world.crash({ agent: 'claude' });
    world.wait(10_000).created();
    expect([id, crashed].map((one) => world.fateName(one)).sort()).toEqual(['checkpointed', 'coalesced']);
  });

  test('is flagged where the policy for records says so', () => {
    const world = World.armed({ policy: asked('risky_tool'), recordsPolicy: { risky_tool: 'flag' } });
    expect(world.fateName(happens(world, RISKY)[0] ?? '')).toBe('flagged');
  });
});

describe('a checkpoint for the start of a turn', () => {
  test('is left out where the last one holds the same, and opens no window', () => {
    const world = World.armed({ policy: asked('turn_start') });
    const [id = ''] = happens(world);
    expect(world.spawns[0]).toMatchObject({ unlessUnchanged: true, metadata: { retention: 'turn_start' } });
    world.ends({ type: 'unchanged', snapshot: 'auto-before' });
    expect(world.fate(id)).toMatchObject({ kind: 'coalesced', settled: true, snapshot: 'auto-before' });
    expect(world.notices('ended').at(-1)).toMatchObject({ outcome: 'unchanged', snapshot: 'auto-before' });
    world.crash();
    expect(world.spawns).toHaveLength(2);
  });

  test('is one like any other as soon as it is for something else, too', () => {
    const world = World.armed({ policy: asked('turn_start', 'risky_tool') }, 'hold');
    happens(world);
    happens(world, RISKY);
    world.wait(10_000);
    const [request] = world.spawns;
    expect(request).not.toHaveProperty('unlessUnchanged');
    expect(request?.metadata).not.toHaveProperty('retention');
  });
});
