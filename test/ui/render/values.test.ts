import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bar, meter } from '../../../src/ui/render/charts.ts';
import { age, count, counted, duration, left, percent, timeOfDay, tokens } from '../../../src/ui/render/values.ts';
import { ASCII_THEME, THEME } from '../../helpers/picture.tsx';
import { timeToCome } from '../../../src/wording/units.ts';

const { glyphs } = THEME;
const ascii = ASCII_THEME.glyphs;
const S = 1_000;
const M = 60 * S;
const H = 60 * M;

it.each([
  [0, '0'],
  [812, '812'],
  [999.6, '1.0k'],
  [1_200, '1.2k'],
  [48_240, '48.2k'],
  [99_949, '99.9k'],
  [99_950, '100k'],
  [168_000, '168k'],
  [999_499, '999k'],
  [999_500, '1.0M'],
  [1_234_567, '1.2M'],
  [24_300_000, '24M'],
  [3e9, '3.0G'],
  [4e12, '4.0T'],
  [4e30, '999T'],
])('%i tokens read %s', (amount, text) => {
  expect(tokens(amount)).toBe(text);
});

it.each([
  [0, '0'],
  [9, '9'],
  [999, '999'],
  [1_005, '1,005'],
  [2_341, '2,341'],
  [99_999, '99,999'],
  [118_000, '118k'],
])('%i things read %s', (amount, text) => {
  expect(count(amount)).toBe(text);
});

it.each([
  [null, '–'],
  [0, '0 %'],
  [0.814, '81 %'],
  [1, '100 %'],
  [32.5, '>100%'],
])('a share of %s reads %s', (ratio, text) => {
  expect(percent(ratio, '–')).toBe(text);
});

it.each([
  [0, '0 s'],
  [-5 * S, '0 s'],
  [2 * S, '2 s'],
  [59.9 * S, '59 s'],
  [61 * S, '1 min'],
  [9 * M, '9 min'],
  [59.9 * M, '59 min'],
  [3 * H, '3 h'],
  [47 * H, '47 h'],
  [49 * H, '2 d'],
  [99_999 * 24 * H, '9999 d'],
])('what was %i ms ago is %s old', (ago, text) => {
  expect(age(5_000_000 - ago, 5_000_000, '–')).toBe(text);
});

it('has no age where nothing happened', () => {
  expect(age(null, 0, '–')).toBe('–');
});

it.each([
  [-1, '0 s'],
  [1, '1 s'],
  [4_000, '4 s'],
  [17.2 * S, '18 s'],
  [99 * S, '99 s'],
  [99.1 * S, '2 min'],
  [125 * S, '3 min'],
  [2 * H + 3 * M, '3 h'],
  [72 * H, '3 d'],
])('%i ms that are left read %s', (ms, text) => {
  expect(left(1_000 + ms, 1_000)).toBe(text);
});

it.each([
  [null, '–'],
  [0, '0.0 s'],
  [12, '<0.1 s'],
  [400, '0.4 s'],
  [9_840, '9.8 s'],
  [9_960, '10 s'],
  [41 * S, '41 s'],
  [59.4 * S, '59 s'],
  [59.6 * S, '1 min'],
  [180 * S, '3 min'],
  [2 * H, '2 h'],
])('what took %s ms took %s', (ms, text) => {
  expect(duration(ms, '–')).toBe(text);
});

it.each([
  [new Date(2026, 10, 27, 14, 3, 8), '14:03:08'],
  [new Date(2026, 10, 27, 0, 0, 0), '00:00:00'],
  [new Date(2026, 10, 26, 23, 59, 59), 'Thu 23:59'],
  [new Date(2026, 10, 21, 0, 0, 0), 'Sat 00:00'],
  [new Date(2026, 10, 20, 23, 59, 59), '20 Nov'],
  [new Date(2025, 10, 12), '12 Nov 25'],
])('%s is told as %s on the 27th', (at, text) => {
  expect(timeOfDay(at.getTime(), new Date(2026, 10, 27, 14, 3, 12).getTime())).toBe(text);
});

it('keeps to its cells, whatever the number', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e15, noNaN: true }),
      fc.double({ min: 0, max: 4e12, noNaN: true }),
      (n, at) => {
        expect(tokens(n).length).toBeLessThanOrEqual(5);
        expect(count(n).length).toBeLessThanOrEqual(6);
        expect(percent(n, '–').length).toBeLessThanOrEqual(5);
        for (const text of [age(0, at, '–'), left(at, 0), duration(at, '–')])
          expect(text.length).toBeLessThanOrEqual(6);
        expect(timeOfDay(at, 1.8e12).length).toBeLessThanOrEqual(10);
      },
    ),
  );
});

it('counts in words', () => {
  expect(counted(1, 'call')).toBe('1 call');
  expect(counted(1_500, 'call')).toBe('1,500 calls');
});
describe('bars', () => {
  it.each([
    [0, '──────────'],
    [0.001, '╸─────────'],
    [0.5, '━━━━━─────'],
    [0.57, '━━━━━╸────'],
    [0.999, '━━━━━━━━━╸'],
    [1, '━━━━━━━━━━'],
    [7, '━━━━━━━━━━'],
    [-1, '──────────'],
    [Number.NaN, '──────────'],
  ])('fill to %s', (ratio, text) => {
    expect(bar(ratio, 10, glyphs)).toBe(text);
  });

  it('are drawn in ASCII too', () => {
    expect(bar(0.5, 10, ascii)).toBe('=====.....');
    expect(meter(0.5, 4, ascii)).toMatch(/^[ -~]{4}$/);
  });

  it('show one number as a few columns, and an unknown one as none', () => {
    expect(meter(0, 4, glyphs)).toBe('▁▁▁▁');
    expect(meter(1, 4, glyphs)).toBe('▆▆▆▆');
    expect(meter(null, 4, glyphs)).toBe('––––');
  });
});

it('formats a time to come as a clock within a day, a weekday within six, then a date', () => {
  const now = new Date(2026, 10, 27, 22, 0).getTime();
  const after = (hours: number): string => timeToCome(now + hours * H, now);
  expect([2, 23, 24, 5 * 24, 7 * 24].map(after)).toEqual(['00:00', '21:00', 'Sat', 'Wed', '4 Dec']);
});
