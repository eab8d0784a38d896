import { describe, expect, test } from 'vitest';
import { createPace } from '../../../src/feeds/http/follower.ts';

function delays(slowMs: number | undefined, looks: readonly boolean[]): readonly number[] {
  const pace = createPace(slowMs, () => 0);
  return looks.map((changed) => {
    pace.succeeded(changed, 0);
    return pace.delay();
  });
}

describe('how often a server is asked', () => {
  test('often while things change, ever more seldom while nothing does, up to a bound', () => {
    expect(delays(undefined, [true, false, false])).toEqual([500, 650, 845]);
    expect(
      delays(
        undefined,
        Array.from({ length: 20 }, () => false),
      ).at(-1),
    ).toBe(2_500);
  });

  test.each([
    [10_000, 10_000],
    [600, 600],
    [200, 200],
  ])('with an interval of %i ms no more seldom than that, and back to often with the next change', (slowMs, bound) => {
    const waits = delays(slowMs, [...Array.from({ length: 30 }, () => false), true]);
    expect(Math.max(...waits)).toBe(bound);
    expect(waits.at(-1)).toBe(Math.min(500, bound));
  });
});
