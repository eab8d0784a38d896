import { describe, expect, test } from 'vitest';
import { T0, aModel, call, interruption, ns, told } from './given.ts';

describe('interruptions', () => {
  test('the same one through two sources counts once, and each source counts its rows', () => {
    const model = aModel();
    expect(model.apply('a', told(1, interruption(0)), T0)).toMatchObject([{ news: 'live', previous: null }]);
    expect(model.apply('b', told(9, interruption(0)), T0)).toEqual([]);
    expect(model.interruptions()).toHaveLength(1);
    expect([model.sourceCounts('a').interruptions, model.sourceCounts('b').interruptions]).toEqual([1, 1]);
  });

  test('a resolved row is a change without news, and stays resolved', () => {
    const model = aModel();
    model.apply('a', told(1, interruption(0)), T0);
    expect(model.apply('a', told(1, interruption(0, { resolved: true })), T0)).toMatchObject([
      { type: 'interruption', news: 'none', previous: { resolved: false }, interruption: { resolved: true } },
    ]);
    expect(model.apply('b', told(4, interruption(0)), T0)).toEqual([]);
    expect(model.interruptions()[0]?.resolved).toBe(true);
  });

  test('a session that is filled in later is no news', () => {
    const model = aModel();
    model.apply('a', told(1, interruption(0), 'historical'), T0);
    expect(model.apply('a', told(1, interruption(0, { sessionId: 's' })), T0)).toMatchObject([{ news: 'none' }]);
  });

  test('a gap is live while it is young', () => {
    const model = aModel();
    expect(model.apply('a', told(1, interruption(0), 'gap'), T0 + 1_000)).toMatchObject([{ news: 'live' }]);
    expect(model.apply('a', told(2, interruption(1), 'gap'), T0 + 900_000)).toMatchObject([{ news: 'historical' }]);
  });

  test('it comes with the calls that it names, as far as they are known', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    model.apply('a', told(2, call(1)), T0);
    const detail = { ...interruption(5).detail, callIds: ['call-1', 'call-2', 'call-0'] };
    const [change] = model.apply('a', told(1, interruption(5, { callId: 'call-0', detail })), T0);
    expect(change?.type === 'interruption' && change.calls.map(({ callId }) => callId)).toEqual(['call-0', 'call-1']);
  });

  describe('of several calls with one id it means', () => {
    const id = 'chatcmpl-42';
    const ours = { conversationId: 'ours', agent: 'Claude' };
    const theirs = { conversationId: 'theirs', agent: 'Codex', processName: 'codex' };
    const row = interruption(5_000, { ...ours, callId: id });
    test.each([
      ['that of its conversation, not the latest', [call(1_000, ours), call(3_000, theirs)], row, [1_000]],
      [
        'the latest before it, not a later one',
        [call(1_000, ours), call(4_000, ours), call(9_000, ours)],
        row,
        [4_000],
      ],
      [
        'that of its agent where none is of its conversation',
        [call(1_000, { ...ours, conversationId: 'before' }), call(3_000, theirs)],
        row,
        [1_000],
      ],
      ["none of another agent's, though its own has not come yet", [call(3_000, theirs)], row, []],
      [
        'that of its conversation, whatever its agent is called there',
        [call(1_000, { ...ours, agent: 'node' }), call(3_000, theirs)],
        row,
        [1_000],
      ],
      [
        'any where it names no agent',
        [call(3_000, theirs)],
        { ...row, agent: 'unknown', conversationId: null },
        [3_000],
      ],
      [
        'that of the process it names',
        [call(3_000, theirs)],
        { ...row, agent: 'codex', conversationId: null },
        [3_000],
      ],
    ])('%s', (_name, calls, named, ends) => {
      const model = aModel();
      calls.forEach((one, at) => model.apply('a', told(at, { ...one, callId: id }), T0));
      const [change] = model.apply('a', told(1, named), T0);
      expect(change?.type === 'interruption' && change.calls.map(({ endNs }) => endNs)).toEqual(ends.map(ns));
    });
  });

  test("what it leaves open is not filled in from another agent's call of the same id", () => {
    const model = aModel();
    const theirs = call(3_000, { callId: 'chatcmpl-42', agent: 'Codex', conversationId: 'theirs', pid: 8 });
    model.apply('a', told(1, theirs), T0);
    const row = interruption(5_000, { agent: 'Claude', callId: 'chatcmpl-42', conversationId: null, pid: null });
    model.apply('a', told(2, row), T0);
    expect(model.interruptions()).toMatchObject([{ agent: 'Claude', conversationId: null, pid: null }]);
  });

  test('a call is found under the id that its row was given later', () => {
    const model = aModel();
    model.apply('a', told(1, interruption(0)), T0);
    model.apply('a', told(1, call(0, { callId: 'hex' })), T0);
    model.apply('a', told(1, call(0, { callId: 'msg' })), T0);
    const [change] = model.apply('a', told(2, interruption(5, { callId: 'msg' })), T0);
    expect(change).toMatchObject({ calls: [{ callId: 'msg' }] });
  });

  test('the flags of a conversation are the types of its unresolved ones', () => {
    const model = aModel();
    model.apply('a', told(1, interruption(0, { type: 'retry_storm' })), T0);
    model.apply('a', told(2, interruption(1)), T0);
    model.apply('a', told(3, interruption(2)), T0);
    model.apply('a', told(4, interruption(3, { conversationId: 'other', type: 'dead_loop' })), T0);
    model.apply('a', told(1, call(0)), T0);
    expect(model.conversations()).toMatchObject([{ flags: ['llm_error', 'retry_storm'] }]);
    model.apply('a', told(1, interruption(0, { type: 'retry_storm', resolved: true })), T0);
    expect(model.conversations()).toMatchObject([{ flags: ['llm_error'] }]);
  });

  test('beyond the limit the resolved go first, then the oldest; a forgotten row told again is nothing', () => {
    const model = aModel({ limits: { interruptions: 10 } });
    for (let at = 0; at < 10; at += 1) model.apply('a', told(at, interruption(at, { resolved: at === 9 })), T0);
    model.apply('a', told(10, interruption(10)), T0);
    const kept = model.interruptions().map(({ interruptionId }) => interruptionId);
    expect(kept).not.toContain('interruption-9');
    expect(kept).not.toContain('interruption-0');
    expect(kept).toContain('interruption-10');
    expect(model.fleet().evicted.interruptions).toBe(11 - kept.length);
    expect(model.apply('a', told(0, interruption(0, { resolved: true })), T0)).toEqual([]);
    expect(model.apply('a', told(0, interruption(60_000)), T0)).toMatchObject([{ news: 'live' }]);
  });
});
