import { rowOf } from '../../render/line.ts';
import { bindingOf, isGuarded, keyContextOf } from '../keymap.ts';
import { clampIndex, commandsFor, selectedCommand } from '../palette/commands.ts';
import { step } from '../keys/moving.ts';
import { type ScreenAction, type Context, viewAction } from '../bindings.ts';
import { openView, sheetOf } from '../views.ts';
import { narrowedRows, paneRectLines, shownView, tabAt } from '../panes.ts';
import { themeOf } from '../../render/theme.ts';
import type { ListName } from '../state.ts';
import { type Cell, rectAt, tabsRow } from '../layout.ts';
import type { Ms } from '../../../core/units.ts';
import { press } from './keyboard.ts';

/** An action of the mouse, in cells from the upper left corner (0, 0). */
export type Mouse = Cell & { readonly type: 'click' | 'wheel up' | 'wheel down' };

/** Rows that one notch of the wheel moves. */
const NOTCH = 3;
/** Whatever the theme, a row stands in the same place. */
const PLAIN = themeOf({ ascii: true, colour: false });

/** A mouse report of a terminal in SGR mode; null for what means nothing here. */
export function mouseOf(report: string): Mouse | null {
  const [, button, x, y, kind] = /^\[<(\d{1,3});(\d{1,4});(\d{1,4})([Mm])$/.exec(report) ?? [];
  if (button === undefined) return null;
  const at = { x: Number(x) - 1, y: Number(y) - 1 };
  if (kind === 'M' && button === '0') return { type: 'click', ...at };
  if (kind === 'M' && button === '64') return { type: 'wheel up', ...at };
  if (kind === 'M' && button === '65') return { type: 'wheel down', ...at };
  return null;
}

/** The thing under a cell that can be chosen: a row of a list, or a pane or its tab; null where nothing is. */
export type Under =
  | { readonly type: 'row'; readonly list: ListName; readonly id: string }
  | { readonly type: 'command'; readonly index: number }
  | { readonly type: 'pane'; readonly pane: Context['view']['focus'] }
  /** The tab of a view, by the key that opens it. */
  | { readonly type: 'tab'; readonly key: string };

export function underMouse({ x, y }: Cell, context: Context): Under | null {
  const { view, size } = context;
  const sheet = sheetOf(context, size, PLAIN);
  if (sheet !== null) {
    const line = x >= sheet.left && x < sheet.left + sheet.width ? sheet.lines[y - sheet.top] : undefined;
    const id = line === undefined ? null : rowOf(line);
    if (id === null) return null;
    return view.overlay.type === 'palette'
      ? { type: 'command', index: Number(id) }
      : { type: 'row', list: context.list.name, id };
  }
  if (y === tabsRow(context.layout)) return ofTab(x, context);
  const at = rectAt(context.layout, { x, y });
  if (at === null) return null;
  const line = paneRectLines(context, at.pane, { ...at, theme: PLAIN })[at.row];
  const id = line === undefined ? null : rowOf(line);
  if (!context.panes.some(({ name }) => name === at.pane)) return null;
  return id === null ? { type: 'pane', pane: at.pane } : { type: 'row', list: at.pane, id };
}

function ofTab(x: number, context: Context): Under | null {
  const { shown, view, size, panes } = context;
  const line = { panes, view: shown.view, now: view.now, theme: PLAIN, width: size.columns };
  const key = tabAt(x, { ...line, shown: shownView(view), left: narrowedRows(context) });
  return key === null ? null : { type: 'tab', key };
}

/** Returns what a click does: the pane or the view under it gets the focus, the row under it is selected. */
export function clicked(under: Under, context: Context): readonly ScreenAction[] {
  const { view } = context;
  if (under.type === 'command') return toCommand(under.index, context);
  if (under.type === 'pane') return focus(under.pane, view);
  if (under.type === 'tab') return press(under.key, context);
  const list = context.listNamed(under.list);
  if (list === null) return [];
  const by = list.ids(context.shown).indexOf(under.id) - Math.max(0, list.index(context.shown));
  const moved = by === 0 ? [] : step(context, list, by);
  const isElsewhere = list !== context.list && context.panes.some(({ name }) => name === list.name);
  return isElsewhere ? [...focus(list.name, view), ...moved] : moved;
}

/** Returns what a notch of the wheel does: it moves in what is under it, and leaves the focus where it is. */
export function turned(mouse: Mouse, context: Context): readonly ScreenAction[] {
  const { view } = context;
  const by = mouse.type === 'wheel up' ? -1 : 1;
  const keyContext = keyContextOf(view);
  if (view.overlay.type === 'none') {
    const at = rectAt(context.layout, mouse);
    const list = at && context.listNamed(at.pane);
    return list === null ? [] : step(context, list, by * NOTCH);
  }
  if (view.overlay.type === context.list.name) return step(context, context.list, by * NOTCH);
  const binding = bindingOf(keyContext, by < 0 ? 'up' : 'down', view.keys);
  return binding === undefined || isGuarded(binding) || !binding.availability(context).enabled
    ? []
    : binding.run(context);
}

function toCommand(index: number, context: Context): readonly ScreenAction[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const count = commandsFor(overlay.query, context).length;
  return viewAction({ type: 'overlay', overlay: { ...overlay, index: clampIndex(index, count) } });
}

function focus(pane: Context['view']['focus'], view: Context['view']): readonly ScreenAction[] {
  return view.focus === pane ? [] : viewAction({ type: 'focus', pane });
}

/** Two clicks on the same row within this time are Enter, ms. */
export const DOUBLE_CLICK_MS = 400;

type PointingDeps = {
  readonly now: () => Ms;
  readonly context: () => Context;
  readonly runActions: (actions: readonly ScreenAction[]) => void;
};

/** Does what the mouse asks for, report by report as the terminal sends them. */
export function createMouseHandler({ now, context, runActions }: PointingDeps): (report: string) => void {
  let last: { readonly under: Under; readonly at: Ms } | null = null;
  const click = (mouse: Mouse): void => {
    const under = underMouse(mouse, context());
    const isSecond = last !== null && now() - last.at <= DOUBLE_CLICK_MS && isSame(last.under, under);
    last = under === null || isSecond ? null : { under, at: now() };
    if (under === null) return;
    runActions(clicked(under, context()));
    if (isSecond && under.type !== 'pane' && under.type !== 'tab') runActions(entered(context()));
  };
  return (report) => {
    const mouse = mouseOf(report);
    if (mouse === null) return;
    if (mouse.type === 'click') return click(mouse);
    const turns = openView(context().view)?.wheel ?? 1;
    for (let turn = 0; turn < turns; turn += 1) runActions(turned(mouse, context()));
  };
}

// A click is easily made by mistake: it looks and opens, and never acts.
function entered(context: Context): readonly ScreenAction[] {
  const { view } = context;
  const binding = bindingOf(keyContextOf(view), 'enter', view.keys);
  const kind = view.overlay.type === 'palette' ? selectedCommand(context)?.kind : binding?.kind;
  if (kind !== 'act' && kind !== 'leave') return press('enter', context);
  return viewAction({ type: 'toast', text: 'a click never acts: press Enter', kind: 'refused' });
}

function isSame(one: Under, other: Under | null): boolean {
  return other !== null && JSON.stringify(one) === JSON.stringify(other);
}
