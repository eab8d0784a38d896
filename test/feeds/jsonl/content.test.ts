import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, test } from 'vitest';
import type { ContentAnswer } from '../../../src/core/content.ts';
import type { Feed, FeedEvent } from '../../../src/core/feed.ts';
import { jsonlFeed } from '../../../src/feeds/jsonl/index.ts';
import { stdinFeed } from '../../../src/feeds/jsonl/stdin.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { wordContent } from '../../../src/wording/records.ts';

/** Follows a file until it has told of so many calls. */
async function told(
  path: string,
  calls: number,
): Promise<{ readonly feed: Feed; readonly events: readonly FeedEvent[] }> {
  const feed = jsonlFeed({ path, format: 'jsonl' });
  const followed = followFeed(feed);
  await until(() => followed.events.length >= calls);
  return { feed, events: followed.events };
}

async function read(feed: Feed, event: FeedEvent | undefined): Promise<ContentAnswer> {
  if (event?.type !== 'call' || !feed.content) throw new Error('no call to read');
  return feed.content(event.record, event.call);
}

test('reads each call again at the offset of its line', async () => {
  const path = join(tempDir(), 'genai_events.jsonl');
  writeFileSync(path, `${callLineOf({ id: 'a', args: { n: 'ü' } })}\n\nnoise\n${callLineOf({ id: 'b' })}\n`);
  const { feed, events } = await told(path, 2);
  appendFileSync(path, callLineOf({ id: 'c' }));
  expect(await read(feed, events[0])).toMatchObject({ ok: true, value: { callId: 'a' } });
  expect(await read(feed, events[1])).toMatchObject({
    ok: true,
    value: { callId: 'b', startNs: 1780012345678901234n },
  });
});

test('a line of megabytes is read whole', async () => {
  const path = join(tempDir(), 'genai_events.jsonl');
  writeFileSync(path, `${callLineOf({ id: 'a', request: { raw_body: 'x'.repeat(3_000_000) } })}\n`);
  const { feed, events } = await told(path, 1);
  expect(await read(feed, events[0])).toMatchObject({
    ok: true,
    value: { callId: 'a', response: [{ role: 'assistant' }] },
  });
});

describe('the line of a file that was rotated since', () => {
  const lines = `${callLineOf({ id: 'a' })}\n${callLineOf({ id: 'b' })}\n`;

  async function followed(): Promise<{
    readonly path: string;
    readonly again: () => Promise<ContentAnswer>;
  }> {
    const path = join(tempDir(), 'genai_events.jsonl');
    writeFileSync(path, lines);
    const { feed, events } = await told(path, 2);
    return { path, again: () => read(feed, events[1]) };
  }

  it('is found under any new name', async () => {
    const { path, again } = await followed();
    renameSync(path, join(dirname(path), 'kept aside'));
    expect(await again()).toMatchObject({ ok: true, value: { callId: 'b' } });
    writeFileSync(path, callLineOf({ id: 'c' }));
    expect(await again()).toMatchObject({ ok: true, value: { callId: 'b' } });
  });

  it('is found in the copy that was made before the file was cut', async () => {
    const { path, again } = await followed();
    writeFileSync(`${path}.2`, lines.replaceAll('"b"', '"x"'));
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    expect(await again()).toMatchObject({ ok: true, value: { callId: 'b' } });
  });

  it('is not taken for the line of another call at the same offset', async () => {
    const { path, again } = await followed();
    writeFileSync(path, lines.replaceAll('"b"', '"x"'));
    expect(await again()).toMatchObject({
      ok: false,
      reason: { code: 'not_in_rotated', why: { code: 'file_rewritten', holds: 'call' } },
    });
  });

  it('gives a reason if it is gone: truncated, rewritten, replaced, deleted', async () => {
    const { path, again } = await followed();
    const why = async (): Promise<unknown> => {
      const answer = await again();
      return answer.ok ? 'read' : wordContent(answer.reason);
    };
    truncateSync(path, 100);
    expect(await why()).toContain('was truncated or rewritten');
    writeFileSync(path, 'z'.repeat(lines.length * 2));
    expect(await why()).toContain('it holds another line there');
    renameSync(path, `${path}.1`);
    writeFileSync(path, lines);
    expect(await why()).toContain('rotated or replaced; no file beside it holds the line (compressed or deleted)');
    rmSync(path);
    expect(await why()).toContain('it does not exist');
  });
});

test('a pipe cannot be read again: it offers no content, and a record of one is a reason', async () => {
  expect(stdinFeed({ input: Readable.from([]) }).content).toBeUndefined();
  const path = join(tempDir(), 'genai_events.jsonl');
  writeFileSync(path, `${callLineOf({ id: 'a' })}\n`);
  const { feed, events } = await told(path, 1);
  const [event] = events;
  if (event?.type !== 'call') throw new Error('no call');
  expect(await feed.content?.('fifo:1', event.call)).toMatchObject({
    ok: false,
    reason: { code: 'from_pipe' },
  });
});
