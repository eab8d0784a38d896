import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Bytes at the beginning of a file by which we know it again: inodes are used again. */
export const HEAD_BYTES = 256;

/** Returns a digest of a file's first bytes. */
export function headHash(head: Buffer): string {
  return createHash('sha256').update(head).digest('hex').slice(0, 32);
}

/** Reads the first `length` bytes of an open file, at most `HEAD_BYTES`; fewer where it is shorter. */
export async function readFileHead(handle: FileHandle, length: number): Promise<Buffer> {
  const head = Buffer.alloc(Math.min(length, HEAD_BYTES));
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}
