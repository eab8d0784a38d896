import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { loadSource } from '../../src/feeds/index.ts';
import { feedOf } from '../helpers/open-source.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { followFeed } from '../helpers/follow-feed.ts';

test.each([
  ['sqlite:/feed', 'sqlite'],
  ['jsonl:/feed/events.jsonl', 'jsonl'],
  ['logtail:/feed/events.jsonl', 'logtail'],
  ['http://127.0.0.1:7396', 'http'],
  ['https://[::1]:7396', 'http'],
  ['-', 'stdin'],
])('%s opens as %s', async (uri, medium) => {
  expect(await feedOf(uri, { input: Readable.from([]) })).toMatchObject({ uri, medium });
});

test('what names no source is refused with its reason', async () => {
  expect(await loadSource('gopher:hole')).toMatchObject({ ok: false });
});

test('the stream that is given is what `-` reads', async () => {
  const feed = followFeed(await feedOf('-', { input: Readable.from([Buffer.from(callLineOf({ id: 'a' }))]) }));
  await feed.ended;
  expect(feed.calls()).toEqual(['a gap']);
});
