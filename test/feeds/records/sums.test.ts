/** A history whose old calls are told as sums is known as one whose calls are told singly. */
import { cpSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FeedEvent, FeedSink } from '../../../src/core/feed.ts';
import { createModel } from '../../../src/core/model/model.ts';
import { shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import { step } from '../../../src/core/reactor/step.ts';
import type { RecordMedium } from '../../../src/core/sources.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { recordsFeed } from '../../../src/feeds/records/index.ts';
import { claudeSession, type ClaudeSession, nextUuid } from '../../helpers/claude-session.ts';
import { withoutMinuteCosts } from '../../helpers/minutes.ts';
import { World } from '../../helpers/reactor.ts';
import { FIXTURES } from '../../helpers/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const NOW = Date.UTC(2026, 10, 20);
const T0 = NOW - 30 * 86_400_000;

type Records = readonly (readonly [medium: RecordMedium, root: string])[];

async function read(records: Records, asSums: boolean) {
  const model = createModel({
    advisory: { windowMs: 3_600_000, inputTokens: 20_000 },
    evict: false,
    pricer: loadPricer(),
  });
  const world = new World();
  const events: FeedEvent[] = [];
  const sinkOf = (uri: string, done: AbortController): FeedSink => ({
    events: (batch) => {
      events.push(...batch);
      const changes = batch.flatMap((event) => model.apply(uri, event, NOW));
      const facts = changes.flatMap((change) =>
        change.type === 'call' || change.type === 'interruption' ? [change] : [],
      );
      [world.state] = step(world.state, { type: 'history', facts, at: NOW, mono: 0 });
    },
    health: ({ caughtUp }) => {
      if (caughtUp) done.abort();
    },
    ...(asSums && { sumsBefore: (following: number) => model.sumsBefore(NOW, following) }),
  });
  for (const [medium, root] of records) {
    const done = new AbortController();
    const uri = `${medium}:${root}`;
    const feed = recordsFeed({ medium, roots: [root], uri, threadsFrom: 0, now: () => NOW });
    await feed.open(sinkOf(uri, done), done.signal);
  }
  const { fleet, agents, conversations, interruptions, advisories } = model.view();
  const known = {
    fleet: { ...fleet, evicted: null, spending: { ...fleet.spending, models: byName(fleet.spending?.models ?? []) } },
    agents: agents.map(withoutMinuteCosts),
    conversations,
    interruptions,
    advisories,
    details: agents.flatMap(({ name }) => model.agentDetail(name) ?? []).map(withoutMinuteCosts),
    counts: records.map(([medium, root]) => model.sourceCounts(`${medium}:${root}`)),
    signals: shardedValues(world.state.settled)
      .map(({ signal }) => signal)
      .toSorted((a, b) => (a.signalId < b.signalId ? -1 : 1)),
  };
  return { known, events };
}

// In the order in which they were first heard of, which is that of the files.
function byName<T extends { readonly name: string | null }>(models: readonly T[]): readonly T[] {
  return models.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}

// Files that were written a moment ago are not read by other threads.
function writtenLongAgo(root: string): void {
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(root, name), T0 / 1_000, T0 / 1_000);
}

/** Compares the two ways; returns the number of calls that each told singly. */
async function compare(...records: Records): Promise<{ readonly singly: number; readonly sums: number }> {
  for (const [, root] of records) writtenLongAgo(root);
  const singly = await read(records, false);
  const sums = await read(records, true);
  expect(sums.known).toEqual(singly.known);
  const callsIn = (events: readonly FeedEvent[]): number =>
    new Set(events.flatMap((event) => (event.type === 'call' ? event.record : []))).size;
  return { singly: callsIn(singly.events), sums: callsIn(sums.events) };
}

let turns = 0;

function pick<T>(...all: readonly [T, ...T[]]): T {
  turns += 1;
  return all[(turns * 7_919 + (turns >> 3)) % all.length] ?? all[0];
}

