import type { Rules } from '../../../../src/core/rules.ts';
import { describe, expect, test } from 'vitest';
import { World } from '../../../helpers/reactor.ts';

function reload(world: World, change: Partial<Rules>): World {
  const { debounceMs, timeoutMs, graceMs, trailing, policy, recordsPolicy, guard, budgets } = world.state.settings;
  const rules = { debounceMs, timeoutMs, graceMs, trailing, policy, recordsPolicy, guard, budgets, ...change };
  return world.do({ type: 'rules', rules, from: '/etc/config.json', changes: 'something' });
}

const IGNORE = { types: { agent_crash: 'ignore' }, severities: {} } as const;

describe('rules that change while we run', () => {
  test('hold from then on, and it is said once', () => {
    const world = World.armed();
    const before = world.crash();
    world.created();
    reload(world, { policy: IGNORE });
    expect(world.fateName(before)).toBe('checkpointed');
    expect(world.fateName(world.crash())).toBe('ignored');
    expect(world.notices('operator').at(-1)).toMatchObject({
      action: 'reload',
      target: '/etc/config.json',
      reason: { code: 'given', text: 'something' },
    });
    expect(reload(world, { timeoutMs: 1_234 }).state.settings.timeoutMs).toBe(1_234);
  });

  test('settle at once what waits and may not act any more', () => {
    const world = World.armed({}, 'hold');
    const id = world.crash();
    reload(world, { policy: IGNORE });
    expect(world.fateName(id)).toBe('ignored');
    expect(world.workspace().hold).toBeNull();
  });

  test('leave what the session changed, and what was announced: countdown and deadline', () => {
    const world = World.armed({}, 'hold');
    world.do({ type: 'policy', target: { scope: 'type', name: 'agent_crash' }, action: 'checkpoint' });
    world.crash();
    const { hold } = world.workspace();
    reload(world, { policy: IGNORE, graceMs: 0 });
    expect(world.workspace().hold).toEqual(hold);
    world.wait(10_000);
    expect(world.spawns).toHaveLength(1);
    const { run } = world.workspace();
    reload(world, { timeoutMs: 1 });
    expect(world.workspace().run).toEqual(run);
  });

  test('make an open window as long as the new debounce, from where it began', () => {
    const world = World.armed();
    world.crash();
    world.created();
    const began = world.mono;
    world.wait(2_000);
    const waiting = world.crash();
    reload(world, { debounceMs: 10_000 });
    expect(world.workspace().windowEndsMono).toBe(began + 10_000);
    world.wait(7_999);
    expect(world.fateName(waiting)).toBe('coalesced?');
    world.wait(1);
    expect(world.spawns).toHaveLength(2);
  });

  test('end a window that is over by the new debounce, and act for what waits', () => {
    const world = World.armed();
    world.crash();
    world.created();
    world.wait(20_000).crash();
    reload(world, { debounceMs: 5_000 });
    expect(world.spawns).toHaveLength(2);
    expect([...world.state.timers.keys()].filter((key) => key.startsWith('window:'))).toEqual([]);
  });

  test('without trailing, settle what waits in a window', () => {
    const world = World.armed();
    world.crash();
    world.created();
    const waiting = world.wait(1_000).crash();
    reload(world, { trailing: false });
    expect(world.fateName(waiting)).toBe('coalesced');
  });

  test('count the guard by the new numbers', () => {
    const world = World.armed({ debounceMs: 0 });
    for (let number = 0; number < 3; number += 1) {
      world.crash();
      world.created();
      world.wait(1_000);
    }
    reload(world, { guard: { ...world.state.settings.guard, perAgentPerHour: 3 } });
    expect(world.fateName(world.crash())).toBe('guarded');
  });
});
