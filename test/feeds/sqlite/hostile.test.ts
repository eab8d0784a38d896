import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { GENAI_FILE, INTERRUPTION_FILE } from '../../../src/feeds/demo/schema.ts';
import { readContent } from '../../../src/feeds/sqlite/content.ts';
import { callsOf, folderWith, followSqlite, startWriter, told } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { wordSource } from '../../../src/wording/sources.ts';

const COLUMNS = 'status, start_timestamp_ns, end_timestamp_ns';
const ENDLESS = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id, 'complete' AS status, x AS start_timestamp_ns, x AS end_timestamp_ns FROM n WHERE x < 0`;
// Each view reads the one before it twice, which is 2^60 reads to compile.
const NESTED = [
  `CREATE TABLE one (id INTEGER PRIMARY KEY, ${COLUMNS})`,
  'CREATE VIEW v0 AS SELECT * FROM one',
  ...Array.from(
    { length: 60 },
    (_, n) => `CREATE VIEW v${n + 1} AS SELECT a.* FROM v${n} a JOIN v${n} b ON a.id = b.id`,
  ),
  'CREATE VIEW genai_events AS SELECT * FROM v60',
].join(';');

test.each<[string, string, string]>([
  ['an endless view', `CREATE VIEW genai_events AS ${ENDLESS}`, 'its genai_events is not a plain table'],
  ['a view that takes for ever to compile', NESTED, 'its genai_events is not a plain table'],
  ['a view in capitals', `CREATE VIEW GENAI_EVENTS AS ${ENDLESS}`, 'its genai_events is not a plain table'],
  ['a virtual table', `CREATE VIRTUAL TABLE genai_events USING fts5(id, ${COLUMNS})`, 'is not a plain table'],
  [
    'a table without a row id',
    `CREATE TABLE genai_events (id INTEGER PRIMARY KEY, ${COLUMNS}) WITHOUT ROWID`,
    'no integer primary key',
  ],
  ['a table whose id is no key', `CREATE TABLE genai_events (id INTEGER, ${COLUMNS})`, 'no integer primary key id'],
  [
    'a table whose key runs backwards',
    `CREATE TABLE genai_events (id INTEGER PRIMARY KEY DESC, ${COLUMNS})`,
    'no integer primary key id',
  ],
  ['a key of text', `CREATE TABLE genai_events (id TEXT PRIMARY KEY, ${COLUMNS})`, 'no integer primary key id'],
  [
    'a column that is computed',
    `CREATE TABLE genai_events (id INTEGER PRIMARY KEY, start_timestamp_ns, end_timestamp_ns, status AS (replace(hex(zeroblob(100000000)), '0', 'ab')))`,
    'has no status',
  ],
])('%s of the name of the table is not read, and blocks nothing', async (_, sql, words) => {
  const folder = tempDir();
  run(join(folder, GENAI_FILE), sql);
  const startedAt = performance.now();
  const feed = followSqlite(folder);
  await until(() => feed.healths.at(-1)?.status === 'absent');
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(feed.words()).toContain(words);
  expect(await readContent(join(folder, GENAI_FILE), '1')).toMatchObject({ ok: false });
  // agentsight's own database in its place is followed as ever.
  renameSync(join(folder, GENAI_FILE), join(folder, 'planted'));
  const writer = await startWriter(folder);
  await feed.caughtUp();
  await writer.call();
  await told(feed, 'call', 1);
});

test('columns that are computed beside those of ours are never computed; triggers and odd indexes do nothing', async () => {
  const folder = folderWith([{}, {}, {}]);
  const bomb = "length(replace(hex(zeroblob(400000000)), '0', 'abc'))";
  run(
    join(folder, GENAI_FILE),
    `ALTER TABLE genai_events ADD COLUMN bomb AS (${bomb});
     ALTER TABLE genai_events DROP COLUMN user_query;
     ALTER TABLE genai_events ADD COLUMN user_query AS (${bomb});
     CREATE INDEX odd ON genai_events (status) WHERE status = 'none';
     CREATE INDEX odder ON genai_events (id, start_timestamp_ns, end_timestamp_ns);
     CREATE TRIGGER t AFTER UPDATE ON genai_events BEGIN DELETE FROM genai_events; END;
     CREATE VIEW beside AS SELECT * FROM genai_events;`,
  );
  const feed = followSqlite(folder);
  await feed.caughtUp();
  expect(callsOf(feed, 3)).toMatchObject([{ userQuery: null }]);
});

test.each<[string, (path: string) => void]>([
  ['a FIFO', (path) => void spawnSync('mkfifo', [path])],
  ['a folder', (path) => mkdirSync(path)],
  ['a device', (path) => symlinkSync('/dev/zero', path)],
])('%s of the name of a database, or beside it, blocks nothing and is reported', async (_, plant) => {
  for (const name of [GENAI_FILE, INTERRUPTION_FILE, `${GENAI_FILE}-wal`, `${GENAI_FILE}-journal`]) {
    const folder = folderWith([{}], [{}]);
    const path = join(folder, name);
    if (existsSync(path)) renameSync(path, `${path}.before`);
    plant(path);
    const feed = followSqlite(folder);
    await until(() => feed.healths.some(({ detail }) => wordSource(detail).includes(`${path} is not a regular file`)));
    await feed.stop();
  }
});

test.skipIf(process.getuid?.() !== 0)('root opens nothing for writing in a folder of somebody else', async () => {
  const folder = folderWith([{}]);
  const db = new DatabaseSync(join(folder, GENAI_FILE));
  db.exec('PRAGMA journal_mode = WAL');
  db.close();
  chownSync(folder, 54_321, 54_321);
  const feed = followSqlite(folder);
  await feed.caughtUp();
  expect(feed.words()).toContain('as it is');
  expect(existsSync(join(folder, `${GENAI_FILE}-shm`))).toBe(false);
  expect(callsOf(feed, 1)).toHaveLength(1);
});

test('a forged table whose pages lead back to rows that were read is read once', async () => {
  const folder = folderWith(Array.from({ length: 400 }, () => ({})));
  const file = join(folder, GENAI_FILE);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
  const [row] = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'genai_events'").all();
  const { page_size: pageSize } = db.prepare('PRAGMA page_size').get() as { page_size: number };
  db.close();
  forgeCircle(file, Number(row?.['rootpage']), pageSize);
  const feed = followSqlite(folder);
  await feed.caughtUp();
  expect(feed.events.length).toBeLessThan(400);
  const ids = feed.events.map(({ record }) => record);
  expect(new Set(ids).size).toBe(ids.length);
});

// Lets every child of the table's root page be its first one.
function forgeCircle(file: string, root: number, pageSize: number): void {
  const bytes = readFileSync(file);
  const page = bytes.subarray((root - 1) * pageSize, root * pageSize);
  expect(page[0]).toBe(5);
  const cells = Array.from({ length: page.readUInt16BE(3) }, (_, n) => page.readUInt16BE(12 + 2 * n));
  const first = page.readUInt32BE(cells[0]);
  for (const cell of cells) page.writeUInt32BE(first, cell);
  page.writeUInt32BE(first, 8);
  writeFileSync(file, bytes);
}

function run(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}
