import { describe, expect, test } from 'vitest';
import { textSignal } from '../../../../src/core/reactor/detect/error-text.ts';
import { recordOf } from '../../../../src/core/reactor/draft.ts';
import { shardedValues } from '../../../../src/core/reactor/sharded-map.ts';
import type { SavedSignal } from '../../../../src/core/reactor/persist.ts';
import { callSignalId, interruptionSignalId, stormSignalId } from '../../../../src/core/reactor/signals.ts';
import { failedCall, makeCall, makeDetail, makeRow, ns } from '../../../helpers/feed-events.ts';
import { World } from '../../../helpers/reactor.ts';

const OVERFLOW = 'context_length_exceeded: 9000 tokens';
const namesC1 = makeRow({ type: 'llm_error', severity: 'high', callId: 'c1' });

/** The id of the signal of a call as `makeCall` makes it. */
const idOf = (callId: string): string => callSignalId(makeCall({ callId }));

describe('a row that names a call and that call are one signal', () => {
  test.each([
    ['the call first', true],
    ['the row first', false],
  ])('%s: one signal, one id, one type', (_name, callFirst) => {
    const world = World.armed();
    const call = failedCall({ callId: 'c1', error: OVERFLOW });
    if (callFirst) {
      world.call(call);
      world.row(namesC1, 'live', [call]);
    } else {
      world.row(namesC1);
      world.call(call);
    }
    expect(world.signals()).toMatchObject([{ signalId: idOf('c1'), type: 'context_overflow' }]);
    expect(world.signals()).toHaveLength(1);
  });

  test('what comes later is said as an update and ties the row to the signal', () => {
    const world = World.armed();
    const id = world.call({ callId: 'c1', error: OVERFLOW, statusCode: 400 });
    world.row(namesC1);
    expect(world.notices('update')).toMatchObject([
      { signalId: id, signal: 'context_overflow', interruptionId: 'row', resolved: false },
    ]);
    world.row({ ...namesC1, resolved: true }, 'none');
    expect(world.notices('update')[1]).toMatchObject({ signalId: id, interruptionId: 'row', resolved: true });
    expect(world.signals()).toHaveLength(1);
  });

  test('the text of either door gives the type', () => {
    const row = { ...namesC1, detail: makeDetail({ error: 'worker crashed' }) };
    const world = World.armed();
    world.row(row, 'live', [failedCall({ callId: 'c1' })]);
    expect(world.signals()).toMatchObject([{ type: 'agent_crash', severity: 'critical', callId: 'c1' }]);
  });

  test('a text in a row that names no call says nothing: the type of the row holds', () => {
    const world = World.armed();
    world.row(makeRow({ type: 'tool_failure', detail: makeDetail({ error: 'the tool crashed' }) }));
    expect(world.signals()).toMatchObject([{ type: 'tool_failure' }]);
  });

  test('a row waits for its call, and for no longer than a second', () => {
    const world = World.armed();
    world.row(namesC1);
    world.wait(999);
    expect(world.signals()).toEqual([]);
    world.wait(1);
    expect(world.signals()).toMatchObject([{ signalId: interruptionSignalId('row'), type: 'llm_error' }]);
    world.call({ callId: 'c1', error: OVERFLOW, statusCode: 400 });
    expect(world.signals()).toHaveLength(1);
  });

  test('a failure is judged when its call has ended, not while it is pending', () => {
    const world = World.armed();
    const pending = makeCall({ callId: 'c1', status: 'pending', endNs: null, statusCode: null });
    world.call(pending);
    world.row(namesC1, 'live', [pending]);
    expect(world.signals()).toEqual([]);
    world.call(failedCall({ callId: 'c1', error: OVERFLOW }), 'live', pending);
    expect(world.signals()).toMatchObject([{ type: 'context_overflow' }]);
    expect(world.timers.size).toBe(0);
  });

  test('a crash is about a call that has not ended: it is judged at once', () => {
    const world = World.armed();
    const pending = makeCall({ callId: 'c1', status: 'pending', endNs: null });
    const id = world.row(makeRow({ detail: makeDetail({ callIds: ['c1'] }) }), 'live', [pending]);
    expect(world.signals()).toMatchObject([{ type: 'agent_crash', callId: 'c1' }]);
    expect(id).not.toBe('');
  });

  test('a row whose signal is known waits for nothing', () => {
    const world = World.armed();
    const id = world.call({ callId: 'c1', error: OVERFLOW, statusCode: 400 });
    expect(world.row(namesC1, 'live', [])).toBe(id);
    expect(world.timers.size).toBe(0);
  });

  test('of several calls any makes it the same cause', () => {
    const row = makeRow({ detail: makeDetail({ callIds: ['c1', 'c2', 'c3'] }) });
    const world = World.armed();
    world.row(row, 'live', [makeCall({ callId: 'c2' })]);
    for (const callId of ['c1', 'c2', 'c3']) world.call({ callId, error: 'crashed', statusCode: 500 });
    expect(world.signals()).toHaveLength(1);
  });

  test('of several calls the one whose text it is gives the id, whichever is named first', () => {
    const row = makeRow({ type: 'llm_error', detail: makeDetail({ callIds: ['c1', 'c2'] }) });
    const world = World.armed();
    world.row(row, 'live', [makeCall({ callId: 'c1' }), failedCall({ callId: 'c2', error: OVERFLOW })]);
    expect(world.signals()).toMatchObject([
      { signalId: idOf('c2'), callId: 'c2', type: 'context_overflow', origin: 'interruption' },
    ]);
  });

  test('a row that joins the signal of one of its calls ties the others to it', () => {
    const world = World.armed();
    const id = world.call({ callId: 'c2', error: 'crashed', statusCode: 500 });
    expect(world.row(makeRow({ detail: makeDetail({ callIds: ['c1', 'c2'] }) }))).toBe(id);
    world.call({ callId: 'c1', error: 'crashed', statusCode: 500 });
    expect(world.signals()).toHaveLength(1);
  });

  test('two rows of one call are one signal', () => {
    const world = World.armed();
    const call = failedCall({ callId: 'c1' });
    const id = world.row(namesC1, 'live', [call]);
    expect(world.row({ ...namesC1, interruptionId: 'other', type: 'sse_truncated' }, 'live', [call])).toBe(id);
    expect(world.signals()).toHaveLength(1);
  });

  test('a call whose id is rewritten keeps its signal', () => {
    const world = World.armed();
    const before = failedCall({ callId: 'provisional', error: OVERFLOW });
    const id = world.call(before);
    world.call({ ...before, callId: 'c1' }, 'none', before);
    expect(world.row(namesC1)).toBe(id);
    expect(world.signals()).toHaveLength(1);
  });

  test('a row that is resolved while it waits is judged as it is then, once', () => {
    const world = World.armed();
    world.row(namesC1);
    world.row({ ...namesC1, resolved: true }, 'none');
    world.wait(2_000);
    expect(world.signals()).toHaveLength(1);
  });

  test('history may be read in any order', () => {
    const call = failedCall({ callId: 'chatcmpl-0123456789', error: OVERFLOW });
    const row = { ...namesC1, callId: call.callId };
    const forwards = World.armed();
    forwards.call(call, 'historical');
    forwards.row(row, 'historical', [call]);
    const backwards = World.armed();
    backwards.row(row, 'historical', []);
    backwards.call(call, 'historical');
    const known = ({ state }: World): unknown =>
      shardedValues(state.settled).map(({ signal, fate }) => [signal.signalId, signal.type, fate?.kind]);
    expect(known(backwards)).toEqual(known(forwards));
    expect(known(forwards)).toEqual([[callSignalId(call), 'context_overflow', 'historical']]);
  });
});