/** A call as different versions write it, with prompts of any size, and with and without what the cache keeps for an hour. */
function answer({ answer: write, tool, result }: ClaudeSession, call: number): void {
  const created = pick(0, 900, 250_000);
  const usage = {
    input_tokens: pick(7, 900, 150_000, 205_000),
    output_tokens: call % 300,
    cache_read_input_tokens: pick(0, 60_000),
    cache_creation_input_tokens: created,
    ...(call % 3 === 0 && { cache_creation: { ephemeral_1h_input_tokens: Math.floor(created / pick(1, 2)) } }),
  };
  const model = pick('claude-opus-4-8', 'claude-opus-4-8', 'claude-haiku-4-5', 'unpriced');
  write(`msg_${nextUuid()}`, { usage, model, ...(call % 5 === 0 && { stop_reason: null }) });
  if (call % 11 === 0) write(`msg_${nextUuid()}`, { usage: null });
  if (call % 7 !== 0) return;
  for (let times = 0; times < pick(1, 5); times += 1) {
    const id = `toolu_${nextUuid()}`;
    tool(id, 'Bash', { command: 'make' });
    result(id, 'failed');
  }
}

function writeSession(root: string, number: number): void {
  const startsAt = T0 + ((number * 7_919) % 600) * 3_600_000;
  const session = claudeSession(root, { startsAt, folder: `-p${number % 5}` });
  session.prompt();
  const calls = pick(0, 1, 3, 90);
  for (let call = 0; call < calls; call += 1) {
    answer(session, call + number);
    if (number % 4 === 0 && call % 20 === 5) {
      for (let times = 0; times < pick(1, 6); times += 1)
        session.failure('API Error: 529 Overloaded', { error: 'overloaded' });
      if (number % 8 === 0) session.retry(pick(1, 6));
    }
    if (call % 30 === 13)
      session.answer(`msg_${nextUuid()}`, { stop_reason: pick('end_turn', 'model_context_window_exceeded') });
    if (call % 25 === 24)
      session.row({ type: 'system', subtype: 'compact_boundary', compactMetadata: { postTokens: 9 } });
  }
}

test('a history of many sessions makes the same numbers and signals, with a part of the calls told', async () => {
  const root = tempDir();
  for (let number = 0; number < 120; number += 1) writeSession(root, number);
  const { singly, sums } = await compare(['claude', root]);
  expect(sums).toBeLessThan(singly / 2);
});

test('calls that two files hold are told singly, once', async () => {
  const root = tempDir();
  const calls = (session: ClaudeSession, first: number, last: number): void => {
    for (let call = first; call < last; call += 1) session.answer(`msg_0123456789abcdef_${call}`);
  };
  const origin = claudeSession(root, { startsAt: T0 });
  calls(origin, 0, 30);
  const fork = claudeSession(root, { startsAt: T0 + 60_000 });
  fork.row({ type: 'user', forkedFrom: { sessionId: origin.id }, message: { role: 'user', content: 'x' } });
  calls(fork, 20, 50);
  calls(claudeSession(root, { startsAt: T0 + 120_000 }), 100, 140);
  const { sums } = await compare(['claude', root]);
  // All 50 of the two, and the first and the last of the third.
  expect(sums).toBe(50 + 2);
});

test('one session in two folders is told singly', async () => {
  const root = tempDir();
  const id = nextUuid();
  for (const [at, folder] of ['-a', '-b'].entries()) {
    const session = claudeSession(root, { startsAt: T0 + at * 500, id, folder });
    for (let call = 0; call < 20; call += 1)
      if (at === 0 || call % 3 === 0) session.answer(`msg_${nextUuid()}`);
      else session.failure('API Error: 529 Overloaded', { error: 'overloaded' });
  }
  const { singly, sums } = await compare(['claude', root]);
  expect(sums).toBe(singly);
});

test.each([[['claude']], [['codex']], [['claude', 'codex']]] as const)(
  'the sessions of %s in the fixtures make the same',
  async (media) => {
    const records = media.map((medium) => {
      const root = tempDir();
      cpSync(join(FIXTURES, medium), root, { recursive: true });
      return [medium, root] as const;
    });
    const { singly, sums } = await compare(...records);
    expect(sums).toBeLessThan(singly);
  },
);
