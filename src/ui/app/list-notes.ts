import type { Framed } from '../render/frame.ts';
import { type Line, type Segment, span, wrapped } from '../render/line.ts';
import type { Theme, Tone } from '../render/theme.ts';
import type { ListPaneProps, PaneProps } from './pane-props.ts';
import { count } from '../render/values.ts';
import type { ShownFilter } from './list.ts';

/** Explains the mark before a sum if a visible row has it; else returns ''. */
export function summaryNote(rows: readonly { readonly summary: object | null }[]): string {
  return rows.some(({ summary }) => summary !== null) ? '~ summary: calls not read yet' : '';
}

/** Joins the notes of a border that are not empty. */
export function notes(...all: readonly string[]): string {
  return all.filter(Boolean).join('  ');
}

/** Returns the border's note while a filter narrows the list. */
export function filterNote(filter: ShownFilter | null): string {
  if (filter === null || (filter.text === '' && !filter.editing)) return '';
  const { problem } = filter;
  return `/${filter.text}${filter.editing ? '_' : ''}${problem === null ? '' : ` ${problem}`}`;
}

/** The order of the ladder, by which lists stand unless a person chose another one. */
export const TROUBLE_FIRST = 'trouble first';

/** Returns the frame of a list: the title counts them of `all` are listed, the right end its filter and its order. */
export function listFrame<Row>(
  props: ListPaneProps<Row>,
  { name, listed, all, note = null }: { name: string; listed: number; all: number; note?: Segment | null },
): Omit<Framed, 'lines'> {
  const { width, height, focused, theme, hotkey, usual = '' } = props;
  const title = `${name} ${countOf(listed, all)}`;
  return { width, height, focused, theme, hotkey, title, note, right: orderNote(props) || usual };
}

/** Returns the number of things that some rows stand for; an open group is counted by its members, an open parent as one. */
export function thingsIn(
  rows: readonly { readonly count: number; readonly mark: string; readonly families?: object }[],
): number {
  return rows.reduce((sum, row) => sum + (row.mark !== '-' ? row.count : row.families === undefined ? 0 : 1), 0);
}

/** Returns the number of rows that a list shows, and of how many if not all: `3`, `3 of 12`. */
export function countOf(rows: number, all: number): string {
  return rows === all ? count(rows) : `${count(rows)} of ${count(all)}`;
}

/** Returns the right end of a list's border: its filter and its order. */
export function orderNote({ filter, order }: Pick<PaneProps, 'filter' | 'order'>): string {
  const note = filterNote(filter);
  if (order === undefined) return note;
  return note === '' ? `by ${order}` : `${note} by ${order}`;
}

/** Returns the text of a list that is empty because of a filter; null without a filter. */
export function nothingMatches(filter: ShownFilter | null): readonly string[] | null {
  if (filter === null || filter.text === '') return null;
  const problem = filter.problem === null ? [] : [filter.problem];
  return [`nothing matches /${filter.text}`, ...problem, 'Esc clears the filter'];
}

/** Wraps a text into at most `rows` lines; an empty text gives none. */
export function noteLines(
  text: string,
  width: number,
  { glyphs }: Theme,
  tone: Tone = 'dim',
  rows = 4,
): readonly Line[] {
  return text === '' ? [] : wrapped(text, width, rows, glyphs).map((line) => [span(line, tone)]);
}
