import type { EngineView, WorkspaceView } from '../../app/engine/types.ts';
import type { Call } from '../../core/events.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { agentsInOrder } from '../derive/agents.ts';
import { conversationsInOrder } from '../derive/attention.ts';
import { signalsInOrder } from '../derive/signals.ts';
import { selectedPlace } from '../derive/window.ts';
import { workspacesInOrder } from '../derive/workspace.ts';
import type { PaneName, ViewState } from './types.ts';

/** The rows of every list in the order in which they are drawn, filtered; of the moment that is shown. */
export type Shown = {
  readonly view: EngineView;
  readonly conversations: readonly ConversationView[];
  readonly calls: readonly Call[];
  readonly workspaces: readonly WorkspaceView[];
  readonly signals: readonly SignalRecord[];
  readonly agents: readonly AgentView[];
  readonly conversation: ConversationView | null;
};

export type CallsOf = (conversationId: string | null) => readonly Call[];

/** What the screen shows right now. */
export function shownOf(live: EngineView, state: ViewState, callsOf: CallsOf): Shown {
  const view = state.frozen ?? live;
  const keep = filterOf(state);
  const conversations = keep('conversations', conversationsInOrder(view), conversationText);
  const { selectedId } = state.lists.conversations;
  const place = selectedPlace(conversations, selectedId, { idOf: conversationId, fallback: 'first' });
  const conversation = conversations[place] ?? null;
  const calls = conversation === null ? [] : callsOf(conversation.conversationId);
  return {
    view,
    conversations,
    conversation,
    calls: keep('stream', state.frozen === null ? calls : callsUntil(calls, view.at), callText),
    workspaces: keep('reactor', workspacesInOrder(view), workspaceText),
    signals: keep('signals', signalsInOrder(view), signalText),
    agents: keep('agents', agentsInOrder(view), agentText),
  };
}

/** The ids of a pane's rows, in order. */
export function rowIds(shown: Shown, pane: PaneName): readonly string[] {
  switch (pane) {
    case 'conversations':
      return idsOf(shown.conversations, conversationId);
    case 'stream':
      return idsOf(shown.calls, (call) => call.callId);
    case 'reactor':
      return idsOf(shown.workspaces, ({ workspace }) => workspace);
    case 'signals':
      return idsOf(shown.signals, ({ signal }) => signal.signalId);
    case 'agents':
      return idsOf(shown.agents, ({ agent }) => agent);
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

function filterOf({ filter }: ViewState) {
  const needle = filter.text.trim().toLowerCase();
  return <T>(pane: PaneName, rows: readonly T[], textOf: (row: T) => string): readonly T[] =>
    needle === '' || pane !== filter.pane ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(needle));
}

// The calls of the frozen moment: what ended later is not shown yet.
function callsUntil(calls: readonly Call[], at: number): readonly Call[] {
  const limit = BigInt(Math.floor(at)) * 1_000_000n;
  return calls.filter(({ endNs, startNs }) => (endNs ?? startNs) <= limit);
}

function conversationText({ conversationId: id, agent, models, userQuery, flags }: ConversationView): string {
  return [id, agent, ...models, userQuery ?? '', ...flags].join(' ');
}

function callText({ callId, agent, model, error, finishReason, tools, statusCode, userQuery }: Call): string {
  return [callId, agent, model, error, finishReason, ...tools, statusCode, userQuery].join(' ');
}

function workspaceText({ workspace, agents, status }: WorkspaceView): string {
  return [workspace, ...agents, status.state].join(' ');
}

function signalText({ signal, fate }: SignalRecord): string {
  const { signalId, signal: type, agent, conversationId: conversation, severity, cause } = signal;
  return [signalId, type, agent, conversation, severity, cause, fate?.fate, fate?.reason, fate?.snapshot].join(' ');
}

function agentText({ agent, models, pids }: AgentView): string {
  return [agent, ...models, ...pids].join(' ');
}
