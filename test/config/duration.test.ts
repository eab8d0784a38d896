import { expect, test } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';

test.for([
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
  ['1h30m', 5_400_000],
  ['0.5h', 1_800_000],
] as const)('%s is %d ms', ([text, ms]) => {
  expect(parseDuration(text, '--since')).toBe(ms);
});

test.for(['', '90', '0s', '-1h', '1 h', 'h', '1x', '1hx', '9999999999999w'])('%j is no duration', (text) => {
  expect(() => parseDuration(text, '--since')).toThrow(`--since: expected a duration such as 90s, 15m, 1h or 2d, got`);
});
