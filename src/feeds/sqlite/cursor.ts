import type { ReadPosition } from '../../core/sources.ts';
import { readCursor } from '../cursor-text.ts';
import * as z from 'zod';

/** The position in one table: enough to recognise the database and to go on in it. */
export type TableCursor = {
  /** Device and inode of the file. */
  readonly db: string;
  /** The last row that was read, and what never changes in it. */
  readonly last: bigint;
  readonly anchor: string | null;
  /** Rows that were unfinished, with their state. */
  readonly open: ReadonlyMap<bigint, string>;
};

/** The position in an absent table: whatever it holds later has come since. */
export const NOWHERE: TableCursor = { db: '', last: 0n, anchor: null, open: new Map() };

/** The positions in both tables; null for one that was never open. */
export type SqliteCursor = { readonly calls: TableCursor | null; readonly interruptions: TableCursor | null };

/** Unfinished rows that a cursor carries. */
export const MAX_CURSOR_OPEN = 256;

/** The cursor as the opaque text of `SourceHealth.cursor`. */
export function formatCursor(cursor: SqliteCursor): string {
  return JSON.stringify({ v: 1, calls: plain(cursor.calls), interruptions: plain(cursor.interruptions) });
}

/** Reads such a text; null for none, and for one of another program, version or medium. */
export function parseCursor(text: string | null): SqliteCursor | null {
  const parsed = readCursor(schema, text);
  return parsed && { calls: parsed.calls, interruptions: parsed.interruptions };
}

const id = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt);
const tableSchema = z
  .object({
    db: z.string().max(100),
    last: id,
    anchor: z.string().max(512).nullable(),
    open: z.array(z.tuple([id, z.string().max(40)])).max(MAX_CURSOR_OPEN),
  })
  .transform((table): TableCursor => ({ ...table, open: new Map(table.open) }));
const schema = z.object({ v: z.literal(1), calls: tableSchema.nullable(), interruptions: tableSchema.nullable() });

function plain(table: TableCursor | null): unknown {
  if (table === null) return null;
  const { db, last, anchor, open } = table;
  return { db, last: String(last), anchor, open: [...open].map(([row, state]) => [String(row), state]) };
}

/** Returns the position in a cursor's text; null if it is not one. */
export function positionOf(cursor: string | null): ReadPosition | null {
  const position = parseCursor(cursor);
  const call = lastRowOf(position?.calls);
  const interruption = lastRowOf(position?.interruptions);
  return call === null && interruption === null ? null : { code: 'rows', call, interruption };
}

function lastRowOf(table: TableCursor | null | undefined): string | null {
  return table?.db ? String(table.last) : null;
}
