import type { BudgetChange, BudgetView } from '../../../core/budgets.ts';
import { budgetPercent, wordAmountOf } from '../../../wording/budgets.ts';
import {
  type Availability,
  type Binding,
  type Context,
  type Named,
  type ScreenAction,
  CLOSE,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';
import { overlayView } from '../../app/view.ts';
import { left } from '../../render/values.ts';
import { budgetName, budgetsSheet, describeBudgets, keyOf } from './render.ts';
import { askingBudget, nearBudgets } from './rows.ts';

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly budgets: { readonly selected: string | null };
  }
}

/** Opens the budgets; while one asks, with that one selected. */
export const BUDGETS: Binding = {
  keys: ['B'],
  kind: 'view',
  id: 'budgets',
  label: 'budgets',
  help: 'budgets: raise, reset',
  footer: true,
  availability: ({ live, view }) => {
    if (live.fleet !== undefined) return disabled('open a host first: each host has its own budgets');
    if (live.budgets.length === 0) return disabled('no budget is configured: sightline help budgets');
    const asking = askingBudget(live.budgets);
    if (asking === null) return enabled();
    const name = budgetName(asking);
    const { hold } = asking;
    if (hold === null || hold.isOver) return enabled(`${name}, no answer yet`, '', 'answer budget');
    const time = `${left(hold.endsAt, view.now)} left`;
    return enabled(`${name}, ${time}`, time, 'answer budget');
  },
  run: ({ live }) => {
    const first = askingBudget(live.budgets) ?? nearBudgets(live.budgets)[0] ?? live.budgets[0];
    const selected = first === undefined ? null : keyOf(first);
    return viewAction({ type: 'overlay', overlay: { type: 'budgets', selected } });
  },
};

const changing = (
  named: Named,
  changeOf: (budget: BudgetView) => BudgetChange,
  wordOf: (budget: BudgetView) => string,
  why: (budget: BudgetView) => string | null = () => null,
): Binding => ({
  ...named,
  kind: 'act',
  footer: true,
  availability: (context): Availability => {
    const budget = selectedBudget(context);
    if (budget === null) return disabled('no budget is selected');
    const refused = why(budget);
    return refused === null ? enabled(wordOf(budget), wordOf(budget)) : disabled(refused);
  },
  run: (context): readonly ScreenAction[] => {
    const budget = selectedBudget(context);
    if (budget === null) return [];
    const { name, subject } = budget;
    return [...viewAction(CLOSE), { type: 'budget', name, subject, change: changeOf(budget) }];
  },
});

const QUARTERS = 4n;

const KEYS: readonly Binding[] = [
  changing(
    { keys: ['+'], id: 'raise', label: 'raise', help: 'raise it by a quarter, for this time' },
    (budget) => ({ type: 'raise', limit: String(byQuarter(budget)) }),
    (budget) => `to ${wordAmountOf(budget, byQuarter(budget))}`,
  ),
  changing(
    { keys: ['d'], id: 'double', label: 'double', help: 'double it, for this time' },
    (budget) => ({ type: 'raise', limit: String(doubled(budget)) }),
    (budget) => `to ${wordAmountOf(budget, doubled(budget))}`,
  ),
  changing(
    { keys: ['0'], id: 'reset', label: 'reset', help: 'count from now on, for this time' },
    () => ({ type: 'reset' }),
    () => '',
    ({ every }) => (every === 'hour' ? 'an hour slides by itself: raise it instead' : null),
  ),
  changing(
    { keys: ['a'], id: 'let-be', label: 'let be', help: 'let it be: no advisory, and nothing is asked' },
    () => ({ type: 'accept' }),
    (budget) => budgetPercent(budget),
    ({ level }) => (level === 'none' ? 'it is below its advisory' : null),
  ),
  stepping({ keys: ['up', 'k'], id: 'up', label: 'up', help: 'move up one row' }, -1),
  stepping({ keys: ['down', 'j'], id: 'down', label: 'down', help: 'move down one row' }, 1),
  {
    keys: ['escape', 'B', 'q'],
    kind: 'view',
    id: 'close',
    label: 'close',
    help: 'close; a countdown goes on',
    footer: true,
    availability: () => enabled(),
    run: () => viewAction(CLOSE),
  },
];

// From what was spent, where that is more: a limit below it would be reached at once.
function atLeast(budget: BudgetView): bigint {
  return budget.spent > budget.limit ? budget.spent : budget.limit;
}

function byQuarter(budget: BudgetView): bigint {
  return atLeast(budget) + (budget.limit + QUARTERS - 1n) / QUARTERS;
}

function doubled(budget: BudgetView): bigint {
  return atLeast(budget) + budget.limit;
}

function selectedBudget({ live, view: { overlay } }: Context): BudgetView | null {
  if (overlay.type !== 'budgets') return null;
  return live.budgets.find((one) => keyOf(one) === overlay.selected) ?? live.budgets[0] ?? null;
}

function stepping(named: Named, by: 1 | -1): Binding {
  return {
    ...named,
    kind: 'move',
    footer: true,
    availability: () => enabled(),
    run: ({ live, view: { overlay } }) => {
      if (overlay.type !== 'budgets') return [];
      const at = live.budgets.findIndex((one) => keyOf(one) === overlay.selected);
      const next = live.budgets[Math.max(0, Math.min(live.budgets.length - 1, at + by))];
      const selected = next === undefined ? null : keyOf(next);
      return viewAction({ type: 'overlay', overlay: { type: 'budgets', selected } });
    },
  };
}

/** The budgets, and what an operator does about one. */
export const budgetsView = overlayView('budgets', {
  title: 'budgets',
  shares: 'help',
  bindings: KEYS,
  openers: [BUDGETS],
  render: ({ selected }, context, size, theme) => budgetsSheet(selected, context, size, theme),
  describe: ({ selected }, context) => describeBudgets(selected, context),
});
