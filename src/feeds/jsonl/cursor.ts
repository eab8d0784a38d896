import type { ReadPosition } from '../../core/sources.ts';
import { readCursor } from '../cursor-text.ts';
import * as z from 'zod';

/**
 * The position in a file: which file (device, inode, its first bytes, because inodes are used again), the
 * offset of the first line not delivered, and the number of lines before it.
 */
export type Cursor = z.infer<typeof cursorSchema>;

const cursorSchema = z.object({
  dev: z.string(),
  ino: z.string(),
  /** Counts the files and truncations that this source has lived through; keeps records apart. */
  generation: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  lines: z.int().nonnegative(),
  head: z.object({ length: z.int().nonnegative(), hash: z.string() }),
});

/** The cursor's text where there was no file: what one holds that is there later has come since. */
export const NOWHERE = '{"absent":true}';

/** Reads a cursor's text; null where there is none or it is not one of ours. */
export function parseCursor(text: string | null): Cursor | null {
  return readCursor(cursorSchema, text);
}

/** Returns the position in a cursor's text; null if it is not one. */
export function positionOf(cursor: string | null): ReadPosition | null {
  const position = parseCursor(cursor);
  return position && { code: 'byte', offset: position.offset, line: position.lines };
}
