import { detailOf } from '../views/agents/rows.ts';
import { detailsLines } from '../views/details/render.ts';
import { spendPanel } from '../views/spend/panel.ts';
import { lostLines, nothingLines, sourcesPane, stepLines } from './first-screens.ts';
import { FRAME_COLUMNS, FRAME_ROWS } from '../render/frame.ts';
import { type Line, fitLine, joined, ofRow, rowOf, span } from '../render/line.ts';
import { count } from '../render/values.ts';
import { widthOf } from '../render/width.ts';
import type { Area, Context, Pane } from './bindings.ts';
import { nowOf } from './frozen.ts';
import { type Layout, type RectName, TWO_COLUMNS, rectOf } from './layout.ts';
import { filteredLists } from './list.ts';
import type { TabsProps } from './pane-props.ts';
import type { ListName, PaneName, ViewState } from './state.ts';
import { isWhole } from './views.ts';

/** Cells and rows that a pane without borders has more inside. */
const BORDER_COLUMNS = FRAME_COLUMNS / 2;

/** Draws what stands in a rectangle of the screen; on a narrow screen without its borders. */
export function paneRectLines(context: Context, name: RectName, area: Area): readonly Line[] {
  const { layout, size } = context;
  if (layout.type === 'line' || (!layout.tabs && (size.columns >= TWO_COLUMNS || name !== 'nothing')))
    return rectLines(context, name, area);
  const { width, height } = area;
  const framed = rectLines(context, name, { ...area, width: width + BORDER_COLUMNS, height: height + FRAME_ROWS });
  return framed.slice(1, -1).map((line) => bare(line, area));
}

// The first and the last segment are the borders.
function bare(line: Line, { width, theme }: Area): Line {
  const inner = fitLine(line.slice(1, -1), width, theme.glyphs);
  const id = rowOf(line);
  if (id !== null) ofRow(id, [inner]);
  return inner;
}

function rectLines(context: Context, name: RectName, area: Area): readonly Line[] {
  const { shown, view, live } = context;
  switch (name) {
    case 'panel':
      return panelLines(context, area);
    case 'sources':
      return sourcesPane(shown.view, nowOf(view), area);
    case 'spend':
      return spendPanel(shown.view, nowOf(view), area, view.keys['spend'] ?? '$');
    case 'lost':
      return lostLines(live, view, area);
    case 'steps':
      return stepLines(live, area);
    case 'nothing':
      return nothingLines(live, view.now, area);
    default: {
      const pane = context.panes.find((one) => one.name === name);
      return pane?.render(context, area) ?? [];
    }
  }
}

function panelLines({ queries, shown, view, selected, target }: Context, area: Area): readonly Line[] {
  const agent = view.focus === 'agents' ? selected.agent : null;
  return detailsLines({
    ...area,
    view: shown.view,
    now: nowOf(view),
    focus: view.focus,
    selected,
    workspace: target.workspace?.path ?? null,
    agent: agent && detailOf(queries, shown.view.model, agent.name),
  });
}

/** Draws the line of tabs: the views by their number keys, the one that is shown marked. */
export function tabsLine(props: TabsProps): Line {
  const { theme, width } = props;
  const line = tabsOf(props).map(({ text, isShown }): Line => {
    const sign = isShown ? theme.glyphs.selected : ' ';
    return [span(`${sign}${text}${isShown ? '  ' : ' '}`, isShown ? 'strong' : 'plain')];
  });
  return fitLine(joined(line, span(''), width), width, theme.glyphs);
}

/** The view whose tab is at a cell of the line of tabs; null beside them. */
export function tabAt(x: number, props: TabsProps): string | null {
  let end = 0;
  for (const { hotkey, text, isShown } of tabsOf(props)) {
    end += widthOf(text) + AROUND + (isShown ? 1 : 0);
    if (x < end) return end > props.width + 1 ? null : hotkey;
  }
  return null;
}

/** The sign before a tab and the blank behind it. */
const AROUND = 2;

type Tab = { readonly hotkey: string; readonly text: string; readonly isShown: boolean };

// The calls are a step below the conversations.
function tabsOf({ view, panes, shown, left = {} }: TabsProps): readonly Tab[] {
  const named = panes.filter(({ hotkey, isThere }) => hotkey !== '' && isThere(view));
  const tabs = named.map(({ name, hotkey, tab, badge }): Tab => {
    const all = badge(view).count;
    const rows = left[name];
    const of = rows === undefined ? '' : `${count(rows)} of `;
    const isShown = shown === name || (shown === 'calls' && name === 'conversations');
    return { hotkey, text: `${hotkey} ${tab}${all === null ? '' : ` ${of}${count(all)}`}`, isShown };
  });
  const checkpoints = { hotkey: '5', text: '5 Checkpoints', isShown: shown === 'checkpoints' };
  return [...tabs, checkpoints].toSorted((a, b) => Number(a.hotkey) - Number(b.hotkey));
}

/** The panes that are narrowed, with how many rows are left; for where only their names are in sight. */
export function narrowedRows({
  view,
  shown,
  panes,
}: Pick<Context, 'view' | 'shown' | 'panes'>): Record<string, number> {
  const narrowed = new Set(filteredLists(view));
  return Object.fromEntries(
    panes.filter(({ name }) => narrowed.has(name)).map((pane) => [pane.name, pane.rows(shown).length]),
  );
}

/** Returns what the screen shows: the view that lies over the panes, else the focused pane. */
export function shownView(view: Pick<ViewState, 'overlay' | 'focus'>): PaneName {
  return isWhole(view) ? view.overlay.type : view.focus;
}

type Visible = { readonly view: ViewState; readonly layout: Layout; readonly panes: readonly Pick<Pane, 'name'>[] };

/** Lists that are narrowed and whose border or tab, which reports it, is out of sight. */
export function unseenFilters({ view, layout, panes }: Visible): readonly ListName[] {
  const { overlay } = view;
  // Without borders nothing beside the list shows it.
  const isBare = !isWhole(view) && layout.type === 'panes' && !layout.tabs;
  const isSeen = (name: ListName): boolean =>
    overlay.type === name || (isBare && panes.some((pane) => pane.name === name) && rectOf(layout, name) !== null);
  return filteredLists(view).filter((name) => !isSeen(name));
}
