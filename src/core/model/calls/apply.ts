/** Matches rows to calls: rows are known by their source's record, and sources are merged by (call id, start). */
import type { Call } from '../../calls.ts';
import type { FeedEvent } from '../../feed.ts';
import type { SourceUri } from '../../sources.ts';
import { type Ms, nsToMs } from '../../units.ts';
import { addRecord, hasRecord } from '../record-ranges.ts';
import {
  type Account,
  type Entry,
  type ModelState,
  type SourceState,
  accountsOf,
  agentOf,
  conversationOf,
  sourceOf,
} from '../state.ts';
import { arrivalNews, eventMs } from '../time.ts';
import { failuresSeenElsewhere, isSeenElsewhere, noteSession, noteTelemetry } from './doors.ts';
import type { ModelChange } from '../types.ts';
import { index, twinOf, unindex } from './call-index.ts';
import { evict, evictGroups, isPast } from './eviction.ts';
import { enter, removeCall, skip, replace, restOn } from './ledger.ts';
import { mergeAccounts, revise, sameCall } from './merge.ts';
import { ownText, shareTexts, stripPayload } from './payload.ts';

const NO_ACCOUNTS: readonly Account[] = [];

type CallEvent = Extract<FeedEvent, { type: 'call' }>;

/** Takes in one account of a call; returns what it changed, nothing when it reports nothing new. */
export function applyCall(state: ModelState, uri: SourceUri, event: CallEvent, receivedAt: Ms): readonly ModelChange[] {
  const source = sourceOf(state, uri);
  const row = rowOf(source, event);
  if (row === undefined) {
    if (hasRecord(source.forgottenCalls, event.record, event.call.startNs)) return [];
    source.callRecords += 1;
  }
  const at = eventMs(event.call);
  if (source.lastEventAt === null || at > source.lastEventAt) source.lastEventAt = at;
  if (event.call.recorded === undefined) {
    noteSession(state, event.call);
    for (const failure of failuresSeenElsewhere(state, event.call)) takeOut(state, failure);
  } else noteTelemetry(state, event.call);
  const entry = row ?? twinOf(state, event.call, (one) => !isReportedBy(one, source));
  if (entry !== undefined) return updateCall(state, entry, source, event, receivedAt);
  if (isSeenElsewhere(state, event.call)) return NO_CHANGES;
  return insertCall(state, source, event, at, receivedAt);
}

const NO_CHANGES: readonly ModelChange[] = [];

/** Takes back one source's account of a call, and the call with its last account; true when anything changed. */
export function withdrawCall(state: ModelState, uri: SourceUri, record: string): boolean {
  const source = sourceOf(state, uri);
  const entry = source.calls.get(record);
  if (entry === undefined) return false;
  source.calls.delete(record);
  source.callRecords -= 1;
  const rest = accountsOf(entry).filter((account) => account.source !== source || account.record !== record);
  // What other sources tell of it stays; the first account is the entry itself, which is never exchanged.
  if (rest.length > 0) return false;
  takeOut(state, entry);
  return true;
}

function takeOut(state: ModelState, entry: Entry): void {
  unindex(state, entry, entry.call.callId);
  removeCall(state, entry);
  state.remembered = state.remembered.filter((one) => one !== entry);
}

/** The row's entry, unless its number has been given to another row since (a replaced database). */
function rowOf(source: SourceState, event: CallEvent): Entry | undefined {
  const entry = source.calls.get(event.record);
  const account = entry && accountsOf(entry).find((one) => one.source === source && one.record === event.record);
  if (account === undefined) return undefined;
  const { report } = account;
  if (report.startNs === event.call.startNs || report.callId === event.call.callId) return entry;
  source.calls.delete(event.record);
  return undefined;
}

function isReportedBy(entry: Entry, source: SourceState): boolean {
  return accountsOf(entry).some((account) => account.source === source);
}

