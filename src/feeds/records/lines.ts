/** Lines of records: bounded, however the bytes come; several records of one line; ends that are torn. */
import type { AgentRecordProblem } from '../../core/source-reasons.ts';
import { isDeeper } from '../wire/depth.ts';
import type { Decoder, RecordPosition } from './provider.ts';

/** The longest line that is read (contract, 2.1); the longest that was seen has 0.96 MB. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** Bytes that are read at a time. */
const CHUNK_BYTES = 256 * 1024;
/** Longest piece of work, ms, before timers, keys and children get their turn. */
const SLICE_MS = 4;
/** Bytes between two readings of the clock. */
const CLOCK_EVERY_BYTES = 32 * 1024;
/** Beginnings of a record that are tried behind a torn one, and characters: each try may read the rest of the line. */
const MAX_BEGINNINGS = 64;
const MAX_TRIED = 8 * 1024 * 1024;

/** Nesting of a record that is parsed; arguments of tools are the deepest that was seen, with 20. */
export const MAX_RECORD_DEPTH = 512;

const LINE_FEED = 10;
const CLOSING_BRACE = 125;
const SPACE = 32;

/** Reads up to `length` bytes into a buffer at `offset`; returns how many, 0 at the end. */
export type ReadBytes = (buffer: Buffer, offset: number, length: number) => Promise<number>;

export type LinesTarget = {
  readonly decoder: Decoder<unknown>;
  readonly malformed: (why: AgentRecordProblem) => void;
  readonly oversized: () => void;
};

/** The place up to which lines were read. */
export type LinesPosition = {
  readonly offset: number;
  /** The bytes before it belong to a line that is too long, whose end has not been seen: what follows is the rest of it. */
  readonly isInOversized: boolean;
};

export const FIRST_LINE: LinesPosition = { offset: 0, isInOversized: false };

/** A buffer that is used again for each file. */
export type LineBuffer = { bytes: Buffer };

export function lineBuffer(): LineBuffer {
  return { bytes: Buffer.allocUnsafe(CHUNK_BYTES) };
}

/**
 * Gives each record of some bytes to the decoder, in slices. Returns the place behind the last line that was taken: what
 * follows is a line whose end has not been written. Rejects with what `read` rejects with.
 */
export async function readLines(
  read: ReadBytes,
  from: LinesPosition,
  target: LinesTarget,
  buffer: LineBuffer,
  signal: AbortSignal,
): Promise<LinesPosition> {
  // Of the buffer: where the present line starts, how far it was searched, and where the bytes end.
  let [start, searched, end] = [0, 0, 0];
  let { offset, isInOversized } = from;
  let pauseAt = performance.now() + SLICE_MS;
  let unclocked = 0;
  while (!signal.aborted) {
    if (end === buffer.bytes.length) {
      if (start === 0 && end >= MAX_RECORD_BYTES) {
        if (!isInOversized) target.oversized();
        isInOversized = true;
        offset += end;
        [searched, end] = [0, 0];
      } else {
        makeRoom(buffer, start, end);
        [searched, end, start] = [searched - start, end - start, 0];
      }
    }
    const count = await read(buffer.bytes, end, buffer.bytes.length - end);
    if (count === 0) break;
    end += count;
    const known = buffer.bytes.subarray(0, end);
    const view = { bytes: known, from: 0, to: 0 };
    for (let feed = known.indexOf(LINE_FEED, searched); feed !== -1;) {
      view.from = start;
      view.to = feed;
      if (isInOversized) isInOversized = false;
      else if (target.decoder.fast?.(view) !== true) takeLine(known.subarray(start, feed), offset, target);
      offset += feed + 1 - start;
      unclocked += feed + 1 - start;
      start = feed + 1;
      searched = start;
      if (unclocked >= CLOCK_EVERY_BYTES) {
        unclocked = 0;
        if (performance.now() >= pauseAt) {
          await nextTurn();
          pauseAt = performance.now() + SLICE_MS;
        }
      }
      feed = known.indexOf(LINE_FEED, searched);
    }
    searched = end;
  }
  if (isInOversized || (start < end && takeWhole(buffer.bytes.subarray(start, end), offset, target)))
    offset += end - start;
  if (buffer.bytes.length > CHUNK_BYTES) buffer.bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  return { offset, isInOversized };
}

function makeRoom(buffer: LineBuffer, start: number, end: number): void {
  const { bytes } = buffer;
  if (start > 0) {
    bytes.copyWithin(0, start, end);
    return;
  }
  buffer.bytes = Buffer.allocUnsafe(Math.min(bytes.length * 2, MAX_RECORD_BYTES));
  bytes.copy(buffer.bytes, 0, 0, end);
}

async function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function takeLine(line: Buffer, offset: number, { decoder, malformed }: LinesTarget): void {
  if (isBlank(line)) return;
  const position: RecordPosition = { offset, index: 0 };
  if (isDeeper(line, MAX_RECORD_DEPTH)) return malformed({ code: 'too_deep', offset });
  const text = clean(line);
  const value = parsed(text);
  if (value !== undefined) return decoder.record(value, position);
  const { records, isTorn } = recordsIn(text);
  if (isTorn) malformed({ code: 'no_json', offset });
  for (const [index, record] of records.entries()) decoder.record(record, { offset, index });
}

// A last line without a line end: whole as it stands, or to be waited for.
function takeWhole(line: Buffer, offset: number, { decoder }: LinesTarget): boolean {
  if (isBlank(line)) return false;
  let last = line.length - 1;
  while ((line[last] ?? 0) <= SPACE) last -= 1;
  if (line[last] !== CLOSING_BRACE || isDeeper(line, MAX_RECORD_DEPTH)) return false;
  const value = parsed(clean(line));
  if (value === undefined) return false;
  decoder.record(value, { offset, index: 0 });
  return true;
}

// CR, NUL and spaces alone.
function isBlank(line: Buffer): boolean {
  if ((line[0] ?? 0) > SPACE) return false;
  return line.every((byte) => byte <= SPACE);
}

function clean(line: Buffer): string {
  const text = line.toString('utf8');
  const first = text.charCodeAt(0);
  // A byte order mark, or the zero bytes of a hole.
  return first === 0xfe_ff || first === 0 ? text.replace(/^[\uFEFF\0]+/u, '') : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The records of a line that is no single one: whole ones behind each other, and a whole one behind a torn one. */
export function recordsIn(text: string): { readonly records: readonly unknown[]; readonly isTorn: boolean } {
  const records: unknown[] = [];
  let at = text.search(/\S/u);
  let tries = 0;
  let isTorn = false;
  while (at !== -1 && at < text.length) {
    const end = endOfObject(text, at);
    const value = end === -1 ? undefined : parsed(text.slice(at, end));
    if (value === undefined) {
      isTorn = true;
      tries += 1;
      // Somewhere behind the torn one a whole one may begin; what is nested in it ends with more than its own braces.
      at = tries > MAX_BEGINNINGS || tries * text.length > MAX_TRIED ? -1 : text.indexOf('{"', at + 1);
      const rest = at === -1 ? undefined : parsed(text.slice(at));
      if (rest === undefined) continue;
      records.push(rest);
      break;
    }
    records.push(value);
    const next = text.slice(end).search(/[^\s\0]/u);
    at = next === -1 ? -1 : end + next;
  }
  return { records, isTorn };
}

// Returns the offset behind the object that begins at `from`, -1 where it has no end or none begins.
function endOfObject(text: string, from: number): number {
  if (text[from] !== '{') return -1;
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
