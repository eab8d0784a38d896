/**
 * Rows of one tool's result and of one part of an answer are most of a session's bytes, and little of them is needed. They are
 * taken as they stand, without parsing, where they have the form that Claude Code writes; any other order of keys is parsed.
 * A text between quotes holds no quote that is not escaped, so that a key with its quotes is none of a text.
 */
import { crc32 } from 'node:zlib';
import type { LineView } from '../provider.ts';
import {
  bytesOf,
  CLOSING_BRACE,
  countOf,
  endOfName,
  endOfText,
  idNumberAt,
  isAt,
  isText,
  OPENING_BRACE,
  QUOTE,
  TIME_LENGTH,
  timeAt,
} from './bytes.ts';
import { type AnswerTail, answerTails, parsed } from './tails.ts';
import type { Ms } from '../../../core/units.ts';

/** The facts that each row tells. */
type Base = {
  readonly isSidechain: boolean;
  readonly cwd: string;
  /** The number that stands for its id. */
  readonly row: number;
  readonly at: Ms;
};

/** A row with one tool's result. */
export type ResultRow = Base & {
  readonly type: 'result';
  readonly toolUseId: string;
  /** Equal where the results are equal. */
  readonly result: string;
};

/** A row with one part of an answer. */
export type AnswerRow = Base &
  Omit<AnswerTail, 'type'> & {
    readonly type: 'answer';
    readonly id: string;
    readonly model: string;
    /** Its part where that is a tool; a text or a thought is left out. */
    readonly content: readonly unknown[];
  };

export type FastRow = ResultRow | AnswerRow;

/** The beginning of a row up to its message, without the parent's id: the same in row after row. */
type Envelope = {
  readonly bytes: Uint8Array;
  readonly isSidechain: boolean;
  readonly cwd: string;
  /** Null where it stands behind the message. */
  readonly type: string | null;
};

/** Longest envelope, bytes. */
const MAX_ENVELOPE = 1_024;
/** Envelopes of one file that are remembered: two of each version, branch or slug. */
const MAX_ENVELOPES = 8;
/** Bytes in which id and time stand, behind the result or at the end of the row. */
const TAIL_BYTES = 256;
/** A longer result is compared by its length and checksum: for whether five in a row are equal that is enough. */
const MAX_RESULT_TEXT = 256;
/** Bytes of a tool's arguments that are parsed here, and behind the content of an answer: its counts, and what names the row. */
const MAX_INPUT = 65_536;
const MAX_ANSWER_TAIL = 4_096;
/** A shorter id is known to its run of rows only (contract, C2). */
const MIN_ID = 16;

const TEXT = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const ENVELOPE = new RegExp(
  String.raw`^,"isSidechain":(false|true),"userType":${TEXT},"cwd":"([^"\\\u0080-\uffff]*)",((?:"\w+":${TEXT},)*)"message":\{`,
  'u',
);
/** The keys that are read of a row, which must stand where they are looked for. */
const ELSEWHERE = /"(?:cwd|isSidechain|uuid|timestamp|requestId|isApiErrorMessage|message)":/u;
const TYPE = /.*"type":"(\w+)",/u;

const PARENT = bytesOf('{"parentUuid":');
const NULL = bytesOf('null');
const RESULT = bytesOf('"role":"user","content":[{"tool_use_id":"');
const CONTENT = bytesOf(',"type":"tool_result","content":"');
const NO_ERROR = bytesOf(',"is_error":false');
const ERROR = bytesOf(',"is_error":true');
const RESULT_END = bytesOf('}]}');
const MODEL = bytesOf('"model":"');
const ID = bytesOf(',"id":"');
const PARTS = bytesOf(',"type":"message","role":"assistant","content":[');
const TEXT_PART = bytesOf('{"type":"text","text":"');
const THOUGHT = bytesOf('{"type":"thinking","thinking":"');
const TOOL = bytesOf('{"type":"tool_use",');
const SIGNATURE = bytesOf(',"signature":"');
const CONTENT_END = bytesOf('}],');
const BEHIND_TOOL = bytesOf('}],"stop_reason":');
const GLUE = bytesOf('}{"');
const UUID_TEXT = ',"uuid":"';
const UUID = bytesOf(UUID_TEXT);
const TIMESTAMP = bytesOf(',"timestamp":"');
const NO_PARTS: readonly unknown[] = [];

/**
 * Makes the reader of one file's rows. It returns a row where it is one with one tool's result, or with one part of an answer;
 * null for any other row, and for one in another order of keys.
 */
