import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FoldRules, type Spent, byEnd, emptyFold, foldOne } from '../../../src/core/model/windows/fold.ts';
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

function at(end: number, callId: string): Spent {
  return { endMs: 0, endRest: end, startMs: 0, startRest: 0, callId, cache: 'missed', inputTokens: 10 };
}

/** Rules that count how often they are asked: once each time that a spending is computed. */
function counted(): { readonly rules: FoldRules; readonly reads: () => number } {
  let reads = 0;
  const rules: FoldRules = {
    ...RULES,
    get inputTokens() {
      reads += 1;
      return RULES.inputTokens;
    },
  };
  return { rules, reads: () => reads };
}

function live(log: WindowLog, spent: Spent, rules: FoldRules): void {
  addSpent(log, spent);
  if (isWorthSettling(log)) settle(log, rules, CAPACITY * 4);
}

describe('what one arrival costs', () => {
  const CALLS = 6_000;
  const name = (n: number): string => String(n).padStart(6, '0');

  test.each<[string, (n: number) => [number, string]]>([
    ['in order', (n) => [n, name(n)]],
    ['all ending at once, their ids falling', (n) => [7, name(CALLS - n)]],
    ['each older than the one before', (n) => [CALLS - n, name(n)]],
  ])('is bounded for calls %s', (_order, placeOf) => {
    const { rules, reads } = counted();
    const log = emptyWindowLog();
    for (let n = 0; n < CALLS; n += 1) live(log, at(...placeOf(n)), rules);
    settle(log, rules, CAPACITY * 4);
    expect(reads()).toBeGreaterThanOrEqual(CALLS);
    expect(log.fold.inputTokens).toBeGreaterThan(0);
    // One after the other, each computing all anew, it would be millions.
    expect(reads()).toBeLessThan(CALLS * 100 + 1_024 * 1_024);
  });

  test('is bounded for an old call that is changed again and again', () => {
    const { rules, reads } = counted();
    const log = emptyWindowLog();
    for (let n = 0; n < CALLS; n += 1) live(log, at(n, name(n)), rules);
    const old = at(-1, 'old');
    live(log, old, rules);
    const before = reads();
    for (let n = 0; n < 1_000; n += 1) {
      dropSpent(log, old);
      live(log, old, rules);
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

const spendings: fc.Arbitrary<Spent> = fc
  .record({
    // Beyond 32 bits, and before the epoch.
    endMs: fc.constantFrom(-1, 0, 1, 1_790_000_000_000),
    endRest: fc.constantFrom(0, 1, 999_999),
    startMs: fc.constantFrom(0, 1_790_000_000_000),
    startRest: fc.constantFrom(0, 999_999),
    callId: fc.constantFrom('', 'a', 'b'),
    cache: fc.constantFrom('unreported' as const, 'missed' as const, 'used' as const),
    inputTokens: fc.constantFrom(0, 250, 500, 2 ** 40 + 0.5),
  })
  // Of calls with one place in the order, which comes first is not said.
  .map((one) => ({ ...one, callId: `${one.callId} ${one.cache} ${one.inputTokens}` }));

test('what came and was not taken out again is folded in order of end, whatever came when', () => {
  const steps = fc.oneof(
    fc.record({ type: fc.constant('add' as const), spent: spendings }),
    fc.record({ type: fc.constant('drop' as const), which: fc.nat() }),
    fc.record({ type: fc.constant('settle' as const) }),
  );
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (all) => {
      const log = emptyWindowLog();
      const kept: Spent[] = [];
      for (const step of all) {
        if (step.type === 'settle') settle(log, RULES, Infinity);
        else if (step.type === 'add') {
          addSpent(log, step.spent);
          kept.push(step.spent);
        } else if (kept.length > 0) {
          const index = step.which % kept.length;
          for (const spent of kept.splice(index, 1)) dropSpent(log, { ...spent });
        }
      }
      settle(log, RULES, Infinity);
      expect(log.items.length).toBe(kept.length);
      expect(log.fold).toEqual(kept.toSorted(byEnd).reduce((fold, spent) => foldOne(fold, spent, RULES), emptyFold()));
    }),
  );
});
