import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Call } from '../../core/calls.ts';
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
  let pauseAt = 0;
  const eventOf = eventsFor(target);

  function take(line: Line, sumsBefore: Ms | null): void {
    lines++;
    if (line.chunk === null) return skipLine('oversized', { code: 'too_long', maxBytes: MAX_LINE_BYTES });
    if (sumsBefore !== null) return takePast(line, line.chunk, sumsBefore);
    const decoded = factIn(line, line.chunk, skipLine);
    if (decoded !== null) batch.push(eventOf(decoded, line, lines));
  }

  function takePast(line: Line, chunk: LineBytes, before: Ms): void {
    past ??= pastLines(followedFor(target));
    if (past.takeLine(line, chunk, lines, before)) return;
    const decoded = factIn(line, chunk, skipLine);
    if (decoded?.type === 'call') return past.takeCall(decoded.call, line, lines, before);
    if (decoded === null) return;
    batch.push(...past.flush(), eventOf(decoded, line, lines));
  }

  // Sums come in the place of what they sum up: before what follows. False where the signal ends it, and all of it still waits.
  async function deliverPast(waiting: PastLines, signal: AbortSignal): Promise<boolean> {
    for (const event of waiting.flush()) {
      batch.push(event);
      if (batch.length < MAX_BATCH) continue;
      deliver();
      await breathe();
      if (signal.aborted) return false;
    }
    deliver();
    return true;
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

  async function breathe(): Promise<void> {
    if (performance.now() < pauseAt) return;
    deliver();
    await nextTurn();
    pauseAt = performance.now() + SLICE_MS;
  }

  async function read(chunk: Buffer, signal: AbortSignal): Promise<void> {
    splitter.push(chunk);
    pauseAt = performance.now() + SLICE_MS;
    let unclocked = 0;
    while (!signal.aborted) {
      const line = splitter.next();
      if (line === null) break;
      const sumsBefore = target.sumsBefore?.(line) ?? null;
      const isDue = past !== null && (sumsBefore === null || past.isFull());
      if (past !== null && isDue && !(await deliverPast(past, signal))) return;
      if (sumsBefore === null) past = null;
      take(line, sumsBefore);
      if (batch.length >= MAX_BATCH) deliver();
      unclocked += line.end - line.start;
      if (unclocked < CLOCK_EVERY_BYTES) continue;
      unclocked = 0;
      await breathe();
    }
    deliver();
  }

  return {
    read,
    finish: () => {
      if (past !== null) batch.push(...past.flush());
      past = null;
      const rest = splitter.rest();
      if (rest !== null) take(rest, null);
      deliver();
    },
    position: () => past?.waitsFrom() ?? { offset: splitter.lineStart(), lines },
  };
}

// The event of a call that is older than as many as are kept.
function followedFor({ recordOf, arrivalOf }: LineTarget) {
  return (call: Call, line: LinePlace, number: number): FactEvent => ({
    type: 'call',
    record: recordOf(line, number),
    arrival: arrivalOf(line),
    call,
    isFollowed: true,
  });
}

// Null for a line that tells nothing.
function factIn(
  line: Line,
  chunk: LineBytes,
  skip: (reason: SkipReason, why: RecordProblem) => void,
): DecodedFact | null {
  const decoded = decodeLineIn(chunk, line.from, line.to);
  if (decoded.type === 'skip') skip(decoded.skip, decoded.why);
  if (decoded.type === 'blank' || decoded.type === 'skip') return null;
  if (decoded.torn) skip('malformed', { code: 'cut_off' });
  return decoded;
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
