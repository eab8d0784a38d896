import type { BigIntStats } from 'node:fs';
import { RACY_COARSE_MS, RACY_MS } from '../limits.ts';

/**
 * The identity of a state of a file without reading it: size, times of modification and change (ns), inode and device,
 * as one word. Equal stamps mean equal content, as far as one can know.
 */
export type Stamp = string;

const NS_PER_MS = 1_000_000n;
const NS_PER_US = 1_000n;
const STAMP = /^\d+:(-?\d{1,24}):-?\d+:(\d+:\d+)$/u;
/** Before a stamp with which a file may have other content: it must be read again, but is likely the same. */
const UNSURE = '~';

/** The stamp of a file as `lstat` or `fstat` saw it. */
export function stampOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): Stamp {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}:${dev}`;
}

/** The stamp of a file that may have changed, or may change once more, without a trace in it. */
export function unsure(stamp: Stamp): Stamp {
  return stamp.startsWith(UNSURE) ? stamp : `${UNSURE}${stamp}`;
}

/** Could the file, read at `readAt` (Unix ms), change once more within the same tick of its clock, unseen by its stamp? */
export function isRacy({ ctimeNs }: BigIntStats, readAt: number): boolean {
  const coarse = ctimeNs % (1_000n * NS_PER_MS) === 0n;
  return Number(ctimeNs / NS_PER_MS) >= readAt - (coarse ? RACY_COARSE_MS : RACY_MS);
}

/** Returns when the file was modified, Unix µs, rounded down; null where the stamp is none of ours. */
export function modifiedAtUs(stamp: Stamp): number | null {
  const mtime = STAMP.exec(stamp)?.[1];
  if (mtime === undefined) return null;
  const ns = BigInt(mtime);
  const us = Number(ns / NS_PER_US - (ns % NS_PER_US < 0n ? 1n : 0n));
  return Number.isSafeInteger(us) ? us : null;
}

/** Inode and device, the same for all names of one file; null where the stamp is none of ours. */
export function inodeOf(stamp: Stamp): string | null {
  return STAMP.exec(stamp)?.[2] ?? null;
}

/** The device as major and minor number, as `/proc` names it; null where the stamp is none of ours. */
export function deviceOf(stamp: Stamp): string | null {
  const [, dev] = inodeOf(stamp)?.split(':') ?? [];
  if (dev === undefined || dev.length > 20) return null;
  const number = BigInt(dev);
  // As glibc's `major` and `minor` take them apart.
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
