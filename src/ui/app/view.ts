import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import type { Line } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import type { Sheet } from '../widgets/dialog.ts';
import type { ScreenAction, Area, Badge, Binding, Context, Copied, Opening, Pane, Reader, Target } from './bindings.ts';
import { nowOf } from './frozen.ts';
import { rectOf } from './layout.ts';
import type { Size } from '../render/frame.ts';
import { type List, chosenOrder, listState, selectedIn } from './list.ts';
import type { ListPaneProps } from './pane-props.ts';
import type { Overlay, OverlayName, OverlayOf, ViewChanges, ViewSlices, ViewState } from './state.ts';

/** One view, or one mode of it in which keys mean something else: a row of the registry in `views.ts`. */
export type View = {
  /** Its name in the listing of keys. */
  readonly title: string;
  /** Its keys, in the order in which help and footer show them; keys that it shares with others come from the registry. */
  readonly bindings: readonly Binding[];
  /** Other keys besides those that leave: `help` and commands, or those and whatever acts or opens another view. */
  readonly shares?: 'help' | 'views';
  /** The keys that open it, and what else leads to it: they stand among those of the panes and of the views that share them. */
  readonly openers?: readonly Binding[];
  /** Draws it over the panes; null where it stands among them, or has nothing to show. */
  readonly render: (context: Context, size: Size, theme: Theme) => Sheet | null;
  /** Describes it for a screen reader, in lines. */
  readonly describe: (context: Context) => readonly string[];
  /** The list in it that keys move in, order and filter. */
  readonly list?: List;
  /** Returns what takes typed characters as text; null while they are keys. Without it they are always keys. */
  readonly typing?: (view: ViewState) => ((text: string) => readonly ScreenAction[]) | null;
  /** The text in it that keys scroll and search; null while there is none. */
  readonly reader?: (view: ViewState) => Reader | null;
  /** It is drawn instead of all panes. */
  readonly isWhole?: boolean;
  /** It asks something: any key but an answer is refused. */
  readonly isQuestion?: boolean;
  /** Steps of `up` or `down` that one notch of the wheel makes; 1 without it. */
  readonly wheel?: number;
  /** Follows the screen into a frozen moment, or out of it. */
  readonly freeze?: (state: ViewState) => ViewState;
};

/** A view with the state that it declares in `state.ts` under its name. */
export type ViewOf<K> = View &
  (K extends keyof ViewSlices ? { readonly initialState: ViewSlices[K] } : unknown) &
  (K extends keyof ViewChanges ? { readonly reduce: Reduce<K> } : unknown);

type Reduce<K extends keyof ViewChanges> = (state: ViewState, change: ViewChanges[K]) => ViewState;

type Drawing<K extends OverlayName> = {
  readonly render: (overlay: OverlayOf<K>, context: Context, size: Size, theme: Theme) => Sheet | null;
  readonly describe: (overlay: OverlayOf<K>, context: Context) => readonly string[];
};

/** Builds a view that lies over the panes from its declaration: it is drawn and described from its own state while it is open. */
export function overlayView<K extends OverlayName, V extends Omit<ViewOf<K>, 'render' | 'describe'>>(
  name: K,
  { render, describe, ...view }: V & Drawing<K>,
): Omit<V, keyof Drawing<K>> & Pick<View, 'render' | 'describe'> {
  const openIn = ({ view: { overlay } }: Context): OverlayOf<K> | null => openOverlay(name, overlay);
  return {
    ...view,
    render: (context, size, theme) => {
      const overlay = openIn(context);
      return overlay && render(overlay, context, size, theme);
    },
    describe: (context) => {
      const overlay = openIn(context);
      return overlay === null ? [] : describe(overlay, context);
    },
  };
}

/** Returns what lies over the panes where it is the named view, else null. */
export function openOverlay<K extends OverlayName>(name: K, overlay: Overlay): OverlayOf<K> | null {
  return isOpen(name, overlay) ? overlay : null;
}

function isOpen<K extends OverlayName>(name: K, overlay: Overlay): overlay is Overlay & OverlayOf<K> {
  return overlay.type === name;
}

/** The parts that make a list a pane, as its folder declares them: how its rows are drawn, described and used. */
export type PaneSpec<Row> = {
  /** The number key that opens it; '' for a pane that is reached from another one. */
  readonly hotkey: string;
  /** The id of that key in the configuration, where it is not the name of the list. */
  readonly keyId?: string;
  /** Its name on its tab. */
  readonly tab: string;
  readonly badge?: (view: EngineView) => Badge;
  /** False where the view has nothing of that kind: no key leads to it. Left out: always there. */
  readonly isThere?: (view: EngineView) => boolean;
  readonly render: (props: ListPaneProps<Row>, context: Context) => readonly Line[];
  /** Describes the selected row for a screen reader. */
  readonly describe: (row: Row, context: Context) => string;
  /** Keys that belong to this view; they stand in the listing of the panes, and decide themselves when they apply. */
  readonly bindings?: readonly Binding[];
  /**
   * The detail of the selected row: `opened` by Enter, and always there on a screen that is wide enough; or only there
   * (`wide`), where Enter leads deeper at once.
   */
  readonly panel?: 'opened' | 'wide';
  /** The effect of Enter once the detail is open; without it Enter does no more. */
  readonly open?: Opening;
  /** It goes on while the screen is frozen: what is about to act is reported the present. */
  readonly isLive?: boolean;
  /** Returns what `y` copies of a row. */
  readonly copied?: (row: Row) => Copied;
  /** Returns what keys that act on the selection act upon; by default the only workspace, where there is only one. */
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
    isThere: spec.isThere ?? (() => true),
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
    filter: list.filter(shown),
    list: listState(view, list.name),
    order: chosenOrder(list, view),
    usual: list.orders[0],
    hotkey: view.keys[keyId] ?? hotkey,
    rows: list.rows(shown),
  };
}

function described<Row>(list: List<Row>, context: Context, describe: PaneSpec<Row>['describe']): string {
  const { shown } = context;
  const row = selectedIn(list, shown);
  if (row === null) return `${list.title}: empty`;
  const count = list.rows(shown).length;
  return `${list.title}, ${list.index(shown) + 1} of ${count}: ${describe(row, context)}`;
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
export function zoomInto(pane: string): readonly ScreenAction[] {
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
