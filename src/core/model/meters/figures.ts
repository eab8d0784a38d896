/** Money and tokens of all calls together, as few numbers: what a host tells of them to consoles that show many. */
import type { Ms } from '../../units.ts';
import type { AgentView, Day, ModelView, Totals } from '../types.ts';
import { hourCost } from './hour.ts';
import { type Money, type Plans, agentsOnPlan, dayMoney, hourMoney, moneyOf, plusMoney } from './money.ts';

/** Names of the sums over tokens. */
export const TOKEN_SUMS = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheCreationTokens',
  'promptTokens',
] as const;

/** Money is null where no call was billed, and of the basis `unknown` where none has a price. */
export type Figures = {
  /** The calls of the last hour. */
  readonly hour: Money | null;
  /** Those of the local day that it names. */
  readonly today: (Money & Day) | null;
  /** All calls that are known. */
  readonly total: Money | null;
  readonly tokens: Pick<Totals, (typeof TOKEN_SUMS)[number]>;
};

/** The facts that the figures are made of: `pricesDate` is null where no call has a price. */
type Given = { readonly at: Ms; readonly model: ModelView; readonly plans: Plans; readonly pricesDate: string | null };

/** Returns the figures of a view. */
export function figuresOf({ at: now, model, plans, pricesDate }: Given): Figures {
  const { totals, spending } = model.fleet;
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens, promptTokens } = totals;
  const tokens = { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens, promptTokens };
  if (pricesDate === null) {
    const unknown = totals.calls === 0 ? null : unpriced(totals.calls);
    return { hour: unknown, today: null, total: unknown, tokens };
  }
  const onPlan = agentsOnPlan(model, plans);
  // The sums of a host are by list prices; where all of it is a plan's, that is told.
  const isPlan = (isPaying: (agent: AgentView) => boolean): boolean => {
    const paying = model.agents.filter(isPaying);
    return paying.length > 0 && paying.every(({ name }) => onPlan.has(name));
  };
  const day = spending?.days.at(-1);
  const today = dayMoney(
    day,
    now,
    isPlan((agent) => dayMoney(agent.day, now, false) !== null),
  );
  return {
    hour:
      spending === undefined
        ? null
        : hourMoney(
            { minutes: spending.minutes, totals },
            now,
            isPlan(({ minutes }) => hourCost(minutes, now) !== null),
          ),
    today: today === null || day === undefined ? null : { ...today, at: day.at, endsAt: day.endsAt },
    total: moneyOf(
      totals,
      isPlan(({ totals: own }) => own.cost !== undefined),
    ),
    tokens,
  };
}

function unpriced(calls: number): Money {
  return { pico: 0n, basis: 'unknown', unpriced: calls, isAtLeast: true };
}

/** Returns what was spent on the day that `now` lies in; null where nothing was. */
export function todayOf({ today }: Pick<Figures, 'today'>, now: Ms): Money | null {
  if (today === null || now < today.at || now >= today.endsAt) return null;
  const { pico, basis, unpriced: calls, isAtLeast } = today;
  return { pico, basis, unpriced: calls, isAtLeast };
}

/** The sums over several hosts: each by its own day. */
export type FigureSums = Omit<Figures, 'today'> & { readonly today: Money | null };

/** Returns the sums over hosts; at least that much where those of one are not known (null). */
export function sumFigures(all: readonly (Figures | null)[], now: Ms): FigureSums {
  const known = all.filter((one) => one !== null);
  const sum = (of: (one: Figures) => Money | null): Money | null => {
    const money = known.reduce<Money | null>((total, one) => plusMoney(total, of(one)), null);
    return money === null || known.length === all.length ? money : { ...money, isAtLeast: true };
  };
  const tokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0, promptTokens: 0 };
  for (const one of known) for (const name of TOKEN_SUMS) tokens[name] += one.tokens[name];
  return {
    hour: sum(({ hour }) => hour),
    today: sum((one) => todayOf(one, now)),
    total: sum(({ total }) => total),
    tokens,
  };
}
