import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import type { Line } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import type { Sheet } from '../widgets/dialog.ts';
import type { Action, Area, Badge, Binding, Context, Copied, Opening, Pane, Target } from './bindings.ts';
import { nowOf } from './frozen.ts';
import { type Size, rectOf } from './layout.ts';
import { type List, chosenOrder, filterOf, indexIn, listState, selectedIn } from './list.ts';
import type { ListPaneProps } from './pane-props.ts';

/** One view, or one mode of it in which keys mean something else: a row of the registry in `views.ts`. */
export type View = {
  /** What the listing of keys calls it. */
  readonly title: string;
  /** Its keys, in the order in which help and footer show them. */
  readonly bindings: readonly Binding[];
  /** Draws it over the panes; null where it stands among them, or has nothing to show. */
  readonly render: (context: Context, size: Size, theme: Theme) => Sheet | null;
  /** Describes it for a screen reader, in lines. */
  readonly describe: (context: Context) => readonly string[];
  /** The list in it that keys move in, order and filter. */
  readonly list?: List;
};

/** What makes a list a pane, as its folder declares it: how its rows are drawn, described and used. */
export type PaneSpec<Row> = {
  /** The number key that opens it; '' for a pane that is reached from another one. */
  readonly hotkey: string;
  /** The id of that key in the configuration, where it is not the name of the list. */
  readonly keyId?: string;
  /** Its name on its tab. */
  readonly tab: string;
  readonly badge?: (view: EngineView) => Badge;
  readonly render: (props: ListPaneProps<Row>, context: Context) => readonly Line[];
  /** Describes the selected row for a screen reader. */
  readonly describe: (row: Row, context: Context) => string;
  /** Keys that belong to this view; they stand in the listing of the panes, and say themselves when they apply. */
  readonly bindings?: readonly Binding[];
  /**
   * The detail of the selected row: `opened` by Enter, and always there on a screen that is wide enough; or only there
   * (`wide`), where Enter leads deeper at once.
   */
  readonly panel?: 'opened' | 'wide';
  /** What Enter does once the detail is open; without it Enter does no more. */
  readonly open?: Opening;
  /** It goes on while the screen is frozen: what is about to act is told of the present. */
  readonly isLive?: boolean;
  /** What `y` copies of a row. */
  readonly copied?: (row: Row) => Copied;
  /** What keys that act on the selection act upon; by default the only workspace, where there is only one. */
  readonly target?: (row: Row | null, context: Pick<Context, 'live' | 'shown'>) => Target;
};

const NO_BADGE: Badge = { count: null, isMarked: false };

/** Builds a pane from its declaration. */
export function paneOf<Row>(list: List<Row>, spec: PaneSpec<Row>): Pane {
  return {
    ...list,
    hotkey: spec.hotkey,
    keyId: spec.keyId ?? list.name,
    tab: spec.tab,
    badge: spec.badge ?? (() => NO_BADGE),
    bindings: spec.bindings ?? [],
    panel: spec.panel ?? 'none',
    open: spec.open ?? null,
    render: (context, area) => spec.render(propsOf(list, spec, context, area), context),
    describe: (context) => described(list, context, spec.describe),
    copied: ({ shown }) => {
      const row = selectedIn(list, shown);
      return row === null ? null : (spec.copied?.(row) ?? null);
    },
    target: (context) => (spec.target ?? noTarget)(selectedIn(list, context.shown), context),
  };
}

function propsOf<Row>(
  list: List<Row>,
  { hotkey, keyId = list.name, isLive = false }: Pick<PaneSpec<Row>, 'hotkey' | 'keyId' | 'isLive'>,
  context: Context,
  area: Area,
): ListPaneProps<Row> {
  const { view, live } = context;
  const shown = isLive ? { ...context.shown, view: live } : context.shown;
  return {
    ...area,
    whole: isWhole(context),
    view: shown.view,
    now: isLive ? view.now : nowOf(view),
    focused: view.focus === list.name,
    filter: filterOf(view, list.name),
    list: listState(view, list.name),
    order: chosenOrder(list, view),
    hotkey: view.keys[keyId] ?? hotkey,
    rows: list.rows(shown),
  };
}

function described<Row>(list: List<Row>, context: Context, describe: PaneSpec<Row>['describe']): string {
  const { shown } = context;
  const row = selectedIn(list, shown);
  if (row === null) return `${list.title}: empty`;
  const count = list.rows(shown).length;
  return `${list.title}, ${indexIn(list, shown) + 1} of ${count}: ${describe(row, context)}`;
}

/** True where the focused pane is alone on the screen: with tabs it is anyway. */
export function isWhole({ view, layout }: Pick<Context, 'view' | 'layout'>): boolean {
  return view.zoomed || (layout.type === 'panes' && layout.tabs);
}

/** True where the detail of the focused pane's selection is in sight. */
export function isPanelShown({ layout }: Pick<Context, 'layout'>): boolean {
  return rectOf(layout, 'panel') !== null;
}

/** Gives a pane the whole screen; Escape leads back to where the focus was. */
export function zoomInto(pane: string): readonly Action[] {
  return [{ type: 'view', action: { type: 'into', pane } }];
}

/** The target of an agent: its workspace. Before any agent was seen, the only workspace that there is is meant. */
export function agentTarget(live: EngineView, agent: string | null, conversationId: string | null = null): Target {
  const [only, ...others] = live.workspaces;
  const single = others.length === 0 ? (only ?? null) : null;
  const own = live.workspaces.find(({ agents }) => agent !== null && agents.includes(agent)) ?? null;
  return { workspace: agent === null ? single : own, agent, conversationId, signal: null };
}

/** A workspace by its path as it is now; null where none is configured there. */
export function workspaceNamed({ workspaces }: EngineView, path: string | null): WorkspaceView | null {
  return workspaces.find(({ path: workspace }) => workspace === path) ?? null;
}

function noTarget(_: unknown, { live }: Pick<Context, 'live'>): Target {
  return agentTarget(live, null);
}
