import type { Ms } from '../../units.ts';
import type { AgentView, ConversationView, Cost, Day, ModelView, SpentIn, Totals } from '../types.ts';

/** The time over which what is spent is told, ms. */
export const HOUR_MS = 3_600_000;

/** The basis of an amount. */
export const MONEY_BASES = ['list', 'plan', 'unknown'] as const;

/** An amount as it is shown: picodollars, by list prices or those of a subscription, exact or at least. */
export type Money = {
  readonly pico: bigint;
  readonly basis: (typeof MONEY_BASES)[number];
  /** Calls without a price, and whether there is more than `pico`: for them, or for an output that is a lower bound. */
  readonly unpriced: number;
  readonly isAtLeast: boolean;
};

/** Returns what some calls cost; null where none was billed. `isPlan`: of a subscription, which bills no call. */
export function moneyOf(
  { cost, unsureOutput = 0 }: Pick<Totals, 'cost' | 'unsureOutput'>,
  isPlan: boolean,
): Money | null {
  if (cost === undefined) return null;
  const { pico, priced, unpriced } = cost;
  const basis = priced === 0 ? 'unknown' : isPlan ? 'plan' : 'list';
  return { pico, basis, unpriced, isAtLeast: unpriced > 0 || unsureOutput > 0 };
}

/** Returns true where the records tell limits of a plan: its calls are not billed one by one. */
export function isOnPlan({ session }: Pick<ConversationView, 'session'>): boolean {
  return session !== null && session.quota.length > 0;
}

/** Returns the agents with a conversation on a plan. */
export function agentsOnPlan(conversations: readonly ConversationView[]): ReadonlySet<string> {
  return new Set(conversations.flatMap((one) => (isOnPlan(one) ? [one.agent] : [])));
}

/** Returns what the calls of the hour before `now` cost; null where none has a price. */
export function hourMoney(
  { minutes, totals }: Pick<AgentView, 'minutes' | 'totals'>,
  now: Ms,
  isPlan: boolean,
): Money | null {
  const all = moneyOf(totals, isPlan);
  if (all === null || all.basis === 'unknown') return null;
  const pico = minutes.reduce((sum, { at, pico: one = 0n }) => (now - at > HOUR_MS ? sum : sum + one), 0n);
  // Which of its calls have no price, no minute tells.
  return { ...all, pico };
}

/** Returns two costs as one. */
export function plusCost(a: Cost | undefined, b: Cost | undefined): Cost | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { pico: a.pico + b.pico, priced: a.priced + b.priced, unpriced: a.unpriced + b.unpriced };
}

/** Returns what was spent on the local day that `now` lies in; null where nothing was. */
export function dayMoney(day: SpentIn | null | undefined, now: Ms, isPlan: boolean): Money | null {
  return day !== null && day !== undefined && isDuring(day, now) ? moneyOf(day, isPlan) : null;
}

function isDuring({ at, endsAt }: Day, now: Ms): boolean {
  return at <= now && now < endsAt;
}

/** Returns what all agents spent today; by list prices, whatever of it is a plan's. */
export function moneyToday({ fleet: { spending } }: Pick<ModelView, 'fleet'>, now: Ms): Money | null {
  return dayMoney(spending?.days.at(-1), now, false);
}

/** Returns what an agent spent today. */
export function agentToday({ day }: Pick<AgentView, 'day'>, now: Ms, isPlan: boolean): Money | null {
  return dayMoney(day, now, isPlan);
}

/** Order of amounts, the largest first. */
export function byAmount(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? 1 : -1;
}

/** Returns two amounts as one; of both bases it is by list prices. */
export function plusMoney(a: Money | null, b: Money | null): Money | null {
  if (a === null || b === null) return a ?? b;
  return {
    pico: a.pico + b.pico,
    basis: a.basis === b.basis || b.basis === 'unknown' ? a.basis : a.basis === 'unknown' ? b.basis : 'list',
    unpriced: a.unpriced + b.unpriced,
    isAtLeast: a.isAtLeast || b.isAtLeast,
  };
}