describe('an id that its provider uses again', () => {
  const first = failedCall({ callId: 'call-7', ends: 10, error: OVERFLOW });
  const again = failedCall({ callId: 'call-7', ends: 400, error: OVERFLOW });

  test('names a call only with its start: two calls are two signals', () => {
    const world = World.armed();
    world.call(first);
    world.call(again);
    expect(world.signals().map(({ signalId }) => signalId)).toEqual([callSignalId(first), callSignalId(again)]);
  });

  test('is one signal with its row, in whatever order they are read', () => {
    const row = makeRow({ callId: 'call-7', occurredNs: ns(10) });
    const forwards = World.armed();
    forwards.call(first, 'historical');
    forwards.row(row, 'historical', []);
    expect(forwards.signals()).toHaveLength(1);
    const backwards = World.armed();
    backwards.row(row, 'historical', []);
    backwards.call(first, 'historical');
    backwards.call(again, 'historical');
    expect(backwards.signals()).toHaveLength(2);
  });

  test('keeps the fate that 0.1.0 gave it under the id made of the call id alone, and the next call gets its own', () => {
    const old = World.armed();
    old.call(first);
    old.created();
    // As 0.1.0 wrote it.
    const oldId = callSignalId({ callId: 'call-7', startNs: null });
    const entry = [...old.journal].find(([key]) => key.startsWith('signal:'));
    old.journal.delete(entry?.[0] ?? '');
    const value = JSON.parse(JSON.stringify(entry?.[1] ?? null)) as SavedSignal;
    old.journal.set(`signal:${oldId}`, { ...value, signal: { ...value.signal, signalId: oldId } });
    const { world } = old.restarted(old.at);
    expect(world.call(first)).toBe('');
    expect(world.call(again)).toBe(callSignalId(again));
  });
});

