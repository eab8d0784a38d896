import { expect, test } from 'vitest';
import { drawAnimation, type Frame } from './animation.ts';
import { PALETTES } from './palette.ts';
import type { Cell, CellStyle, Screen } from './screen.ts';

const PLAIN: CellStyle = {
  colour: { type: 'own' },
  background: { type: 'own' },
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

function frame(at: number, ...lines: readonly string[]): Frame {
  const cellsOf = (line: string): readonly Cell[] =>
    Array.from(line, (text, column) => ({ column, width: 1, text, style: PLAIN }));
  const screen: Screen = { columns: 10, rows: lines.length, lines: lines.map(cellsOf) };
  return { at, screen };
}

const animate = (...frames: readonly Frame[]): string => drawAnimation(frames, PALETTES.dark, 'a recording');

test('a line that never changes is drawn once and stands still', () => {
  const svg = animate(frame(0, 'same', 'one'), frame(1_000, 'same', 'two'));
  expect(svg.split('>same<')).toHaveLength(2);
  expect(svg).toMatch(/<g transform="translate\(0 0\)"><text [^>]*>same<\/text><\/g>/);
});

test('a line is shown while it is true, also when it comes back', () => {
  const svg = animate(frame(0, 'one'), frame(1_000, 'two'), frame(3_000, 'one'), frame(6_000, 'two'));
  expect(svg).toContain('values="visible;hidden;visible;hidden" keyTimes="0;0.1;0.3;0.6" dur="10s"');
  expect(svg).toContain('values="hidden;visible;hidden;visible" keyTimes="0;0.1;0.3;0.6" dur="10s"');
});

test('a viewer that plays nothing shows the end', () => {
  const svg = animate(frame(0, 'begin'), frame(1_000, 'end'));
  expect(svg).toMatch(/visibility="hidden">.*>begin</);
  expect(svg).toMatch(/visibility="visible">.*>end</);
});
