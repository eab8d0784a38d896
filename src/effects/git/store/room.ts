import { statfs } from 'node:fs/promises';
import { ReasonError } from '../reason.ts';
import type { Store } from './layout.ts';
import { freeSpaceLine } from './free-space.ts';

/** A snapshot would fill the file system of the store. */
export class NoRoomError extends ReasonError {
  override readonly name = 'NoRoomError';
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
  if (bytes > free) {
    throw new NoRoomError({
      code: 'no_room',
      bytes,
      freeBytes: free,
      maxUsedRatio,
      freeSpaceHint: await freeSpaceLine(store),
    });
  }
}
