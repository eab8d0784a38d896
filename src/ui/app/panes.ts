import { detailOf } from '../views/agents/rows.ts';
import { detailsLines } from '../views/details/render.ts';
import { type Line, fitLine, joined, say } from '../render/line.ts';
import { tokens } from '../render/values.ts';
import { widthOf } from '../render/width.ts';
import type { Area, Context, Pane } from './bindings.ts';
import { nowOf } from './frozen.ts';
import { type Layout, type RectName, rectOf } from './layout.ts';
import { filteredLists } from './list.ts';
import type { TabsProps } from './pane-props.ts';
import type { ListName, PaneName, ViewState } from './state.ts';

/** Draws what stands in a rectangle of the screen: a pane, or the details of the selection. */
export function paneRectLines(context: Context, name: RectName, area: Area): readonly Line[] {
  if (name === 'details') return detailLines(context, area);
  const pane = context.panes.find((one) => one.name === name);
  return pane?.render(context, area) ?? [];
}

function detailLines({ queries, shown, view, selected, target }: Context, area: Area): readonly Line[] {
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

/** Draws the line of tabs: the panes by their number keys, the focused one marked. */
export function tabsLine(props: TabsProps): Line {
  const { theme, width, focus } = props;
  const tabs = tabsOf(props).map(({ pane, text, isMarked }): Line => {
    if (pane === focus) return [say(`[${text}]`, 'selected')];
    return [say(` ${text} `, isMarked ? 'warning' : 'plain')];
  });
  return fitLine(joined(tabs, say(''), width), width, theme.glyphs);
}

/** The pane whose tab is at a cell of the line of tabs; null beside them. */
export function tabAt(x: number, props: TabsProps): PaneName | null {
  let end = 0;
  for (const { pane, text } of tabsOf(props)) {
    end += widthOf(text) + AROUND;
    if (x < end) return end > props.width ? null : pane;
  }
  return null;
}

/** A bracket or a blank on each side. */
const AROUND = 2;

type Tab = { readonly pane: PaneName; readonly text: string; readonly isMarked: boolean };

function tabsOf({ view, theme, panes, left = {} }: TabsProps): readonly Tab[] {
  return panes.map(({ name, hotkey, tab, badge }) => {
    const { count, isMarked } = badge(view);
    const all = count === null ? '' : ` ${tokens(count)}`;
    const rows = left[name];
    const of = rows === undefined ? all : ` ${tokens(rows)}${all === '' ? '' : ` of${all}`}`;
    return { pane: name, text: `${hotkey} ${tab}${of}${isMarked ? theme.glyphs.flag : ''}`, isMarked };
  });
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

/** What is drawn in place of all panes. */
const WHOLE: ReadonlySet<string> = new Set(['policy', 'sources', 'checkpoints', 'detail', 'plan', 'diff']);

type Visible = { readonly view: ViewState; readonly layout: Layout; readonly panes: readonly Pick<Pane, 'name'>[] };

/** Lists that are narrowed and whose border, which says so, is out of sight. */
export function unseenFilters({ view, layout, panes }: Visible): readonly ListName[] {
  const { overlay } = view;
  const isBare = !WHOLE.has(overlay.type);
  const isSeen = (name: ListName): boolean =>
    overlay.type === name || (isBare && panes.some((pane) => pane.name === name) && rectOf(layout, name) !== null);
  return filteredLists(view).filter((name) => !isSeen(name));
}
