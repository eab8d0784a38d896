/** How long a commit takes into the model, and what following costs while nothing happens. Writer and follower apart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { createModel } from '../../../src/core/model/model.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { percentile, report } from '../measure.ts';
import { paceWrites, sentAt } from './pace.ts';
import { createDatabases, heard, startArm, tell } from './rows.ts';

const EVERY_MS = 50;
const MEASURED_MS = 15_000;

const [, , arm, place = ''] = process.argv;
if (arm === undefined) await measure();
else if (arm === 'write') await paceWrites(place);
else await follow(place);

type Said = { readonly cpuMs: number; readonly delays: readonly number[] };

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  createDatabases(folder).close();
  const writer = startArm('write', folder);
  const follower = startArm('follow', folder);
  const said = async (): Promise<Said> => {
    follower.say('since');
    return JSON.parse(await follower.line()) as Said;
  };
  try {
    await follower.line();
    await said();
    await delay(MEASURED_MS);
    const idle = ((await said()).cpuMs / MEASURED_MS) * 100;
    writer.say(`every ${EVERY_MS}`);
    await writer.line();
    await delay(MEASURED_MS);
    const { cpuMs, delays } = await said();
    const [p50, p99, busy] = [percentile(delays, 0.5), percentile(delays, 0.99), (cpuMs / MEASURED_MS) * 100];
    report({ name: 'SQLite: begin of a commit → model, p50', value: p50, unit: 'ms', target: '≤ 5 ms', ok: p50 <= 5 });
    report({
      name: 'SQLite: begin of a commit → model, p99',
      value: p99,
      unit: 'ms',
      target: '≤ 60 ms',
      ok: p99 <= 60,
    });
    report({ name: 'SQLite: following, idle', value: idle, unit: '%', target: '≤ 0.5 % of a core', ok: idle <= 0.5 });
    const at = `SQLite: following, ${1_000 / EVERY_MS} commits/s`;
    report({ name: at, value: busy, unit: '%', target: '(no target: for comparison)', ok: true });
  } finally {
    await Promise.all([writer.end(), follower.end()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function follow(folder: string): Promise<void> {
  const feed = sqliteFeed({ path: folder, newestFirst: true });
  const model = createModel({ advisory: { windowMs: 3_600_000, inputTokens: 200_000 }, evict: true });
  const done = new AbortController();
  let delays: number[] = [];
  let before = process.cpuUsage();
  const take = (batch: readonly FeedEvent[]): void => {
    for (const event of batch) model.apply(feed.uri, event, Date.now());
    for (const event of batch) if (event.type === 'call') delays.push(sentAt(event.call));
  };
  let isReady = false;
  const ready = ({ caughtUp }: { readonly caughtUp: boolean }): void => {
    if (caughtUp && !isReady) tell('ready');
    isReady ||= caughtUp;
  };
  const following = feed.open({ events: take, health: ready }, done.signal);
  for await (const line of heard()) {
    if (line !== 'since') continue;
    const { user, system } = process.cpuUsage(before);
    tell({ cpuMs: (user + system) / 1_000, delays } satisfies Said);
    [before, delays] = [process.cpuUsage(), []];
  }
  done.abort();
  await following;
}
