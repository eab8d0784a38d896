import type * as z from 'zod';

/** Reads a source's cursor from its text; null for none, and for one of another program, version or medium. */
export function readCursor<Cursor>(schema: z.ZodType<Cursor>, text: string | null): Cursor | null {
  if (text === null) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
