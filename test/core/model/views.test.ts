import { describe, expect, test } from 'vitest';
import { agentActivity } from '../../../src/core/model/meters/activity.ts';
import { callsPerMinute, errorShare } from '../../../src/core/model/recent.ts';
import { T0, aModel, call, interruption, told } from './given.ts';

describe('views', () => {
  test('what did not change keeps its reference', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { conversationId: 'one', agent: 'A' })), T0);
    model.apply('a', told(2, call(1, { conversationId: 'two', agent: 'B' })), T0);
    model.apply('a', told(1, interruption(0, { conversationId: 'one' })), T0);
    const before = model.view();
    const callsOfOne = model.calls('one');
    expect(model.view()).toBe(before);
    model.apply('a', told(3, call(2, { conversationId: 'two', agent: 'B' })), T0);
    const after = model.view();
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.conversations[0]).not.toBe(before.conversations[0]);
    expect(after.conversations[1]).toBe(before.conversations[1]);
    expect(after.agents[1]).toBe(before.agents[1]);
    expect(after.interruptions).toBe(before.interruptions);
    expect(model.calls('one')).toBe(callsOfOne);
  });

  test('a view is a moment: later events do not change it', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    const before = model.view();
    model.apply('a', told(2, call(1)), T0);
    expect(before.fleet.totals.calls).toBe(1);
    expect(before.agents[0]?.totals.calls).toBe(1);
    expect(before.conversations[0]?.totals.calls).toBe(1);
  });

  test('the latest call gives a conversation its agent, session and query', () => {
    const model = aModel();
    model.apply('a', told(1, call(10, { agent: 'B', sessionId: 'late', userQuery: 'second' })), T0);
    model.apply('a', told(2, call(5, { agent: 'A', sessionId: 'early', userQuery: 'first' })), T0);
    expect(model.conversations()).toMatchObject([{ agent: 'B', sessionId: 'late', userQuery: 'second' }]);
  });

  test('calls are listed oldest first, models by use, pids ascending', () => {
    const model = aModel();
    const models = ['x', 'y', 'y'];
    for (const [record, name] of models.entries())
      model.apply('a', told(record, call(30 - record, { model: name, pid: 9 - record })), T0);
    expect(model.calls('conversation').map(({ callId }) => callId)).toEqual(['call-28', 'call-29', 'call-30']);
    expect(model.agents()).toMatchObject([{ models: ['y', 'x'], pids: [7, 8, 9] }]);
  });
});

describe('the last minute', () => {
  test('is known from the history when the first minute begins: those count that ended in it', () => {
    const model = aModel();
    const ends = [-600_000, -61_000, -45_000, -30_000, -1_000, 0];
    // The newest history is read first by some sources, and last by others.
    for (const [row, end] of [...ends, ...ends.map((at) => at - 10).toReversed()].entries())
      model.apply('a', told(row, call(end, { statusCode: end < -20_000 ? 500 : 200 }), 'historical'), T0);
    const { recent } = model.fleet();
    expect(callsPerMinute(recent, T0)).toBe(8);
    expect(errorShare(recent, T0)).toBe(0.5);
    expect(callsPerMinute(recent, T0 + 25_000)).toBe(5);
    model.apply('a', told(20, call(20_000)), T0 + 20_000);
    model.apply('b', told(1, call(5_000, { callId: 'slow source' }), 'historical'), T0 + 25_000);
    expect(callsPerMinute(model.fleet().recent, T0 + 25_000)).toBe(7);
    expect(callsPerMinute(model.fleet().recent, T0 + 90_000)).toBe(0);
  });

  test('live calls count when they finish, those of long ago do not', () => {
    const model = aModel();
    model.apply('a', told(1, call(-60_000), 'historical'), T0);
    model.apply('a', told(2, call(1)), T0);
    model.apply('a', told(3, call(2, { status: 'pending', endNs: null })), T0);
    const { recent } = model.fleet();
    expect(callsPerMinute(recent, T0)).toBe(1);
    model.apply('a', told(3, call(2, { status: 'interrupted' })), T0 + 15_000);
    const later = model.agents()[0]?.recent ?? null;
    expect(callsPerMinute(later, T0 + 15_000)).toBe(2);
    expect(errorShare(later, T0 + 15_000)).toBe(0.5);
  });

  test('it slides away and is unknown when empty', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    const { recent } = model.fleet();
    expect(callsPerMinute(recent, T0 + 40_000)).toBe(1);
    expect(callsPerMinute(recent, T0 + 70_000)).toBe(0);
    expect(errorShare(recent, T0 + 70_000)).toBeNull();
    expect(errorShare(null, T0)).toBeNull();
  });

  test('a minute without calls leaves nothing of the one before', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    model.apply('a', told(2, call(1)), T0 + 600_000);
    expect(callsPerMinute(model.fleet().recent, T0 + 600_000)).toBe(1);
  });
});

describe('activity', () => {
  const agent = { sources: ['a', 'b'], lastEndAt: T0 };

  test('an agent is active for a minute after its last end, then idle', () => {
    expect(agentActivity(agent, T0 + 60_000, new Set())).toBe('active');
    expect(agentActivity(agent, T0 + 60_001, new Set())).toBe('idle');
    expect(agentActivity({ ...agent, lastEndAt: null }, T0, new Set())).toBe('idle');
  });

  test('a stamp in the future never makes an agent active', () => {
    for (const ahead of [30_000, 600_000, 86_400_000])
      expect(agentActivity({ ...agent, lastEndAt: T0 + ahead }, T0, new Set())).toBe('idle');
  });

  test('a call that is dated ahead of its arrival says nothing of its end, not even when that time has come', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    model.apply('a', told(2, call(3_600_000)), T0);
    expect(model.agents()).toMatchObject([{ lastEndAt: T0 }]);
  });

  test('after the clock was set back an hour, what is new makes an agent active', () => {
    const model = aModel();
    model.apply('a', told(1, call(3_600_000)), T0 + 3_600_000);
    model.apply('a', told(2, call(1)), T0 + 1);
    expect(model.agents()).toMatchObject([{ lastEndAt: T0 + 1 }]);
    expect(callsPerMinute(model.fleet().recent, T0 + 1)).toBe(1);
  });

  test('it is unknown when all its sources are lost, never idle', () => {
    expect(agentActivity(agent, T0, new Set(['a', 'b']))).toBe('unknown');
    expect(agentActivity(agent, T0, new Set(['a']))).toBe('active');
  });
});