describe('ids', () => {
  test('are a hash of the call where one is named, else of the interruption', () => {
    const world = World.armed();
    expect(world.row(makeRow({ interruptionId: 'i1' }))).toBe(interruptionSignalId('i1'));
    expect(world.call({ callId: 'c9', error: 'oom', statusCode: 500 })).toBe(idOf('c9'));
  });

  test('of a dead loop come from its interruption, of a storm from its type, conversation and fifth end', () => {
    const world = World.armed();
    const loop = makeRow({ type: 'dead_loop', interruptionId: 'i2' });
    const storm = makeRow({ type: 'retry_storm', interruptionId: 'i3', occurredNs: ns(5) });
    expect(world.row(loop)).toBe(interruptionSignalId('i2'));
    expect(world.row(storm)).toBe(stormSignalId('retry_storm', 'conv', ns(5)));
  });

  test('a known id keeps its fate', () => {
    const world = World.armed();
    const id = world.crash({ interruptionId: 'i1' });
    world.created();
    world.row(makeRow({ interruptionId: 'i1' }));
    expect(world.fates(id).map(({ kind }) => kind)).toEqual(['checkpointed']);
    expect(world.signals()).toHaveLength(1);
  });

  test('do not depend on where the parts of a text meet', () => {
    expect(stormSignalId('a', 'bc', 1n)).not.toBe(stormSignalId('ab', 'c', 1n));
    expect(idOf('x')).toMatch(/^[0-9a-f]{32}$/);
    expect(textSignal('', null)).toBeNull();
  });
});

describe('dead loops: one signal per conversation and episode', () => {
  const loop = (id: string, at: number) =>
    makeRow({ type: 'dead_loop', interruptionId: id, occurredNs: ns(at), agent: 'agent' });

  test('further rows belong to it until its row is resolved', () => {
    const world = World.armed();
    const first = world.row(loop('a', 10));
    expect(world.row(loop('b', 20))).toBe(first);
    world.at = Number(ns(30) / 1_000_000n);
    world.row({ ...loop('a', 10), resolved: true }, 'none');
    expect(world.notices('update').at(-1)).toMatchObject({ signalId: first, resolved: true });
    expect(world.row(loop('c', 40))).not.toBe(first);
    expect(world.signals()).toHaveLength(2);
  });

  test('another row that is resolved does not end it, nor does a success', () => {
    const world = World.armed();
    const first = world.row(loop('a', 10));
    world.row(loop('b', 20));
    world.row({ ...loop('b', 20), resolved: true }, 'none');
    world.call(makeCall({ ends: 25 }));
    expect(world.row(loop('c', 26))).toBe(first);
  });

  test('each further row counts on it, and is told', () => {
    const world = World.armed();
    const first = world.row(loop('a', 10));
    world.row(loop('b', 20));
    world.row(loop('c', 400));
    expect(world.notices('update')).toMatchObject([
      { signalId: first, interruptionId: 'b', resolved: false, count: 2, lastAt: Number(ns(20) / 1_000_000n) },
      { signalId: first, interruptionId: 'c', resolved: false, count: 3, lastAt: Number(ns(400) / 1_000_000n) },
    ]);
  });

  test('ten minutes after its last row it is over: a later row is a new signal', () => {
    const world = World.armed();
    const first = world.row(loop('a', 10));
    expect(world.row(loop('b', 500))).toBe(first);
    expect(world.row(loop('c', 1_099))).toBe(first);
    const second = world.row(loop('d', 1_699));
    expect(second).not.toBe(first);
    expect(world.notices('signal').map(({ signal }) => signal.signalId)).toEqual([first, second]);
  });

  test('read from its end, a history of it is one signal all the same', () => {
    const world = World.armed();
    for (const [id, at] of [
      ['c', 900],
      ['b', 500],
      ['a', 10],
    ] as const)
      world.row(loop(id, at), 'historical');
    expect(world.signals()).toHaveLength(1);
    expect(recordOf(world.state, interruptionSignalId('c'))?.reports).toEqual({
      count: 3,
      lastAt: Number(ns(900) / 1_000_000n),
    });
  });

  test('rows that an earlier run has counted are not counted again', () => {
    const before = World.armed();
    const first = before.row(loop('a', 10));
    before.row(loop('b', 20));
    const { world } = before.restarted(before.at + 2_000);
    for (const [id, at] of [
      ['a', 10],
      ['b', 20],
    ] as const)
      world.row(loop(id, at), 'historical');
    expect(world.row(loop('c', 30))).toBe(first);
    expect(world.notices('update').at(-1)).toMatchObject({ count: 3 });
  });

  test('another conversation has its own', () => {
    const world = World.armed();
    world.row(loop('a', 10));
    world.row({ ...loop('b', 10), conversationId: 'other' });
    expect(world.signals()).toHaveLength(2);
  });
});

