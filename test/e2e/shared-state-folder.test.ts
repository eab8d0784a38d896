import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { type Headless, startHeadless } from '../helpers/headless.ts';
import { until } from '../helpers/until.ts';

const settledFates = (...runs: readonly Headless[]): readonly string[] =>
  runs.flatMap((run) => run.all({ kind: 'fate', settled: true })).map(({ signal_id }) => signal_id ?? '');

test('two engines on one state folder settle each signal once; the second goes on when the first is killed', async () => {
  const world = await headlessWorld();
  const first = world.start();
  await first.line({ kind: 'started' });
  const second = world.start();
  await second.line({ kind: 'started' });
  expect(second.errors()).toContain('is in use by');

  for (const call_id of ['a', 'b', 'c']) await world.failedCall('process crashed', { call_id });
  await until(() => second.all({ kind: 'fate' }).length === 3);
  await until(() => first.all({ kind: 'fate', settled: true }).length === 3);
  expect(second.all({ kind: 'fate', settled: true })).toEqual([]);
  const [told] = second.all({ kind: 'fate' });
  expect(told?.['reason']).toContain(`keeps the state folder (pid ${first.child.pid}`);

  await first.end('SIGKILL');
  await until(() => second.errors().includes('is free'), 10_000);
  await world.failedCall('process crashed', { call_id: 'd' });
  await second.line({ kind: 'fate', fate: 'no_workspace', settled: true });
  await second.end('SIGTERM');
  const third = world.start();
  await third.line({ kind: 'started' });
  await third.end('SIGTERM');
  const fates = settledFates(first, second, third);
  expect(fates).toHaveLength(4);
  expect(new Set(fates).size).toBe(4);
});

test('what the first never knew is settled by the second at its end', async () => {
  const world = await headlessWorld();
  const other = await headlessWorld();
  // The first follows another feed.
  const first = startHeadless(['--source', `sqlite:${other.folder}`, '--state-dir', world.stateDir]);
  await first.line({ kind: 'started' });
  const second = world.start();
  await second.line({ kind: 'started' });
  await world.failedCall('process crashed', { call_id: 'a' });
  const { signal_id } = await second.line({ kind: 'fate', settled: false });
  await other.failedCall('process crashed', { call_id: 'b' });
  await first.line({ kind: 'fate', settled: true });
  // Long enough ago that the first would have seen it.
  await delay(2_500);
  await second.end('SIGTERM');
  expect(second.all({ kind: 'fate', settled: true })).toMatchObject([{ signal_id, fate: 'no_workspace' }]);
});
