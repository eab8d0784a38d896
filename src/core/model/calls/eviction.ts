/**
 * Lets go of what is too much, the oldest first: of calls first the texts (their numbers stay for late corrections),
 * then the numbers; of agents and conversations those idle longest. The fleet's totals keep everything.
 */
import type { Call } from '../../calls.ts';
import type { Ms } from '../../units.ts';
import { MAX_REMEMBERED_CALLS } from '../../limits.ts';
import { addRecord } from '../record-ranges.ts';
import type { Group } from '../group.ts';
import { type ConversationState, type Entry, type ModelState, accountsOf } from '../state.ts';
import { unindex } from './call-index.ts';
import { stripPayload } from './payload.ts';
import { dropLog } from '../windows/spending.ts';

/** Part of a full collection that is kept, so that room is made seldom. */
const KEEP = 0.75;

/** After this long agentsight changes no row of a complete call any more (600 s, with room), ms. */
const SETTLED_MS = 3_600_000;

/** Returns true for a call at `at` that is older than all that will be kept, and final: it is counted and not kept. */
export function isPast(
  { floor, sources }: ModelState,
  { call, at, isFollowed }: { readonly call: Call; readonly at: Ms; readonly isFollowed: boolean },
  receivedAt: Ms,
): boolean {
  // Another source may tell of the same call, which must be found again then.
  if (sources.size > 1 || call.status !== 'complete' || at >= receivedAt - SETTLED_MS) return false;
  return isFollowed || (floor !== null && at < floor);
}

/**
 * Returns the time before which calls are past for `isPast`; null where there are none, where another source may tell of the
 * same calls, or where an interruption waits for one of them.
 */
export function pastBefore(
  { floor, sources, linked, limits }: ModelState,
  receivedAt: Ms,
  following: number,
): Ms | null {
  // Of several agents' own records none tells of another's calls: those alone ask so.
  const isShared = sources.size > 1 && following < Infinity;
  if (isShared || linked.size > 0) return null;
  // As many as are kept come after them.
  if (following >= limits.calls) return receivedAt - SETTLED_MS;
  return floor === null ? null : Math.min(floor, receivedAt - SETTLED_MS);
}

/** Makes the model fit its limits after `entry` came in or changed. */
export function evict(state: ModelState, entry: Entry): void {
  const { limits, floor } = state;
  const { conversation } = entry;
  if (entry.held && floor !== null && entry.age <= floor) letGoOf(state, conversation, entry);
  if (conversation.held.length > limits.callsPerConversation) evictOldest(state, [conversation]);
  if (state.heldCalls > limits.calls || state.heldText > limits.callText)
    state.floor = evictOldest(state, [...state.conversations.values()]);
  evictGroups(state);
  if (state.remembered.length > MAX_REMEMBERED_CALLS) forgetCalls(state);
}

/** Makes the agents and conversations fit. */
export function evictGroups(state: ModelState): void {
  if (state.conversations.size > state.limits.conversations) evictConversations(state);
  if (state.agents.size > state.limits.agents) evictAgents(state);
}

/** Returns the age of the youngest call that was let go. */
function evictOldest(state: ModelState, conversations: readonly ConversationState[]): Ms {
  const ages = new Float64Array(conversations.reduce((sum, { held }) => sum + held.length, 0));
  let index = 0;
  for (const { held } of conversations) for (const { age } of held) ages[index++] = age;
  const limit = ages.sort()[Math.floor(ages.length * (1 - KEEP))] ?? -Infinity;
  for (const conversation of conversations) letGo(state, conversation, ({ age }) => age <= limit);
  return limit;
}

function evictConversations(state: ModelState): void {
  for (const conversation of idlest(state.conversations.values())) {
    letGo(state, conversation, () => true);
    state.conversations.delete(conversation.id);
    state.order = null;
    if (conversation.id !== null) state.evicted.conversations += 1;
  }
}

function evictAgents(state: ModelState): void {
  for (const agent of idlest(state.agents.values())) {
    state.agents.delete(agent.name);
    dropLog(state, agent);
    state.evicted.agents += 1;
    state.advisories = null;
  }
}

/** Keeps only the numbers of those calls of a conversation. */
function letGo(state: ModelState, conversation: ConversationState, which: (entry: Entry) => boolean): void {
  const going = conversation.held.filter(which);
  if (going.length === 0) return;
  for (const entry of going) lighten(state, entry);
  conversation.held = conversation.held.filter((entry) => entry.held);
  conversation.calls = null;
}

/** The same of one, which is the last of its conversation mostly. */
function letGoOf(state: ModelState, conversation: ConversationState, entry: Entry): void {
  if (conversation.held.at(-1) !== entry) return letGo(state, conversation, (one) => one === entry);
  lighten(state, entry);
  conversation.held.pop();
  conversation.calls = null;
}

function lighten(state: ModelState, entry: Entry): void {
  entry.held = false;
  state.heldCalls -= 1;
  state.heldText -= entry.text;
  state.evicted.calls += 1;
  entry.call = stripPayload(entry.call);
  for (const account of entry.others) account.report = stripPayload(account.report);
  entry.report = entry.others.length === 0 ? entry.call : stripPayload(entry.report);
  state.remembered.push(entry);
}

function forgetCalls(state: ModelState): void {
  const keep = Math.floor(MAX_REMEMBERED_CALLS * KEEP);
  for (const entry of state.remembered.splice(0, state.remembered.length - keep)) {
    unindex(state, entry, entry.call.callId);
    for (const { source, record, report } of accountsOf(entry)) {
      source.calls.delete(record);
      addRecord(source.forgottenCalls, record, report.startNs);
    }
  }
}

function idlest<T extends Group>(groups: Iterable<T>): readonly T[] {
  const sorted = [...groups].sort((a, b) => a.touchedAt - b.touchedAt);
  return sorted.slice(0, Math.ceil(sorted.length * (1 - KEEP)));
}
