import type { Layout, Place } from '../view/layout.ts';

/** A cell of the screen, from the upper left corner (0, 0). */
export type Cell = { readonly x: number; readonly y: number };

/** The header, and the tabs with the line of alarm where there are any. */
const HEADER_ROWS = 1;
const TAB_ROWS = 2;

/** The row of the tabs. */
export const TABS_ROW = HEADER_ROWS;

/** What stands at a cell, how large it is, and which of its rows that is; null outside of all panes. */
export function placeAt(
  layout: Layout,
  { x, y }: Cell,
): (Place & { readonly width: number; readonly row: number }) | null {
  if (layout.type === 'line') return null;
  let top = HEADER_ROWS + (layout.tabs ? TAB_ROWS : 0);
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
