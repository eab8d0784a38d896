import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SourceHealth } from '../../../src/core/sources.ts';
import { GENAI_FILE, INTERRUPTION_FILE } from '../../../src/feeds/demo/schema.ts';
import type { Followed } from '../../helpers/follow-feed.ts';
import { recorded } from '../../helpers/recorded.ts';
import { callsOf, followSqlite, liveWorld, startWriter, story, told } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { wordSource } from '../../../src/wording/sources.ts';

// Each test starts a process; a busy machine of two cores takes its time for that.
vi.setConfig({ testTimeout: 30_000 });

test('a folder that does not exist yet is absent with its path, and is followed once it exists', async () => {
  const folder = join(tempDir(), 'agentsight');
  const feed = followSqlite(folder);
  await untilHealth(feed, 'absent');
  expect(feed.health()).toMatchObject({ caughtUp: false, cursor: expect.any(String), lagMs: null });
  expect(feed.words()).toContain(`the folder ${folder} does not exist`);
  const writer = await startWriter(folder);
  await feed.caughtUp();
  await writer.call();
  await told(feed, 'call', 1);
  expect(feed.health().status).toBe('ok');
});

test('an empty file waits for its tables', async () => {
  const folder = tempDir();
  writeFileSync(join(folder, GENAI_FILE), '');
  const feed = followSqlite(folder);
  await untilHealth(feed, 'absent');
  expect(feed.words()).toContain('no table genai_events');
  const writer = await startWriter(folder);
  await feed.caughtUp();
  await writer.call();
  await told(feed, 'call', 1);
  expect(story(feed.events)).toEqual(['call 1 live']);
});

test('follows the calls without interruptions, and reports the lack', async () => {
  const folder = recorded('agentsight-0.5-traced');
  rmSync(join(folder, INTERRUPTION_FILE));
  rmSync(join(folder, `${INTERRUPTION_FILE}-wal`));
  const feed = followSqlite(folder);
  await feed.caughtUp();
  expect(feed.events).toHaveLength(23);
  expect(feed.health()).toMatchObject({ status: 'ok', lagMs: 0 });
  expect(feed.words()).toContain(`without interruptions: ${INTERRUPTION_FILE} is not in`);
});

test('a deleted database is lost, and one created again is historical up to its end', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  await writer.end();
  for (const file of [GENAI_FILE, INTERRUPTION_FILE]) {
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `${file}${end}`), { force: true });
  }
  await untilHealth(feed, 'lost');
  expect(feed.health()).toMatchObject({ caughtUp: true, lagMs: null });
  const again = await startWriter(folder);
  await untilHealth(feed, 'ok');
  await again.call();
  await told(feed, 'call', 1, 2);
});

test('a truncated database is lost until there is a readable one again', async () => {
  const { folder, writer, feed } = await liveWorld();
  await writer.call();
  await told(feed, 'call', 1);
  await writer.exec(GENAI_FILE, 'PRAGMA wal_checkpoint(TRUNCATE)');
  await writer.end();
  truncateSync(join(folder, GENAI_FILE), 0);
  await untilHealth(feed, 'lost');
  for (const end of ['-wal', '-shm']) rmSync(join(folder, `${GENAI_FILE}${end}`), { force: true });
  const again = await startWriter(folder);
  await untilHealth(feed, 'ok');
  await again.call();
  await told(feed, 'call', 1, 2);
});

test('a file that is no database is lost with its remedy, and read when a real one replaces it', async () => {
  const folder = tempDir();
  writeFileSync(join(folder, GENAI_FILE), 'this is not a database, but long enough to look like a page '.repeat(100));
  const feed = followSqlite(folder);
  await untilHealth(feed, 'lost');
  expect(feed.words()).toContain('move the file away and start agentsight again');
  const good = recorded('agentsight-0.5-traced');
  copyFileSync(join(good, GENAI_FILE), join(folder, GENAI_FILE));
  await feed.caughtUp();
  expect(feed.events).toHaveLength(23);
});

test('a damaged page costs the rows on it, which are counted, and no others', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  for (let row = 0; row < 200; row += 1) await writer.call({ event_json: JSON.stringify({ filler: 'x'.repeat(600) }) });
  await writer.close();
  await writer.end();
  damage(join(folder, GENAI_FILE));
  const feed = followSqlite(folder);
  await until(() => feed.health().skipped.malformed > 0, 10_000);
  await feed.caughtUp();
  expect(feed.lastSkip()).toContain('the database is damaged');
  expect(feed.events.length).toBeGreaterThan(150);
  expect(new Set(story(feed.events)).size).toBe(feed.events.length);
});

