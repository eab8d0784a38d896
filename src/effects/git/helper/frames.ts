import { FRAME, HEADER_BYTES, MAX_FRAME_BYTES } from './protocol.ts';

/** One frame as it came. `json` is text of a message, `bytes` what follows or stands for it. */
export type Frame = { readonly json: string | null; readonly bytes: Buffer | null };

/** Cuts a stream of chunks into frames; holds at most one frame and one chunk. */
export type Cutter = {
  readonly push: (chunk: Buffer) => void;
  /** The next whole frame; null where more has to come, `hostile` where it can be none of ours, from then on. */
  readonly next: () => Frame | 'hostile' | null;
  /** Bytes that are held. */
  readonly held: () => number;
};

export function frameCutter(): Cutter {
  let chunks: Buffer[] = [];
  let held = 0;
  let isHostile = false;

  const take = (length: number): Buffer => {
    const [first] = chunks;
    held -= length;
    if (first !== undefined && first.length >= length) {
      if (first.length === length) chunks.shift();
      else chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const all = Buffer.concat(chunks);
    chunks = all.length > length ? [all.subarray(length)] : [];
    return all.subarray(0, length);
  };
  const peekHeader = (): Buffer => {
    const [first] = chunks;
    if (first !== undefined && first.length >= HEADER_BYTES) return first;
    chunks = [Buffer.concat(chunks)];
    return chunks[0] ?? Buffer.alloc(0);
  };
  return {
    held: () => held,
    push: (chunk) => {
      chunks.push(chunk);
      held += chunk.length;
    },
    next: () => {
      if (isHostile) return 'hostile';
      if (held < HEADER_BYTES) return null;
      const header = peekHeader();
      const length = header.readUInt32LE(0);
      const kind = header.readUInt8(4);
      if (length > MAX_FRAME_BYTES) isHostile = true;
      else if (held < HEADER_BYTES + length) return null;
      if (isHostile) return 'hostile';
      take(HEADER_BYTES);
      const parsed = parse(kind, take(length));
      if (parsed === null) isHostile = true;
      return parsed ?? 'hostile';
    },
  };
}

function parse(kind: number, payload: Buffer): Frame | null {
  switch (kind) {
    case FRAME.json:
      return { json: payload.toString(), bytes: null };
    case FRAME.data:
      return { json: null, bytes: payload };
    case FRAME.content: {
      if (payload.length < 4) return null;
      const end = 4 + payload.readUInt32LE(0);
      return end > payload.length ? null : { json: payload.toString('utf8', 4, end), bytes: payload.subarray(end) };
    }
    default:
      return null;
  }
}
