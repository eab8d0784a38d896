import type { Call } from '../../core/calls.ts';
import type { Interruption } from '../../core/interruptions.ts';
import type { RecordProblem } from '../../core/source-reasons.ts';
import type { SkipReason } from '../../core/sources.ts';
import { idOf, objectOf } from './fields.ts';
import { LineBytes, partOf } from './line-bytes.ts';
import { llmCall } from './llm-call.ts';
import { isLogtailRecord, logtailRecord } from './logtail.ts';
import { type NsDigits, nsDigits } from './ns-digits.ts';

/** The result of decoding one line. */
export type DecodedLine =
  /**
   * `torn`: before it stands something else: the beginning of a line whose writer died or was interrupted by a second one,
   * or the zero bytes that a copied and truncated file begins with.
   */
  | { readonly type: 'call'; readonly call: Call; readonly torn?: true }
  | { readonly type: 'interruption'; readonly interruption: Interruption; readonly torn?: true }
  | { readonly type: 'skip'; readonly skip: SkipReason; readonly why: RecordProblem }
  | { readonly type: 'blank' };

/** A line that tells a fact. */
export type DecodedFact = Extract<DecodedLine, { type: 'call' | 'interruption' }>;

/**
 * Reads one line of agentsight's JSONL or logtail; each line shows which of the two it is. Never throws: what is
 * no call and no interruption is a `skip` with its reason.
 */
export function decodeLine(line: string): DecodedLine {
  const text = line.startsWith('\ufeff') ? line.slice(1) : line;
  const bytes = Buffer.from(text);
  return decodeCallLine(new LineBytes(bytes), 0, bytes.length) ?? decodeWhole(text);
}

/** Does the same with the line that stands from `from` up to `to` among bytes. */
export function decodeLineIn(lines: LineBytes, from: number, to: number): DecodedLine {
  return decodeCallLine(lines, from, to) ?? decodeLine(lines.text(from, to));
}

// Null for a line that has to be parsed whole.
function decodeCallLine(lines: LineBytes, from: number, to: number): DecodedLine | null {
  const line = callLine(lines, from, to);
  const call = line === null ? undefined : tagged(parsed(line.short));
  return call === undefined || line === null ? null : decodeCall(call, line);
}

function decodeWhole(text: string): DecodedLine {
  const value = parsed(text);
  if (value === undefined) return text.trim() === '' ? { type: 'blank' } : decodeTorn(text);
  const object = objectOf(value);
  if (object === null) return skip('malformed', { code: 'not_an_object' });
  const call = tagged(object);
  if (call !== undefined) return decodeCall(call, nsDigits(text));
  return isLogtailRecord(object) ? decodeRecord(object) : otherVariant(object);
}

function decodeTorn(text: string): DecodedLine {
  const rest = untorn(text);
  const decoded = rest === null ? null : decodeLine(rest);
  if (decoded?.type === 'call' || decoded?.type === 'interruption') return { ...decoded, torn: true };
  return skip('malformed', { code: 'not_json' });
}

/**
 * Returns the record at the end of a torn line, without what stands before it; null if there is none. A beginning
 * cannot stand inside a string, and what stands deeper in another record does not end as a line does.
 */
export function untorn(text: string): string | null {
  for (const at of beginningsIn(text)) {
    const rest = text.slice(at);
    if (objectOf(parsed(rest)) !== null) return rest;
  }
  return null;
}

/** Beginnings of records that are tried in one line, of each kind: every try may read the rest of the line. */
const MAX_BEGINNINGS = 4;
/** The beginnings of agentsight's records: a call of JSONL, and the first keys of a logtail record, which are sorted. */
const BEGINNINGS = ['{"LLMCall":', '{"__', '{"agentsight.', '{"gen_ai.'] as const;