test('waits for a locked database, reports a lock that stays, and is then blind', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.call();
  await writer.close();
  await writer.exec(GENAI_FILE, 'PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
  let skipMs = 0;
  const feed = followSqlite(folder, { mono: () => performance.now() + skipMs });
  await until(() => feed.healths.length > 0);
  expect(feed.health()).toMatchObject({ status: 'ok', caughtUp: false });
  skipMs = 3_000;
  await untilHealth(feed, 'degraded');
  expect(feed.words()).toContain('locked by another program');
  skipMs = 60_000;
  await untilHealth(feed, 'lost');
  await writer.close();
  await feed.caughtUp();
  expect(feed.health().status).toBe('ok');
  expect(story(feed.events)).toEqual(['call 1 historical']);
});

test('an immutable folder is opened as usual as soon as agentsight writes to it again', async () => {
  const folder = recorded('agentsight-0.5-traced');
  rmSync(join(folder, `${INTERRUPTION_FILE}-wal`));
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  const feed = followSqlite(folder);
  await feed.caughtUp();
  expect(feed.words()).toContain('read-only');
  chmodSync(folder, 0o755);
  const writer = await startWriter(folder, null);
  await writer.call({ call_id: 'later' });
  await told(feed, 'call', 24);
  expect(callsOf(feed, 24)).toMatchObject([{ callId: 'later', arrival: 'live' }]);
});

test('reads along in a folder that only the writer may write, and changes nothing', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.call();
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  const feed = followSqlite(folder);
  await told(feed, 'call', 1);
  await writer.call();
  await told(feed, 'call', 2);
  expect(story(feed.events).filter((line) => line.startsWith('call'))).toEqual(['call 1 historical', 'call 2 live']);
});

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const FOLLOWER = new URL('../../fixtures/follow-sqlite.ts', import.meta.url).pathname;

// Only root can become somebody else, and only where somebody else may read this checkout.
test.skipIf(!isRoot || !canRunAsNobody())('databases of root with umask 077 tell the exact remedy', async () => {
  const folder = recorded('agentsight-0.5-traced');
  chmodSync(folder, 0o700);
  const health = await firstHealthAsNobody(folder);
  expect(health).toMatchObject({ status: 'lost', caughtUp: false });
  expect(wordSource(health.detail)).toContain(`sudo setfacl -R -m u:$USER:rX ${folder}`);
});

test.skipIf(!isRoot || !canRunAsNobody())('a closed folder on the way to them is part of the remedy', async () => {
  const closed = tempDir();
  const folder = join(closed, 'log of sysak', '.agentsight');
  mkdirSync(folder, { recursive: true });
  chmodSync(closed, 0o700);
  const health = await firstHealthAsNobody(folder);
  expect(health).toMatchObject({ status: 'lost', caughtUp: false });
  expect(wordSource(health.detail)).toContain(
    `sudo setfacl -m u:$USER:x ${closed} && sudo setfacl -R -m u:$USER:rX '${folder}'`,
  );
});

test.skipIf(!isRoot || !canRunAsNobody())(
  'a user who may only read follows a closed database and writes nothing',
  async () => {
    const folder = recorded('agentsight-0.5-traced');
    rmSync(join(folder, `${INTERRUPTION_FILE}-wal`));
    chmodSync(folder, 0o755);
    const health = await firstHealthAsNobody(folder);
    expect(health.status).toBe('ok');
    expect(existsSync(join(folder, `${GENAI_FILE}-wal`))).toBe(false);
  },
);

async function untilHealth(feed: Followed, health: string): Promise<void> {
  await until(() => feed.healths.at(-1)?.status === health);
}

// In the middle of the file lies a leaf of the table.
function damage(file: string): void {
  const size = 4096;
  const bytes = readFileSync(file);
  for (let page = 1; page < bytes.length / size; page += 1) {
    const isTableLeaf = bytes[page * size] === 0x0d;
    const isMiddle = page > bytes.length / size / 2;
    if (isTableLeaf && isMiddle) {
      bytes.fill(0xff, page * size, page * size + 100);
      writeFileSync(file, bytes);
      return;
    }
  }
  throw new Error('no leaf found');
}

function canRunAsNobody(): boolean {
  return (
    isRoot && spawnSync(process.execPath, ['--version'], { ...NOBODY, cwd: '/' }).status === 0 && existsSync(FOLLOWER)
  );
}

async function firstHealthAsNobody(folder: string): Promise<SourceHealth> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', FOLLOWER, folder], {
    ...NOBODY,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return JSON.parse(line) as SourceHealth;
}
