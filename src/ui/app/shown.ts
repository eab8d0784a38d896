import { type Layout, placeOf } from './layout.ts';
import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { Call } from '../../core/calls.ts';
import type { Silence } from '../../core/signals.ts';
import type { SnapshotView } from '../../core/snapshots.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { agentsInOrder } from '../views/agents/rows.ts';
import { conversationsInOrder } from '../views/conversations/rows.ts';
import {
  agentSearchFields,
  conversationSearchFields,
  ruleSearchFields,
  signalSearchFields,
  silenceSearchFields,
  sourceRowSearchFields,
  streamSearchFields,
  workspaceSearchFields,
} from './search-fields.ts';
import { type StreamRow, callRows, indexInStream, rowId, streamRows } from '../views/calls/rows.ts';
import { shownSnapshots } from '../views/checkpoints/rows.ts';
import { sourcesInOrder } from '../views/sources/rows.ts';
import { signalsInOrder } from '../views/signals/rows.ts';
import {
  AGENT_ORDERS,
  CALL_ORDERS,
  CONVERSATION_ORDERS,
  POLICY_ORDERS,
  SIGNAL_ORDERS,
  SILENCE_ORDERS,
  SOURCE_ORDERS,
  WORKSPACE_ORDERS,
  isUsualOrder,
  orderAt,
  ordered,
  silencesInOrder,
} from './order.ts';
import { selectedIndex } from '../widgets/list.ts';
import { workspacesInOrder } from '../views/workspaces/rows.ts';
import { type SearchFields, readQuery } from '../widgets/query.ts';
import type { ListName, ListState, PaneName, ViewState } from './state.ts';
import { type Mark, workspaceOfAgent } from '../views/calls/marks.ts';
import { filteredLists, isFollowable, isPane } from './lists.ts';

/** The rows of every list in the order in which they are drawn, filtered; of the moment that is shown. */
export type Shown = {
  readonly view: EngineView;
  readonly conversations: readonly ConversationView[];
  readonly calls: readonly Call[];
  /** The same calls with the marks between them. */
  readonly stream: readonly StreamRow[];
  readonly workspaces: readonly WorkspaceView[];
  readonly signals: readonly SignalRecord[];
  readonly agents: readonly AgentView[];
  readonly silences: readonly Silence[];
  readonly policy: readonly PolicyRow[];
  readonly checkpoints: readonly SnapshotView[];
  readonly sources: readonly SourceView[];
  readonly conversation: ConversationView | null;
};

export type CallsOf = (conversationId: string | null) => readonly Call[];

/** What the screen shows right now. */
export function shownOf(live: EngineView, state: ViewState, callsOf: CallsOf): Shown {
  const view = state.frozen ?? live;
  const { orders } = state;
  const keep = narrowing(state, view);
  const inOrder = ordered(conversationsInOrder(view), orderAt(CONVERSATION_ORDERS, orders.conversations));
  const conversations = keep('conversations', inOrder, (row) => conversationSearchFields(view, row));
  const { selectedId } = state.lists.conversations;
  const place = selectedIndex(conversations, selectedId, { idOf: idOfConversation, fallback: 'first' });
  const conversation = conversations[place] ?? null;
  const held = conversation === null ? [] : callsOf(conversation.conversationId);
  const stream = keep('stream', rowsOf(view, conversation, held, orders.stream), streamSearchFields);
  const agents = ordered(agentsInOrder(view), orderAt(AGENT_ORDERS, orders.agents));
  const signals = ordered(signalsInOrder(view), orderAt(SIGNAL_ORDERS, orders.signals));
  const workspaces = ordered(workspacesInOrder(view), orderAt(WORKSPACE_ORDERS, orders.reactor));
  const silences = ordered(silencesInOrder(view), orderAt(SILENCE_ORDERS, orders.silences));
  return {
    view,
    conversations,
    conversation,
    calls: callsIn(stream),
    stream,
    workspaces: keep('reactor', workspaces, workspaceSearchFields),
    signals: keep('signals', signals, (row) => signalSearchFields(view, row)),
    agents: keep('agents', agents, (row) => agentSearchFields(view, row)),
    silences: keep('silences', silences, silenceSearchFields),
    policy: keep('policy', ordered(view.policy, orderAt(POLICY_ORDERS, orders.policy)), ruleSearchFields),
    checkpoints: shownSnapshots(state),
    sources: keep(
      'sources',
      ordered(sourcesInOrder(view), orderAt(SOURCE_ORDERS, orders.sources)),
      sourceRowSearchFields,
    ),
  };
}