// Where a record may begin behind something else, the last first.
function beginningsIn(text: string): readonly number[] {
  const zero = text.lastIndexOf('\0');
  const found = zero === -1 ? [] : [zero + 1];
  for (const beginning of BEGINNINGS) {
    let at = text.lastIndexOf(beginning);
    for (let tries = 0; at > 0 && tries < MAX_BEGINNINGS; tries += 1) {
      found.push(at);
      at = text.lastIndexOf(beginning, at - 1);
    }
  }
  return found.toSorted((a, b) => b - a);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// What stands under the tag of a call; undefined for everything that is not tagged so.
function tagged(value: unknown): unknown {
  const object: { readonly LLMCall?: unknown } = objectOf(value) ?? {};
  return object.LLMCall;
}

function decodeCall(value: unknown, digits: NsDigits): DecodedLine {
  const result = llmCall(value, digits);
  return result.ok ? { type: 'call', call: result.call } : skip('malformed', result.reason);
}

function decodeRecord(value: object): DecodedLine {
  const result = logtailRecord(value);
  switch (result.type) {
    case 'call':
    case 'interruption':
      return result;
    case 'unsupported':
    case 'malformed':
      return skip(result.type, result.reason);
  }
}

// Externally tagged: exactly one key, the variant's name, over an object.
function otherVariant(value: object): DecodedLine {
  const [[tag, content] = [], ...others] = Object.entries(value) as [string, unknown][];
  if (tag === undefined || others.length > 0 || typeof content !== 'object' || content === null) {
    return skip('malformed', { code: 'no_record' });
  }
  return skip('unsupported', { code: 'other_event', event: idOf(tag) });
}

function skip(reason: SkipReason, why: RecordProblem): DecodedLine {
  return { type: 'skip', skip: reason, why };
}

/** Returns why a line is no call, which it should be. */
export function problemOf(decoded: Exclude<DecodedLine, { type: 'call' }>): RecordProblem {
  return decoded.type === 'skip' ? decoded.why : { code: 'no_call', is: decoded.type };
}

/*
 * Reading a whole `LLMCall` line costs as much as its bodies are long: agents send their history again with every
 * call, and agentsight keeps it twice. Nothing of it is used here, so lines in the order in which agentsight writes
 * them are parsed without their bodies.
 */

/** The line of a call made ready for parsing. */
type CallLine = {
  /** The line without its bodies. */
  readonly short: string;
  /** The digits of its times. */
  readonly start: string | null;
  readonly end: string | null;
};

// Up to the request. The repetitions are bounded because a pattern's backtracking is not.
const BEGINNING =
  /^\{"LLMCall":\{"call_id":"(?:[^"\\]|\\.){0,512}","start_timestamp_ns":(\d{1,19}),"end_timestamp_ns":(\d{1,19}),"duration_ns":\d{1,20},"provider":"(?:[^"\\]|\\.){0,512}","model":"(?:[^"\\]|\\.){0,512}","request":(?=\{)/u;
/*
 * A quote inside a string is written as `\"`. So these texts can only be keys of an object; if
 * not of ours but of one deeper in the bodies, then the shortened line has more closing brackets than opening ones or
 * the other way round, and does not parse.
 */
export const REQUEST_END = partOf('},"response":{"messages":[');
export const MESSAGES_END = partOf('],"streamed":');
export const RESPONSE_END = partOf('},"token_usage":');
/** The beginning of a call's line; within a line it can only stand where another line was torn. */
export const LINE_BEGINNING = partOf('{"LLMCall":{');
/** Bytes of a line in which its request begins, if it is to be read without. */
const MAX_BEGINNING = 4_096;
/** What a request is exchanged for: the line is read in the same way without it. */
export const NO_REQUEST = '{}';

// Takes the bodies out of a line. It may turn out not to parse; the whole line then decides.
function callLine(lines: LineBytes, from: number, to: number): CallLine | null {
  const match = BEGINNING.exec(lines.bytes.toString('latin1', from, Math.min(to, from + MAX_BEGINNING)));
  // A second beginning: the writer died in the middle of the first line. Nothing of the two may be mixed.
  if (match === null || lines.find(LINE_BEGINNING, from + 1) < to) return null;
  const short = withoutBodies(lines, from, to, from + match[0].length);
  return short === null ? null : { short, start: match[1] ?? null, end: match[2] ?? null };
}

// Null where it has no response.
function withoutBodies(lines: LineBytes, from: number, to: number, request: number): string | null {
  const response = lines.find(REQUEST_END, request);
  if (response >= to) return null;
  const head = lines.text(from, request) + NO_REQUEST;
  const streamed = lines.find(MESSAGES_END, response);
  const usage = lines.find(RESPONSE_END, streamed);
  if (usage >= to) return head + lines.text(response + 1, to);
  return head + lines.text(response + 1, streamed + 1) + lines.text(usage, to);
}
