/** One line of a byte stream; `text` is null where the line was too long to be kept. Offsets are bytes. */
export type Line = {
  readonly text: string | null;
  readonly start: number;
  /** The offset behind the line feed. */
  readonly end: number;
};

/**
 * Cuts a byte stream into lines, whatever its chunks are; bytes that are no UTF-8 become U+FFFD. Zero bytes before a line
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
  let chunk: Buffer = Buffer.alloc(0);
  let at = 0;
  let lineStart = start;
  // Bytes of the present line that earlier chunks brought.
  let kept: Buffer[] = [];
  let earlier = 0;

  function take(stop: number, end: number): Line {
    const length = earlier + stop - at;
    const text = length > maxBytes ? null : textUpTo(stop);
    const line = { text, start: lineStart, end };
    kept = [];
    earlier = 0;
    lineStart = end;
    return line;
  }

  function textUpTo(stop: number): string {
    if (kept.length === 0) return chunk.toString('utf8', at, stop);
    return Buffer.concat([...kept, chunk.subarray(at, stop)]).toString('utf8');
  }

  function skipHole(): void {
    if (earlier > 0) return;
    for (; chunk[at] === 0; at += 1) lineStart += 1;
  }

  function keepRest(): void {
    const rest = chunk.length - at;
    earlier += rest;
    if (earlier > maxBytes) kept = [];
    else if (rest > 0) kept.push(Buffer.from(chunk.subarray(at)));
    // A line that comes byte by byte must not cost an object a byte.
    if (kept.length >= MAX_PIECES) kept = [Buffer.concat(kept)];
    at = chunk.length;
  }

  return {
    push: (bytes) => {
      chunk = bytes;
      at = 0;
    },
    next: () => {
      skipHole();
      const feed = chunk.indexOf(LINE_FEED, at);
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
