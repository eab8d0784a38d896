import type { Glyphs } from './theme.ts';

/**
 * Returns a bar of `width` cells filled to `ratio` (0…1, clamped) in steps of half a cell. It is full only at 1 and
 * empty only at 0. A line leaves a gap between rows by itself and keeps its shape in reverse video.
 */
export function bar(ratio: number, width: number, { full, half, empty }: Glyphs): string {
  if (width <= 0) return '';
  const part = within(ratio);
  const steps = width * 2;
  const filled = part === 0 ? 0 : part === 1 ? steps : Math.min(steps - 1, Math.max(1, Math.round(part * steps)));
  const cells = Math.floor(filled / 2);
  const rest = filled % 2 === 1 ? half : '';
  return full.repeat(cells) + rest + empty.repeat(width - cells - rest.length);
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

function within(ratio: number): number {
  return Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0;
}

/** Returns numbers as columns one cell wide, the latest at the right, the highest one full; 0 and unknown are blank. */
export function spark(values: readonly (number | null)[], width: number, { levels }: Glyphs): string {
  if (width <= 0) return '';
  const shown = values.slice(-width);
  const most = Math.max(0, ...shown.map((value) => value ?? 0));
  const columns = shown.map((value) => {
    if (value === null || value <= 0) return ' ';
    return levels[Math.min(levels.length, Math.ceil((value / most) * levels.length)) - 1] ?? ' ';
  });
  return columns.join('').padStart(width);
}
