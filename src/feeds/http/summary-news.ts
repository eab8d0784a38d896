import type { Summary, SummaryEvent } from '../../core/feed.ts';
import type { Ms, Ns } from '../../core/units.ts';
import { idOf } from '../wire/fields.ts';
import { sessionOf } from './detail-reader.ts';
import { type Conversation, lastOf, type Listed } from './cache/conversation.ts';

/** A conversation whose calls are read within this time needs no summary, ms. */
const SOON_MS = 1_000;

/**
 * Returns the events for the summaries of `dirty`, and removes those that it has handled from it. `mayRetract`: the calls
 * that were read have been emitted, too.
 */
export function summaryNews(dirty: Set<Conversation>, at: Ms, mayRetract: boolean): readonly SummaryEvent[] {
  const news: SummaryEvent[] = [];
  for (const conversation of dirty) {
    const conversationId = idOf(conversation.id);
    const { unreadSince, reported } = conversation;
    if (unreadSince !== null && !isWorthTelling(conversation, at)) continue;
    if (unreadSince === null && reported !== null && !mayRetract) continue;
    dirty.delete(conversation);
    const summary = unreadSince === null || conversationId === null ? null : summaryOf(conversation, conversationId);
    const fingerprint = summary === null ? null : fingerprintOf(summary);
    if (fingerprint === reported || conversationId === null) continue;
    conversation.reported = fingerprint;
    news.push({ type: 'summary', conversationId, summary });
  }
  return news;
}

function isWorthTelling({ isHistory, reported, unreadSince, notBefore }: Conversation, at: Ms): boolean {
  return isHistory || reported !== null || at - (unreadSince ?? at) >= SOON_MS || notBefore - at >= SOON_MS;
}

function summaryOf({ summaries }: Conversation, conversationId: string): Summary | null {
  const lists = [...summaries.values()];
  const [latest] = lists.toSorted((a, b) => (lastOf(a) > lastOf(b) ? -1 : 1));
  if (latest === undefined) return null;
  const sum = (of: (list: Listed) => number): number => lists.reduce((total, list) => total + of(list), 0);
  return {
    conversationId,
    sessionId: sessionOf(null, [...summaries.keys()]),
    agent: latest.agent ?? 'unknown',
    model: latest.model,
    calls: sum(({ calls }) => calls),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    startNs: lists.reduce((first, { startNs }) => (startNs < first ? startNs : first), latest.startNs),
    endNs: latestEnd(lists),
    userQuery: latest.userQuery,
  };
}

function latestEnd(lists: readonly Listed[]): Ns | null {
  return lists.reduce<Ns | null>((latest, { endNs }) => {
    return endNs !== null && (latest === null || endNs > latest) ? endNs : latest;
  }, null);
}

function fingerprintOf({ sessionId, agent, calls, inputTokens, outputTokens, startNs, endNs }: Summary): string {
  return [sessionId, agent, calls, inputTokens, outputTokens, startNs, endNs].join('|');
}
