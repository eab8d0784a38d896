import { describe, expect, test } from 'vitest';
import type { Call, Usage } from '../../../src/core/calls.ts';
import { HOUR, T0, aModel, call, told, usage } from './given.ts';

/** A call that ends at `endMs` and spent so many thousand input tokens. */
function spent(endMs: number, thousands: number, given: Partial<Usage> = {}): Call {
  return call(endMs, { usage: usage({ inputTokens: thousands * 1_000, ...given }) });
}

function advisoriesOf(calls: readonly Call[]): readonly (readonly [number, number])[] {
  const model = aModel({ evict: false });
  for (const [record, one] of calls.entries()) model.apply('a', told(record, one, 'historical'), T0);
  return model.advisories().map(({ at, inputTokens }) => [at - T0, inputTokens] as const);
}

describe('rule S4', () => {
  test('the call that fills the window gives one advisory at its end', () => {
    expect(advisoriesOf([spent(0, 100), spent(1, 99), spent(2, 1), spent(3, 50)])).toEqual([[2, 200_000]]);
  });

  test('a call exactly an hour after the first still belongs to the window, one later starts another', () => {
    expect(advisoriesOf([spent(0, 150), spent(HOUR, 50)])).toEqual([[HOUR, 200_000]]);
    expect(advisoriesOf([spent(0, 150), spent(HOUR + 1, 50)])).toEqual([]);
  });

  test('the boundary is exact to the nanosecond', () => {
    const late = { ...spent(HOUR, 50), endNs: (spent(HOUR, 50).endNs ?? 0n) + 1n };
    expect(advisoriesOf([spent(0, 150), late])).toEqual([]);
  });

  test('a cache hit in the window silences it until it is reset', () => {
    const hits: readonly Partial<Usage>[] = [{ cacheReadTokens: 1 }, { cacheCreationTokens: 1 }];
    for (const hit of hits) {
      expect(advisoriesOf([spent(0, 10, hit), spent(1, 190), spent(2, 200)])).toEqual([]);
      expect(advisoriesOf([spent(0, 10, hit), spent(HOUR + 1, 200)])).toEqual([[HOUR + 1, 200_000]]);
    }
  });

  test('at most one advisory an hour, also over the edge of a window', () => {
    const calls = [spent(0, 1), spent(HOUR, 200), spent(HOUR + 1, 200), spent(2 * HOUR, 1), spent(2 * HOUR + 1, 1)];
    expect(advisoriesOf(calls)).toEqual([
      [2 * HOUR + 1, 202_000],
      [HOUR, 201_000],
    ]);
  });

  test('calls without usage or without an end are left out', () => {
    const without = [call(0, { usage: null }), { ...spent(1, 500), endNs: null, status: 'pending' as const }];
    expect(advisoriesOf(without)).toEqual([]);
  });

  test('agents are measured apart', () => {
    const model = aModel();
    model.apply('a', told(1, { ...spent(0, 150), agent: 'A' }), T0);
    model.apply('a', told(2, { ...spent(1, 150), agent: 'B' }), T0);
    expect(model.advisories()).toEqual([]);
    expect(model.agents().map(({ window }) => window?.inputTokens)).toEqual([150_000, 150_000]);
  });

  test('an advisory says when the provider never mentioned its cache', () => {
    const model = aModel();
    model.apply('a', told(1, spent(0, 150)), T0);
    expect(model.apply('a', told(2, spent(1, 50)), T0)).toMatchObject([
      { type: 'call' },
      { type: 'advisory', news: 'live', advisory: { agent: 'Claude', cacheReported: false, at: T0 + 1 } },
    ]);
    model.apply('a', told(3, spent(2, 1, { cacheReadTokens: 0 })), T0);
    expect(model.agents()[0]?.window).toEqual({
      startedAt: T0,
      inputTokens: 201_000,
      cacheSeen: false,
      cacheReported: true,
    });
  });
});

describe('S4 and the order of arrival', () => {
  test('history gives no live advisory, but fills the window for a live call', () => {
    const model = aModel();
    expect(model.apply('a', told(1, spent(0, 150), 'historical'), T0)).toHaveLength(1);
    expect(model.apply('a', told(2, spent(1, 60)), T0)).toMatchObject([
      { type: 'call' },
      { type: 'advisory', advisory: { inputTokens: 210_000 } },
    ]);
  });

  test('an advisory that a late call moves is not told again', () => {
    const model = aModel();
    model.apply('a', told(1, spent(10, 150)), T0);
    expect(model.apply('a', told(2, spent(20, 60)), T0)).toHaveLength(2);
    expect(model.apply('a', told(3, spent(5, 60)), T0)).toHaveLength(1);
    expect(model.advisories()).toMatchObject([{ at: T0 + 10, inputTokens: 210_000 }]);
  });

  test('a late cache hit takes the advisory back, and it is not told again when it returns', () => {
    const model = aModel();
    model.apply('a', told(1, spent(10, 200)), T0);
    model.apply('a', told(2, spent(5, 1, { cacheReadTokens: 9 })), T0);
    expect(model.advisories()).toEqual([]);
    expect(model.apply('a', told(2, spent(5, 1)), T0)).toHaveLength(1);
    expect(model.advisories()).toHaveLength(1);
  });

  test('a call that changes its agent takes its spending along', () => {
    const model = aModel();
    model.apply('a', told(1, { ...spent(0, 150), agent: 'unknown' }), T0);
    model.apply('a', told(2, { ...spent(1, 60), agent: 'Claude' }), T0);
    expect(model.apply('a', told(1, { ...spent(0, 150), agent: 'Claude' }), T0)).toMatchObject([
      { type: 'call', news: 'none' },
      { type: 'advisory', advisory: { agent: 'Claude', at: T0 + 1 } },
    ]);
  });
});
