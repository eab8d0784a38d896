import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hourCost, hourOf } from '../../../src/core/model/meters/hour.ts';
import { HOUR_MS } from '../../../src/core/units.ts';
import { dayMoney, fleetHour, hourMoney, rowToday } from '../../../src/core/model/meters/money.ts';
import type { Model } from '../../../src/core/model/types.ts';
import { PRICER, T0, aModel, call, told, usage } from './given.ts';

const MINUTE = 60_000;
const DAY = 24 * HOUR_MS;

type Told = {
  readonly id: number;
  readonly at: number;
  readonly tokens: number;
  readonly model: string;
  readonly agent: string;
  readonly conversationId: string;
};

const priced = (): Model => aModel({ pricer: PRICER });

function tell(model: Model, one: Told, now: number): void {
  const { id, at, tokens, agent, conversationId } = one;
  const made = call(at - T0, {
    callId: `${id}`,
    agent,
    conversationId,
    model: one.model,
    usage: usage({ inputTokens: tokens }),
  });
  model.apply('sqlite:/x', told(`${id}`, made), now);
}

/** Something that happens at a moment: a call is told (anew), or taken back. */
const happening = fc.record({
  id: fc.integer({ min: 0, max: 5 }),
  ago: fc.integer({ min: 0, max: 3 * HOUR_MS }),
  after: fc.integer({ min: 0, max: 40 * MINUTE }),
  tokens: fc.integer({ min: 1, max: 1_000_000 }),
  model: fc.constantFrom('m', 'n', 'free'),
  agent: fc.constantFrom('A', 'B'),
  conversationId: fc.constantFrom('c1', 'c2'),
  isWithdrawn: fc.boolean(),
});

describe('the last hour', () => {
  test('is the sum over the calls whose minute began within it, for agents, conversations, models and all', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), fc.integer({ min: 0, max: 2 * HOUR_MS }), (all, later) => {
        const model = priced();
        const known = new Map<number, Told>();
        let now = T0 + 10 * HOUR_MS;
        for (const { after, ago, isWithdrawn, ...one } of all) {
          now += after;
          if (isWithdrawn) {
            model.apply('sqlite:/x', { type: 'withdrawn', record: `${one.id}` }, now);
            known.delete(one.id);
          } else {
            known.set(one.id, { ...one, at: now - ago });
            tell(model, { ...one, at: now - ago }, now);
          }
        }
        now += later;
        const expected = (is: (one: Told) => boolean): readonly [pico: bigint, unpriced: number] => {
          const within = [...known.values()].filter(
            (one) => is(one) && now - Math.floor(one.at / MINUTE) * MINUTE <= HOUR_MS,
          );
          const pico = within.reduce((sum, one) => sum + (one.model === 'free' ? 0n : BigInt(one.tokens)), 0n);
          return [pico, within.filter((one) => one.model === 'free').length];
        };
        const found = (minutes: Parameters<typeof hourCost>[0] = []): readonly [pico: bigint, unpriced: number] => {
          const { pico = 0n, unpriced = 0 } = hourCost(minutes, now)?.cost ?? {};
          return [pico, unpriced];
        };
        for (const agent of model.agents()) {
          expect(found(agent.minutes)).toEqual(expected((one) => one.agent === agent.name));
          const calls = [...known.values()].filter(
            (one) => one.agent === agent.name && now - Math.floor(one.at / MINUTE) * MINUTE <= HOUR_MS,
          );
          expect(hourOf(agent, now)).toMatchObject({
            calls: calls.length,
            inputTokens: calls.reduce((sum, one) => sum + one.tokens, 0),
          });
        }
        for (const row of model.conversations())
          expect(found(row.minutes)).toEqual(expected((one) => one.conversationId === row.conversationId));
        const { spending } = model.fleet();
        for (const { name, minutes } of spending?.models ?? [])
          expect(found(minutes)).toEqual(expected((one) => one.model === name));
        expect(found(spending?.minutes)).toEqual(expected(() => true));
      }),
    );
  });

  test('falls by no more than the minute that leaves it, however its calls lie', () => {
    const model = priced();
    for (let minute = 0; minute < 120; minute += 1)
      tell(
        model,
        { id: minute, at: T0 + minute * MINUTE, tokens: 1 + (minute % 7), model: 'm', agent: 'A', conversationId: 'c' },
        T0 + minute * MINUTE,
      );
    const [agent] = model.agents();
    const minutes = agent?.minutes ?? [];
    const at = (ms: number): number => hourOf({ minutes }, T0 + 119 * MINUTE + ms).inputTokens;
    for (let ms = 0; ms < 60 * MINUTE; ms += 20_000) expect(at(ms) - at(ms + 20_000)).toBeLessThanOrEqual(7);
    expect(at(61 * MINUTE)).toBe(0);
  });

  test('knows which of its own calls have no price, whatever the history had', () => {
    const model = priced();
    const base = { tokens: 5, agent: 'A', conversationId: 'c' };
    tell(model, { ...base, id: 1, at: T0, model: 'free' }, T0);
    tell(model, { ...base, id: 2, at: T0 + 2 * HOUR_MS, model: 'm' }, T0 + 2 * HOUR_MS);
    const [agent] = model.agents();
    const now = T0 + 2 * HOUR_MS;
    expect(agent && hourMoney(agent, now, false)).toEqual({ pico: 5n, basis: 'list', unpriced: 0, isAtLeast: false });
    expect(agent?.totals.cost).toMatchObject({ unpriced: 1 });
    expect(fleetHour(model.view(), now)).toMatchObject({ pico: 5n, unpriced: 0, isAtLeast: false });
  });

  test('of a known price is zero where nothing happened, and of an unknown one it is not known', () => {
    const model = priced();
    tell(model, { id: 1, at: T0, tokens: 5, model: 'm', agent: 'A', conversationId: 'c' }, T0);
    tell(model, { id: 2, at: T0, tokens: 5, model: 'free', agent: 'B', conversationId: 'd' }, T0);
    const later = T0 + DAY;
    const of = (name: string) => model.agents().find((agent) => agent.name === name);
    const [a, b] = [of('A'), of('B')];
    expect(a && [hourMoney(a, later, true), rowToday(a, later, true)]).toEqual(
      Array.from({ length: 2 }, () => ({ pico: 0n, basis: 'plan', unpriced: 0, isAtLeast: false })),
    );
    expect(b && [hourMoney(b, later, false), rowToday(b, later, false)]).toEqual([null, null]);
  });
});

test('a conversation knows what it cost on its newest day, also once a call of it is taken back', () => {
  const model = priced();
  const one = { tokens: 5, agent: 'A', conversationId: 'c', model: 'm' };
  tell(model, { ...one, id: 1, at: T0 - DAY }, T0 - DAY);
  tell(model, { ...one, id: 2, at: T0 }, T0);
  tell(model, { ...one, id: 3, at: T0, tokens: 7 }, T0);
  // Late news of the day before counts to that day.
  tell(model, { ...one, id: 4, at: T0 - DAY, tokens: 100 }, T0);
  const today = () => dayMoney(model.conversations()[0]?.day, T0, false)?.pico;
  expect(today()).toBe(12n);
  model.apply('sqlite:/x', { type: 'withdrawn', record: '3' }, T0);
  expect(today()).toBe(5n);
});
