/** Immutable pictures of the mutable state, made when asked for and kept until something in them changes. */
import type { Call } from '../calls.ts';
import { nsToMs } from '../units.ts';
import { contextOfCalls } from './contexts.ts';
import { flagsOf } from './interruptions/apply.ts';
import { type Names, listNames } from './names.ts';
import { recentOf } from './recent.ts';
import { outcomesView } from './meters/outcomes.ts';
import { minutesOf } from './meters/series.ts';
import { listShares } from './meters/shares.ts';
import { lateOf, modelsOf, newestDayOf, spendingOf } from './meters/spent.ts';
import { windowOf } from './windows/spending.ts';
import type { AgentState, ConversationState, Entry, ModelState } from './state.ts';
import { callNs } from './time.ts';
import { isFailed, totalsOf } from './meters/totals.ts';
import type { AgentDetail, AgentView, ConversationView, FleetView } from './types.ts';

/** All agents, most recently active first. */
export function listAgents(state: ModelState): readonly AgentView[] {
  return Array.from(state.agents.values(), (agent) => (agent.view ??= agentView(state, agent))).sort(
    (a, b) => (b.lastCallAt ?? -Infinity) - (a.lastCallAt ?? -Infinity) || (a.name < b.name ? -1 : 1),
  );
}

/** All conversations, most recently active first. */
export function listConversations(state: ModelState): readonly ConversationView[] {
  // The order of last time is nearly the order of now: sorting it again is one walk.
  state.order ??= [...state.conversations.values()];
  state.order.sort(mostRecentFirst);
  const views: ConversationView[] = [];
  for (const conversation of state.order)
    if (conversation.id !== null)
      views.push((conversation.view ??= conversationView(state, conversation, conversation.id)));
  return views;
}

function mostRecentFirst(a: ConversationState, b: ConversationState): number {
  return (b.lastAt ?? -Infinity) - (a.lastAt ?? -Infinity) || ((a.id ?? '') < (b.id ?? '') ? -1 : 1);
}

export function fleetOf(state: ModelState): FleetView {
  return {
    totals: totalsOf(state.fleet.totals),
    ...spendingPart(state),
    summary: null,
    recent: recentOf(state.fleet.recent),
    agents: state.agents.size,
    conversations: state.conversations.size - (state.conversations.has(null) ? 1 : 0),
    interruptions: state.interruptions.size,
    evicted: { ...state.evicted },
  };
}

// The same object while nothing in it changes: a view is made many times a second.
function spendingPart({ fleet, shown }: ModelState): Pick<FleetView, 'spending'> {
  if (fleet.spent.newest === null && fleet.spent.before.priced + fleet.spent.before.unpriced === 0) return {};
  const all = spendingOf(fleet.spent);
  if (shown.spendingOf !== all) {
    shown.spendingOf = all;
    shown.spending = { ...all, models: modelsOf(fleet.spentModels) };
  }
  return shown.spending === null ? {} : { spending: shown.spending };
}

/** The held calls of a conversation, oldest first. */
export function callsOf(state: ModelState, conversationId: string | null): readonly Call[] {
  const conversation = state.conversations.get(conversationId);
  if (conversation === undefined) return [];
  conversation.calls ??= conversation.held.map((entry) => entry.call).sort(byEndOrStart);
  return conversation.calls;
}

/** More of an agent than its row shows; null for one that is not known. */
export function agentDetailOf(state: ModelState, name: string): AgentDetail | null {
  const agent = state.agents.get(name);
  if (agent === undefined) return null;
  return {
    name: name,
    minutes: minutesOf(agent.series),
    models: listShares(agent.perModel),
    processes: listShares(agent.perPid),
    spending: spendingOf(agent.spent),
    lastFailure: lastFailureOf(state, agent),
  };
}

function lastFailureOf(state: ModelState, agent: AgentState): Call | null {
  let last: Call | null = null;
  for (const { held } of state.conversations.values())
    for (const { agent: own, call } of held)
      if (own === agent && isFailed(call) && (last === null || callNs(call) > callNs(last))) last = call;
  return last;
}

function agentView(state: ModelState, agent: AgentState): AgentView {
  const day = newestDayOf(agent.spent);
  return {
    name: agent.name,
    pids: listNames(agent.pids)
      .map(([pid]) => pid)
      .sort((a, b) => a - b),
    models: byUse(agent.models),
    sources: [...agent.sources].sort(),
    totals: totalsOf(agent.totals),
    summary: null,
    recent: recentOf(agent.recent),
    ...outcomesView(agent.outcomes),
    window: windowOf(state, agent),
    minutes: minutesOf(agent.series),
    ...(day !== null && { day }),
    firstCallAt: agent.firstAt,
    lastCallAt: agent.lastAt,
    lastEndAt: agent.lastEndAt,
  };
}

function conversationView(
  state: ModelState,
  conversation: ConversationState,
  conversationId: string,
): ConversationView {
  const { latest, held } = conversation;
  // What agents record of themselves tells it better.
  const isOwn = latest?.recorded !== undefined;
  const context = isOwn ? null : contextOfCalls(callsIn(held), state.pricer);
  return {
    conversationId,
    sessionId: latest?.sessionId ?? null,
    agent: latest?.agent ?? 'unknown',
    models: byUse(conversation.models),
    sources: conversation.sources,
    totals: totalsOf(conversation.totals),
    summary: null,
    recent: recentOf(conversation.recent),
    ...outcomesView(conversation.outcomes),
    openSince: latest?.status === 'pending' ? nsToMs(latest.startNs) : null,
    firstCallAt: conversation.firstAt,
    lastCallAt: conversation.lastAt,
    userQuery: latest?.userQuery ?? null,
    ...(conversation.spent !== null && lateOf(conversation.spent)),
    ...(conversation.limit !== null && { limit: conversation.limit.reached }),
    flags: flagsOf(state, conversationId),
    session: null,
    ...(context !== null && { context }),
  };
}

function* callsIn(held: readonly Entry[]): Generator<Call> {
  for (const { call } of held) yield call;
}

function byUse(names: Names<string>): readonly string[] {
  return [...listNames(names)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
}

function byEndOrStart(a: Call, b: Call): number {
  const difference = callNs(a) - callNs(b) || a.startNs - b.startNs;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
