/** The sums of the budgets, in step with the calls: what the model counts and takes back is counted here, too. */
import { type Budget, type BudgetCall, type BudgetReading, type BudgetSubject, budgetId } from '../../budgets.ts';
import { MAX_BUDGET_CELLS, MAX_BUDGET_RESTS } from '../../limits.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Ms } from '../../units.ts';
import type { Day } from '../types.ts';
import type { Owner, WorkspaceOf } from './types.ts';
import {
  type Amounts,
  type Slot,
  type Sum,
  addFresh,
  addSpent,
  amountsOf,
  countSlot,
  emptySlot,
  mergedSlots,
  nothing,
} from './sums.ts';

/** Part of the conversations that is folded at once, so that room is made seldom. */
const FOLDED = 0.25;

/** The calls of one agent and conversation; with `isRest`, of all of an agent's that were folded. */
export type Cell = {
  readonly owner: Owner;
  readonly isRest: boolean;
  /** Of a day or a total one, under 0; of an hour one a minute, under its number. */
  readonly slots: Map<number, Slot>;
  by: BudgetCall | null;
  isDirty: boolean;
};

/** One budget with its sums. */
export type Tally = {
  readonly id: string;
  readonly budget: Budget;
  /** When it was set: what a total counts from. */
  readonly since: Ms;
  /** The day that is counted; of a budget for a day. */
  day: Day;
  readonly cells: Map<string, Cell>;
  readonly rests: Map<string, Cell>;
  /** Keys of cells that are gone and may still be kept. */
  readonly gone: Set<string>;
  /** Something of its span was not told call by call, and lies across one of its ends. */
  isTorn: boolean;
};

/** Some calls that are counted, or taken back. */
export type Counted = Owner & {
  readonly amounts: Amounts;
  /** The call; null for sums over several. */
  readonly call: Pick<BudgetCall, 'pid' | 'callId'> | null;
  /** Start of the first, end of the last, and the minute that they are counted in: not later than they were received. */
  readonly from: Ms;
  readonly endAt: Ms;
  readonly minute: number;
  readonly live: boolean;
};

export type BudgetLedger = {
  readonly localDay: (at: Ms) => Day;
  /** The newest minute that was heard of: an hour ends with it. */
  newest: number;
  tallies: readonly Tally[];
  /** Something was counted live since the last decision. */
  hasFresh: boolean;
};

/** Returns the key of the calls of an agent in a conversation. */
export function cellKey({ agent, conversationId }: Pick<Owner, 'agent' | 'conversationId'>): string {
  return `${agent}\n${conversationId ?? ''}`;
}

/** Makes the sums of a budget that begins now. */
export function newTally(budget: Budget, since: Ms, localDay: BudgetLedger['localDay']): Tally {
  return {
    id: budgetId(budget),
    budget,
    since,
    day: localDay(since),
    cells: new Map(),
    rests: new Map(),
    gone: new Set(),
    isTorn: false,
  };
}

/** Counts calls in (`sign` 1) or out again (`sign` -1), for each budget that they concern. */
export function countInBudgets(ledger: BudgetLedger, counted: Counted, sign: 1 | -1): void {
  if (counted.minute > ledger.newest) ledger.newest = counted.minute;
  for (const tally of ledger.tallies) {
    const { budget } = tally;
    if (budget.agent !== null && budget.agent !== counted.agent) continue;
    if (budget.conversation !== null && budget.conversation !== counted.conversationId) continue;
    const slot = slotNumber(tally, counted, ledger);
    if (slot === null) continue;
    const cell = cellOf(tally, counted);
    let found = cell.slots.get(slot);
    if (found === undefined) cell.slots.set(slot, (found = emptySlot()));
    countSlot(found, counted.amounts, counted, sign);
    cell.isDirty = true;
    if (counted.live) ledger.hasFresh = true;
    if (counted.live && counted.call !== null && sign === 1) cell.by = callOf(counted, counted.call);
  }
}

function callOf({ agent, processName, conversationId, sessionId }: Counted, call: Pick<BudgetCall, 'pid' | 'callId'>) {
  return { agent, processName, conversationId, sessionId, pid: call.pid, callId: call.callId };
}

