import * as z from 'zod';
import type { ReadPosition } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { readCursor } from '../cursor-text.ts';

const cursorSchema = z.object({ until: z.number().nonnegative() });

/** Returns until when records were read by an earlier run, Unix ms; null if a cursor is not one of theirs. */
export function parseCursor(cursor: string | null): Ms | null {
  return readCursor(cursorSchema, cursor)?.until ?? null;
}

/** Returns how far records were read; null if a cursor is not one of theirs. */
export function positionOf(cursor: string | null): ReadPosition | null {
  const until = parseCursor(cursor);
  return until === null || until === 0 ? null : { code: 'time', at: until };
}
