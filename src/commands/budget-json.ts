import { type Budget, type BudgetSubject, type BudgetView, shareOf } from '../core/budgets.ts';
import { dollarsOf } from '../core/prices.ts';
import type { Notice } from '../core/reactor/messages.ts';
import { isoTime } from './iso-time.ts';

/** Returns an amount of a budget: exact dollars as a decimal string, or tokens. */
function amountJson(unit: Budget['unit'], amount: bigint): { readonly usd: string } | { readonly tokens: number } {
  return unit === 'usd' ? { usd: dollarsOf(amount) } : { tokens: Number(amount) };
}

type Described = BudgetSubject & Pick<Budget, 'name' | 'per' | 'every' | 'unit' | 'action'>;

function whose({ name, per, agent, conversationId, workspace, every, action }: Described) {
  return { budget: name, per, agent, conversation_id: conversationId, workspace, every, action };
}

/** A budget as `once` and `budget list` print it. */
export function budgetJson(view: BudgetView) {
  const { unit, spent, limit, isAtLeast, unknown, level, endsAt, isChanged, isAccepted, hold, periodAt } = view;
  return {
    ...whose(view),
    spent: amountJson(unit, spent),
    limit: amountJson(unit, limit),
    at_least: isAtLeast,
    unknown_calls: unknown,
    share: shareOf({ spent, limit }),
    level,
    starts_at: view.every === 'hour' ? null : isoTime(periodAt),
    ends_at: endsAt === null ? null : isoTime(endsAt),
    changed: isChanged,
    accepted: isAccepted,
    asks_until: hold === null || hold.isOver ? null : isoTime(hold.endsAt),
    unanswered: hold?.isOver ?? false,
  };
}

/** A budget that has come to another level, as `headless` prints it. */
export function budgetEventJson({ phase, budget, asksUntil }: Notice & { type: 'budget' }) {
  const { unit, isAtLeast } = budget;
  const [spent, limit] = [BigInt(budget.spent), BigInt(budget.limit)];
  return {
    ...whose(budget),
    phase,
    spent: amountJson(unit, spent),
    limit: amountJson(unit, limit),
    at_least: isAtLeast,
    share: shareOf({ spent, limit }),
    asks_until: asksUntil === null ? null : isoTime(asksUntil),
  };
}
