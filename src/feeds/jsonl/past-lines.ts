import type { Call } from '../../core/calls.ts';
import type { FactEvent, FeedEvent } from '../../core/feed.ts';
import { type PastRow, pastRowOf } from '../../core/past/past.ts';
import { pastStream } from '../../core/past/stream.ts';
import type { Ms } from '../../core/units.ts';
import { decodeLine } from '../wire/decode-line.ts';
import { pastLine } from '../wire/past-line.ts';
import type { Line } from './line-splitter.ts';

type CallEvent = Extract<FactEvent, { type: 'call' }>;

/** The calls of the beginning of a long file: counted and not kept, so that most of them are told as sums. */
export type PastLines = {
  /** Takes in a line as numbers, `number` lines from the beginning; false where it must be decoded. */
  readonly takeLine: (line: Line, number: number, before: Ms) => boolean;
  /** Takes in the call of a decoded line; `before`: only calls that ended before this are summed. */
  readonly takeCall: (call: Call, line: Line, number: number, before: Ms) => void;
  /** The first line that waits, null where none does. */
  readonly waitsFrom: () => { readonly offset: number; readonly lines: number } | null;
  /** Calls that wait. */
  readonly waiting: () => number;
  /** Returns what waits: some calls singly, the others as sums. */
  readonly flush: () => readonly FeedEvent[];
};

/** `eventOf` makes the event of a call. */
export function pastLines(eventOf: (call: Call, line: Line, number: number) => CallEvent): PastLines {
  const rowIn = pastLine();
  const stream = pastStream<() => CallEvent | null>();
  let waiting = 0;
  let from: ReturnType<PastLines['waitsFrom']> = null;
  const wait = (line: Line, number: number): void => {
    if (waiting === 0) from = { offset: line.start, lines: number - 1 };
    waiting += 1;
  };
  const add = (row: PastRow, line: Line, number: number, told: () => CallEvent | null): true => {
    wait(line, number);
    stream.add(row, told);
    return true;
  };
  return {
    takeLine: (line, number, before) => {
      const { text } = line;
      const row = text === null ? null : rowIn(text);
      if (text === null || row === null || row[8] >= before) return false;
      return add(row, line, number, () => {
        const decoded = decodeLine(text);
        return decoded.type === 'call' ? eventOf(decoded.call, line, number) : null;
      });
    },
    takeCall: (call, line, number, before) => {
      const row = pastRowOf(call, 0);
      const told = (): CallEvent => eventOf(call, line, number);
      if (row !== null && row[8] < before) return void add(row, line, number, told);
      wait(line, number);
      stream.addOther(call, told);
    },
    waitsFrom: () => from,
    waiting: () => waiting,
    flush: () => {
      waiting = 0;
      from = null;
      const { past, singly: told } = stream.flush();
      const singly = told.flatMap((event) => event() ?? []);
      return past.calls === 0 ? singly : [...singly, { type: 'past', records: null, past }];
    },
  };
}
