import { expect, test } from 'vitest';
import { failedCall, makeRow } from '../../../helpers/feed-events.ts';
import { T0, World } from '../../../helpers/reactor.ts';

function notify(world: World, signal: string, conversationId: string | null = 'conv'): World {
  return world.do({ type: 'notify', signal, conversationId, agent: 'agent', processName: null, pid: null });
}

test('notifyInterruption is the same door: critical, from the API, through the same checks', () => {
  const world = notify(World.armed(), 'dead_loop');
  expect(world.signals()).toMatchObject([
    { type: 'dead_loop', origin: 'api', severity: 'critical', conversationId: 'conv', at: T0, historical: false },
  ]);
  expect(world.spawns).toMatchObject([{ message: 'reactive: dead_loop (conv=conv)' }]);
});

test('a storm or a loop that the conversation is in keeps its signal', () => {
  const world = notify(notify(World.armed(), 'retry_storm').wait(5_000), 'retry_storm');
  expect(world.signals()).toHaveLength(1);
  notify(world, 'retry_storm', 'other');
  expect(world.signals()).toHaveLength(2);
});

test("a storm that was notified and agentsight's row or our own counting are one", () => {
  const world = notify(World.armed(), 'retry_storm');
  const atNs = BigInt(T0) * 1_000_000n;
  world.row(makeRow({ type: 'retry_storm', occurredNs: atNs + 1n }));
  for (const ends of [1, 2, 3, 4, 5]) {
    world.call(
      failedCall({ callId: `c${ends}`, ends: 0, endNs: atNs - 6_000_000_000n + BigInt(ends) * 1_000_000_000n }),
    );
  }
  world.wait(0);
  expect(world.signals()).toHaveLength(1);
});

test('others are a signal each time, and the policy decides', () => {
  const world = notify(World.armed(), 'agent_crash').created();
  notify(world.wait(1_000), 'agent_crash');
  notify(world, 'quantum_flux', null);
  expect(world.signals().map(({ signalId }) => world.fateName(signalId))).toEqual([
    'checkpointed',
    'coalesced?',
    'flagged',
  ]);
});
