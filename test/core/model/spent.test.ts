import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { projectionOf } from '../../../src/core/model/meters/projection.ts';
import { SPENT_DAYS, SPENT_HOURS } from '../../../src/core/model/meters/spent.ts';
import type { Day, Model, Spending } from '../../../src/core/model/types.ts';
import { sumUp } from '../../../src/core/past/batch.ts';
import { pastRowOf } from '../../../src/core/past/past.ts';
import { PRICER, HOUR, T0, aModel, call, told, usage } from './given.ts';

const DAY = 24 * HOUR;
/** Noon by UTC of the tests' day. */
const NOON = Math.floor(T0 / DAY) * DAY + DAY / 2;

type Given = { readonly tokens: number; readonly model?: string; readonly agent?: string; readonly id?: string };

/** Tells a model of a call that ended at a time, which it learns of when it ended. */
function spend(model: Model, at: number, { tokens, model: name = 'm', agent = 'A', id = `${at}` }: Given): void {
  const one = call(at - T0, { callId: id, agent, model: name, usage: usage({ inputTokens: tokens }) });
  model.apply('sqlite:/x', told(id, one), Math.max(at, NOON));
}

const priced = (options: Parameters<typeof aModel>[0] = {}): Model => aModel({ pricer: PRICER, ...options });
const amounts = (spans: Spending['days']): readonly (readonly [at: number, pico: bigint])[] =>
  spans.map(({ at, cost }) => [at, cost.pico]);

describe('what is spent', () => {
  test('counts to the hour and the day in which a call ended, for its agent, its model and all', () => {
    const model = priced();
    spend(model, NOON - 1, { tokens: 1 });
    spend(model, NOON, { tokens: 10, agent: 'B', model: 'n' });
    spend(model, NOON - DAY, { tokens: 100 });
    const spending = model.fleet().spending;
    expect(amounts(spending?.days ?? [])).toEqual([
      [NOON - 1.5 * DAY, 100n],
      [NOON - DAY / 2, 11n],
    ]);
    expect(amounts(spending?.hours ?? [])).toEqual([
      [NOON - DAY, 100n],
      [NOON - HOUR, 1n],
      [NOON, 10n],
    ]);
    expect(spending?.models.map(({ name, day, total }) => [name, day?.cost.pico, total.cost.pico])).toEqual([
      ['m', 1n, 101n],
      ['n', 10n, 10n],
    ]);
    expect(model.agents().map(({ name, day }) => [name, day?.cost.pico])).toEqual([
      ['B', 10n],
      ['A', 1n],
    ]);
    expect(model.agentDetail('A')?.spending.days).toHaveLength(2);
  });

  test('a day is that of the host, also one that has 23 hours, in a zone half an hour apart', () => {
    const begin = NOON + HOUR / 2;
    const localDay = (at: number): Day =>
      at < begin ? { at: begin - 23 * HOUR, endsAt: begin } : { at: begin, endsAt: begin + DAY };
    const model = priced({ localDay });
    spend(model, begin - 1, { tokens: 1 });
    spend(model, begin, { tokens: 2 });
    expect(amounts(model.fleet().spending?.days ?? [])).toEqual([
      [begin - 23 * HOUR, 1n],
      [begin, 2n],
    ]);
    expect(amounts(model.fleet().spending?.hours ?? [])).toEqual([
      [begin - HOUR, 1n],
      [begin, 2n],
    ]);
  });

  test('a call that changes, moves to another agent or is withdrawn is counted out where it was counted in', () => {
    const model = priced();
    spend(model, NOON, { tokens: 5, id: 'x' });
    spend(model, NOON + DAY, { tokens: 7, id: 'x' });
    expect(amounts(model.fleet().spending?.days ?? [])).toEqual([[NOON + DAY / 2, 7n]]);
    spend(model, NOON + DAY, { tokens: 7, id: 'x', agent: 'B', model: 'free' });
    expect(model.fleet().spending?.days.map(({ cost }) => cost)).toEqual([{ pico: 0n, priced: 0, unpriced: 1 }]);
    expect(model.agents().map(({ name }) => name)).toEqual(['B']);
    model.apply('sqlite:/x', { type: 'withdrawn', record: 'x' }, NOON + DAY);
    expect(model.fleet().spending?.days).toEqual([]);
  });

  test('of a long run the newest days and hours are kept, and the rest is one sum', () => {
    const model = priced();
    const days = SPENT_DAYS + 5;
    for (let day = 0; day < days; day += 1) spend(model, NOON + day * DAY, { tokens: 1 });
    for (let hour = 0; hour < SPENT_HOURS + 5; hour += 1) spend(model, NOON + days * DAY + hour * HOUR, { tokens: 1 });
    // Late news of an old day.
    spend(model, NOON + HOUR, { tokens: 1_000 });
    const { spending } = model.fleet();
    expect(spending?.days).toHaveLength(SPENT_DAYS);
    expect(spending?.hours).toHaveLength(SPENT_HOURS);
    const total = [...(spending?.days ?? []), ...(spending?.before ? [spending.before] : [])].reduce(
      (sum, { cost }) => sum + cost.pico,
      0n,
    );
    expect(total).toBe(model.fleet().totals.cost?.pico);
  });

  test('models beyond those that are told apart are one row, whatever the feed names', () => {
    const model = priced();
    for (let name = 0; name < 100; name += 1) spend(model, NOON + name, { tokens: 1, model: `m${name}` });
    const models = model.fleet().spending?.models ?? [];
    expect(models).toHaveLength(33);
    expect(models.at(-1)).toMatchObject({ name: null, total: { cost: { pico: 68n } } });
  });

  test('a view keeps the days that did not change, so that a frame costs what changed', () => {
    const model = priced();
    spend(model, NOON - DAY, { tokens: 1 });
    spend(model, NOON, { tokens: 1 });
    const before = model.fleet().spending;
    spend(model, NOON + 1, { tokens: 1, model: 'm' });
    const after = model.fleet().spending;
    expect(after?.days[0]).toBe(before?.days[0]);
    expect(after?.days[1]).not.toBe(before?.days[1]);
    model.apply('sqlite:/x', { type: 'withdrawn', record: 'none' }, NOON);
    expect(model.fleet().spending).toBe(after);
  });

  test('nothing is said of it without prices', () => {
    const model = aModel();
    spend(model, NOON, { tokens: 1 });
    expect(model.fleet().spending).toBeUndefined();
    expect(model.agents()[0]?.day).toBeUndefined();
  });
});

