import type { EngineView } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import type { Cell, Column } from '../render/columns.ts';
import type { Theme } from '../render/theme.ts';
import type { Field, SearchFields } from './query.ts';

/** The inputs of a cell besides its row. */
export type Drawing = { readonly view: EngineView; readonly now: Ms; readonly theme: Theme; readonly width: number };

/** A column of a list view: one entry of its table draws it and makes it searchable. */
export type TableColumn<Row> = Omit<Column<Row>, 'title' | 'cell'> & {
  readonly title: string | ((view: EngineView) => string);
  readonly cell: (row: Row, drawing: Drawing) => Cell;
  /** The text that a filter finds; without it the column is only drawn. */
  readonly search?: (row: Row, view: EngineView) => string;
  /** The fields of a filter (`agent:`, `state:`) that match this text, too. */
  readonly fields?: readonly Field[];
};

/** The columns of a table for one frame. */
export function columnsFor<Row>(
  table: readonly TableColumn<Row>[],
  drawing: Omit<Drawing, 'width'>,
): readonly Column<Row>[] {
  return table.map(({ title, cell, ...column }) => ({
    ...column,
    title: typeof title === 'string' ? title : title(drawing.view),
    cell: (row, width) => cell(row, { ...drawing, width }),
  }));
}

/** Returns what a filter can match of a row: the text of its columns, and `more` that no column shows. */
export function searchTable<Row>(
  table: readonly TableColumn<Row>[],
  row: Row,
  view: EngineView,
  { text, fields }: SearchFields = { text: '', fields: {} },
): SearchFields {
  const texts = [text];
  const named: Partial<Record<Field, string>> = { ...fields };
  for (const { search, fields: names = [] } of table) {
    if (search === undefined) continue;
    const found = search(row, view);
    texts.push(found);
    for (const name of names) named[name] = named[name] === undefined ? found : `${named[name]} ${found}`;
  }
  return { text: texts.join(' '), fields: named };
}