export function fastRows(): (line: LineView) => FastRow | null {
  const envelopes: Envelope[] = [];
  const tailOf = answerTails();
  let [lastId, lastModel] = ['', ''];

  const envelopeAt = (bytes: Buffer, at: number, to: number): Envelope | null => {
    for (const known of envelopes) {
      const end = at + known.bytes.length;
      // Most of them differ in length.
      if (end < to && bytes[end - 1] === OPENING_BRACE && isAt(bytes, known.bytes, at)) return known;
    }
    const made = newEnvelope(bytes.toString('latin1', at, Math.min(to, at + MAX_ENVELOPE)));
    if (made === null) return null;
    if (envelopes.length >= MAX_ENVELOPES) envelopes.pop();
    envelopes.unshift(made);
    return made;
  };
  const answerAt = ({ bytes, to }: LineView, from: number, envelope: Envelope): AnswerRow | null => {
    const modelAt = from + MODEL.length;
    const modelEnd = isAt(bytes, MODEL, from) ? endOfName(bytes, modelAt, to) : -1;
    if (modelEnd === -1 || !isAt(bytes, ID, modelEnd + 1)) return null;
    const idAt = modelEnd + 1 + ID.length;
    const idEnd = endOfName(bytes, idAt, to);
    if (idEnd === -1 || idEnd - idAt < MIN_ID || !isAt(bytes, PARTS, idEnd + 1)) return null;
    const parts = partsAt(bytes, idEnd + 1 + PARTS.length, to);
    if (parts === null || to - parts.end > MAX_ANSWER_TAIL) return null;
    const named = namedAtEnd(bytes, parts.end, to);
    if (named === null) return null;
    const tail = tailOf(bytes, parts.end, named, to);
    if (tail === null || (tail.type ?? envelope.type) !== 'assistant') return null;
    if (!isText(bytes, idAt, idEnd, lastId)) lastId = bytes.toString('latin1', idAt, idEnd);
    if (!isText(bytes, modelAt, modelEnd, lastModel)) lastModel = bytes.toString('latin1', modelAt, modelEnd);
    const { isSidechain, cwd } = envelope;
    const { row, at } = named;
    const { stopReason, usage, requestId } = tail;
    const names = { id: lastId, model: lastModel, content: parts.content };
    return { type: 'answer', isSidechain, cwd, row, at, requestId, ...names, stopReason, usage };
  };

  return (line) => {
    const { bytes, from, to } = line;
    if (bytes[to - 1] !== CLOSING_BRACE) return null;
    const at = behindParent(bytes, from, to);
    const envelope = at === -1 ? null : envelopeAt(bytes, at, to);
    if (envelope === null) return null;
    const message = at + envelope.bytes.length;
    return envelope.type === 'user' ? resultAt(line, message, envelope) : answerAt(line, message, envelope);
  };
}

// Behind the parent's id, -1 where it does not stand first.
function behindParent(bytes: Buffer, from: number, to: number): number {
  if (!isAt(bytes, PARENT, from)) return -1;
  const at = from + PARENT.length;
  if (isAt(bytes, NULL, at)) return at + NULL.length;
  const end = bytes[at] === QUOTE ? endOfName(bytes, at + 1, to) : -1;
  return end === -1 ? -1 : end + 1;
}

function newEnvelope(head: string): Envelope | null {
  const [text, isSidechain, cwd = '', rest = ''] = ENVELOPE.exec(head) ?? [];
  if (text === undefined || ELSEWHERE.test(rest)) return null;
  const type = TYPE.exec(rest)?.[1] ?? null;
  return { bytes: bytesOf(text), isSidechain: isSidechain === 'true', cwd: apart(cwd), type: type && apart(type) };
}

// ---------------------------------------------------------------- results

