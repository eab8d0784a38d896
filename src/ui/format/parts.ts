import { type Line, lineWidth } from './line.ts';

/** A part of a line; `rank` says how long it stays when there is little room (1 goes last). */
export type Part = { readonly rank: number; readonly line: Line };

/** The parts that fit into `width` cells with `gap` cells between them, in their order. */
export function fitParts(parts: readonly Part[], width: number, gap: number): readonly Line[] {
  const needed = (of: readonly Part[]): number =>
    of.reduce((sum, { line }) => sum + lineWidth(line), 0) + gap * Math.max(0, of.length - 1);
  let kept = parts.filter(({ line }) => line.length > 0);
  while (kept.length > 1 && needed(kept) > width) {
    const worst = Math.max(...kept.map(({ rank }) => rank));
    const place = kept.findLastIndex(({ rank }) => rank === worst);
    kept = kept.toSpliced(place, 1);
  }
  return kept.map(({ line }) => line);
}
