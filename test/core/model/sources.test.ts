import { describe, expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import type { Interruption } from '../../../src/core/interruptions.ts';
import type { Model } from '../../../src/core/model/types.ts';
import { T0, aModel, call, interruption, told } from './given.ts';

describe('each row says which sources it rests on', () => {
  test('agents and conversations: those that have told of their calls', () => {
    const model = aModel();
    model.apply('sqlite:/a', told(1, call(0)), T0);
    model.apply('sqlite:/a', told(2, call(1, { conversationId: 'other', agent: 'Codex' })), T0);
    const before = model.version();
    model.apply('jsonl:/b', told('7:0', call(0)), T0);
    expect(model.version()).toBeGreaterThan(before);
    expect(model.agents().map(({ name: agent, sources }) => [agent, ...sources])).toEqual([
      ['Codex', 'sqlite:/a'],
      ['Claude', 'jsonl:/b', 'sqlite:/a'],
    ]);
    expect(model.conversations().map((one) => [one.conversationId, ...one.sources])).toEqual([
      ['other', 'sqlite:/a'],
      ['conversation', 'jsonl:/b', 'sqlite:/a'],
    ]);
  });

  test('a second account that says nothing new is said all the same, in a view that was looked at before', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    expect(model.view().conversations[0]?.sources).toEqual(['a']);
    expect(model.apply('b', told(1, call(0)), T0)).toEqual([]);
    expect(model.view().conversations[0]?.sources).toEqual(['a', 'b']);
  });

  test('calls and interruptions are asked for one by one', () => {
    const model = aModel();
    for (const source of ['b', 'a']) {
      model.apply(source, told(1, call(0)), T0);
      model.apply(source, told(1, interruption(1)), T0);
    }
    model.apply('b', told(2, call(2)), T0);
    const sources = model.calls('conversation').map((one) => model.sourcesOf(one));
    expect(sources).toEqual([['a', 'b'], ['b']]);
    expect(model.interruptions().map((one) => model.sourcesOf(one))).toEqual([['a', 'b']]);
    expect(model.sourcesOf(call(9))).toEqual([]);
  });
});

describe('an interruption that names a call and not whose it is', () => {
  const crash = interruption(5, {
    type: 'agent_crash',
    agent: 'unknown',
    pid: null,
    conversationId: null,
    sessionId: null,
    detail: { ...interruption(5).detail, callIds: ['gone', 'call-0'] },
  });
  const belongs = { agent: 'Claude', pid: 42, conversationId: 'conversation', sessionId: 'session' };

  test.each([
    ['before its call', [crash, call(0)]],
    ['after its call', [call(0), crash]],
  ] as const)('that comes %s belongs to the conversation of that call', (_when, [first, second]) => {
    const model = fed(first, second);
    expect(model.interruptions()).toMatchObject([belongs]);
    expect(model.conversations()).toMatchObject([{ flags: ['agent_crash'] }]);
  });

  test('goes along when its call is given another conversation', () => {
    const model = fed(call(0), crash, call(0, { conversationId: 'rewritten', sessionId: 'real' }));
    expect(model.interruptions()).toMatchObject([{ conversationId: 'rewritten', sessionId: 'real' }]);
    expect(model.conversations()).toMatchObject([{ conversationId: 'rewritten', flags: ['agent_crash'] }]);
  });

  test('leans on its call no more once its row says it all', () => {
    const model = fed(call(0), crash, { ...crash, agent: 'Codex', pid: 7, conversationId: 'c', sessionId: 's' });
    model.apply('a', told(1, call(0, { conversationId: 'rewritten' })), T0);
    expect(model.interruptions()).toMatchObject([{ agent: 'Codex', pid: 7, conversationId: 'c', sessionId: 's' }]);
  });

  test('that is resolved keeps what its call had filled in', () => {
    const model = fed(call(0), crash, { ...crash, resolved: true });
    expect(model.interruptions()).toMatchObject([{ ...belongs, resolved: true }]);
    expect(model.conversations()).toMatchObject([{ flags: [] }]);
  });

  test('without any call that is known it belongs to none, once', () => {
    const model = fed(call(9, { callId: 'another' }), crash, crash);
    expect(model.interruptions()).toMatchObject([{ agent: 'unknown', conversationId: null, sessionId: null }]);
    expect(model.conversations()).toMatchObject([{ flags: [] }]);
  });

  test('never takes the session of a call in another conversation', () => {
    const model = fed(call(0), { ...crash, conversationId: 'mine' });
    expect(model.interruptions()).toMatchObject([{ conversationId: 'mine', sessionId: null }]);
  });
});

describe('two accounts of one interruption', () => {
  const rich = interruption(0, { sessionId: '3b2f9c1e-0000-4000-8000-00000000abcd' });
  const poor = interruption(0, { agent: 'unknown', sessionId: 'f'.repeat(32), pid: null });

  test.each([
    ['the richer first', [rich, poor]],
    ['the poorer first', [poor, rich]],
  ] as const)('%s: the richer wins field by field', (_order, [first, second]) => {
    const model = aModel();
    model.apply('a', told(1, first), T0);
    model.apply('b', told(1, second), T0);
    expect(model.interruptions()).toMatchObject([{ agent: 'Claude', pid: 42, sessionId: rich.sessionId }]);
  });
});

function fed(...facts: readonly (Call | Interruption)[]): Model {
  const model = aModel();
  for (const fact of facts) model.apply('a', told(1, fact), T0);
  return model;
}
