import type { Ms } from '../../units.ts';
import { hourCost } from './hour.ts';
import type { ConversationView, Cost, Day, ModelView, RowSpent, SpentIn, Totals } from '../types.ts';

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

/** The facts of a conversation or an agent by which its plan is known. */
type Payer = { readonly agent: string; readonly sources: readonly string[] };

/**
 * Returns true for a conversation on a plan, whose calls are not billed one by one: its records tell limits of a plan, or its
 * agent or one of its sources is among the configured `plans`.
 */
export function isOnPlan(
  { session, agent, sources }: Pick<ConversationView, 'session'> & Payer,
  plans: Plans,
): boolean {
  return (session !== null && session.quota.length > 0) || isConfigured({ agent, sources }, plans);
}

/** Names of agents and addresses of sources that the configuration declares to be on a plan. */
export type Plans = readonly string[];

function isConfigured({ agent, sources }: Payer, plans: Plans): boolean {
  return plans.some((plan) => plan === agent || sources.includes(plan));
}

/** Returns the agents with a conversation on a plan. */
export function agentsOnPlan(
  { agents, conversations }: Pick<ModelView, 'agents' | 'conversations'>,
  plans: Plans,
): ReadonlySet<string> {
  return new Set([
    ...agents.flatMap(({ name, sources }) => (isConfigured({ agent: name, sources }, plans) ? [name] : [])),
    ...conversations.flatMap((one) => (isOnPlan(one, plans) ? [one.agent] : [])),
  ]);
}

type Minuted = {
  readonly totals: Pick<Totals, 'cost'>;
  readonly minutes?: Parameters<typeof hourCost>[0];
};

/** Returns what the calls of the hour before `now` cost: a known zero where none was billed in it, null where none ever was. */
export function hourMoney({ minutes = [], totals }: Minuted, now: Ms, isPlan: boolean): Money | null {
  const cost = hourCost(minutes, now);
  return cost === null ? zeroOf(totals, isPlan) : moneyOf(cost, isPlan);
}

// Where there are prices, nothing costs nothing.
function zeroOf(totals: Pick<Totals, 'cost'>, isPlan: boolean): Money | null {
  const all = moneyOf(totals, isPlan);
  return all === null || all.basis === 'unknown' ? null : { ...all, pico: 0n, unpriced: 0, isAtLeast: false };
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

/** Returns what was spent in a workspace: in the last hour, today and in all; null where nothing was billed, or ever was. */
export function workspaceMoney(
  spent: (RowSpent & { readonly isPlan: boolean; readonly isPart: boolean }) | undefined,
  now: Ms,
): Readonly<Record<'hour' | 'today' | 'total', Money | null>> {
  if (spent === undefined) return { hour: null, today: null, total: null };
  const { isPlan, isPart } = spent;
  const known = (money: Money | null): Money | null =>
    money === null || !isPart ? money : { ...money, isAtLeast: true };
  return {
    hour: known(hourMoney(spent, now, isPlan)),
    today: known(rowToday(spent, now, isPlan)),
    total: known(moneyOf(spent.totals, isPlan)),
  };
}

/** Returns what all agents spent today; by list prices, whatever of it is a plan's. */
export function moneyToday({ fleet: { spending } }: Pick<ModelView, 'fleet'>, now: Ms): Money | null {
  return dayMoney(spending?.days.at(-1), now, false);
}

/** Returns what all agents spent in the hour before `now`, by list prices; null where nothing was ever billed. */
export function fleetHour({ fleet: { spending, totals } }: Pick<ModelView, 'fleet'>, now: Ms): Money | null {
  return spending === undefined ? null : hourMoney({ minutes: spending.minutes, totals }, now, false);
}

/** Returns what all agents spent today: a known zero where none was billed today, null where none ever was. */
export function fleetToday({ fleet: { spending, totals } }: Pick<ModelView, 'fleet'>, now: Ms): Money | null {
  return dayMoney(spending?.days.at(-1), now, false) ?? zeroOf(totals, false);
}

/**
 * Returns what an agent, a model or a conversation spent today: a known zero where none was billed today, null where none
 * ever was.
 */
export function rowToday({ day, totals }: Pick<RowSpent, 'day' | 'totals'>, now: Ms, isPlan: boolean): Money | null {
  return dayMoney(day, now, isPlan) ?? zeroOf(totals, isPlan);
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
