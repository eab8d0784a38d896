/**
 * The 23 pitfalls of the feed contract (its section 10): each that asks a behaviour of us has a test named after it, here
 * (files and places) or in pitfalls-of-content.test.ts (what the feed says).
 *
 *  1 partial last line                 test; test/feeds/jsonl/jsonl-feed.test.ts
 *  2 JSONL unbounded, later absent     test; test/feeds/locate.test.ts
 *  3 WAL without write permission      test; test/feeds/sqlite/recorded.test.ts, trouble.test.ts
 *  4 umask 0077                        test; as another user in test/feeds/sqlite/trouble.test.ts, test/feeds/jsonl/access.test.ts
 *  5 long reads block the writer       test; test/feeds/sqlite/live.test.ts (VACUUM after each insert)
 *  6 rows are updated                  test; test/feeds/sqlite/live.test.ts, test/core/model/calls.test.ts
 *  7 pending rows are no LLMCall       test
 *  8 sizes                             test; test/feeds/jsonl/jsonl-feed.test.ts (the bound of a line)
 *  9 encoding                          test; test/feeds/wire/decode-line.test.ts
 * 10 integers over 2^53                test; test/feeds/wire/decode-line.test.ts, logtail.test.ts
 * 11 pruning                           test; test/feeds/sqlite/live.test.ts
 * 12 out of order, ids used again      test; test/core/reactor/arrival.test.ts (any order, the same signals)
 * 13 error null on 200, pages, 0       test
 * 14 no_user_query, changing sessions  test
 * 15 secrets                           test
 * 16 serve open to everybody           asks nothing of a reader: whom serve answers is agentsight's to say. What we do: no
 *                                      host but loopback is ever asked unless the user names it (test/feeds/locate.test.ts)
 * 17 SLS_LOGTAIL_FILE alone            test; test/feeds/wire/logtail.test.ts
 * 18 faults of clock, total and cache  test; test/core/model/totals.test.ts, eviction.test.ts
 * 19 rows are fewer than errors        test
 * 20 retry_storm comes late            test; test/core/reactor/detect/storms.test.ts
 * 21 an empty feed is no good news     test; test/app/once-document.test.ts (unknown while its source is lost)
 * 22 events dropped under load         asks nothing: a gap leaves no mark in any medium, so nobody can tell of it
 * 23 what upstream may yet add         test; test/feeds/sqlite/rows.test.ts, test/feeds/wire/decode-line.test.ts
 */
import { appendFileSync, chmodSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import { onceDocument } from '../../src/commands/once/document.ts';
import type { OnceState } from '../../src/commands/once/schema.ts';
import { GENAI_FILE, INTERRUPTION_FILE } from '../../src/feeds/demo/schema.ts';
import { feedOf } from '../helpers/open-source.ts';
import { locateSources } from '../../src/feeds/locate.ts';
import { notOpened } from '../../src/feeds/sqlite/condition.ts';
import { engineOver } from '../conformance/outcome.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { type Followed, followFeed } from '../helpers/follow-feed.ts';
import { callsOf, folderWith, followSqlite, startWriter, told } from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { wordSource } from '../../src/wording/sources.ts';

// Many of them start a process; a busy machine of two cores takes its time for that.
vi.setConfig({ testTimeout: 30_000 });

const LINE = `${callLineOf({ id: 'msg_1' })}\n`;

test('pitfall 1: a partial last line waits for its end; missing, truncated and replaced files go on', async () => {
  const path = join(tempDir(), 'events.jsonl');
  const feed = await follow(`jsonl:${path}`);
  await until(() => feed.healths.at(-1)?.status === 'absent');
  appendFileSync(path, LINE + LINE.slice(0, 100));
  await feed.count(1);
  appendFileSync(path, LINE.slice(100));
  await feed.count(2);
  truncateSync(path);
  appendFileSync(path, LINE);
  await feed.count(3);
  renameSync(path, `${path}.1`);
  appendFileSync(path, LINE);
  await feed.count(4);
  expect(feed.health().skipped).toEqual({ malformed: 0, oversized: 0, unsupported: 0 });
});

test('pitfall 2: the JSONL file is a source among others: databases come first, and its absence is no loss', async () => {
  const folder = folderWith([{}]);
  const env = { configFile: '/nowhere', databases: folder, jsonlFolders: [tempDir()] };
  expect(await locateSources(env)).toMatchObject({ found: [`sqlite:${folder}`], tried: [] });
  const engine = await engineOver([
    await feedOf(`sqlite:${folder}`),
    await feedOf(`jsonl:${join(tempDir(), 'none.jsonl')}`),
  ]);
  engine.commit();
  expect(engine.store.getState().model.fleet.totals.calls).toBe(1);
  expect(engine.store.getState().sources.map(({ health }) => health.status)).toEqual(['ok', 'absent']);
});

test('pitfall 3: WAL without write permission: read along with the writer, read what is there, and report what is not', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.call();
  protect(folder);
  const feed = followSqlite(folder);
  await told(feed, 'call', 1);
  await writer.call();
  await told(feed, 'call', 2);
  expect(callsOf(feed, 2)).toMatchObject([{ arrival: 'live' }]);
  const copy = folderWith([{}]);
  protect(copy);
  const still = followSqlite(copy);
  await still.caughtUp();
  expect(still.words()).toContain('read-only');
  expect(still.words()).toContain('this is a copy without its newest rows');
});

