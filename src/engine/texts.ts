/** The contents of conversations, read from the sources on demand: the story of one, and a search over all. */
import { byRichness } from '../feeds/index.ts';
import type { Feed } from '../core/feed.ts';
import type { Model } from '../core/model/types.ts';
import type { SearchEnd, StoryResult, TextHit } from '../core/story.ts';
import type { NoContent } from '../core/source-reasons.ts';
import type { SourceUri } from '../core/sources.ts';
import type { Ms } from '../core/units.ts';
import type { ContentSearch } from './types.ts';

/** The bounds of a search: beyond that, another term is the better search. */
const MAX_HITS = 1_000;
const MAX_SEARCH_MS: Ms = 60_000;
/** Hits of one conversation that are emitted; the first shows it, the rest report how often. */
const MAX_HITS_IN_ONE = 50;

type Feeds = ReadonlyMap<SourceUri, Feed>;
type Failures = (NoContent & { code: 'no_source_has_it' })['failures'][number][];

/** Reads the story of a conversation from the first source that has it; its calls are named as the model names them. */
export async function storyOf(
  model: Model,
  feeds: Feeds,
  conversationId: string,
  signal: AbortSignal,
): Promise<StoryResult> {
  const failures: Failures = [];
  // The richest source of a call may not tell of the conversation as a whole.
  for (const feed of [...feeds.values()].toSorted(byRichness)) {
    if (feed.story === undefined) continue;
    const answer = await feed.story(conversationId, signal);
    if (!answer.ok) {
      failures.push({ source: feed.uri, why: answer.reason });
      continue;
    }
    const { calls } = answer.value;
    const named = model.calls(conversationId).flatMap((call) => {
      const own = model.recordsOf(call).find(({ source }) => source === feed.uri);
      const read = own === undefined ? undefined : calls.get(own.record);
      return read === undefined ? [] : [[call.callId, read] as const];
    });
    return { ok: true, value: { ...answer.value, calls: new Map(named) } };
  }
  return { ok: false, reason: { code: 'no_source_has_it', failures } };
}

/** Searches the texts of all sources that can be searched. Never rejects. */
export async function searchAll(feeds: Feeds, search: ContentSearch, signal: AbortSignal): Promise<SearchEnd> {
  const limits = new AbortController();
  const timer = setTimeout(() => limits.abort(), MAX_SEARCH_MS);
  const both = AbortSignal.any([signal, limits.signal]);
  const unread: string[] = [];
  const hits = hitter(search.hit, () => limits.abort());
  const all = [...feeds.values()].toSorted(byRichness);
  const searched = all.filter((feed) => feed.search !== undefined);
  const shares = new Map<SourceUri, number>();
  const advance = (uri: SourceUri, share: number): void => {
    shares.set(uri, Math.min(1, share));
    search.progress([...shares.values()].reduce((sum, one) => sum + one, 0) / searched.length);
  };
  for (const { uri, search: searchOne } of searched) {
    if (both.aborted) break;
    const progress = ({ doneBytes, ofBytes }: { doneBytes: number; ofBytes: number }): void =>
      advance(uri, ofBytes === 0 ? 1 : doneBytes / ofBytes);
    const { text, since } = search;
    await searchOne?.({ text, since, hit: hits.take, progress, unread: (what) => void unread.push(what) }, both);
    advance(uri, 1);
  }
  clearTimeout(timer);
  for (const { uri, search: searchOne } of all) if (searchOne === undefined) unread.push(uri);
  const why = signal.aborted ? 'cancelled' : hits.isFull() ? 'hits' : limits.signal.aborted ? 'time' : 'whole';
  return { why, unread };
}

type Hitter = { readonly take: (hit: TextHit) => void; readonly isFull: () => boolean };

// A record that comes again, or that two sources tell, is one hit.
function hitter(hit: (hit: TextHit) => void, full: () => void): Hitter {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  let hits = 0;
  return {
    take: (one) => {
      const key = `${one.conversationId}\n${one.at}\n${one.excerpt}`;
      const count = counts.get(one.conversationId) ?? 0;
      if (hits >= MAX_HITS || seen.has(key) || count >= MAX_HITS_IN_ONE) return;
      seen.add(key);
      counts.set(one.conversationId, count + 1);
      hits += 1;
      hit(one);
      if (hits >= MAX_HITS) full();
    },
    isFull: () => hits >= MAX_HITS,
  };
}
