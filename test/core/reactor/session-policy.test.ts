import { describe, expect, test } from 'vitest';
import type { PolicyAction } from '../../../src/core/rules.ts';
import { policyTable, type PolicyRow } from '../../../src/core/reactor/policy/table.ts';
import type { PolicyTarget } from '../../../src/core/actions.ts';
import { World } from '../../helpers/reactor.ts';

const NONE = { types: {}, severities: {} };

function set(world: World, target: PolicyTarget, action: PolicyAction | null): World {
  return world.do({ type: 'policy', target, action });
}

function row(rows: readonly PolicyRow[], name: string): PolicyRow | undefined {
  return rows.find((one) => one.name === name);
}

describe('the policy of a session', () => {
  test('a type can be flagged, and be as configured again', () => {
    const world = set(World.armed(), { scope: 'type', name: 'agent_crash' }, 'flag');
    expect(world.fate(world.crash())).toMatchObject({ kind: 'flagged' });
    set(world, { scope: 'type', name: 'agent_crash' }, null);
    world.crash();
    expect(world.spawns).toHaveLength(1);
    expect(world.notices('operator').slice(-2)).toMatchObject([
      { action: 'policy', target: 'agent_crash', reason: { code: 'policy_rule', scope: 'type', action: 'flag' } },
      { action: 'policy', target: 'agent_crash', reason: { code: 'policy_rule', scope: 'type', action: null } },
    ]);
  });

  test('a severity can ask for checkpoints; a rule of the type outranks it', () => {
    const world = set(World.armed(), { scope: 'severity', name: 'high' }, 'checkpoint');
    world.crash({ type: 'llm_error', severity: 'high' });
    expect(world.spawns).toHaveLength(1);
    set(world, { scope: 'type', name: 'llm_error' }, 'ignore');
    expect(world.fate(world.crash({ type: 'llm_error', severity: 'high' }))).toMatchObject({ kind: 'ignored' });
  });

  test('what waits and may not act any more is settled at once; a running checkpoint is left alone', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    set(world, { scope: 'type', name: 'agent_crash' }, 'flag');
    expect(world.fateName(id)).toBe('flagged');
    expect(world.workspace().hold).toBeNull();
    const running = World.armed();
    const acts = running.crash();
    set(running, { scope: 'type', name: 'agent_crash' }, 'ignore').created();
    expect(running.fateName(acts)).toBe('checkpointed');
  });

  test('it ends with the session', () => {
    const { world } = set(World.armed(), { scope: 'type', name: 'agent_crash' }, 'flag').restarted(1_800_000_000_000);
    expect(world.state.session).toEqual(NONE);
  });

  test('it has a bound, and is refused read-only', () => {
    const world = World.armed();
    for (let n = 0; n < 300; n += 1) set(world, { scope: 'type', name: `type_${n}` }, 'ignore');
    expect(Object.keys(world.state.session.types)).toHaveLength(256);
    expect(world.refusals().at(-1)).toMatchObject({ action: 'policy' });
    const watcher = set(new World({ readOnly: true }), { scope: 'type', name: 'x' }, 'ignore');
    expect(watcher.state.session).toEqual(NONE);
  });
});

describe('the table', () => {
  test('names every known type and every severity, with the defaults', () => {
    const rows = policyTable({ config: NONE, session: NONE });
    expect(rows).toHaveLength(23 + 4);
    expect(row(rows, 'dead_loop')).toEqual({
      scope: 'type',
      name: 'dead_loop',
      severity: 'critical',
      action: 'checkpoint',
      rule: 'default',
      from: 'default',
    });
    expect(row(rows, 'slow_response')).toMatchObject({ action: 'flag', from: 'default' });
    expect(row(rows, 'low')).toEqual({ scope: 'severity', name: 'low', action: null, from: 'default' });
  });

  test('says by whose word: the session, the configuration, by type or by severity', () => {
    const rows = policyTable({
      config: { types: { llm_error: 'ignore', mine: 'checkpoint' }, severities: { medium: 'ignore' } },
      session: { types: { agent_crash: 'flag' }, severities: { high: 'checkpoint' } },
    });
    expect(row(rows, 'agent_crash')).toMatchObject({ action: 'flag', rule: 'type', from: 'session' });
    expect(row(rows, 'llm_error')).toMatchObject({ action: 'ignore', rule: 'type', from: 'config' });
    expect(row(rows, 'auth_error')).toMatchObject({ action: 'checkpoint', rule: 'severity', from: 'session' });
    expect(row(rows, 'rate_limit')).toMatchObject({ action: 'ignore', rule: 'severity', from: 'config' });
    expect(row(rows, 'mine')).toMatchObject({ action: 'checkpoint', rule: 'type', from: 'config' });
    expect(row(rows, 'medium')).toMatchObject({ action: 'ignore', from: 'config' });
  });

  test('a type that is called like a member of every object is a type like others', () => {
    const rows = policyTable({ config: { types: { constructor: 'ignore' as const }, severities: {} }, session: NONE });
    expect(row(rows, 'constructor')).toMatchObject({ action: 'ignore', from: 'config' });
  });
});
