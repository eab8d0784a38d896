import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Arrival, FeedSink } from '../../../core/feed.ts';
import { MAX_CALLS } from '../../../core/limits.ts';
import type { Ms } from '../../../core/units.ts';
import { HEAD_BYTES, headHash, readFileHead } from '../../file-head.ts';
import type { Cursor } from '../cursor.ts';
import { lineReader } from '../line-reader.ts';
import type { LineReader, LineTarget } from '../line-reader.ts';
import type { LinePlace } from '../line-splitter.ts';

/** The arrivals of the lines of a file that is opened now. */
export type OpeningPlan = {
  /** The position of an earlier run; followed only where the file is still the same. */
  readonly cursor: Cursor | null;
  /** Deliver what stands before the cursor again, as historical. */
  readonly again: boolean;
  /** The arrival of lines that were there at opening, unless the cursor gives it. */
  readonly otherwise: Arrival;
  /** The generation of a file that the cursor does not know. */
  readonly generation: number;
};

/** An open file and how far it was read. */
export type FileTail = {
  readonly identity: string;
  /** Reads what stands there now; `rewritten`, unread, when it is not the continuation of what was read. */
  readonly drain: (signal: AbortSignal) => Promise<'end' | 'rewritten'>;
  /** True once all that was there at opening has been delivered. */
  readonly reachedPresent: () => boolean;
  /** True when the file had no name any more at the latest poll. */
  readonly isDeleted: () => boolean;
  readonly cursor: () => Cursor;
  /** Returns the time of the last write if bytes are unread, else null. */
  readonly unreadSince: () => Ms | null;
  /** Takes a last line without a line feed, because no more will come. */
  readonly finish: () => void;
  readonly close: () => Promise<void>;
};

/** The read buffers; files that are not drained at the same time may share them. */
export type Buffers = readonly [Buffer, Buffer];

/** The part of the line target that belongs to the feed and not to the file. */
export type FeedTarget = Pick<LineTarget, 'events' | 'delivered' | 'skip'> & Pick<FeedSink, 'sumsBefore'>;