function resultAt({ bytes, to }: LineView, from: number, { isSidechain, cwd }: Envelope): ResultRow | null {
  const idAt = from + RESULT.length;
  const idEnd = isAt(bytes, RESULT, from) ? endOfName(bytes, idAt, to) : -1;
  if (idEnd === -1 || !isAt(bytes, CONTENT, idEnd + 1)) return null;
  const start = idEnd + 1 + CONTENT.length;
  const end = endOfText(bytes, start, to);
  if (end === -1) return null;
  const isError = isAt(bytes, ERROR, end + 1);
  const marked = isError ? ERROR.length : isAt(bytes, NO_ERROR, end + 1) ? NO_ERROR.length : 0;
  const behind = end + 1 + marked;
  if (!isAt(bytes, RESULT_END, behind) || isGlued(bytes, behind, to)) return null;
  const next = behind + RESULT_END.length;
  const named = namedAt(bytes, next, to) ?? namedAtEnd(bytes, Math.max(next, to - TAIL_BYTES), to);
  if (named === null || (named.from !== next && named.end !== to - 1)) return null;
  if (!closesRow(bytes, named.end, to)) return null;
  const result = `${isError}\n${comparable(bytes, start, end)}`;
  const { row, at } = named;
  return { type: 'result', isSidechain, cwd, toolUseId: bytes.toString('latin1', idAt, idEnd), result, row, at };
}

function comparable(bytes: Buffer, from: number, to: number): string {
  if (to - from <= MAX_RESULT_TEXT) return bytes.toString('latin1', from, to);
  return `${to - from}:${crc32(bytes.subarray(from, to))}`;
}

// A torn end leaves something open. Braces in texts count too: where they are uneven the row is parsed.
function closesRow(bytes: Buffer, from: number, to: number): boolean {
  return countOf(bytes, CLOSING_BRACE, from, to) === countOf(bytes, OPENING_BRACE, from, to) + 1;
}

// Behind an object only a second record begins so; a text that ends with the same bytes is parsed too.
function isGlued(bytes: Buffer, from: number, to: number): boolean {
  return bytes.subarray(from, to).includes(GLUE);
}

// ---------------------------------------------------------------- answers

/** `end`: behind the content and its comma. */
type Parts = { readonly content: readonly unknown[]; readonly end: number };

function partsAt(bytes: Buffer, from: number, to: number): Parts | null {
  if (isAt(bytes, TOOL, from)) return toolAt(bytes, from, to);
  const part = isAt(bytes, TEXT_PART, from) ? TEXT_PART : THOUGHT;
  if (!isAt(bytes, part, from)) return null;
  let end = endOfText(bytes, from + part.length, to);
  if (end !== -1 && isAt(bytes, SIGNATURE, end + 1)) end = endOfText(bytes, end + 1 + SIGNATURE.length, to);
  if (end === -1 || !isAt(bytes, CONTENT_END, end + 1)) return null;
  return { content: NO_PARTS, end: end + 1 + CONTENT_END.length };
}

// Arguments that hold the same keys in the same order are no value of their own up to there, and don't parse.
function toolAt(bytes: Buffer, from: number, to: number): Parts | null {
  const length = bytes.subarray(from, Math.min(to, from + MAX_INPUT)).indexOf(BEHIND_TOOL);
  if (length === -1) return null;
  const part = parsed(bytes.toString('utf8', from, from + length + 1));
  return part === null ? null : { content: [part], end: from + length + CONTENT_END.length };
}

// ---------------------------------------------------------------- pieces

/** The id and the time of a row, and where they stand. */
type Named = { readonly row: number; readonly at: Ms; readonly from: number; readonly end: number };

// At the very place; null where they don't stand there, in the form that is written.
function namedAt(bytes: Buffer, from: number, to: number): Named | null {
  if (!isAt(bytes, UUID, from)) return null;
  const idAt = from + UUID.length;
  const idEnd = endOfName(bytes, idAt, to);
  if (idEnd === -1 || !isAt(bytes, TIMESTAMP, idEnd + 1)) return null;
  const start = idEnd + 1 + TIMESTAMP.length;
  const timeEnd = start + TIME_LENGTH;
  if (timeEnd >= to || bytes[timeEnd] !== QUOTE) return null;
  const at = timeAt(bytes, start);
  return at === null ? null : { row: idNumberAt(bytes, idAt, idEnd), at, from, end: timeEnd + 1 };
}

/** Bytes of id, time and the last brace where they end a row, with an id of 36 characters. */
const NAMED_BYTES = UUID.length + 36 + 1 + TIMESTAMP.length + TIME_LENGTH + 1 + 1;

// The last ones behind a place.
function namedAtEnd(bytes: Buffer, from: number, to: number): Named | null {
  const usual = to - NAMED_BYTES;
  if (usual >= from && isAt(bytes, UUID, usual)) return namedAt(bytes, usual, to);
  const length = bytes.toString('latin1', from, to).lastIndexOf(UUID_TEXT);
  return length === -1 ? null : namedAt(bytes, from + length, to);
}

// Copies, which do not hold on to the text that they were cut out of.
function apart(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
