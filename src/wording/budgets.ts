/** Formats budgets: their amounts, whose they are, and what became of them. */
import { type Budget, type BudgetSubject, shareOf } from '../core/budgets.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { Ms } from '../core/units.ts';
import { dollars } from './money.ts';
import { configured, left, tokens } from './units.ts';

type Amount = Pick<Budget, 'unit'>;

/** Formats an amount of a budget: `$58.42`, `4.1M tokens`. */
export function wordAmountOf({ unit }: Amount, amount: bigint): string {
  return unit === 'usd' ? dollars(amount) : `${tokens(Number(amount))} tokens`;
}

/** Formats a limit with its span: `$240.00/day`, `5M tokens in all`. */
export function wordLimit({ unit, every }: Amount & Pick<Budget, 'every'>, limit: bigint): string {
  return `${wordAmountOf({ unit }, limit)}${every === 'total' ? ' in all' : `/${every}`}`;
}

/** Formats a share in whole percent, rounded down: a budget is not used up before it is. */
export function budgetPercent(budget: { readonly spent: bigint; readonly limit: bigint }): string {
  return `${Math.min(9_999, Math.floor(shareOf(budget) * 100))} %`;
}

/** Formats whose budget it is; '' for all together. */
export function wordSubject({ agent, conversationId, workspace, subject }: BudgetSubject): string {
  if (subject === '') return '';
  if (workspace !== null) return `in ${workspace}`;
  return conversationId === null
    ? `of ${agent ?? 'unknown'}`
    : `of conversation ${conversationId.slice(0, ID_CHARACTERS)}`;
}

const ID_CHARACTERS = 12;

/** Formats a budget by its name and whose it is: `budget day`, `budget each of Codex`. */
export function wordBudget(budget: BudgetSubject & Pick<Budget, 'name'>): string {
  return ['budget', budget.name, wordSubject(budget)].filter(Boolean).join(' ');
}

/** Formats what became of a budget, as one line. */
export function wordBudgetNotice({ phase, budget, asksUntil }: Notice & { type: 'budget' }, now: Ms): string {
  const [spent, limit] = [BigInt(budget.spent), BigInt(budget.limit)];
  const amounts = `${budget.isAtLeast ? '≥' : ''}${wordAmountOf(budget, spent)} of ${wordLimit(budget, limit)}`;
  const name = wordBudget(budget);
  switch (phase) {
    case 'warned':
      return `${name}: ${budgetPercent({ spent, limit })}, ${amounts}`;
    case 'reached':
      return `${name} is used up: ${amounts}`;
    case 'asked':
      return `${name} is used up: ${amounts}; a checkpoint in ${left(asksUntil ?? now, now)} unless B answers`;
    case 'unanswered':
      return `${name}: no answer within ${configured(budget.askMs)}; a checkpoint is asked for; B answers`;
  }
}
