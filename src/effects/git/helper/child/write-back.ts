import { type BigIntStats, fdatasyncSync, readFileSync, statfsSync } from 'node:fs';
import { CHUNK_BYTES, SYNC_BYTES_PER_MS, SYNC_FROM_BYTES, WRITE_BACK_MARGIN, WRITE_BACK_MS } from '../../limits.ts';

/**
 * Decides of the files of one request whether their stamps will show the next change.
 *
 * A page of a shared mapping leaves a trace in the file's times when it is first stored to, and none from then on until
 * it has been written back. So a file is sure when it was last changed longer ago than the kernel waits with writing
 * back, or has been written back just before it is read.
 */
export type WriteBack = {
  /** Writes the file back where that pays. Call it before the file is looked at and read; false: its stamp is unsure. */
  readonly settle: (fd: number, before: BigIntStats) => boolean;
  /** Time that it took so far, ms. */
  readonly spentMs: () => number;
};

/** tmpfs, ramfs, hugetlbfs: a store through a mapping never leaves a trace. */
const NEVER_STAMPED: ReadonlySet<number> = new Set([0x01021994, 0x858458f6, 0x958458f6]);

/** `budgetMs` bounds the time that is spent on writing back. */
export function createWriteBack(budgetMs: number): WriteBack {
  const settledAfterMs = writtenBackAfterMs();
  const neverStamped = new Map<bigint, boolean>();
  let spentMs = 0;

  const isNeverStamped = (fd: number, dev: bigint): boolean => {
    const known = neverStamped.get(dev) ?? isOneOf(NEVER_STAMPED, fd);
    neverStamped.set(dev, known);
    return known;
  };
  return {
    spentMs: () => spentMs,
    settle: (fd, { dev, size, ctimeNs }) => {
      // Its memory is read faster than anything else; what is larger is read again when it is mapped.
      if (isNeverStamped(fd, dev)) return size > CHUNK_BYTES;
      const age = Date.now() - Number(ctimeNs / 1_000_000n);
      // A time in the future tells nothing.
      if (age > settledAfterMs) return true;
      const isWorthIt = size >= SYNC_FROM_BYTES && Number(size) / SYNC_BYTES_PER_MS <= budgetMs - spentMs;
      if (!isWorthIt) return false;
      const startedAt = performance.now();
      const done = succeeds(() => fdatasyncSync(fd));
      spentMs += performance.now() - startedAt;
      return done;
    },
  };
}

/** After how long a changed page is surely written back, ms. */
function writtenBackAfterMs(): number {
  if (process.platform !== 'linux') return WRITE_BACK_MS;
  const [expire, interval] = ['dirty_expire_centisecs', 'dirty_writeback_centisecs'].map(centiseconds);
  // Zero: the kernel writes back only when it must.
  if (expire === undefined || interval === undefined || interval <= 0) return Infinity;
  return Math.max(WRITE_BACK_MS, WRITE_BACK_MARGIN * (expire + interval) * 10);
}

function centiseconds(name: string): number {
  try {
    return Number(readFileSync(`/proc/sys/vm/${name}`, 'latin1'));
  } catch {
    return 0;
  }
}

function isOneOf(types: ReadonlySet<number>, fd: number): boolean {
  try {
    return process.platform === 'linux' && types.has(statfsSync(`/proc/self/fd/${fd}`).type);
  } catch {
    return false;
  }
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    // A file system that cannot do it: the file is read again next time.
    return false;
  }
}
