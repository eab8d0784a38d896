import { describe, expect, test } from 'vitest';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { MAX_REMEMBERED_CALLS } from '../../../src/core/limits.ts';
import { noRecords, addRecord, hasRecord } from '../../../src/core/model/record-ranges.ts';
import type { Model } from '../../../src/core/model/types.ts';
import { T0, aModel, call, ns, told, usage } from './given.ts';

function fill(model: Model, from: number, to: number, conversation = (at: number): string => `c${at % 3}`): void {
  for (let at = from; at < to; at += 1)
    model.apply('a', told(at, call(at * 10, { conversationId: conversation(at) })), T0 + at * 10);
}

function heldCalls(model: Model): number {
  return model.conversations().reduce((sum, { conversationId }) => sum + model.calls(conversationId).length, 0);
}

describe('what does not fit', () => {
  test('the oldest calls go, are counted, and stay in all sums', () => {
    const model = aModel({ limits: { calls: 100 } });
    fill(model, 0, 1_000);
    expect(heldCalls(model)).toBeLessThanOrEqual(100);
    expect(model.fleet().evicted.calls).toBe(1_000 - heldCalls(model));
    expect(model.fleet().totals).toMatchObject({ calls: 1_000, inputTokens: 100_000 });
    expect(model.conversations().reduce((sum, { totals }) => sum + totals.calls, 0)).toBe(1_000);
    expect(model.agents()[0]?.totals.calls).toBe(1_000);
    expect(model.calls('c0').at(-1)?.endNs).toBe(ns(9_990));
  });

  test('history that arrives newest first does not push out what is newer', () => {
    const model = aModel({ limits: { calls: 100 } });
    for (let at = 1_000; at > 0; at -= 1) model.apply('a', told(at, call(at * 10), 'historical'), T0 + 20_000);
    expect(heldCalls(model)).toBeGreaterThan(50);
    expect(model.calls('conversation')[0]?.endNs).toBeGreaterThan(ns(9_000));
    expect(model.fleet().totals.calls).toBe(1_000);
  });

  test('of a history whose newest part comes first the rest is counted as if it had come in order', () => {
    const LIMITS = { calls: 500, callsPerConversation: 50 };
    const history = Array.from({ length: 6_000 }, (_, n) =>
      told(
        n + 1,
        call(n * 20_000, {
          conversationId: n % 2 === 0 ? 'big' : `c${n % 40}`,
          agent: `agent ${n % 7}`,
          statusCode: n % 11 === 0 ? 429 : 200,
          usage: usage({ inputTokens: n, ...(n % 700 === 0 ? { cacheReadTokens: 5 } : {}) }),
        }),
        'historical',
      ),
    );
    const read = (order: readonly FeedEvent[]): Model => {
      const model = aModel({ limits: LIMITS });
      for (const event of order) model.apply('a', event, T0 + 6_000 * 20_000);
      return model;
    };
    const inOrder = read(history);
    const newestFirst = read([...history.slice(-500), ...history.slice(0, -500)]);
    expect(newestFirst.fleet().totals).toEqual(inOrder.fleet().totals);
    expect(newestFirst.agents()).toEqual(inOrder.agents());
    expect(newestFirst.advisories()).toEqual(inOrder.advisories());
    const facts = (model: Model): unknown =>
      model.conversations().map(({ conversationId: id, totals }) => [id, totals]);
    expect(facts(newestFirst)).toEqual(facts(inOrder));
    expect(newestFirst.calls('big').at(-1)).toEqual(inOrder.calls('big').at(-1));
    const again = history[10];
    expect(again && newestFirst.apply('a', again, T0)).toEqual([]);
  });

  test('calls from a clock ahead of ours do not stay for ever', () => {
    const model = aModel({ limits: { calls: 100 } });
    const ahead = 90 * 86_400_000;
    for (let at = 0; at < 150; at += 1) model.apply('a', told(at, call(ahead + at)), T0 + at);
    fill(model, 200, 400);
    expect(model.calls('c0').at(-1)?.endNs).toBe(ns(3_990));
  });

  test('one conversation cannot take the place of all others', () => {
    const model = aModel({ limits: { callsPerConversation: 20 } });
    fill(model, 0, 10, () => 'small');
    fill(model, 10, 500, () => 'big');
    expect(model.calls('small')).toHaveLength(10);
    expect(model.calls('big').length).toBeLessThanOrEqual(20);
  });

  test('conversations and agents that were idle longest go, and the fleet keeps their sums', () => {
    const model = aModel({ limits: { conversations: 10, agents: 10 } });
    for (let at = 0; at < 50; at += 1)
      model.apply('a', told(at, call(at * 10, { conversationId: `c${at}`, agent: `agent ${at}` })), T0 + at * 10);
    expect(model.conversations().length).toBeLessThanOrEqual(10);
    expect(model.conversations()[0]?.conversationId).toBe('c49');
    expect(model.agents().length).toBeLessThanOrEqual(10);
    const { totals, evicted, conversations, agents } = model.fleet();
    expect(totals.calls).toBe(50);
    expect([evicted.conversations + conversations, evicted.agents + agents]).toEqual([50, 50]);
  });

  test('long texts make room before the count does', () => {
    const model = aModel();
    for (let at = 0; at < 8_000; at += 1)
      model.apply('a', told(at, call(at, { error: `${at}`.padEnd(2_000, '.'), statusCode: 400 })), T0 + at);
    const text = model.calls('conversation').reduce((sum, { error }) => sum + (error?.length ?? 0), 0);
    expect(text).toBeLessThanOrEqual(12_000_000);
    expect(model.fleet().totals.calls).toBe(8_000);
  });

  test('`evict: false` keeps as much as `once` prints, whatever the limits say', () => {
    const model = aModel({ evict: false, limits: { calls: 10, conversations: 2, agents: 1 } });
    fill(model, 0, 500, (at) => `c${at}`);
    expect(model.conversations()).toHaveLength(500);
    expect(heldCalls(model)).toBe(500);
  });
});

