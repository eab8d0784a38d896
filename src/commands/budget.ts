import { ConfigError } from '../config/error.ts';
import type { CommandValues, Flags } from '../config/options.ts';
import type { ActionResult } from '../core/actions.ts';
import type { BudgetChange, BudgetView } from '../core/budgets.ts';
import { picoOfDollars } from '../core/prices.ts';
import { print, printJson } from '../effects/terminal/output.ts';
import { budgetPercent, wordAmountOf, wordBudget, wordLimit, wordSubject } from '../wording/budgets.ts';
import { printAnswer, printNoTarget, refused } from './acting/answer.ts';
import { findEngineAlone } from './acting/target.ts';
import { budgetJson } from './budget-json.ts';
import { EXIT } from './exit-codes.ts';
import { isoTime } from './iso-time.ts';
import { tableWidth } from './table-width.ts';
import { textTable } from './text-table.ts';

type Given<Name extends 'budget list' | 'budget raise' | 'budget reset' | 'budget accept'> = {
  readonly values: CommandValues<Name>;
  readonly flags: Flags;
};

/** Prints the budgets of an engine, the fullest first; resolves to the exit code. Throws ConfigError. */
export async function listBudgets({ values, flags }: Given<'budget list'>): Promise<number> {
  const { json, engine: pid } = values;
  const found = await findEngineAlone({ flags, workspace: '', engine: pid });
  if (!found.ok) return printNoTarget(found.reason, { json, command: 'budget list' });
  const { at, host, budgets } = found.value.engine.store.getState();
  found.value.engine.close();
  if (json) {
    printJson({ schema: 'sightline.budgets/1', at: isoTime(at), host, budgets: budgets.map(budgetJson) });
    return EXIT.done;
  }
  const rows = budgets.map((budget) => [
    budget.name,
    wordSubject(budget),
    `${budget.isAtLeast ? '≥' : ''}${wordAmountOf(budget, budget.spent)}`,
    wordLimit(budget, budget.limit),
    budgetPercent(budget),
    stateOf(budget),
  ]);
  print(rows.length === 0 ? 'no budget' : textTable(COLUMNS, rows, tableWidth()).join('\n'));
  return EXIT.done;
}

const COLUMNS = [
  { title: 'BUDGET' },
  { title: 'WHOSE' },
  { title: 'SPENT', align: 'right' },
  { title: 'LIMIT', align: 'right' },
  { title: 'SHARE', align: 'right' },
  { title: 'STATE' },
] as const;

function stateOf({ level, hold, isAccepted, isChanged }: BudgetView): string {
  if (hold !== null) return hold.isOver ? 'asks, no answer' : 'asks';
  const state = isAccepted ? 'let be' : level === 'none' ? '' : level === 'warned' ? 'nearly used up' : 'used up';
  return [state, isChanged ? 'changed' : ''].filter(Boolean).join(', ');
}

/** Raises a budget for the time that it counts now; resolves to the exit code. Throws ConfigError. */
export function raiseBudget({
  values,
  flags,
  name,
}: Given<'budget raise'> & { readonly name: string }): Promise<number> {
  const { to } = values;
  if (to === null) throw new ConfigError('budget raise: name the limit: --to 300');
  return change('budget raise', { values, flags, name }, ({ unit }) => ({
    type: 'raise',
    limit: String(unit === 'usd' ? picoOfDollars(to) : Math.round(to)),
  }));
}

/** Lets a budget count from now on; resolves to the exit code. Throws ConfigError. */
export function resetBudget({
  values,
  flags,
  name,
}: Given<'budget reset'> & { readonly name: string }): Promise<number> {
  return change('budget reset', { values, flags, name }, () => ({ type: 'reset' }));
}

/** Lets a budget be until its time is over; resolves to the exit code. Throws ConfigError. */
export function acceptBudget({
  values,
  flags,
  name,
}: Given<'budget accept'> & { readonly name: string }): Promise<number> {
  return change('budget accept', { values, flags, name }, () => ({ type: 'accept' }));
}

type Meant = {
  readonly values: CommandValues<'budget reset'>;
  readonly flags: Flags;
  readonly name: string;
};

async function change(
  command: string,
  { values, flags, name }: Meant,
  changeOf: (budget: BudgetView) => BudgetChange,
): Promise<number> {
  const { json, engine: pid, of: subject } = values;
  const found = await findEngineAlone({ flags, workspace: '', engine: pid });
  if (!found.ok) return printNoTarget(found.reason, { json, command });
  const { engine } = found.value;
  const { budgets, attachment } = engine.store.getState();
  const known = budgets.filter((one) => one.name === name);
  const meant = subject === null ? known[0] : known.find((one) => one.subject === subject);
  const unknown: ActionResult = { ok: false, reason: { code: 'no_such_budget', name } };
  const result =
    meant === undefined
      ? unknown
      : await engine.dispatch({
          type: 'budget',
          name,
          ...(subject !== null && { subject }),
          change: changeOf(meant),
        });
  engine.close();
  const facts = { budget: name, subject: meant?.subject ?? subject };
  const lines = [`${meant === undefined ? name : wordBudget(meant)}: ${DONE[command] ?? 'changed'}`];
  return printAnswer(
    result.ok ? { ok: true, outcome: 'changed', lines, reason: null, code: null, facts } : refused(result),
    { json, command, engine: attachment?.engine ?? null },
  );
}

const DONE: Readonly<Record<string, string>> = {
  'budget raise': 'raised',
  'budget reset': 'counts from now on',
  'budget accept': 'let be until its time is over',
};
