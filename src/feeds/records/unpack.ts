import type { FileHandle } from 'node:fs/promises';
import { createZstdDecompress } from 'node:zlib';

/** A compressed file (zstd) as it is read from its beginning. */
export type Unpacked = {
  /** Fills `length` bytes of a buffer from `at` on, or fewer; resolves to their number, 0 at the end. Rejects as zlib does. */
  readonly read: (buffer: Buffer, at: number, length: number) => Promise<number>;
  /** More than `maxBytes` came out: the rest is not read. */
  readonly isTooLarge: () => boolean;
  readonly close: () => void;
};

/** Unpacks a file, up to `maxBytes` and the chunk that passes them; the handle stays open. */
export function unpack(handle: FileHandle, maxBytes: number): Unpacked {
  const packed = handle.createReadStream({ autoClose: false, start: 0 });
  const unpacked = packed.pipe(createZstdDecompress());
  packed.on('error', (error) => unpacked.destroy(error));
  const chunks = unpacked[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let chunk = Buffer.alloc(0);
  let total = 0;
  return {
    read: async (buffer, at, length) => {
      if (chunk.length === 0) {
        const next = await chunks.next();
        if (next.done === true || total > maxBytes) return 0;
        chunk = Buffer.from(next.value);
        total += chunk.length;
      }
      const count = Math.min(length, chunk.length);
      chunk.copy(buffer, at, 0, count);
      chunk = chunk.subarray(count);
      return count;
    },
    isTooLarge: () => total > maxBytes,
    close: () => {
      packed.destroy();
      unpacked.destroy();
    },
  };
}
