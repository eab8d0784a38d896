import type { Glyphs } from './theme.ts';

const ENDS = 2;

/** Returns a bar of `width` cells, its ends included, filled to `ratio` (0…1, clamped). */
export function bar(ratio: number, width: number, glyphs: Glyphs): string {
  if (width < ENDS) return '';
  const cells = width - ENDS;
  return glyphs.barLeft + fill(ratio, cells, glyphs) + glyphs.barRight;
}

/** Returns one ratio as a small column chart of `width` cells: as many full columns as the ratio fills. */
export function meter(ratio: number | null, width: number, { levels, none }: Glyphs): string {
  if (width <= 0) return '';
  if (ratio === null) return none.repeat(width);
  const steps = levels.length;
  const filled = Math.round(within(ratio) * width * steps);
  return Array.from({ length: width }, (_, cell) => {
    const level = Math.min(steps, Math.max(1, filled - cell * steps));
    return levels[level - 1] ?? '';
  }).join('');
}

function fill(ratio: number, cells: number, { full, empty }: Glyphs): string {
  const filled = Math.round(within(ratio) * cells);
  return full.repeat(filled) + empty.repeat(cells - filled);
}

function within(ratio: number): number {
  return Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0;
}

/** Returns numbers as columns one cell wide, the latest at the right, the highest one full; 0 and unknown are dots. */
export function spark(values: readonly (number | null)[], width: number, { levels, dot }: Glyphs): string {
  if (width <= 0) return '';
  const shown = values.slice(-width);
  const most = Math.max(0, ...shown.map((value) => value ?? 0));
  const columns = shown.map((value) => {
    if (value === null || value <= 0) return dot;
    return levels[Math.min(levels.length, Math.ceil((value / most) * levels.length)) - 1] ?? dot;
  });
  return columns.join('').padStart(width);
}
