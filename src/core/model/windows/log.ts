/**
 * Rule S4 for one agent: calls in order of their end fill a window that starts with its first call and is left by the
 * first call more than `windowMs` after that start. Calls may arrive in any order; what they change is computed again
 * from the start of the window that they fall into.
 */
import type { Ns } from '../../events.ts';
import { type Fired, type Fold, type FoldRules, type Spent, byEnd, emptyFold, foldOne } from './fold.ts';

export type WindowLog = {
  /** Spendings in order of end; the first `done` are in `fold`. */
  items: Spent[];
  done: number;
  fold: Fold;
  /** The fold before each window of `items`, to go back to. */
  starts: { index: number; fold: Fold }[];
  /** Arrived, not yet in their place. */
  late: Spent[];
  /** The fold of what was let go, and the last of it. */
  base: Fold;
  through: Spent | null;
  /** End times of advisories that were known before, so that none is told twice, and the list they were last read from. */
  known: Ns[];
  read: readonly Fired[];
};

export function emptyWindowLog(): WindowLog {
  const base = emptyFold();
  return { items: [], done: 0, fold: base, starts: [], late: [], base, through: null, known: [], read: base.fired };
}

/** Takes in a call's spending; it counts from the next `settle` on. */
export function addSpent(log: WindowLog, spent: Spent): void {
  // Older than all that is still held apart: its place is gone.
  if (log.through === null || byEnd(spent, log.through) > 0) log.late.push(spent);
}

/** Takes a call's spending out again. */
export function dropSpent(log: WindowLog, spent: Spent): void {
  const late = log.late.indexOf(spent);
  if (late !== -1) {
    log.late.splice(late, 1);
    return;
  }
  const index = log.items.indexOf(spent, placeOf(log.items, spent));
  if (index === -1) return;
  log.items.splice(index, 1);
  rewind(log, index);
}

/** Computes what arrived; returns the advisories that are new, at most one an hour over all that were ever told. */
export function settle(log: WindowLog, rules: FoldRules, capacity: number): readonly Fired[] {
  place(log);
  for (; log.done < log.items.length; log.done += 1) step(log, rules);
  if (log.items.length > capacity) letGo(log, rules, log.items.length - Math.floor(capacity * 0.75));
  return unknown(log, rules);
}

function place(log: WindowLog): void {
  if (log.late.length === 0) return;
  const late = log.late.toSorted(byEnd);
  log.late = [];
  const first = late[0];
  if (first === undefined) return;
  const index = placeOf(log.items, first);
  rewind(log, index);
  if (late.length === 1) log.items.splice(index, 0, first);
  else log.items = [...log.items, ...late].sort(byEnd);
}

function step(log: WindowLog, rules: FoldRules): void {
  const spent = log.items[log.done];
  if (spent === undefined) return;
  const next = foldOne(log.fold, spent, rules);
  if (next.startNs !== log.fold.startNs || log.starts.length === 0)
    log.starts.push({ index: log.done, fold: log.fold });
  log.fold = next;
}

/** Goes back to before the window that the item at `index` falls into, or could come to fall into. */
function rewind(log: WindowLog, index: number): void {
  if (index >= log.done) return;
  while ((log.starts.at(-1)?.index ?? -1) >= index) log.starts.pop();
  const start = log.starts.pop();
  log.done = start?.index ?? 0;
  log.fold = start?.fold ?? log.base;
}

/** Folds the oldest `gone` items into the base. All items are done when this is called. */
function letGo(log: WindowLog, rules: FoldRules, gone: number): void {
  const start = log.starts.findLast(({ index }) => index <= gone) ?? { index: 0, fold: log.base };
  log.base = log.items.slice(start.index, gone).reduce((fold, spent) => foldOne(fold, spent, rules), start.fold);
  log.through = log.items[gone - 1] ?? log.through;
  log.items = log.items.slice(gone);
  log.done = log.items.length;
  log.starts = log.starts.filter(({ index }) => index > gone).map(({ index, fold }) => ({ index: index - gone, fold }));
}

function unknown(log: WindowLog, rules: FoldRules): readonly Fired[] {
  const { fired } = log.fold;
  if (fired === log.read) return [];
  log.read = fired;
  const fresh = fired.filter((one) => !log.known.some((at) => distance(at, one.endNs) <= rules.windowNs));
  log.known.push(...fresh.map((one) => one.endNs));
  if (log.known.length > 4 * rules.keep)
    log.known = log.known.filter((at) => fired.some((one) => distance(at, one.endNs) <= rules.windowNs));
  return fresh;
}

function distance(a: Ns, b: Ns): Ns {
  return a < b ? b - a : a - b;
}

/** Index of the first item that is not before `spent`. */
function placeOf(items: readonly Spent[], spent: Spent): number {
  const last = items.at(-1);
  if (last === undefined || byEnd(last, spent) < 0) return items.length;
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && byEnd(item, spent) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
