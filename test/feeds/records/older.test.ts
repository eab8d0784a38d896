/** Old records are left alone at the start, and read part by part when a person asks: newest first, bounded, stoppable. */
import { truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { claudeSession } from '../../helpers/claude-session.ts';
import { type Followed, followFeed } from '../../helpers/follow-feed.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const ID = 'msg_0123456789abcdef';
const DAY_MS = 86_400_000;

/** Writes a session of one call, whose file was last written so many days ago. */
function writeSession(root: string, days: number, { folder = '-work', id = '' } = {}): string {
  const at = Date.now() - days * DAY_MS;
  const session = claudeSession(root, { startsAt: at, folder, ...(id !== '' && { id }) });
  session.answer(`${ID}-${days}${id}`);
  utimesSync(session.file, at / 1_000, at / 1_000);
  return session.file;
}

async function follow(root: string): Promise<{ feed: Followed; older: (isStopped?: boolean) => unknown }> {
  const records = recordsFeed({ medium: 'claude', roots: [root], uri: 'claude:', since: Date.now() - DAY_MS });
  const feed = followFeed(records);
  await feed.caughtUp();
  return { feed, older: (isStopped = false) => records.older?.(isStopped) };
}

function left({ healths }: Followed): unknown {
  return healths.at(-1)?.older;
}

test('a week of them is read at a time, until nothing is left', async () => {
  const root = tempDir();
  for (const days of [0, 3, 9, 30]) writeSession(root, days);
  const { feed, older } = await follow(root);
  expect(feed.calls()).toEqual([`${ID}-0 historical`]);
  expect(left(feed)).toMatchObject({ files: 3, reading: 0 });
  expect(older()).toMatchObject({ files: 2 });
  await until(() => feed.calls().length === 3);
  expect(feed.calls().slice(1).toSorted()).toEqual([`${ID}-3 historical`, `${ID}-9 historical`]);
  await until(() => feed.health().older?.files === 1);
  expect(older()).toMatchObject({ files: 1 });
  await feed.count(4);
  await until(() => left(feed) === null);
  expect(older()).toBeNull();
  expect(older(true)).toBeNull();
});

test('a session is read with its sub-agents, however old these are', async () => {
  const root = tempDir();
  const [name = ''] = writeSession(root, 3).split('/').slice(-1);
  const subAgents = join('-work', name.replace('.jsonl', ''), 'subagents');
  writeSession(root, 29, { folder: subAgents, id: 'agent-a1' });
  writeSession(root, 30);
  const { feed, older } = await follow(root);
  expect(older()).toMatchObject({ files: 2 });
  await feed.count(2);
  expect(feed.calls().toSorted()).toEqual([`${ID}-29agent-a1 historical`, `${ID}-3 historical`]);
});

test('a part is bounded, and stopping it leaves the rest as it was, to be read later', async () => {
  const root = tempDir();
  // Sparse: they take no room.
  const sizes = [0, 200, 200, 10];
  for (const [at, mib] of sizes.entries()) {
    const days = at + 2;
    const file = writeSession(root, days);
    if (mib > 0) truncateSync(file, mib * 1_048_576);
    utimesSync(file, Date.now() / 1_000 - days * 86_400, Date.now() / 1_000 - days * 86_400);
  }
  const { feed, older } = await follow(root);
  const bytes = feed.health().older?.bytes;
  const part = older();
  expect(part).toMatchObject({ files: 2 });
  const isReading = feed.health().older;
  expect(isReading).toMatchObject({ files: 4, reading: 2 });
  expect(older(true)).toMatchObject({ files: 2 });
  expect(left(feed)).toMatchObject({ files: 4, bytes, reading: 0 });
  expect(feed.calls()).toEqual([]);
  expect(older()).toEqual(part);
  await until(() => feed.calls().includes(`${ID}-2 historical`));
});
