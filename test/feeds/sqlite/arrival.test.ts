import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { GENAI_FILE, INTERRUPTION_FILE } from '../../../src/feeds/demo/schema.ts';
import type { Followed } from '../../helpers/follow-feed.ts';
import {
  callsOf,
  followSqlite,
  interruptionsOf,
  liveWorld,
  startWriter,
  story,
  told,
} from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const FILES = [GENAI_FILE, INTERRUPTION_FILE].flatMap((file) => [file, `${file}-wal`, `${file}-shm`]);

// Each test starts a process; a busy machine of two cores takes its time for that.
vi.setConfig({ testTimeout: 30_000 });

test('what is there at opening is historical and in the order of ids, calls before interruptions', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.interruption();
  for (let row = 0; row < 3; row += 1) await writer.call();
  const feed = followSqlite(folder);
  await feed.caughtUp();
  await writer.call();
  await told(feed, 'call', 4);
  expect(story(feed.events)).toEqual([
    'call 1 historical',
    'call 2 historical',
    'call 3 historical',
    'interruption 1 historical',
    'call 4 live',
  ]);
});

test('with a cursor, what came since is a gap, and so is a row that was unfinished and has changed', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call({ status: 'pending' });
  await writer.call({ status: 'pending' });
  await writer.call();
  const interruption = await writer.interruption();
  await told(feed, 'interruption', interruption.id);
  await feed.stop();
  await writer.updateCall(1, { status: 'complete', status_code: 500 });
  await writer.updateInterruption(interruption.id, { resolved: 1 });
  await writer.call();
  const again = followSqlite(folder, { cursor: feed.health().cursor });
  await again.caughtUp();
  expect(story(again.events)).toEqual([
    'call 1 gap',
    'call 2 historical',
    'call 3 historical',
    'call 4 gap',
    'interruption 1 gap',
  ]);
  await writer.updateCall(2, { status: 'complete' });
  await told(again, 'call', 2, 2);
  expect(callsOf(again, 2).at(-1)).toMatchObject({ status: 'complete', arrival: 'live' });
});

test('late stamps and rewritten sessions of historical rows are historical, another status is live', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.call({ status_code: 500 });
  await writer.call({ status: 'pending' });
  const feed = followSqlite(folder);
  await feed.caughtUp();
  await writer.updateCall(1, { interruption_type: 'llm_error' });
  await told(feed, 'call', 1, 2);
  await writer.updateCall(2, { session_id: 'known now' });
  await told(feed, 'call', 2, 2);
  await writer.updateCall(2, { status: 'interrupted', interruption_type: 'agent_crash' });
  await told(feed, 'call', 2, 3);
  await writer.call();
  await told(feed, 'call', 3);
  await writer.updateCall(3, { session_id: 'known now' });
  await told(feed, 'call', 3, 2);
  expect(story(feed.events).slice(2)).toEqual([
    'call 1 historical',
    'call 2 historical',
    'call 2 live',
    'call 3 live',
    'call 3 live',
  ]);
});

test('what a database holds that was not there has come since, in this run and in the next', async () => {
  const folder = join(tempDir(), 'agentsight');
  const feed = followSqlite(folder);
  await untilHealth(feed, 'absent');
  const { cursor } = feed.health();
  const writer = await startWriter(folder);
  await writer.call();
  await writer.interruption();
  await told(feed, 'interruption', 1);
  await writer.call();
  await told(feed, 'call', 2);
  const arrivals = (of: Followed): readonly string[] => of.events.map(({ arrival }) => arrival);
  expect(arrivals(feed)).not.toContain('historical');
  const again = followSqlite(folder, { cursor });
  await again.caughtUp();
  expect(story(again.events)).toEqual(['call 1 gap', 'call 2 gap', 'interruption 1 gap']);
});

test('the cursor outlives a database that is away for a whole run', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  await feed.stop();
  const { cursor } = feed.health();
  const away = followSqlite(join(folder, 'elsewhere'), { cursor });
  await untilHealth(away, 'absent');
  expect(away.health().cursor).toBe(cursor);
});

test('a cursor of another database, or none at all, is no cursor', async () => {
  const { feed, writer } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  await feed.stop();
  const other = tempDir();
  const otherWriter = await startWriter(other);
  await otherWriter.call();
  await otherWriter.call();
  for (const cursor of [
    feed.health().cursor,
    'nonsense',
    '{"v":1}',
    '[]',
    '{"v":9,"calls":null,"interruptions":null}',
  ]) {
    const again = followSqlite(other, { cursor });
    await again.caughtUp();
    expect(story(again.events)).toEqual(['call 1 historical', 'call 2 historical']);
    await again.stop();
  }
});

