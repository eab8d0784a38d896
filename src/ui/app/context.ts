import type { EngineView } from '../../engine/types.ts';
import { selectedAgent } from '../views/agents/view.ts';
import { CALLS } from '../views/calls/view.ts';
import { SNAPSHOTS } from '../views/checkpoints/rows.ts';
import { selectedConversation } from '../views/conversations/view.ts';
import { holdsOf } from '../views/holds/rows.ts';
import { RULES } from '../views/policy/list.ts';
import { selectedSignal } from '../views/signals/view.ts';
import { SILENCES } from '../views/silences/list.ts';
import { SOURCES } from '../views/sources/list.ts';
import { spendRows } from '../views/spend/panel.ts';
import { WORKSPACES } from '../views/workspaces/view.ts';
import type { Context, Queries, Selected } from './bindings.ts';
import { frozenQueries } from './frozen.ts';
import { bindingsOf, keyContextOf } from './keymap.ts';
import { THREE_COLUMNS, TWO_COLUMNS, captionRows, layoutOf } from './layout.ts';
import type { Size } from '../render/frame.ts';
import { isOverview, situationOf } from './situation.ts';
import { themeOf } from '../render/theme.ts';
import { automationLines } from '../views/workspaces/render.ts';
import { type CallsOf, type List, type Shown, selectedIn } from './list.ts';
import type { ListName, ViewState } from './state.ts';
import type { View } from './view.ts';
import { FIRST_PANE, PANES, VIEWS, readerOf } from './views.ts';

/** Everything that a key or its preview may depend on, at this moment. */
export function contextOf(
  { live, view: seen }: { readonly live: EngineView; readonly view: ViewState },
  calls: CallsOf,
  size: Size,
  { queries = NO_QUERIES, drawn = null }: { readonly queries?: Queries; readonly drawn?: EngineView | null } = {},
): Context {
  // Between two ticks the engine may be ahead of the screen's clock.
  const view = { ...seen, now: Math.max(seen.now, live.at) };
  const answers = frozenQueries(view.frozen, { queries, calls });
  const shown: Shown = { view: view.frozen ?? live, state: view, calls: answers.calls };
  const { focus, zoomed, panel } = view;
  const pane = PANES.find(({ name }) => name === focus) ?? FIRST_PANE;
  const layout = layoutOf(size, {
    focus,
    zoomed,
    panel,
    hasPanel: pane.panel,
    captionRows: captionRows(view.caption, size.columns),
    automationLines: linesAboutAutomation(live, view, size),
    agents: shown.view.model.agents.length,
    conversations: shown.view.model.conversations.length,
    workspaces: live.workspaces.length,
    hosts: live.fleet === undefined ? null : live.fleet.hosts.length,
    situation: situationOf(live, view),
    spendRows: size.columns < THREE_COLUMNS ? 0 : spendRows(shown.view),
  });
  return {
    live,
    view,
    shown,
    selected: selectedOf(shown),
    target: pane.target({ live, shown }),
    layout,
    size: layout.type === 'line' ? size : { ...size, top: layout.top, bare: size.columns < TWO_COLUMNS },
    queries: answers.queries,
    seenHolds: holdsOf(drawn ?? live),
    list: listNamed(view.overlay.type) ?? pane,
    listNamed,
    pane,
    panes: PANES,
    keysOf: (keyContext) => bindingsOf(keyContext, view.keys),
    keyContextOf,
    readerOf,
  };
}

const PLAIN = themeOf({ ascii: true, colour: false });

// A wide screen has a pane for it.
function linesAboutAutomation(live: EngineView, view: ViewState, { columns }: Size): number {
  if (columns >= TWO_COLUMNS) return 0;
  return automationLines(live, view.now, { width: columns, theme: PLAIN, withOthers: isOverview(view) }).length;
}

/** Answers where there is no engine to ask. */
const NO_QUERIES: Queries = {
  agent: () => null,
  silences: () => [],
  pausePlan: () => ({ ok: false, reason: { code: 'pause_off' } }),
  resolvers: () => ({ ok: false, reason: { code: 'interruption_gone' } }),
  sourcesOf: () => [],
};

const OVERLAYS: readonly View[] = Object.values(VIEWS);
const LISTS: ReadonlyMap<ListName, List> = new Map(
  [...PANES, ...OVERLAYS.flatMap(({ list }) => (list === undefined ? [] : [list]))].map((list) => [list.name, list]),
);

function listNamed(name: ListName): List | null {
  return LISTS.get(name) ?? null;
}

function selectedOf(shown: Shown): Selected {
  const row = selectedIn(CALLS, shown);
  return {
    conversation: selectedConversation(shown),
    call: row?.type === 'call' ? row.call : null,
    mark: row?.type === 'mark' ? row : null,
    workspace: selectedIn(WORKSPACES, shown),
    signal: selectedSignal(shown),
    agent: selectedAgent(shown),
    silence: selectedIn(SILENCES, shown),
    rule: selectedIn(RULES, shown),
    snapshot: selectedIn(SNAPSHOTS, shown),
    source: selectedIn(SOURCES, shown),
  };
}
