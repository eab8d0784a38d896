import { describe, expect, it } from 'vitest';
import { bar, meter } from '../../../src/ui/render/charts.ts';
import { age, counted, duration, left, percent, tokens } from '../../../src/ui/render/values.ts';
import { ASCII_THEME, THEME } from '../../helpers/picture.tsx';

const { glyphs } = THEME;
const ascii = ASCII_THEME.glyphs;
const S = 1_000;
const M = 60 * S;
const H = 60 * M;

it.each([
  [0, '0'],
  [950, '950'],
  [1_200, '1.2k'],
  [9_949, '9.9k'],
  [41_000, '41k'],
  [999_499, '999k'],
  [999_500, '1.0M'],
  [1_234_567, '1.2M'],
  [3e9, '3.0G'],
  [4e12, '4.0T'],
])('%i tokens read %s', (count, text) => {
  expect(tokens(count)).toBe(text);
});

it.each([
  [null, '—'],
  [0, '0%'],
  [0.814, '81%'],
  [1, '100%'],
  [32.5, '>100%'],
])('a ratio of %s reads %s', (ratio, text) => {
  expect(percent(ratio, '—')).toBe(text);
});

it.each([
  [0, '0s'],
  [-5 * S, '0s'],
  [2 * S, '2s'],
  [59.9 * S, '59s'],
  [61 * S, '1m'],
  [3 * H, '3h'],
  [47 * H, '47h'],
  [49 * H, '2d'],
  [9_999 * 24 * H, '999d'],
])('what was %i ms ago is %s old', (ago, text) => {
  expect(age(5_000_000 - ago, 5_000_000, '—')).toBe(text);
});

it('has no age where nothing happened', () => {
  expect(age(null, 0, '—')).toBe('—');
});

it.each([
  [-1, '0 s'],
  [1, '1 s'],
  [4_000, '4 s'],
  [17.2 * S, '18 s'],
  [99 * S, '99 s'],
  [125 * S, '2:05 min'],
  [2 * H + 3 * M, '2:03 h'],
  [72 * H, '3 d'],
])('%i ms that are left read %s', (ms, text) => {
  expect(left(1_000 + ms, 1_000)).toBe(text);
});

it.each([
  [null, '—'],
  [12, '12ms'],
  [300, '0.3s'],
  [4_100, '4.1s'],
  [9_960, '10s'],
  [41 * S, '41s'],
  [125 * S, '2:05m'],
  [2 * H, '2h'],
])('what took %s ms took %s', (ms, text) => {
  expect(duration(ms, '—')).toBe(text);
});

it('counts in words', () => {
  expect(counted(1, 'call')).toBe('1 call');
  expect(counted(1_500, 'call')).toBe('1.5k calls');
});

describe('bars', () => {
  it.each([
    [0, '▕░░░░░░░░▏'],
    [0.5, '▕████░░░░▏'],
    [0.57, '▕█████░░░▏'],
    [1, '▕████████▏'],
    [7, '▕████████▏'],
    [-1, '▕░░░░░░░░▏'],
    [Number.NaN, '▕░░░░░░░░▏'],
  ])('fill to %s', (ratio, text) => {
    expect(bar(ratio, 10, glyphs)).toBe(text);
  });

  it('are drawn in ASCII too', () => {
    expect(bar(0.5, 10, ascii)).toBe('[####....]');
    expect(meter(0.5, 4, ascii)).toMatch(/^[ -~]{4}$/);
  });

  it('show one number as a few columns, and an unknown one as none', () => {
    expect(meter(0, 4, glyphs)).toBe('▁▁▁▁');
    expect(meter(1, 4, glyphs)).toBe('████');
    expect(meter(null, 4, glyphs)).toBe('————');
  });
});
