import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call, Usage } from '../../../src/core/calls.ts';
import type { FeedEvent } from '../../../src/core/feed.ts';
import type { Model, ModelChange } from '../../../src/core/model/types.ts';
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
import { World } from '../../helpers/reactor.ts';
import { HOUR, T0, aModel, call, told } from './given.ts';

const NOW = T0 + 10_000 * HOUR;
/** Calls that are kept whole here, and read first. */
const KEPT = 12;
const RUNS = { seed: 20_261_130, numRuns: 150, endOnFailure: true } as const;

const tokens = fc.constantFrom(0, 1, 70_000, 120_000);
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
  .array(
    fc.record({
      given,
      after: fc.integer({ min: 0, max: 90_000 }),
      took: fc.integer({ min: 1, max: 120_000 }),
    }),
    { minLength: KEPT, maxLength: 160, size: 'max' },
  )
  .map((all) => {
    let start = 0;
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
  ];
}

/** Follows a history as the engine does: the newest first, then the rest in batches. */
class Follower {
  readonly model: Model = aModel({ limits: { calls: KEPT } });
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
    const details = agents.map(({ name }) => this.model.agentDetail(name));
    const counts = this.model.sourceCounts('a');
    return { fleet, agents, conversations, advisories, details, counts };
  }

  /** The same without what rests on which calls are kept. */
  counted(): unknown {
    const { fleet, agents, conversations, advisories } = this.model.view();
    const details = agents.map(({ name }) => ({ ...this.model.agentDetail(name), lastFailure: null }));
    const counts = this.model.sourceCounts('a');
    return { fleet: { ...fleet, evicted: null }, agents, conversations, advisories, details, counts };
  }

  signals(): readonly unknown[] {
    return shardedValues(this.state.settled)
      .map(({ signal, fate }) => ({ signal, fate }))
      .toSorted((a, b) => (a.signal.signalId < b.signal.signalId ? -1 : 1));
  }
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
