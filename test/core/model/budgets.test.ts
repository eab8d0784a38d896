import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget, BudgetReading } from '../../../src/core/budgets.ts';
import type { Call } from '../../../src/core/calls.ts';
import { MAX_BUDGET_CELLS, MAX_BUDGET_RESTS } from '../../../src/core/limits.ts';
import type { CellChange, SavedBudgets, SavedCell } from '../../../src/core/model/budgets/types.ts';
import type { Model } from '../../../src/core/model/types.ts';
import { sumUp } from '../../../src/core/past/batch.ts';
import { pastRowOf } from '../../../src/core/past/past.ts';
import { A_DAY } from '../../helpers/budget.ts';
import { PRICER, HOUR, T0, aModel, call, told, usage } from './given.ts';

const DAY = 24 * HOUR;
/** Noon by UTC of the tests' day. */
const NOON = Math.floor(T0 / DAY) * DAY + DAY / 2;

const AN_HOUR: Budget = { ...A_DAY, name: 'hour', every: 'hour' };
const A_TOTAL: Budget = { ...A_DAY, name: 'total', every: 'total' };

type Given = Partial<Call> & { readonly tokens?: number; readonly at?: number };

/** A call of one token of input, unless more is said, that ended at a time. */
function spent({ tokens = 1, at = NOON, ...given }: Given = {}): Call {
  const counts = usage({ inputTokens: tokens, outputTokens: 0 });
  return call(at - T0, { callId: `call-${at}-${given.agent ?? ''}`, provider: 'openai', usage: counts, ...given });
}

/** The state folder of some runs: what they kept, by its keys. */
class Folder {
  readonly cells = new Map<string, SavedCell>();
  budgets: SavedBudgets['budgets'] = [];

  save(model: Model): void {
    this.budgets = model.budgets.begins();
    for (const { id, key, cell } of model.budgets.changes()) this.#put(`${id} ${key}`, cell);
  }

  #put(key: string, cell: CellChange['cell']): void {
    // As JSON, which it is kept as.
    if (cell === null) this.cells.delete(key);
    else this.cells.set(key, JSON.parse(JSON.stringify(cell)) as SavedCell);
  }

  get saved(): SavedBudgets {
    return { budgets: this.budgets, cells: [...this.cells.values()] };
  }
}

function run(list: readonly Budget[], folder = new Folder(), now = NOON): Model {
  return aModel({ pricer: PRICER, budgets: { list, saved: folder.saved, now } });
}

function tell(model: Model, calls: readonly Call[], { arrival = 'live', from = 0, now = NOON } = {}): void {
  for (const [index, one] of calls.entries())
    model.apply('sqlite:/x', told(from + index, one, arrival === 'live' ? 'live' : 'historical'), now);
}

const NO_WORKSPACE = (): null => null;
const read = (model: Model, now = NOON): readonly BudgetReading[] => model.budgets.read(now, NO_WORKSPACE);
const sums = (model: Model, now = NOON): readonly (readonly [string, string, bigint])[] =>
  read(model, now).map(({ budget, subject, spent: sum }) => [budget.name, subject, sum]);

