import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fileReasonOf } from '../../core/errno.ts';
import type { CallContent, ContentAnswer } from '../../core/content.ts';
import type { Call } from '../../core/calls.ts';
import { MAX_CONTENT_BYTES } from '../limits.ts';
import { contentOfLine } from '../wire/content-line.ts';
import { rotatedFrom } from './file/rotated.ts';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 10;

type Position = { readonly inode: string; readonly offset: number };

/**
 * Reads a call's line again, at the offset in its record: in the file, or in what that was renamed or copied to beside it.
 * A line that is gone is a reason. Never rejects.
 */
export async function readContent(path: string, record: string, call: Call): Promise<ContentAnswer> {
  const [, inode, offset] = /^(\d+)(?:\.\d+)?:(\d+)$/u.exec(record) ?? [];
  if (inode === undefined) return { ok: false, reason: { code: 'from_pipe' } };
  const position = { inode, offset: Number(offset) };
  const here = await readFrom(path, position, call, 'its own');
  if (here.ok) return here;
  for (const file of await rotatedFrom(path, inode)) {
    const there = await readFrom(file, position, call, 'any');
    if (there.ok) return there;
  }
  return { ok: false, reason: { code: 'not_in_rotated', why: here.reason } };
}

async function readFrom(
  path: string,
  position: Position,
  call: Call,
  wanted: 'its own' | 'any',
): Promise<ContentAnswer> {
  try {
    // Without O_NONBLOCK, a FIFO of the file's name would block a thread for good.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (wanted === 'its own' && String(stats.ino) !== position.inode) {
        return { ok: false, reason: { code: 'file_replaced', path } };
      }
      const answer = await readAt(handle, path, position.offset, Number(stats.size));
      return answer.ok && !isOf(answer.value, call) ? rewritten(path, 'call') : answer;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ok: false, reason: { code: 'file_unreadable', path, why: fileReasonOf(error) } };
  }
}

async function readAt(handle: FileHandle, path: string, offset: number, size: number): Promise<ContentAnswer> {
  if (offset >= size) return { ok: false, reason: { code: 'file_truncated', path } };
  if (offset > 0 && !(await isLineStart(handle, offset))) return rewritten(path, 'line');
  const line = await readLine(handle, offset);
  if (line === null) {
    return { ok: false, reason: { code: 'line_too_large', maxBytes: MAX_CONTENT_BYTES } };
  }
  return contentOfLine(line);
}

function rewritten(path: string, holds: 'call' | 'line'): ContentAnswer {
  return { ok: false, reason: { code: 'file_rewritten', path, holds } };
}

function isOf(content: CallContent, call: Call): boolean {
  return content.startNs === call.startNs && content.callId === call.callId;
}

// Behind a line feed, or behind the zero bytes of a hole.
async function isLineStart(handle: FileHandle, offset: number): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, offset - 1);
  return bytesRead === 1 && (buffer[0] === LINE_FEED || buffer[0] === 0);
}

/** Returns null for a line that is too large. */
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
