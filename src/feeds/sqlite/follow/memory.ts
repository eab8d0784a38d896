import type { Mono, Ms } from '../../../core/units.ts';
import { MAX_LOOKBACK_ROWS, MAX_OPEN_ROWS } from '../../limits.ts';

/** The fingerprints of rows that may change after they were read: there is no `updated_at` to ask for. */
export type RowMemory = {
  /** Keeps the fingerprint of a row just read. `finished` rows are kept while they are young. */
  readonly remember: (id: bigint, fingerprint: string, state: string, finished: boolean) => void;
  readonly forget: (id: bigint) => void;
  /** The last state of an unfinished row; undefined for finished and unknown ones. */
  readonly stateOf: (id: bigint) => string | undefined;
  /** True when the row is known with another fingerprint. */
  readonly differs: (id: bigint, fingerprint: string) => boolean;
  /** Rows that change within moments: pending ones and the newest few. */
  readonly hot: () => readonly bigint[];
  readonly all: () => readonly bigint[];
  /** Unfinished rows with their state, the newest `limit`. */
  readonly unfinished: (limit: number) => ReadonlyMap<bigint, string>;
  /** Removes rows that were read more than a lookback ago. */
  readonly age: (now: Mono) => void;
};

/** An empty memory. */
export function createMemory(): RowMemory {
  const fingerprints = new Map<bigint, string>();
  const open = new Map<bigint, string>();
  const pending = new Set<bigint>();
  const newest: bigint[] = [];
  const marks: Mark[] = [];
  let highest = 0n;
  const forget = (id: bigint) => {
    fingerprints.delete(id);
    open.delete(id);
    pending.delete(id);
  };
  // Rows need not come in the order of their ids: a long past is read newest first.
  const forgetOldestOpen = () => {
    const kept = MAX_OPEN_ROWS * KEEP;
    for (const id of ascending(open.keys()).slice(0, -kept)) forget(id);
  };
  const letGo = (upTo: bigint) => {
    for (const id of fingerprints.keys()) if (id <= upTo && !open.has(id)) fingerprints.delete(id);
  };
  const follow = (id: bigint, state: string, finished: boolean) => {
    if (finished) open.delete(id);
    else open.set(id, state);
    if (state === 'pending') pending.add(id);
    else pending.delete(id);
    if (open.size > MAX_OPEN_ROWS) forgetOldestOpen();
  };
  return {
    remember: (id, fingerprint, state, finished) => {
      if (id > (newest.at(-1) ?? 0n)) newest.push(id);
      if (newest.length > HOT_ROWS) newest.shift();
      if (id > highest) highest = id;
      fingerprints.set(id, fingerprint);
      follow(id, state, finished);
      if (fingerprints.size > MAX_LOOKBACK_ROWS + MAX_OPEN_ROWS) letGo(medianOf(fingerprints.keys()));
    },
    forget,
    stateOf: (id) => open.get(id),
    differs: (id, fingerprint) => (fingerprints.get(id) ?? fingerprint) !== fingerprint,
    hot: () => [...new Set([...newestOf(pending, MAX_HOT_PENDING), ...newest.filter((id) => fingerprints.has(id))])],
    all: () => [...fingerprints.keys()],
    unfinished: (limit) =>
      new Map(
        ascending(open.keys())
          .slice(-limit)
          .map((id) => [id, open.get(id) ?? '']),
      ),
    age: (now) => {
      const passed = passMarks(marks, now, highest);
      if (passed !== null) letGo(passed);
    },
  };
}

type Mark = { readonly at: Ms; readonly id: bigint };

/** Rewrites reach back 600 s by the feed contract (3.4); the rest is for late inserts. */
export const LOOK_BACK_MS = 900_000;
const MARK_EVERY_MS = 10_000;
const HOT_ROWS = 32;
/** Part of the unfinished rows that is kept when they are too many. */
const KEEP = 0.75;
/** Pending rows that are checked on every change; agentsight itself keeps at most 1 000. */
const MAX_HOT_PENDING = 1_000;

// Each mark keeps which rows were there at a time: when it is a lookback old, so are they.
function passMarks(marks: Mark[], now: Mono, highest: bigint): bigint | null {
  const newest = marks.at(-1);
  if (newest === undefined || now - newest.at >= MARK_EVERY_MS) marks.push({ at: now, id: highest });
  let passed: bigint | null = null;
  while (marks[0] !== undefined && now - marks[0].at >= LOOK_BACK_MS) passed = marks.shift()?.id ?? null;
  return passed;
}

function medianOf(ids: Iterable<bigint>): bigint {
  const sorted = ascending(ids);
  return sorted[sorted.length >> 1] ?? 0n;
}

function newestOf(ids: ReadonlySet<bigint>, limit: number): readonly bigint[] {
  return ids.size <= limit ? [...ids] : ascending(ids).slice(-limit);
}

function ascending(ids: Iterable<bigint>): bigint[] {
  return [...ids].sort((a, b) => (a < b ? -1 : 1));
}
