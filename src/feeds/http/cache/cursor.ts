import { readCursor } from '../../cursor-text.ts';
import * as z from 'zod';
import { CALL_STATUSES, type CallStatus } from '../../../core/calls.ts';
import type { ReadPosition } from '../../../core/sources.ts';
import type { Ns } from '../../../core/units.ts';

/** The position up to which a server was read: rows beyond it came later. Either part of a pair shows it, as ids start again in another database. */
export type HttpCursor = {
  readonly row: number;
  readonly startNs: Ns;
  readonly interruption: number;
  readonly occurredNs: Ns;
  /** Calls that were not complete, with their status. */
  readonly open: ReadonlyMap<number, CallStatus>;
};

/** Unfinished calls that a cursor carries. */
export const MAX_CURSOR_OPEN = 256;

/** The cursor as the opaque text of `SourceHealth.cursor`. */
export function formatCursor({ open, startNs, occurredNs, ...ids }: HttpCursor): string {
  return JSON.stringify({ v: 1, ...ids, startNs: `${startNs}`, occurredNs: `${occurredNs}`, open: [...open] });
}

/** Reads such a text; null for none, and for one of another program, version or medium. */
export function parseCursor(text: string | null): HttpCursor | null {
  return readCursor(schema, text);
}

const ns = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const row = z.int().min(0);
const schema = z
  .object({
    v: z.literal(1),
    row,
    startNs: ns,
    interruption: row,
    occurredNs: ns,
    open: z.array(z.tuple([row, z.enum(CALL_STATUSES)])).max(MAX_CURSOR_OPEN),
  })
  .transform(({ open, ...rest }): HttpCursor => ({
    row: rest.row,
    startNs: rest.startNs,
    interruption: rest.interruption,
    occurredNs: rest.occurredNs,
    open: new Map(open),
  }));

/** Returns the position in a cursor's text; null if the text is no cursor. */
export function positionOf(cursor: string | null): ReadPosition | null {
  const position = parseCursor(cursor);
  return position && { code: 'rows', call: String(position.row), interruption: String(position.interruption) };
}
