/**
 * A history in SQLite through the feed alone, to the model, and through the whole engine; beside it the bare `SELECT` of
 * the columns that we read, the fastest way that there is (arrays, in slices). Each run is a process of its own, in turns.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSightline } from '../../../src/engine/embed.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { createModel } from '../../../src/core/model/model.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { median, report } from '../measure.ts';
import { bareSelect } from './bare.ts';
import { fill } from './rows.ts';

const ROWS = 200_000;
const TURNS = 5;
const TARGET = 0.7;
const ARMS = ['bare', 'feed', 'model', 'whole'] as const;
type Arm = (typeof ARMS)[number];

const [, , arm, place = ''] = process.argv;
if (arm === undefined) compare();
else process.stdout.write(String(await run(arm as Arm, place)));

function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  const took: Readonly<Record<Arm, number[]>> = { bare: [], feed: [], model: [], whole: [] };
  try {
    fill(folder, ROWS);
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const one of turn % 2 === 0 ? ARMS : ARMS.toReversed()) {
        const args = [process.argv[1] ?? '', one, folder];
        took[one].push(Number(execFileSync(process.execPath, args, { encoding: 'utf8' })));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say('SQLite: the feed alone', took.feed, took.bare);
  say('SQLite to the model', took.model, took.bare);
  say('SQLite through the whole engine', took.whole, took.bare);
}

function say(name: string, took: readonly number[], bare: readonly number[]): void {
  const [value, floor] = [ROWS / median(took), ROWS / median(bare)];
  const ok = value >= TARGET * floor;
  report({ name, value, unit: 'rows/ms', floor, target: `≥ ${TARGET} × bare SELECT`, ok });
}

/** Milliseconds that one arm takes for the whole history. */
async function run(which: Arm, folder: string): Promise<number> {
  const start = performance.now();
  if (which === 'bare') bareSelect(folder);
  else if (which === 'whole') return throughEngine(folder);
  else await follow(folder, which === 'model');
  return performance.now() - start;
}

async function follow(folder: string, isModelled: boolean): Promise<void> {
  const feed = sqliteFeed({ path: folder, newestFirst: true });
  const model = createModel({ advisory: { windowMs: 3_600_000, inputTokens: 200_000 }, evict: true });
  const done = new AbortController();
  const take = (batch: readonly FeedEvent[]): void => {
    if (isModelled) for (const event of batch) model.apply(feed.uri, event, Date.now());
  };
  await feed.open({ events: take, health: ({ caughtUp }) => caughtUp && done.abort() }, done.signal);
}

async function throughEngine(folder: string): Promise<number> {
  const stateDir = mkdtempSync(join(tmpdir(), 'sightline-bench-state-'));
  const engine = await openSightline({ source: [`sqlite:${folder}`], stateDir, checkpointer: 'none', commitMs: 33 });
  const start = performance.now();
  const complete = Promise.withResolvers<number>();
  engine.store.subscribe(({ sources }) => {
    if (sources[0]?.health.caughtUp === true) complete.resolve(performance.now() - start);
  });
  await engine.start();
  const took = await complete.promise;
  await engine.close();
  rmSync(stateDir, { recursive: true, force: true });
  return took;
}
