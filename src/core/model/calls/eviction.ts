/**
 * Lets go of what is too much, the oldest first: of calls first the texts (their numbers stay for late corrections),
 * then the numbers; of agents and conversations those idle longest. The fleet's totals keep everything.
 */
import { MAX_CALL_TEXT, MAX_REMEMBERED_CALLS } from '../../limits.ts';
import { unindex } from './call-index.ts';
import { forget } from '../forgotten.ts';
import type { Group } from '../group.ts';
import { slim } from './slim.ts';
import type { Entry, ModelState } from '../state.ts';

/** Part of a full collection that is kept, so that room is made seldom. */
const KEEP = 0.8;

/** Makes the model fit its limits after `entry` came in or changed. */
export function evict(state: ModelState, entry: Entry): void {
  const { limits } = state;
  if (limits.calls === Infinity) return;
  if (entry.held && state.floor !== null && entry.age <= state.floor) letGo(state, entry);
  const { conversation } = entry;
  if (conversation.held.size > limits.callsPerConversation)
    for (const one of oldestOf(conversation.held, limits.callsPerConversation)) letGo(state, one);
  if (state.heldCalls > limits.calls || state.heldText > MAX_CALL_TEXT) evictCalls(state);
  if (state.conversations.size > limits.conversations) evictConversations(state);
  if (state.agents.size > limits.agents) evictAgents(state);
  if (state.remembered.length > MAX_REMEMBERED_CALLS) forgetCalls(state);
}

function evictCalls(state: ModelState): void {
  const all = [...state.conversations.values()].flatMap((conversation) => [...conversation.held]);
  const oldest = oldestOf(all, state.heldCalls);
  state.floor = oldest.at(-1)?.age ?? state.floor;
  for (const entry of oldest) letGo(state, entry);
}

function evictConversations(state: ModelState): void {
  for (const conversation of idlest(state.conversations.values(), state.limits.conversations)) {
    for (const entry of conversation.held) letGo(state, entry);
    state.conversations.delete(conversation.id);
    if (conversation.id !== null) state.evicted.conversations += 1;
  }
}

function evictAgents(state: ModelState): void {
  for (const agent of idlest(state.agents.values(), state.limits.agents)) {
    state.agents.delete(agent.name);
    state.evicted.agents += 1;
    state.advisories = null;
  }
}

/** Keeps only the numbers of a call. */
function letGo(state: ModelState, entry: Entry): void {
  entry.held = false;
  entry.conversation.held.delete(entry);
  entry.conversation.calls = null;
  state.heldCalls -= 1;
  state.heldText -= entry.text;
  state.evicted.calls += 1;
  const [only, ...others] = entry.accounts;
  entry.call = slim(entry.call);
  if (only !== undefined && others.length === 0) only.call = entry.call;
  else for (const account of entry.accounts) account.call = slim(account.call);
  state.remembered.push(entry);
}

function forgetCalls(state: ModelState): void {
  const keep = Math.floor(MAX_REMEMBERED_CALLS * KEEP);
  for (const entry of state.remembered.splice(0, state.remembered.length - keep)) {
    unindex(state, entry, entry.call.callId);
    for (const { source, record, call } of entry.accounts) {
      source.calls.delete(record);
      forget(source.forgottenCalls, record, call.startNs);
    }
  }
}

/** The oldest entries beyond what is kept of `limit`, oldest first. */
function oldestOf(entries: Iterable<Entry>, limit: number): readonly Entry[] {
  const sorted = [...entries].sort((a, b) => a.age - b.age);
  return sorted.slice(0, Math.max(1, sorted.length - Math.floor(limit * KEEP)));
}

function idlest<T extends Group>(groups: Iterable<T>, limit: number): readonly T[] {
  const sorted = [...groups].sort((a, b) => a.touchedAt - b.touchedAt);
  return sorted.slice(0, Math.max(1, sorted.length - Math.floor(limit * KEEP)));
}
