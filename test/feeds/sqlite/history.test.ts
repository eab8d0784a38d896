import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { createModel } from '../../../src/core/model/model.ts';
import type { Cost } from '../../../src/core/model/types.ts';
import { shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import { step } from '../../../src/core/reactor/step.ts';
import type { SourceHealth } from '../../../src/core/sources.ts';
import { GENAI_FILE } from '../../../src/feeds/demo/schema.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { callDefaults, type Fields } from '../../helpers/agentsight-writer.ts';
import { withoutMinuteCosts } from '../../helpers/minutes.ts';
import { World } from '../../helpers/reactor.ts';
import { folderWith, followSqlite, startWriter, story } from '../../helpers/sqlite-world.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Rows of the past that come first, and with the second part. */
const RECENT = 2_000;
const KEPT = 10_000;
const ROWS = 13_000;

const rows = (from: number, to: number, arrival: string): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `call ${from + n} ${arrival}`);

const OLDER = [...rows(ROWS - KEPT + 1, ROWS - RECENT, 'historical'), ...rows(1, ROWS - KEPT, 'historical')];

function longPast(fields: (row: number) => Fields = () => ({}), interruptions: readonly Fields[] = []): string {
  return folderWith(
    Array.from({ length: ROWS }, (_, n) => fields(n + 1)),
    interruptions,
  );
}

/** Follows until `until` says that it is enough; `onBatch` is called within the delivery of each batch. */
async function follow(
  folder: string,
  cursor: string | null,
  until: (health: SourceHealth) => boolean,
  onBatch: (batch: readonly FeedEvent[], before: number) => void = () => undefined,
): Promise<{ readonly events: readonly FeedEvent[]; readonly health: SourceHealth }> {
  const events: FeedEvent[] = [];
  const healths: SourceHealth[] = [];
  const controller = new AbortController();
  const sink = {
    events: (batch: readonly FeedEvent[]): void => {
      onBatch(batch, events.length);
      events.push(...batch);
    },
    health: (health: SourceHealth): void => {
      healths.push(health);
      if (until(health)) controller.abort();
    },
  };
  await sqliteFeed({ path: folder, cursor, newestFirst: true }).open(sink, controller.signal);
  const health = healths.at(-1);
  if (health === undefined) throw new Error('it said nothing of itself');
  return { events, health };
}

const isRecentRead = ({ recentRead }: SourceHealth): boolean => recentRead === true;
const isCaughtUp = ({ caughtUp }: SourceHealth): boolean => caughtUp;

