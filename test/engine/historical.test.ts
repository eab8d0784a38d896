import { expect, test } from 'vitest';
import { startedWorld } from '../helpers/engine-world.ts';

test('a signal of the past that more of it disproves counts no more', async () => {
  const world = await startedWorld();
  const of = (n: number, statusCode: number): void =>
    world.call({ callId: `${n}`, startNs: BigInt(n), endNs: BigInt(n), statusCode }, 'historical');
  for (const n of [1, 2, 4, 5, 6]) of(n, 429);
  world.health({ detail: { code: 'quoted', text: 'a storm' } });
  of(3, 200);
  world.health({ detail: { code: 'quoted', text: 'none' } });
  const told = world.events.flatMap((event) => (event.type === 'source' ? [event.source.historicalSignals] : []));
  expect(told).toEqual([1, 1, 0, 0]);
});