test('a cursor of the same inode with another database in it is no cursor', async () => {
  const { folder, writer, feed } = await liveWorld();
  for (let row = 0; row < 3; row += 1) await writer.call();
  await told(feed, 'call', 3);
  await feed.stop();
  await writer.exec(GENAI_FILE, "DELETE FROM genai_events; DELETE FROM sqlite_sequence WHERE name = 'genai_events'");
  await writer.call();
  const again = followSqlite(folder, { cursor: feed.health().cursor });
  await again.caughtUp();
  expect(story(again.events)).toEqual(['call 1 historical']);
});

test('rows pruned since the cursor leave the others a gap', async () => {
  const { folder, writer, feed } = await liveWorld();
  for (let row = 0; row < 3; row += 1) await writer.call();
  await told(feed, 'call', 3);
  await feed.stop();
  await writer.call();
  await writer.exec(GENAI_FILE, 'DELETE FROM genai_events WHERE id <= 3');
  const again = followSqlite(folder, { cursor: feed.health().cursor });
  await again.caughtUp();
  expect(story(again.events)).toEqual(['call 4 gap']);
});

test('a source that was lost and comes back the same has had a gap; changes in it are emitted, too', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call({ status: 'pending' });
  await told(feed, 'call', 1);
  await writer.close();
  move(folder, `${folder}/away`);
  await untilHealth(feed, 'lost');
  const elsewhere = await startWriter(join(folder, 'away'), null);
  await elsewhere.updateCall(1, { status: 'complete' });
  await elsewhere.call();
  await elsewhere.close();
  move(`${folder}/away`, folder);
  await untilHealth(feed, 'ok');
  await told(feed, 'call', 1, 2);
  const back = await startWriter(folder, null);
  await back.call();
  await told(feed, 'call', 3);
  expect(new Set(story(feed.events))).toEqual(new Set(['call 1 live', 'call 2 gap', 'call 1 gap', 'call 3 live']));
});

test('another database of its name is historical up to its end, and live from there', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call();
  await writer.call();
  await told(feed, 'call', 2);
  const other = tempDir();
  const otherWriter = await startWriter(other);
  await otherWriter.call({ call_id: 'other_1' });
  await otherWriter.interruption();
  await otherWriter.close();
  await writer.close();
  for (const file of FILES) rmSync(join(folder, file), { force: true });
  for (const file of [GENAI_FILE, INTERRUPTION_FILE]) copyFileSync(join(other, file), join(folder, file));
  await told(feed, 'interruption', 1);
  expect(callsOf(feed, 1).at(-1)).toMatchObject({ callId: 'other_1', arrival: 'historical' });
  expect(interruptionsOf(feed, 1)).toMatchObject([{ arrival: 'historical' }]);
  const again = await startWriter(folder, null);
  await again.call({ call_id: 'other_2' });
  await told(feed, 'call', 2, 2);
  expect(callsOf(feed, 2).at(-1)).toMatchObject({ callId: 'other_2', arrival: 'live' });
});

test('a database renamed over the one that is followed is noticed', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  const other = tempDir();
  const otherWriter = await startWriter(other);
  await otherWriter.call({ call_id: 'other_1' });
  await otherWriter.close();
  await writer.close();
  for (const file of [`${GENAI_FILE}-wal`, `${GENAI_FILE}-shm`]) rmSync(join(folder, file), { force: true });
  renameSync(join(other, GENAI_FILE), join(folder, GENAI_FILE));
  await told(feed, 'call', 1, 2);
  expect(callsOf(feed, 1).map((call) => call.arrival)).toEqual(['live', 'historical']);
});

test('a table emptied and counted from one again is another database', async () => {
  const { writer, feed } = await liveWorld();
  for (let row = 0; row < 3; row += 1) await writer.call();
  await told(feed, 'call', 3);
  await writer.exec(GENAI_FILE, 'BEGIN');
  await writer.exec(GENAI_FILE, "DELETE FROM genai_events; DELETE FROM sqlite_sequence WHERE name = 'genai_events'");
  await writer.call({ call_id: 'anew' });
  await writer.exec(GENAI_FILE, 'COMMIT');
  await told(feed, 'call', 1, 2);
  expect(callsOf(feed, 1).at(-1)).toMatchObject({ callId: 'anew', arrival: 'historical' });
});

function move(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of FILES) {
    try {
      renameSync(join(from, file), join(to, file));
    } catch {
      // Not every file has its companions at every moment.
    }
  }
}

async function untilHealth(feed: Followed, health: string): Promise<void> {
  await until(() => feed.health().status === health);
}
