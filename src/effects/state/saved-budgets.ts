import * as z from 'zod';
import { BUDGET_ACTIONS, BUDGET_LEVELS, BUDGET_SCOPES, BUDGET_SPANS, BUDGET_UNITS } from '../../core/budgets.ts';
import type { CellChange, SavedBudget, SavedBudgets, SavedCell } from '../../core/model/budgets/types.ts';
import type { SavedBudgetState } from '../../core/reactor/persist.ts';
import type { Journal } from './journal.ts';

/** The begin of each budget, and what was spent of it by each agent and conversation. */
const BUDGET = 'budget:';
const SPENT = 'spent:';

const digits = z.string().regex(/^\d{1,30}$/u);
const count = z.int().min(0);

const savedBudget: z.ZodType<SavedBudget> = z.lazy(() => z.object({ id: z.string(), since: z.number() }));

const savedCell: z.ZodType<SavedCell> = z.lazy(() =>
  z.object({
    id: z.string(),
    agent: z.string(),
    conversation: z.string().nullable(),
    isRest: z.boolean(),
    process: z.string().nullable(),
    session: z.string().nullable(),
    day: z.number().nullable(),
    slots: z.array(z.tuple([z.int(), z.number(), digits, count, count, count, count])),
  }),
);

const savedState: z.ZodType<SavedBudgetState> = z.lazy(() =>
  z.object({
    id: z.string(),
    subject: z.string(),
    agent: z.string().nullable(),
    conversationId: z.string().nullable(),
    workspace: z.string().nullable(),
    name: z.string(),
    per: z.enum(BUDGET_SCOPES),
    every: z.enum(BUDGET_SPANS),
    unit: z.enum(BUDGET_UNITS),
    action: z.enum(BUDGET_ACTIONS),
    askMs: z.number(),
    pause: z.boolean(),
    periodAt: z.number(),
    endsAt: z.number().nullable(),
    level: z.enum(BUDGET_LEVELS),
    at: z.number(),
    spent: digits,
    limit: digits,
    isAtLeast: z.boolean(),
    raisedTo: digits.nullable(),
    base: digits,
    isAccepted: z.boolean(),
    hold: z.object({ startedAt: z.number(), isOver: z.boolean(), endsAt: z.number(), leftMs: z.number() }).nullable(),
    by: z
      .object({
        agent: z.string(),
        processName: z.string().nullable(),
        pid: z.number().nullable(),
        conversationId: z.string().nullable(),
        sessionId: z.string().nullable(),
        callId: z.string(),
      })
      .nullable(),
  }),
);

/** Returns the sums that earlier runs kept; what is not what we write is passed over. */
export function readSavedBudgets(journal: Journal): SavedBudgets {
  const all = <T>(prefix: string, schema: z.ZodType<T>): readonly T[] =>
    journal.entries(prefix).flatMap(([, value]) => schema.safeParse(value).data ?? []);
  return { budgets: all(BUDGET, savedBudget), cells: all(SPENT, savedCell) };
}

/** Returns what was decided about budgets. */
export function readBudgetStates(journal: Journal): readonly SavedBudgetState[] {
  const value = journal.get('budgets');
  return value === undefined ? [] : (z.array(savedState).safeParse(value).data ?? []);
}

/** Keeps the begins of these budgets, and forgets all that is kept of others. */
export function keepBegins(journal: Journal, budgets: readonly SavedBudget[]): void {
  const ids = new Set(budgets.map(({ id }) => id));
  for (const { id, since } of budgets)
    if (journal.get(BUDGET + id) === undefined) journal.put(BUDGET + id, { id, since });
  for (const prefix of [BUDGET, SPENT])
    for (const [key] of journal.entries(prefix)) {
      const [id = ''] = key.slice(prefix.length).split(' ', 1);
      if (!ids.has(id)) journal.put(key, null);
    }
}

/** Keeps what has changed of the sums. */
export function keepSums(journal: Journal, changes: readonly CellChange[]): void {
  for (const { id, key, cell } of changes) {
    const name = `${SPENT}${id} ${key}`;
    if (cell !== null || journal.get(name) !== undefined) journal.put(name, cell);
  }
}
