import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type PriceTable, centsOf, createPricer, dollarsOf } from '../../src/core/prices.ts';
import { fileSchema } from '../../src/config/file-schema.ts';
import { pricesFrom, pricesToFile } from '../../src/config/prices.ts';
import { createModel } from '../../src/core/model/model.ts';
import { addCost, emptyTotals, totalsOf } from '../../src/core/model/meters/totals.ts';
import { type PastGroup, PRICE_DAY_MS, PRICE_STEPS } from '../../src/core/past/past.ts';
import { loadPricer } from '../../src/effects/prices.ts';
import { makeCall } from '../helpers/feed-events.ts';

const AT = Date.UTC(2026, 10, 23);
const CHANGED = Date.UTC(2026, 5, 1);

const TABLE: PriceTable = {
  source: 'a test',
  date: '2026-11-01',
  providers: [
    {
      id: 'maker',
      provider: { contains: 'maker' },
      models: { starts_with: 'm-' },
      list: [
        {
          id: 'm-1',
          match: { starts_with: 'm-1' },
          window: 200_000,
          prices: [
            { from: null, input: 6_000_000, output: 6_000_000 },
            {
              from: CHANGED,
              input: 3_000_000,
              output: 15_000_000,
              read: 300_000,
              write: 3_750_000,
              write1h: 6_000_000,
            },
          ],
        },
        {
          id: 'm-tiny',
          match: { equals: 'm-tiny' },
          window: null,
          prices: [{ from: null, input: 75_000, output: 300_000 }],
        },
        {
          id: 'm-tier',
          match: { equals: 'm-tier' },
          window: null,
          prices: [{ from: null, input: { base: 10, tiers: [{ start: 200_000, price: 20 }] }, output: 100 }],
        },
      ],
    },
    { id: 'gateway', provider: null, models: null, list: [] },
  ],
};
const SUMS: PastGroup = {
  conversationId: null,
  agent: 'a',
  pid: null,
  provider: 'maker',
  model: 'm-1',
  day: 0,
  hour: 0,
  over: 199_999,
  isLong: false,
  sums: {
    calls: 1,
    inputTokens: 7,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    promptTokens: 7,
    knownPromptTokens: 0,
    knownReadTokens: 0,
  },
  billed: 1,
  freshTokens: 7,
  created1hTokens: 0,
  unsure: 0,
  firstAt: AT,
  lastAt: AT,
};
const PRICER = createPricer(TABLE);

type Tokens = {
  readonly in: number;
  readonly out: number;
  readonly read?: number;
  readonly made?: number;
  readonly hour?: number;
};

function call(model: string | null, tokens: Tokens | null, more: Partial<Parameters<typeof makeCall>[0]> = {}) {
  const usage = tokens && {
    inputTokens: tokens.in,
    outputTokens: tokens.out,
    cacheReadTokens: tokens.read ?? null,
    cacheCreationTokens: tokens.made ?? null,
    ...(tokens.hour !== undefined && { cacheCreation1hTokens: tokens.hour }),
  };
  const startNs = BigInt(AT) * 1_000_000n;
  return makeCall({ model, provider: 'maker', startNs, endNs: startNs + 1_000_000_000n, usage, ...more });
}

describe('the price of a call', () => {
  test('is exact to a token of a fraction of a cent', () => {
    expect(PRICER.costOf(call('m-tiny', { in: 1, out: 0 }))).toBe(75_000n);
    expect(PRICER.costOf(call('m-tiny', { in: 123_456_789_012, out: 7 }))).toBe(
      123_456_789_012n * 75_000n + 2_100_000n,
    );
  });

  test('counts what the cache read and wrote apart, for 5 minutes and for an hour', () => {
    const usage = { in: 10, out: 100, read: 1_000, made: 500, hour: 200 };
    const cost = PRICER.costOf(call('m-1-x', usage, { provider: 'anthropic' }));
    expect(cost).toBe(
      10n * 3_000_000n + 1_000n * 300_000n + 300n * 3_750_000n + 200n * 6_000_000n + 100n * 15_000_000n,
    );
  });

  test('goes by the day of the call', () => {
    const before = BigInt(CHANGED - 1) * 1_000_000n;
    expect(PRICER.costOf(call('m-1', { in: 1, out: 0 }, { startNs: before }))).toBe(6_000_000n);
    expect(PRICER.costOf(call('m-1', { in: 1, out: 0 }))).toBe(3_000_000n);
  });

  test('goes by the tier of its whole prompt', () => {
    expect(PRICER.costOf(call('m-tier', { in: 200_000, out: 0 }))).toBe(2_000_000n);
    expect(PRICER.costOf(call('m-tier', { in: 200_001, out: 0 }))).toBe(4_000_020n);
  });

  test('is that of the maker where a gateway names itself, and not known for an unknown model', () => {
    expect(PRICER.costOf(call('m-1', { in: 1, out: 0 }, { provider: 'gateway' }))).toBe(3_000_000n);
    expect(PRICER.costOf(call('m-2', { in: 1, out: 0 }))).toBeNull();
    expect(PRICER.costOf(call(null, { in: 1, out: 0 }))).toBeNull();
    expect(PRICER.costOf(call('other', { in: 1, out: 0 }))).toBeNull();
  });

  test('is none while a call is open or has failed unanswered, and not known where an answer reports no tokens', () => {
    expect(PRICER.costOf(call('m-1', null, { status: 'pending' }))).toBeUndefined();
    expect(PRICER.costOf(call('m-1', null, { statusCode: 529 }))).toBeUndefined();
    expect(PRICER.costOf(call('m-1', null))).toBeNull();
  });

  test('of sums is not known where the price has another step than the sums', () => {
    const costWith = (start: number): bigint | null => {
      const input = { base: 10, tiers: [{ start, price: 20 }] };
      const prices = [{ from: null, input, output: 100 }];
      const own = { id: 'm', match: { equals: 'm-1' }, window: null, prices };
      return createPricer(TABLE, [own]).costOfSums(SUMS);
    };
    expect([199_999, 200_000].map(costWith)).toEqual([7n * 20n, 7n * 10n]);
    expect(costWith(200_123)).toBeNull();
  });

  test('of the configuration comes before the table', () => {
    const own = createPricer(TABLE, [
      { id: 'own', match: { equals: 'm-1' }, window: null, prices: [{ from: null, input: 7, output: 0 }] },
    ]);
    expect(own.costOf(call('m-1', { in: 1, out: 0 }))).toBe(7n);
  });
});

