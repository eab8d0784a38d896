import { FRAME_ROWS, type Framed, frame } from '../format/frame.ts';
import type { Size } from '../view/layout.ts';
import type { Sheet } from './box.ts';

/** The head of the columns, and what is told of the selected source in the usual case. */
const SOURCE_ROWS = 12;
const LEAST_SOURCES = 3;
/** Header above, status line and footer below. */
const ROWS_ABOVE = 1;
const ROWS_AROUND = 3;
/** Heads of columns and the details of the selected row, at most. */
const FIXED_ROWS = 7;
/** The frame of a box, and what it tells of the selected row, at most. */
const BOX_ROWS = 12;

/** A frame in place of the panes, which leaves the header, the status line and the footer as they are. */
export function bodySheet(size: Size, framed: Omit<Framed, 'width' | 'height' | 'focused'>): Sheet {
  const height = heightOf(size);
  const lines = frame({ ...framed, width: size.columns, height, focused: true });
  // Never more than there is, however few rows that are.
  return { left: 0, top: ROWS_ABOVE, width: size.columns, lines: lines.slice(0, Math.max(0, size.rows - ROWS_ABOVE)) };
}

/** Rows inside such a frame. */
export function bodyRows(size: Size): number {
  return Math.max(1, heightOf(size) - FRAME_ROWS);
}

/** Rows of a list in such a frame, beside its details. */
export function pageOfSheet(size: Size): number {
  return Math.max(1, bodyRows(size) - FIXED_ROWS);
}

/** Rows of a list in a box of its own, beside the details of the selected one. */
export function pageOfBox({ rows }: Size): number {
  return Math.max(1, rows - BOX_ROWS);
}

/** Rows of the list of sources, above all that is known of the selected one. */
export function pageOfSources(size: Size): number {
  return Math.max(LEAST_SOURCES, bodyRows(size) - SOURCE_ROWS);
}

function heightOf({ rows }: Size): number {
  return Math.max(FRAME_ROWS + 1, rows - ROWS_AROUND);
}