/** Returns the slot that calls are counted in; null for those outside the span. */
function slotNumber(
  tally: Tally,
  { minute, from, endAt, call }: Counted,
  { localDay, newest }: BudgetLedger,
): number | null {
  const at = minute * MINUTE_MS;
  switch (tally.budget.every) {
    case 'hour':
      return newest - minute > HOUR_MS / MINUTE_MS ? null : minute;
    case 'total':
      // Of sums across its begin this run, or the one before it, has received the later part live: it is kept.
      return endAt >= tally.since && (call !== null || from >= tally.since) ? 0 : null;
    case 'day': {
      if (at >= tally.day.endsAt) turnTo(tally, localDay(at));
      if (at < tally.day.at) return null;
      if (call !== null || from >= tally.day.at) return 0;
      // Sums across midnight cannot be shared out: there is more than is known.
      tally.isTorn = true;
      return null;
    }
  }
}

function turnTo(tally: Tally, day: Day): void {
  for (const key of tally.cells.keys()) tally.gone.add(key);
  for (const key of tally.rests.keys()) tally.gone.add(restKey(key));
  tally.cells.clear();
  tally.rests.clear();
  tally.isTorn = false;
  tally.day = day;
}

/** Returns the key of the folded calls of an agent: no id of a conversation has a line feed. */
export function restKey(agent: string): string {
  return `${agent}\n\n`;
}

function cellOf(tally: Tally, counted: Counted): Cell {
  const key = cellKey(counted);
  const known = tally.cells.get(key);
  if (known !== undefined) return known;
  const rest = tally.rests.get(restName(tally, counted.agent));
  // What is read again of a folded conversation belongs to the sum that it became a part of.
  if (rest !== undefined && [...rest.slots.values()].some(({ until }) => counted.endAt <= until)) return rest;
  const { agent, processName, conversationId, sessionId } = counted;
  const owner = { agent, processName, conversationId, sessionId };
  const made: Cell = { owner, isRest: false, slots: new Map(), by: null, isDirty: true };
  tally.cells.set(key, made);
  tally.gone.delete(key);
  if (tally.cells.size > MAX_BUDGET_CELLS) fold(tally, made);
  return made;
}

function restName({ rests }: Tally, agent: string): string {
  return rests.has(agent) || rests.size < MAX_BUDGET_RESTS ? agent : '';
}

// The conversations idle longest become one sum an agent.
function fold(tally: Tally, newest: Cell): void {
  const lastOf = ({ slots }: Cell): Ms => Math.max(-Infinity, ...Array.from(slots.values(), ({ lastAt }) => lastAt));
  const idlest = [...tally.cells].filter(([, cell]) => cell !== newest).sort(([, a], [, b]) => lastOf(a) - lastOf(b));
  for (const [key, cell] of idlest.slice(0, Math.ceil(idlest.length * FOLDED))) {
    tally.cells.delete(key);
    tally.gone.add(key);
    const name = restName(tally, cell.owner.agent);
    const rest = tally.rests.get(name) ?? emptyRest(name);
    tally.rests.set(name, rest);
    tally.gone.delete(restKey(name));
    for (const [number, slot] of cell.slots) {
      // All that was counted of it counts as kept: what comes again of it is old.
      const settled = { ...slot, until: Math.max(slot.until, slot.lastAt) };
      const before = rest.slots.get(number);
      rest.slots.set(number, before === undefined ? settled : mergedSlots(before, settled));
    }
    rest.isDirty = true;
  }
}

export function emptyRest(agent: string): Cell {
  const owner = { agent, processName: null, conversationId: null, sessionId: null };
  return { owner, isRest: true, slots: new Map(), by: null, isDirty: true };
}

// ---------------------------------------------------------------- what is spent

type Gathered = {
  readonly about: BudgetSubject;
  readonly sum: Sum;
  readonly fresh: Sum;
  by: BudgetCall | null;
  lastAt: Ms;
};

/** Returns what was spent of each budget by each of its subjects, as of `now`. */
export function readBudgets(ledger: BudgetLedger, now: Ms, workspaceOf: WorkspaceOf): readonly BudgetReading[] {
  return ledger.tallies.flatMap((tally) => {
    passTo(tally, now, ledger.localDay);
    const bySubject = new Map<string, Gathered>();
    // A budget for all is there before anything is spent.
    if (tally.budget.per === 'all') bySubject.set('', gathered(EVERYTHING));
    for (const cell of [...tally.cells.values(), ...tally.rests.values()]) gather(bySubject, tally, cell, workspaceOf);
    return Array.from(bySubject.values(), (one) => readingOf(tally, one));
  });
}