test('the configuration writes prices in dollars a million tokens, and reads them back', () => {
  const written = { 'qwen3-max': { input: 1.2, output: 6, cache_read: 0.24, cache_write_1h: 2 } };
  const own = pricesFrom(written);
  const price = loadPricer(own).costOf(
    call('qwen3-max', { in: 1_000_000, out: 0, read: 500_000 }, { provider: 'openai' }),
  );
  expect(price).toBe(500_000n * 1_200_000n + 500_000n * 240_000n);
  expect(pricesToFile(own)).toEqual(written);
  expect(fileSchema.safeParse({ prices: written }).success).toBe(true);
  expect(fileSchema.safeParse({ prices: { a: { input: -1, output: 0 } } }).success).toBe(false);
});

test('the configuration prices cache writes of both kinds, and steps by the size of the prompt', () => {
  const written = {
    'claude-sonnet-4-5': {
      input: 1,
      output: 2,
      cache_read: 0.1,
      cache_write: 1.25,
      cache_write_1h: 2,
      tiers: [
        { above: 1_000, input: 10, output: 20 },
        { above: 5_000, output: 30 },
      ],
    },
    'llama3.3:70b': { input: 0, output: 0 },
  };
  const own = pricesFrom(written);
  const pricer = loadPricer(own);
  const priced = (usage: Tokens, model = 'claude-sonnet-4-5') =>
    pricer.costOf(call(model, usage, { provider: 'anthropic' }));
  expect(priced({ in: 10, out: 1, read: 100, made: 50, hour: 20 })).toBe(
    10n * 1_000_000n + 100n * 100_000n + 30n * 1_250_000n + 20n * 2_000_000n + 2_000_000n,
  );
  expect(priced({ in: 1_001, out: 1 })).toBe(1_001n * 10_000_000n + 20_000_000n);
  expect(priced({ in: 5_001, out: 1 })).toBe(5_001n * 10_000_000n + 30_000_000n);
  // A model of one's own costs nothing, which is known; others stay unknown.
  expect(priced({ in: 9, out: 9 }, 'llama3.3:70b')).toBe(0n);
  expect(priced({ in: 9, out: 9 }, 'llama3.3:8b')).toBeNull();
  expect(pricesToFile(own)).toEqual(written);
  expect(fileSchema.safeParse({ prices: written }).success).toBe(true);
  const unordered = { m: { input: 1, output: 1, tiers: [{ above: 2 }, { above: 1 }] } };
  expect(fileSchema.safeParse({ prices: unordered }).success).toBe(false);
});

test('the configuration states a context window beside prices or alone, and then the listed prices hold', () => {
  const written = {
    'gemini-2.5-pro': { context_window: 1_048_576 },
    'llama3.3:70b': { input: 0, output: 0, context_window: 131_072 },
  };
  const own = pricesFrom(written);
  const [pricer, listed] = [loadPricer(own), loadPricer()];
  expect(pricer.windowOf('google', 'gemini-2.5-pro')).toEqual({ tokens: 1_048_576, isStated: true });
  expect(pricer.windowOf(null, 'llama3.3:70b')).toEqual({ tokens: 131_072, isStated: true });
  const one = call('gemini-2.5-pro', { in: 9, out: 9 }, { provider: 'google' });
  expect(pricer.costOf(one)).toBeGreaterThan(0n);
  expect(pricer.costOf(one)).toBe(listed.costOf(one));
  expect(pricesToFile(own)).toEqual(written);
  const problem = (prices: unknown): string => {
    const parsed = fileSchema.safeParse({ prices });
    return parsed.success ? '' : (parsed.error.issues[0]?.message ?? '');
  };
  expect(problem(written)).toBe('');
  const half = 'expected input and output, in dollars a million tokens, or "context_window" alone';
  expect(problem({ m: { input: 1 } })).toBe(half);
  expect(problem({ m: {} })).toBe(half);
  expect(problem({ m: { cache_read: 1, context_window: 10 } })).toBe(half);
  expect(problem({ m: { context_window: 0 } })).toBe('expected at least 1 token');
});

