import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Feed } from '../../src/core/feed.ts';
import type { TextHit } from '../../src/core/story.ts';
import { jsonlFeed } from '../../src/feeds/jsonl/index.ts';
import { sqliteFeed } from '../../src/feeds/sqlite/sqlite-feed.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { folderWith } from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const START = 1_780_012_345_678n;
const AT = 1_780_012_349_178;

describe.each([
  ['sqlite', sqlite],
  ['jsonl', jsonl],
])('a search in %s', (_, open) => {
  test('finds what was asked and answered, whatever its case, with the words around it', async () => {
    const feed = open(['Why is the "Refund" queue slow?', 'something else', '100% of it']);
    expect((await searched(feed, 'the "refund" queue')).hits).toMatchObject([
      { conversationId: 'c0', at: AT, excerpt: 'Why is the "Refund" queue slow?' },
    ]);
    expect((await searched(feed, '100%')).hits.map(({ conversationId }) => conversationId)).toEqual(['c2']);
    expect((await searched(feed, '1_0%')).hits).toEqual([]);
  });

  test('leaves out what is older than asked for, and tells how far it is', async () => {
    const feed = open(['refund']);
    expect((await searched(feed, 'refund', AT + 1)).hits).toEqual([]);
    expect((await searched(feed, 'refund', AT)).progress.at(-1)).toBe(1);
  });

  test('ends when it is cancelled, and shows no control characters', async () => {
    expect((await searched(open(['refund']), 'refund', 0, AbortSignal.abort())).hits).toEqual([]);
    const [hit] = (await searched(open(['a\u001b[2Jrefund\u202e']), 'refund')).hits;
    expect(hit?.excerpt).not.toMatch(/[\u0000-\u001f\u202e]/u);
  });
});

test('what is not there, or no database, is told as not searched', async () => {
  const path = join(tempDir(), 'genai_events.db');
  writeFileSync(path, 'no database at all, but a text about a refund');
  expect((await searched(sqliteFeed({ path }), 'refund')).unread).toEqual([path]);
  const gone = join(tempDir(), 'gone.jsonl');
  expect((await searched(jsonlFeed({ path: gone, format: 'jsonl' }), 'refund')).unread).toEqual([gone]);
});

function request(text: string): object {
  return { messages: [{ role: 'user', parts: [{ type: 'text', content: text }] }] };
}

function sqlite(texts: readonly string[]): Feed {
  const rows = texts.map((text, index) => ({
    conversation_id: `c${index}`,
    event_json: callLineOf({ id: `m${index}`, request: request(text) }),
    start_timestamp_ns: START * 1_000_000n,
    end_timestamp_ns: BigInt(AT) * 1_000_000n,
  }));
  return sqliteFeed({ path: folderWith(rows) });
}

function jsonl(texts: readonly string[]): Feed {
  const path = join(tempDir(), 'genai_events.jsonl');
  const lines = texts.map((text, index) =>
    callLineOf({ id: `m${index}`, request: request(text) }).replace(
      /"conversation_id":"\w+"/u,
      `"conversation_id":"c${index}"`,
    ),
  );
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return jsonlFeed({ path, format: 'jsonl' });
}

async function searched(feed: Feed, text: string, since = 0, signal: AbortSignal = new AbortController().signal) {
  const hits: TextHit[] = [];
  const progress: number[] = [];
  const unread: string[] = [];
  await feed.search?.(
    {
      text,
      since,
      hit: (one) => void hits.push(one),
      progress: ({ doneBytes, ofBytes }) => void progress.push(doneBytes / ofBytes),
      unread: (what) => void unread.push(what),
    },
    signal,
  );
  return { hits, progress, unread };
}
