import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ContentAnswer } from '../../core/content.ts';
import { MAX_CONTENT_BYTES } from '../../core/limits.ts';
import { contentOfLine } from '../wire/content-line.ts';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 10;

/**
 * Reads a call's line again, at the place where its record says that it began. A file that was rotated, deleted or
 * written anew since is a reason. Never rejects.
 */
export async function readContent(path: string, record: string): Promise<ContentAnswer> {
  const place = /^(\d+)(?:\.\d+)?:(\d+)$/u.exec(record);
  if (place === null) return { ok: false, reason: 'it came through a pipe, which cannot be read again' };
  try {
    // Without O_NONBLOCK, a FIFO that took the file's place would block a thread for good.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await readAt(handle, path, { inode: place[1] ?? '', offset: Number(place[2]) });
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { ok: false, reason: `${path} cannot be read (${code})` };
  }
}

async function readAt(
  handle: FileHandle,
  path: string,
  { inode, offset }: { readonly inode: string; readonly offset: number },
): Promise<ContentAnswer> {
  const stats = await handle.stat({ bigint: true });
  if (String(stats.ino) !== inode)
    return { ok: false, reason: `${path} is another file now: it was rotated or replaced` };
  if (offset >= Number(stats.size)) return { ok: false, reason: `${path} was cut or written anew since` };
  if (offset > 0 && !(await isLineFeed(handle, offset - 1))) {
    return { ok: false, reason: `${path} was written anew since: another line stands there` };
  }
  const line = await readLine(handle, offset);
  if (line === null) {
    return {
      ok: false,
      reason: `its line is larger than ${MAX_CONTENT_BYTES / 1024 / 1024} MiB, too large to be shown`,
    };
  }
  return contentOfLine(line);
}

async function isLineFeed(handle: FileHandle, offset: number): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, offset);
  return bytesRead === 1 && buffer[0] === LINE_FEED;
}

/** Null for one that is too large. */
async function readLine(handle: FileHandle, offset: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  for (let at = offset; at - offset <= MAX_CONTENT_BYTES;) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    const chunk = buffer.subarray(0, bytesRead);
    const end = chunk.indexOf(LINE_FEED);
    chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
    if (end !== -1 || bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
    at += bytesRead;
  }
  return null;
}
