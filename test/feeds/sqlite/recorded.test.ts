import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import type { Interruption } from '../../../src/core/interruptions.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { followFeed, type Followed } from '../../helpers/follow-feed.ts';
import { recorded } from '../../helpers/recorded.ts';
import { startWriter } from '../../helpers/sqlite-world.ts';
import { until } from '../../helpers/until.ts';

const TRACED = 'agentsight-0.5-traced';

test('what the real tracer of 0.5 recorded is read to the token, all of it historical', async () => {
  const feed = follow(recorded(TRACED));
  await feed.caughtUp();
  expect(totals(callsOf(feed))).toEqual(truthOf(TRACED));
  expect(interruptionsOf(feed)).toHaveLength(6);
  expect(new Set(feed.events.map((event) => event.arrival))).toEqual(new Set(['historical']));
  expect(feed.health()).toMatchObject({ medium: 'sqlite', status: 'ok', lagMs: 0, ended: false });
});

test('nanoseconds are exact, and what a schema lacks has its default', async () => {
  const feed = follow(recorded(TRACED));
  await feed.caughtUp();
  expect(callsOf(feed)[0]).toMatchObject({
    callId: 'msg_01VM000001',
    startNs: 1_795_470_576_664_471_120n,
    endNs: 1_795_470_577_143_067_500n,
    kind: 'main',
    agent: 'Hermes',
    processName: 'python3',
    provider: 'anthropic',
    usage: { inputTokens: 121, outputTokens: 1, cacheReadTokens: 1_800, cacheCreationTokens: 40 },
  });
});

test('a failed call has its text from the event, where there is one, and no usage where none was reported', async () => {
  const feed = follow(recorded(TRACED));
  await feed.caughtUp();
  const failed = callsOf(feed).filter((call) => (call.statusCode ?? 0) >= 400);
  expect(failed.map((call) => call.error)).toContain('worker crashed: SIGKILL (out of memory)');
  expect(failed.filter((call) => call.error === null)).toHaveLength(2);
  expect(failed.every((call) => call.usage === null)).toBe(true);
});

test('a killed process leaves an interrupted call with what it had used, and a crash that names the call', async () => {
  const feed = follow(recorded(TRACED));
  await feed.caughtUp();
  expect(callsOf(feed).at(-1)).toMatchObject({
    status: 'interrupted',
    endNs: null,
    interruptionType: 'agent_crash',
    usage: { inputTokens: 130, outputTokens: 1 },
  });
  expect(interruptionsOf(feed).at(-1)).toMatchObject({
    type: 'agent_crash',
    severity: 'critical',
    callId: null,
    detail: { callIds: ['1a20a620b66_10d_22'] },
  });
});

test('a copy without its -wal lacks the rows in it, and is read all the same', async () => {
  const folder = recorded(TRACED);
  rmSync(join(folder, 'interruption_events.db-wal'));
  const feed = follow(folder);
  await feed.caughtUp();
  expect(callsOf(feed)).toHaveLength(23);
  expect(interruptionsOf(feed)).toHaveLength(0);
  expect(feed.words()).toContain('no table interruption_events (a copy needs its -wal too)');
});

test('reads a folder without write permission without leaving anything in it', async () => {
  const folder = recorded(TRACED);
  rmSync(join(folder, 'interruption_events.db-wal'));
  protect(folder);
  const before = contents(folder);
  const feed = follow(folder);
  await feed.caughtUp();
  expect(callsOf(feed)).toHaveLength(23);
  expect(feed.words()).toContain('read-only');
  await feed.stop();
  expect(contents(folder)).toEqual(before);
});

test('rows in a -wal that a read-only folder keeps out of reach are missed loudly', async () => {
  const folder = recorded(TRACED);
  protect(folder);
  const feed = follow(folder);
  await feed.caughtUp();
  expect(feed.health()).toMatchObject({ status: 'degraded' });
  expect(feed.words()).toContain('copy the folder');
});

test('a file of the folder names the folder, and a copy under another name is read as the calls', async () => {
  const folder = recorded(TRACED);
  const feed = follow(join(folder, 'interruption_events.db'));
  copyFileSync(join(folder, 'genai_events.db'), join(folder, 'monday.db'));
  const copy = follow(join(folder, 'monday.db'));
  await Promise.all([feed.caughtUp(), copy.caughtUp()]);
  expect([callsOf(feed).length, callsOf(copy).length]).toEqual([23, 23]);
});

test('the interruptions of 0.14 keep their severity, their type though unknown, and their detail as text', async () => {
  const feed = follow(recorded('agentsight-0.14'));
  await feed.count(42);
  const types = interruptionsOf(feed);
  expect(types.find((row) => row.type === 'quantum_flux')).toMatchObject({ severity: 'low', callId: null });
  expect(types.find((row) => row.detail.signal === 15)).toMatchObject({
    type: 'agent_crash',
    detail: { exitCode: 0, coreDump: false, text: expect.stringContaining('ended by SIGTERM') },
  });
});

test('reads a folder with interruptions alone, and reports what it lacks', async () => {
  const feed = follow(recorded('agentsight-0.14'));
  await feed.caughtUp();
  expect(interruptionsOf(feed)).toHaveLength(42);
  expect(feed.health()).toMatchObject({ status: 'degraded' });
  expect(feed.words()).toContain('without calls: genai_events.db is not in');
});

test('reports that a database without its -wal may be a half copy, until it is written to', async () => {
  const folder = recorded(TRACED);
  const feed = follow(folder);
  await feed.caughtUp();
  expect(feed.health()).toMatchObject({ status: 'ok' });
  expect(feed.words()).toContain('no genai_events.db-wal beside it');
  const writer = await startWriter(folder, null);
  await writer.call();
  await until(() => !feed.words().includes('beside it'));
});

function follow(path: string): Followed {
  return followFeed(sqliteFeed({ path }));
}

function callsOf(feed: Followed): readonly Call[] {
  return feed.events.flatMap((event) => (event.type === 'call' ? [event.call] : []));
}

function interruptionsOf(feed: Followed): readonly Interruption[] {
  return feed.events.flatMap((event) => (event.type === 'interruption' ? [event.interruption] : []));
}

function totals(calls: readonly Call[]): Record<string, number> {
  const sum = (of: (call: Call) => number | null | undefined): number =>
    calls.reduce((total, call) => total + (of(call) ?? 0), 0);
  return {
    calls: calls.length,
    failed: calls.filter((call) => call.status === 'interrupted' || (call.statusCode ?? 0) >= 400).length,
    input_tokens: sum((call) => call.usage?.inputTokens),
    output_tokens: sum((call) => call.usage?.outputTokens),
    cache_read_tokens: sum((call) => call.usage?.cacheReadTokens),
    cache_creation_tokens: sum((call) => call.usage?.cacheCreationTokens),
  };
}

function truthOf(name: string): Record<string, number> {
  const truth = JSON.parse(readFileSync(new URL(`../../fixtures/${name}/truth.json`, import.meta.url), 'utf8'));
  const { pending: _pending, prompt_tokens: _prompt, cache_ratio: _ratio, ...rest } = truth.agents.Hermes;
  return rest;
}

function protect(folder: string): void {
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
}

function contents(folder: string): readonly string[] {
  return readdirSync(folder).map(
    (file) =>
      `${file} ${createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex')}`,
  );
}
