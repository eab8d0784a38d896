/** Reads a part of one record file again for its texts: its end, the position of a call, or all of it in passing. */
import type { FileHandle } from 'node:fs/promises';
import { isDeeper } from '../wire/depth.ts';
import { FIRST_LINE, lineBuffer, type LinesTarget, MAX_RECORD_BYTES, MAX_RECORD_DEPTH, readLines } from './lines.ts';
import type { Decoder, FileName } from './provider.ts';
import { openBelow, type Root } from './root.ts';
import { unpack } from './unpack.ts';

/** Bytes of a file's end that tell a conversation's latest story: some hundred calls. */
const TAIL_BYTES = 4 * 1024 * 1024;
/** Bytes before and behind the position of a call: its request, and what its tools returned. */
export const BEFORE_BYTES = 4 * 1024 * 1024;
const BEHIND_BYTES = 2 * 1024 * 1024;
/** Bytes that are searched for the position of a call, and that a compressed file may unpack to. */
const MAX_SEARCHED_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 10;
const LINE_END = Buffer.from([LINE_FEED]);

/** The part of a file that is read. Without a needle nothing finds the call in it: its end is read. */
export type Part = { readonly type: 'tail' } | { readonly type: 'around'; readonly needle: string | null };

/** Reads a part of a file into a decoder; returns the bytes before that part. Rejects as `openBelow` does. */
export async function rereadFile(
  root: Root,
  name: FileName,
  part: Part,
  decoder: Decoder<null>,
  signal: AbortSignal,
): Promise<number> {
  const { handle, stats } = await openBelow(root, name.path);
  try {
    const size = Number(stats.size);
    switch (name.format) {
      case 'lines': {
        const range = await rangeOf(handle, size, part, signal);
        await readRange(handle, range, decoder, signal);
        return range.from;
      }
      case 'zstd-lines':
        await readUnpacked(handle, decoder, signal);
        return 0;
      case 'document':
        await readDocument(handle, size, decoder);
        return 0;
      case 'text':
        return 0;
    }
  } finally {
    await handle.close();
  }
}

/** Reads all of a file into a decoder, which may pass over lines. Rejects as `openBelow` does. */
export async function rereadAll(
  root: Root,
  name: FileName,
  decoder: Decoder<null>,
  signal: AbortSignal,
): Promise<void> {
  if (name.format !== 'lines') return void (await rereadFile(root, name, { type: 'tail' }, decoder, signal));
  const { handle, stats } = await openBelow(root, name.path);
  try {
    await readRange(handle, { from: 0, to: Number(stats.size) }, decoder, signal);
  } finally {
    await handle.close();
  }
}

type Range = { readonly from: number; readonly to: number };

async function rangeOf(handle: FileHandle, size: number, part: Part, signal: AbortSignal): Promise<Range> {
  const tail = { from: await lineStart(handle, Math.max(0, size - TAIL_BYTES), size), to: size };
  if (part.type === 'tail' || part.needle === null) return tail;
  const at = await lastPlace(handle, size, Buffer.from(part.needle), signal);
  if (at === null) return tail;
  // Its own line is whole, however long it is.
  const own = { from: ((await lastPlace(handle, at, LINE_END, signal, MAX_RECORD_BYTES)) ?? -1) + 1, to: 0 };
  own.to = await lineStart(handle, at + 1, Math.min(size, at + MAX_RECORD_BYTES));
  return {
    from: Math.min(own.from, await lineStart(handle, Math.max(0, at - BEFORE_BYTES), size)),
    to: Math.min(size, Math.max(own.to, at + BEHIND_BYTES)),
  };
}

// The beginning of the first whole line at or behind a position.
async function lineStart(handle: FileHandle, from: number, size: number): Promise<number> {
  if (from === 0) return 0;
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  // One byte before it: the position may be the beginning of a line itself.
  for (let at = from - 1; at < size;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) break;
    const feed = buffer.subarray(0, bytesRead).indexOf(LINE_FEED);
    if (feed !== -1) return at + feed + 1;
    at += bytesRead;
  }
  return size;
}

// From the end: what is asked for is mostly new.
async function lastPlace(
  handle: FileHandle,
  size: number,
  needle: Buffer,
  signal: AbortSignal,
  maxBytes = MAX_SEARCHED_BYTES,
): Promise<number | null> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES + needle.length);
  const first = Math.max(0, size - maxBytes);
  for (let end = size; end > first && !signal.aborted; end -= CHUNK_BYTES) {
    const start = Math.max(first, end - CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - start + needle.length - 1, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(needle);
    if (at !== -1) return start + at;
  }
  return null;
}

async function readRange(
  handle: FileHandle,
  { from, to }: Range,
  decoder: Decoder<null>,
  signal: AbortSignal,
): Promise<void> {
  let position = from;
  const read = async (buffer: Buffer, at: number, length: number): Promise<number> => {
    if (position >= to) return 0;
    const { bytesRead } = await handle.read(buffer, at, Math.min(length, to - position), position);
    position += bytesRead;
    return bytesRead;
  };
  await readLines(read, { offset: from, isInOversized: false }, targetOf(decoder), lineBuffer(), signal);
}

// What cannot be read was counted when it came.
function targetOf(decoder: Decoder<null>): LinesTarget {
  return { decoder, malformed: () => undefined, oversized: () => undefined };
}

async function readUnpacked(handle: FileHandle, decoder: Decoder<null>, signal: AbortSignal): Promise<void> {
  const unpacked = unpack(handle, MAX_UNPACKED_BYTES);
  try {
    await readLines(unpacked.read, FIRST_LINE, targetOf(decoder), lineBuffer(), signal);
  } catch {
    // Damaged, or still being written: what came before holds.
  } finally {
    unpacked.close();
  }
}

async function readDocument(handle: FileHandle, size: number, decoder: Decoder<null>): Promise<void> {
  if (size > MAX_RECORD_BYTES) return;
  const bytes = await handle.readFile();
  if (bytes.length > MAX_RECORD_BYTES || isDeeper(bytes, MAX_RECORD_DEPTH)) return;
  try {
    decoder.record(JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/u, '')), { offset: 0, index: 0 });
  } catch {
    // It is being written.
  }
}