function insert(folder: string, callId: string): void {
  const db = new DatabaseSync(join(folder, GENAI_FILE));
  const row: Fields = { ...callDefaults(0), call_id: callId };
  const columns = Object.keys(row);
  db.prepare(`INSERT INTO genai_events (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(
    ...Object.values(row),
  );
  db.close();
}

const FIRST_NS = 1_780_000_000_000_000_000n;

/** One whose price rests on the size of the prompt too, as the usual one's does, one whose does not, and one without a price. */
const MODELS = ['claude-haiku-4-5', 'gemini-2.5-pro', 'fixture-model'] as const;

/** Rows as agents write them, and some that are malformed. */
function variedRow(row: number): Fields {
  const startNs = FIRST_NS + BigInt(row) * 30_000_000_000n + BigInt(row % 7);
  const agent = Math.floor(row / 3) % 4;
  const failed = row % 67 === 0 || row % 700 < 12;
  const odd: Fields =
    [{ status_code: 'no number' }, { agent_name: null }, { agent_name: ' ' }, { pid: -1 }][row % 389] ?? {};
  return {
    call_id: `call ${row}`,
    conversation_id: row % 141 === 0 ? null : `conversation ${Math.floor(row / 900)} of ${agent}`,
    start_timestamp_ns: startNs,
    end_timestamp_ns: startNs + BigInt((row * 7_919) % 25_000) * 1_000_000n + 11n,
    agent_name: `Agent ${agent}`,
    pid: 4_000 + agent,
    provider: ['anthropic', 'openai', 'Anthropic', null][row % 13] ?? 'anthropic',
    model: MODELS[row % 29] ?? 'claude-sonnet-4-5',
    call_kind: row % 153 === 0 ? 'recap' : 'main',
    input_tokens: row % 31 === 0 ? null : ((row * 37) % 9_000) * 30,
    output_tokens: row % 300,
    cache_read_tokens: row % 1_000 < 400 ? null : row % 5,
    cache_creation_tokens: null,
    status_code: failed ? 529 : 200,
    event_json: JSON.stringify({ LLMCall: { error: failed ? 'Overloaded' : null } }),
    ...odd,
    // Numbers too large for sums: what is read with them is read row by row.
    ...(row === 2_999 && { output_tokens: 2n ** 60n }),
  };
}

type Known = {
  readonly known: unknown;
  readonly cost: Cost | undefined;
  readonly told: number;
  /** Batches that were told as sums. */
  readonly pasts: number;
};

/** What the model knows, and the signals that the core raised, once all is read. */
async function knownOf(folder: string, way: 'singly' | 'sums' | 'ahead'): Promise<Known> {
  const advisory = { windowMs: 3_600_000, inputTokens: 200_000 };
  const model = createModel({ advisory, evict: true, pricer: loadPricer() });
  const now = Number(FIRST_NS / 1_000_000n) + ROWS * 30_000 + 86_400_000;
  const world = new World();
  const done = new AbortController();
  let [told, pasts] = [0, 0];
  const sink = {
    events: (batch: readonly FeedEvent[]): void => {
      told += batch.length;
      pasts += batch.filter(({ type }) => type === 'past').length;
      const changes = batch.flatMap((event) => model.apply('a', event, now));
      const facts = changes.flatMap((change) =>
        change.type === 'call' || change.type === 'interruption' ? [change] : [],
      );
      [world.state] = step(world.state, { type: 'history', facts, at: now, mono: 0 });
    },
    health: ({ caughtUp }: SourceHealth): void => {
      if (caughtUp) done.abort();
    },
    ...(way !== 'singly' && { sumsBefore: (following: number) => model.sumsBefore(now, following) }),
  };
  const ahead = way === 'ahead' && { worthRows: 1n };
  await sqliteFeed({ path: folder, newestFirst: true, now: () => now, ...ahead }).open(sink, done.signal);
  const signals = shardedValues(world.state.settled).map(({ signal }) => signal);
  const { fleet, agents, conversations, advisories } = model.view();
  const uncosted = agents.map(withoutMinuteCosts);
  const details = agents.flatMap(({ name }) => model.agentDetail(name) ?? []).map(withoutMinuteCosts);
  const byId = signals.toSorted((a, b) => (a.signalId < b.signalId ? -1 : 1));
  const counts = model.sourceCounts('a');
  const known = { fleet, agents: uncosted, conversations, advisories, details, counts, signals: byId };
  return { known, cost: fleet.totals.cost, told, pasts };
}

describe('a long past', () => {
  test('that may be told as sums makes the same model and the same signals as row by row, with fewer events', async () => {
    const folder = longPast(variedRow);
    const singly = await knownOf(folder, 'singly');
    const sums = await knownOf(folder, 'sums');
    expect(sums.known).toEqual(singly.known);
    expect(Math.min(singly.cost?.priced ?? 0, singly.cost?.unpriced ?? 0)).toBeGreaterThan(ROWS / 100);
    expect(singly.told).toBe(ROWS);
    // How many are left out depends on the pace: a batch is as large as fits into its time.
    expect(sums.told).toBeLessThan(ROWS - 500);
  });

  test('that is read ahead by another thread makes the same model and the same signals as row by row', async () => {
    const threads: unknown[] = [];
    const onThread = (thread: unknown): void => void threads.push(thread);
    process.on('worker', onThread);
    // A number that is too large for sums is read by this thread, which goes on alone then.
    const withoutLarge = (row: number): Fields => ({ ...variedRow(row), output_tokens: row % 300 });
    for (const fields of [variedRow, withoutLarge]) {
      const folder = longPast(fields);
      const singly = await knownOf(folder, 'singly');
      const ahead = await knownOf(folder, 'ahead');
      expect(ahead.known).toEqual(singly.known);
      // Without it one block holds all.
      if (fields === withoutLarge) expect(ahead.pasts).toBe(1);
    }
    process.off('worker', onThread);
    expect(threads).toHaveLength(2);
  });

  test('is read newest first: the newest rows, then the others that are kept, then the rest, each once', async () => {
    const { events } = await follow(longPast(), null, isCaughtUp);
    expect(story(events)).toEqual([...rows(ROWS - RECENT + 1, ROWS, 'historical'), ...OLDER]);
  });

  test('is read in order without newestFirst', async () => {
    const feed = followSqlite(longPast());
    await feed.caughtUp();
    expect(story(feed.events)).toEqual(rows(1, ROWS, 'historical'));
  });

  test('of interruptions, too, has its newest before the older calls', async () => {
    const { events } = await follow(longPast(undefined, [{ interruption_type: 'rate_limit' }]), null, isCaughtUp);
    const told = story(events);
    expect(told.indexOf('interruption 1 historical')).toBe(KEPT);
    expect(told).toHaveLength(ROWS + 1);
  });

  test('keeps no live row waiting', async () => {
    const folder = longPast();
    let written = -1;
    const { events } = await follow(folder, null, isCaughtUp, (_batch, before) => {
      if (before < KEPT || written >= 0) return;
      insert(folder, 'meanwhile');
      written = before;
    });
    const told = story(events);
    const place = told.indexOf(`call ${ROWS + 1} live`);
    // It comes with the next look, behind the slice that was being delivered.
    expect(place).toBeGreaterThan(written);
    expect(place).toBeLessThanOrEqual(written + 1_024);
    expect(told.slice(place + 1).length).toBeGreaterThan(0);
    expect(new Set(told).size).toBe(ROWS + 1);
  });

  test('emits a row once that changes before it is read, as news', async () => {
    const folder = longPast((row) => (row === ROWS - RECENT ? { status: 'pending', end_timestamp_ns: null } : {}));
    const db = new DatabaseSync(join(folder, GENAI_FILE));
    let isChanged = false;
    const { events } = await follow(folder, null, isCaughtUp, () => {
      if (isChanged) return;
      isChanged = true;
      db.exec(`UPDATE genai_events SET status = 'interrupted' WHERE id = ${ROWS - RECENT}`);
    });
    db.close();
    expect(story(events).filter((line) => line.startsWith(`call ${ROWS - RECENT} `))).toEqual([
      `call ${ROWS - RECENT} live`,
    ]);
    expect(events).toHaveLength(ROWS);
  });

  test('that a run did not read to its end is read whole by the next, which loses and repeats nothing', async () => {
    const folder = longPast();
    const first = await follow(folder, null, isRecentRead);
    expect(first.health).toMatchObject({ caughtUp: false, recentRead: true });
    expect(first.events.length).toBeLessThan(ROWS);
    insert(folder, 'between');
    const second = await follow(folder, first.health.cursor, isCaughtUp);
    expect(story(second.events)).toEqual([
      ...rows(ROWS - RECENT + 2, ROWS, 'historical'),
      `call ${ROWS + 1} gap`,
      ...rows(ROWS - KEPT + 2, ROWS - RECENT + 1, 'historical'),
      ...rows(1, ROWS - KEPT + 1, 'historical'),
    ]);
  });

  test('that came while we were away is read newest first, too, and is not lost by a kill in its middle', async () => {
    const folder = longPast();
    const { health } = await follow(folder, null, isRecentRead);
    const { calls, ...others } = JSON.parse(health.cursor ?? '') as { readonly calls: object };
    const cursor = JSON.stringify({ ...others, calls: { ...calls, last: '500', anchor: null, open: [] } });
    const killed = await follow(folder, cursor, isRecentRead);
    expect(story(killed.events).slice(0, KEPT)).toEqual(rows(ROWS - KEPT + 1, ROWS, 'gap'));
    expect(JSON.parse(killed.health.cursor ?? '')).toMatchObject({ calls: { last: '500' } });
    const { events } = await follow(folder, killed.health.cursor, isCaughtUp);
    expect(story(events)).toEqual([
      ...rows(ROWS - KEPT + 1, ROWS, 'gap'),
      ...rows(1, 500, 'historical'),
      ...rows(501, ROWS - KEPT, 'gap'),
    ]);
  });

  test('that is watched for changes keeps the newest of its unfinished rows in its cursor', async () => {
    const folder = longPast(() => ({ status: 'interrupted' }));
    const { health } = await follow(folder, null, isCaughtUp);
    const { calls } = JSON.parse(health.cursor ?? '') as {
      readonly calls: { readonly open: readonly [string, string][] };
    };
    expect(calls.open.map(([id]) => Number(id))).toEqual(Array.from({ length: 256 }, (_, n) => ROWS - 255 + n));
  });

  test('still has its newest rows checked on every change', async () => {
    const folder = longPast();
    const writer = await startWriter(folder, null);
    const feed = followSqlite(folder, { newestFirst: true });
    await feed.caughtUp();
    await writer.updateCall(ROWS, { session_id: 'late' });
    await feed.count(ROWS + 1);
    expect(feed.events.at(-1)).toMatchObject({ record: String(ROWS), arrival: 'historical' });
  });
});
