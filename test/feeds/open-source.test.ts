import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openSource } from '../../src/feeds/index.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { followFeed } from '../helpers/follow-feed.ts';

test.each([
  ['sqlite:/feed', 'sqlite'],
  ['jsonl:/feed/events.jsonl', 'jsonl'],
  ['logtail:/feed/events.jsonl', 'logtail'],
  ['http://127.0.0.1:7396', 'http'],
  ['https://[::1]:7396', 'http'],
  ['-', 'stdin'],
])('%s opens as %s', (uri, medium) => {
  expect(openSource(uri, { input: Readable.from([]) })).toMatchObject({ ok: true, value: { uri, medium } });
});

test('what names no source is refused with its reason', () => {
  expect(openSource('gopher:hole')).toMatchObject({ ok: false });
});

test('the stream that is given is what `-` reads', async () => {
  const opened = openSource('-', { input: Readable.from([Buffer.from(callLineOf({ id: 'a' }))]) });
  if (!opened.ok) throw new Error(opened.reason.code);
  const feed = followFeed(opened.value);
  await feed.ended;
  expect(feed.calls()).toEqual(['a gap']);
});
