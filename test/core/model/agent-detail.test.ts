import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createModel } from '../../../src/core/model/model.ts';
import type { AgentDetail, Model } from '../../../src/core/model/types.ts';
import { call, HOUR, T0, usage } from './given.ts';

const MINUTE = 60_000;
const ADVISORY = { windowMs: HOUR, inputTokens: 200_000 };

function newModel(evict = true): Model {
  return createModel({ advisory: ADVISORY, evict });
}

let rows = 0;
function tell(model: Model, endMs: number, given: Parameters<typeof call>[1] = {}, source = 's'): string {
  rows += 1;
  const record = `${rows}`;
  model.apply(
    source,
    { type: 'call', record, arrival: 'live', call: call(endMs, { callId: record, ...given }) },
    T0 + endMs,
  );
  return record;
}

function detail(model: Model, agent = 'Claude'): AgentDetail {
  return model.agentDetail(agent) ?? expect.fail('no such agent');
}

describe('the last hour of an agent, minute by minute', () => {
  test('calls are counted in the minute of their end, and minutes without any are there too', () => {
    const model = newModel();
    tell(model, 0);
    tell(model, 10_000, { statusCode: 500, usage: null });
    tell(model, 3 * MINUTE, { usage: usage({ inputTokens: 7, outputTokens: 3, cacheReadTokens: 90 }) });
    const { minutes } = detail(model);
    expect(minutes.map(({ calls, failed }) => [calls, failed])).toEqual([
      [2, 1],
      [0, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(minutes[3]).toMatchObject({ inputTokens: 7, outputTokens: 3, cacheReadTokens: 90, promptTokens: 97 });
    expect(minutes.map(({ at }) => at % MINUTE)).toEqual([0, 0, 0, 0]);
  });

  test('no more than an hour is kept, whatever comes late', () => {
    const model = newModel();
    for (let minute = 0; minute < 90; minute += 1) tell(model, minute * MINUTE);
    tell(model, 5 * MINUTE);
    const { minutes } = detail(model);
    expect(minutes).toHaveLength(60);
    expect(minutes.every(({ calls }) => calls === 1)).toBe(true);
  });

  test('a late call within the hour finds its minute', () => {
    const model = newModel();
    tell(model, 10 * MINUTE);
    tell(model, 2 * MINUTE);
    expect(detail(model).minutes.map(({ calls }) => calls)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('a clock that is years ahead does not push the hour out', () => {
    const model = newModel();
    tell(model, 0);
    model.apply(
      's',
      { type: 'call', record: 'ahead', arrival: 'live', call: call(9_000 * HOUR, { callId: 'ahead' }) },
      T0 + MINUTE,
    );
    expect(detail(model).minutes.map(({ calls }) => calls)).toEqual([1, 1]);
  });

  test('a call that changes is counted once, as it is now', () => {
    const model = newModel();
    const record = tell(model, 0, { status: 'pending', usage: null, endNs: null });
    const done = call(2 * MINUTE, { callId: record, startNs: call(0).startNs });
    model.apply('s', { type: 'call', record, arrival: 'live', call: done }, T0 + 2 * MINUTE);
    expect(detail(model).minutes.map(({ calls }) => calls)).toEqual([1]);
    expect(detail(model).minutes[0]?.inputTokens).toBe(100);
  });
});

describe('an agent by model and by process', () => {
  test('most calls first; calls that name none are unknown', () => {
    const model = newModel();
    tell(model, 1, { model: 'a', pid: 1 });
    tell(model, 2, { model: 'b', pid: 1 });
    tell(model, 3, { model: 'b', pid: null });
    const { models, processes } = detail(model);
    expect(models.map(({ name, totals }) => [name, totals.calls])).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
    expect(processes.map(({ name, totals }) => [name, totals.calls])).toEqual([
      [1, 2],
      ['unknown', 1],
    ]);
  });

  test('what is too much to be told apart is summed up under no name', () => {
    const model = newModel();
    for (let n = 0; n < 100; n += 1) tell(model, n, { model: `m${n}` });
    const { models } = detail(model);
    expect(models).toHaveLength(33);
    expect(models.at(-1)).toMatchObject({ name: null, totals: { calls: 68 } });
  });

  test('whatever is told, changed or let go: the parts always sum up to the whole', () => {
    const told = fc.record({
      row: fc.integer({ min: 1, max: 12 }),
      endMs: fc.constantFrom(0, 1, 30_000, MINUTE, 5 * MINUTE, 2 * HOUR),
      model: fc.option(fc.constantFrom(...Array.from({ length: 40 }, (_, n) => `m${n}`))),
      pid: fc.option(fc.integer({ min: 1, max: 40 })),
      agent: fc.constantFrom('Claude', 'Cosh'),
      conversationId: fc.constantFrom('c', 'd', null),
      failed: fc.boolean(),
      source: fc.constantFrom('s', 't'),
    });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 120 }), (story) => {
        const model = createModel({ advisory: ADVISORY, evict: true, limits: { calls: 8, conversations: 2 } });
        for (const { row, endMs, failed, source, ...facts } of story) {
          const given = { callId: `${row}`, startNs: BigInt(row), statusCode: failed ? 500 : 200, ...facts };
          const event = { type: 'call', record: `${row}`, arrival: 'live', call: call(endMs, given) } as const;
          model.apply(source, event, T0 + 3 * HOUR);
        }
        for (const { name: agent, totals } of model.agents()) {
          const { models, processes, minutes } = detail(model, agent);
          for (const shares of [models, processes]) {
            const sum = (of: 'calls' | 'failed' | 'inputTokens' | 'promptTokens'): number =>
              shares.reduce((total, share) => total + share.totals[of], 0);
            expect([sum('calls'), sum('failed'), sum('inputTokens'), sum('promptTokens')]).toEqual([
              totals.calls,
              totals.failed,
              totals.inputTokens,
              totals.promptTokens,
            ]);
          }
          expect(minutes.every(({ calls, failed }) => calls >= 0 && failed >= 0)).toBe(true);
          expect(minutes.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThanOrEqual(totals.calls);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('an agent that nobody knows has no detail', () => {
    expect(newModel().agentDetail('Nobody')).toBeNull();
  });
});

describe('where a call can be read again', () => {
  test('at each row that tells of it', () => {
    const model = newModel();
    const one = call(0, { callId: 'x' });
    model.apply('sqlite:/a', { type: 'call', record: '17', arrival: 'live', call: one }, T0);
    model.apply('jsonl:/b', { type: 'call', record: '5:0', arrival: 'live', call: one }, T0);
    const held = model.calls('conversation')[0] ?? expect.fail('no call');
    expect(model.recordsOf(held)).toEqual([
      { source: 'sqlite:/a', record: '17' },
      { source: 'jsonl:/b', record: '5:0' },
    ]);
    expect(model.recordsOf(call(0, { callId: 'x' }))).toHaveLength(2);
    expect(model.recordsOf(call(0, { callId: 'y' }))).toEqual([]);
    const by = { agent: held.agent, conversationId: held.conversationId, occurredNs: held.startNs };
    expect(model.callMeant('x', by)).toBe(held);
    expect(model.callMeant('y', by)).toBeNull();
    expect(model.callMeant('x', { ...by, agent: 'another', conversationId: 'another' })).toBeNull();
  });
});