describe('what is spent of a budget', () => {
  test('counts the day of the host from its midnight, the last 60 minutes, and all since it was set', () => {
    const model = run([A_DAY, AN_HOUR, A_TOTAL]);
    tell(model, [spent({ at: NOON - DAY }), spent({ at: NOON - 2 * HOUR, tokens: 10 })], { arrival: 'historical' });
    tell(model, [spent({ at: NOON - 1, tokens: 100 }), spent({ at: NOON, tokens: 1_000 })], { from: 2 });
    expect(sums(model)).toEqual([
      ['day', '', 1_110n],
      ['hour', '', 1_100n],
      ['total', '', 1_000n],
    ]);
  });

  test('of more agents than have sums is no agent of its own, and makes all of theirs lower bounds', () => {
    const model = run([A_DAY, { ...A_DAY, name: 'each', per: 'agent' }]);
    const count = 2 * MAX_BUDGET_CELLS;
    const agents = Array.from({ length: count }, (_, at) =>
      spent({ agent: `a${at}`, conversationId: `c${at}`, at: NOON - count + at }),
    );
    tell(model, agents);
    const [all, ...each] = read(model);
    expect(all).toMatchObject({ subject: '', spent: BigInt(count), isAtLeast: false });
    expect(each).toHaveLength(new Set(each.map(({ subject }) => subject)).size);
    expect(each.length).toBeGreaterThan(MAX_BUDGET_RESTS);
    expect(each.length).toBeLessThan(count);
    expect(each.every(({ subject, isAtLeast }) => /^a\d+$/u.test(subject) && isAtLeast)).toBe(true);
  });

  test('tells whether anything came live since it was looked at', () => {
    const model = run([A_DAY]);
    tell(model, [spent({ at: NOON - 2 })], { arrival: 'historical' });
    expect(model.budgets.hasFresh()).toBe(false);
    tell(model, [spent({ at: NOON - 1 })], { from: 1 });
    expect(model.budgets.hasFresh()).toBe(true);
    model.budgets.settle();
    expect(model.budgets.hasFresh()).toBe(false);
    expect(read(model)).toMatchObject([{ spent: 2n, fresh: 0n }]);
  });

  test('lets the hour slide and the day end without a call', () => {
    const model = run([A_DAY, AN_HOUR]);
    tell(model, [spent({ tokens: 5 })]);
    expect(sums(model, NOON + HOUR)).toContainEqual(['hour', '', 5n]);
    expect(sums(model, NOON + HOUR + 60_000)).toContainEqual(['hour', '', 0n]);
    expect(sums(model, NOON + DAY / 2 - 1)).toContainEqual(['day', '', 5n]);
    expect(sums(model, NOON + DAY / 2)).toContainEqual(['day', '', 0n]);
  });

  test('keeps the day while a clock that was set back comes to it again, and leaves one that was far ahead', () => {
    const model = run([A_DAY]);
    tell(model, [spent({ tokens: 5 })]);
    expect(sums(model, NOON - DAY)).toEqual([['day', '', 5n]]);
    expect(sums(model, NOON)).toEqual([['day', '', 5n]]);
    expect(sums(model, NOON - 3 * DAY)).toEqual([['day', '', 0n]]);
  });

  test('keeps each agent, conversation and workspace apart, and counts only what is named', () => {
    const list: readonly Budget[] = [
      { ...A_DAY, name: 'agents', per: 'agent' },
      { ...A_DAY, name: 'talks', per: 'conversation' },
      { ...A_DAY, name: 'folders', per: 'workspace' },
      { ...A_DAY, name: 'only', agent: 'B' },
    ];
    const model = run(list);
    tell(model, [
      spent({ agent: 'A', conversationId: 'x' }),
      spent({ agent: 'B', conversationId: 'y', tokens: 10 }),
      spent({ agent: 'B', conversationId: null, tokens: 100, callId: 'c' }),
    ]);
    const readings = model.budgets.read(NOON, ({ agent }) => `/srv/${agent}`);
    expect(readings.map(({ budget, subject, spent: sum }) => [budget.name, subject, sum])).toEqual([
      ['agents', 'A', 1n],
      ['agents', 'B', 110n],
      ['talks', 'x', 1n],
      ['talks', 'y', 10n],
      ['folders', '/srv/A', 1n],
      ['folders', '/srv/B', 110n],
      ['only', '', 110n],
    ]);
  });

  test('counts tokens as the whole prompt and the answer', () => {
    const model = run([{ ...A_DAY, unit: 'tokens' }]);
    const counts = usage({ inputTokens: 10, cacheReadTokens: 200, cacheCreationTokens: 3_000, outputTokens: 40_000 });
    tell(model, [spent({ provider: 'anthropic', usage: counts })]);
    expect(sums(model)).toEqual([['day', '', 43_210n]]);
  });

  test('says that there is more, where a call has no price or an answer is a lower bound', () => {
    const model = run([A_DAY, { ...A_DAY, name: 'tokens', unit: 'tokens' }]);
    tell(model, [spent({ tokens: 7 }), spent({ at: NOON - 1, model: 'free' })]);
    expect(read(model)).toMatchObject([
      { spent: 7n, unknown: 1, isAtLeast: true },
      { spent: 8n, unknown: 0, isAtLeast: false },
    ]);
  });

  test('takes back what a source withdraws, and counts a corrected call once', () => {
    const model = run([A_DAY]);
    tell(model, [spent({ tokens: 7 })]);
    tell(model, [spent({ tokens: 9 })]);
    expect(sums(model)).toEqual([['day', '', 9n]]);
    model.apply('sqlite:/x', { type: 'withdrawn', record: '0' }, NOON);
    expect(sums(model)).toEqual([['day', '', 0n]]);
  });

  test('counts old calls that a source only sums up', () => {
    const calls = Array.from({ length: 400 }, (_, at) =>
      spent({ at: NOON - 3 * HOUR + at * 1_000, callId: `id-${at}` }),
    );
    const rows = calls.map(pastRowOf).filter((row) => row !== null);
    const { past, alone } = sumUp(rows, []);
    const model = run([A_DAY, { ...A_TOTAL, per: 'agent' }], undefined, NOON - DAY / 4);
    for (const record of alone) {
      const one = calls[record];
      if (one !== undefined) model.apply('sqlite:/x', told(record, one, 'historical'), NOON);
    }
    model.apply('sqlite:/x', { type: 'past', past, records: null }, NOON);
    expect(past.calls).toBeGreaterThan(300);
    expect(sums(model)).toEqual([
      ['day', '', 400n],
      ['total', 'Claude', 400n],
    ]);
  });

  test('names the live call that came last, and the part that is fresh', () => {
    const model = run([A_DAY]);
    tell(model, [spent({ tokens: 7 })], { arrival: 'historical' });
    expect(read(model)).toMatchObject([{ fresh: 0n, by: null }]);
    tell(model, [spent({ at: NOON + 1, tokens: 2, agent: 'B' })], { from: 1, now: NOON + 1 });
    expect(read(model)).toMatchObject([{ spent: 9n, fresh: 2n, by: { agent: 'B' } }]);
    model.budgets.settle();
    expect(read(model)).toMatchObject([{ spent: 9n, fresh: 0n, by: { agent: 'B' } }]);
  });

  test('folds the conversations that are idle longest, and loses nothing', () => {
    const folder = new Folder();
    const model = run([A_TOTAL, { ...A_TOTAL, name: 'agents', per: 'agent' }], folder, NOON - DAY);
    const many = MAX_BUDGET_CELLS + 500;
    const calls = Array.from({ length: many }, (_, at) =>
      spent({ at: NOON - many + at, callId: `call-${at}`, conversationId: `c${at}`, agent: at % 2 === 0 ? 'A' : 'B' }),
    );
    tell(model, calls);
    const all = [
      ['total', '', BigInt(many)],
      ['agents', 'A', BigInt(many / 2)],
      ['agents', 'B', BigInt(many / 2)],
    ];
    expect(new Set(sums(model).map(String))).toEqual(new Set(all.map(String)));
    folder.save(model);
    expect(folder.cells.size).toBeLessThan(2 * MAX_BUDGET_CELLS + 10);
    const again = run([A_TOTAL, { ...A_TOTAL, name: 'agents', per: 'agent' }], folder, NOON);
    tell(again, calls, { arrival: 'historical' });
    expect(new Set(sums(again).map(String))).toEqual(new Set(all.map(String)));
  });
});

