import type { Glyphs } from '../theme.ts';

/** Numbers as columns one cell wide, the latest at the right, the highest one full; 0 and what is not known is a dot. */
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
