/** A long run keeps no call for ever: what it has forgotten is read once more where it is needed, and the numbers stay right. */
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createModel } from '../../../src/core/model/model.ts';
import type { RecordMedium } from '../../../src/core/sources.ts';
import { createBook } from '../../../src/feeds/records/book.ts';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { claudeSession } from '../../helpers/claude-session.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { FIXTURES, sumsOf, truthOf } from '../../helpers/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const ID = 'msg_0123456789abcdef';
/** Every call is old at once, ms. */
const AT_ONCE = -1e15;

/** Follows a root that is empty at first, into a model. */
async function world(medium: RecordMedium, top: string) {
  const root = tempDir();
  mkdirSync(join(root, top));
  const uri = `${medium}:${root}`;
  const model = createModel({ advisory: { windowMs: 3_600_000, inputTokens: 200_000 }, evict: false });
  const stop = new AbortController();
  let [files, isPresent] = [0, false];
  const feed = recordsFeed({ medium, roots: [root], uri, forgetAfterMs: AT_ONCE });
  const ended = feed.open(
    {
      events: (batch) => {
        for (const event of batch) model.apply(uri, event, 0);
      },
      health: ({ caughtUp, detail }) => {
        isPresent ||= caughtUp;
        if (detail.code === 'following_records') files = detail.files;
      },
    },
    stop.signal,
  );
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  await until(() => isPresent);
  return { root, model, files: () => files };
}

test.each([
  ['claude', 'projects', true, 'in order'],
  ['claude', 'projects', true, 'backwards'],
  ['codex', 'sessions', false, 'in order'],
  ['codex', 'sessions', false, 'backwards'],
] as const)('every truth of %s is reached, file by file (%s, %s, %s)', async (medium, top, isPart, order) => {
  const { root, model, files } = await world(medium, top);
  const source = join(FIXTURES, medium);
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:jsonl|json|zst)$/u.test(name))
    .sort();
  if (order === 'backwards') names.reverse();
  for (const name of names) {
    const before = files();
    mkdirSync(join(root, dirname(name)), { recursive: true });
    cpSync(join(source, name), join(root, name));
    // Some are none of the agent's records.
    if (/^(?:projects|sessions\/2|archived)/u.test(name) && !name.includes('journal'))
      await until(() => files() > before);
  }
  const truth = truthOf(medium, isPart);
  await until(() => sumsOf(model.view(), isPart)[Object.keys(truth).at(-1) ?? ''] !== undefined);
  expect(sumsOf(model.view(), isPart)).toEqual(truth);
});

test('a forgotten call that is told of once more is replaced by all that its file says of it', async () => {
  const root = tempDir();
  const session = claudeSession(root);
  session.prompt();
  session.answer(`${ID}-1`, { usage: { input_tokens: 10, output_tokens: 500 } });
  session.retry(1);
  const feed = followFeed(
    recordsFeed({ medium: 'claude', roots: [root], uri: `claude:${root}`, forgetAfterMs: AT_ONCE }),
  );
  await feed.caughtUp();
  await feed.count(1);
  // Rows that are kept over a compaction are written again, here with a smaller count.
  session.answer(`${ID}-1`, { usage: { input_tokens: 10, output_tokens: 3 } });
  session.answer(`${ID}-2`);
  await feed.count(3);
  const outputs = feed.events.map((event) =>
    event.type === 'call' ? [event.record, event.call.usage?.outputTokens] : [],
  );
  expect(outputs.at(1)).toEqual([`${ID}-1`, 500]);
  expect(feed.sessions.at(-1)?.session?.retries).toBe(1);
});

test('the book keeps no call that can be read once more', () => {
  const options = { agent: 'Claude', copies: null, unknown: () => undefined, malformed: () => undefined };
  const book = createBook({ ...options, forgetBefore: () => 1_000 });
  const file = book.add({ path: ['a'], format: 'lines', kind: 'session', sessionId: 'a', agentId: null });
  file.isRecallable = true;
  for (let call = 0; call < 2_000; call += 1) file.sink.put(callAt(call));
  expect(book.take(() => 'live')).toHaveLength(2_001);
  expect(file.items.size).toBe(1_000);
  expect(book.take(() => 'live')).toEqual([]);
});

function callAt(at: number) {
  return {
    type: 'call',
    key: `${ID}-${at}`,
    conversationId: 's',
    at,
    callId: null,
    startedAt: null,
    status: 'complete',
    model: null,
    provider: null,
    usage: null,
    outputIsLowerBound: false,
    failure: null,
    finishReason: null,
    tools: [],
    kind: 'main',
  } as const;
}
