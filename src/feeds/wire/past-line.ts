import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../../core/limits.ts';
import type { PastRow } from '../../core/past/past.ts';
import { MAX_INTERNED } from '../limits.ts';
import { LINE_BEGINNING, MESSAGES_END, REQUEST_END, RESPONSE_END } from './decode-line.ts';
import { httpStatusOf, pidOf } from './fields.ts';
import { endOfInteger, endOfPlain, endOfText, endOfValue, startsWith } from './json-bytes.ts';
import type { LineBytes } from './line-bytes.ts';

/*
 * Most calls of a long file are only counted. Where a line is in agentsight's order and plain, its numbers are read where they
 * stand; no object is made of it, and no string but those that are known already. Everything else is left to `decodeLine`,
 * which must read the same from any line that is read here.
 */

/** A call that may be told as sums (see `pastRowOf`), and where its line's bodies stand: nothing is made of them. */
export type PastLine = {
  readonly row: PastRow;
  /** The request, up to `requestEnd`. */
  readonly request: number;
  readonly requestEnd: number;
  /** What follows the messages of the response, up to `responseEnd`. */
  readonly messagesEnd: number;
  readonly responseEnd: number;
};

/** Reads the line from `from` up to `to` among bytes; null for one that cannot be told as sums, and for all that is not plain. */
export type PastLineReader = (lines: LineBytes, from: number, to: number) => PastLine | null;

type MutableRow = { -readonly [Cell in keyof PastRow]: PastRow[Cell] };

const DIGIT_0 = 48;
const OPENING_BRACE = 123;
/** The text that ends the object of the call and that of the line. */
const END = '}}';

/** Digits of a count that is exact as a number, and of a time in ns; the last ones of that are within a millisecond. */
const MOST_COUNT_DIGITS = 15;
const LEAST_NS_DIGITS = 16;
const MOST_NS_DIGITS = 19;
const REST_DIGITS = 6;

/** Creates a reader with the texts that its lines have in common. */
export function pastLineReader(): PastLineReader {
  const scan = new Scan();
  return (lines, from, to) => {
    const { bytes } = lines;
    if (!startsWith(bytes, END, to - END.length)) return null;
    scan.begin(bytes, from, to - END.length);
    scan.pass('{"LLMCall":{"call_id":"');
    if (scan.plain(MAX_ID_LENGTH) === scan.at) return null;
    scan.pass('","start_timestamp_ns":');
    const startMs = scan.time();
    const startRest = scan.rest;
    scan.pass(',"end_timestamp_ns":');
    const endMs = scan.time();
    const endRest = scan.rest;
    scan.pass(',"duration_ns":');
    scan.count();
    scan.pass(',"provider":"');
    const provider = scan.name(MAX_NAME_LENGTH)?.toLowerCase() ?? null;
    scan.pass('","model":"');
    const model = scan.name(MAX_NAME_LENGTH);
    scan.pass('","request":');
    const request = scan.at;
    // With a second beginning the writer died in the middle of the first line.
    if (bytes[request] !== OPENING_BRACE || lines.find(LINE_BEGINNING, from + 1) < to) return null;
    const response = lines.find(REQUEST_END, request);
    const messagesEnd = lines.find(MESSAGES_END, response) + 1;
    const responseEnd = lines.find(RESPONSE_END, messagesEnd - 1);
    if (responseEnd >= to || endOfValue(bytes, response + REQUEST_END.text.length - 1, to) !== messagesEnd) return null;
    scan.at = responseEnd;
    scan.pass(RESPONSE_END.text);
    const row: MutableRow = [
      0,
      null,
      '',
      null,
      model,
      provider === 'anthropic',
      startMs,
      startRest,
      endMs,
      endRest,
      null,
      null,
      null,
      null,
      provider,
    ];
    readUsage(scan, row);
    scan.pass(',"error":null,"pid":');
    row[3] = pidOf(scan.count());
    scan.pass(',"process_name":');
    const process = scan.textOrNull(MAX_NAME_LENGTH);
    scan.pass(',"agent_name":');
    row[2] = scan.textOrNull(MAX_NAME_LENGTH) ?? process ?? 'unknown';
    scan.pass(',"metadata":');
    if (!readsFacts(scan, row)) return null;
    return { row, request, requestEnd: response + 1, messagesEnd, responseEnd };
  };
}

