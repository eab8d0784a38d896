import { pinnedRows } from '../derive/order/attention.ts';
import { selectedPlace, windowStart } from '../derive/window.ts';
import type { Context } from '../keys/types.ts';
import { pageOf } from '../view/layout.ts';
import { standOf } from '../view/selected.ts';
import { rowIds } from '../view/shown.ts';
import type { PaneName } from '../view/types.ts';

/** The border and the head of the columns. */
const FIRST_ROW = 2;

/**
 * How many rows below the selected one of the focused pane the one at `row` (of the pane, border included) stands; null
 * where none is meant. Only in lists whose rows take one line each, as the overview shows them.
 */
export function rowAt(pane: PaneName, row: number, context: Context): number | null {
  const { shown, view, layout } = context;
  if (pane === 'signals' || pane === 'reactor' || view.zoomed) return null;
  const ids = rowIds(shown, pane);
  const { selectedId, offset } = standOf(shown, view, pane);
  const selected = selectedPlace(ids, selectedId, { idOf: (id) => id, fallback: 'first' });
  const page = pageOf(layout, pane);
  const line = row - FIRST_ROW;
  if (line < 0 || line >= page || selected === -1) return null;
  const pinned = pane === 'conversations' ? Math.min(pinnedRows(shown.view, shown.conversations), page >> 1) : 0;
  const sizes = { count: ids.length - pinned, offset, height: page - pinned };
  const place = line < pinned ? line : pinned + windowStart(selected - pinned, sizes) + line - pinned;
  return place < ids.length ? place - selected : null;
}
