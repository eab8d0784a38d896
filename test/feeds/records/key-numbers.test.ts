import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyNumbers } from '../../../src/feeds/records/key-numbers.ts';

const KEY = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  // Equal in their low 32 bits.
  fc.integer({ min: 0, max: 40 }).map((high) => high * 2 ** 32),
  fc.maxSafeNat(),
);

test('holds what a map of numbers holds, after any changes', () => {
  const change = fc.record({ isSet: fc.boolean(), key: KEY, value: fc.nat() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3_000, size: 'max' }), (changes) => {
      const [numbers, model] = [new KeyNumbers(), new Map<number, number>()];
      for (const { isSet, key, value } of changes) {
        if (isSet) numbers.set(key, value);
        else numbers.delete(key);
        if (isSet) model.set(key, value);
        else model.delete(key);
      }
      const keys = changes.map(({ key }) => key);
      expect(keys.map((key) => numbers.get(key))).toEqual(keys.map((key) => model.get(key)));
      expect(numbers.size).toBe(model.size);
    }),
    { numRuns: 30 },
  );
});

test('finds every one of many keys, and none that is not there', () => {
  const numbers = new KeyNumbers();
  for (let at = 0; at < 50_000; at += 1) numbers.set(at * 7_919, at);
  const keys = Array.from({ length: 50_000 }, (_, at) => at * 7_919);
  expect(keys.every((key, at) => numbers.get(key) === at)).toBe(true);
  expect(numbers.get(1)).toBeUndefined();
});
