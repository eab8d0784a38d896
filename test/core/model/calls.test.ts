import { describe, expect, test } from 'vitest';
import { T0, aModel, call, told, usage } from './given.ts';

describe('identity', () => {
  test('the same call through two sources counts once', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0)), T0);
    model.apply('jsonl:/b', told('7:0', call(0)), T0);
    expect(model.fleet().totals.calls).toBe(1);
    expect(model.sourceCounts('sqlite:/a').calls).toBe(1);
    expect(model.sourceCounts('jsonl:/b').calls).toBe(1);
  });

  test('two records of one source are two calls, whatever their ids', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0)), T0);
    model.apply('sqlite:/a', told(2, call(0)), T0);
    expect(model.fleet().totals.calls).toBe(2);
  });

  test('two rows with one id in each of two sources are two calls', () => {
    const model = aModel();
    for (const record of [1, 2]) model.apply('sqlite:/a', told(record, call(0)), T0);
    for (const record of ['7:0', '7:9']) model.apply('jsonl:/b', told(record, call(0)), T0);
    expect(model.fleet().totals.calls).toBe(2);
  });

  test('calls with one id that began at different times are different calls', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0, { callId: 'x' })), T0);
    model.apply('jsonl:/b', told('7:0', call(5, { callId: 'x' })), T0);
    expect(model.fleet().totals.calls).toBe(2);
  });

  test('a row whose call id is rewritten stays the same call', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0, { callId: 'hex_1' })), T0);
    const [change] = model.apply('sqlite:/a', told(1, call(0, { callId: 'msg_1' })), T0);
    expect(change).toMatchObject({
      type: 'call',
      news: 'none',
      call: { callId: 'msg_1' },
      previous: { callId: 'hex_1' },
    });
    expect(model.fleet().totals.calls).toBe(1);
  });

  test('a row that is given the id under which another source told it before becomes one with it', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0, { callId: 'hex_1', status: 'pending', usage: null })), T0);
    model.apply('jsonl:/b', told('7:0', call(0, { callId: 'msg_1' })), T0);
    expect(model.fleet().totals.calls).toBe(2);
    const [change] = model.apply('sqlite:/a', told(1, call(0, { callId: 'msg_1' })), T0);
    expect(model.fleet().totals).toMatchObject({ calls: 1, pending: 0, inputTokens: 100 });
    expect(change).toMatchObject({ news: 'none' });
    model.apply('jsonl:/b', told('7:0', call(0, { callId: 'msg_1', usage: usage({ inputTokens: 7 }) })), T0);
    expect(model.fleet().totals.calls).toBe(1);
  });

  test('a number that a replaced database gives to another row is another call', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0)), T0);
    model.apply('sqlite:/a', told(1, call(60_000)), T0 + 60_000);
    expect(model.fleet().totals.calls).toBe(2);
  });
});

describe('merging', () => {
  test('what one source knows and the other does not is kept, in whatever order they tell it', () => {
    const poor = call(0, { usage: null, model: null, error: null, statusCode: 429 });
    const rich = call(0, { usage: usage({ cacheReadTokens: 5 }), error: 'Rate limit reached', statusCode: 429 });
    for (const accounts of [[poor, rich] as const, [rich, poor] as const]) {
      const model = aModel();
      model.apply('a', told(1, accounts[0]), T0);
      model.apply('b', told(1, accounts[1]), T0);
      expect(model.calls('conversation')).toEqual([
        expect.objectContaining({ usage: rich.usage, model: 'claude-opus', error: 'Rate limit reached' }),
      ]);
    }
  });

  test('a finished account beats a pending one, and complete beats interrupted', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { status: 'complete' })), T0);
    model.apply('b', told(1, call(0, { status: 'pending', endNs: null, usage: null })), T0);
    model.apply('c', told(1, call(0, { status: 'interrupted', usage: null })), T0);
    expect(model.fleet().totals).toMatchObject({ calls: 1, pending: 0, failed: 0 });
  });

  test('a real session id beats a fallback hash', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { sessionId: 'f'.repeat(32) })), T0);
    model.apply('b', told(1, call(0, { sessionId: '3b2f9c1e-0000-4000-8000-00000000abcd' })), T0);
    expect(model.conversations()[0]?.sessionId).toBe('3b2f9c1e-0000-4000-8000-00000000abcd');
  });
});

