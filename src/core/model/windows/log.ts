/**
 * Rule S4 for one agent: calls in order of their end fill a window that starts with its first call and is left by the
 * first call more than the window's length after that start. Calls may arrive in any order; what follows a late one is
 * computed again.
 */
import type { Ns } from '../../events.ts';
import { type Fired, type Fold, type FoldRules, type Spent, byEnd, emptyFold, foldOne } from './fold.ts';

/** A mark is kept every so many items. */
const MARK_EVERY = 32;

export type WindowLog = {
  /** Spendings in order of end; the first `done` are in `fold`. */
  items: Spent[];
  done: number;
  fold: Fold;
  /** The fold before some of the items, to go back to. */
  marks: { index: number; fold: Fold }[];
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
  return { items: [], done: 0, fold: base, marks: [], late: [], base, through: null, known: [], read: base.fired };
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
  const [first, ...rest] = log.late;
  if (first === undefined) return;
  if (rest.length === 0) {
    const index = placeOf(log.items, first);
    rewind(log, index);
    log.items.splice(index, 0, first);
    log.late.length = 0;
    return;
  }
  const late = log.late.toSorted(byEnd);
  const [earliest = first] = late;
  const index = placeOf(log.items, earliest);
  rewind(log, index);
  log.items = [...log.items.slice(0, index), ...[...log.items.slice(index), ...late].sort(byEnd)];
  log.late = [];
}

function step(log: WindowLog, rules: FoldRules): void {
  const spent = log.items[log.done];
  if (spent === undefined) return;
  if (log.done % MARK_EVERY === 0) log.marks.push({ index: log.done, fold: log.fold });
  log.fold = foldOne(log.fold, spent, rules);
}

/** Goes back to before the item at `index`. */
function rewind(log: WindowLog, index: number): void {
  if (index >= log.done) return;
  let mark = log.marks.pop();
  while (mark !== undefined && mark.index > index) mark = log.marks.pop();
  log.done = mark?.index ?? 0;
  log.fold = mark?.fold ?? log.base;
}

/** Folds the oldest `gone` items into the base. All items are done when this is called. */
function letGo(log: WindowLog, rules: FoldRules, gone: number): void {
  const mark = log.marks.findLast(({ index }) => index <= gone) ?? { index: 0, fold: log.base };
  log.base = log.items.slice(mark.index, gone).reduce((fold, spent) => foldOne(fold, spent, rules), mark.fold);
  log.through = log.items[gone - 1] ?? log.through;
  log.items = log.items.slice(gone);
  log.done = log.items.length;
  log.marks = log.marks.filter(({ index }) => index >= gone).map(({ index, fold }) => ({ index: index - gone, fold }));
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