const histories = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 3 * HOUR }), tokens: fc.integer({ min: 0, max: 9 }) }),
  { minLength: 30, maxLength: 120, size: 'max' },
);

test('old calls that are told as sums count to the same hours and days as each of them does', () => {
  fc.assert(
    fc.property(histories, (all) => {
      let at = T0;
      const calls = all.map(({ after, tokens }, place) => {
        at += after + 1;
        const model = ['m', 'n', 'free'][place % 3] ?? null;
        return call(at - T0, { callId: `${place}`, model, usage: usage({ inputTokens: tokens }) });
      });
      const later = at + DAY;
      const singly = priced();
      for (const [place, one] of calls.entries()) singly.apply('sqlite:/x', told(place, one, 'historical'), later);
      const summed = priced();
      const { past, alone } = sumUp(
        calls.map(pastRowOf).filter((row) => row !== null),
        [],
      );
      for (const place of alone) {
        const one = calls[place];
        if (one !== undefined) summed.apply('sqlite:/x', told(place, one, 'historical'), later);
      }
      summed.apply('sqlite:/x', { type: 'past', past, records: null }, later);
      expect(past.calls).toBeGreaterThan(0);
      const { spending } = summed.fleet();
      expect({ ...spending, models: [] }).toEqual({ ...singly.fleet().spending, models: [] });
      expect(summed.agents()[0]?.day).toEqual(singly.agents()[0]?.day);
    }),
    { seed: 20_261_130, numRuns: 60 },
  );
});

test('sums of an hour that two local days share are of no day', () => {
  const midnight = NOON + HOUR / 2;
  const localDay = (at: number): Day =>
    at < midnight ? { at: midnight - DAY, endsAt: midnight } : { at: midnight, endsAt: midnight + DAY };
  const model = priced({ localDay });
  const calls = Array.from({ length: 9 }, (_, place) => call(NOON - T0 + place * 360_000, { callId: `${place}` }));
  const { past } = sumUp(
    calls.map(pastRowOf).filter((row) => row !== null),
    [],
  );
  model.apply('sqlite:/x', { type: 'past', past, records: null }, NOON + DAY);
  const { spending } = model.fleet();
  expect(spending?.days).toEqual([]);
  expect(spending?.before?.cost.pico).toBe(BigInt(past.calls) * 100n);
});

describe('the projection of today', () => {
  const span = (at: number, length: number, pico: bigint) => ({
    at,
    endsAt: at + length,
    cost: { pico, priced: 1, unpriced: 0 },
  });
  const today = NOON - DAY / 2;
  const spending = (...hourly: readonly bigint[]): Pick<Spending, 'days' | 'hours'> => ({
    days: [
      span(
        today,
        DAY,
        hourly.reduce((sum, one) => sum + one, 0n),
      ),
    ],
    hours: hourly.flatMap((pico, at) => (pico === 0n ? [] : [span(NOON - (hourly.length - at) * HOUR, HOUR, pico)])),
  });

  test('goes on at the mean of the full hours, exactly where they are alike', () => {
    expect(projectionOf(spending(10n, 10n, 10n), NOON)).toEqual({ pico: 30n + 120n, error: 0n });
    // The hour that is not over is in today, and tells nothing yet.
    expect(projectionOf(spending(10n, 10n, 10n), NOON + HOUR / 2)?.pico).toBe(30n + 115n);
  });

  test('has the error that the hours give it, those without a call included', () => {
    // Mean 20, deviation 20 over three hours; twelve hours are left, and the mean itself is off by 20/√3 in each of them.
    expect(projectionOf(spending(40n, 0n, 20n), NOON)).toEqual({ pico: 60n + 240n, error: 155n });
  });

  test.each([3, 6, 12, 24])('is off by its error, on average over many days of which %i hours are known', (known) => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let [missed, expected] = [0, 0];
    for (let trial = 0; trial < 2_000; trial += 1) {
      const hour = (): bigint => BigInt(Math.round(random() * 1e9));
      const hours = Array.from({ length: known }, (_, at) => span(NOON - (known - at) * HOUR, HOUR, hour()));
      const projection = projectionOf({ days: [span(today, DAY, 0n)], hours }, NOON);
      const spent = Array.from({ length: 12 }, hour).reduce((sum, one) => sum + one, 0n);
      missed += Number(spent - (projection?.pico ?? 0n)) ** 2;
      expected += Number(projection?.error ?? 0n) ** 2;
    }
    expect(Math.sqrt(missed / expected)).toBeCloseTo(1, 1);
  });

  test('is none where too little is known, and on another day', () => {
    expect(projectionOf(spending(10n, 10n), NOON)).toBeNull();
    expect(projectionOf(spending(10n, 10n, 10n), NOON + DAY)).toBeNull();
    expect(projectionOf({ days: [], hours: [] }, NOON)).toBeNull();
  });
});
