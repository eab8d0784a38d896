import { MIN_COLUMNS, MIN_ROWS } from '../../core/limits.ts';
import { widthOf } from '../render/width.ts';
import type { PaneName } from './state.ts';

export type Size = { readonly columns: number; readonly rows: number };

/** What has a rectangle: a pane, or `details`, all about what is selected, which has no focus and no keys of its own. */
export type RectName = PaneName;
/** One pane's place, in cells, borders included. */
export type PaneRect = { readonly pane: RectName; readonly height: number };
export type Column = { readonly width: number; readonly places: readonly PaneRect[] };
/** A stripe over the whole width with its columns side by side. */
export type Band = { readonly height: number; readonly columns: readonly Column[] };

/** `line`: too small for panes, one line of summary. `tabs`: one pane at a time, with a line of tabs and one of alarm. */
export type Layout =
  { readonly type: 'line' } | { readonly type: 'panes'; readonly tabs: boolean; readonly bands: readonly Band[] };

const TWO_COLUMNS = 100;
const THREE_COLUMNS = 140;
/** From here on the lists keep their width with all about the selected row beside them … */
const DETAILS_COLUMNS = 190;
/** … if conversations and calls have room above each other. */
const DETAILS_ROWS = 36;
/** With fewer rows, panes above each other would show next to nothing. */
const STACKED_ROWS = 20;
/** Header, status line and footer. */
const FIXED_ROWS = 3;
/** Tabs and the alarm line above a single pane. */
const TAB_ROWS = 2;
/** Borders of a pane, and the heads of its columns. */
const CHROME_ROWS = 3;

/** What the layout depends on besides the size: whose pane is alone, and how much there is to show. */
export type Wanted = {
  readonly focus: PaneName;
  readonly zoomed: boolean;
  /** Lines that explain what happens, above the status line. */
  readonly captionRows: number;
  readonly conversations: number;
  readonly agents: number;
};

/**
 * Where everything goes: three columns from 140 cells on, one of them all about what is selected from 190 on, two from
 * 100 on; with less room one pane with tabs.
 */
export function layoutOf({ columns, rows }: Size, wanted: Wanted): Layout {
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return { type: 'line' };
  const body = rows - FIXED_ROWS - wanted.captionRows;
  if (columns < TWO_COLUMNS || rows < STACKED_ROWS) return alone(columns, body - TAB_ROWS, wanted.focus, true);
  if (wanted.zoomed) return alone(columns, body, wanted.focus, false);
  const low = clamp(wanted.agents + CHROME_ROWS, 4, Math.max(4, Math.floor(body / 4)));
  const high = body - low;
  const top = topOf({ columns, rows }, high, wanted);
  const bottom: Band = { height: low, columns: [{ width: columns, places: [{ pane: 'agents', height: low }] }] };
  const layout: Layout = { type: 'panes', tabs: false, bands: [top, bottom] };
  // A pane that has no rectangle among the others is shown alone.
  return rectOf(layout, wanted.focus) === null ? alone(columns, body, wanted.focus, false) : layout;
}

/** Cells that a line of the caption leaves free. */
export const CAPTION_MARGIN = 2;

/** Lines that explain what happens: two where one has no room for it. */
export function captionRows(caption: string | null, columns: number): number {
  if (caption === null) return 0;
  return widthOf(caption) <= columns - CAPTION_MARGIN ? 1 : 2;
}

/** The place of a pane, or null where it is not on the screen. */
export function rectOf(layout: Layout, pane: PaneName): { readonly width: number; readonly height: number } | null {
  if (layout.type === 'line') return null;
  for (const { columns } of layout.bands) {
    for (const { width, places } of columns) {
      const place = places.find((candidate) => candidate.pane === pane);
      if (place) return { width, height: place.height };
    }
  }
  return null;
}

/** Rows of a list that a page of the pane shows, at least one. */
export function pageOf(layout: Layout, pane: PaneName): number {
  return Math.max(1, (rectOf(layout, pane)?.height ?? CHROME_ROWS + 1) - CHROME_ROWS);
}

function alone(width: number, height: number, pane: PaneName, tabs: boolean): Layout {
  return { type: 'panes', tabs, bands: [{ height, columns: [{ width, places: [{ pane, height }] }] }] };
}

function topOf({ columns, rows }: Size, height: number, wanted: Wanted): Band {
  if (columns < THREE_COLUMNS) return twoColumns(columns, height, wanted);
  return columns < DETAILS_COLUMNS || rows < DETAILS_ROWS
    ? threeColumns(columns, height)
    : withDetails(columns, height, wanted);
}

function twoColumns(columns: number, height: number, wanted: Wanted): Band {
  const left = Math.floor(columns * 0.62);
  return { height, columns: [lists(left, height, wanted), acts(columns - left, height)] };
}

function withDetails(columns: number, height: number, wanted: Wanted): Band {
  const left = Math.floor(columns * 0.44);
  const middle = Math.floor(columns * 0.26);
  const details: Column = { width: middle, places: [{ pane: 'details', height }] };
  return { height, columns: [lists(left, height, wanted), details, acts(columns - left - middle, height)] };
}

function lists(width: number, height: number, { conversations }: Wanted): Column {
  const upper = clamp(conversations + CHROME_ROWS, 6, Math.floor(height / 2));
  return {
    width,
    places: [
      { pane: 'conversations', height: upper },
      { pane: 'calls', height: height - upper },
    ],
  };
}

function threeColumns(columns: number, height: number): Band {
  const left = Math.floor(columns * 0.4);
  const middle = Math.floor(columns * 0.32);
  return {
    height,
    columns: [
      { width: left, places: [{ pane: 'conversations', height }] },
      { width: middle, places: [{ pane: 'calls', height }] },
      acts(columns - left - middle, height),
    ],
  };
}

function acts(width: number, height: number): Column {
  const upper = Math.ceil(height / 2);
  return {
    width,
    places: [
      { pane: 'workspaces', height: upper },
      { pane: 'signals', height: height - upper },
    ],
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** A cell of the screen, from the upper left corner (0, 0). */
export type Cell = { readonly x: number; readonly y: number };

/** The header, and the tabs with the line of alarm where there are any. */
const HEADER_ROWS = 1;
const ROWS_OF_TABS = 2;

/** The row of the tabs. */
export const TABS_ROW = HEADER_ROWS;

/** What stands at a cell, how large it is, and which of its rows that is; null outside of all panes. */
export function rectAt(
  layout: Layout,
  { x, y }: Cell,
): (PaneRect & { readonly width: number; readonly row: number }) | null {
  if (layout.type === 'line') return null;
  let top = HEADER_ROWS + (layout.tabs ? ROWS_OF_TABS : 0);
  for (const { height, columns } of layout.bands) {
    let left = 0;
    for (const { width, places } of columns) {
      let above = top;
      for (const place of places) {
        const isInside = x >= left && x < left + width && y >= above && y < above + place.height;
        if (isInside) return { ...place, width, row: y - above };
        above += place.height;
      }
      left += width;
    }
    top += height;
  }
  return null;
}
