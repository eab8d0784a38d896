import type { SkipDetail } from '../../../core/source-reasons.ts';
import type { SkipReason } from '../../../core/sources.ts';
import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../../../core/limits.ts';
import { MAX_INTERNED } from '../../limits.ts';
import { idOf, nameOf } from '../../wire/fields.ts';

/** A value that SQLite may return for any column, whatever its declared type. Integers come as bigint. */
export type Cell = null | number | bigint | string | Uint8Array;
/** One row, in the order of the SELECT. */
export type Row = readonly (Cell | undefined)[];
/** The reason why a row was skipped. */
export type Skip = { readonly skip: SkipReason; readonly detail: SkipDetail };
/** Cleans and interns a short, often repeated text; null for none. */
export type Names = (cell: Cell | undefined) => string | null;

/**
 * SQL: no more than so many bytes of a text. SQLite's own functions end a text at its first NUL, and what comes after
 * that may be the very text that reports a crash; a blob has no such end.
 */
export function cutTo(bytes: number, text: string): string {
  return `CASE WHEN octet_length(${text}) <= ${bytes} THEN ${text} ELSE CAST(substr(CAST(${text} AS BLOB), 1, ${bytes}) AS TEXT) END`;
}

/** An integer as a number, for the readers of wire/fields.ts, which check its range; null for what is no number. */
export function toNumber(cell: Cell | undefined): number | null {
  return typeof cell === 'bigint' || typeof cell === 'number' ? Number(cell) : null;
}

/** Unix time in ns, exact; null for what is no time. */
export function toNs(cell: Cell | undefined): bigint | null {
  return typeof cell === 'bigint' && cell >= 0n ? cell : null;
}

/** Agents, models and the like repeat in every row: one cleaning and one string for all of them. */
export function createNames(): Names {
  return interning(nameOf, MAX_NAME_LENGTH);
}

/** The same for ids that many rows have in common. */
export function createIds(): Names {
  return interning(idOf, MAX_ID_LENGTH);
}

function interning(clean: (cell: unknown) => string | null, maxLength: number): Names {
  const known = new Map<string, string | null>();
  return (cell) => {
    if (typeof cell !== 'string' || cell.length > maxLength) return clean(cell);
    const found = known.get(cell);
    if (found !== undefined) return found;
    if (known.size >= MAX_INTERNED) known.clear();
    const name = clean(cell);
    known.set(cell, name);
    return name;
  };
}
