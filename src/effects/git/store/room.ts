import { statfs } from 'node:fs/promises';
import { describeBytes } from '../../amounts.ts';
import type { Store } from './layout.ts';

/** What a run would have to store may not fit. */
export class NoRoomError extends Error {
  constructor(bytes: number, free: number, dir: string) {
    super(
      `up to ${describeBytes(bytes)} would have to be stored, and ${dir} has ${describeBytes(free)} free: ` +
        'exclude what needs no snapshot (git.exclude), or choose another --state-dir',
    );
    this.name = 'NoRoomError';
  }
}

/** Throws `NoRoomError` where the store's file system has less than `bytes` free: a full disk harms everybody. */
export async function ensureRoom(store: Store, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(store.dir);
  const free = bavail * bsize;
  if (bytes > free) throw new NoRoomError(bytes, free, store.storeDir);
}
