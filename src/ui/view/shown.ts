import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { Call } from '../../core/calls.ts';
import type { Silence } from '../../core/signals.ts';
import type { SnapshotView } from '../../core/snapshots.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { agentsInOrder } from '../derive/agents.ts';
import { conversationsInOrder } from '../derive/order/attention.ts';
import {
  agentFacts,
  conversationFacts,
  ruleFacts,
  signalFacts,
  silenceFacts,
  sourceRowFacts,
  streamFacts,
  workspaceFacts,
} from '../derive/facts.ts';
import { callRows, rowId, type StreamRow, streamRows } from '../derive/stream.ts';
import { shownSnapshots } from '../derive/workspace/snapshots.ts';
import { sourcesInOrder } from '../derive/sources.ts';
import { signalsInOrder } from '../derive/signals.ts';
import {
  AGENT_ORDERS,
  CALL_ORDERS,
  CONVERSATION_ORDERS,
  isUsualOrder,
  orderAt,
  ordered,
  POLICY_ORDERS,
  SIGNAL_ORDERS,
  SILENCE_ORDERS,
  SOURCE_ORDERS,
  silencesInOrder,
  WORKSPACE_ORDERS,
} from '../derive/order/sorting.ts';
import { selectedPlace } from '../derive/window.ts';
import { workspacesInOrder } from '../derive/workspace/workspace.ts';
import { type Facts, readQuery } from './query.ts';
import type { ListName, ViewState } from './types.ts';

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
  const conversations = keep('conversations', inOrder, (row) => conversationFacts(view, row));
  const { selectedId } = state.lists.conversations;
  const place = selectedPlace(conversations, selectedId, { idOf: conversationId, fallback: 'first' });
  const conversation = conversations[place] ?? null;
  const held = conversation === null ? [] : callsOf(conversation.conversationId);
  const stream = keep('stream', rowsOf(view, conversation, held, orders.stream), streamFacts);
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
    workspaces: keep('reactor', workspaces, workspaceFacts),
    signals: keep('signals', signals, (row) => signalFacts(view, row)),
    agents: keep('agents', agents, (row) => agentFacts(view, row)),
    silences: keep('silences', silences, silenceFacts),
    policy: keep('policy', ordered(view.policy, orderAt(POLICY_ORDERS, orders.policy)), ruleFacts),
    checkpoints: shownSnapshots(state),
    sources: keep('sources', ordered(sourcesInOrder(view), orderAt(SOURCE_ORDERS, orders.sources)), sourceRowFacts),
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
      return idsOf(shown.conversations, conversationId);
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

function conversationId(row: ConversationView): string {
  return row.conversationId;
}

function narrowing({ filters }: ViewState, view: EngineView) {
  return <T>(list: ListName, rows: readonly T[], factsOf: (row: T) => Facts): readonly T[] => {
    const text = filters[list];
    if (text.trim() === '') return rows;
    const { matches } = readQuery(text);
    return kept(rows, { text, view }, (row) => matches(factsOf(row)));
  };
}

type Asked = { readonly text: string; readonly view: EngineView };

const known = new WeakMap<object, Asked & { readonly rows: unknown }>();

// Several keys and a frame ask for the same rows, and they may be many.
function kept<T>(rows: readonly T[], { text, view }: Asked, keeps: (row: T) => boolean): readonly T[] {
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
