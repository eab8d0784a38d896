/** What an agent may plant in the place of its own records, or send as telemetry. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Feed } from '../../src/core/feed.ts';
import type { RecordMedium, SourceHealth } from '../../src/core/sources.ts';
import { feedOf } from '../helpers/open-source.ts';
import type { Fault } from './fault.ts';
import { inFolder } from './program.ts';

/** Longest time to read what was planted to its end, and to end when told, ms. */
const READ_MS = 10_000;
const END_MS = 1_000;
/** Longest time that one turn of the event loop may take meanwhile, ms. */
const TURN_MS = 2_000;

const ROLLOUT = 'sessions/2026/09/04/rollout-2026-09-04T09-41-40-01a00000-0000-7000-8000-00000000000a.jsonl';
const COUNT = '{"timestamp":"2026-09-04T13:42:05.881Z","type":"event_msg","payload":{"type":"agent_message"}}\n';
const OPENCODE = `CREATE TABLE session (id text PRIMARY KEY, directory); CREATE TABLE message (id text PRIMARY KEY, session_id,
  time_created, data); CREATE TABLE part (id text PRIMARY KEY, message_id, data); CREATE INDEX i ON part (message_id)`;
// Made once, and before anything is watched: packing holds up this process itself.
const BOMB = gzipSync(Buffer.alloc(40_000_000));
const ENDLESS =
  'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id, x AS message_id, x AS data FROM n';

type Planted = readonly [name: string, medium: RecordMedium, plant: (root: string) => void];
const PLANTED: readonly Planted[] = [
  ['packed lines without end', 'codex', (root) => put(root, `${ROLLOUT}.zst`, zstdCompressSync(COUNT.repeat(400_000)))],
  [
    'a packed line without end',
    'codex',
    (root) => put(root, `${ROLLOUT}.zst`, zstdCompressSync(Buffer.alloc(100_000_000))),
  ],
  ['a line of 40 MB', 'codex', (root) => put(root, ROLLOUT, Buffer.alloc(40_000_000, 'x'))],
  ['nesting without end', 'codex', (root) => put(root, ROLLOUT, `{"type":${'['.repeat(15_000_000)}\n`)],
  ['beginnings without end', 'codex', (root) => put(root, ROLLOUT, `${'{"a":'.repeat(500_000)}\n`.repeat(3))],
  ['a FIFO', 'codex', (root) => fifo(join(root, ROLLOUT))],
  ['a folder that leads to itself', 'claude', (root) => loop(root, 'projects/p')],
  [
    'a document of 20 MB',
    'gemini',
    (root) => put(root, 'tmp/p/chats/session-x.json', `{"a":"${'x'.repeat(20_000_000)}"}`),
  ],
  ['a view', 'opencode', (root) => database(root, `${OPENCODE}; DROP TABLE part; CREATE VIEW part AS ${ENDLESS}`)],
  ['a -wal that is a FIFO', 'opencode', (root) => fifo(`${database(root, OPENCODE)}-wal`)],
];

export const faults: readonly Fault[] = [
  {
    name: `planted in the place of an agent's records (${PLANTED.length} ways)`,
    needs: ['linux'],
    tries: { short: PLANTED.length, full: 10 * PLANTED.length },
    attempt: (n) =>
      inFolder(async (folder) => {
        const [name, medium, plant] = PLANTED[n % PLANTED.length] ?? PLANTED[0] ?? [];
        if (name === undefined || medium === undefined || plant === undefined) return 'there is no such way';
        plant(folder);
        const failure = await follow(
          await feedOf(`${medium}:${folder}`),
          ({ caughtUp, status }) => caughtUp || status === 'lost',
        );
        return failure === null ? null : `${name}: ${failure}`;
      }),
  },
  {
    name: 'telemetry that is slow, packed, endless or of a web page',
    needs: [],
    tries: { short: 5, full: 50 },
    attempt: async (n) => {
      let port = 0;
      return follow(
        await feedOf('otlp:127.0.0.1:0'),
        ({ detail }) => {
          if (detail.code === 'listening') port = Number(detail.address.split(':').at(-1));
          return port > 0;
        },
        async () => (n % 5 === 0 ? slow(port) : post(port, n % 5)),
      );
    },
  },
];

/** Follows a feed until `isRead`, then `attack`s it; resolves to what gave way. */
async function follow(
  feed: Feed,
  isRead: (health: SourceHealth) => boolean,
  attack: () => Promise<string | null> = async () => null,
): Promise<string | null> {
  const stop = new AbortController();
  const read = Promise.withResolvers<boolean>();
  let turnAt = performance.now();
  let longest = 0;
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - turnAt);
    turnAt = performance.now();
  }, 10);
  const sink = {
    events: () => undefined,
    health: (health: SourceHealth) => (isRead(health) ? read.resolve(true) : undefined),
  };
  const ended = feed.open(sink, stop.signal);
  const isOver = await Promise.race([read.promise, delay(READ_MS, false)]);
  const failure = isOver ? await attack() : 'was not read to its end';
  stop.abort();
  const hasEnded = await Promise.race([ended.then(() => true), delay(END_MS, false)]);
  clearInterval(watch);
  if (failure !== null) return failure;
  if (!hasEnded) return 'did not end when told';
  return longest > TURN_MS ? `held up everything for ${Math.round(longest)} ms` : null;
}

function put(root: string, path: string, bytes: Buffer | string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

function fifo(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  spawnSync('mkfifo', [path]);
}

function loop(root: string, path: string): void {
  mkdirSync(join(root, path), { recursive: true });
  symlinkSync(root, join(root, path, 'again'));
}

function database(root: string, sql: string): string {
  const file = join(root, 'opencode.db');
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
  return file;
}

// Heads that never end beside one that is whole.
async function slow(port: number): Promise<string | null> {
  const sockets = Array.from({ length: 30 }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.write('POST /v1/logs HTTP/1.1\r\nContent-Length: 9\r\n');
  }
  const failure = await send(port, '{}', {}, 200);
  for (const socket of sockets) socket.destroy();
  return failure;
}

async function post(port: number, way: number): Promise<string | null> {
  const json = { 'content-type': 'application/json' };
  switch (way) {
    case 1:
      return send(port, BOMB, { ...json, 'content-encoding': 'gzip' }, 413);
    case 2:
      return send(port, '{}', { ...json, origin: 'http://a.example' }, 403);
    case 3:
      return send(port, '{}', { 'content-type': 'text/plain' }, 415);
    default:
      return send(port, '['.repeat(900_000), json, 400);
  }
}

async function send(
  port: number,
  body: string | Buffer,
  headers: Record<string, string>,
  wanted: number,
): Promise<string | null> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return answer.status === wanted ? null : `answered ${answer.status}, not ${wanted}`;
}
