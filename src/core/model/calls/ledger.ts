/** Keeps every sum in step with the calls: what enters is added, what changes is exchanged, what is gone is taken out. */
import type { Call, Ms } from '../../events.ts';
import { addName, dropName, join, leave } from '../group.ts';
import { countRecent } from '../recent.ts';
import { slim } from './slim.ts';
import {
  type AgentState,
  type ConversationState,
  type Entry,
  type ModelState,
  agentOf,
  conversationOf,
} from '../state.ts';
import { callNs, nsToMs } from '../time.ts';
import { count, isFailed } from '../totals.ts';
import { type Sighting, spend } from '../windows/spending.ts';
import type { ModelChange } from '../types.ts';
import { dropSpent } from '../windows/log.ts';

/** Counts a new entry everywhere; returns the advisories that it gave rise to. */
export function enter(state: ModelState, entry: Entry, sighting: Sighting): readonly ModelChange[] {
  const { agent, conversation, call } = entry;
  for (const account of entry.accounts) agent.sources.add(account.uri);
  conversation.held.add(entry);
  state.heldCalls += 1;
  state.heldText += entry.text;
  admit(state, entry, call, sighting);
  if (call.status !== 'pending') finished(state, entry, call, sighting);
  return spend(state, entry, sighting, agent);
}

/** Exchanges what an entry said for what it says now. */
export function replace(state: ModelState, entry: Entry, call: Call, sighting: Sighting): readonly ModelChange[] {
  const { call: before, agent, conversation } = entry;
  entry.agent = call.agent === before.agent ? agent : agentOf(state, call.agent);
  entry.conversation =
    call.conversationId === before.conversationId ? conversation : conversationOf(state, call.conversationId);
  entry.call = call;
  for (const account of entry.accounts) {
    entry.agent.sources.add(account.uri);
    if (!entry.held) account.call = entry.accounts.length === 1 ? call : slim(account.call);
  }
  if (entry.held && entry.conversation !== conversation) {
    conversation.held.delete(entry);
    entry.conversation.held.add(entry);
  }
  admit(state, entry, call, sighting);
  dismiss(state, before, agent, conversation, entry);
  if (before.status === 'pending' && call.status !== 'pending') finished(state, entry, call, sighting);
  return spend(state, entry, sighting, agent);
}

/** Takes an entry out everywhere. */
export function gone(state: ModelState, entry: Entry): void {
  const { agent, conversation, call } = entry;
  if (entry.held) {
    conversation.held.delete(entry);
    state.heldCalls -= 1;
    state.heldText -= entry.text;
  }
  if (entry.spent !== null) dropSpent(agent.log, entry.spent);
  state.advisories = null;
  dismiss(state, call, agent, conversation, null);
}

function admit(state: ModelState, entry: Entry, call: Call, sighting: Sighting): void {
  const { agent, conversation } = entry;
  const touchedAt = Math.min(nsToMs(callNs(call)), sighting.receivedAt);
  count(state.fleet.totals, call, 1);
  for (const group of [agent, conversation]) {
    join(group, call, state.limits.names);
    group.touchedAt = Math.max(group.touchedAt, touchedAt);
    group.view = null;
  }
  conversation.calls = null;
  if (call.pid !== null) addName(agent.pids, call.pid, state.limits.names);
  const endAt = call.endNs === null ? null : nsToMs(call.endNs);
  if (endAt !== null && (agent.lastEndAt === null || endAt > agent.lastEndAt)) agent.lastEndAt = endAt;
  if (conversation.latest === null || !isLater(conversation.latest, call)) conversation.latest = call;
}

/** Counts a call out of its former groups; `stays` is its entry where that lives on. */
function dismiss(
  state: ModelState,
  call: Call,
  agent: AgentState,
  conversation: ConversationState,
  stays: Entry | null,
): void {
  const here = stays?.agent === agent ? stays.call : null;
  count(state.fleet.totals, call, -1);
  leave(agent, call, here, () => heldCalls(state, agent));
  leave(conversation, call, stays?.conversation === conversation ? stays.call : null, () => callsIn(conversation));
  agent.view = null;
  conversation.view = null;
  conversation.calls = null;
  if (call.pid !== null) dropName(agent.pids, call.pid);
  if (call.endNs !== here?.endNs) agent.lastEndAt = lastEndWithout(state, agent, call);
  if (conversation.latest === call) conversation.latest = latestOf(conversation);
  if (agent.totals.calls === 0) removeIf(state.agents, agent.name, agent);
  if (conversation.totals.calls === 0) removeIf(state.conversations, conversation.id, conversation);
}

function finished(state: ModelState, entry: Entry, call: Call, sighting: Sighting): void {
  if (!sighting.live) return;
  for (const group of [entry.agent, entry.conversation, state.fleet])
    group.recent = countRecent(group.recent, sighting.receivedAt, isFailed(call));
}

function isLater(a: Call, b: Call): boolean {
  const difference = callNs(a) - callNs(b) || a.startNs - b.startNs;
  return difference === 0n ? a.callId > b.callId : difference > 0n;
}

/** The latest call that is held; where none is, what was known stays. */
function latestOf(conversation: ConversationState): Call | null {
  let latest: Call | null = null;
  for (const { call } of conversation.held) if (latest === null || isLater(call, latest)) latest = call;
  return latest ?? conversation.latest;
}

function lastEndWithout(state: ModelState, agent: AgentState, call: Call): Ms | null {
  if (call.endNs === null || nsToMs(call.endNs) !== agent.lastEndAt) return agent.lastEndAt;
  let last: Ms | null = null;
  for (const { endNs } of heldCalls(state, agent))
    if (endNs !== null) last = Math.max(last ?? -Infinity, nsToMs(endNs));
  return last;
}

function* heldCalls(state: ModelState, agent: AgentState): Generator<Call> {
  for (const conversation of state.conversations.values())
    for (const entry of conversation.held) if (entry.agent === agent) yield entry.call;
}

function* callsIn(conversation: ConversationState): Generator<Call> {
  for (const entry of conversation.held) yield entry.call;
}

function removeIf<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.get(key) === value) map.delete(key);
}