function readUsage(scan: Scan, row: MutableRow): void {
  if (scan.passes('null')) return;
  scan.pass('{"input_tokens":');
  const input = scan.count();
  scan.pass(',"output_tokens":');
  const output = scan.count();
  scan.pass(',"total_tokens":');
  scan.count();
  scan.pass(',"cache_creation_input_tokens":');
  const created = scan.countOrNull();
  scan.pass(',"cache_read_input_tokens":');
  const read = scan.countOrNull();
  scan.pass('}');
  // Zeros without any cache counter stand for "not reported".
  if (input === 0 && output === 0 && created === null && read === null) return;
  row[10] = input;
  row[11] = output;
  row[12] = read;
  row[13] = created;
}

/** Reads the metadata, the rest of the line; false unless it is an object of texts that tells of a plain call. */
function readsFacts(scan: Scan, row: MutableRow): boolean {
  let status: string | null = null;
  let kind: string | null = null;
  scan.pass('{');
  do {
    scan.pass('"');
    if (scan.passes('conversation_id":')) row[1] = scan.text(MAX_ID_LENGTH);
    else if (scan.passes('status_code":')) status = scan.text(MAX_NAME_LENGTH);
    else if (scan.passes('call_kind":')) kind = scan.text(MAX_NAME_LENGTH);
    else scan.otherFact();
  } while (scan.passes(','));
  scan.pass('}');
  return scan.at === scan.to && (kind === null || kind === 'main') && (httpStatusOf(status) ?? 0) < 400;
}

/** A place in a line that goes on over what is expected there; lost where something else stands. */
class Scan {
  #bytes: Buffer = Buffer.alloc(0);
  /** The end of what is read. */
  to = 0;
  /** -1 when lost. */
  at = 0;
  /** Of the time that was read last: what is finer than a ms, ns. */
  rest = 0;
  /** The strings of plain texts that come again and again, by what their bytes make together. */
  readonly #known = new Map<number, string>();

  begin(bytes: Buffer, from: number, to: number): void {
    this.#bytes = bytes;
    this.at = from;
    this.to = to;
  }

  /** Goes on over `part`. */
  pass(part: string): void {
    if (!this.passes(part)) this.at = -1;
  }

  /** Goes on over `part` if that stands here. */
  passes(part: string): boolean {
    if (this.at === -1 || !startsWith(this.#bytes, part, this.at)) return false;
    this.at += part.length;
    return true;
  }

  /** Goes on up to the quote behind a plain text; returns where it begins. */
  plain(max: number): number {
    const from = this.at;
    if (from !== -1) this.at = endOfPlain(this.#bytes, from, this.to, max);
    return from;
  }

  /** Goes on up to the quote behind a plain text; returns that, null where it is empty or none. */
  name(max: number): string | null {
    const from = this.plain(max);
    return this.at <= from ? null : this.#stringOf(from, this.at);
  }

  /** Goes on over a plain text with its quotes. */
  text(max: number): string | null {
    this.pass('"');
    const text = this.name(max);
    this.pass('"');
    return text;
  }

  textOrNull(max: number): string | null {
    return this.passes('null') ? null : this.text(max);
  }

  /** Goes on over the rest of a name, and whatever text stands behind it. */
  otherFact(): void {
    this.plain(MAX_NAME_LENGTH);
    this.pass('":');
    if (this.at !== -1) this.at = endOfText(this.#bytes, this.at, this.to);
  }

  /** Goes on over a whole number that is exact. */
  count(): number {
    const from = this.at;
    const end = endOfInteger(this.#bytes, from);
    this.at = from === -1 || end === -1 || end - from > MOST_COUNT_DIGITS ? -1 : end;
    return this.at === -1 ? 0 : numberIn(this.#bytes, from, end);
  }

  countOrNull(): number | null {
    return this.passes('null') ? null : this.count();
  }

  /** Goes on over a time in ns; returns the whole ms. */
  time(): number {
    const from = this.at;
    const end = endOfInteger(this.#bytes, from);
    const isTime = from !== -1 && end - from >= LEAST_NS_DIGITS && end - from <= MOST_NS_DIGITS;
    this.at = isTime ? end : -1;
    if (!isTime) return 0;
    this.rest = numberIn(this.#bytes, end - REST_DIGITS, end);
    return numberIn(this.#bytes, from, end - REST_DIGITS);
  }

  #stringOf(from: number, to: number): string {
    const bytes = this.#bytes;
    let sum = to - from;
    for (let at = from; at < to; at += 1) sum = (Math.imul(sum, 31) + (bytes[at] ?? 0)) | 0;
    const known = this.#known.get(sum);
    if (known?.length === to - from && startsWith(bytes, known, from)) return known;
    if (this.#known.size >= MAX_INTERNED) this.#known.clear();
    const made = bytes.toString('latin1', from, to);
    this.#known.set(sum, made);
    return made;
  }
}

function numberIn(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + (bytes[at] ?? 0) - DIGIT_0;
  return value;
}
