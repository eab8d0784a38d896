import type { Call } from '../../core/calls.ts';
import type { FactEvent, FeedEvent } from '../../core/feed.ts';
import { pastRowOf } from '../../core/past/past.ts';
import { pastStream } from '../../core/past/stream.ts';
import type { Ms } from '../../core/units.ts';
import { decodeLineIn, NO_REQUEST } from '../wire/decode-line.ts';
import { type PastLine, pastLineReader } from '../wire/past-line.ts';
import { LineBytes } from '../wire/line-bytes.ts';
import type { Line, LinePlace } from './line-splitter.ts';

/** The calls of the beginning of a long file: counted and not kept, so that most of them are told as sums. */
export type PastLines = {
  /** Takes in a line as numbers, `number` lines from the beginning; false where it must be decoded. */
  readonly takeLine: (line: Line, chunk: LineBytes, number: number, before: Ms) => boolean;
  /** Takes in the call of a decoded line; `before`: only calls that ended before this are summed. */
  readonly takeCall: (call: Call, line: LinePlace, number: number, before: Ms) => void;
  /** The first line that waits, null where none does. */
  readonly waitsFrom: () => { readonly offset: number; readonly lines: number } | null;
  /** Returns true when as many wait as are summed together: they must be flushed before the next line. */
  readonly isFull: () => boolean;
  /** Reports the waiting calls, some singly and then the others as sums; they wait until all are reported. */
  readonly flush: () => Generator<FeedEvent>;
};

/** A call that waits: itself, or its line without its bodies, and where they stand among those that wait. */
type Waiting = { readonly line: LinePlace; readonly number: number } & ({ readonly call: Call } | KeptLine);
type KeptLine = { at: number; readonly length: number; isSummed: boolean };

/** Calls that are summed together; the first and the last of each conversation are reported singly. */
const SUMMED_BATCH = 16_384;
/** Calls among them that are no sums: they wait as they are, and take far more room. */
const MAX_CALLS_WAITING = 1_024;
/** Bytes of the lines that wait, without their bodies, and of one of them. */
const WAITING_BYTES = 4 * 1024 * 1024;
const MAX_SHORT_BYTES = 256 * 1024;
/** So many bytes of lines that still wait leave too little room for others. */
const MOST_KEPT_BYTES = WAITING_BYTES / 2;

/** `callEventOf` makes the event of a call. */
export function pastLines(callEventOf: (call: Call, line: LinePlace, number: number) => FactEvent): PastLines {
  const read = pastLineReader();
  const stream = pastStream<Waiting>((one) => {
    if (!('call' in one)) one.isSummed = true;
  });
  const kept = Buffer.allocUnsafe(WAITING_BYTES);
  let inKept: KeptLine[] = [];
  let used = 0;
  let isCrowded = false;
  let waiting = 0;
  let calls = 0;
  let first: ReturnType<PastLines['waitsFrom']> = null;

  const wait = (line: LinePlace, number: number): void => {
    if (waiting === 0) first = { offset: line.start, lines: number - 1 };
    waiting += 1;
  };
  const keepShort = (bytes: Buffer, { from, to }: Line, past: PastLine): void => {
    used += bytes.copy(kept, used, from, past.request);
    used += kept.write(NO_REQUEST, used, 'latin1');
    used += bytes.copy(kept, used, past.requestEnd, past.messagesEnd);
    used += bytes.copy(kept, used, past.responseEnd, to);
  };
  // What is part of the sums gives its room to those that still wait.
  const makeRoom = (): void => {
    inKept = inKept.filter(({ isSummed }) => !isSummed);
    used = 0;
    for (const one of inKept) {
      kept.copyWithin(used, one.at, one.at + one.length);
      one.at = used;
      used += one.length;
    }
    isCrowded = used > MOST_KEPT_BYTES;
  };
  const tell = (one: Waiting): readonly FactEvent[] => {
    const { line, number } = one;
    if ('call' in one) return [callEventOf(one.call, line, number)];
    const short = kept.subarray(one.at, one.at + one.length);
    const decoded = decodeLineIn(new LineBytes(short), 0, short.length);
    return decoded.type === 'call' ? [callEventOf(decoded.call, line, number)] : [];
  };
  return {
    takeLine: (line, chunk, number, before) => {
      const past = read(chunk, line.from, line.to);
      if (past === null || past.row[8] >= before || line.to - line.from - bodiesOf(past) > MAX_SHORT_BYTES)
        return false;
      const at = used;
      keepShort(chunk.bytes, line, past);
      wait(line, number);
      const one = { line: { start: line.start, end: line.end }, number, at, length: used - at, isSummed: false };
      inKept.push(one);
      stream.add(past.row, one);
      if (used > kept.length - MAX_SHORT_BYTES) makeRoom();
      return true;
    },
    takeCall: (call, line, number, before) => {
      wait(line, number);
      calls += 1;
      const one = { line: { start: line.start, end: line.end }, number, call };
      const row = pastRowOf(call, 0);
      if (row !== null && row[8] < before) stream.add(row, one);
      else stream.addOther(call, one);
    },
    waitsFrom: () => first,
    isFull: () => waiting >= SUMMED_BATCH || calls >= MAX_CALLS_WAITING || isCrowded,
    *flush() {
      const { past, singly } = stream.flush();
      for (const one of singly) yield* tell(one);
      if (past.calls > 0) yield { type: 'past', records: null, past };
      inKept = [];
      used = 0;
      isCrowded = false;
      waiting = 0;
      calls = 0;
      first = null;
    },
  };
}

function bodiesOf({ request, requestEnd, messagesEnd, responseEnd }: PastLine): number {
  return requestEnd - request + responseEnd - messagesEnd;
}