function insertCall(
  state: ModelState,
  source: SourceState,
  { record, arrival, call: reported, isFollowed }: CallEvent,
  at: Ms,
  receivedAt: Ms,
): readonly ModelChange[] {
  const conversation = conversationOf(state, reported.conversationId);
  const news = arrivalNews(arrival, at, receivedAt);
  if (news === 'historical' && isPast(state, { call: reported, at, isFollowed: isFollowed === true }, receivedAt)) {
    skip(
      state,
      source,
      { call: priced(state, reported), agent: agentOf(state, reported.agent), conversation },
      receivedAt,
    );
    addRecord(source.forgottenCalls, record, reported.startNs);
    evictGroups(state);
    return [{ type: 'call', call: reported, previous: null, news }];
  }
  const { latest } = conversation;
  const call = priced(state, shareTexts(reported, latest));
  const entry: Entry = {
    source,
    record,
    // Of a single account one object is enough, which is half of what is kept of a call.
    report: call,
    others: NO_ACCOUNTS,
    call,
    agent: agentOf(state, call.agent),
    conversation,
    minute: -Infinity,
    age: Math.min(nsToMs(call.startNs), receivedAt),
    text: ownText(call, latest),
    held: true,
  };
  source.calls.set(record, entry);
  index(state, entry, call.callId);
  const advisories = enter(state, entry, { live: news === 'live', receivedAt });
  evict(state, entry);
  const change: ModelChange = { type: 'call', call, previous: null, news };
  return advisories.length === 0 ? [change] : [change, ...advisories];
}

function updateCall(
  state: ModelState,
  entry: Entry,
  source: SourceState,
  event: CallEvent,
  receivedAt: Ms,
): readonly ModelChange[] {
  const previous = entry.call;
  retell(entry, source, event);
  restOn(state, entry, source);
  const twin = renamedTwin(state, entry, previous.callId);
  const next = priced(state, merged(entry));
  const kept = entry.held ? next : stripPayload(next);
  if (twin === null && sameCall(previous, kept)) return [];
  const arrival = arrivalNews(event.arrival, eventMs(next), receivedAt);
  const isNews = isChange(previous, next) && (twin === null || isChange(twin, next));
  const advisories = replace(state, entry, kept, { live: arrival === 'live', receivedAt });
  if (entry.others.length === 0) entry.report = kept;
  evict(state, entry);
  return [{ type: 'call', call: next, previous, news: isNews ? arrival : 'none' }, ...advisories];
}

// What a call costs is no one's report: it is known of the call alone.
function priced(state: ModelState, call: Call): Call {
  const cost = state.pricer?.costOf(call);
  return cost === undefined ? call : { ...call, cost };
}

// Among several accounts none is the richer for it.
function unpriced(call: Call): Call {
  if (call.cost === undefined) return call;
  const { cost: _, ...report } = call;
  return report;
}

function retell(entry: Entry, source: SourceState, event: CallEvent): void {
  const report = shareTexts(event.call, entry.call);
  const account = accountsOf(entry).find((one) => one.source === source);
  if (account === undefined) {
    entry.report = unpriced(entry.report);
    entry.others = [...entry.others, { source, record: event.record, report }];
  } else account.report = revise(account.report, report);
  source.calls.set(event.record, entry);
}

function merged(entry: Entry): Call {
  return entry.others.length === 0 ? entry.report : mergeAccounts(accountsOf(entry));
}

/** After a change of the call's id: files it anew, and takes in what another source has reported under that id before. */
function renamedTwin(state: ModelState, entry: Entry, formerId: string): Call | null {
  const renamed = merged(entry);
  if (renamed.callId === formerId) return null;
  const sources = accountsOf(entry).map(({ source }) => source);
  const twin = twinOf(state, renamed, (one) => one !== entry && !sources.some((source) => isReportedBy(one, source)));
  if (twin !== undefined) absorb(state, entry, twin);
  unindex(state, entry, formerId);
  index(state, entry, merged(entry).callId);
  return twin?.call ?? null;
}

/** Two rows turned out to be one call. */
function absorb(state: ModelState, entry: Entry, twin: Entry): void {
  takeOut(state, twin);
  const accounts = accountsOf(twin).map(({ source, record, report }) => ({ source, record, report: unpriced(report) }));
  entry.report = unpriced(entry.report);
  for (const { source, record } of accounts) source.calls.set(record, entry);
  entry.others = [...entry.others, ...accounts];
}

function isChange(before: Call, after: Call): boolean {
  return before.status !== after.status || (before.error === null && after.error !== null);
}
