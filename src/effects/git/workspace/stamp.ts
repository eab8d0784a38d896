import type { Stats } from 'node:fs';
import { RACY_COARSE_MS, RACY_MS } from '../limits.ts';

/** What identifies a state of a file without reading it. Times in ms. */
export type Stamp = {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly dev: number;
};

/** The stamp of a file as `lstat` or `fstat` saw it. */
export function stampOf({ size, mtimeMs, ctimeMs, ino, dev }: Stats): Stamp {
  return { size, mtimeMs, ctimeMs, ino, dev };
}

/** Same content, as far as one can know without reading it. */
export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino && a.dev === b.dev;
}

/** Could the file, read at `readAt`, change once more within the same tick of its clock, unseen by its stamp? */
export function isRacy(stamp: Stamp, readAt: number): boolean {
  const coarse = Number.isInteger(stamp.ctimeMs / 1_000);
  return stamp.ctimeMs > readAt - (coarse ? RACY_COARSE_MS : RACY_MS);
}
