import { expect, test } from 'vitest';
import { configured, counted, perMinute, tokenSum, wordBytes } from '../../src/wording/units.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 kB'],
  [12_345, '12 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [120_000_000, '120 MB'],
  [1_500_000_000, '1.5 GB'],
  [48_000_000_000, '48 GB'],
  [2e15, '>999 TB'],
])('formats %i bytes as %s', (amount, text) => {
  expect(wordBytes(amount)).toBe(text);
});

test('agrees a noun with its count', () => {
  expect([0, 1, 2, 2_341].map((amount) => counted(amount, 'path'))).toEqual([
    '0 paths',
    '1 path',
    '2 paths',
    '2,341 paths',
  ]);
});

test('tells a sum of tokens that nobody can know apart from a zero', () => {
  const sum = (amount: number, calls: number, failed: number) => tokenSum(amount, { calls, failed }, '–');
  expect([sum(0, 2, 2), sum(0, 2, 1), sum(0, 0, 0), sum(7, 2, 2)]).toEqual(['–', '0', '0', '7']);
});

test('agrees the noun of a rate with its number', () => {
  expect([0, 1, 2, 118_000].map(perMinute)).toEqual(['0 calls/min', '1 call/min', '2 calls/min', '118k calls/min']);
});

test.each([
  [0, '0 s'],
  [500, '0.5 s'],
  [5_000, '5 s'],
  [77_000, '77 s'],
  [300_000, '5 min'],
  [3_600_000, '1 h'],
  [3_660_000, '61 min'],
])('tells a configured length of %i ms exactly: %s', (ms, text) => {
  expect(configured(ms)).toBe(text);
});
