import { type Line, say, wrapped } from '../format/line.ts';
import type { Theme, Tone } from '../theme.ts';
import type { PaneProps } from '../panes/props.ts';
import { readQuery } from '../view/query.ts';
import type { Filter } from '../view/types.ts';

/** `3↑ 12↓`: rows above and below what is shown; empty when everything is shown. */
export function outside(above: number, below: number, { glyphs }: Theme): string {
  const parts = [above > 0 ? `${above} ${glyphs.up}` : '', below > 0 ? `${below} ${glyphs.down}` : ''];
  return parts.filter(Boolean).join(' ');
}

/** What stands in the border while a filter narrows the list. */
export function filterNote(filter: Filter | null): string {
  if (filter === null || (filter.text === '' && !filter.editing)) return '';
  const { problem } = readQuery(filter.text);
  return `/${filter.text}${filter.editing ? '_' : ''}${problem === null ? '' : ` ${problem}`}`;
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