describe('changes of a row', () => {
  test('interrupted can turn complete', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { status: 'interrupted', usage: null, endNs: null })), T0);
    expect(model.fleet().totals).toMatchObject({ failed: 1, inputTokens: 0 });
    model.apply('a', told(1, call(0)), T0);
    expect(model.fleet().totals).toMatchObject({ calls: 1, failed: 0, inputTokens: 100 });
  });

  test('a rewritten conversation and agent take the sums with them, and what is left empty is gone', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { conversationId: 'old', agent: 'unknown' })), T0);
    model.apply('a', told(1, call(0, { conversationId: 'new', agent: 'Hermes' })), T0);
    expect(model.conversations().map((one) => [one.conversationId, one.agent, one.totals.calls])).toEqual([
      ['new', 'Hermes', 1],
    ]);
    expect(model.agents().map((one) => [one.name, one.totals.inputTokens])).toEqual([['Hermes', 100]]);
  });

  test('a later end moves the last time of its conversation, an earlier one moves it back', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { endNs: null, status: 'pending' })), T0);
    expect(model.conversations()[0]).toMatchObject({ firstCallAt: T0 - 2_000, lastCallAt: T0 - 2_000 });
    model.apply('a', told(1, call(0)), T0);
    expect(model.conversations()[0]).toMatchObject({ firstCallAt: T0 - 2_000, lastCallAt: T0 });
    model.apply('a', told(1, call(0, { endNs: call(-500).endNs })), T0);
    expect(model.conversations()[0]?.lastCallAt).toBe(T0 - 500);
    expect(model.agents()[0]?.lastEndAt).toBe(T0 - 500);
  });

  test('the same row told again without a change is nothing', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    const before = model.version();
    expect(model.apply('a', told(1, call(0)), T0 + 5)).toEqual([]);
    expect(model.version()).toBe(before);
  });
});

describe('news', () => {
  const failed = { statusCode: 429, error: 'Rate limit reached', usage: null };

  test('what is first seen after the initial end is live, what was there before is historical', () => {
    const model = aModel();
    expect(model.apply('a', told(1, call(0), 'historical'), T0)).toMatchObject([
      { news: 'historical', previous: null },
    ]);
    expect(model.apply('a', told(2, call(1), 'live'), T0)).toMatchObject([{ news: 'live', previous: null }]);
  });

  test('a gap is live while the event is within ten minutes of now, in either direction', () => {
    const model = aModel();
    expect(model.apply('a', told(1, call(0), 'gap'), T0 + 599_999)).toMatchObject([{ news: 'live' }]);
    expect(model.apply('a', told(2, call(0), 'gap'), T0 + 600_000)).toMatchObject([{ news: 'historical' }]);
    expect(model.apply('a', told(3, call(599_999), 'gap'), T0)).toMatchObject([{ news: 'live' }]);
    expect(model.apply('a', told(4, call(600_000), 'gap'), T0)).toMatchObject([{ news: 'historical' }]);
  });

  test('a change of status and a first error text, seen live, are live', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { status: 'pending', endNs: null, usage: null }), 'historical'), T0);
    expect(model.apply('a', told(1, call(0, { ...failed, error: null })), T0)).toMatchObject([{ news: 'live' }]);
    expect(model.apply('a', told(1, call(0, failed)), T0)).toMatchObject([
      { news: 'live', previous: { error: null }, call: { error: 'Rate limit reached' } },
    ]);
  });

  test('rewritten ids, late stamps, tokens and another wording of the error are no news', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, failed), 'historical'), T0);
    for (const given of [
      { sessionId: 'other' },
      { interruptionType: 'rate_limit' },
      { usage: usage() },
      { error: 'in other words' },
    ])
      expect(model.apply('a', told(1, call(0, { ...failed, ...given })), T0)).toMatchObject([{ news: 'none' }]);
  });

  test('what another source has told before is no news', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, failed)), T0);
    expect(model.apply('b', told(1, call(0, failed)), T0)).toEqual([]);
    expect(model.apply('c', told(1, call(0, { ...failed, model: 'other' })), T0)).toEqual([]);
  });
});