test('pitfall 4: a folder closed by umask 0077 gives the exact remedy', () => {
  const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const { state, detail } = notOpened('/var/log/sysak/.agentsight/genai_events.db', error, null, false);
  expect(state).toBe('lost');
  expect(wordSource(detail)).toContain(
    'run sightline as root, or: sudo setfacl -R -m u:$USER:rX /var/log/sysak/.agentsight',
  );
});

test('pitfall 5: while a long history is read, the writer writes, vacuums and checkpoints without an error', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  await writer.exec(GENAI_FILE, manyRows(20_000));
  const feed = followSqlite(folder);
  await until(() => feed.events.length > 0);
  // A writer of the newest version waits for 500 ms at most.
  for (let n = 0; n < 5; n += 1) {
    await writer.call();
    await writer.exec(GENAI_FILE, 'PRAGMA wal_checkpoint(TRUNCATE)');
    await writer.exec(GENAI_FILE, 'VACUUM');
  }
  await until(() => new Set(feed.events.map(({ record }) => record)).size === 20_005, 15_000);
  expect(feed.events).toHaveLength(20_005);
});

test('pitfall 8: a line or a row too large is skipped or read without its bodies, and those after it are read', async () => {
  const path = join(tempDir(), 'events.jsonl');
  writeFileSync(path, `{"LLMCall":{"call_id":"${'x'.repeat(33 * 1024 * 1024)}"}}\n${LINE}`);
  const lines = await follow(`jsonl:${path}`);
  await lines.caughtUp();
  expect(lines.calls()).toEqual(['msg_1 historical']);
  expect(lines.health().skipped.oversized).toBe(1);
  const body = JSON.stringify({ LLMCall: { error: null, request: { raw_body: 'x'.repeat(9 * 1024 * 1024) } } });
  const rows = followSqlite(folderWith([{ event_json: body, call_id: 'large' }, { call_id: 'after' }]));
  await rows.caughtUp();
  expect(rows.calls()).toEqual(['large historical', 'after historical']);
});

test('pitfall 11: pruned rows vanish from their database and not from the totals, and their numbers are not missed', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  const engine = await engineOver([await feedOf(`sqlite:${folder}`)]);
  const calls = (): number => (engine.commit(), engine.store.getState().model.fleet.totals.calls);
  for (let n = 0; n < 4; n += 1) await writer.call();
  await until(() => calls() === 4);
  await writer.exec(GENAI_FILE, 'DELETE FROM genai_events WHERE id <= 3; VACUUM');
  await writer.call();
  await until(() => calls() === 5);
  expect(engine.store.getState().sources[0]?.health).toMatchObject({ status: 'ok' });
});

test('pitfall 17: with SLS_LOGTAIL_FILE alone there is neither database nor JSONL: logtail:FILE is the feed', async () => {
  const path = join(tempDir(), 'logtail.log');
  const record = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.response.id': 'msg_1',
    'agentsight.start_timestamp_ns': '1780012345678901234',
    'agentsight.end_timestamp_ns': '1780012349178901235',
    'agentsight.http.status_code': '429',
  };
  writeFileSync(path, `${JSON.stringify(record)}\n`);
  const feed = await follow(`logtail:${path}`);
  await feed.caughtUp();
  expect(feed.events).toMatchObject([{ call: { callId: 'msg_1', statusCode: 429, endNs: 1780012349178901235n } }]);
});

test('pitfall 21: an empty feed reports that nothing came, never that all is well', async () => {
  const folder = tempDir();
  const writer = await startWriter(folder);
  const engine = await engineOver([await feedOf(`sqlite:${folder}`)]);
  const { sources, agents } = documentOf(engine);
  expect([sources[0]?.last_event_at, agents]).toEqual([null, []]);
  await writer.call();
  await until(() => documentOf(engine).agents[0]?.state === 'active');
  await writer.close();
  for (const file of [GENAI_FILE, INTERRUPTION_FILE]) rmSync(join(folder, file));
  await until(() => documentOf(engine).agents[0]?.state === 'unknown');
});

async function follow(uri: string): Promise<Followed> {
  return followFeed(await feedOf(uri));
}

function documentOf(engine: Engine): OnceState {
  engine.commit();
  const view = engine.store.getState();
  return onceDocument({ view, sourcesOf: engine.queries.sourcesOf, since: null });
}

function protect(folder: string): void {
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
}

function manyRows(count: number): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO genai_events (event_type, call_id, start_timestamp_ns, end_timestamp_ns, event_json)
    SELECT 'llm_call', 'call-' || i, 1780000000000000000 + i, 1780000000000000001 + i, '{}' FROM n`;
}
