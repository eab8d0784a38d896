/**
 * Spendings in columns of numbers: as objects each took 130 bytes, and of nothing else does a model keep so many. (Typed
 * arrays would be a fifth smaller, but growing ones leave holes outside of the heap that V8 keeps together.)
 */
import { type Spent, byEnd } from './fold.ts';

export type Items = {
  length: number;
  endMs: number[];
  startMs: number[];
  inputTokens: number[];
  /** The rest of the end in ns, and in the two bits below it the use of the cache. */
  endRest: number[];
  startRest: number[];
  callIds: string[];
};

const CACHES = ['unreported', 'missed', 'used'] as const satisfies readonly Spent['cache'][];
const CACHE_BITS = 2;
const CACHE_MASK = 3;
/** An array grows by half of what it has; after so many items at once what is left of that is given back. */
const MANY = 64;

export function noItems(): Items {
  return { length: 0, endMs: [], startMs: [], inputTokens: [], endRest: [], startRest: [], callIds: [] };
}

/** Returns the item at an index, which must be one. */
export function itemAt(items: Items, index: number): Spent {
  const endRest = items.endRest[index] ?? 0;
  return {
    endMs: items.endMs[index] ?? 0,
    endRest: endRest >> CACHE_BITS,
    startMs: items.startMs[index] ?? 0,
    startRest: items.startRest[index] ?? 0,
    callId: items.callIds[index] ?? '',
    inputTokens: items.inputTokens[index] ?? 0,
    cache: CACHES[endRest & CACHE_MASK] ?? 'unreported',
  };
}

/** Sorts spendings in, which are in order themselves. */
export function insertItems(items: Items, late: readonly Spent[]): void {
  let end = items.length;
  // Makes room: an array with holes stays a slow one.
  for (const spent of late) put(items, items.length++, spent);
  let to = items.length;
  for (const spent of late.toReversed()) {
    const index = insertionIndex(items, spent, end);
    to -= end - index;
    move(items, to, index, end);
    end = index;
    to -= 1;
    put(items, to, spent);
  }
  if (late.length > MANY) cut(items, items.length);
}

/** Takes out one item that equals `spent`, if there is any. */
export function removeItem(items: Items, spent: Spent): void {
  for (let index = insertionIndex(items, spent); index < items.length; index += 1) {
    const item = itemAt(items, index);
    if (byEnd(item, spent) !== 0) return;
    if (item.inputTokens !== spent.inputTokens || item.cache !== spent.cache) continue;
    move(items, index, index + 1, items.length);
    cut(items, items.length - 1);
    return;
  }
}

/** Takes out the first so many items. */
export function dropFirst(items: Items, count: number): void {
  move(items, 0, count, items.length);
  cut(items, items.length - count);
}

/** Returns the index of the first of the items up to `end` that is not before `spent`. */
export function insertionIndex(items: Items, spent: Spent, end = items.length): number {
  if (end === 0 || compare(items, end - 1, spent) < 0) return end;
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(items, middle, spent) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Almost all ends differ in their ms.
function compare(items: Items, index: number, spent: Spent): number {
  return (items.endMs[index] ?? 0) - spent.endMs || byEnd(itemAt(items, index), spent);
}

function put(items: Items, index: number, spent: Spent): void {
  items.endMs[index] = spent.endMs;
  items.startMs[index] = spent.startMs;
  items.inputTokens[index] = spent.inputTokens;
  items.endRest[index] = (spent.endRest << CACHE_BITS) | CACHES.indexOf(spent.cache);
  items.startRest[index] = spent.startRest;
  items.callIds[index] = spent.callId;
}

function move(items: Items, to: number, from: number, end: number): void {
  const by = to - from;
  if (by < 0) for (let index = from; index < end; index += 1) moveOne(items, index + by, index);
  else for (let index = end - 1; index >= from; index -= 1) moveOne(items, index + by, index);
}

function moveOne({ endMs, startMs, inputTokens, endRest, startRest, callIds }: Items, to: number, from: number): void {
  endMs[to] = endMs[from] ?? 0;
  startMs[to] = startMs[from] ?? 0;
  inputTokens[to] = inputTokens[from] ?? 0;
  endRest[to] = endRest[from] ?? 0;
  startRest[to] = startRest[from] ?? 0;
  callIds[to] = callIds[from] ?? '';
}

/** Keeps the first so many items, and no room behind them. */
function cut(items: Items, length: number): void {
  items.length = length;
  items.endMs = items.endMs.slice(0, length);
  items.startMs = items.startMs.slice(0, length);
  items.inputTokens = items.inputTokens.slice(0, length);
  items.endRest = items.endRest.slice(0, length);
  items.startRest = items.startRest.slice(0, length);
  items.callIds = items.callIds.slice(0, length);
}
