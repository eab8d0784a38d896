/** Takes the items of a JSON array out of bytes that come in pieces, so that no more than one item is held at a time. */
export type ArraySplitter = {
  readonly push: (chunk: Buffer) => void;
  /** The shape of the bytes, once they have ended. */
  readonly end: () => 'array' | 'cut' | 'no array';
};

type Callbacks = {
  /** The text of one item. */
  readonly onItem: (text: string) => void;
  /** An item of more than `maxItemBytes`, which was left out. */
  readonly onOversized: () => void;
};

/** A splitter that has seen nothing yet. It reads brackets and quotes only; the items' own syntax is not checked. */
export function arraySplitter(maxItemBytes: number, { onItem, onOversized }: Callbacks): ArraySplitter {
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let kind: 'unknown' | 'array' | 'other' = 'unknown';
  let isClosed = false;
  let parts: Buffer[] = [];
  let size = 0;
  let isOpen = false;

  function keep(part: Buffer): void {
    size += part.length;
    if (size > maxItemBytes) parts = [];
    else parts.push(part);
  }

  function finish(): void {
    if (size > maxItemBytes) onOversized();
    else onItem(Buffer.concat(parts, size).toString('utf8'));
    parts = [];
    size = 0;
    isOpen = false;
  }

  // Bytes up to the end of the string or of the chunk.
  function skipString(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      if (isEscaped) isEscaped = false;
      else if (chunk[at] === BACKSLASH) isEscaped = true;
      else if (chunk[at] === QUOTE) {
        inString = false;
        return at;
      }
    }
    return at;
  }

  function push(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length && kind !== 'other' && !isClosed; at++) {
      if (inString) {
        at = skipString(chunk, at);
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (isBlank(byte)) continue;
      if (kind === 'unknown') {
        kind = byte === OPEN_LIST ? 'array' : 'other';
        continue;
      }
      const isEnd = depth === 0 && (byte === COMMA || byte === CLOSE_LIST);
      if (isEnd) {
        if (isOpen) keep(chunk.subarray(from, at));
        if (isOpen) finish();
        isClosed = byte === CLOSE_LIST;
        continue;
      }
      if (!isOpen) from = at;
      isOpen = true;
      if (byte === QUOTE) inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    }
    if (isOpen) keep(chunk.subarray(from));
  }

  return {
    push,
    end: () => {
      if (kind === 'other') return 'no array';
      return isClosed ? 'array' : 'cut';
    },
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
