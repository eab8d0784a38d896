import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Arrival, FeedEvent } from '../../core/feed.ts';
import type { RecordProblem, SkipDetail } from '../../core/source-reasons.ts';
import type { SkipReason } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { MAX_LINE_BYTES } from '../limits.ts';
import { decodeLine } from '../wire/decode-line.ts';
import type { DecodedLine } from '../wire/decode-line.ts';
import { lineSplitter } from './line-splitter.ts';
import type { Line } from './line-splitter.ts';
import { pastLines } from './past-lines.ts';

/** The destination of lines, and what is known of each. */
export type LineTarget = {
  readonly events: (batch: readonly FeedEvent[]) => void;
  /** Called when all lines up to the reader's position are delivered. */
  readonly delivered: () => void;
  readonly skip: (reason: SkipReason, detail: SkipDetail) => void;
  readonly recordOf: (line: Line, number: number) => string;
  readonly arrivalOf: (line: Line) => Arrival;
  /** Returns the time before which calls of a line may be told as sums; null, and left out: none may. */
  readonly sumsBefore?: (line: Line) => Ms | null;
};

/** The start of reading: a byte offset, and how many lines stand before it. */
export type LinePosition = { readonly offset: number; readonly lines: number };

/** Turns chunks of bytes into batches of events. */
export type LineReader = {
  /** Reads a chunk in slices, so that nothing else waits long; stops early when the signal aborts. */
  readonly read: (chunk: Buffer, signal: AbortSignal) => Promise<void>;
  /** Takes what stands behind the last line feed as a line, because no more will come. */
  readonly finish: () => void;
  /** The first line that has not been delivered. */
  readonly position: () => LinePosition;
};

// Longest piece of work, ms, before timers, keys and children get their turn.
const SLICE_MS = 4;
// Bytes between two reads of the clock; far less than a slice of work.
const CLOCK_EVERY_BYTES = 16 * 1024;

// Events that are delivered together: what waits in a batch is what the collector has to carry along.
const MAX_BATCH = 64;
/** Calls that are summed together: of each conversation the first and the last of them are told singly. */
const SUMMED_BATCH = 4_096;

/** A reader of agentsight's lines that delivers to `target`. */
export function lineReader(target: LineTarget, from: LinePosition = { offset: 0, lines: 0 }): LineReader {
  const splitter = lineSplitter(MAX_LINE_BYTES, from.offset);
  let lines = from.lines;
  let batch: FeedEvent[] = [];
  const past = pastLines((call, line, number) => ({
    type: 'call',
    record: target.recordOf(line, number),
    arrival: target.arrivalOf(line),
    call,
  }));

  function take(line: Line): void {
    const sumsBefore = target.sumsBefore?.(line) ?? null;
    if (past.waiting() >= SUMMED_BATCH || sumsBefore === null) deliverPast();
    lines++;
    if (line.text === null) return skipLine('oversized', { code: 'too_long', maxBytes: MAX_LINE_BYTES });
    if (sumsBefore !== null && past.takeLine(line, lines, sumsBefore)) return;
    const decoded = decodeLine(line.text);
    if (decoded.type === 'blank') return;
    if (decoded.type === 'skip') return skipLine(decoded.skip, decoded.why);
    if (decoded.torn) skipLine('malformed', { code: 'cut_off' });
    if (decoded.type === 'call' && sumsBefore !== null) {
      past.takeCall(decoded.call, line, lines, sumsBefore);
      return;
    }
    deliverPast();
    batch.push(eventOf(decoded, target.recordOf(line, lines), target.arrivalOf(line)));
  }

  function deliverPast(): void {
    if (past.waiting() === 0) return;
    batch.push(...past.flush());
    deliver();
  }

  function skipLine(reason: SkipReason, why: RecordProblem): void {
    target.skip(reason, { code: 'line', line: lines, why });
  }

  function deliver(): void {
    const full = batch;
    batch = [];
    if (full.length > 0) target.events(full);
    target.delivered();
  }

  async function read(chunk: Buffer, signal: AbortSignal): Promise<void> {
    splitter.push(chunk);
    let pauseAt = performance.now() + SLICE_MS;
    let unclocked = 0;
    while (!signal.aborted) {
      const line = splitter.next();
      if (line === null) break;
      take(line);
      if (batch.length >= MAX_BATCH) deliver();
      unclocked += line.end - line.start;
      if (unclocked < CLOCK_EVERY_BYTES) continue;
      unclocked = 0;
      if (performance.now() < pauseAt) continue;
      deliver();
      await nextTurn();
      pauseAt = performance.now() + SLICE_MS;
    }
    deliver();
  }

  return {
    read,
    finish: () => {
      const rest = splitter.rest();
      if (rest !== null) take(rest);
      deliverPast();
      deliver();
    },
    position: () => past.waitsFrom() ?? { offset: splitter.lineStart(), lines },
  };
}

function eventOf(
  decoded: Extract<DecodedLine, { type: 'call' | 'interruption' }>,
  record: string,
  arrival: Arrival,
): FeedEvent {
  return decoded.type === 'call'
    ? { type: 'call', record, arrival, call: decoded.call }
    : { type: 'interruption', record, arrival, interruption: decoded.interruption };
}
