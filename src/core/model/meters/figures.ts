/** Money and tokens of all calls together, as few numbers: what a host tells of them to consoles that show many. */
import type { Ms } from '../../units.ts';
import type { Day, ModelView, Totals } from '../types.ts';
import { HOUR_MS, type Money, agentToday, agentsOnPlan, hourMoney, moneyOf, moneyToday, plusMoney } from './money.ts';

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

/** Returns the figures of a model; `hasPrices`: its calls could have a price. */
export function figuresOf(model: ModelView, now: Ms, hasPrices: boolean): Figures {
  const { totals, spending } = model.fleet;
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens, promptTokens } = totals;
  const tokens = { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens, promptTokens };
  if (!hasPrices) {
    const unknown = totals.calls === 0 ? null : unpriced(totals.calls);
    return { hour: unknown, today: null, total: unknown, tokens };
  }
  const plans = agentsOnPlan(model.conversations);
  const bases = model.agents.flatMap((agent) => agentToday(agent, now, plans.has(agent.name))?.basis ?? []);
  const today = moneyToday(model, now);
  const day = spending?.days.at(-1);
  // The sums of a host are by list prices; where all of it is a plan's, that is told.
  const isPlan = (all: readonly Money['basis'][]): boolean => all.length > 0 && all.every((basis) => basis === 'plan');
  const billed = model.agents.filter(({ totals: own }) => own.cost !== undefined);
  return {
    hour: hourOf(model, now, plans),
    today:
      today === null || day === undefined
        ? null
        : { ...today, ...(isPlan(bases) && { basis: 'plan' as const }), at: day.at, endsAt: day.endsAt },
    total: moneyOf(totals, billed.length > 0 && billed.every(({ name }) => plans.has(name))),
    tokens,
  };
}

function hourOf({ agents }: ModelView, now: Ms, plans: ReadonlySet<string>): Money | null {
  let [sum, isAtLeast]: [Money | null, boolean] = [null, false];
  for (const agent of agents) {
    const hour = hourMoney(agent, now, plans.has(agent.name));
    sum = plusMoney(sum, hour);
    // An agent of which no call has a price spends something unknown.
    isAtLeast ||= hour === null && agent.minutes.some(({ at, calls }) => calls > 0 && now - at <= HOUR_MS);
  }
  return sum === null ? (isAtLeast ? unpriced(0) : null) : { ...sum, isAtLeast: sum.isAtLeast || isAtLeast };
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
