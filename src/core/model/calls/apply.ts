/** Which row is which call: rows are known by their source's record, and sources are merged by (call id, start). */
import type { Call, FeedEvent, Ms, SourceUri } from '../../events.ts';
import { index, twinOf, unindex } from './call-index.ts';
import { evict } from './eviction.ts';
import { wasForgotten } from '../forgotten.ts';
import { enter, gone, replace } from './ledger.ts';
import { mergeAccounts, revise, sameCall } from './merge.ts';
import { arrivalNews } from '../news.ts';
import { ownText, shareTexts, slim } from './slim.ts';
import { type Entry, type ModelState, type SourceState, agentOf, conversationOf, sourceOf } from '../state.ts';
import { eventMs, nsToMs } from '../time.ts';
import type { ModelChange } from '../types.ts';

type CallEvent = Extract<FeedEvent, { type: 'call' }>;

/** Takes in one account of a call; returns what it changed, nothing when it says nothing new. */
export function applyCall(state: ModelState, uri: SourceUri, event: CallEvent, receivedAt: Ms): readonly ModelChange[] {
  const source = sourceOf(state, uri);
  const row = rowOf(source, event);
  if (row === undefined && wasForgotten(source.forgottenCalls, event.record, event.call.startNs)) return [];
  if (row === undefined) source.callRecords += 1;
  source.lastEventAt = Math.max(source.lastEventAt ?? -Infinity, eventMs(event.call));
  const entry = row ?? twinOf(state, event.call, (one) => !tells(one, source));
  return entry === undefined ? first(state, source, event, receivedAt) : again(state, entry, source, event, receivedAt);
}

/** The row's entry, unless its number has been given to another row since (a replaced database). */
function rowOf(source: SourceState, event: CallEvent): Entry | undefined {
  const entry = source.calls.get(event.record);
  const account = entry?.accounts.find((one) => one.source === source && one.record === event.record);
  if (account === undefined) return undefined;
  const { call } = event;
  if (account.call.startNs === call.startNs || account.call.callId === call.callId) return entry;
  source.calls.delete(event.record);
  return undefined;
}

function tells(entry: Entry, source: SourceState): boolean {
  return entry.accounts.some((account) => account.source === source);
}

function first(state: ModelState, source: SourceState, event: CallEvent, receivedAt: Ms): readonly ModelChange[] {
  const conversation = conversationOf(state, event.call.conversationId);
  const { latest } = conversation;
  const call = shareTexts(event.call, latest);
  const entry: Entry = {
    call,
    accounts: [{ source, uri: source.uri, record: event.record, call }],
    agent: agentOf(state, call.agent),
    conversation,
    spent: null,
    age: Math.min(nsToMs(call.startNs), receivedAt),
    text: ownText(call, latest),
    held: true,
  };
  source.calls.set(event.record, entry);
  index(state, entry, call.callId);
  const news = arrivalNews(event.arrival, eventMs(call), receivedAt);
  const advisories = enter(state, entry, { live: news === 'live', receivedAt });
  evict(state, entry);
  return [{ type: 'call', call, previous: null, news }, ...advisories];
}

function again(
  state: ModelState,
  entry: Entry,
  source: SourceState,
  event: CallEvent,
  receivedAt: Ms,
): readonly ModelChange[] {
  const previous = entry.call;
  const known = [previous];
  retell(entry, source, event);
  let next = merged(entry);
  if (next.callId !== previous.callId) {
    const twin = twinOf(
      state,
      next,
      (one) => one !== entry && !one.accounts.some((account) => tells(entry, account.source)),
    );
    if (twin !== undefined) {
      known.push(twin.call);
      absorb(state, entry, twin);
      next = merged(entry);
    }
    unindex(state, entry, previous.callId);
    index(state, entry, next.callId);
  }
  entry.agent.sources.add(source.uri);
  const kept = entry.held ? next : slim(next);
  if (known.length === 1 && sameCall(previous, kept)) return [];
  const arrival = arrivalNews(event.arrival, eventMs(next), receivedAt);
  const changed = known.every((before) => isChange(before, next));
  const advisories = replace(state, entry, kept, { live: arrival === 'live', receivedAt });
  evict(state, entry);
  return [{ type: 'call', call: next, previous, news: changed ? arrival : 'none' }, ...advisories];
}

function retell(entry: Entry, source: SourceState, event: CallEvent): void {
  const call = shareTexts(event.call, entry.call);
  const account = entry.accounts.find((one) => one.source === source);
  if (account === undefined) entry.accounts.push({ source, uri: source.uri, record: event.record, call });
  else account.call = revise(account.call, call);
  source.calls.set(event.record, entry);
}

function merged(entry: Entry): Call {
  const [only, ...others] = entry.accounts;
  return only !== undefined && others.length === 0 ? only.call : mergeAccounts(entry.accounts);
}

/** Two rows turned out to be one call. */
function absorb(state: ModelState, entry: Entry, twin: Entry): void {
  unindex(state, twin, twin.call.callId);
  for (const account of twin.accounts) {
    entry.accounts.push(account);
    account.source.calls.set(account.record, entry);
  }
  gone(state, twin);
  state.remembered = state.remembered.filter((one) => one !== twin);
}

function isChange(before: Call, after: Call): boolean {
  return before.status !== after.status || (before.error === null && after.error !== null);
}
