import { highlighted, matchesOf } from './search.ts';
import { windowStart, outside } from '../list.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import type { Line } from '../../render/line.ts';
import { counted } from '../../render/values.ts';
import type { Theme } from '../../render/theme.ts';
import type { Reading } from './state.ts';
import { type Sheet, bodyRows, bodySheet } from '../dialog.ts';

export type ReaderProps = {
  readonly title: string;
  /** At the right end of the upper border while nothing is searched. */
  readonly right?: string;
  /** At the left end of the lower border, and at its right end before what is outside. */
  readonly footLeft?: string;
  readonly hint?: string;
  /** The line that is marked in the margin. */
  readonly marked?: number | null;
  readonly size: Size;
  readonly theme: Theme;
};

/** Returns a scrolled and searched text instead of the panes. */
export function readingSheet(reading: Reading, lines: readonly Line[], props: ReaderProps): Sheet {
  const { title, right = '', footLeft = '', hint = '', marked = null, size, theme } = props;
  const { search } = reading;
  const rows = bodyRows(size);
  const start = firstLine(reading, lines.length, rows);
  const shown = lines.slice(start, start + rows);
  return bodySheet(size, {
    theme,
    title,
    right: searchNote(reading, lines) || right,
    footLeft,
    foot: [outside(start, lines.length - start - shown.length, theme), hint].filter(Boolean).join('  '),
    ...(marked !== null && { marks: new Map([[marked - start, { text: theme.glyphs.selected, tone: 'accent' }]]) }),
    lines: search.text === '' ? shown : shown.map((line) => highlighted(line, search.text)),
  });
}

/** Returns the cells that a line of such a text may take. */
export function readingWidth({ columns }: Size): number {
  return Math.max(1, columns - FRAME_COLUMNS);
}

/** Returns the first visible of `count` lines. */
export function firstLine({ offset }: Reading, count: number, rows: number): number {
  return windowStart(-1, { count, offset, height: rows });
}

function searchNote({ search, offset }: Reading, lines: readonly Line[]): string {
  const { text, editing } = search;
  if (text === '') return editing ? '/_' : '';
  const matches = matchesOf(lines, text);
  const all = counted(matches.length, 'line');
  if (editing) return `/${text}_ ${matches.length === 0 ? 'not found' : all}`;
  // Before the first n the position is before the first match.
  const here = matches.filter((line) => line <= offset).length;
  return `/${text} ${matches.length === 0 ? 'not found' : `${here} of ${all}`}`;
}
