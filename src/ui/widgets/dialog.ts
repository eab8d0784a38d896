import { FRAME_COLUMNS, FRAME_ROWS, type Framed, frame } from '../render/frame.ts';
import { type Line, lineWidth } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import type { Size } from '../app/layout.ts';

/** An overlay: its lines and its position over the panes. */
export type Sheet = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly lines: readonly Line[];
};

export type BoxOptions = {
  readonly title: string;
  readonly foot?: string;
  /** At the right end of the upper border. */
  readonly right?: string;
  readonly lines: readonly Line[];
  readonly selected?: number;
  readonly size: Size;
  readonly theme: Theme;
};

/** Returns lines in a frame of their own size, centred on the screen and never larger than it. */
export function boxed({ title, foot = '', right = '', lines, selected = -1, size, theme }: BoxOptions): Sheet {
  const wanted = Math.max(title.length + right.length + 8, foot.length + 4, ...lines.map(lineWidth)) + FRAME_COLUMNS;
  const width = Math.min(wanted, size.columns);
  const height = Math.min(lines.length + FRAME_ROWS, size.rows);
  return {
    left: Math.floor((size.columns - width) / 2),
    top: Math.floor((size.rows - height) / 2),
    width,
    lines: frame({ width, height, focused: true, theme, title, right, foot, lines, selected }),
  };
}

/** Returns one page of lines that may not fit on the screen; `page` may be any integer, it wraps around. */
export function paged({ page, lines, ...box }: Omit<BoxOptions, 'foot'> & { readonly page: number }): Sheet {
  const rows = Math.max(1, box.size.rows - FRAME_ROWS);
  const pages = Math.max(1, Math.ceil(lines.length / rows));
  const shown = ((page % pages) + pages) % pages;
  const foot = pages === 1 ? 'Esc closes' : `page ${shown + 1} of ${pages}: j and k turn pages, Esc closes`;
  return boxed({ ...box, foot, lines: lines.slice(shown * rows, (shown + 1) * rows) });
}

/** Rows of the column titles and of the selected source's details in the usual case. */
const SOURCE_ROWS = 12;
const LEAST_SOURCES = 3;
/** Header above, status line and footer below. */
const ROWS_ABOVE = 1;
const ROWS_AROUND = 3;
/** The row of the column titles. */
const FIXED_ROWS = 1;
/** Rows of a box's frame and of the selected row's details, at most. */
const BOX_ROWS = 12;

/** Returns a frame in place of the panes; header, status line and footer stay visible. */
export function bodySheet(size: Size, framed: Omit<Framed, 'width' | 'height' | 'focused'>): Sheet {
  const height = heightOf(size);
  const lines = frame({ ...framed, width: size.columns, height, focused: true });
  // Never more rows than the screen has.
  return { left: 0, top: ROWS_ABOVE, width: size.columns, lines: lines.slice(0, Math.max(0, size.rows - ROWS_ABOVE)) };
}

/** Returns the rows inside such a frame. */
export function bodyRows(size: Size): number {
  return Math.max(1, heightOf(size) - FRAME_ROWS);
}

/** Returns the rows of a list in such a frame. */
export function pageOfSheet(size: Size): number {
  return Math.max(1, bodyRows(size) - FIXED_ROWS);
}

/** Returns the rows of a list in a box, without the details of the selected row. */
export function pageOfBox({ rows }: Size): number {
  return Math.max(1, rows - BOX_ROWS);
}

/** Returns the rows of the list of sources, above the details of the selected one. */
export function pageOfSources(size: Size): number {
  return Math.max(LEAST_SOURCES, bodyRows(size) - SOURCE_ROWS);
}

function heightOf({ rows }: Size): number {
  return Math.max(FRAME_ROWS + 1, rows - ROWS_AROUND);
}
