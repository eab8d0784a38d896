import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { FeedEvent } from '../../../src/core/feed.ts';
import { MAX_CALLS } from '../../../src/core/limits.ts';
import { createModel } from '../../../src/core/model/model.ts';
import type { Totals } from '../../../src/core/model/types.ts';
import { shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import { step } from '../../../src/core/reactor/step.ts';
import type { SourceHealth } from '../../../src/core/sources.ts';
import { jsonlFeed } from '../../../src/feeds/jsonl/index.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { withoutMinuteCosts } from '../../helpers/minutes.ts';
import { World } from '../../helpers/reactor.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

vi.setConfig({ testTimeout: 30_000 });

const LINES = MAX_CALLS + 4_000;
const FIRST_NS = 1_780_000_000_000_000_000n;
const NOW = 1_780_000_000_000 + LINES * 30_000 + 86_400_000;
/** The end of the last conversation of which not all calls are kept, by either way. */
const KEPT_FROM = 1_780_000_000_000 + (LINES - 8_000) * 30_000;

/** One whose price rests on the size of the prompt too, as the usual one's does, one whose does not, and one without a price. */
const MODELS = ['claude-haiku-4-5', 'gemini-2.5-pro', 'fixture-model'] as const;

/** Lines as agentsight writes them, each when its call has ended, and some that are no call or torn. */
function lineOf(line: number): string {
  if (line % 401 === 7) return line % 2 === 0 ? '{"Other":{}}' : 'no JSON at all';
  const agent = line % 4;
  const endNs = FIRST_NS + BigInt(line) * 30_000_000_000n + BigInt(line % 7);
  const startNs = endNs - BigInt((line * 7_919) % 50_000) * 1_000_000n;
  const failed = line % 67 === 0 || line % 700 < 24;
  const usage =
    line % 31 === 0
      ? 'null'
      : `{"input_tokens":${((line * 37) % 9_000) * 30},"output_tokens":${line % 300},"total_tokens":0,` +
        `"cache_creation_input_tokens":${line % 1_000 < 400 ? 'null' : 0},"cache_read_input_tokens":${line % 1_000 < 400 ? 'null' : line % 5}}`;
  const facts = {
    status_code: failed ? '529' : '200',
    ...(line % 141 !== 0 && { conversation_id: `conversation ${Math.floor(line / 900)} of ${agent}` }),
    session_id: `session ${agent}`,
    ...(line % 153 === 0 && { call_kind: 'recap' }),
  };
  const text =
    `{"LLMCall":{"call_id":"call ${line}","start_timestamp_ns":${startNs},"end_timestamp_ns":${endNs},` +
    `"duration_ns":${endNs - startNs},"provider":"${['anthropic', 'openai', 'Anthropic'][line % 13] ?? 'anthropic'}",` +
    `"model":"${MODELS[line % 29] ?? 'claude-sonnet-4-5'}","request":{"messages":[]},` +
    `"response":{"messages":[],"streamed":true,"raw_body":null},"token_usage":${usage},` +
    `"error":${failed ? '"Overloaded"' : 'null'},"pid":${4_000 + agent},"process_name":"node",` +
    `"agent_name":${line % 389 === 3 ? 'null' : `"Agent ${agent}"`},"metadata":${JSON.stringify(facts)}}}`;
  return line % 997 === 11 ? `{"LLMCall":{"call_id":"torn${text}` : text;
}

type Known = {
  readonly known: { readonly fleet: { readonly totals: Totals } };
  readonly events: readonly FeedEvent[];
  readonly health: SourceHealth;
};

async function read(path: string, asSums: boolean): Promise<Known> {
  const advisory = { windowMs: 3_600_000, inputTokens: 200_000 };
  const model = createModel({ advisory, evict: true, pricer: loadPricer() });
  const world = new World();
  const done = new AbortController();
  const events: FeedEvent[] = [];
  let last: SourceHealth | null = null;
  const sink = {
    events: (batch: readonly FeedEvent[]): void => {
      events.push(...batch);
      const changes = batch.flatMap((event) => model.apply('a', event, NOW));
      const facts = changes.flatMap((change) =>
        change.type === 'call' || change.type === 'interruption' ? [change] : [],
      );
      [world.state] = step(world.state, { type: 'history', facts, at: NOW, mono: 0 });
    },
    health: (health: SourceHealth): void => {
      last = health;
      if (health.caughtUp) done.abort();
    },
    ...(asSums && { sumsBefore: (following: number) => model.sumsBefore(NOW, following) }),
  };
  await jsonlFeed({ path, format: 'jsonl' }).open(sink, done.signal);
  if (last === null) throw new Error('it said nothing of itself');
  const signals = shardedValues(world.state.settled)
    .map(({ signal }) => signal)
    .toSorted((a, b) => (a.signalId < b.signalId ? -1 : 1));
  const { fleet, agents, conversations, advisories } = model.view();
  // Without the last failure: which calls are kept differs, all of the last ones, or what was left when room was made.
  const details = agents
    .flatMap(({ name }) => model.agentDetail(name) ?? [])
    .map((detail) => ({ ...withoutMinuteCosts(detail), lastFailure: null }));
  const counts = model.sourceCounts('a');
  const uncosted = agents.map(withoutMinuteCosts);
  const known = {
    fleet: { ...fleet, evicted: null },
    agents: uncosted,
    // A context is told by the calls that are kept, and of an old conversation the sums leave none.
    conversations: conversations.map((one) => ((one.lastCallAt ?? 0) < KEPT_FROM ? { ...one, context: null } : one)),
    advisories,
    details,
    counts,
    signals,
  };
  return { known, events, health: last };
}

test('a long file makes the same counts and signals as sums as line by line, with fewer events', async () => {
  const path = join(tempDir(), 'long.jsonl');
  writeFileSync(path, `${Array.from({ length: LINES }, (_, line) => lineOf(line)).join('\n')}\n`);
  const singly = await read(path, false);
  const sums = await read(path, true);
  expect(sums.known).toEqual(singly.known);
  const { cost } = singly.known.fleet.totals;
  expect(Math.min(cost?.priced ?? 0, cost?.unpriced ?? 0)).toBeGreaterThan(LINES / 100);
  expect(sums.health).toMatchObject({ cursor: singly.health.cursor, skipped: singly.health.skipped });
  expect(singly.events.every(({ type }) => type === 'call')).toBe(true);
  expect(sums.events.length).toBeLessThan(singly.events.length - 2_000);
  // The calls that are kept come singly, in the order of the lines.
  const lines = sums.events.flatMap((event) => (event.type === 'call' ? [event.record] : []));
  expect(lines.slice(-9_000)).toEqual(
    singly.events.slice(-9_000).map((event) => (event.type === 'call' ? event.record : '')),
  );
});

test('a file that is no longer than what is kept is told line by line', async () => {
  const path = join(tempDir(), 'short.jsonl');
  writeFileSync(path, `${Array.from({ length: 2_000 }, (_, line) => lineOf(line)).join('\n')}\n`);
  const { events } = await read(path, true);
  expect(events.every(({ type }) => type === 'call')).toBe(true);
});
