import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import type { Model, Totals } from '../../../src/core/model/types.ts';
import { HOUR, T0, aModel, call, told } from './given.ts';

const tokens = fc.constantFrom(0, 1, 70_000, 200_000);
const counter = fc.constantFrom(null, 0, 5);
const aUsage = fc.option(
  fc.record({ inputTokens: tokens, outputTokens: tokens, cacheReadTokens: counter, cacheCreationTokens: counter }),
  { nil: null },
);
const facts = fc.record({
  agent: fc.constantFrom('A', 'B', '__proto__'),
  conversationId: fc.constantFrom('x', 'y', 'no_user_query'),
  status: fc.constantFrom('pending' as const, 'complete' as const, 'interrupted' as const),
  statusCode: fc.constantFrom(null, 200, 429),
  provider: fc.constantFrom('anthropic', 'openai'),
  model: fc.constantFrom('m', 'n', null),
  pid: fc.constantFrom(1, 2, null),
  usage: aUsage,
});
const ends = fc.integer({ min: 0, max: 4 * 6 }).map((tenMinutes) => (tenMinutes * HOUR) / 6);

/** Rows with a record, an identity and a start of their own. */
const rows: fc.Arbitrary<readonly Call[]> = fc
  .array(fc.record({ given: facts, end: ends }), { maxLength: 30 })
  .map((all) => all.map(({ given, end }, place) => call(end + place, { ...given, callId: `call ${place}` })));

function eventsOf(calls: readonly Call[]): readonly FeedEvent[] {
  return calls.map((one, record) => told(record, one, 'historical'));
}

function fed(events: readonly FeedEvent[], model: Model = aModel()): Model {
  for (const event of events) model.apply('a', event, T0);
  return model;
}

function known(model: Model): unknown {
  const { fleet, agents, conversations, advisories } = model.view();
  return { fleet, agents, conversations, advisories };
}

