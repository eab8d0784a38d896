import { LineBytes } from '../wire/line-bytes.ts';

/** The place of a line in a byte stream. */
export type LinePlace = {
  readonly start: number;
  /** The offset behind the line feed. */
  readonly end: number;
};

/** One line of a byte stream, valid until the next chunk is pushed. */
export type Line = LinePlace & {
  /** Null where the line was too long to be kept. */
  readonly chunk: LineBytes | null;
  /** The place of its bytes in the chunk. */
  readonly from: number;
  readonly to: number;
};

/** Returns the text of a line, null where it was too long to be kept; bytes that are no UTF-8 become U+FFFD. */
export function textOf({ chunk, from, to }: Line): string | null {
  return chunk === null ? null : chunk.text(from, to);
}

/**
 * Cuts a byte stream into lines, whatever its chunks are. Zero bytes before a line
 * belong to none: a file that was copied and truncated under its writer may begin with a hole of any size.
 */
export type LineSplitter = {
  /** Gives the next bytes. They are read by `next` until it returns null, and may be reused after that. */
  readonly push: (chunk: Buffer) => void;
  /** The next whole line, null when more bytes are needed. */
  readonly next: () => Line | null;
  /** Ends the stream; returns the bytes after the last line feed as a line, null if there are none. */
  readonly rest: () => Line | null;
  /** The offset of the first byte that no line has taken yet. */
  readonly lineStart: () => number;
};

const LINE_FEED = 10;
const MAX_PIECES = 1024;

/** A splitter for a stream whose first byte has the offset `start`; lines over `maxBytes` are not kept. */
export function lineSplitter(maxBytes: number, start = 0): LineSplitter {
  let chunk = new LineBytes(Buffer.alloc(0));
  let at = 0;
  let lineStart = start;
  // Bytes of the present line that earlier chunks brought.
  let kept: Buffer[] = [];
  let earlier = 0;

  function take(stop: number, end: number): Line {
    const line = { ...placeOf(stop), start: lineStart, end };
    kept = [];
    earlier = 0;
    lineStart = end;
    return line;
  }

  function placeOf(stop: number): Pick<Line, 'chunk' | 'from' | 'to'> {
    const length = earlier + stop - at;
    if (length > maxBytes) return { chunk: null, from: 0, to: 0 };
    if (kept.length === 0) return { chunk, from: at, to: stop };
    return { chunk: new LineBytes(Buffer.concat([...kept, chunk.bytes.subarray(at, stop)])), from: 0, to: length };
  }

  function skipHole(): void {
    if (earlier > 0) return;
    for (; chunk.bytes[at] === 0; at += 1) lineStart += 1;
  }

  function keepRest(): void {
    const { bytes } = chunk;
    const rest = bytes.length - at;
    earlier += rest;
    if (earlier > maxBytes) kept = [];
    else if (rest > 0) kept.push(Buffer.from(bytes.subarray(at)));
    // A line that comes byte by byte must not cost an object a byte.
    if (kept.length >= MAX_PIECES) kept = [Buffer.concat(kept)];
    at = bytes.length;
  }

  return {
    push: (bytes) => {
      chunk = new LineBytes(bytes);
      at = 0;
    },
    next: () => {
      skipHole();
      const feed = chunk.bytes.indexOf(LINE_FEED, at);
      if (feed === -1) {
        keepRest();
        return null;
      }
      const line = take(feed, lineStart + earlier + (feed + 1 - at));
      at = feed + 1;
      return line;
    },
    rest: () => (earlier === 0 ? null : take(at, lineStart + earlier)),
    lineStart: () => lineStart,
  };
}
