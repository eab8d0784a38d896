import type { CallContent } from '../../src/core/content.ts';
import type { Call } from '../../src/core/calls.ts';
import type { Feed } from '../../src/core/feed.ts';
import type { Model } from '../../src/core/model/types.ts';
import type { ContentProblem } from '../../src/core/source-reasons.ts';
import type { RecordMedium } from '../../src/core/sources.ts';
import type { Story, TextHit } from '../../src/core/story.ts';
import { readFeed } from './records.ts';

/** A source of records that was read to its present end, and is asked for its texts. */
export type RecordTexts = {
  readonly model: Model;
  readonly feed: Feed;
  /** Every call with the key under which the source knows it. */
  readonly calls: () => readonly { readonly call: Call; readonly record: string }[];
  readonly story: (conversationId: string) => Promise<Story>;
  readonly content: (record: string) => Promise<CallContent>;
  /** Why a call has no content. */
  readonly problem: (record: string) => Promise<ContentProblem | null>;
  readonly search: (text: string, since?: number, signal?: AbortSignal) => Promise<readonly TextHit[]>;
};

/** Reads the records below a folder to their present end. */
export async function recordTexts(medium: RecordMedium, root: string): Promise<RecordTexts> {
  const { model, feed } = await readFeed(medium, root);
  const calls: RecordTexts['calls'] = () =>
    model
      .conversations()
      .flatMap(({ conversationId }) => model.calls(conversationId))
      .map((call) => ({ call, record: model.recordsOf(call)[0]?.record ?? '' }));
  const read = async (record: string) => {
    const call = calls().find((one) => one.record === record)?.call;
    if (call === undefined || feed.content === undefined) throw new Error(`no call ${record}`);
    return feed.content(record, call);
  };
  return {
    model,
    feed,
    calls,
    story: async (conversationId) => {
      const answer = await feed.story?.(conversationId, new AbortController().signal);
      if (answer?.ok !== true) throw new Error(JSON.stringify(answer));
      return answer.value;
    },
    content: async (record) => {
      const answer = await read(record);
      if (!answer.ok) throw new Error(JSON.stringify(answer.reason));
      return answer.value;
    },
    problem: async (record) => {
      const answer = await read(record);
      return answer.ok ? null : answer.reason;
    },
    search: async (text, since = 0, signal = new AbortController().signal) => {
      const hits: TextHit[] = [];
      const hit = (one: TextHit): void => void hits.push(one);
      await feed.search?.({ text, since, hit, progress: () => undefined, unread: () => undefined }, signal);
      return hits;
    },
  };
}
