import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Arrival, FactEvent, FeedEvent } from '../../core/feed.ts';
import type { RecordProblem, SkipDetail } from '../../core/source-reasons.ts';
import type { SkipReason } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { MAX_LINE_BYTES } from '../limits.ts';
import { decodeLineIn } from '../wire/decode-line.ts';
import type { DecodedFact } from '../wire/decode-line.ts';
import type { LineBytes } from '../wire/line-bytes.ts';
import { lineSplitter } from './line-splitter.ts';
import type { Line, LinePlace } from './line-splitter.ts';
import { type PastLines, pastLines } from './past-lines.ts';

/** The destination of lines, and what is known of each. */
export type LineTarget = {
  readonly events: (batch: readonly FeedEvent[]) => void;
  /** Called when all lines up to the reader's position are delivered. */
  readonly delivered: () => void;
  readonly skip: (reason: SkipReason, detail: SkipDetail) => void;
  readonly recordOf: (line: LinePlace, number: number) => string;
  readonly arrivalOf: (line: LinePlace) => Arrival;
  /** Returns the time before which calls of a line may be told as sums; null, and left out: none may. */
  readonly sumsBefore?: (line: LinePlace) => Ms | null;
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

/** A reader of agentsight's lines that delivers to `target`. */
export function lineReader(target: LineTarget, from: LinePosition = { offset: 0, lines: 0 }): LineReader {
  const splitter = lineSplitter(MAX_LINE_BYTES, from.offset);
  let lines = from.lines;
  let batch: FeedEvent[] = [];
  let past: PastLines | null = null;
  const eventOf = eventsFor(target);

  function take(line: Line): void {
    const sumsBefore = target.sumsBefore?.(line) ?? null;
    lines++;
    if (line.chunk === null) return skipLine('oversized', { code: 'too_long', maxBytes: MAX_LINE_BYTES });
    if (sumsBefore === null) takeSingly(line, line.chunk);
    else takePast(line, line.chunk, sumsBefore);
  }

  function takePast(line: Line, chunk: LineBytes, before: Ms): void {
    past ??= pastLines(eventOf);
    if (past.isFull()) deliverPast(past);
    if (past.takeLine(line, chunk, lines, before)) return;
    const decoded = decoding(line, chunk);
    if (decoded?.type === 'call') return past.takeCall(decoded.call, line, lines, before);
    if (decoded === null) return;
    deliverPast(past);
    batch.push(eventOf(decoded, line, lines));
  }

  function takeSingly(line: Line, chunk: LineBytes): void {
    if (past !== null) deliverPast(past);
    past = null;
    const decoded = decoding(line, chunk);
    if (decoded !== null) batch.push(eventOf(decoded, line, lines));
  }

  // Null for a line that tells nothing.
  function decoding(line: Line, chunk: LineBytes): DecodedFact | null {
    const decoded = decodeLineIn(chunk, line.from, line.to);
    if (decoded.type === 'skip') skipLine(decoded.skip, decoded.why);
    if (decoded.type === 'blank' || decoded.type === 'skip') return null;
    if (decoded.torn) skipLine('malformed', { code: 'cut_off' });
    return decoded;
  }

  function deliverPast(waiting: PastLines): void {
    if (waiting.isEmpty()) return;
    batch.push(...waiting.flush());
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
      if (past !== null) deliverPast(past);
      deliver();
    },
    position: () => past?.waitsFrom() ?? { offset: splitter.lineStart(), lines },
  };
}

// What a line tells, as the event of its record.
function eventsFor({ recordOf, arrivalOf }: LineTarget) {
  return (fact: DecodedFact, line: LinePlace, number: number): FactEvent => {
    const [record, arrival] = [recordOf(line, number), arrivalOf(line)];
    return fact.type === 'call'
      ? { type: 'call', record, arrival, call: fact.call }
      : { type: 'interruption', record, arrival, interruption: fact.interruption };
  };
}
