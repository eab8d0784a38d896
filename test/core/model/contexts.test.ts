import { describe, expect, test } from 'vitest';
import type { Call, Usage } from '../../../src/core/calls.ts';
import { contextUseOf, DEFAULT_TROUBLE, nearlyFullOf } from '../../../src/core/model/meters/trouble.ts';
import type { ContextUse, SessionFacts } from '../../../src/core/sessions.ts';
import type { Model, ModelChange } from '../../../src/core/model/types.ts';
import { createModel } from '../../../src/core/model/model.ts';
import { pricesFrom } from '../../../src/config/prices.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { makeCall } from '../../helpers/feed-events.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';

function session(facts: Partial<SessionFacts>): SessionFacts {
  return { ...NO_FACTS, sessionId: 's', startedAt: 0, lastAt: 1, ...facts };
}

function context(usedTokens: number | null, facts: Partial<ContextUse> = {}): ContextUse {
  return {
    usedTokens,
    windowTokens: null,
    windowKnown: false,
    model: 'claude-haiku-4-5',
    provider: 'anthropic',
    ...facts,
  };
}

function make(prices: Parameters<typeof pricesFrom>[0] = {}): Model {
  return createModel({
    advisory: { windowMs: 1, inputTokens: 1 },
    evict: true,
    pricer: loadPricer(pricesFrom(prices)),
    contextShare: 0.85,
  });
}

function tell(model: Model, facts: Partial<SessionFacts>): readonly ModelChange[] {
  const event = { type: 'session', conversationId: 's', session: session(facts), ownerUid: null } as const;
  return model.apply('claude:', event, 0);
}

function windowIn(model: Model): number | null {
  return model.conversations()[0]?.session?.context?.windowTokens ?? null;
}

describe('the window of a context', () => {
  test.each([
    ['claude-haiku-4-5', 'anthropic', 200_000],
    ['claude-sonnet-4-6', 'anthropic', 1_000_000],
    ['gemini-2.5-flash', 'google', 1_048_576],
    ['qwen3-max', null, null],
    ['gemini-2.5-pro', 'google', null],
    ['a model of tomorrow', 'openai', null],
  ])('of %s by the catalogue', (name, provider, window) => {
    const model = make();
    tell(model, { context: context(1_000, { model: name, provider }) });
    expect(windowIn(model)).toBe(window);
  });

  test('is what the record tells, if it does', () => {
    const model = make();
    tell(model, { context: context(1_000, { windowTokens: 258_400, windowKnown: true }) });
    expect(windowIn(model)).toBe(258_400);
  });

  test('is the long one if more is in use than the catalogue says, and stays so for the same model', () => {
    const model = make();
    tell(model, { context: context(230_000) });
    expect(windowIn(model)).toBe(1_000_000);
    tell(model, { context: context(40_000) });
    expect(windowIn(model)).toBe(1_000_000);
    tell(model, { context: context(40_000, { model: 'claude-opus-4-5' }) });
    expect(windowIn(model)).toBe(200_000);
  });

  test('is the one that the configuration states, with prices or alone', () => {
    const model = make({
      'qwen3-max': { context_window: 262_144 },
      'claude-sonnet-4-6': { input: 1, output: 2, context_window: 128_000 },
    });
    tell(model, { context: context(1_000, { model: 'qwen3-max', provider: null }) });
    expect(windowIn(model)).toBe(262_144);
    const claude = { model: 'claude-sonnet-4-6', windowTokens: 200_000 };
    tell(model, { context: context(1_000, claude) });
    expect(windowIn(model)).toBe(128_000);
    tell(model, { context: context(150_000, claude) });
    expect(windowIn(model)).toBe(150_000);
    tell(model, { context: context(1_000, { ...claude, windowTokens: 64_000, windowKnown: true }) });
    expect(windowIn(model)).toBe(64_000);
  });

  test('is that of the catalogue for a model whose prices alone are configured', () => {
    const model = make({ 'claude-sonnet-4-6': { input: 1, output: 2 } });
    tell(model, { context: context(1_000, { model: 'claude-sonnet-4-6' }) });
    expect(windowIn(model)).toBe(1_000_000);
  });

  test('is the larger one of the reader’s own and the catalogue’s', () => {
    const model = make();
    tell(model, { context: context(1_000, { windowTokens: 1_000_000 }) });
    expect(windowIn(model)).toBe(1_000_000);
  });
});

