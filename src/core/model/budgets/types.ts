/** Whose calls the budgets count, and their sums as they are kept over a restart: plain JSON, one entry a conversation. */
import type { BudgetCall } from '../../budgets.ts';
import type { Ms } from '../../units.ts';

/** The owner of some calls, from which their workspace follows. */
export type Owner = Pick<BudgetCall, 'agent' | 'processName' | 'conversationId' | 'sessionId'>;

/** The workspace that an owner's signals would act on; null for none. */
export type WorkspaceOf = (owner: Owner) => string | null;

/** The begin of a budget. */
export type SavedBudget = { readonly id: string; readonly since: Ms };

/** The calls of one agent and conversation: of each slot its number, the end of its latest call, and its sums. */
export type SavedCell = {
  readonly id: string;
  readonly agent: string;
  readonly conversation: string | null;
  readonly isRest: boolean;
  readonly process: string | null;
  readonly session: string | null;
  /** The begin of the day that they belong to; null for a budget of another span. */
  readonly day: Ms | null;
  readonly slots: readonly SavedSlot[];
};

/** `pico` in decimal digits. */
export type SavedSlot = readonly [
  slot: number,
  until: Ms,
  pico: string,
  tokens: number,
  unpriced: number,
  untold: number,
  unsure: number,
];

export type SavedBudgets = { readonly budgets: readonly SavedBudget[]; readonly cells: readonly SavedCell[] };

/** The part of a cell to keep, under its key in its budget; null where the cell is gone. */
export type CellChange = { readonly id: string; readonly key: string; readonly cell: SavedCell | null };
