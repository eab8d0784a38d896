/** Keeps every sum in step with the calls: what enters is added, what changes is exchanged, what is gone is taken out. */
import type { Call } from '../../calls.ts';
import type { Ms } from '../../units.ts';
import { join, leave } from '../group.ts';
import { addName, dropName } from '../names.ts';
import { countPast, countRecent } from '../recent.ts';
import { errorClass } from '../../reactor/detect/error-text.ts';
import { isAhead } from '../meters/activity.ts';
import { limitOf } from '../meters/quota.ts';
import { countMinute, minuteOf } from '../meters/series.ts';
import { countShare } from '../meters/shares.ts';
import { type Place, countLate, countSpent, spentOfModel } from '../meters/spent.ts';
import type { Spent } from '../meters/spent-sum.ts';
import { countBudgets } from '../budgets/count.ts';
import { stripPayload } from './payload.ts';
import {
  type AgentState,
  type ConversationState,
  type Entry,
  type ModelState,
  type SourceState,
  accountsOf,
  agentOf,
  conversationOf,
} from '../state.ts';
import { type Times, callNs, timesOf } from '../time.ts';
import { count, isFailed } from '../meters/totals.ts';
import { type Sighting, dropLog, spend, unspend } from '../windows/spending.ts';
import type { ModelChange } from '../types.ts';

/** Counts a new entry everywhere; returns the advisories that it gave rise to. */
export function enter(state: ModelState, entry: Entry, sighting: Sighting): readonly ModelChange[] {
  const { conversation, call } = entry;
  restOn(state, entry, entry.source);
  conversation.held.push(entry);
  state.heldCalls += 1;
  state.heldText += entry.text;
  const times = timesOf(call);
  admit(state, entry, times, sighting);
  if (call.status !== 'pending') finished(state, entry, times, sighting);
  return spend(state, entry, sighting, null);
}

/** Counts a call everywhere that is not kept. */
export function skip(
  state: ModelState,
  source: SourceState,
  report: Pick<Entry, 'call' | 'agent' | 'conversation'>,
  receivedAt: Ms,
): void {
  const entry = { ...report, minute: -Infinity };
  const sighting = { live: false, receivedAt };
  state.evicted.calls += 1;
  restOn(state, entry, source);
  admit(state, entry, timesOf(entry.call), sighting);
  spend(state, entry, sighting, null);
}

/** Replaces the old values of an entry with the new ones. */
export function replace(state: ModelState, entry: Entry, call: Call, sighting: Sighting): readonly ModelChange[] {
  const { call: before, agent, conversation } = entry;
  entry.agent = call.agent === before.agent ? agent : agentOf(state, call.agent);
  entry.conversation =
    call.conversationId === before.conversationId ? conversation : conversationOf(state, call.conversationId);
  entry.call = call;
  for (const account of accountsOf(entry)) {
    restOn(state, entry, account.source);
    if (!entry.held) account.report = stripPayload(account.report);
  }
  if (entry.held && entry.conversation !== conversation) {
    removeHeld(conversation, entry);
    entry.conversation.held.push(entry);
  }
  const times = timesOf(call);
  const { minute } = entry;
  admit(state, entry, times, sighting);
  shareOut(state, { agent, conversation, call: before, minute }, -1, sighting.live);
  dismiss(state, before, agent, conversation, { entry, times });
  if (before.status === 'pending' && call.status !== 'pending') finished(state, entry, times, sighting);
  return spend(state, entry, sighting, { call: before, agent });
}

/** Its agent and its conversation rest on this source too. */
export function restOn(
  state: ModelState,
  { agent, conversation }: Pick<Entry, 'agent' | 'conversation'>,
  { uri, only }: SourceState,
): void {
  if (!agent.sources.has(uri)) {
    agent.sources.add(uri);
    agent.view = null;
    state.version += 1;
  }
  if (conversation.sources.includes(uri)) return;
  conversation.sources = conversation.sources.length === 0 ? only : [...conversation.sources, uri].sort();
  conversation.view = null;
  state.version += 1;
}

/** Takes an entry out everywhere. */
export function removeCall(state: ModelState, entry: Entry): void {
  const { agent, conversation, call } = entry;
  if (entry.held) {
    removeHeld(conversation, entry);
    state.heldCalls -= 1;
    state.heldText -= entry.text;
  }
  unspend(entry);
  state.advisories = null;
  shareOut(state, entry, -1, false);
  dismiss(state, call, agent, conversation, null);
}

type Counted = Pick<Entry, 'call' | 'agent' | 'conversation' | 'minute'>;

function admit(state: ModelState, entry: Counted, times: Times, sighting: Sighting): void {
  const { agent, conversation, call } = entry;
  const touchedAt = Math.min(times.lastAt, sighting.receivedAt);
  count(state.fleet.totals, call, 1);
  for (const group of [agent, conversation]) {
    join(group, call, times, state.limits.names);
    group.touchedAt = Math.max(group.touchedAt, touchedAt);
    group.view = null;
  }
  conversation.calls = null;
  noteLimit(conversation, call, times.lastAt);
  entry.minute = minuteOf(times.lastAt, sighting.receivedAt);
  shareOut(state, entry, 1, sighting.live);
  addName(agent.pids, call.pid, state.limits.names);
  const { endAt } = times;
  if (endAt !== null && isNewestEnd(agent, endAt, sighting.receivedAt)) agent.lastEndAt = endAt;
  if (conversation.latest === null || !isLater(conversation.latest, call)) conversation.latest = call;
}

