/**
 * A history in SQLite through the feed alone, to the model, and through the whole engine, row by row as beside another
 * source and with sums as alone; beside it the bare `SELECT` of the columns that we read, the fastest way that there is (arrays, in slices). Each run is a process of its own, in turns.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSightline } from '../../../src/engine/embed.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { createModel } from '../../../src/core/model/model.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { cpuMs, median, report } from '../measure.ts';
import { bareSelect } from './bare.ts';
import { fill } from './rows.ts';

const ROWS = 200_000;
const TURNS = 5;
const TARGETS = { feed: 0.8, model: 0.7, rows: 0.6, whole: 0.6 } as const;
const ARMS = ['bare', 'feed', 'model', 'rows', 'whole'] as const;
type Arm = (typeof ARMS)[number];

const [, , arm, place = ''] = process.argv;
if (arm === undefined) compare();
else process.stdout.write(String(await run(arm as Arm, place)));

function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  const took: Readonly<Record<Arm, number[]>> = { bare: [], feed: [], model: [], rows: [], whole: [] };
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
  say('SQLite: the feed alone', 'feed', took);
  say('SQLite to the model', 'model', took);
  say('SQLite through the whole engine, row by row', 'rows', took);
  say('SQLite through the whole engine', 'whole', took);
}

function say(name: string, which: keyof typeof TARGETS, took: Readonly<Record<Arm, readonly number[]>>): void {
  const [value, floor] = [ROWS / median(took[which]), ROWS / median(took.bare)];
  const target = TARGETS[which];
  report({ name, value, unit: 'rows/ms', floor, target: `≥ ${target} × bare SELECT`, ok: value >= target * floor });
}

/** CPU milliseconds that one arm takes for the whole history. */
async function run(which: Arm, folder: string): Promise<number> {
  const start = cpuMs();
  if (which === 'bare') bareSelect(folder);
  else if (which === 'whole' || which === 'rows') return throughEngine(folder, which === 'whole');
  else await follow(folder, which === 'model');
  return cpuMs() - start;
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

async function throughEngine(folder: string, isAlone: boolean): Promise<number> {
  const stateDir = mkdtempSync(join(tmpdir(), 'sightline-bench-state-'));
  const other = join(stateDir, 'other.jsonl');
  writeFileSync(other, '');
  const source = [`sqlite:${folder}`, ...(isAlone ? [] : [`jsonl:${other}`])];
  const engine = await openSightline({ source, stateDir, checkpointer: 'none', commitMs: 33 });
  const start = cpuMs();
  const complete = Promise.withResolvers<number>();
  engine.store.subscribe(({ sources }) => {
    if (sources[0]?.health.caughtUp === true) complete.resolve(cpuMs() - start);
  });
  await engine.start();
  const took = await complete.promise;
  await engine.close();
  rmSync(stateDir, { recursive: true, force: true });
  return took;
}
