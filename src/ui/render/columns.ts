import type { Glyphs, Tone } from './theme.ts';
import { type Line, type Segment, cell } from './line.ts';

/** The content of a cell: text in one tone. */
export type Cell = { readonly text: string; readonly tone?: Tone };

/**
 * A column of a table. `rank` is its priority when space is short (1 is dropped last). It starts with `min` cells, gets
 * `good` ones before a column of a worse rank gets any, and grows to `max`.
 */
export type Column<Row> = {
  readonly title: string;
  /** Used if the title does not fit. */
  readonly short?: string;
  readonly rank: number;
  readonly min: number;
  readonly good?: number;
  readonly max: number;
  readonly align?: 'start' | 'end';
  readonly cell: (row: Row, width: number) => Cell;
};

/** A column with its width. */
export type Sized<Row> = Column<Row> & { readonly width: number };

const GAP = 1;

/** Returns the columns that fit into `width` cells, in order, with their widths; they fill it or reach their max. */
export function fitColumns<Row>(columns: readonly Column<Row>[], width: number): readonly Sized<Row>[] {
  const kept = columns.filter(({ rank }) => neededUpTo(columns, rank) <= width);
  const widths = kept.map(({ min }) => min);
  const spare = width - sum(widths) - GAP * Math.max(0, kept.length - 1);
  const left = grow(kept, widths, spare, goodOf);
  grow(kept, widths, left, ({ max }) => max);
  return kept.map((column, at) => ({ ...column, width: widths[at] ?? column.min }));
}

// Distributes `spare` cells one by one, better ranks first, until each column has its limit; returns the rest.
function grow<Row>(
  columns: readonly Column<Row>[],
  widths: number[],
  spare: number,
  mayHave: (column: Column<Row>) => number,
): number {
  const byRank = [...columns.entries()].toSorted(([, a], [, b]) => a.rank - b.rank);
  let left = spare;
  for (let grew = true; left > 0 && grew;) {
    grew = false;
    for (const [at, column] of byRank) {
      const own = widths[at] ?? column.min;
      if (left === 0 || own >= mayHave(column)) continue;
      widths[at] = own + 1;
      left -= 1;
      grew = true;
    }
  }
  return left;
}

/** Returns the titles of the columns. */
export function headLine<Row>(columns: readonly Sized<Row>[], glyphs: Glyphs): Line {
  return columns.flatMap(({ title, short = title, width, align = 'end' }, at) => [
    ...gapBefore(at),
    cell(title.length > width ? short : title, width, { glyphs, tone: 'dim', align }),
  ]);
}

/** Returns one row of the table. */
export function rowLine<Row>(columns: readonly Sized<Row>[], row: Row, glyphs: Glyphs): Line {
  return columns.flatMap(({ cell: cellOf, width, align = 'end' }, at) => {
    const { text, tone = 'plain' } = cellOf(row, width);
    return [...gapBefore(at), cell(text, width, { glyphs, tone, align })];
  });
}

function gapBefore(at: number): readonly Segment[] {
  return at === 0 ? [] : [{ text: ' '.repeat(GAP), tone: 'plain' }];
}

// The cells that the columns of this rank and all better ones take, the better ones at their good width.
function neededUpTo<Row>(columns: readonly Column<Row>[], rank: number): number {
  const some = columns.filter((column) => column.rank <= rank);
  const widths = some.map((column) => (column.rank < rank ? goodOf(column) : column.min));
  return sum(widths) + GAP * Math.max(0, some.length - 1);
}

function goodOf<Row>({ min, good = min }: Column<Row>): number {
  return good;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