test('dollars are written exactly, and rounded to cents only to be shown', () => {
  expect([0n, 75_000n, 1_500_000_000_000n, -20_000_000_000n].map(dollarsOf)).toEqual([
    '0',
    '0.000000075',
    '1.5',
    '-0.02',
  ]);
  expect([4_999_999_999n, 5_000_000_000n].map(centsOf)).toEqual([0, 1]);
});

test('the shipped table has whole prices, and the models that agents use', () => {
  const path = new URL('../../src/share/prices.json', import.meta.url);
  const table = JSON.parse(readFileSync(path, 'utf8')) as PriceTable;
  const prices = table.providers.flatMap(({ list }) => list.flatMap((model) => model.prices));
  const all = prices
    .flatMap((one) => Object.values({ ...one, from: 0 }))
    .flatMap((price) => (typeof price === 'number' ? [price] : [price.base, ...price.tiers.map((tier) => tier.price)]));
  expect(all.every((price) => Number.isSafeInteger(price) && price >= 0)).toBe(true);
  // So that sums of old calls have one price.
  const steps = prices
    .flatMap((one) => Object.values({ ...one, from: 0 }))
    .flatMap((price) => (typeof price === 'number' ? [] : price.tiers.map(({ start }) => start)));
  expect(new Set(PRICE_STEPS)).toEqual(new Set(steps));
  expect(prices.every(({ from }) => (from ?? 0) % PRICE_DAY_MS === 0)).toBe(true);
  const pricer = loadPricer();
  const known = ['claude-opus-4-5-20251101', 'claude-sonnet-4-5-20250929', 'claude-haiku-4-5', 'gpt-5.2-codex'];
  for (const model of known)
    expect(pricer.costOf(call(model, { in: 1, out: 1 }, { provider: null })), model).toBeTypeOf('bigint');
  for (const model of ['qwen3-max', '<synthetic>', 'fixture-model'])
    expect(pricer.costOf(call(model, { in: 1, out: 1 }, { provider: 'openai' })), model).toBeNull();
});

test('sums stay exact where they are larger than numbers are exact, and back again', () => {
  const totals = emptyTotals();
  const costs = [2n ** 53n - 1n, 3n, 10n ** 20n + 7n, 5n, 2n ** 52n + 1n];
  for (const cost of costs) addCost(totals, cost, 1);
  expect(totalsOf(totals).cost).toEqual({
    pico: costs.reduce((sum, cost) => sum + cost, 0n),
    priced: costs.length,
    unpriced: 0,
  });
  for (const cost of costs) addCost(totals, cost, -1);
  addCost(totals, 1n, 1);
  expect(totalsOf(totals).cost).toEqual({ pico: 1n, priced: 1, unpriced: 0 });
});

test('the sums of the model are those of its calls, also of one that changes or is withdrawn', () => {
  const model = createModel({ advisory: { windowMs: 3_600_000, inputTokens: 1e9 }, evict: true, pricer: PRICER });
  const say = (record: string, one: ReturnType<typeof call>): void =>
    void model.apply('sqlite:/x', { type: 'call', record, call: one, arrival: 'live' }, AT);
  const names = { conversationId: 'c', agent: 'a' };
  say('1', call('m-1', { in: 1, out: 0 }, { ...names, callId: 'one' }));
  say('2', call('other', { in: 1, out: 0 }, { ...names, callId: 'two' }));
  say('3', call('m-1', null, { ...names, callId: 'three', status: 'pending' }));
  const costOf = () => model.conversations()[0]?.totals.cost;
  expect(costOf()).toEqual({ pico: 3_000_000n, priced: 1, unpriced: 1 });
  say('3', call('m-1', { in: 0, out: 1 }, { ...names, callId: 'three' }));
  expect(costOf()).toEqual({ pico: 18_000_000n, priced: 2, unpriced: 1 });
  expect(model.agents()[0]?.totals.cost).toEqual(costOf());
  expect(model.fleet().totals.cost).toEqual(costOf());
  model.apply('sqlite:/x', { type: 'withdrawn', record: '1' }, AT);
  expect(costOf()).toEqual({ pico: 15_000_000n, priced: 1, unpriced: 1 });
});
