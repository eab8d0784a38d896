import type { Arrival } from '../../../core/feed.ts';
import type { Mono, Ms, Ns } from '../../../core/units.ts';
import type { ConversationSummary, SessionSummary } from '../answers/summaries.ts';

/** The sums of a conversation as a session lists them. */
export type Listed = ConversationSummary & Pick<SessionSummary, 'agent'>;

/** The cached state of one conversation of the server. */
export type Conversation = {
  readonly id: string;
  /** Its sums, by the sessions that list it. */
  readonly summaries: Map<string, Listed>;
  /** Rows that were emitted, with their fingerprints. */
  readonly fingerprints: Map<number, string>;
  /** The part still to be read, null if all is known. */
  pending: Pending | null;
  /** The earliest time of the next read. */
  notBefore: Mono;
  /** The time until which unfinished calls are polled, null if there are none. */
  settleUntil: Mono | null;
  /** The earliest time of the next poll for unfinished calls, however soon new ones are read. */
  settleAt: Mono;
  settleAfterMs: Ms;
  failures: number;
  /** The time since which calls are missing, null if all are known. */
  unreadSince: Mono | null;
  /** True if it was listed first at attach and not read since. */
  isHistory: boolean;
  /** Its summary as it was emitted last, null if there is none. */
  reported: string | null;
};

/** The two queues that are read concurrently: changes since the first listing, and what was there before. */
export type Lane = 'news' | 'history';

export type Pending = {
  readonly since: Mono;
  readonly arrival: Arrival;
  /** The state at the time of the first listing: what goes beyond it came later. */
  readonly listed: { readonly calls: number; readonly endNs: Ns | null } | null;
  /** The highest row that was known before the change can have happened, null where nothing has changed since then. */
  readonly floor: Floor | null;
};

export type Floor = { readonly row: number; readonly startNs: Ns };

/** The circumstances of a listing. */
export type Occasion = { readonly at: Mono; readonly arrival: Arrival; readonly floor: Floor };

/** First pause before a conversation with unfinished calls is polled again, ms. */
export const FIRST_SETTLE_MS = 1_000;

/** A conversation of which nothing is known yet. */
export function freshConversation(id: string): Conversation {
  return {
    id,
    summaries: new Map(),
    fingerprints: new Map(),
    pending: null,
    notBefore: 0,
    settleUntil: null,
    settleAt: 0,
    settleAfterMs: FIRST_SETTLE_MS,
    failures: 0,
    unreadSince: null,
    isHistory: false,
    reported: null,
  };
}

/** Times of calls lie on one scale, whatever the clock: the latest end, else start, of the conversation. */
export function endOf({ summaries }: Conversation): Ns {
  let end: Ns = 0n;
  for (const summary of summaries.values()) if (lastOf(summary) > end) end = lastOf(summary);
  return end;
}

/** Its latest end, else its start. */
export function lastOf({ startNs, endNs }: ConversationSummary): Ns {
  return endNs ?? startNs;
}

/** A first reading goes with the news as soon as something has come on top of it. */
export function laneOf({ pending }: Conversation): Lane {
  return pending?.arrival === 'historical' && pending.floor === null ? 'history' : 'news';
}

/** Returns the earliest time at which it may be read. */
export function readyAt({ pending, notBefore, settleAt }: Conversation): Mono {
  return pending === null ? Math.max(notBefore, settleAt) : notBefore;
}

/** The latest first, a mere repetition last. */
export function isBefore(a: Conversation, b: Conversation): boolean {
  const [isRevisitA, isRevisitB] = [a.pending === null, b.pending === null];
  return isRevisitA === isRevisitB ? endOf(a) > endOf(b) : isRevisitB;
}

/** The one that ended first comes first. */
export function byEnd(a: Conversation, b: Conversation): number {
  return endOf(a) < endOf(b) ? -1 : 1;
}

/** Returns the sums over all sessions that list it. */
export function listedOf({ summaries }: Conversation): Pending['listed'] {
  let calls = 0;
  let endNs: Ns | null = null;
  for (const summary of summaries.values()) {
    calls += summary.calls;
    if (summary.endNs !== null && (endNs === null || summary.endNs > endNs)) endNs = summary.endNs;
  }
  return { calls, endNs };
}

/** Merges two pending reads: the longest wait counts; a first reading stays one, and a gap is never forgotten over what came after it. */
export function merged(news: Pending, before: Pending): Pending {
  const isFirst = before.arrival === 'historical';
  const isGap = before.arrival === 'gap' || news.arrival === 'gap';
  const arrival = isFirst ? 'historical' : isGap ? 'gap' : news.arrival;
  const listed = isFirst && news.arrival === 'historical' ? news.listed : before.listed;
  return { since: before.since, arrival, floor: before.floor ?? news.floor, listed };
}
