import type { Framed } from '../render/frame.ts';
import { type Line, type Segment, say, wrapped } from '../render/line.ts';
import type { Theme, Tone } from '../render/theme.ts';
import type { ListPaneProps, PaneProps } from '../app/pane-props.ts';
import { readQuery } from './query.ts';
import type { Filter } from '../app/state.ts';

/** `3↑ 12↓`: rows above and below what is shown; empty when everything is shown. */
export function outside(above: number, below: number, { glyphs }: Theme): string {
  const parts = [above > 0 ? `${above} ${glyphs.up}` : '', below > 0 ? `${below} ${glyphs.down}` : ''];
  return parts.filter(Boolean).join(' ');
}

/** What the mark before a sum means, where a row that is shown has it; else empty. */
export function summaryNote(rows: readonly { readonly summary: object | null }[]): string {
  return rows.some(({ summary }) => summary !== null) ? '~ summary: calls not read yet' : '';
}

/** Notes of a border, as far as there are any. */
export function notes(...all: readonly string[]): string {
  return all.filter(Boolean).join('  ');
}

/** What stands in the border while a filter narrows the list. */
export function filterNote(filter: Filter | null): string {
  if (filter === null || (filter.text === '' && !filter.editing)) return '';
  const { problem } = readQuery(filter.text);
  return `/${filter.text}${filter.editing ? '_' : ''}${problem === null ? '' : ` ${problem}`}`;
}

/** The frame of a list: its title tells how many of `all` rows it shows, its right end the filter, else the order. */
export function listFrame<Row>(
  props: ListPaneProps<Row>,
  { name, all, note = null }: { readonly name: string; readonly all: number; readonly note?: Segment | null },
): Omit<Framed, 'lines'> {
  const { width, height, focused, theme, hotkey, rows } = props;
  const title = `${name} ${countOf(rows.length, all)}`;
  return { width, height, focused, theme, hotkey, title, note, right: orderNote(props) };
}

/** The line with the sign of the selection in its first cell: where the pane has no focus nothing is inverse. */
export function marked(line: Line, isSelected: boolean, { glyphs }: Theme): Line {
  const [first, ...others] = line;
  if (!isSelected || first === undefined) return line;
  return [{ text: glyphs.selected, tone: 'accent' }, { ...first, text: first.text.slice(1) }, ...others];
}

/** How many rows a list shows, and of how many where it does not show all: the title's number is that of the rows. */
export function countOf(rows: number, all: number): string {
  return rows === all ? String(rows) : `${rows} of ${all}`;
}

/** At the right of a list's border: its filter, else its order. */
export function orderNote({ filter, order }: Pick<PaneProps, 'filter' | 'order'>): string {
  const note = filterNote(filter);
  if (order === undefined) return note;
  return note === '' ? `by ${order}` : `${note} by ${order}`;
}

/** What an empty list says when a filter is the reason. */
export function nothingMatches(filter: Filter | null): readonly string[] | null {
  return filter === null || filter.text === '' ? null : [`nothing matches /${filter.text}`, 'Esc clears the filter'];
}

/** A text in as many lines as it needs, at most `rows`; nothing of an empty one. */
export function said(text: string, width: number, { glyphs }: Theme, tone: Tone = 'dim', rows = 4): readonly Line[] {
  return text === '' ? [] : wrapped(text, width, rows, glyphs).map((line) => [say(line, tone)]);
}
