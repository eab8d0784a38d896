import { bindingOf, isGuarded, placeOfKeys } from '../keymap.ts';
import { type Context, type Deed, look } from '../keys/types.ts';
import { step } from '../keys/moving.ts';
import type { Layout } from '../view/layout.ts';
import type { PaneName } from '../view/types.ts';
import { rowAt } from './row-at.ts';

/** What the mouse did, in cells from the upper left corner (0, 0). */
export type Mouse = { readonly type: 'click' | 'wheel up' | 'wheel down'; readonly x: number; readonly y: number };

/** Rows that one notch of the wheel moves. */
const NOTCH = 3;
/** The header, and the tabs with the line of alarm where there are any. */
const HEADER_ROWS = 1;
const TAB_ROWS = 2;

/** What a terminal in SGR mode says of the mouse; null for what means nothing here. */
export function mouseOf(report: string): Mouse | null {
  const [, button, x, y, kind] = /^\[<(\d{1,3});(\d{1,4});(\d{1,4})([Mm])$/.exec(report) ?? [];
  if (button === undefined) return null;
  const at = { x: Number(x) - 1, y: Number(y) - 1 };
  if (kind === 'M' && button === '0') return { type: 'click', ...at };
  if (kind === 'M' && button === '64') return { type: 'wheel up', ...at };
  if (kind === 'M' && button === '65') return { type: 'wheel down', ...at };
  return null;
}

/** What a click or the wheel does: the pane under it gets the focus, the row under it is selected; the wheel moves. */
export function pointed(mouse: Mouse, context: Context): readonly Deed[] {
  const place = placeOfKeys(context.view);
  if (place !== 'panes') return mouse.type === 'click' ? [] : turnedIn(mouse, context);
  const under = paneAt(context.layout, mouse);
  if (under === null) return [];
  const focused: Context = { ...context, view: { ...context.view, focus: under.pane } };
  const focus = context.view.focus === under.pane ? [] : look({ type: 'focus', pane: under.pane });
  if (mouse.type !== 'click')
    return [...focus, ...step(focused, under.pane, mouse.type === 'wheel up' ? -NOTCH : NOTCH)];
  const by = rowAt(under.pane, under.row, focused);
  return by === null ? focus : [...focus, ...step(focused, under.pane, by)];
}

// Over the panes the wheel is a key that moves, as far as there is one.
function turnedIn({ type }: Mouse, context: Context): readonly Deed[] {
  const { view } = context;
  const binding = bindingOf(placeOfKeys(view), type === 'wheel up' ? 'up' : 'down', view.keys);
  return binding === undefined || isGuarded(binding) || !binding.hint(context).can ? [] : binding.does(context);
}

/** The pane under a cell, and which of its rows that is. */
function paneAt(layout: Layout, { x, y }: Mouse): { readonly pane: PaneName; readonly row: number } | null {
  if (layout.type === 'line') return null;
  let top = HEADER_ROWS + (layout.tabs ? TAB_ROWS : 0);
  for (const { height, columns } of layout.bands) {
    let left = 0;
    for (const { width, places } of columns) {
      let above = top;
      for (const place of places) {
        if (x >= left && x < left + width && y >= above && y < above + place.height) {
          return place.pane === 'details' ? null : { pane: place.pane, row: y - above };
        }
        above += place.height;
      }
      left += width;
    }
    top += height;
  }
  return null;
}
