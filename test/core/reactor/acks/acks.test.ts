import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AckScope } from '../../../../src/core/acks.ts';
import { MAX_ACKED_SIGNALS, MAX_ACKS } from '../../../../src/core/limits.ts';
import { ackOf, ackOfInterruption } from '../../../../src/core/reactor/acks/covers.ts';
import { recordOf } from '../../../../src/core/reactor/draft.ts';
import { allSignals } from '../../../../src/engine/view.ts';
import { makeDetail, makeRow } from '../../../helpers/feed-events.ts';
import { T0, World } from '../../../helpers/reactor.ts';
import { ackOp, story } from '../../../helpers/reactor-ops.ts';
import { play } from '../../../helpers/reactor-story.ts';

const ANN = { user: 'ann', tty: null, claimed: false } as const;
const HOUR_MS = 3_600_000;

function ack(world: World, scope: AckScope, durationMs: number | null = null): World {
  return world.do({ type: 'ack', scope, durationMs, note: 'key rotated', by: ANN });
}

function isAcked(world: World, signalId: string): boolean {
  const record = recordOf(world.state, signalId);
  return record !== undefined && ackOf(world.state.acks, record) !== null;
}

describe('an acknowledgement', () => {
  test.each<[string, AckScope, object]>([
    ['of a type', { signal: 'agent_crash' }, { type: 'dead_loop', agent: 'a' }],
    ['of an agent', { agent: 'a' }, { type: 'agent_crash', agent: 'b' }],
    ['of a conversation', { conversation: 'c1' }, { conversationId: 'c2' }],
  ])('%s covers what exists of it, and nothing that comes later', (_, scope, miss) => {
    const world = World.armed();
    const hit = world.crash({ type: 'agent_crash', agent: 'a', conversationId: 'c1' });
    const other = world.crash({ conversationId: 'c3', agent: 'c', ...miss });
    ack(world, scope);
    const later = world.crash({ type: 'agent_crash', agent: 'a', conversationId: 'c1' });
    expect([hit, other, later].map((id) => isAcked(world, id))).toEqual([true, false, false]);
  });

  test('of single signals covers these', () => {
    const world = World.armed();
    const [one, two] = [world.crash({ agent: 'a' }), world.crash({ agent: 'a' })];
    ack(world, { ids: [one] });
    expect([one, two].map((id) => isAcked(world, id))).toEqual([true, false]);
  });

  test('of older ones covers what was reported last before', () => {
    const world = World.armed();
    const old = world.crash({ agent: 'a' });
    const row = makeRow({ type: 'dead_loop', conversationId: 'c9', occurredNs: BigInt(T0) * 1_000_000n });
    const loop = world.row({ ...row, interruptionId: 'loop-1' });
    world.wait(60_000);
    world.row({ ...row, interruptionId: 'loop-2', occurredNs: BigInt(T0 + 60_000) * 1_000_000n });
    ack(world, { before: T0 + 30_000 });
    expect([old, loop].map((id) => isAcked(world, id))).toEqual([true, false]);
  });

  test('of older ones covers a history that is read later, and no late live signal', () => {
    const world = ack(World.armed(), { before: T0 });
    const occurredNs = BigInt(T0 - HOUR_MS) * 1_000_000n;
    expect(isAcked(world, world.crash({ occurredNs }, 'historical'))).toBe(true);
    expect(isAcked(world, world.crash({ occurredNs }))).toBe(false);
  });

  test('holds for further reports of its episode, not for the next one', () => {
    const world = World.armed({ episodeQuietMs: 600_000 });
    const at = (ms: number) => ({ occurredNs: BigInt(T0 + ms) * 1_000_000n });
    const row = makeRow({ type: 'dead_loop', conversationId: 'c1' });
    const first = world.row({ ...row, interruptionId: 'loop-1', ...at(0) });
    ack(world, { ids: [first] });
    world.wait(60_000);
    expect(world.row({ ...row, interruptionId: 'loop-2', ...at(60_000) })).toBe(first);
    expect(isAcked(world, first)).toBe(true);
    expect(world.notices('update').at(-1)).toMatchObject({ signalId: first, acked: { by: 'ann' } });
    world.wait(700_000);
    const next = world.row({ ...row, interruptionId: 'loop-3', ...at(760_000) });
    expect(next).not.toBe(first);
    expect(isAcked(world, next)).toBe(false);
  });

  test('does not cover a signal that has become more severe', () => {
    const world = World.armed();
    const id = world.crash({ type: 'auth_error', severity: 'high', agent: 'a' });
    ack(world, { agent: 'a' });
    const record = recordOf(world.state, id);
    expect(record && ackOf(world.state.acks, record)).toMatchObject({ by: 'ann' });
    expect(
      record && ackOf(world.state.acks, { ...record, signal: { ...record.signal, severity: 'critical' } }),
    ).toBeNull();
  });

  test('ends at its end by either clock, and leaves no timer', () => {
    const world = World.armed();
    const id = world.crash();
    ack(world, {}, HOUR_MS);
    world.wait(HOUR_MS - 1);
    expect(isAcked(world, id)).toBe(true);
    world.wait(1);
    expect(isAcked(world, id)).toBe(false);
    expect(world.timers.has('acks')).toBe(false);
    ack(world, {}, HOUR_MS);
    world.at += HOUR_MS;
    world.wait(0).do({ type: 'stop' });
    expect(isAcked(world, id)).toBe(false);
  });

  test('is taken back for what is named, and the rest stays', () => {
    const world = World.armed();
    const [one, two] = [world.crash({ agent: 'a' }), world.crash({ agent: 'a' })];
    ack(world, { agent: 'a' }).do({ type: 'unack', scope: { ids: [one] } });
    expect([one, two].map((id) => isAcked(world, id))).toEqual([false, true]);
    expect(world.notices('operator').at(-1)).toMatchObject({ action: 'unack', ack: { ack: null, signals: [one] } });
    world.do({ type: 'unack', scope: {} });
    expect(world.state.acks).toEqual([]);
  });

  test('is taken back of an old signal, too, for which a rule stands', () => {
    const world = World.armed();
    const [one, two] = [world.crash({ agent: 'a' }, 'historical'), world.crash({ agent: 'a' }, 'historical')];
    ack(world, { before: T0 }).do({ type: 'unack', scope: { ids: [one] } });
    expect([one, two].map((id) => isAcked(world, id))).toEqual([false, true]);
  });

  test('of older ones goes with a scope that contains it, though nothing of it is known', () => {
    const world = ack(World.armed(), { agent: 'a', before: T0 });
    world.do({ type: 'unack', scope: { agent: 'b' } });
    expect(world.state.acks).toHaveLength(1);
    world.do({ type: 'unack', scope: { agent: 'a' } });
    expect(world.state.acks).toEqual([]);
  });

  test('names who, what and how often in its notice', () => {
    const world = World.armed();
    world.crash({ type: 'auth_error', severity: 'high', agent: 'a' });
    world.crash({ type: 'auth_error', severity: 'high', agent: 'a' });
    ack(world, { agent: 'a' });
    expect(world.notices('operator').at(-1)).toMatchObject({
      action: 'ack',
      by: ANN,
      reason: { code: 'given', text: 'key rotated' },
      ack: { count: 2, signal: 'auth_error', agent: 'a', ack: { by: 'ann', note: 'key rotated', endsAt: null } },
    });
  });

  test('of nothing that exists, or that is acknowledged already, is refused', () => {
    const world = World.armed();
    ack(world, { agent: 'a' });
    world.crash({ agent: 'a' });
    ack(ack(world, {}), {});
    world.do({ type: 'unack', scope: { agent: 'b' } });
    expect(world.notices('refused').map(({ reason }) => reason.code)).toEqual([
      'nothing_to_ack',
      'nothing_to_ack',
      'nothing_acked',
    ]);
  });

  test('is kept over a restart, never longer than its own length', () => {
    const world = World.armed();
    const [one, two] = [world.crash({ agent: 'a' }), world.crash({ agent: 'b' })];
    ack(ack(world, { agent: 'a' }), { agent: 'b' }, HOUR_MS);
    const next = world.restarted(world.at - 10 * HOUR_MS).world.do({ type: 'recover', runs: [] });
    expect([one, two].map((id) => isAcked(next, id))).toEqual([true, true]);
    next.wait(HOUR_MS);
    expect([one, two].map((id) => isAcked(next, id))).toEqual([true, false]);
  });

  test('is bounded in number and in signals, and the newest stay', () => {
    const world = World.armed({ maxSignals: 20_000 }, 'auto');
    const crash = (agent: string): string => world.crash({ agent, conversationId: agent, type: 'auth_error' });
    const first = crash('first');
    ack(world, { agent: 'first' });
    for (let nth = 0; nth < MAX_ACKS; nth += 1) {
      crash(`agent-${nth}`);
      ack(world, { agent: `agent-${nth}` });
    }
    expect(world.state.acks).toHaveLength(MAX_ACKS);
    expect(isAcked(world, first)).toBe(false);
    const total = world.state.acks.reduce((sum, one) => sum + Object.keys(one.signals).length, 0);
    expect(total).toBeLessThanOrEqual(MAX_ACKED_SIGNALS);
  });
});