/** Names a file, whatever its path. */
export function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Opens a regular file for following; rejects with the system's error where that fails. */
export async function openTail(
  path: string,
  plan: OpeningPlan,
  target: FeedTarget,
  buffers: Buffers,
): Promise<FileTail> {
  // Without O_NONBLOCK, a FIFO of the file's name would block a thread for good.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const opening = await inspect(handle, plan);
    return fileTail(handle, opening, await pastEnd(handle, opening, target, buffers[0]), target, buffers);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

type Opening = {
  readonly stats: BigIntStats;
  readonly present: number;
  readonly generation: number;
  readonly from: { readonly offset: number; readonly lines: number };
  /** Lines that begin before this were delivered in an earlier run. */
  readonly known: number;
  readonly unknown: Arrival;
  readonly head: Buffer;
};

async function inspect(handle: FileHandle, plan: OpeningPlan): Promise<Opening> {
  const stats = await handle.stat({ bigint: true });
  const present = Number(stats.size);
  const cursor = plan.cursor;
  const fresh = { stats, present, from: { offset: 0, lines: 0 }, known: 0, head: Buffer.alloc(0) };
  if (cursor === null) return { ...fresh, generation: plan.generation, unknown: plan.otherwise };
  const head = await readFileHead(handle, cursor.head.length);
  const isSame =
    `${cursor.dev}:${cursor.ino}` === identityOf(stats) &&
    cursor.offset <= present &&
    headHash(head) === cursor.head.hash;
  if (!isSame) {
    return { ...fresh, generation: Math.max(plan.generation, cursor.generation + 1), unknown: plan.otherwise };
  }
  const known = { ...fresh, generation: cursor.generation, known: cursor.offset, unknown: 'gap' as const };
  return plan.again ? known : { ...known, from: { offset: cursor.offset, lines: cursor.lines }, head };
}

/** Bytes at the end of a file that are searched for its last lines. */
const MAX_LOOK_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** Returns the offset before which all lines are counted only, because as many as are kept follow them; 0 for none. */
async function pastEnd(
  handle: FileHandle,
  { present, unknown }: Opening,
  { sumsBefore }: FeedTarget,
  buffer: Buffer,
): Promise<number> {
  if (unknown !== 'historical' || (sumsBefore?.(MAX_CALLS) ?? null) === null) return 0;
  let left = MAX_CALLS;
  for (let end = present; end > 0 && present - end < MAX_LOOK_BYTES;) {
    const from = Math.max(0, end - buffer.length);
    const { bytesRead } = await handle.read(buffer, 0, end - from, from);
    // It was cut just now.
    if (bytesRead < end - from) return 0;
    for (let at = buffer.lastIndexOf(LINE_FEED, bytesRead - 1); at !== -1; left -= 1) {
      if (left === 0) return from + at + 1;
      at = at === 0 ? -1 : buffer.lastIndexOf(LINE_FEED, at - 1);
    }
    end = from;
  }
  return 0;
}

function fileTail(handle: FileHandle, opening: Opening, past: number, target: FeedTarget, buffers: Buffers): FileTail {
  const reader = tailReader(opening, past, target);
  let position = opening.from.offset;
  let head = opening.head;
  let latest = opening.stats;

  async function drain(signal: AbortSignal): Promise<'end' | 'rewritten'> {
    const before = latest;
    latest = await handle.stat({ bigint: true });
    const size = Number(latest.size);
    if (size < position) return 'rewritten';
    const isTouched = size !== position || latest.mtimeNs !== before.mtimeNs;
    if (isTouched && !(await readFileHead(handle, head.length)).equals(head)) return 'rewritten';
    await readUpTo(size, signal);
    return 'end';
  }

  async function readUpTo(size: number, signal: AbortSignal): Promise<void> {
    let reading = position < size ? readChunk(buffers[0], position) : NOTHING;
    for (let turn = 1; position < size && !signal.aborted; turn++) {
      const chunk = await reading;
      // It was cut just now, which the next poll sees.
      if (chunk.length === 0) return;
      keepHead(chunk);
      position += chunk.length;
      // The next bytes come from the disk while these are parsed.
      if (position < size) reading = readChunk(buffers[turn % 2 === 0 ? 0 : 1], position);
      await reader.read(chunk, signal);
    }
    await reading;
  }

  async function readChunk(buffer: Buffer, from: number): Promise<Buffer> {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  }

  function keepHead(chunk: Buffer): void {
    if (head.length >= HEAD_BYTES || position !== head.length) return;
    head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
  }

  return {
    identity: identityOf(opening.stats),
    drain,
    reachedPresent: () => position >= opening.present,
    isDeleted: () => latest.nlink === 0n,
    cursor: () => cursorOf(opening, reader, head),
    unreadSince: () => (Number(latest.size) > position ? Number(latest.mtimeMs) : null),
    finish: reader.finish,
    close: () => handle.close(),
  };
}

function tailReader(
  { stats, present, known, unknown, generation, from }: Opening,
  past: number,
  { sumsBefore, ...target }: FeedTarget,
): LineReader {
  const prefix = generation === 0 ? `${stats.ino}` : `${stats.ino}.${generation}`;
  const recordOf = (line: LinePlace): string => `${prefix}:${line.start}`;
  const arrivalOf = (line: LinePlace): Arrival => {
    if (line.start < known) return 'historical';
    return line.end <= present ? unknown : 'live';
  };
  const before = (line: LinePlace): Ms | null => (line.end <= past ? (sumsBefore?.(MAX_CALLS) ?? null) : null);
  return lineReader({ ...target, recordOf, arrivalOf, sumsBefore: before }, from);
}

function cursorOf({ stats, known, generation }: Opening, reader: LineReader, head: Buffer): Cursor {
  const { offset, lines } = reader.position();
  return {
    dev: String(stats.dev),
    ino: String(stats.ino),
    generation,
    // A restart delivers old lines again; the cursor must not fall back on them until then.
    offset: Math.max(offset, known),
    lines,
    head: { length: head.length, hash: headHash(head) },
  };
}

const NOTHING = Promise.resolve(Buffer.alloc(0));
