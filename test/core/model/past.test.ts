import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call, Usage } from '../../../src/core/calls.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import type { AgentDetail, FleetSpending, Model, ModelChange } from '../../../src/core/model/types.ts';
import { createPricer, type PriceTable } from '../../../src/core/prices.ts';
import { NO_FAILURES, sumUp, withTold } from '../../../src/core/past/batch.ts';
import { type PastRow, pastRowOf } from '../../../src/core/past/past.ts';
import { pastStream } from '../../../src/core/past/stream.ts';
import type { Fact, Input } from '../../../src/core/reactor/messages.ts';
import { shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import { step } from '../../../src/core/reactor/step.ts';
import type { ReactorState } from '../../../src/core/reactor/types.ts';
import { msToNs, nsToMs, restOfNs } from '../../../src/core/units.ts';
import { streakKey } from '../../../src/core/reactor/detect/streaks.ts';
import { MAX_STREAK_OUTCOMES } from '../../../src/core/limits.ts';
import { withoutMinuteCosts } from '../../helpers/minutes.ts';
import { World } from '../../helpers/reactor.ts';
import { HOUR, T0, aModel, call, told } from './given.ts';

const NOW = T0 + 10_000 * HOUR;
/** Calls that are kept whole here, and read first. */
const KEPT = 12;
const DAY = 24 * HOUR;
/** The first midnight of UTC after the tests' beginning. */
const MIDNIGHT = Math.ceil(T0 / DAY) * DAY;
const RUNS = { seed: 20_261_130, numRuns: 150, endOnFailure: true } as const;

const tokens = fc.constantFrom(0, 1, 70_000, 120_000, 199_999, 200_000);
/** What decides a price: the provider, the model, the day, and the size of the prompt. */
const PRICES: PriceTable = {
  source: 'a test',
  date: '2026-11-01',
  providers: [
    {
      id: 'anthropic',
      provider: { equals: 'anthropic' },
      models: { equals: 'm' },
      list: [
        {
          id: 'm',
          match: { equals: 'm' },
          window: null,
          prices: [
            { from: null, input: 3_000_000, output: 15_000_000, read: 300_000 },
            {
              from: MIDNIGHT,
              input: {
                base: 5_000_000,
                tiers: [
                  { start: 128_000, price: 7_000_000 },
                  { start: 199_999, price: 11_000_000 },
                ],
              },
              output: { base: 25_000_000, tiers: [{ start: 199_999, price: 35_000_000 }] },
              write: 6_250_000,
            },
          ],
        },
      ],
    },
    {
      id: 'openai',
      provider: { equals: 'openai' },
      models: null,
      list: [
        { id: 'm', match: { equals: 'm' }, window: null, prices: [{ from: null, input: 13, output: 17 }] },
        { id: 'n', match: { equals: 'n' }, window: null, prices: [{ from: MIDNIGHT, input: 19, output: 23 }] },
      ],
    },
  ],
};
const pricer = createPricer(PRICES);

const counter = fc.constantFrom(null, 0, 5);
const given = fc.record({
  agent: fc.constantFrom('A', 'A', 'A', '__proto__'),
  status: fc.constantFrom('complete' as const, 'complete' as const, 'complete' as const, 'interrupted' as const),
  statusCode: fc.constantFrom(200, 200, 200, 200, 200, 429, 529),
  provider: fc.constantFrom('anthropic', 'openai', null),
  model: fc.constantFrom('m', 'n', null),
  kind: fc.constantFrom('main', 'main', 'main', 'recap'),
  pid: fc.constantFrom(1, 1, 1, 1, null),
  usage: fc.option(
    fc.record({ inputTokens: tokens, outputTokens: tokens, cacheReadTokens: counter, cacheCreationTokens: counter }),
    { nil: null },
  ),
});

/** A history in the order in which its calls began, as agentsight writes it; their ends are mixed. */
const histories = fc
  .tuple(
    fc.array(
      fc.record({
        given,
        after: fc.integer({ min: 0, max: 90_000 }),
        took: fc.integer({ min: 1, max: 120_000 }),
      }),
      { minLength: KEPT, maxLength: 160, size: 'max' },
    ),
    fc.constantFrom(0, MIDNIGHT - T0 - HOUR / 4),
  )
  .map(([all, first]) => {
    let start = first;
    return all.map(({ given: { usage: spent, ...own }, after, took }, place): Call => {
      start += after;
      const startNs = msToNs(T0 + start) + BigInt(place);
      // Conversations follow each other, and failures come in rows, so that some are storms.
      const conversationId = place % 30 === 29 ? null : `x${Math.floor(place / 30)}`;
      const isBad = (all[place - (place % 8)]?.given.statusCode ?? 200) > 200;
      const statusCode = isBad ? 529 : 200;
      const error = statusCode === 200 ? null : 'Overloaded';
      const facts = {
        ...own,
        conversationId,
        statusCode,
        error,
        usage: spent !== null && isReported(spent) ? spent : null,
      };
      return call(0, { ...facts, callId: `call ${place}`, startNs, endNs: startNs + msToNs(took) + 7n });
    });
  });

function isReported({ inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens }: Usage): boolean {
  return inputTokens > 0 || outputTokens > 0 || cacheReadTokens !== null || cacheCreationTokens !== null;
}

function rowOf(one: Call, record: number): PastRow | null {
  const { usage, startNs, endNs } = one;
  if (one.status !== 'complete' || one.statusCode !== 200 || one.kind !== 'main' || endNs === null) return null;
  return [
    record,
    one.conversationId,
    one.agent,
    one.pid,
    one.model,
    one.provider === 'anthropic',
    nsToMs(startNs),
    restOfNs(startNs),
    nsToMs(endNs),
    restOfNs(endNs),
    usage?.inputTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheCreationTokens ?? null,
    one.provider,
  ];
}

/** Follows a history as the engine does: the newest first, then the rest in batches. */
class Follower {
  readonly model: Model = aModel({ limits: { calls: KEPT }, pricer });
  state: ReactorState = new World().state;
  summed = 0;
  failures = NO_FAILURES;
  readonly #inBatches: boolean;

  constructor(inBatches: boolean) {
    this.#inBatches = inBatches;
  }

  take(events: readonly FeedEvent[]): void {
    const facts = events.flatMap((event) => this.model.apply('a', event, NOW).flatMap(factOf));
    if (this.#inBatches) this.#step({ type: 'history', facts, at: NOW, mono: 0 });
    else for (const fact of facts) this.#step({ ...fact, at: NOW, mono: 0 });
  }

  takeAsSums(history: readonly Call[], from: number, to: number): void {
    const before = this.model.sumsBefore(NOW, 0);
    const singly = history.slice(from, to).map((one, place) => told(from + place, one, 'historical'));
    if (before === null) {
      for (const one of history.slice(from, to)) this.failures = withTold(this.failures, one, false);
      return this.take(singly);
    }
    const rows: PastRow[] = [];
    const others: Call[] = [];
    for (const [place, one] of history.slice(from, to).entries()) {
      const row = rowOf(one, from + place);
      if (row === null || row[8] >= before) others.push(one);
      else rows.push(row);
    }
    const { past, alone } = sumUp(rows, others, this.failures);
    for (const one of others) this.failures = withTold(this.failures, one, false);
    const isSummed = new Set(rows.map(([record]) => record).filter((record) => !alone.includes(record)));
    expect(past.calls).toBe(isSummed.size);
    this.summed += past.calls;
    const newestNs = msToNs(Math.max(0, ...rows.map((row) => row[6])) + 1);
    this.take([
      ...singly.filter((_, place) => !isSummed.has(from + place)),
      { type: 'past', records: { from, to: to - 1, newestNs }, past },
    ]);
  }

  /** As lines are written, each when its call has ended; some calls behind them will be kept. */
  takeAsStream(history: readonly Call[], size: number): void {
    const before = this.model.sumsBefore(NOW, KEPT) ?? -Infinity;
    const stream = pastStream<FeedEvent>();
    for (const [place, one] of history.entries()) {
      const row = pastRowOf(one, 0);
      const event = told(place, one, 'historical');
      if (row === null || row[8] >= before) stream.addOther(one, event);
      else stream.add(row, event);
      if (place % size !== size - 1 && place < history.length - 1) continue;
      const { past, singly } = stream.flush();
      this.summed += past.calls;
      this.take([...singly, { type: 'past', records: null, past }]);
    }
  }

  #step(input: Input): void {
    [this.state] = step(this.state, input);
  }

  known(): unknown {
    const { fleet, agents, conversations, advisories } = this.model.view();
    const details = agents.map(({ name }) => this.#detailOf(name));
    const counts = this.model.sourceCounts('a');
    return { fleet, agents: agents.map(withoutMinuteCosts), conversations, advisories, details, counts };
  }

  /** The same without what rests on which calls are kept. */
  counted(): unknown {
    const { fleet, agents, conversations, advisories } = this.model.view();
    const details = agents.map(({ name }) => ({ ...this.#detailOf(name), lastFailure: null }));
    const counts = this.model.sourceCounts('a');
    return {
      fleet: { ...fleet, evicted: null, ...(fleet.spending && { spending: byModel(fleet.spending) }) },
      agents: agents.map(withoutMinuteCosts),
      conversations,
      advisories,
      details,
      counts,
    };
  }

  #detailOf(name: string): Partial<AgentDetail> {
    const detail = this.model.agentDetail(name);
    return detail === null ? {} : withoutMinuteCosts(detail);
  }

  signals(): readonly unknown[] {
    return shardedValues(this.state.settled)
      .map(({ signal, fate }) => ({ signal, fate }))
      .toSorted((a, b) => (a.signal.signalId < b.signal.signalId ? -1 : 1));
  }
}

/** The models in the order of their names; the model has them as they came. */
function byModel({ models, ...spending }: FleetSpending): FleetSpending {
  return { ...spending, models: models.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1)) };
}

function factOf(change: ModelChange): readonly Fact[] {
  return change.type === 'call' ? [change] : [];
}

function follow(history: readonly Call[], size: number, way: 'singly' | 'in batches' | 'as sums'): Follower {
  const follower = new Follower(way !== 'singly');
  const old = history.length - KEPT;
  follower.take(history.slice(old).map((one, place) => told(old + place, one, 'historical')));
  for (const one of history.slice(old)) follower.failures = withTold(follower.failures, one, true);
  for (let from = 0; from < old; from += size) {
    const to = Math.min(old, from + size);
    if (way === 'as sums') follower.takeAsSums(history, from, to);
    else follower.take(history.slice(from, to).map((one, place) => told(from + place, one, 'historical')));
  }
  return follower;
}

/** In the order of their ends, but for some that are written `late` calls after their turn. */
function nearlyByEnd(history: readonly Call[], late: number): readonly Call[] {
  const sorted = history.toSorted((a, b) => Number((a.endNs ?? 0n) - (b.endNs ?? 0n)));
  const key = (place: number): number => (place % 5 === 0 ? place + late + 0.5 : place);
  return sorted
    .map((one, place) => ({ one, key: key(place) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ one }) => one);
}

function longestStreak(history: readonly Call[]): number {
  const lengths = new Map<string, number>();
  for (const one of history) lengths.set(streakKey(one), (lengths.get(streakKey(one)) ?? 0) + 1);
  return Math.max(...lengths.values());
}

describe('a history', () => {
  test('as sums makes the same model and the same signals as call by call', () => {
    let [summed, signals] = [0, 0];
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 120 }), (history, size) => {
        const [singly, sums] = [follow(history, size, 'singly'), follow(history, size, 'as sums')];
        expect(sums.known()).toEqual(singly.known());
        summed += sums.summed;
        // Of a longer streak one call at a time forgets the beginning, where sums leave room for it.
        if (longestStreak(history) > MAX_STREAK_OUTCOMES) return;
        expect(sums.signals()).toEqual(singly.signals());
        signals += sums.signals().length;
      }),
      RUNS,
    );
    expect(summed).toBeGreaterThan(RUNS.numRuns / 2);
    expect(signals).toBeGreaterThan(RUNS.numRuns / 10);
  });

  test('as sums of a stream makes the same counts and the same signals as call by call', () => {
    let [summed, signals] = [0, 0];
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 120 }), fc.integer({ min: 0, max: 2 }), (all, size, late) => {
        const history = nearlyByEnd(all, late);
        const old = history.length - KEPT;
        const [singly, sums] = [new Follower(true), new Follower(true)];
        const kept = history.slice(old).map((last, place) => told(old + place, last, 'historical'));
        singly.take(history.slice(0, old).map((one, place) => told(place, one, 'historical')));
        sums.takeAsStream(history.slice(0, old), size);
        for (const one of [singly, sums]) one.take(kept);
        expect(sums.counted()).toEqual(singly.counted());
        summed += sums.summed;
        if (longestStreak(history) > MAX_STREAK_OUTCOMES) return;
        expect(sums.signals()).toEqual(singly.signals());
        signals += sums.signals().length;
      }),
      RUNS,
    );
    expect(summed).toBeGreaterThan(RUNS.numRuns / 2);
    expect(signals).toBeGreaterThan(RUNS.numRuns / 10);
  });

  test('as sums costs what its calls cost where a price changes among them', () => {
    const history = Array.from({ length: 60 }, (_, place) => {
      const startNs = msToNs(MIDNIGHT + (place - 30) * 60_000);
      return call(0, { model: 'm', callId: `call ${place}`, startNs, endNs: startNs + 1_000_000n });
    });
    const [singly, sums] = [follow(history, 20, 'singly'), follow(history, 20, 'as sums')];
    expect(sums.summed).toBeGreaterThan(KEPT);
    expect(sums.model.fleet().totals.cost?.priced).toBe(history.length);
    expect(sums.known()).toEqual(singly.known());
  });

  test('as sums raises no storm where a success that was written much later stands between the failures', () => {
    const history = [10, 20, 40, 50, 55, 5, 25, 60].map((second, place) => {
      const failed = second % 10 === 0 ? second < 60 : second === 55;
      const endNs = msToNs(T0 + second * 1_000);
      const facts = { conversationId: 'x', startNs: endNs - 1_000_000n, endNs, callId: `call ${place}` };
      return call(0, { ...facts, ...(failed && { statusCode: 529, error: 'Overloaded' }) });
    });
    const newest = Array.from({ length: KEPT }, (_, place) =>
      call(0, { conversationId: 'y', callId: `new ${place}`, startNs: msToNs(T0 + HOUR + place) }),
    );
    const written = [...history, ...newest];
    const [singly, sums] = [follow(written, 5, 'singly'), follow(written, 5, 'as sums')];
    expect(singly.signals()).toEqual([]);
    expect(sums.signals()).toEqual([]);
  });

  test('in batches leaves the core in the same state as call by call', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 60 }), (history, size) => {
        const [singly, batches] = [follow(history, size, 'singly'), follow(history, size, 'in batches')];
        expect(batches.state).toEqual(singly.state);
      }),
      { ...RUNS, numRuns: 100 },
    );
  });

  test('in a batch leaves the state before it as it was', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { state } = follow(history, 10, 'in batches');
        const before = structuredClone(state.detect);
        const facts = history.map((one): Fact => {
          const next = { ...one, callId: `${one.callId} again`, startNs: one.startNs + 1n };
          return { type: 'call', call: next, previous: null, news: 'historical' };
        });
        step(state, { type: 'history', facts, at: NOW, mono: 0 });
        expect(state.detect).toEqual(before);
      }),
      { ...RUNS, numRuns: 50 },
    );
  });
});