describe('a context becomes nearly full', () => {
  test('once a fill, which ends with a compaction', () => {
    const model = make();
    const near = (tokens: number | null, compactions = 0): readonly string[] =>
      tell(model, { context: context(tokens), compactions }).flatMap((change) =>
        change.type === 'moment' ? [change.moment.key] : [],
      );
    expect(near(100_000)).toEqual([]);
    expect(near(169_999)).toEqual([]);
    expect(near(170_000)).toEqual(['s:0']);
    expect(near(190_000)).toEqual([]);
    expect(near(null, 1)).toEqual([]);
    expect(near(30_000, 1)).toEqual([]);
    expect(near(180_000, 1)).toEqual(['s:1']);
    // Compacted and filled again between two reports.
    expect(near(180_000, 2)).toEqual(['s:2']);
  });

  test('but not when it was so at first sight, nor that of a sub-agent', () => {
    const model = make();
    expect(tell(model, { context: context(190_000) })).toEqual([]);
    const other = make();
    tell(other, { context: context(1_000), parentId: 'p' });
    expect(tell(other, { context: context(190_000), parentId: 'p' })).toEqual([]);
  });
});

describe('the context by calls alone', () => {
  const usage = (inputTokens: number, cacheReadTokens = 0): Usage => ({
    inputTokens,
    outputTokens: 10,
    cacheReadTokens,
    cacheCreationTokens: 0,
  });
  const call = (second: number, model: string, used: Usage | null, facts: Partial<Call> = {}): Call => {
    const endNs = BigInt(second) * 1_000_000_000n;
    const ids = { callId: `call-${second}`, conversationId: 's' };
    return makeCall({ ...ids, startNs: endNs, endNs, provider: 'anthropic', model, usage: used, ...facts });
  };
  const filled = (...calls: readonly Call[]): ContextUse | null => {
    const model = make();
    for (const one of calls)
      model.apply('a', { type: 'call', record: one.callId, arrival: 'historical', call: one }, 0);
    const [row] = model.conversations();
    return row === undefined ? null : contextUseOf(row);
  };

  test('is what the last finished call sent, the cache included, of the window in the catalogue', () => {
    const calls = [call(1, 'claude-haiku-4-5', usage(20_000)), call(2, 'claude-haiku-4-5', usage(1_000, 99_000))];
    const use = { usedTokens: 100_000, windowTokens: 200_000, windowKnown: false };
    expect(filled(...calls)).toMatchObject(use);
    expect(filled(...calls.toReversed())).toMatchObject(use);
    const pending = call(3, 'claude-haiku-4-5', null, { status: 'pending', endNs: null });
    expect(filled(...calls, pending)).toMatchObject(use);
  });

  test('passes over a helper on a smaller model, and what is no main call', () => {
    const main = call(1, 'claude-opus-4-5', usage(80_000));
    const helper = call(2, 'claude-haiku-4-5', usage(300));
    const recap = call(3, 'claude-opus-4-5', usage(120_000), { kind: 'recap' });
    expect(filled(main, helper, recap)).toMatchObject({ usedTokens: 80_000, model: 'claude-opus-4-5' });
  });

  test('is the long window if more is in use, and unknown without a window in the catalogue', () => {
    expect(filled(call(1, 'claude-haiku-4-5', usage(210_000)))).toMatchObject({ windowTokens: 1_000_000 });
    expect(filled(call(1, 'a model of tomorrow', usage(1_000)))).toBeNull();
    expect(filled(call(1, 'claude-haiku-4-5', null, { statusCode: 529 }))).toBeNull();
  });

  test('is nearly full only while the turn goes on: the next turn is another conversation', () => {
    const model = make();
    const one = call(100, 'claude-haiku-4-5', usage(180_000));
    model.apply('a', { type: 'call', record: '1', arrival: 'historical', call: one }, 0);
    const [row] = model.conversations();
    if (row === undefined) throw new Error('no conversation');
    expect(nearlyFullOf(row, DEFAULT_TROUBLE, 160_000)).toBe(0.9);
    expect(nearlyFullOf(row, DEFAULT_TROUBLE, 100_000 + DEFAULT_TROUBLE.stuckMs)).toBeNull();
    expect(nearlyFullOf(row, { ...DEFAULT_TROUBLE, contextShare: 0.95 }, 160_000)).toBeNull();
  });
});