/** Forgets which part of the sums is fresh: it was decided about. */
export function clearFresh(ledger: BudgetLedger): void {
  if (!ledger.hasFresh) return;
  ledger.hasFresh = false;
  for (const { cells, rests } of ledger.tallies)
    for (const { slots } of [...cells.values(), ...rests.values()])
      for (const slot of slots.values()) slot.fresh = null;
}

// A day ends, and an hour slides, without a call, too. A clock that was set back comes to the day again, unless it was far ahead.
function passTo(tally: Tally, now: Ms, localDay: BudgetLedger['localDay']): void {
  if (tally.budget.every === 'day' && (now >= tally.day.endsAt || now < tally.day.at - DAY_MS))
    turnTo(tally, localDay(now));
  if (tally.budget.every !== 'hour') return;
  for (const [key, cell] of tally.cells) {
    if (dropMinutes(cell, now)) continue;
    tally.cells.delete(key);
    tally.gone.add(key);
  }
  for (const [key, cell] of tally.rests) {
    if (dropMinutes(cell, now)) continue;
    tally.rests.delete(key);
    tally.gone.add(restKey(key));
  }
}

// True while something is left.
function dropMinutes(cell: Cell, now: Ms): boolean {
  for (const minute of cell.slots.keys()) {
    if (now - minute * MINUTE_MS <= HOUR_MS) continue;
    cell.slots.delete(minute);
    cell.isDirty = true;
  }
  return cell.slots.size > 0;
}

const EVERYTHING: BudgetSubject = { subject: '', agent: null, conversationId: null, workspace: null };

function gathered(about: BudgetSubject): Gathered {
  return { about, sum: nothing(), fresh: nothing(), by: null, lastAt: -Infinity };
}

function gather(bySubject: Map<string, Gathered>, { budget }: Tally, cell: Cell, workspaceOf: WorkspaceOf): void {
  const about = subjectOf(budget, cell, workspaceOf);
  if (about === null) return;
  const one = bySubject.get(about.subject) ?? gathered(about);
  bySubject.set(about.subject, one);
  for (const slot of cell.slots.values()) {
    addSpent(one.sum, slot);
    addFresh(one.fresh, slot);
    if (cell.by === null || slot.lastAt < one.lastAt) continue;
    one.by = cell.by;
    one.lastAt = slot.lastAt;
  }
}

// Null for what does not count, or belongs to no subject.
function subjectOf(
  { per, workspace: only }: Budget,
  { owner, isRest }: Cell,
  workspaceOf: WorkspaceOf,
): BudgetSubject | null {
  const workspace = only !== null || per === 'workspace' ? workspaceOf(owner) : null;
  if (only !== null && workspace !== only) return null;
  const { agent, conversationId } = owner;
  switch (per) {
    case 'all':
      return EVERYTHING;
    case 'agent':
      // What was folded of many agents is no one's.
      return isRest && agent === '' ? null : { subject: agent, agent, conversationId: null, workspace: null };
    case 'conversation':
      return isRest || conversationId === null
        ? null
        : { subject: conversationId, agent, conversationId, workspace: null };
    case 'workspace':
      return workspace === null ? null : { subject: workspace, agent: null, conversationId: null, workspace };
  }
}

function readingOf(tally: Tally, { about, by, ...sums }: Gathered): BudgetReading {
  const [sum, fresh] = [amountsOf(sums.sum), amountsOf(sums.fresh)];
  const { id, budget, since, day, isTorn, rests } = tally;
  // A part of what an agent has spent may be in the sum of many.
  const isFolded = budget.per === 'agent' && rests.has('');
  const isMoney = budget.unit === 'usd';
  const unknown = isMoney ? sum.unpriced : sum.untold;
  return {
    ...about,
    id,
    budget,
    periodAt: budget.every === 'day' ? day.at : budget.every === 'total' ? since : 0,
    endsAt: budget.every === 'day' ? day.endsAt : null,
    spent: isMoney ? sum.pico : BigInt(sum.tokens),
    fresh: isMoney ? fresh.pico : BigInt(fresh.tokens),
    unknown,
    isAtLeast: unknown > 0 || sum.unsure > 0 || isTorn || isFolded,
    by,
  };
}
