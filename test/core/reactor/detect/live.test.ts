import { expect, test } from 'vitest';
import { failedCall, makeCall, makeRow, ns } from '../../../helpers/feed-events.ts';
import { World } from '../../../helpers/reactor.ts';

const failures = [1, 2, 3, 4, 5].map((ends) => failedCall({ ends }));

test('what was there when we attached is shown and never acted upon', () => {
  const world = World.armed();
  const crash = world.crash({}, 'historical');
  const overflow = world.call({ error: 'prompt is too long', statusCode: 400 }, 'historical');
  for (const id of [crash, overflow]) expect(world.fates(id).map(({ kind }) => kind)).toEqual(['historical']);
  expect(world.signals().every(({ historical }) => historical)).toBe(true);
  expect(world.spawns).toEqual([]);
});

test('a historical signal is historical before the policy is asked', () => {
  const world = World.armed({ policy: { types: { noise: 'ignore' }, severities: {} } });
  expect(world.fateName(world.crash({ type: 'noise' }, 'historical'))).toBe('historical');
});

test('history seeds the rows of failures: a live fifth failure is a live storm', () => {
  const world = World.armed();
  for (const call of failures.slice(0, 4)) world.call(call, 'historical');
  for (const call of failures.slice(4)) world.call(call);
  world.wait(0);
  expect(world.signals()).toMatchObject([{ type: 'retry_storm', historical: false }]);
  expect(world.spawns).toHaveLength(1);
});

test('a live fifth failure is a live storm also when the history is read after it', () => {
  const world = World.armed();
  for (const call of failures.slice(4)) world.call(call);
  for (const call of failures.slice(0, 4)) world.call(call, 'historical');
  world.wait(0);
  expect(world.signals()).toMatchObject([{ type: 'retry_storm', historical: false }]);
});

test('a storm of the past is historical, and a live sixth failure does not make it live', () => {
  const world = World.armed();
  for (const call of failures) world.call(call, 'historical');
  world.call(failedCall({ ends: 6 }));
  world.wait(0);
  expect(world.signals()).toMatchObject([{ type: 'retry_storm', historical: true }]);
  expect(world.spawns).toEqual([]);
});

test('rewritten ids and late stamps are no news', () => {
  const world = World.armed();
  const before = makeCall({ error: 'oom', statusCode: 500 });
  world.call({ ...before, sessionId: 'real' }, 'none', before);
  world.row(makeRow({ sessionId: 'real' }), 'none');
  expect(world.signals()).toEqual([]);
});

test("a change of a call's status is news: what turns out failed is judged then", () => {
  const world = World.armed();
  const pending = makeCall({ status: 'pending', endNs: null, statusCode: null });
  world.call(pending, 'historical');
  world.call(failedCall({ error: 'context_length_exceeded' }), 'live', pending);
  expect(world.signals()).toMatchObject([{ type: 'context_overflow', historical: false }]);
});

test('a live row about a signal of the past adds to it and makes nothing act', () => {
  const world = World.armed();
  const id = world.call({ callId: 'c1', error: 'oom', statusCode: 500 }, 'historical');
  expect(world.row(makeRow({ callId: 'c1', occurredNs: ns(2) }))).toBe(id);
  expect(world.fates(id).map(({ kind }) => kind)).toEqual(['historical']);
  expect(world.spawns).toEqual([]);
});

test('a day of successful calls makes no signal at all', () => {
  const world = World.armed();
  for (let index = 0; index < 3_000; index += 1) {
    const conversationId = `conv-${index % 12}`;
    world.call(makeCall({ callId: `c${index}`, ends: index * 25, conversationId, finishReason: 'length' }));
  }
  expect(world.commands.filter(({ type }) => type !== 'notice')).toEqual([]);
  expect(world.signals()).toEqual([]);
});
