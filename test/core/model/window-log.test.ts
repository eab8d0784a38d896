import { describe, expect, test } from 'vitest';
import type { FoldRules, Spent } from '../../../src/core/model/windows/fold.ts';
import {
  type WindowLog,
  addSpent,
  dropSpent,
  emptyWindowLog,
  isWorthSettling,
  settle,
} from '../../../src/core/model/windows/log.ts';

const RULES: FoldRules = { windowNs: 1_000, inputTokens: 500, keep: 64 };
const CAPACITY = 2_500;

/** Spendings whose tokens count how often they are read: once each time that they are computed. */
function counted(): { readonly spent: (end: number, id: string) => Spent; readonly reads: () => number } {
  let reads = 0;
  const spent = (end: number, callId: string): Spent => ({
    endMs: 0,
    endRest: end,
    startMs: 0,
    startRest: 0,
    callId,
    cache: 'missed',
    get inputTokens() {
      reads += 1;
      return 10;
    },
  });
  return { spent, reads: () => reads };
}

function live(log: WindowLog, spent: Spent): void {
  addSpent(log, spent);
  if (isWorthSettling(log)) settle(log, RULES, CAPACITY * 4);
}

describe('what one arrival costs', () => {
  const CALLS = 6_000;
  const name = (n: number): string => String(n).padStart(6, '0');

  test.each<[string, (n: number) => [number, string]]>([
    ['in order', (n) => [n, name(n)]],
    ['all ending at once, their ids falling', (n) => [7, name(CALLS - n)]],
    ['each older than the one before', (n) => [CALLS - n, name(n)]],
  ])('is bounded for calls %s', (_order, placeOf) => {
    const { spent, reads } = counted();
    const log = emptyWindowLog();
    for (let n = 0; n < CALLS; n += 1) live(log, spent(...placeOf(n)));
    settle(log, RULES, CAPACITY * 4);
    expect(log.fold.inputTokens).toBeGreaterThan(0);
    // One after the other, each computing all anew, it would be millions.
    expect(reads()).toBeLessThan(CALLS * 100 + 1_024 * 1_024);
  });

  test('is bounded for an old call that is changed again and again', () => {
    const { spent, reads } = counted();
    const log = emptyWindowLog();
    for (let n = 0; n < CALLS; n += 1) live(log, spent(n, name(n)));
    let old = spent(-1, 'old');
    live(log, old);
    const before = reads();
    for (let n = 0; n < 1_000; n += 1) {
      dropSpent(log, old);
      old = spent(-1, 'old');
      live(log, old);
    }
    expect(reads() - before).toBeLessThan(CALLS * 20);
  });
});

describe('a long history whose newest part is read first', () => {
  const history = Array.from({ length: 20_000 }, (_, n) => ({
    endMs: 0,
    endRest: n * 7,
    startMs: 0,
    startRest: 0,
    callId: `call ${n}`,
    inputTokens: (n * 31) % 40,
    cache: n % 900 === 0 ? ('used' as const) : ('missed' as const),
  }));

  function foldOf(order: readonly Spent[], batch: number, capacity: number): WindowLog['fold'] {
    const log = emptyWindowLog();
    for (let from = 0; from < order.length; from += batch) {
      for (const spent of order.slice(from, from + batch)) addSpent(log, spent);
      settle(log, RULES, capacity);
    }
    return log.fold;
  }

  test.each([7, 50, 700])('gives the same windows as in order, though little of it is kept (by %i)', (batch) => {
    const newestFirst = [...history.slice(-2_000), ...history.slice(0, -2_000)];
    expect(foldOf(newestFirst, batch, CAPACITY)).toEqual(foldOf(history, batch, Infinity));
  });

  test('what keeps coming before all that is known is not kept for ever', () => {
    const log = emptyWindowLog();
    for (const [n, spent] of history.toReversed().entries()) {
      addSpent(log, spent);
      if (n % 100 === 0) settle(log, RULES, CAPACITY);
    }
    expect(log.items.length).toBeLessThanOrEqual(4 * CAPACITY);
  });
});