// What a plan's limit says of itself is in the text of the error alone.
function noteLimit(conversation: ConversationState, call: Call, at: Ms): void {
  if (!isFailed(call) || at < (conversation.limit?.reached.at ?? -Infinity)) return;
  if (errorClass(call.error, call.statusCode, call.recorded?.errorClass) !== 'quota_reached') return;
  conversation.limit = { callId: call.callId, reached: limitOf(call.error, at) };
}

// What is dated ahead of its arrival is no evidence of when it ended; nor does what is known, once the clock was set back.
function isNewestEnd({ lastEndAt }: AgentState, endAt: Ms, receivedAt: Ms): boolean {
  if (isAhead(endAt, receivedAt)) return false;
  return lastEndAt === null || endAt > lastEndAt || isAhead(lastEndAt, receivedAt);
}

/** Counts a call in or out of what goes by time and name: an agent's minutes, models and processes, and what was spent when. */
function shareOut(
  state: ModelState,
  { agent, conversation, call, minute }: Counted,
  sign: 1 | -1,
  live: boolean,
): void {
  if (state.budgets.tallies.length > 0) countBudgets(state, call, minute, sign, live);
  countMinute(agent.series, minute, call, sign);
  countShare(agent.perModel, call.model, call, sign);
  countShare(agent.perPid, call.pid, call, sign);
  const { cost, model } = call;
  if (cost === undefined) return;
  const unsure = call.recorded?.outputIsLowerBound === true ? 1 : 0;
  const spent: Spent =
    cost === null ? { pico: 0n, priced: 0, unpriced: 1, unsure } : { pico: cost, priced: 1, unpriced: 0, unsure };
  countEverywhere(state, { agent, conversation, model }, { place: state.calendar(minute), minute, spent }, sign);
}

type Billed = { readonly place: Place | null; readonly minute: number; readonly spent: Spent };
type Payer = {
  readonly agent: AgentState | undefined;
  readonly conversation: ConversationState | undefined;
  readonly model: string | null;
};

/** Counts what was spent for an agent, a conversation, a model and all. */
export function countEverywhere(
  { fleet, newestMinute }: ModelState,
  { agent, conversation, model }: Payer,
  { place, minute: at, spent }: Billed,
  sign: 1 | -1,
): void {
  const when = { place, minute: at, newest: newestMinute };
  countSpent(fleet.spent, when, spent, sign);
  countSpent(spentOfModel(fleet.spentModels, model ?? 'unknown'), when, spent, sign);
  if (agent !== undefined) countSpent(agent.spent, when, spent, sign);
  if (conversation === undefined) return;
  conversation.spent ??= { day: null, minutes: null };
  countLate(conversation.spent, when, spent, sign);
}

/** Counts a call out of its former groups; `stays` is its entry where that lives on. */
function dismiss(
  state: ModelState,
  call: Call,
  agent: AgentState,
  conversation: ConversationState,
  stays: { readonly entry: Entry; readonly times: Times } | null,
): void {
  const times = timesOf(call);
  const inAgent = stays?.entry.agent === agent ? stays.times : null;
  const inConversation = stays?.entry.conversation === conversation ? stays.times : null;
  count(state.fleet.totals, call, -1);
  leave(agent, call, times, inAgent, () => heldCalls(state, agent));
  leave(conversation, call, times, inConversation, () => conversation.held.map((entry) => entry.call));
  agent.view = null;
  conversation.view = null;
  conversation.calls = null;
  dropName(agent.pids, call.pid);
  if (times.endAt === agent.lastEndAt && inAgent?.endAt !== times.endAt)
    agent.lastEndAt = lastEnd(state, agent, times.endAt);
  if (conversation.limit?.callId === call.callId && inConversation === null) conversation.limit = null;
  if (conversation.latest === call) conversation.latest = latestOf(conversation);
  if (agent.totals.calls === 0 && removeIf(state.agents, agent.name, agent)) dropLog(state, agent);
  if (conversation.totals.calls > 0) return;
  removeIf(state.conversations, conversation.id, conversation);
  state.order = null;
}

function finished(state: ModelState, entry: Entry, { lastAt }: Times, sighting: Sighting): void {
  const { live, receivedAt } = sighting;
  const failed = isFailed(entry.call);
  for (const group of [entry.agent, entry.conversation, state.fleet]) {
    group.recent = live
      ? countRecent(group.recent, receivedAt, failed)
      : countPast(group.recent, lastAt, receivedAt, failed);
  }
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

// The end of the call that ended last, not after `until`: later ones were dated ahead.
function lastEnd(state: ModelState, agent: AgentState, until: Ms | null): Ms | null {
  let last: Ms | null = null;
  for (const call of heldCalls(state, agent)) {
    const { endAt } = timesOf(call);
    if (endAt !== null && endAt <= (until ?? endAt) && (last === null || endAt > last)) last = endAt;
  }
  return last;
}

function* heldCalls(state: ModelState, agent: AgentState): Generator<Call> {
  for (const conversation of state.conversations.values())
    for (const entry of conversation.held) if (entry.agent === agent) yield entry.call;
}

function removeHeld(conversation: ConversationState, entry: Entry): void {
  const index = conversation.held.lastIndexOf(entry);
  if (index !== -1) conversation.held.splice(index, 1);
}

function removeIf<K, V>(map: Map<K, V>, key: K, value: V): boolean {
  return map.get(key) === value && map.delete(key);
}
