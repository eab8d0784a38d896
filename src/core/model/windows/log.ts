/**
 * Rule S4 for one agent: calls in order of their end fill a window that starts with its first call and is left by the
 * first call more than the window's length after that start. Calls may arrive in any order; what follows a late one is
 * computed again.
 */
import { type Fired, type Fold, type FoldRules, type Spent, byEnd, emptyFold, foldOne, nsFrom } from './fold.ts';

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
  items: Spent[];
  done: number;
  fold: Fold;
  /** The fold before some of the items, to go back to. */
  marks: { index: number; fold: Fold }[];
  /** Arrived, not yet sorted in. */
  late: Spent[];
  /** Taken out again, still among the items or those that arrived. */
  readonly gone: Set<Spent>;
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
    items: [],
    done: 0,
    fold: base,
    marks: [],
    late: [],
    gone: new Set(),
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
  log.gone.add(spent);
  waitsFrom(log, spent);
}

/** Returns the number of spendings that wait to be computed. */
export function unsettled({ late, gone }: WindowLog): number {
  return late.length + gone.size;
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
  if (index === log.items.length && log.gone.size === 0) append(log);
  else {
    const stays = (spent: Spent): boolean => !log.gone.has(spent);
    const tail = log.items.slice(index).filter(stays);
    log.items = [...log.items.slice(0, index), ...merged(log.late.filter(stays).sort(byEnd), tail)];
  }
  log.late = [];
  log.gone.clear();
  log.first = null;
  return index;
}

// A history in order, and what is live: nothing of what is known moves.
function append({ items, late }: WindowLog): void {
  if (late.length > 1) late.sort(byEnd);
  for (const spent of late) items.push(spent);
}

/** Two ordered lists as one; an old part of a history comes before all that is known mostly. */
function merged(late: readonly Spent[], tail: readonly Spent[]): readonly Spent[] {
  const [last, first] = [late.at(-1), tail[0]];
  const isBefore = last === undefined || first === undefined || byEnd(last, first) < 0;
  return isBefore ? [...late, ...tail] : [...late, ...tail].sort(byEnd);
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
  const fresh = fired.filter((one) => !log.known.some((other) => distance(other, one) <= rules.windowNs));
  log.known.push(...fresh);
  if (log.known.length > 4 * rules.keep)
    log.known = log.known.filter((other) => fired.some((one) => distance(other, one) <= rules.windowNs));
  return fresh;
}

function distance(a: Fired, b: Fired): number {
  return Math.abs(nsFrom(a, b));
}

/** Index of the first item that is not before `spent`. */
function insertionIndex(items: readonly Spent[], spent: Spent): number {
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
