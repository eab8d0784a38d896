/** The sums of the budgets as they are kept over a restart: plain JSON, one entry a conversation. */
import { type Budget, budgetId } from '../../budgets.ts';
import type { Ms } from '../../units.ts';
import { type BudgetLedger, type Cell, type Tally, cellKey, newTally, restKey } from './ledger.ts';
import type { CellChange, SavedBudgets, SavedCell, SavedSlot } from './types.ts';
import { isNothing, keptSlot, spentIn } from './sums.ts';

/** Makes the sums of the configured budgets, which go on from those that were kept. */
export function restoreLedger(
  budgets: readonly Budget[],
  saved: SavedBudgets,
  now: Ms,
  localDay: BudgetLedger['localDay'],
): BudgetLedger {
  const tallies = budgets.map((budget) => {
    const known = saved.budgets.find(({ id }) => id === budgetId(budget));
    // Set at the latest now, whatever the clock was then.
    const tally = { ...newTally(budget, Math.min(now, known?.since ?? now), localDay), day: localDay(now) };
    for (const cell of saved.cells) if (cell.id === tally.id) restoreCell(tally, cell);
    return tally;
  });
  return { localDay, tallies, newest: Math.floor(now / 60_000), hasFresh: false };
}

function restoreCell(tally: Tally, saved: SavedCell): void {
  if (tally.budget.every === 'day' && saved.day !== tally.day.at) {
    tally.gone.add(keyOf(saved));
    return;
  }
  const { agent, process: processName, conversation: conversationId, session: sessionId, isRest } = saved;
  const slots = saved.slots.map(([slot, until, pico, tokens, unpriced, untold, unsure]) => {
    return [slot, keptSlot({ pico: BigInt(pico), tokens, unpriced, untold, unsure }, until)] as const;
  });
  const owner = { agent, processName, conversationId, sessionId };
  const cell: Cell = { owner, isRest, slots: new Map(slots), by: null, isDirty: false };
  if (isRest) tally.rests.set(agent, cell);
  else tally.cells.set(cellKey(owner), cell);
}

function keyOf({ agent, conversation: conversationId, isRest }: SavedCell): string {
  return isRest ? restKey(agent) : cellKey({ agent, conversationId });
}

/** Returns what has changed since this was asked last. */
export function takeChanges({ tallies }: BudgetLedger): readonly CellChange[] {
  return tallies.flatMap((tally) => {
    const gone = [...tally.gone].map((key): CellChange => ({ id: tally.id, key, cell: null }));
    tally.gone.clear();
    const cells = [...tally.cells.values(), ...tally.rests.values()].filter(({ isDirty }) => isDirty);
    return [...gone, ...cells.map((cell) => changeOf(tally, cell))];
  });
}

function changeOf({ id, budget, day }: Tally, cell: Cell): CellChange {
  cell.isDirty = false;
  const { owner, isRest } = cell;
  const slots = [...cell.slots].flatMap(([number, slot]): readonly SavedSlot[] => {
    const spent = spentIn(slot);
    if (isNothing(spent)) return [];
    const { pico, tokens, unpriced, untold, unsure } = spent;
    return [[number, slot.lastAt, String(pico), tokens, unpriced, untold, unsure]];
  });
  const key = isRest ? restKey(owner.agent) : cellKey(owner);
  if (slots.length === 0) return { id, key, cell: null };
  const { agent, conversationId: conversation, processName: process, sessionId: session } = owner;
  const saved = {
    id,
    agent,
    conversation,
    isRest,
    process,
    session,
    day: budget.every === 'day' ? day.at : null,
    slots,
  };
  return { id, key, cell: saved };
}
