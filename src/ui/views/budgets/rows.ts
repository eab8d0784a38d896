import type { BudgetView } from '../../../core/budgets.ts';
import { hourMoney } from '../../../core/model/meters/money.ts';
import type { AgentView } from '../../../core/model/types.ts';
import { HOUR_MS, type Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { budgetPercent } from '../../../wording/budgets.ts';
import type { Context } from '../../app/bindings.ts';
import { left } from '../../render/values.ts';

/** Returns the budgets that are near their limit or beyond it, and that nobody lets be; the fullest first. */
export function nearBudgets(budgets: readonly BudgetView[]): readonly BudgetView[] {
  return budgets.filter(({ level, isAccepted }) => level !== 'none' && !isAccepted);
}

/** Returns the budget that an operator is asked about; the one whose countdown ends first. */
export function askingBudget(budgets: readonly BudgetView[]): BudgetView | null {
  const asking = budgets.filter(({ hold }) => hold !== null);
  const isOver = ({ hold }: BudgetView): number => (hold?.isOver === true ? 1 : 0);
  const endOf = ({ hold }: BudgetView): Ms => hold?.endsAt ?? 0;
  return asking.toSorted((a, b) => isOver(a) - isOver(b) || endOf(a) - endOf(b))[0] ?? null;
}

/**
 * Names the state of a budget: `budget 80 %`, `budget asks, 12 s left`. One that asks is used up: without its share it fits
 * in a column of states.
 */
export function budgetState(budget: BudgetView, now: Ms): string {
  const { hold } = budget;
  if (hold === null) return `budget ${budgetPercent(budget)}`;
  return hold.isOver ? 'budget asks, no answer' : `budget asks, ${left(hold.endsAt, now)} left`;
}

/**
 * Returns the budget near its limit of the selected conversation, or else of its agent, one that asks first; null for none.
 * In a fleet a budget is answered on its host alone.
 */
export function budgetHere({ live, target }: Pick<Context, 'live' | 'target'>): BudgetView | null {
  const { agent, conversationId, signal } = target;
  if (live.fleet !== undefined || signal !== null) return null;
  const near = nearBudgets(live.budgets);
  const firstOf = (own: readonly BudgetView[]): BudgetView | null => askingBudget(own) ?? own[0] ?? null;
  const ofConversation = near.filter(
    (budget) => budget.conversationId !== null && budget.conversationId === conversationId,
  );
  const ofAgent = near.filter(
    (budget) => budget.conversationId === null && budget.agent !== null && budget.agent === agent,
  );
  return firstOf(ofConversation) ?? firstOf(ofAgent);
}

/** Returns when a budget will be used up at the rate of the last hour; null where that is not known, or not before it ends. */
export function reachedAt(view: EngineView, budget: BudgetView, now: Ms): Ms | null {
  const { spent, limit, endsAt, every } = budget;
  // What an hour will have forgotten by then is not known.
  if (spent >= limit || every === 'hour') return null;
  const rate = hourOf(view, budget, now);
  if (rate === null || rate === 0n) return null;
  const inMs = Number(((limit - spent) * BigInt(HOUR_MS)) / rate);
  const at = now + inMs;
  return endsAt !== null && at >= endsAt ? null : at;
}

// Of a conversation the minutes have money alone: of its tokens, nothing is known of the last hour.
function hourOf({ model, workspaces }: EngineView, budget: BudgetView, now: Ms): bigint | null {
  const { agent, conversationId, workspace, subject, unit } = budget;
  if (conversationId !== null) {
    const found = model.conversations.find((one) => one.conversationId === conversationId);
    const minutes = (found?.minutes ?? []).filter(({ at }) => now - at <= HOUR_MS);
    return unit === 'usd' ? minutes.reduce((sum, { cost }) => sum + cost.pico, 0n) : null;
  }
  const inside = workspaces.find(({ path }) => path === workspace)?.agents ?? [];
  const counted = model.agents.filter(({ name }) =>
    workspace === null ? subject === '' || name === agent : inside.includes(name),
  );
  return counted.reduce((sum, one) => sum + (unit === 'usd' ? moneyIn(one, now) : tokensIn(one, now)), 0n);
}

function moneyIn(agent: AgentView, now: Ms): bigint {
  return hourMoney(agent, now, false)?.pico ?? 0n;
}

function tokensIn({ minutes }: AgentView, now: Ms): bigint {
  const counted = minutes.filter(({ at }) => now - at <= HOUR_MS);
  return BigInt(counted.reduce((sum, { promptTokens, outputTokens }) => sum + promptTokens + outputTokens, 0));
}