// Each end of a call counts in the last minute, also one that is taken back.
function withoutRate(model: Model): unknown {
  return JSON.parse(JSON.stringify(known(model), (key, value: unknown) => (key === 'recent' ? null : plain(value))));
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function sum(groups: readonly { readonly totals: Totals }[]): Omit<Totals, 'cacheRatio'> {
  const add = (key: Exclude<keyof Totals, 'cost'>): number =>
    groups.reduce((total, { totals }) => total + (totals[key] ?? 0), 0);
  return {
    calls: add('calls'),
    failed: add('failed'),
    pending: add('pending'),
    inputTokens: add('inputTokens'),
    outputTokens: add('outputTokens'),
    cacheReadTokens: add('cacheReadTokens'),
    cacheCreationTokens: add('cacheCreationTokens'),
    promptTokens: add('promptTokens'),
  };
}

/** Rule S4 for one agent's calls, step by step as the rule book tells it. */
function walk(calls: readonly Call[]): readonly string[] {
  const advisories: string[] = [];
  let [start, spent, seen, last] = [-Infinity, 0, false, -Infinity];
  for (const { agent, endNs, usage } of calls.toSorted((a, b) => Number((a.endNs ?? 0n) - (b.endNs ?? 0n)))) {
    if (usage === null || endNs === null) continue;
    const at = Number(endNs / 1_000_000n);
    if (at - start > HOUR) [start, spent, seen] = [at, 0, false];
    spent += usage.inputTokens;
    seen ||= (usage.cacheReadTokens ?? 0) > 0 || (usage.cacheCreationTokens ?? 0) > 0;
    if (seen || spent < 200_000 || at - last <= HOUR) continue;
    last = at;
    advisories.push(`${agent} ${at} ${spent}`);
  }
  return advisories;
}

describe('whatever the feed does', () => {
  test('the order of arrival changes neither sums nor advisories', () => {
    const shuffled = rows.chain((calls) => {
      const events = eventsOf(calls);
      return fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length }));
    });
    fc.assert(
      fc.property(shuffled, ([events, other]) => {
        expect(known(fed(other))).toEqual(known(fed(events)));
      }),
    );
  });

  test('looking in between changes nothing', () => {
    fc.assert(
      fc.property(rows, (calls) => {
        const watched = aModel();
        for (const event of eventsOf(calls)) {
          watched.apply('a', event, T0);
          watched.view();
        }
        expect(known(watched)).toEqual(known(fed(eventsOf(calls))));
      }),
    );
  });

  test('two sources that tell the same are one', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (calls, early) => {
        const model = aModel();
        const events = eventsOf(calls);
        for (const [place, event] of events.entries()) {
          if (early[place]) model.apply('b', event, T0);
          model.apply('a', event, T0);
        }
        for (const event of events) model.apply('b', event, T0);
        const one = fed(events).view();
        expect(model.fleet().totals).toEqual(one.fleet.totals);
        expect(model.agents().map((agent) => ({ ...agent, sources: ['a'] }))).toEqual(one.agents);
        expect(model.conversations().map((conversation) => ({ ...conversation, sources: ['a'] }))).toEqual(
          one.conversations,
        );
        expect(model.advisories()).toEqual(one.advisories);
      }),
    );
  });

  const storms = fc.record({
    first: fc.array(fc.record({ given: facts, end: ends }), { minLength: 1, maxLength: 12 }),
    changes: fc.array(fc.record({ row: fc.nat(11), given: facts, end: ends }), { maxLength: 40 }),
  });

  test('through any storm of changes the conversations, the agents and the fleet add up to the same', () => {
    fc.assert(
      fc.property(storms, ({ first, changes }) => {
        const model = aModel();
        const rowOf = (row: number, given: Partial<Call>, end: number): FeedEvent =>
          told(row, call(end, { ...given, callId: `call ${row}`, startNs: call(row).startNs }), 'historical');
        for (const [row, { given, end }] of first.entries()) model.apply('a', rowOf(row, given, end), T0);
        for (const { row, given, end } of changes) model.apply('a', rowOf(row % first.length, given, end), T0);
        const { cacheRatio: _, ...fleet } = model.fleet().totals;
        expect(sum(model.conversations())).toEqual(fleet);
        expect(sum(model.agents())).toEqual(fleet);
        expect(fleet.calls).toBe(first.length);
        const calls = model.conversations().flatMap(({ conversationId }) => model.calls(conversationId));
        expect(withoutRate(model)).toEqual(withoutRate(fed(eventsOf(calls))));
      }),
    );
  });

  test('with hardly any room the fleet still counts every call once', () => {
    const limits = { calls: 4, callsPerConversation: 3, conversations: 2, agents: 2, interruptions: 2, names: 2 };
    fc.assert(
      fc.property(rows, (calls) => {
        const model = fed([...eventsOf(calls), ...eventsOf(calls)], aModel({ limits }));
        expect(model.fleet().totals).toEqual(fed(eventsOf(calls)).fleet().totals);
        expect(model.conversations().length).toBeLessThanOrEqual(2);
        expect(model.agents().length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('advisories are those of a plain walk through the calls in order of end', () => {
    fc.assert(
      fc.property(rows, (calls) => {
        const advisories = fed(eventsOf(calls)).advisories();
        const walked = ['A', 'B', '__proto__'].flatMap((agent) => walk(calls.filter((one) => one.agent === agent)));
        expect(advisories.map(({ agent, at, inputTokens }) => `${agent} ${at} ${inputTokens}`).sort()).toEqual(
          walked.sort(),
        );
      }),
    );
  });

  test('an agent gets at most one live advisory an hour', () => {
    fc.assert(
      fc.property(rows, (calls) => {
        const model = aModel();
        const live = calls.flatMap((one, record) => model.apply('a', told(record, one, 'live'), T0));
        const times = live.flatMap((change) => (change.type === 'advisory' ? [change.advisory] : []));
        for (const { agent, at } of times)
          expect(times.filter((other) => other.agent === agent && Math.abs(other.at - at) <= HOUR)).toHaveLength(1);
      }),
    );
  });
});
