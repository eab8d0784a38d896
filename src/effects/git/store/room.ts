import { statfs } from 'node:fs/promises';
import { wordBytes } from '../../../wording/units.ts';
import type { Store } from './layout.ts';
import { freeSpaceLine } from './free-space.ts';

/** A snapshot would fill the file system of the store. */
export class NoRoomError extends Error {
  constructor(
    bytes: number,
    { free, maxUsedRatio }: { readonly free: number; readonly maxUsedRatio: number },
    line: string,
  ) {
    const limit = maxUsedRatio < 1 ? ` before it is ${Math.round(maxUsedRatio * 100)} % full` : '';
    super(
      `up to ${wordBytes(bytes)} would have to be stored, and the file system of the snapshots takes ` +
        `${wordBytes(Math.max(0, free))}${limit}: exclude what needs no snapshot (git.exclude), ` +
        `choose another --state-dir, or free space: ${line}`,
    );
    this.name = 'NoRoomError';
  }
}

/**
 * Throws `NoRoomError` where `bytes` more would make the store's file system fuller than `maxUsedRatio` (0…1): a full disk
 * harms all that use it.
 */
export async function ensureRoom(store: Store, bytes: number, maxUsedRatio: number): Promise<void> {
  const { blocks, bfree, bavail, bsize } = await statfs(store.dir);
  const used = blocks - bfree;
  // As `df` counts: what is reserved for root is neither used nor free.
  const free = Math.floor(Math.min(bavail, maxUsedRatio * (used + bavail) - used)) * bsize;
  if (bytes > free) throw new NoRoomError(bytes, { free, maxUsedRatio }, await freeSpaceLine(store));
}
