import type { Glyphs, Tone } from '../theme.ts';
import { cell, type Line, type Segment } from './line.ts';

/** What stands in a cell: text in one tone. */
export type Cell = { readonly text: string; readonly tone?: Tone };

/**
 * A column of a table. `rank` says how long it stays when there is little room (1 goes last); it starts with `min` cells
 * and grows to `max`.
 */
export type Column<Row> = {
  readonly title: string;
  readonly rank: number;
  readonly min: number;
  readonly max: number;
  readonly align?: 'start' | 'end';
  readonly cell: (row: Row, width: number) => Cell;
};

/** A column with its width. */
export type Placed<Row> = Column<Row> & { readonly width: number };

const GAP = 1;

/** The columns that fit into `width` cells, in their order, with their widths; together they fill it or reach their max. */
export function placeColumns<Row>(columns: readonly Column<Row>[], width: number): readonly Placed<Row>[] {
  const kept = columns.filter((column) => fitsWithBetter(columns, column, width));
  let spare = width - neededBy(kept);
  const widths = new Map(kept.map((column) => [column, column.min]));
  const byRank = kept.toSorted((a, b) => a.rank - b.rank);
  for (let grew = true; spare > 0 && grew;) {
    grew = false;
    for (const column of byRank) {
      const own = widths.get(column) ?? 0;
      if (spare === 0 || own >= column.max) continue;
      widths.set(column, own + 1);
      spare -= 1;
      grew = true;
    }
  }
  return kept.map((column) => ({ ...column, width: widths.get(column) ?? column.min }));
}

/** The titles over the columns. */
export function headLine<Row>(columns: readonly Placed<Row>[], glyphs: Glyphs): Line {
  return columns.flatMap(({ title, width, align = 'end' }, at) => [
    ...gapBefore(at),
    cell(title, width, { glyphs, tone: 'dim', align }),
  ]);
}

/** One row of the table. */
export function rowLine<Row>(columns: readonly Placed<Row>[], row: Row, glyphs: Glyphs): Line {
  return columns.flatMap(({ cell: cellOf, width, align = 'end' }, at) => {
    const { text, tone = 'plain' } = cellOf(row, width);
    return [...gapBefore(at), cell(text, width, { glyphs, tone, align })];
  });
}

function gapBefore(at: number): readonly Segment[] {
  return at === 0 ? [] : [{ text: ' '.repeat(GAP), tone: 'plain' }];
}

function fitsWithBetter<Row>(columns: readonly Column<Row>[], column: Column<Row>, width: number): boolean {
  return neededBy(columns.filter(({ rank }) => rank <= column.rank)) <= width;
}

function neededBy<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { min }) => sum + min, 0) + GAP * Math.max(0, columns.length - 1);
}