/** Tells the rows of the policy apart: a type may be called `high`. */
export function ruleId({ scope, name }: PolicyRow): string {
  return `${scope} ${name}`;
}

/** The ids of a list's rows, in order. */
export function rowIds(shown: Shown, list: ListName): readonly string[] {
  switch (list) {
    case 'conversations':
      return idsOf(shown.conversations, idOfConversation);
    case 'stream':
      return idsOf(shown.stream, rowId);
    case 'reactor':
      return idsOf(shown.workspaces, ({ workspace }) => workspace);
    case 'signals':
      return idsOf(shown.signals, ({ signal }) => signal.signalId);
    case 'agents':
      return idsOf(shown.agents, ({ agent }) => agent);
    case 'silences':
      return idsOf(shown.silences, ({ id }) => id);
    case 'policy':
      return idsOf(shown.policy, ruleId);
    case 'checkpoints':
      return idsOf(shown.checkpoints, ({ id }) => id);
    case 'sources':
      return idsOf(shown.sources, ({ health }) => health.uri);
  }
}

// A key asks for the ids several times, and a list may be long: they are made once of each list.
const knownIds = new WeakMap<object, readonly string[]>();

function idsOf<T>(rows: readonly T[], idOf: (row: T) => string): readonly string[] {
  const ids = knownIds.get(rows) ?? rows.map(idOf);
  knownIds.set(rows, ids);
  return ids;
}

function idOfConversation(row: ConversationView): string {
  return row.conversationId;
}

function narrowing({ filters }: ViewState, view: EngineView) {
  return <T>(list: ListName, rows: readonly T[], factsOf: (row: T) => SearchFields): readonly T[] => {
    const text = filters[list];
    if (text.trim() === '') return rows;
    const { matches } = readQuery(text);
    return kept(rows, { text, view }, (row) => matches(factsOf(row)));
  };
}

type Queries = { readonly text: string; readonly view: EngineView };

const known = new WeakMap<object, Queries & { readonly rows: unknown }>();

// Several keys and a frame ask for the same rows, and they may be many.
function kept<T>(rows: readonly T[], { text, view }: Queries, keeps: (row: T) => boolean): readonly T[] {
  const made = known.get(rows);
  if (made?.text === text && made.view === view) return made.rows as readonly T[];
  const found = rows.filter(keeps);
  known.set(rows, { text, view, rows: found });
  return found;
}

const knownCalls = new WeakMap<readonly StreamRow[], readonly Call[]>();

function callsIn(stream: readonly StreamRow[]): readonly Call[] {
  const calls = knownCalls.get(stream) ?? stream.flatMap((row) => (row.type === 'call' ? [row.call] : []));
  knownCalls.set(stream, calls);
  return calls;
}

// Marks stand between two calls: in another order than that of time there is no between.
function rowsOf(
  view: EngineView,
  conversation: ConversationView | null,
  calls: readonly Call[],
  order: number,
): readonly StreamRow[] {
  if (conversation === null) return [];
  if (isUsualOrder('stream', order)) return streamRows(view, conversation, calls);
  return callRows(ordered(calls, orderAt(CALL_ORDERS, order)));
}

/** The selected row of each list, null where the list is empty. */
export type Selected = {
  readonly conversation: ConversationView | null;
  readonly call: Call | null;
  /** What is selected among the calls where it is no call. */
  readonly mark: Mark | null;
  readonly workspace: WorkspaceView | null;
  readonly signal: SignalRecord | null;
  readonly agent: AgentView | null;
  readonly silence: Silence | null;
  readonly rule: PolicyRow | null;
  readonly snapshot: SnapshotView | null;
  readonly source: SourceView | null;
};

