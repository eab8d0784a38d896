import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { MAX_LINE_BYTES } from '../../../src/feeds/limits.ts';
import { stdinFeed } from '../../../src/feeds/jsonl/stdin.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { until } from '../../helpers/until.ts';

test('lines of a pipe are a gap each, caught up from the beginning, ended by the end', async () => {
  const input = new PassThrough();
  const feed = followFeed(stdinFeed({ input }));
  await feed.caughtUp();
  expect(feed.health()).toMatchObject({ uri: '-', medium: 'stdin', status: 'ok', ended: false, cursor: null });
  input.write(`${callLineOf({ id: 'a' })}\n`);
  await feed.count(1);
  input.end(callLineOf({ id: 'without a line feed' }));
  await feed.ended;
  expect(feed.calls()).toEqual(['a gap', 'without a line feed gap']);
  expect(feed.events.map((event) => event.record)).toEqual(['1', '2']);
  expect(feed.health()).toMatchObject({ status: 'ok', ended: true });
});

test('reads JSONL and logtail lines side by side, and skips the headings of `tail`', async () => {
  const record = { 'gen_ai.response.id': 'b', 'agentsight.start_timestamp_ns': '5' };
  const lines = ['==> a.jsonl <==', callLineOf({ id: 'a' }), '', '==> b.jsonl <==', JSON.stringify(record)];
  const feed = followFeed(stdinFeed({ input: Readable.from([Buffer.from(lines.join('\n'))]) }));
  await feed.ended;
  expect(feed.calls()).toEqual(['a gap', 'b gap']);
  expect(feed.health()).toMatchObject({
    skipped: { malformed: 2 },
    lastSkip: { code: 'line', line: 4, why: { code: 'not_json' } },
  });
});

test('binary rubbish and a line without an end cost no memory and no later line', async () => {
  const rubbish = Buffer.alloc(1024 * 1024, 0xfe);
  const pieces = function* (): Generator<Buffer> {
    for (let size = 0; size <= MAX_LINE_BYTES; size += rubbish.length) yield rubbish;
    yield Buffer.from(`\n${callLineOf({ id: 'a' })}\n`);
  };
  const feed = followFeed(stdinFeed({ input: Readable.from(pieces()) }));
  await feed.ended;
  expect(feed.calls()).toEqual(['a gap']);
  expect(feed.health().skipped).toEqual({ malformed: 0, oversized: 1, unsupported: 0 });
});

test('a writer is not read faster than its lines are taken', async () => {
  let taken = 0;
  let produced = 0;
  const line = Buffer.from(`${callLineOf({ id: 'a' })}\n`.repeat(64));
  const input = new Readable({
    read() {
      produced++;
      this.push(produced > 500 ? null : line);
    },
  });
  let ahead = 0;
  const events = (batch: readonly FeedEvent[]): void => {
    taken += batch.length / 64;
    ahead = Math.max(ahead, produced - taken);
  };
  await stdinFeed({ input }).open({ events, health: () => undefined }, new AbortController().signal);
  expect(Math.round(taken)).toBe(500);
  expect(ahead).toBeLessThan(20);
});

test('reports a broken pipe as lost', async () => {
  const input = new PassThrough();
  const feed = followFeed(stdinFeed({ input }));
  await feed.caughtUp();
  input.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
  await feed.ended;
  expect(feed.health()).toMatchObject({ status: 'lost', ended: true });
  expect(feed.words()).toContain('input/output error');
});

test('stops on request, although the pipe is open', async () => {
  const input = new PassThrough();
  const feed = followFeed(stdinFeed({ input }));
  await feed.caughtUp();
  await feed.stop();
  await until(() => input.destroyed);
  expect(feed.health().ended).toBe(false);
});

test('any chunking of the bytes gives the same events', async () => {
  const line = fc.oneof(
    fc.string().map((id) => callLineOf({ id: `i${id}` })),
    fc.constantFrom('', '{"ToolUse":{}}', '{"cut', 'ü\u0000'),
  );
  const property = fc.asyncProperty(
    fc.array(line, { maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 20 }),
    async (lines, sizes) => {
      const bytes = Buffer.from(lines.join('\n'));
      expect(await readAll(chunksOf(bytes, sizes))).toEqual(await readAll([bytes]));
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

async function readAll(chunks: readonly Buffer[]): Promise<unknown> {
  const events: FeedEvent[] = [];
  let skipped: unknown = null;
  await stdinFeed({ input: Readable.from(chunks) }).open(
    { events: (batch) => void events.push(...batch), health: (health) => (skipped = health.skipped) },
    new AbortController().signal,
  );
  return { events, skipped };
}

function chunksOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (at < bytes.length) chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
