import type { Summary, SummaryEvent } from '../../core/feed.ts';
import type { Ms, Ns } from '../../core/units.ts';
import { idOf } from '../wire/fields.ts';
import { sessionOf } from './detail-reader.ts';
import { type Conversation, lastOf, type Listed } from './known/conversation.ts';

/** A conversation whose calls are read within this time needs no summary, ms. */
const SOON_MS = 1_000;

/**
 * What is to be told of the summaries of `stirred`, out of which it takes what it has seen to. `mayTakeBack` says that
 * the calls that were read have been told, too.
 */
export function summaryNews(stirred: Set<Conversation>, at: Ms, mayTakeBack: boolean): readonly SummaryEvent[] {
  const news: SummaryEvent[] = [];
  for (const conversation of stirred) {
    const conversationId = idOf(conversation.id);
    const { unreadSince, told } = conversation;
    if (unreadSince !== null && !isWorthTelling(conversation, at)) continue;
    if (unreadSince === null && told !== null && !mayTakeBack) continue;
    stirred.delete(conversation);
    const summary = unreadSince === null || conversationId === null ? null : summaryOf(conversation, conversationId);
    const print = summary === null ? null : printOf(summary);
    if (print === told || conversationId === null) continue;
    conversation.told = print;
    news.push({ type: 'summary', conversationId, summary });
  }
  return news;
}

function isWorthTelling({ isHistory, told, unreadSince, notBefore }: Conversation, at: Ms): boolean {
  return isHistory || told !== null || at - (unreadSince ?? at) >= SOON_MS || notBefore - at >= SOON_MS;
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

function printOf({ sessionId, agent, calls, inputTokens, outputTokens, startNs, endNs }: Summary): string {
  return [sessionId, agent, calls, inputTokens, outputTokens, startNs, endNs].join('|');
}
