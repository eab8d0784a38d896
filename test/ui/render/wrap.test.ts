import { describe, expect, test } from 'vitest';
import { spark } from '../../../src/ui/render/charts.ts';
import { widthOf } from '../../../src/ui/render/width.ts';
import { wrapText } from '../../../src/ui/render/wrap.ts';
import { THEME } from '../../helpers/picture.tsx';

describe('a long text', () => {
  test('keeps its own lines and their indentation, also where one goes on', () => {
    expect(wrapText('{\n  "a": "one two three"\n\n}', 14)).toEqual(['{', '  "a": "one', '  two three"', '', '}']);
  });

  test('is broken between words, and within words that are longer than a line', () => {
    expect(wrapText('one two abcdefghijkl', 8)).toEqual(['one two', 'abcdefgh', 'ijkl']);
    expect(wrapText('世界 世界世界世界', 8)).toEqual(['世界', '世界世界', '世界']);
  });

  test('loses nothing and is never wider than asked for', () => {
    const text = `${'世界 and more '.repeat(50)}${'界'.repeat(300)} ${'x'.repeat(300)}`;
    const rows = wrapText(text, 17);
    for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(17);
    expect(rows.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });

  test('of a quarter of a megabyte without a blank is broken in one pass', () => {
    expect(wrapText('界'.repeat(130_000), 100)).toHaveLength(2_600);
  });
});

test('a sparkline ends at the right with the latest, and its highest is full', () => {
  expect(spark([0, 1, null, 8], 6, THEME.glyphs)).toBe('   ▁ ▆');
  expect(spark([1, 2, 3, 4], 2, THEME.glyphs)).toBe('▅▆');
  expect(spark([], 3, THEME.glyphs)).toBe('   ');
});
