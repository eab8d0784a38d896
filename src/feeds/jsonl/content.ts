import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fileReasonOf } from '../../core/errno.ts';
import type { CallContent, ContentAnswer } from '../../core/content.ts';
import type { Call } from '../../core/calls.ts';
import { MAX_CONTENT_BYTES } from '../limits.ts';
import { contentOfLine } from '../wire/content-line.ts';
import { rotatedFrom } from './file/rotated.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TextSearch } from '../../core/story.ts';
import { nsToMs } from '../../core/units.ts';
import { excerptOfJson, inJson } from '../text-match.ts';
import { openRegular } from '../trust.ts';
import { decodeLine } from '../wire/decode-line.ts';
import { lineSplitter, textOf } from './line-splitter.ts';

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

/** Bytes read at a time by a search, which goes through the whole file. */
const SEARCH_BYTES = 1024 * 1024;
/** Longest piece of work, ms, before timers, keys and children get their turn. */
const SLICE_MS = 4;

/** Searches the messages of the calls of a file of lines. Never rejects. */
export async function searchLines(path: string, search: TextSearch, signal: AbortSignal): Promise<void> {
  try {
    await searchOnce(path, search, signal);
  } catch {
    // The health of the source explains why.
    search.unread(path);
  }
}

async function searchOnce(path: string, search: TextSearch, signal: AbortSignal): Promise<void> {
  const wanted = inJson(search.text).toLowerCase();
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    const splitter = lineSplitter(MAX_CONTENT_BYTES, 0);
    let pauseAt = performance.now() + SLICE_MS;
    for (let offset = 0; offset < size && !signal.aborted;) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(SEARCH_BYTES), 0, SEARCH_BYTES, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      splitter.push(buffer.subarray(0, bytesRead));
      for (let line = splitter.next(); line !== null; line = splitter.next()) {
        const text = textOf(line);
        if (text?.toLowerCase().includes(wanted) === true) reportHit(text, search);
        if (performance.now() < pauseAt) continue;
        await nextTurn();
        pauseAt = performance.now() + SLICE_MS;
      }
      search.progress({ doneBytes: offset, ofBytes: size });
    }
  } finally {
    await handle.close();
  }
}

function reportHit(line: string, search: TextSearch): void {
  const decoded = decodeLine(line);
  if (decoded.type !== 'call' || decoded.call.conversationId === null) return;
  const { conversationId, startNs, endNs } = decoded.call;
  const at = nsToMs(endNs ?? startNs);
  if (at < search.since) return;
  search.hit({ conversationId, at, part: 'answer', excerpt: excerptOfJson(line, search.text) ?? '' });
}
