import type { Call } from '../../../core/calls.ts';
import { sumUp, type ToldFailures, withTold } from '../../../core/past/batch.ts';
import type { PastCalls, PastRow } from '../../../core/past/past.ts';
import { type Ms, msToNs, type Ns } from '../../../core/units.ts';
import { type Reader, rowId } from '../reader.ts';
import type { Row } from '../rows/cells.ts';
import type { Table } from '../rows/table.ts';

/** What decides which of the rows may be summed. */
export type SumRules = {
  /** Only calls that ended before are summed. */
  readonly before: Ms;
  /** Later rows may still change. */
  readonly youngAfter: bigint;
  /** Returns true for a row that may have changed since we attached; null where none may. */
  readonly mayBeNews: ((id: bigint) => boolean) | null;
};

/** Rows that were read to be summed, before it is known what failed before them. */
export type Slice = {
  readonly plain: readonly PastRow[];
  /** Rows between them that say something on their own, and their calls. */
  readonly between: readonly Row[];
  readonly calls: readonly Call[];
  readonly rows: number;
  /** The highest row. */
  readonly to: number;
  /** No summed call began later. */
  readonly newestNs: Ns;
};

/** A slice as sums, behind the rows that must be reported singly, which come in the order of their ids. */
export type SummedSlice = { readonly singles: readonly Row[]; readonly past: PastCalls };

/**
 * Sorts out rows of the past that were read as numbers, at least one, and reads those that say something on their own. Null where
 * these are too many: sums only cost there.
 */
export function readSlice(
  reader: Reader,
  table: Table,
  rows: readonly (PastRow | number)[],
  { before, youngAfter, mayBeNews }: SumRules,
): Slice | null {
  const lastSettled = Number(youngAfter);
  const plain: PastRow[] = [];
  const others: number[] = [];
  let newestMs = 0;
  for (const row of rows) {
    const id = idOf(row);
    const isSettled = id <= lastSettled && (mayBeNews === null || !mayBeNews(BigInt(id)));
    if (typeof row === 'number' || !isSettled || row[8] >= before) others.push(id);
    else {
      plain.push(row);
      if (row[6] > newestMs) newestMs = row[6];
    }
  }
  if (others.length * LEAST_PART > rows.length * (LEAST_PART - 1)) return null;
  const between = rowsOf(reader, others, youngAfter);
  const calls = between.flatMap((row) => callsOf(table, row));
  return { plain, between, calls, rows: rows.length, to: idOf(rows.at(-1) ?? 0), newestNs: msToNs(newestMs + 1) };
}

/** Sums up a slice; null where so many rows have to be told singly that it is not worth while. */
export function sumSlice(
  reader: Reader,
  slice: Slice,
  failures: ToldFailures,
  { youngAfter }: SumRules,
): SummedSlice | null {
  const { past, alone } = sumUp(slice.plain, slice.calls, failures);
  if (past.calls * LEAST_PART < slice.rows) return null;
  const singles = [...slice.between, ...rowsOf(reader, alone, youngAfter)];
  return { singles: singles.sort((a, b) => (rowId(a) < rowId(b) ? -1 : 1)), past };
}

/** Adds the failures of a slice to those that were told before. */
export function withFailuresOf(failures: ToldFailures, { calls }: Slice): ToldFailures {
  return calls.reduce((told, call) => withTold(told, call, false), failures);
}

/** Sums are worth while where they leave out one row in so many. */
const LEAST_PART = 3;

function idOf(row: PastRow | number): number {
  return typeof row === 'number' ? row : row[0];
}

function rowsOf(reader: Reader, ids: readonly number[], youngAfter: bigint): readonly Row[] {
  return ids.length === 0 ? [] : reader.historyById(ids, youngAfter);
}

function callsOf(table: Table, row: Row): readonly Call[] {
  const event = table.read(row, 'historical');
  return 'call' in event ? [event.call] : [];
}