describe('over restarts', () => {
  test('keeps what no source tells again', () => {
    const folder = new Folder();
    const first = run([A_DAY, AN_HOUR, A_TOTAL], folder, NOON - 10);
    tell(first, [spent({ at: NOON - 5, tokens: 5 })]);
    folder.save(first);
    const second = run([A_DAY, AN_HOUR, A_TOTAL], folder, NOON);
    expect(sums(second).map(([, , sum]) => sum)).toEqual([5n, 5n, 5n]);
    tell(second, [spent({ at: NOON, tokens: 3 })]);
    expect(sums(second).map(([, , sum]) => sum)).toEqual([8n, 8n, 8n]);
  });

  test('forgets yesterday, and begins anew where the name, the limit or what counts was changed', () => {
    const folder = new Folder();
    const first = run([A_DAY, A_TOTAL], folder, NOON - 10);
    tell(first, [spent({ at: NOON - 5, tokens: 5 })]);
    folder.save(first);
    expect(sums(run([A_DAY, A_TOTAL], folder, NOON + DAY), NOON + DAY)).toEqual([
      ['day', '', 0n],
      ['total', '', 5n],
    ]);
    for (const change of [{ name: 'other' }, { limit: '2000' }, { agent: 'Claude' }, { unit: 'tokens' }] as const)
      expect(sums(run([{ ...A_TOTAL, ...change }], folder))[0]?.[2]).toBe(0n);
    for (const same of [{ action: 'ask' }, { warnAt: 0.5 }] as const)
      expect(sums(run([{ ...A_TOTAL, ...same }], folder))[0]?.[2]).toBe(5n);
  });

  test('goes on with the same budgets when the configuration is read again, and knows the day of a new one', () => {
    const model = run([A_TOTAL], undefined, NOON - 10);
    tell(model, [spent({ at: NOON - 5, tokens: 5 })]);
    model.budgets.set([{ ...A_TOTAL, action: 'ask' }, A_DAY, AN_HOUR, { ...A_TOTAL, limit: '7' }], NOON);
    expect(sums(model).map(([, , sum]) => sum)).toEqual([5n, 5n, 5n, 0n]);
    expect(read(model)[0]?.budget.action).toBe('ask');
  });

  const agents = fc.constantFrom('A', 'B', '__proto__');
  const talks = fc.constantFrom('x', 'y', null);
  const aCall = fc.record({
    agent: agents,
    conversationId: talks,
    tokens: fc.integer({ min: 0, max: 9 }),
    gap: fc.nat(9),
  });
  /** Calls in the order of their ends, from half an hour before noon on; each with a name of its own. */
  const feed = fc.array(aCall, { minLength: 1, maxLength: 40 }).map((all) => {
    let at = NOON - HOUR / 2;
    return all.map(({ gap, ...given }, index) => {
      at += 1 + gap * 7_000;
      return spent({ ...given, at, callId: `call-${index}` });
    });
  });
  const list: readonly Budget[] = (['hour', 'day', 'total'] as const).flatMap((every) =>
    (['all', 'agent', 'conversation'] as const).map((per) => ({ ...A_DAY, name: `${every} ${per}`, every, per })),
  );
  const END = NOON + HOUR / 4;

  /** Returns the sums of one run that was never stopped. */
  function wholeOf(calls: readonly Call[]): unknown {
    const model = run(list, new Folder(), NOON - HOUR);
    tell(model, calls, { now: END });
    return nonZero(model);
  }

  function nonZero(model: Model): unknown {
    const spentOf = sums(model, END).filter(([, , sum]) => sum > 0n);
    return new Set(spentOf.map(String));
  }

  test.each([
    ['tells all of it again', 'all'],
    ['tells nothing again', 'none'],
    ['has lost its older half', 'newer'],
  ] as const)('a source that %s: the sums are those of one run, wherever runs end or are killed', (_, again) => {
    fc.assert(
      fc.property(feed, fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 5 }), (calls, stops) => {
        const folder = new Folder();
        const cuts = [...new Map(stops)].map(([at, clean]) => [Math.min(at, calls.length), clean] as const);
        let done = 0;
        let model = run(list, folder, NOON - HOUR);
        folder.save(model);
        for (const [at, clean] of [...cuts.toSorted(([a], [b]) => a - b), [calls.length, true] as const]) {
          tell(model, calls.slice(done, at), { from: done, now: END });
          done = Math.max(done, at);
          // What is killed has kept what it had at its last round; what is told again is not lost by that.
          if (clean || again !== 'all') folder.save(model);
          if (at === calls.length) break;
          model = run(list, folder, END);
          const first = again === 'all' ? 0 : again === 'none' ? done : Math.floor(done / 2);
          tell(model, calls.slice(first, done), { arrival: 'historical', from: first, now: END });
        }
        expect(nonZero(model)).toEqual(wholeOf(calls));
      }),
      { numRuns: 300 },
    );
  });
});
