/**
 * A database with a million rows of history: how soon the newest of it is known, when all of it is, beside the bare
 * `SELECT`, how long a live row takes meanwhile, and what it costs in memory. The rows are written by another process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSightline } from '../../../src/engine/embed.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { createModel } from '../../../src/core/model/model.ts';
import { keepHeapSmall, trimMemory } from '../../../src/effects/memory.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { median, percentile, report } from '../measure.ts';
import { bareSelect } from './bare.ts';
import { paceWrites, sentAt } from './pace.ts';
import { fill, startArm, tell } from './rows.ts';

const ROWS = 1_000_000;
const SMALL_ROWS = 1_000;
const TURNS = 3;
const LIVE_EVERY_MS = 20;

const [, , arm, place = ''] = process.argv;
if (arm === undefined) await compare();
else if (arm === 'fill') fill(place, Number(process.argv[4]));
else if (arm === 'write') await paceWrites(place);
else if (arm === 'bare') tell({ complete: timed(() => bareSelect(place)) });
else if (arm === 'start') tell({ started: await timeToStart(place) });
else tell(await follow(place));

type Followed = {
  /** Until the newest rows were known, and until all were, ms. */
  readonly recent: number;
  readonly complete: number;
  /** Commit to model of each row that was written meanwhile, ms. */
  readonly delays: readonly number[];
  readonly rssMb: number;
};

async function compare(): Promise<void> {
  const [large, small] = [mkdtempSync(join(tmpdir(), 'sightline-')), mkdtempSync(join(tmpdir(), 'sightline-'))];
  try {
    for (const [folder, rows] of [[large, ROWS] as const, [small, SMALL_ROWS] as const])
      run('fill', folder, String(rows));
    const turns = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      const bare = run('bare', large)['complete'] ?? Number.NaN;
      turns.push({ bare, starts: [startOf(small), startOf(large)] as const, followed: await followed(large) });
    }
    say(turns);
  } finally {
    for (const folder of [large, small]) rmSync(folder, { recursive: true, force: true });
  }
}

function say(
  turns: readonly { readonly bare: number; readonly starts: readonly [number, number]; readonly followed: Followed }[],
): void {
  const of = (value: (turn: (typeof turns)[number]) => number): number => median(turns.map(value));
  const [bare, complete] = [of((turn) => turn.bare), of((turn) => turn.followed.complete)];
  const [without, start] = [of((turn) => turn.starts[0]), of((turn) => turn.starts[1])];
  const delays = turns.flatMap((turn) => turn.followed.delays);
  const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
  const recent = of((turn) => turn.followed.recent);
  const line = (name: string, value: number, unit: string, target: string, ok: boolean, floor?: number): void =>
    report({ name, value, unit, target, ok, ...(floor === undefined ? {} : { floor }) });
  line(
    'SQLite, 1 M rows: the core has started',
    start,
    'ms',
    'as without them, + 0.5 s',
    start <= without + 500,
    without,
  );
  line(
    'SQLite, 1 M rows: the newest are in the model',
    recent,
    'ms',
    '≤ 0.1 × bare SELECT',
    recent <= 0.1 * bare,
    bare,
  );
  line('SQLite, 1 M rows: all are in the model', complete, 'ms', '≤ 1.0 × bare SELECT', complete <= bare, bare);
  line('SQLite, 1 M rows: live row meanwhile, p50', p50, 'ms', '≤ 15 ms', p50 <= 15);
  line('SQLite, 1 M rows: live row meanwhile, p99', p99, 'ms', '≤ 60 ms', p99 <= 60);
  const rss = of((turn) => turn.followed.rssMb);
  line('SQLite, 1 M rows: memory with feed and model', rss, 'MB', '≤ 150 MB', rss <= 150);
}

function startOf(folder: string): number {
  return run('start', folder)['started'] ?? Number.NaN;
}

function run(...args: readonly string[]): Record<string, number> {
  const text = execFileSync(process.execPath, [process.argv[1] ?? '', ...args], { encoding: 'utf8' });
  return text === '' ? {} : (JSON.parse(text) as Record<string, number>);
}

/** In a process of its own, while another writes. */
async function followed(folder: string): Promise<Followed> {
  const writer = startArm('write', folder);
  writer.say(`every ${LIVE_EVERY_MS}`);
  await writer.line();
  const follower = startArm('follow', folder);
  const said = JSON.parse(await follower.line()) as Followed;
  await Promise.all([writer.end(), follower.end()]);
  return said;
}

async function follow(folder: string): Promise<Followed> {
  keepHeapSmall();
  const start = performance.now();
  const feed = sqliteFeed({ path: folder, newestFirst: true });
  const model = createModel({ advisory: { windowMs: 3_600_000, inputTokens: 200_000 }, evict: true });
  const done = new AbortController();
  const delays: number[] = [];
  let [recent, complete] = [0, 0];
  const take = (batch: readonly FeedEvent[]): void => {
    for (const event of batch) model.apply(feed.uri, event, Date.now());
    for (const event of batch) if (event.type === 'call' && event.arrival === 'live') delays.push(sentAt(event.call));
  };
  await feed.open(
    {
      events: take,
      sumsBefore: (following) => model.sumsBefore(Date.now(), following),
      health: ({ recentRead, caughtUp }) => {
        if (recentRead === true) recent ||= performance.now() - start;
        if (caughtUp) complete ||= performance.now() - start;
        if (caughtUp) done.abort();
      },
    },
    done.signal,
  );
  // As the engine does when a history is read.
  trimMemory();
  return { recent, complete, delays, rssMb: process.memoryUsage.rss() / 1024 / 1024 };
}

/** Until the whole engine has started. */
async function timeToStart(folder: string): Promise<number> {
  const stateDir = mkdtempSync(join(tmpdir(), 'sightline-bench-state-'));
  const engine = await openSightline({ source: [`sqlite:${folder}`], stateDir, checkpointer: 'none' });
  const start = performance.now();
  await engine.start();
  const took = performance.now() - start;
  await engine.close();
  rmSync(stateDir, { recursive: true, force: true });
  return took;
}

function timed(what: () => unknown): number {
  const start = performance.now();
  what();
  return performance.now() - start;
}