describe('an id that is used again names another call', () => {
  const theirs = { callId: 'chatcmpl-42', agent: 'Codex', conversationId: 'theirs', processName: 'codex', pid: 8 };
  const ours = { callId: 'chatcmpl-42', agent: 'Claude', conversationId: 'ours', processName: 'claude', pid: 9 };
  const row = makeRow({ type: 'llm_error', ...ours, interruptionId: 'ours', occurredNs: ns(20) });

  test.each([
    ['its call was read', true],
    ['its call is read a moment later', false],
  ])("an interruption is not swallowed by another agent's signal: %s", (_name, isRead) => {
    const world = World.armed();
    world.call({ ...theirs, ends: 5, error: OVERFLOW, statusCode: 400 });
    const call = failedCall({ ...ours, ends: 19 });
    if (isRead) world.call(call);
    world.row(row, 'live', isRead ? [call] : []);
    if (!isRead) world.call(call);
    expect(world.signals()).toMatchObject([
      { type: 'context_overflow', agent: 'Codex', signalId: callSignalId(makeCall({ ...theirs, ends: 5 })) },
      { type: 'llm_error', agent: 'Claude', signalId: interruptionSignalId('ours') },
    ]);
    expect(world.signals()).toHaveLength(2);
  });

  test("a row does not take another agent's call for the one that it waits for", () => {
    const world = World.armed();
    world.row(row);
    world.call({ ...theirs, ends: 21, error: OVERFLOW, statusCode: 400 });
    world.call({ ...ours, ends: 19, error: 'worker crashed' });
    expect(world.signals().map(({ type: signal, agent }) => [signal, agent])).toEqual([
      ['context_overflow', 'Codex'],
      ['agent_crash', 'Claude'],
    ]);
  });

  test('a row whose call never comes is a signal of its own, once, and takes no other call along', () => {
    const world = World.armed();
    world.call({ ...theirs, ends: 5, error: OVERFLOW, statusCode: 400 });
    world.row(row);
    world.wait(1_000);
    world.row({ ...row, resolved: true }, 'none');
    world.call({ ...ours, ends: 19, error: OVERFLOW, statusCode: 400 });
    world.call({ ...theirs, agent: 'Cosh', conversationId: 'third', ends: 19, error: OVERFLOW, statusCode: 400 });
    expect(world.signals().map(({ type: signal, agent }) => [signal, agent])).toEqual([
      ['context_overflow', 'Codex'],
      ['llm_error', 'Claude'],
      ['context_overflow', 'Cosh'],
    ]);
  });
});

describe('a row that names a short id', () => {
  const row = makeRow({ type: 'llm_error', callId: 'call-7', interruptionId: 'r7' });

  test.each([
    ['its call was read', [failedCall({ callId: 'call-7' })], 0],
    ['its call is not known there', [], 1_000],
  ])('has the same signal id in every source: %s', (_name, calls, ms) => {
    const world = World.armed();
    world.row(row, 'live', calls);
    world.wait(ms);
    expect(world.signals()).toMatchObject([{ signalId: interruptionSignalId('r7') }]);
  });

  test('a further row of its call is the same cause after a restart, too', () => {
    const call = failedCall({ callId: 'call-7', ends: 9 });
    const before = World.armed();
    const id = before.row(row, 'live', [call]);
    const { world } = before.restarted(before.at + 1_000);
    world.row({ ...row, interruptionId: 'r8', type: 'sse_truncated' }, 'live', [call]);
    expect(world.signals()).toEqual([]);
    expect(world.notices('update')).toMatchObject([{ signalId: id, interruptionId: 'r8' }]);
  });
});

describe('the pid of a crash', () => {
  const died = makeCall({ callId: 'died', status: 'interrupted', endNs: null, pid: 4_711 });
  const row = makeRow({ pid: 9_999, detail: makeDetail({ callIds: ['died'] }) });

  test("is that of its call: agentsight writes the largest pid of the agent's dead processes", () => {
    const world = World.armed();
    world.row(row, 'live', [died]);
    expect(world.signals()).toMatchObject([{ type: 'agent_crash', pid: 4_711 }]);
    expect(world.spawns[0]?.metadata).toMatchObject({ pid: 4_711 });
  });

  test('is that of its call in a history that has the row first', () => {
    const world = World.armed();
    const id = world.row(row, 'historical');
    world.call(died, 'historical');
    expect(recordOf(world.state, id)?.signal.pid).toBe(4_711);
  });

  test('of another row is what the row says', () => {
    const world = World.armed();
    world.row({ ...row, type: 'tool_failure' }, 'live', [died]);
    expect(world.signals()).toMatchObject([{ pid: 9_999 }]);
  });
});
