import { describe, expect, test } from 'vitest';
import { T0, aModel, call, told, usage } from './given.ts';

describe('totals', () => {
  test('the whole prompt of an Anthropic call is input, creation and read together; of others it is the input', () => {
    const counters = usage({ inputTokens: 10, cacheReadTokens: 90, cacheCreationTokens: 100 });
    const model = aModel();
    model.apply('a', told(1, call(0, { agent: 'A', provider: 'Anthropic', usage: counters })), T0);
    model.apply(
      'a',
      told(2, call(1, { agent: 'B', provider: 'openai', usage: { ...counters, inputTokens: 180 } })),
      T0,
    );
    expect(Object.fromEntries(model.agents().map(({ name: agent, totals }) => [agent, totals]))).toMatchObject({
      A: { promptTokens: 200, cacheRatio: 0.45 },
      B: { promptTokens: 180, cacheRatio: 0.5 },
    });
  });

  test('a gateway that leaves the cached tokens out of the input makes no ratio above 1', () => {
    const model = aModel();
    const outside = usage({ inputTokens: 79, cacheReadTokens: 327 });
    const inside = usage({ inputTokens: 400, cacheReadTokens: 400 });
    model.apply('a', told(1, call(0, { provider: 'openai', usage: outside })), T0);
    expect(model.fleet().totals).toMatchObject({ inputTokens: 79, promptTokens: 406, cacheRatio: 327 / 406 });
    model.apply('a', told(2, call(1, { provider: null, usage: inside })), T0);
    expect(model.fleet().totals).toMatchObject({ promptTokens: 806, cacheRatio: 727 / 806 });
    model.apply('a', told(1, call(0, { provider: 'openai', usage: inside })), T0);
    expect(model.fleet().totals).toMatchObject({ promptTokens: 800, cacheRatio: 1 });
  });

  test('the cache ratio is over the calls whose counters are known, and null when none is', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { provider: 'openai' })), T0);
    expect(model.fleet().totals.cacheRatio).toBeNull();
    model.apply('a', told(2, call(1, { provider: 'openai', usage: usage({ cacheReadTokens: 25 }) })), T0);
    expect(model.fleet().totals).toMatchObject({ promptTokens: 200, cacheRatio: 0.25 });
  });

  test('failed are the interrupted and those with status 400 and above; pending ones are pending', () => {
    const model = aModel();
    const rows = [{ statusCode: 399 }, { statusCode: 400 }, { status: 'interrupted' as const, statusCode: null }];
    for (const [record, given] of rows.entries()) model.apply('a', told(record, call(record, given)), T0);
    model.apply('a', told(9, call(9, { status: 'pending', statusCode: null, usage: null })), T0);
    expect(model.fleet().totals).toMatchObject({ calls: 4, failed: 2, pending: 1 });
  });

  test('recaps, web searches and calls without a conversation are calls; `no_user_query` is a conversation', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { kind: 'recap' })), T0);
    model.apply('a', told(2, call(1, { kind: 'web_search', conversationId: 'no_user_query' })), T0);
    model.apply('a', told(3, call(2, { conversationId: null })), T0);
    expect(model.agents()[0]?.totals.calls).toBe(3);
    expect(model.conversations().map(({ conversationId }) => conversationId)).toEqual([
      'no_user_query',
      'conversation',
    ]);
    expect(model.calls(null)).toHaveLength(1);
  });

  test('names like __proto__ are ordinary names', () => {
    const model = aModel();
    for (const [record, agent] of ['__proto__', 'constructor', 'toString'].entries())
      model.apply('a', told(record, call(record, { agent, conversationId: agent, model: agent })), T0);
    expect(model.agents().map(({ name: agent, models }) => [agent, models])).toEqual([
      ['toString', ['toString']],
      ['constructor', ['constructor']],
      ['__proto__', ['__proto__']],
    ]);
  });
});
