/** What may stand in a source's place: servers that break HTTP, and things that are no database. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Feed } from '../../src/core/feed.ts';
import type { SourceHealth } from '../../src/core/sources.ts';
import { GENAI_FILE, GENAI_SCHEMA } from '../../src/feeds/demo/schema.ts';
import { httpFeed } from '../../src/feeds/http/index.ts';
import { sqliteFeed } from '../../src/feeds/sqlite/sqlite-feed.ts';
import { MISDEEDS, startHostile } from '../helpers/hostile-server.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli.js');
const WAYS = Object.entries(MISDEEDS);
/** A feed that is told to end takes less, ms; the engine waits a second. */
const END_MS = 1_000;
/** Longest time that one turn of the event loop may take beside a planted database, ms. */
const TURN_MS = 2_000;

const ENDLESS =
  "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id, 'x' AS status, x AS start_timestamp_ns, x AS end_timestamp_ns FROM n WHERE x < 0";
const PLANTED: readonly ((file: string) => void)[] = [
  (file) => void spawnSync('mkfifo', [file]),
  (file) => {
    run(file, GENAI_SCHEMA);
    spawnSync('mkfifo', [`${file}-journal`]);
  },
  (file) => run(file, `CREATE VIEW genai_events AS ${ENDLESS}`),
  (file) => run(file, 'CREATE VIRTUAL TABLE genai_events USING fts5(id, status, start_timestamp_ns, end_timestamp_ns)'),
  (file) =>
    run(
      file,
      'CREATE TABLE genai_events (id INTEGER PRIMARY KEY, start_timestamp_ns, end_timestamp_ns, status AS (hex(zeroblob(400000000))))',
    ),
];

export const faults: readonly Fault[] = [
  {
    name: `HTTP server that breaks the protocol (${WAYS.length} ways)`,
    needs: [],
    tries: { short: WAYS.length, full: 3 * WAYS.length },
    attempt: async (n) => {
      const [name, misdeed] = WAYS[n % WAYS.length] ?? [];
      if (name === undefined || misdeed === undefined) return 'there is no such way';
      const server = await startHostile(misdeed);
      try {
        const failure = await follow(httpFeed({ base: server.base }), () => server.connections() > 0);
        return failure === null ? null : `${name}: ${failure}`;
      } finally {
        server.close();
      }
    },
  },
  {
    name: 'FIFO, view, virtual table or bomb in the place of a database',
    needs: ['linux'],
    tries: { short: PLANTED.length, full: 10 * PLANTED.length },
    attempt: (n) =>
      inFolder(async (folder) => {
        const file = join(folder, GENAI_FILE);
        PLANTED[n % PLANTED.length]?.(file);
        return follow(sqliteFeed({ path: folder }), (healths) =>
          healths.some(({ status: health }) => health === 'absent' || health === 'lost'),
        );
      }),
  },
  {
    name: 'HTTP 101 and a trickle beside local databases: start and first SIGTERM of the program',
    needs: ['linux'],
    tries: { short: 2, full: 20 },
    attempt: (n) =>
      inFolder(async (folder) => {
        run(join(folder, GENAI_FILE), GENAI_SCHEMA);
        const way = n % 2 === 0 ? 'switching protocols' : 'less than was announced, drop by drop';
        const server = await startHostile(MISDEEDS[way] ?? (() => undefined));
        try {
          return await runBeside(folder, server.base);
        } finally {
          server.close();
        }
      }),
  },
];

async function follow(feed: Feed, isMet: (healths: readonly SourceHealth[]) => boolean): Promise<string | null> {
  const controller = new AbortController();
  const healths: SourceHealth[] = [];
  let longest = 0;
  let turned = performance.now();
  const ticker = setInterval(() => {
    longest = Math.max(longest, performance.now() - turned);
    turned = performance.now();
  }, 10);
  const ended = feed.open(
    { events: () => undefined, health: (health) => void healths.push(health) },
    controller.signal,
  );
  try {
    for (let turn = 0; !isMet(healths) && turn < 300; turn += 1) await delay(10);
    if (!isMet(healths)) return 'nothing was said of it within 3 s';
    await delay(50);
    controller.abort();
    const end = await Promise.race([ended.then(() => 'ended' as const), delay(END_MS, 'late' as const)]);
    if (end === 'late') return 'the feed did not end when it was told to';
    if (healths.some(({ caughtUp }) => caughtUp)) return 'it was taken for a source that is read';
    return longest > TURN_MS ? `the event loop stood still for ${Math.round(longest)} ms` : null;
  } finally {
    clearInterval(ticker);
    controller.abort();
  }
}

async function runBeside(folder: string, base: string): Promise<string | null> {
  const args = ['headless', '--source', `sqlite:${folder}`, '--source', base, '--state-dir', join(folder, 'state')];
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<number | null>((done) => void child.once('exit', done));
  try {
    for (let turn = 0; !output.includes('"started"') && turn < 800; turn += 1) await delay(10);
    if (!output.includes('"started"')) return 'it did not start within 8 s';
    child.kill('SIGTERM');
    const code = await Promise.race([exited, delay(12_000, 'late' as const)]);
    return code === 0 ? null : `the first SIGTERM: ${code}`;
  } finally {
    child.kill('SIGKILL');
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-fault-'));
  try {
    return await work(folder);
  } finally {
    removeTree(folder);
  }
}

function run(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}
