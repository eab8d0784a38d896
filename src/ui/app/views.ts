import { agentsPane } from '../views/agents/view.ts';
import { detailView } from '../views/call/view.ts';
import { callsPane } from '../views/calls/view.ts';
import { checkpointsView, filesView } from '../views/checkpoints/view.ts';
import { conversationsPane } from '../views/conversations/view.ts';
import { diffView } from '../views/diff/view.ts';
import { budgetsView } from '../views/budgets/view.ts';
import { holdsView } from '../views/holds/view.ts';
import { hostsPane } from '../views/hosts/view.ts';
import { logView } from '../views/log/view.ts';
import { planView } from '../views/plan/view.ts';
import { TO_POLICY, policyView } from '../views/policy/view.ts';
import { signalsPane } from '../views/signals/view.ts';
import { ackView } from '../views/acks/view.ts';
import { silenceView, silencesView } from '../views/silences/view.ts';
import { sourcesView } from '../views/sources/view.ts';
import { spendView } from '../views/spend/view.ts';
import { workspacesPane } from '../views/workspaces/view.ts';
import { writtenView } from '../views/written/view.ts';
import type { Theme } from '../render/theme.ts';
import type { Sheet } from '../widgets/dialog.ts';
import { SEARCH } from './keys/reading.ts';
import { type Binding, type Context, type KeyContext, type Pane, type Reader, viewAction } from './bindings.ts';
import { confirmView } from './confirm.ts';
import { helpView } from './help.ts';
import { COMMANDS, HELP } from './keys/beside.ts';
import { ACTING } from './keys/acting.ts';
import { EVERYWHERE, LOG, QUIT, generalKeys } from './keys/general.ts';
import { FILTER_KEYS } from './keys/lists.ts';
import { TROUBLES, movingKeys, viewKeys } from './keys/moving.ts';
import { quitView } from './keys/quit.ts';
import { TWO_COLUMNS } from './layout.ts';
import type { Size } from '../render/frame.ts';
import { modeView } from './mode-dialog.ts';
import { paletteView } from './palette/view.ts';
import { describeFilter } from './screen-reader/contexts.ts';
import type { ViewState } from './state.ts';
import type { View, ViewOf } from './view.ts';

/** The pane that has the focus where none other has. */
export const FIRST_PANE: Pane = conversationsPane;

/** The list views that stand beside each other, in the order of their number keys. A new one is one line here. */
export const PANES: readonly Pane[] = [FIRST_PANE, agentsPane, signalsPane, workspacesPane, callsPane, hostsPane];

/** Keys of every dialog in which nothing is typed. */
const BESIDE: readonly Binding[] = [COMMANDS, HELP];
/** The views over the panes, and the modes in which something is typed. A new view is one line here. */
const OVERLAYS: Omit<Rows, 'panes'> = {
  filter: {
    title: 'typing a filter',
    bindings: FILTER_KEYS,
    typing: () => (text) => viewAction({ type: 'filter', change: { type: 'text', text } }),
    render: () => null,
    describe: (context) => [describeFilter(context)],
  },
  help: helpView,
  log: logView,
  palette: paletteView,
  confirm: confirmView,
  mode: modeView,
  quit: quitView,
  detail: detailView,
  search: {
    title: 'typing a search',
    bindings: SEARCH,
    typing: (view) => (text) => readerOf(view)?.change({ type: 'search', change: { type: 'text', text } }) ?? [],
    render: () => null,
    describe: (context) => openView(context.view)?.describe(context) ?? [],
  },
  checkpoints: checkpointsView,
  policy: policyView,
  sources: sourcesView,
  spend: spendView,
  ack: ackView,
  silence: silenceView,
  silences: silencesView,
  files: filesView,
  written: writtenView,
  plan: planView,
  diff: diffView,
  holds: holdsView,
  budgets: budgetsView,
};

/** The bindings that open views. */
const OPENERS: readonly Binding[] = viewsIn(OVERLAYS).flatMap(({ openers }) => openers ?? []);

/** The keys that work in each view over the panes, as far as the view has no key of its own for it: what acts, and what goes to others. */
const YIELDING: readonly Binding[] = [...ACTING, ...viewKeys(PANES), ...OPENERS, TO_POLICY, LOG, ...TROUBLES, QUIT];

/** The registry: keymap, help, palette, drawing, screen reader, the state of views and the listing of keys derive from it. */
export const VIEWS: Rows = withSharedKeys({
  panes: {
    title: 'the panes',
    bindings: [...ACTING, ...PANES.flatMap(({ bindings }) => bindings), ...generalKeys(OPENERS), ...movingKeys(PANES)],
    render: () => null,
    describe: (context) => [context.pane.describe(context)],
  },
  ...OVERLAYS,
});

/** Draws what lies over the panes; null where nothing does, and where there is only room for one line. */
export function sheetOf(context: Context, size: Size, theme: Theme): Sheet | null {
  const { layout } = context;
  const open = openView(context.view);
  if (layout.type === 'line' || open === null) return null;
  return open.render(context, { ...size, top: layout.top, bare: size.columns < TWO_COLUMNS }, theme);
}

/** Returns the view that lies over the panes; null where none does. */
export function openView({ overlay }: Pick<ViewState, 'overlay'>): View | null {
  return overlay.type === 'none' ? null : VIEWS[overlay.type];
}

/** Returns the text that keys scroll and search; null where there is none. */
export function readerOf(view: ViewState): Reader | null {
  return openView(view)?.reader?.(view) ?? null;
}

/** Returns whether what lies over the panes is drawn instead of all of them. */
export function isWhole(view: Pick<ViewState, 'overlay'>): boolean {
  return openView(view)?.isWhole === true;
}

type Rows = { readonly [K in KeyContext]: ViewOf<K> };

function viewsIn(rows: Partial<Rows>): readonly View[] {
  return Object.values(rows);
}

function withSharedKeys(rows: Rows): Rows {
  const all: readonly (readonly [string, View])[] = Object.entries(rows);
  return Object.fromEntries(
    all.map(([name, view]) => [name, { ...view, bindings: allBindings(name, view) }]),
  ) as unknown as Rows;
}

// What a view binds itself comes before what it shares with others, by key and by name.
function allBindings(name: string, { bindings, shares }: View): readonly Binding[] {
  if (shares === undefined) return [...bindings, ...EVERYWHERE];
  const bound = new Set(bindings.flatMap(({ keys }) => keys));
  const own = [...bindings, ...BESIDE.filter(({ keys }) => !keys.some((key) => bound.has(key)))];
  if (shares === 'help') return [...own, ...EVERYWHERE];
  const ids = new Set(own.map(({ id }) => id));
  const taken = new Set([...own, ...EVERYWHERE].flatMap(({ keys }) => keys));
  const shared = YIELDING.filter(({ id }) => id !== name && !ids.has(id)).map((binding): Binding => ({
    ...binding,
    keys: binding.keys.filter((key) => !taken.has(key)),
    yields: true,
  }));
  return [...own, ...shared, ...EVERYWHERE];
}
