import type { Stats } from 'node:fs';
import { RACY_COARSE_MS, RACY_MS } from '../limits.ts';

/**
 * What identifies a state of a file without reading it: size, times of modification and change, inode and device, as
 * one word. Equal stamps mean equal content, as far as one can know.
 */
export type Stamp = string;

/** The stamp of a file as `lstat` or `fstat` saw it. */
export function stampOf({ size, mtimeMs, ctimeMs, ino, dev }: Stats): Stamp {
  return `${size}:${mtimeMs}:${ctimeMs}:${ino}:${dev}`;
}

/** Could the file, read at `readAt` (Unix ms), change once more within the same tick of its clock, unseen by its stamp? */
export function isRacy({ ctimeMs }: Stats, readAt: number): boolean {
  const coarse = Number.isInteger(ctimeMs / 1_000);
  return ctimeMs > readAt - (coarse ? RACY_COARSE_MS : RACY_MS);
}
