import { describe, expect, test } from 'vitest';
import type { SummaryEvent } from '../../../src/core/feed.ts';
import type { Model } from '../../../src/core/model/types.ts';
import { T0, aModel, call, interruption, ns, summed, told, usage } from './given.ts';

describe('a conversation of which only a summary is known', () => {
  test('is a row with its sums, marked, and counts for its agent and for the fleet', () => {
    const model = aModel();
    model.apply('http', summed({ calls: 12, inputTokens: 5_000, outputTokens: 70 }), T0);
    expect(model.conversations()).toMatchObject([
      {
        conversationId: 'conversation',
        agent: 'Claude',
        models: ['claude-opus'],
        sources: ['http'],
        totals: { calls: 12, inputTokens: 5_000, promptTokens: 5_000, outputTokens: 70, failed: 0, cacheRatio: null },
        summary: { calls: 12, inputTokens: 5_000, outputTokens: 70 },
        firstCallAt: T0,
        lastCallAt: T0 + 9_000,
        userQuery: 'make the test pass',
      },
    ]);
    expect(model.agents()).toMatchObject([
      { name: 'Claude', totals: { calls: 12, inputTokens: 5_000 }, summary: { calls: 12 }, lastEndAt: T0 + 9_000 },
    ]);
    expect(model.fleet()).toMatchObject({ agents: 1, conversations: 1, totals: { calls: 12 }, summary: { calls: 12 } });
    expectSumsOfRows(model);
  });

  test('is never news, however it arrives', () => {
    const model = aModel();
    expect(model.apply('http', summed({ inputTokens: 1_000_000 }), T0)).toEqual([]);
    expect(model.advisories()).toEqual([]);
    expect(model.version()).toBe(1);
  });

  test('has the flags of its unresolved interruptions', () => {
    const model = aModel();
    model.apply('http', summed({}), T0);
    expect(model.conversations()[0]?.flags).toEqual([]);
    model.apply('http', told(1, interruption(5)), T0);
    expect(model.conversations()[0]?.flags).toEqual(['llm_error']);
  });
});

describe('when calls of it become known', () => {
  test('only what is beyond them rests on the summary, and nothing once they are all there', () => {
    const model = aModel();
    model.apply('http', summed({ calls: 2, inputTokens: 200, outputTokens: 20 }), T0);
    model.apply('http', told(1, call(0, { usage: usage({ inputTokens: 60, outputTokens: 5 }) })), T0);
    expect(model.conversations()).toMatchObject([
      { totals: { calls: 2, inputTokens: 200 }, summary: { calls: 1, inputTokens: 140, outputTokens: 15 } },
    ]);
    expectSumsOfRows(model);
    model.apply('http', told(2, call(1, { usage: usage({ inputTokens: 140, outputTokens: 15 }) })), T0);
    expect(model.conversations()).toMatchObject([{ totals: { calls: 2, inputTokens: 200 }, summary: null }]);
    expect(model.agents()[0]?.summary).toBeNull();
    expect(model.fleet()).toMatchObject({ summary: null, totals: { calls: 2 } });
  });

  test('it does not matter which source has told of them', () => {
    const model = aModel();
    model.apply('sqlite', told(1, call(0)), T0);
    model.apply('http', summed({ calls: 1, inputTokens: 100, outputTokens: 10 }), T0);
    expect(model.conversations()).toMatchObject([{ totals: { calls: 1 }, summary: null, sources: ['sqlite'] }]);
  });

  test('two sources that sum up the same conversation count once', () => {
    const model = aModel();
    model.apply('http://a', summed({ calls: 3 }), T0);
    model.apply('http://b', summed({ calls: 4 }), T0);
    expect(model.fleet().totals.calls).toBe(4);
    expect(model.conversations()[0]?.sources).toEqual(['http://a', 'http://b']);
    model.apply('http://b', takenBack(), T0);
    expect(model.fleet().totals.calls).toBe(3);
  });

  test('a summary that lags behind takes nothing away', () => {
    const model = aModel();
    for (const n of [0, 1, 2]) model.apply('http', told(n, call(n)), T0);
    model.apply('http', summed({ calls: 1, inputTokens: 100, outputTokens: 10 }), T0);
    expect(model.conversations()).toMatchObject([{ totals: { calls: 3, inputTokens: 300 }, summary: null }]);
  });

  test('one that is taken back leaves the calls alone', () => {
    const model = aModel();
    model.apply('http', told(1, call(0)), T0);
    model.apply('http', summed({ calls: 9 }), T0);
    model.apply('http', takenBack(), T0);
    expect(model.conversations()).toMatchObject([{ totals: { calls: 1 }, summary: null }]);
    model.apply('http', summed({ conversationId: 'gone' }), T0);
    model.apply('http', takenBack('gone'), T0);
    expect(model.conversations()).toHaveLength(1);
    expectSumsOfRows(model);
  });
});

describe('rows with a summary', () => {
  test('stand among the others by their last call, and stay the same while they say the same', () => {
    const model = aModel();
    model.apply('http', told(1, call(60_000, { conversationId: 'newest' })), T0);
    model.apply('http', summed({ conversationId: 'middle', endNs: ns(30_000) }), T0);
    model.apply('http', told(2, call(0, { conversationId: 'oldest', agent: 'Other' })), T0);
    const before = model.view();
    expect(before.conversations.map(({ conversationId }) => conversationId)).toEqual(['newest', 'middle', 'oldest']);
    model.apply('http', told(3, call(1, { conversationId: 'oldest', agent: 'Other' })), T0);
    const after = model.view();
    expect(after.conversations[1]).toBe(before.conversations[1]);
    expect(after.agents.find(({ name }) => name === 'Claude')).toBe(
      before.agents.find(({ name }) => name === 'Claude'),
    );
  });

  test('are bounded: the ones idle longest go first', () => {
    const limits = { summaries: 10 };
    const model = aModel({ limits });
    for (let n = 0; n < 50; n++) model.apply('http', summed({ conversationId: `c${n}`, endNs: ns(n) }), T0);
    const rows = model.conversations();
    expect(rows.length).toBeLessThanOrEqual(10);
    expect(rows[0]?.conversationId).toBe('c49');
    expectSumsOfRows(model);
  });
});

/** What the agents and the fleet count is what the rows show. */
function expectSumsOfRows(model: Model): void {
  const sum = (rows: readonly { readonly totals: { readonly calls: number; readonly inputTokens: number } }[]) => [
    rows.reduce((all, { totals }) => all + totals.calls, 0),
    rows.reduce((all, { totals }) => all + totals.inputTokens, 0),
  ];
  expect(sum(model.agents())).toEqual(sum(model.conversations()));
  expect(sum([model.fleet()])).toEqual(sum(model.conversations()));
}

function takenBack(conversationId = 'conversation'): SummaryEvent {
  return { type: 'summary', conversationId, summary: null };
}
