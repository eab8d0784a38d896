import { FOOT_ROWS, FRAME_COLUMNS, FRAME_ROWS, type Framed, HEAD_ROWS, frame, type Size } from '../render/frame.ts';
import { type Line, cellsOf, fitLine, lineWidth, ofRow, rowOf, span, spread } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';

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
  readonly footLeft?: string;
  /** At the right end of the upper border. */
  readonly right?: string;
  readonly lines: readonly Line[];
  readonly selected?: number;
  readonly size: Size;
  readonly theme: Theme;
};

/** Cells of a dialog, and inside of it: every dialog fits into 76×20. */
const DIALOG_WIDTH = 76;
export const DIALOG_INNER = DIALOG_WIDTH - FRAME_COLUMNS;

/** Returns a dialog: lines in a frame of one width, centred below the alert line and above the last lines. */
export function dialog(options: BoxOptions): Sheet {
  return positioned(options, DIALOG_WIDTH);
}

/** Returns lines in a frame of their own size, placed like a dialog and never larger than the room there is. */
export function boxed(options: BoxOptions): Sheet {
  const { title, foot = '', footLeft = '', right = '', lines } = options;
  const border = Math.max(title.length + right.length + 10, foot.length + footLeft.length + 6);
  return positioned(options, Math.max(border, ...lines.map(lineWidth)) + FRAME_COLUMNS);
}

function positioned({ lines, selected = -1, size, theme, ...framed }: BoxOptions, wanted: number): Sheet {
  const room = boxRows(size);
  const width = Math.min(wanted, size.columns);
  const height = Math.min(lines.length + FRAME_ROWS, room);
  return {
    left: Math.floor((size.columns - width) / 2),
    top: HEAD_ROWS + Math.floor((room - height) / 2),
    width,
    lines: frame({ ...framed, width, height, focused: true, theme, lines, selected }).slice(
      0,
      Math.max(0, size.rows - HEAD_ROWS),
    ),
  };
}

/** Returns a sheet with another one over it, both in one; the other one alone where it is the higher one. */
export function overSheet(below: Sheet, above: Sheet): Sheet {
  const room = below.lines.length - above.lines.length;
  if (room < 0 || above.width > below.width) return above;
  const first = Math.min(Math.max(0, above.top - below.top), room);
  const left = above.left - below.left;
  const lines = below.lines.map((line, at): Line => {
    const over = above.lines[at - first];
    if (over === undefined) return line;
    return [...cellsOf(line, 0, left), ...over, ...cellsOf(line, left + above.width, below.width)];
  });
  return { ...below, lines };
}

// Header, alert line, event line and keys stand above every dialog.
function boxRows({ rows }: Size): number {
  return Math.max(FRAME_ROWS + 1, rows - HEAD_ROWS - FOOT_ROWS);
}

/** Returns one page of lines that may not fit on the screen; `page` may be any integer, it wraps around. */
export function paged({ page, lines, ...box }: Omit<BoxOptions, 'foot'> & { readonly page: number }): Sheet {
  const rows = Math.max(1, boxRows(box.size) - FRAME_ROWS);
  const pages = Math.max(1, Math.ceil(lines.length / rows));
  const shown = ((page % pages) + pages) % pages;
  const foot = pages === 1 ? 'Esc closes' : `page ${shown + 1} of ${pages}: j and k turn pages, Esc closes`;
  return boxed({ ...box, foot, lines: lines.slice(shown * rows, (shown + 1) * rows) });
}

/** Rows of the column titles and of the selected source's details in the usual case. */
const SOURCE_ROWS = 12;
const LEAST_SOURCES = 3;
/** The row of the column titles. */
const FIXED_ROWS = 1;
/** Rows of a box's frame and of the selected row's details, at most. */
const BOX_ROWS = 12;

/** Returns a frame instead of the panes; on a narrow screen its title and content without borders. */
export function bodySheet(size: Size, framed: Omit<Framed, 'width' | 'height' | 'focused'>): Sheet {
  const { columns } = size;
  const top = size.top ?? HEAD_ROWS;
  const height = heightOf(size);
  const lines =
    size.bare === true
      ? bareLines(columns, height, framed)
      : frame({ ...framed, width: columns, height, focused: true });
  // Never more rows than the screen has.
  return { left: 0, top, width: columns, lines: lines.slice(0, Math.max(0, size.rows - top)) };
}

// The lower border has no row of its own: its text stands behind the title.
function bareLines(
  columns: number,
  height: number,
  framed: Omit<Framed, 'width' | 'height' | 'focused'>,
): readonly Line[] {
  const { theme, title, note = null, right = '', foot = '', footLeft = '' } = framed;
  const wide = { ...framed, width: columns + FRAME_COLUMNS / 2, height: height + 1, focused: true };
  const head = spread(
    [span(` ${title}`, 'title'), ...(note === null ? [] : [span('  '), note])],
    [span(` ${[foot, right].filter(Boolean).join('  ')} `, 'dim')],
    columns,
    theme.glyphs,
  );
  const body = frame(wide)
    .slice(1, -1)
    .map((line): Line => {
      const inner = fitLine(line.slice(1, -1), columns, theme.glyphs);
      const id = rowOf(line);
      if (id !== null) ofRow(id, [inner]);
      return inner;
    });
  // The text at the left of the lower border has the last row, where that is blank.
  const last = body.at(-1);
  const isFree = footLeft !== '' && last?.every(({ text }) => text.trim() === '') === true;
  return [
    head,
    ...(isFree ? [...body.slice(0, -1), fitLine([span(` ${footLeft}`, 'dim')], columns, theme.glyphs)] : body),
  ];
}

/** Returns the rows inside such a frame. */
export function bodyRows(size: Size): number {
  return Math.max(1, heightOf(size) - (size.bare === true ? 1 : FRAME_ROWS));
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

function heightOf({ rows, top = HEAD_ROWS }: Size): number {
  return Math.max(FRAME_ROWS + 1, rows - top - FOOT_ROWS);
}