describe('a late change of a call that was let go', () => {
  test('corrects the sums and is news, and is not counted twice', () => {
    const model = aModel({ limits: { calls: 20 } });
    model.apply('a', told('first', call(0, { status: 'pending', endNs: null, usage: null })), T0);
    fill(model, 1, 100);
    const [change] = model.apply('a', told('first', call(0, { status: 'interrupted', usage: null })), T0 + 5_000);
    expect(change).toMatchObject({ news: 'live', call: { status: 'interrupted' }, previous: { status: 'pending' } });
    expect(model.fleet().totals).toMatchObject({ calls: 100, pending: 0, failed: 1 });
    expect(model.calls('conversation')).toEqual([]);
  });

  test('that it had an error text before is remembered', () => {
    const model = aModel({ limits: { calls: 20 } });
    const failed = call(0, { statusCode: 429, error: 'Rate limit reached' });
    model.apply('a', told('first', failed), T0);
    fill(model, 1, 100);
    expect(model.apply('a', told('first', { ...failed, sessionId: 'later' }), T0)).toMatchObject([{ news: 'none' }]);
  });

  test('once its numbers are forgotten too, it changes nothing, while its number may name a new row', () => {
    const model = aModel({ limits: { calls: 20 } });
    fill(model, 0, MAX_REMEMBERED_CALLS + 1_000);
    expect(model.apply('a', told(5, call(50, { status: 'interrupted' })), T0)).toEqual([]);
    expect(model.fleet().totals).toMatchObject({ calls: MAX_REMEMBERED_CALLS + 1_000, failed: 0 });
    const at = (MAX_REMEMBERED_CALLS + 2_000) * 10;
    expect(model.apply('a', told(5, call(at)), T0 + at)).toMatchObject([{ news: 'live', previous: null }]);
  });
});

describe('forgotten records', () => {
  test('consecutive numbers take the room of one', () => {
    const forgotten = noRecords();
    for (const record of ['5', '7', '6', '1', '2', '7']) addRecord(forgotten, record, ns(0));
    expect(forgotten.runs).toEqual([
      { from: 1, to: 2 },
      { from: 5, to: 7 },
    ]);
    expect(['0', '1', '3', '6', '8'].map((record) => hasRecord(forgotten, record, ns(0)))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  test('records that are no numbers are not remembered', () => {
    const forgotten = noRecords();
    addRecord(forgotten, '17:0', ns(0));
    expect(hasRecord(forgotten, '17:0', ns(0))).toBe(false);
  });

  test('the runs are bounded', () => {
    const forgotten = noRecords();
    for (let n = 0; n < 10_000; n += 2) addRecord(forgotten, String(n), ns(0));
    expect(forgotten.runs.length).toBeLessThanOrEqual(1_024);
    expect(hasRecord(forgotten, '9998', ns(0))).toBe(true);
  });

  test('a wide stretch between them, which may not have been read yet, is not given up', () => {
    const forgotten = noRecords();
    for (let n = 100_000; n < 110_000; n += 2) addRecord(forgotten, String(n), ns(0));
    for (let n = 1; n < 1_000; n += 1) addRecord(forgotten, String(n), ns(0));
    expect(forgotten.runs.length).toBeLessThanOrEqual(1_024);
    expect(hasRecord(forgotten, '998', ns(0))).toBe(true);
    expect(hasRecord(forgotten, '50000', ns(0))).toBe(false);
  });
});
