/**
 * Rule S4 for one agent: calls in order of their end fill a window that starts with its first call and is left by the
 * first call more than the window's length after that start. Calls may arrive in any order; what follows a late one is
 * computed again.
 */
import { type Fired, type Fold, type FoldRules, type Spent, byEnd, emptyFold, foldOne, nsFrom } from './fold.ts';
import { type Items, dropFirst, insertItems, insertionIndex, itemAt, noItems, removeItem } from './items.ts';

/** A mark is kept every so many items. */
const MARK_EVERY = 32;

/** Part of a full log that is kept, and the part of that which waits before a late arrival for others of its age. */
const KEEP = 0.75;
const SLACK = 0.25;
/** Late arrivals between old and new may fill a log so many times over: what is newer than they are is not let go. */
const MAX_FILL = 4;
/** Computing again what follows a late arrival is put off where it is more than this, and fewer than 1 in 8 came. */
const MAX_REPLAY = 1_024;
const REPLAY_SHARE = 8;

export type WindowLog = {
  /** Spendings in order of end; the first `done` are in `fold`. */
  readonly items: Items;
  done: number;
  fold: Fold;
  /** The fold before some of the items, to go back to. */
  marks: { index: number; fold: Fold }[];
  /** Arrived, not yet sorted in. */
  late: Spent[];
  /** Taken out again, still among the items or those that arrived: by value, as equal ones count the same. */
  gone: Spent[];
  /** None of these is before this one; null where there are none. */
  first: Spent | null;
  /** True while live news waits in `late` or `gone`. */
  isPutOff: boolean;
  /** The fold of what was let go, and the last of it. */
  base: Fold;
  through: Spent | null;
  /** Advisories that were known before, so that none is reported twice, and the list they were last read from. */
  known: Fired[];
  read: readonly Fired[];
};

export function emptyWindowLog(): WindowLog {
  const base = emptyFold();
  return {
    items: noItems(),
    done: 0,
    fold: base,
    marks: [],
    late: [],
    gone: [],
    first: null,
    isPutOff: false,
    base,
    through: null,
    known: [],
    read: base.fired,
  };
}

/** Takes in a call's spending; it counts from the next `settle` on. */
export function addSpent(log: WindowLog, spent: Spent): void {
  if (!isStillOpen(log, spent)) return;
  log.late.push(spent);
  waitsFrom(log, spent);
}

/** Takes a call's spending out again; it counts until the next `settle`. */
export function dropSpent(log: WindowLog, spent: Spent): void {
  if (!isStillOpen(log, spent)) return;
  log.gone.push(spent);
  waitsFrom(log, spent);
}

/** Returns the number of spendings that wait to be computed. */
export function unsettled({ late, gone }: WindowLog): number {
  return late.length + gone.length;
}

/**
 * Is it worth while to compute now what live news changed? A feed that tells of ever older calls would have everything
 * computed again for each; it is deferred until enough have come, or a view is asked for.
 */
export function isWorthSettling(log: WindowLog): boolean {
  const replay = log.items.length - firstIndex(log);
  log.isPutOff = replay > MAX_REPLAY && unsettled(log) * REPLAY_SHARE < log.items.length;
  return !log.isPutOff;
}

/** Computes what arrived; returns the advisories that are new, at most one an hour over all that were ever reported. */
export function settle(log: WindowLog, rules: FoldRules, capacity: number): readonly Fired[] {
  const changed = unsettled(log) > 0 ? indexOf(log) : log.items.length;
  log.isPutOff = false;
  for (; log.done < log.items.length; log.done += 1) step(log, rules);
  const surplus = log.items.length - Math.floor(capacity * KEEP);
  // An old part of history may still be sorted in before what is newer: that part is not closed yet.
  const open = log.items.length > MAX_FILL * capacity ? surplus : changed - Math.floor(capacity * SLACK);
  if (log.items.length > capacity && open > 0) letGo(log, rules, Math.min(surplus, open));
  return unknown(log, rules);
}

/** Brings the items up to date; returns the index from which on they are others. */
function indexOf(log: WindowLog): number {
  const index = firstIndex(log);
  rewind(log, index);
  if (log.late.length > 1) log.late.sort(byEnd);
  insertItems(log.items, log.late);
  for (const spent of log.gone) removeItem(log.items, spent);
  log.late = [];
  log.gone = [];
  log.first = null;
  return index;
}

/** Returns where the first of what waits belongs, or stands. */
function firstIndex({ items, first }: WindowLog): number {
  return first === null ? items.length : insertionIndex(items, first);
}

function waitsFrom(log: WindowLog, spent: Spent): void {
  if (log.first === null || byEnd(spent, log.first) < 0) log.first = spent;
}

/** Older than all that is still held apart is no longer sorted in. */
function isStillOpen({ through }: WindowLog, spent: Spent): boolean {
  return through === null || byEnd(spent, through) > 0;
}

function step(log: WindowLog, rules: FoldRules): void {
  if (log.done % MARK_EVERY === 0) log.marks.push({ index: log.done, fold: log.fold });
  log.fold = foldOne(log.fold, itemAt(log.items, log.done), rules);
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
  log.base = mark.fold;
  for (let index = mark.index; index < gone; index += 1) log.base = foldOne(log.base, itemAt(log.items, index), rules);
  log.through = itemAt(log.items, gone - 1);
  dropFirst(log.items, gone);
  log.done = log.items.length;
  log.marks = log.marks.filter(({ index }) => index >= gone).map(({ index, fold }) => ({ index: index - gone, fold }));
}

function unknown(log: WindowLog, rules: FoldRules): readonly Fired[] {
  const { fired } = log.fold;
  if (fired === log.read) return [];
  log.read = fired;
  const fresh = fired.filter((one) => !log.known.some((other) => distance(other, one) <= rules.windowNs));
  log.known.push(...fresh);
  if (log.known.length > 4 * rules.keep)
    log.known = log.known.filter((other) => fired.some((one) => distance(other, one) <= rules.windowNs));
  return fresh;
}

function distance(a: Fired, b: Fired): number {
  return Math.abs(nsFrom(a, b));
}
