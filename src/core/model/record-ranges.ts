/**
 * The records of one source that were counted and then forgotten, so that a late change of theirs is not taken for
 * something new. Only numbered records (rows of a database) can be reported again; lines of a file never are.
 */
import type { Ns } from '../units.ts';
import { MAX_RECORD_RUNS } from '../limits.ts';

export type RecordRanges = {
  /** Runs of consecutive numbers, ascending, both ends included. */
  runs: { from: number; to: number }[];
  /** Newest time of all that was forgotten: a number used again later (a replaced database) is something new. */
  newestNs: Ns | null;
};

const NUMBER = /^\d{1,15}$/;

export function noRecords(): RecordRanges {
  return { runs: [], newestNs: null };
}

/** Records the number of a record that is evicted from now on. */
export function addRecord(forgotten: RecordRanges, record: string, ns: Ns): void {
  if (!NUMBER.test(record)) return;
  if (forgotten.newestNs === null || ns > forgotten.newestNs) forgotten.newestNs = ns;
  insert(forgotten.runs, Number(record));
  if (forgotten.runs.length > MAX_RECORD_RUNS) forgotten.runs = joined(forgotten.runs);
}

/** The same for all numbers from one to another; no record among them is younger than `ns`. */
export function addRecords(forgotten: RecordRanges, from: number, to: number, ns: Ns): void {
  if (forgotten.newestNs === null || ns > forgotten.newestNs) forgotten.newestNs = ns;
  const { runs } = forgotten;
  let first = indexAfter(runs, from);
  const before = runs[first - 1];
  if (before !== undefined && before.to >= from - 1) first -= 1;
  const end = indexAfter(runs, to + 1);
  const covered = runs.slice(first, end);
  const run = { from: Math.min(from, covered[0]?.from ?? from), to: Math.max(to, covered.at(-1)?.to ?? to) };
  runs.splice(first, covered.length, run);
  if (runs.length > MAX_RECORD_RUNS) forgotten.runs = joined(runs);
}

/** Returns true for an evicted record that is reported again. */
export function hasRecord(forgotten: RecordRanges, record: string, ns: Ns): boolean {
  if (forgotten.newestNs === null || ns > forgotten.newestNs || !NUMBER.test(record)) return false;
  const n = Number(record);
  const run = forgotten.runs[indexAfter(forgotten.runs, n) - 1];
  return run !== undefined && n <= run.to;
}

function insert(runs: { from: number; to: number }[], n: number): void {
  const index = indexAfter(runs, n);
  const before = runs[index - 1];
  const after = runs[index];
  if (before !== undefined && n <= before.to) return;
  const joinsBefore = before?.to === n - 1;
  const joinsAfter = after?.from === n + 1;
  if (joinsBefore && joinsAfter) runs.splice(index - 1, 2, { from: before.from, to: after.to });
  else if (joinsBefore) before.to = n;
  else if (joinsAfter) after.from = n;
  else runs.splice(index, 0, { from: n, to: n });
}

/**
 * Small gaps between runs are pruned rows or rows of another kind, and are given up, the oldest first; a wide one may be
 * a part of the past that is still to be read.
 */
function joined(runs: RecordRanges['runs']): RecordRanges['runs'] {
  const gaps = runs.map(({ from }, index) => from - (runs[index - 1]?.to ?? -Infinity));
  let surplus = Math.floor(runs.length / 4);
  const widest = gaps.toSorted((a, b) => a - b)[surplus] ?? 0;
  const kept: RecordRanges['runs'] = [];
  for (const [index, run] of runs.entries()) {
    const before = kept.at(-1);
    const joins = before !== undefined && surplus > 0 && (gaps[index] ?? 0) <= widest;
    if (joins) {
      before.to = run.to;
      surplus -= 1;
    } else kept.push(run);
  }
  return kept;
}

/** Index of the first run that begins after `n`. */
function indexAfter(runs: readonly { from: number }[], n: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.from ?? Infinity) <= n) low = middle + 1;
    else high = middle;
  }
  return low;
}