describe('the acknowledgement of an interruption', () => {
  const rowsOf = (world: World, row: ReturnType<typeof makeRow>) =>
    ackOfInterruption(world.state.acks, row, allSignals(world.state))?.by ?? null;

  test('is that of its signal, also where the signal is not known any more', () => {
    const world = World.armed();
    const row = makeRow({ interruptionId: 'int-1', occurredNs: BigInt(T0) * 1_000_000n });
    world.row(row);
    ack(world, {});
    expect(rowsOf(world, row)).toBe('ann');
    expect(ackOfInterruption(world.state.acks, row, [])?.by).toBe('ann');
    expect(rowsOf(world, { ...row, interruptionId: 'int-2', type: 'dead_loop' })).toBeNull();
  });

  test('is that of its episode, of its call, or of what is older', () => {
    const world = World.armed();
    const row = makeRow({ type: 'dead_loop', conversationId: 'c1', occurredNs: BigInt(T0) * 1_000_000n });
    world.row({ ...row, interruptionId: 'loop-1' });
    const second = { ...row, interruptionId: 'loop-2', occurredNs: BigInt(T0 + 5_000) * 1_000_000n };
    world.wait(5_000).row(second);
    ack(world, { signal: 'dead_loop' });
    expect(rowsOf(world, second)).toBe('ann');
    const callId = 'msg_0123456789abcdef';
    world.call({ callId, error: 'prompt is too long', status: 'complete', statusCode: 400 });
    ack(world, { signal: 'context_overflow' });
    const ofCall = makeRow({
      type: 'llm_error',
      interruptionId: 'int-9',
      callId: null,
      detail: makeDetail({ callIds: [callId] }),
    });
    expect(rowsOf(world, { ...ofCall, severity: 'high' })).toBe('ann');
    const old = makeRow({ interruptionId: 'int-old', occurredNs: BigInt(T0 - HOUR_MS) * 1_000_000n });
    expect(rowsOf(world, old)).toBeNull();
    ack(world, { before: T0 });
    expect(rowsOf(world, old)).toBe('ann');
  });
});

test('whatever is acknowledged and taken back, the same is done', () => {
  const withAcks = fc.tuple(story(60), fc.array(fc.tuple(fc.nat(60), ackOp), { maxLength: 12 }));
  fc.assert(
    fc.property(withAcks, ([told, acks]) => {
      const mixed = told.ops.flatMap((op, at) => [op, ...acks.flatMap(([nth, one]) => (nth === at ? [one] : []))]);
      const [plain, acked] = [play(told), play({ ...told, ops: mixed })];
      const fates = ({ said }: World) =>
        said.flatMap((one) => (one.type === 'fate' ? [[one.signal.signalId, one.fate, one.at]] : []));
      expect(acked.spawns).toEqual(plain.spawns);
      expect(fates(acked)).toEqual(fates(plain));
      expect(acked.timers.has('acks')).toBe(acked.state.acks.some(({ endsAt }) => endsAt !== null));
    }),
    { seed: 20_261_130, numRuns: 100 },
  );
});
