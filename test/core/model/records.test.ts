import { describe, expect, test } from 'vitest';
import type { Call, RecordedFacts } from '../../../src/core/calls.ts';
import type { FactEvent } from '../../../src/core/feed.ts';
import type { SessionFacts } from '../../../src/core/sessions.ts';
import type { Model } from '../../../src/core/model/types.ts';
import { aModel, call, told, T0, usage } from './given.ts';

const FACTS: RecordedFacts = { failed: false, errorClass: null, sharesId: true, outputIsLowerBound: false };
const ID = 'msg_01TywndmMBJ34qX6';

const SESSION: SessionFacts = {
  sessionId: 'session',
  agent: 'Claude',
  parentId: null,
  forkedFrom: null,
  cwd: '/home/dev/shop',
  title: 'mend the cart',
  context: { usedTokens: 5_000, windowTokens: 200_000, windowKnown: false },
  compactions: 1,
  retries: 2,
  state: 'busy',
  pid: 42,
  open: null,
  quota: [],
  startedAt: T0,
  lastAt: T0 + 10,
};

/** A call as its agent recorded it: in the conversation of its session, with about its start. */
function recordedCall(endMs: number, facts: Partial<Call> = {}): Call {
  return call(endMs, {
    callId: ID,
    startNs: call(endMs).startNs + 7_000_000n,
    conversationId: 'session',
    pid: null,
    recorded: FACTS,
    ...facts,
  });
}

function session(model: Model, facts: Partial<SessionFacts> = {}): void {
  model.apply(
    'claude:',
    { type: 'session', conversationId: 'session', session: { ...SESSION, ...facts }, ownerUid: null },
    T0,
  );
}

const doors = [
  ['agentsight', 'claude:'],
  ['claude:', 'agentsight'],
] as const;

describe('one call through two doors', () => {
  test.each(doors)('is one by the provider’s id, %s first', (...order) => {
    const model = aModel();
    session(model);
    for (const source of order) {
      const one =
        source === 'claude:'
          ? recordedCall(0, { usage: usage({ outputTokens: 400 }) })
          : call(0, { callId: ID, usage: usage({ outputTokens: 1 }) });
      model.apply(source, told(1, one), T0);
    }
    expect(model.fleet().totals).toMatchObject({ calls: 1, outputTokens: 400 });
    expect(model.conversations()).toMatchObject([
      { conversationId: 'conversation', session: { cwd: '/home/dev/shop' } },
    ]);
    expect(model.calls('conversation')[0]?.recorded).toBeUndefined();
  });

  test.each(doors)('is one by session, end and output where no id is shared, %s first', (...order) => {
    const model = aModel();
    session(model);
    for (const source of order) {
      const record = recordedCall(1_500, { callId: 'thread/1', recorded: { ...FACTS, sharesId: false } });
      model.apply(source, told(1, source === 'claude:' ? record : call(0, { callId: 'wire-1' })), T0);
    }
    expect(model.fleet().totals.calls).toBe(1);
  });

  test.each([
    ['another output', { usage: usage({ outputTokens: 11 }) }],
    ['another session', { sessionId: 'other' }],
    ['an end three seconds later', { endNs: call(3_001).endNs }],
  ])('%s is another call', (_what, facts) => {
    const model = aModel();
    session(model);
    model.apply('agentsight', told(1, call(0, { callId: 'wire-1' })), T0);
    model.apply(
      'claude:',
      told(1, recordedCall(0, { callId: 't/1', recorded: { ...FACTS, sharesId: false }, ...facts })),
      T0,
    );
    expect(model.fleet().totals.calls).toBe(2);
  });

  test.each(doors)('a failure that agentsight sees by its attempts is not counted again, %s first', (...order) => {
    const model = aModel();
    session(model);
    const recorded = { ...FACTS, failed: true, sharesId: false };
    for (const source of order) {
      const failure = recordedCall(500, { callId: 'failed:1', statusCode: 529, usage: null, recorded });
      model.apply(source, told(1, source === 'claude:' ? failure : call(0, { callId: 'wire-1', statusCode: 529 })), T0);
    }
    expect(model.fleet().totals).toMatchObject({ calls: 1, failed: 1 });
  });

  test('a failure that agentsight’s rows do not reach counts, until one of them does', () => {
    const model = aModel();
    session(model);
    const recorded = { ...FACTS, failed: true, sharesId: false };
    const failure = recordedCall(60_000, { callId: 'failed:1', statusCode: 529, usage: null, recorded });
    model.apply('agentsight', told(1, call(0, { callId: 'wire-1' })), T0);
    expect(model.awaitsOther(told(1, failure) as FactEvent)).toBe(true);
    expect(model.awaitsOther(told(1, failure, 'historical') as FactEvent)).toBe(false);
    model.apply('claude:', told(1, failure), T0);
    expect(model.fleet().totals).toMatchObject({ calls: 2, failed: 1 });
    model.apply('agentsight', told(2, call(60_500, { callId: 'wire-2', statusCode: 529 })), T0);
    expect(model.fleet().totals).toMatchObject({ calls: 2, failed: 1 });
    expect(model.awaitsOther(told(1, failure) as FactEvent)).toBe(false);
  });
});

describe('a session that was recorded', () => {
  test('is a row without a call of its own', () => {
    const model = aModel();
    session(model);
    expect(model.conversations()).toMatchObject([
      { conversationId: 'session', totals: { calls: 0 }, session: { retries: 2, compactions: 1 } },
    ]);
    expect(model.fleet().conversations).toBe(1);
  });

  test('loses a call that turns out to be a copy', () => {
    const model = aModel();
    model.apply('claude:', told('a', recordedCall(0)), T0);
    model.apply('claude:', { type: 'withdrawn', record: 'a' }, T0);
    expect(model.fleet().totals).toMatchObject({ calls: 0, inputTokens: 0 });
    expect(model.sourceCounts('claude:').calls).toBe(0);
  });

  test('a call that was given up has failed without a status; an uncertain output is counted', () => {
    const model = aModel();
    model.apply('claude:', told('a', recordedCall(0, { statusCode: null, recorded: { ...FACTS, failed: true } })), T0);
    model.apply(
      'claude:',
      told('b', recordedCall(1, { callId: `${ID}-b`, recorded: { ...FACTS, outputIsLowerBound: true } })),
      T0,
    );
    expect(model.fleet().totals).toMatchObject({ calls: 2, failed: 1, unsureOutput: 1 });
  });

  test('a prompt that leaves the cache out is input, read and creation, whoever the provider is', () => {
    const model = aModel();
    const apart = usage({ cacheReadTokens: 50, cacheCreationTokens: 7, cacheApart: true });
    model.apply('claude:', told('a', recordedCall(0, { provider: 'openai', usage: apart })), T0);
    expect(model.fleet().totals.promptTokens).toBe(157);
  });
});
