import { highlighted, matchesOf } from '../derive/finding/search.ts';
import { windowStart } from '../derive/window.ts';
import { FRAME_COLUMNS } from '../format/frame.ts';
import type { Line } from '../format/line.ts';
import { counted } from '../format/numbers.ts';
import { detailText } from '../lines/detail.ts';
import { outside } from '../lines/list.ts';
import type { Theme } from '../theme.ts';
import type { Detail } from '../view/detail.ts';
import type { Size } from '../view/layout.ts';
import { bodyRows, bodySheet } from './body.ts';
import type { Sheet } from './box.ts';

/** One call with everything that was said in it, in place of the panes. */
export function detailSheet(detail: Detail, size: Size, theme: Theme): Sheet {
  const { call, search } = detail;
  const lines = detailLines(detail, size);
  const rows = bodyRows(size);
  const start = firstLine(detail, lines.length, rows);
  const shown = lines.slice(start, start + rows);
  return bodySheet(size, {
    theme,
    title: `Call ${call.callId}`,
    right: searchNote(detail, lines),
    foot: outside(start, lines.length - start - shown.length, theme),
    lines: search.text === '' ? shown : shown.map((line) => highlighted(line, search.text)),
  });
}

/** The lines of a detail on a screen of this size. */
export function detailLines(detail: Detail, { columns }: Size): readonly Line[] {
  return detailText(detail, Math.max(1, columns - FRAME_COLUMNS));
}

/** The first of `count` lines that is shown. */
export function firstLine({ offset }: Detail, count: number, rows: number): number {
  return windowStart(-1, { count, offset, height: rows });
}

function searchNote({ search, offset }: Detail, lines: readonly Line[]): string {
  const { text, editing } = search;
  if (text === '') return editing ? '/_' : '';
  const matches = matchesOf(lines, text);
  const here = matches.filter((line) => line <= offset).length;
  const found = matches.length === 0 ? 'not found' : `${here} of ${counted(matches.length, 'line')}`;
  return `/${text}${editing ? '_' : ''} ${found}`;
}