/** What keys act upon: the selection of the focused pane, looked up in what is true now, not in a frozen moment. */
export type Target = {
  /** The workspace that the focused selection belongs to; null where none is configured for it. */
  readonly workspace: WorkspaceView | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly signal: string | null;
};

export function selectedOf(shown: Shown, state: ViewState): Selected {
  const at = (list: ListName): number => indexOf(shown, state, list);
  const row = shown.stream[at('stream')];
  return {
    conversation: shown.conversation,
    call: row?.type === 'call' ? row.call : null,
    mark: row?.type === 'mark' ? row : null,
    workspace: shown.workspaces[at('reactor')] ?? null,
    signal: shown.signals[at('signals')] ?? null,
    agent: shown.agents[at('agents')] ?? null,
    silence: shown.silences[at('silences')] ?? null,
    rule: shown.policy[at('policy')] ?? null,
    snapshot: shown.checkpoints[at('checkpoints')] ?? null,
    source: shown.sources[at('sources')] ?? null,
  };
}

/** What the focused pane's selection is about. */
export function targetOf(live: EngineView, selected: Selected, focus: PaneName): Target {
  switch (focus) {
    case 'conversations':
    case 'stream': {
      const { conversation } = selected;
      return ofAgent(live, conversation?.agent ?? null, conversation?.conversationId ?? null);
    }
    case 'agents':
      return ofAgent(live, selected.agent?.agent ?? null, null);
    case 'signals': {
      const signal = selected.signal?.signal ?? null;
      if (signal === null) return ofAgent(live, null, null);
      const { agent, conversationId, workspace, signal: type } = signal;
      return { workspace: named(live, workspace), agent, conversationId, signal: type };
    }
    case 'reactor':
      return {
        workspace: named(live, selected.workspace?.workspace ?? null),
        agent: null,
        conversationId: null,
        signal: null,
      };
  }
}

/** Where a list stands; the calls while they are followed: at their last one, whatever mark comes behind it. */
export function listStateOf(shown: Shown, view: ViewState, list: ListName): ListState {
  if (list !== 'stream' || !isFollowable(view)) return view.lists[list];
  const { lists, follow } = view;
  const row = shown.stream[indexInStream(shown.stream, follow ? null : lists.stream.selectedId)];
  const selectedId = row === undefined ? null : rowId(row);
  return { selectedId, offset: follow ? Number.MAX_SAFE_INTEGER : lists.stream.offset };
}

function indexOf(shown: Shown, state: ViewState, list: ListName): number {
  const { selectedId } = listStateOf(shown, state, list);
  return selectedIndex(rowIds(shown, list), selectedId, { idOf: (id) => id, fallback: 'first' });
}

// Before any agent was seen, the only workspace that there is is meant.
function ofAgent(live: EngineView, agent: string | null, conversationId: string | null): Target {
  const [only, ...others] = live.workspaces;
  const workspace = agent === null ? (others.length === 0 ? (only ?? null) : null) : workspaceOfAgent(live, agent);
  return { workspace, agent, conversationId, signal: null };
}

function named(live: EngineView, workspace: string | null): WorkspaceView | null {
  return live.workspaces.find((candidate) => candidate.workspace === workspace) ?? null;
}

/** What is drawn in place of all panes. */
const WHOLE: ReadonlySet<string> = new Set(['policy', 'sources', 'checkpoints', 'detail', 'plan', 'diff']);

/** Lists that are narrowed and whose border, which says so, is out of sight. */
export function unseenFilters({
  view,
  layout,
}: {
  readonly view: ViewState;
  readonly layout: Layout;
}): readonly ListName[] {
  const { overlay } = view;
  const isBare = !WHOLE.has(overlay.type);
  return filteredLists(view).filter(
    (list) => overlay.type !== list && !(isBare && isPane(list) && placeOf(layout, list) !== null),
  );
}

/** The panes that are narrowed, with how many rows are left; for where only their names are in sight. */
export function narrowedRows({
  view,
  shown,
}: {
  readonly view: ViewState;
  readonly shown: Shown;
}): Partial<Record<PaneName, number>> {
  const narrowed = filteredLists(view).filter(isPane);
  return Object.fromEntries(narrowed.map((pane) => [pane, rowIds(shown, pane).length]));
}
