/**
 * Rows of one tool's result and of one part of an answer are most of a session's bytes, and little of them is needed. They are
 * taken as they stand, without parsing, where they have the form that Claude Code writes; any other order of keys is parsed.
 * A text between quotes holds no quote that is not escaped, so that a key with its quotes is none of a text.
 */
import { crc32 } from 'node:zlib';
import type { LineView } from '../provider.ts';
import { idNumber, isoTimeAt } from '../values.ts';
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
  /** Cut out of the line: not to be kept. */
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
  readonly text: string;
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
const MAX_NAME = 128;
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

const PARENT = '{"parentUuid":';
const NULL = 'null';
const RESULT = '"role":"user","content":[{"tool_use_id":"';
const CONTENT = ',"type":"tool_result","content":"';
const NO_ERROR = ',"is_error":false';
const ERROR = ',"is_error":true';
const RESULT_END = '}]}';
const MODEL = '"model":"';
const ID = ',"id":"';
const PARTS = ',"type":"message","role":"assistant","content":[';
const TEXT_PART = '{"type":"text","text":"';
const THOUGHT = '{"type":"thinking","thinking":"';
const TOOL = '{"type":"tool_use",';
const SIGNATURE = ',"signature":"';
const CONTENT_END = '}],';
const BEHIND_TOOL = '}],"stop_reason":';
const UUID = ',"uuid":"';
const TIMESTAMP = ',"timestamp":"';
const TIME_LENGTH = '2026-01-01T00:00:00.000Z'.length;

const QUOTE = 34;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;
const OPENING_BRACE = 123;

const NO_PARTS: readonly unknown[] = [];

/**
 * Makes the reader of one file's rows. It returns a row where it is one with one tool's result, or with one part of an answer;
 * null for any other row, and for one in another order of keys.
 */
export function fastRows(): (line: LineView) => FastRow | null {
  const envelopes: Envelope[] = [];
  const tailOf = answerTails();
  let [lastId, lastModel] = ['', ''];

  const envelopeAt = (text: string, at: number, to: number): Envelope | null => {
    for (const known of envelopes) {
      const end = at + known.text.length;
      // Most of them differ in length.
      if (end < to && text.charCodeAt(end - 1) === OPENING_BRACE && text.slice(at, end) === known.text) return known;
    }
    const made = newEnvelope(text.slice(at, Math.min(to, at + MAX_ENVELOPE)));
    if (made === null) return null;
    if (envelopes.length >= MAX_ENVELOPES) envelopes.pop();
    envelopes.unshift(made);
    return made;
  };
  const answerAt = (line: LineView, from: number, envelope: Envelope): AnswerRow | null => {
    const { text, to } = line;
    const modelAt = from + MODEL.length;
    const modelEnd = isAt(text, MODEL, from) ? endOfName(text, modelAt, to) : -1;
    if (modelEnd === -1 || !isAt(text, ID, modelEnd + 1)) return null;
    const idAt = modelEnd + 1 + ID.length;
    const idEnd = endOfName(text, idAt, to);
    if (idEnd === -1 || idEnd - idAt < MIN_ID || !isAt(text, PARTS, idEnd + 1)) return null;
    const parts = partsAt(line, idEnd + 1 + PARTS.length);
    if (parts === null || to - parts.end > MAX_ANSWER_TAIL) return null;
    const named = namedAtEnd(text, parts.end, to);
    if (named === null) return null;
    const tail = tailOf(line, parts.end, named);
    if (tail === null || (tail.type ?? envelope.type) !== 'assistant') return null;
    if (text.slice(idAt, idEnd) !== lastId) lastId = copyOf(line, idAt, idEnd);
    if (text.slice(modelAt, modelEnd) !== lastModel) lastModel = copyOf(line, modelAt, modelEnd);
    const { isSidechain, cwd } = envelope;
    const { row, at } = named;
    const { stopReason, usage, requestId } = tail;
    const names = { id: lastId, model: lastModel, content: parts.content };
    return { type: 'answer', isSidechain, cwd, row, at, requestId, ...names, stopReason, usage };
  };

  return (line) => {
    const { text, from, to } = line;
    if (text.charCodeAt(to - 1) !== CLOSING_BRACE) return null;
    const at = behindParent(text, from, to);
    const envelope = at === -1 ? null : envelopeAt(text, at, to);
    if (envelope === null) return null;
    const message = at + envelope.text.length;
    return envelope.type === 'user' ? resultAt(line, message, envelope) : answerAt(line, message, envelope);
  };
}

// Behind the parent's id, -1 where it does not stand first.
function behindParent(text: string, from: number, to: number): number {
  if (!isAt(text, PARENT, from)) return -1;
  const at = from + PARENT.length;
  if (isAt(text, NULL, at)) return at + NULL.length;
  const end = text.charCodeAt(at) === QUOTE ? endOfName(text, at + 1, to) : -1;
  return end === -1 ? -1 : end + 1;
}

function newEnvelope(head: string): Envelope | null {
  const [text, isSidechain, cwd = '', rest = ''] = ENVELOPE.exec(head) ?? [];
  if (text === undefined || ELSEWHERE.test(rest)) return null;
  const type = TYPE.exec(rest)?.[1] ?? null;
  return { text: apart(text), isSidechain: isSidechain === 'true', cwd: apart(cwd), type: type && apart(type) };
}

// ---------------------------------------------------------------- results

function resultAt(line: LineView, from: number, { isSidechain, cwd }: Envelope): ResultRow | null {
  const { text, to } = line;
  const idAt = from + RESULT.length;
  const idEnd = isAt(text, RESULT, from) ? endOfName(text, idAt, to) : -1;
  if (idEnd === -1 || !isAt(text, CONTENT, idEnd + 1)) return null;
  const start = idEnd + 1 + CONTENT.length;
  const end = endOfText(text, start, to);
  if (end === -1) return null;
  const isError = isAt(text, ERROR, end + 1);
  const marked = isError ? ERROR.length : isAt(text, NO_ERROR, end + 1) ? NO_ERROR.length : 0;
  const behind = end + 1 + marked;
  if (!isAt(text, RESULT_END, behind) || isGlued(text, behind, to)) return null;
  const next = behind + RESULT_END.length;
  const named = namedAt(text, next, to) ?? namedAtEnd(text, Math.max(next, to - TAIL_BYTES), to);
  if (named === null || (named.from !== next && named.end !== to - 1)) return null;
  if (!closesRow(text, named.end, to)) return null;
  const result = `${isError}\n${comparable(line, start, end)}`;
  const { row, at } = named;
  return { type: 'result', isSidechain, cwd, toolUseId: text.slice(idAt, idEnd), result, row, at };
}

function comparable({ text, buffer, start }: LineView, from: number, to: number): string {
  if (to - from <= MAX_RESULT_TEXT) return text.slice(from, to);
  return `${to - from}:${crc32(buffer.subarray(start + from, start + to))}`;
}

// A torn end leaves something open. Braces in texts count too: where they are uneven the row is parsed.
function closesRow(text: string, from: number, to: number): boolean {
  return countOf(text, '}', from, to) === countOf(text, '{', from, to) + 1;
}

function countOf(text: string, sign: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf(sign, from); at !== -1 && at < to; at = text.indexOf(sign, at + 1)) count += 1;
  return count;
}

// Behind an object only a second record begins so; a text that ends with the same bytes is parsed too.
function isGlued(text: string, from: number, to: number): boolean {
  return text.slice(from, to).includes('}{"');
}

// ---------------------------------------------------------------- answers

/** `end`: behind the content and its comma. */
type Parts = { readonly content: readonly unknown[]; readonly end: number };

function partsAt(line: LineView, from: number): Parts | null {
  const { text, to } = line;
  if (isAt(text, TOOL, from)) return toolAt(line, from);
  const part = isAt(text, TEXT_PART, from) ? TEXT_PART : THOUGHT;
  if (!isAt(text, part, from)) return null;
  let end = endOfText(text, from + part.length, to);
  if (end !== -1 && isAt(text, SIGNATURE, end + 1)) end = endOfText(text, end + 1 + SIGNATURE.length, to);
  if (end === -1 || !isAt(text, CONTENT_END, end + 1)) return null;
  return { content: NO_PARTS, end: end + 1 + CONTENT_END.length };
}

// Arguments that hold the same keys in the same order are no value of their own up to there, and don't parse.
function toolAt({ text, to, buffer, start }: LineView, from: number): Parts | null {
  const length = text.slice(from, Math.min(to, from + MAX_INPUT)).indexOf(BEHIND_TOOL);
  if (length === -1) return null;
  const end = from + length + 1;
  const part = parsed(buffer.toString('utf8', start + from, start + end));
  return part === null ? null : { content: [part], end: from + length + CONTENT_END.length };
}

// ---------------------------------------------------------------- pieces

/** The id and the time of a row, and where they stand. */
type Named = { readonly row: number; readonly at: Ms; readonly from: number; readonly end: number };

// At the very place; null where they don't stand there, in the form that is written.
function namedAt(text: string, from: number, to: number): Named | null {
  if (!isAt(text, UUID, from)) return null;
  const idAt = from + UUID.length;
  const idEnd = endOfName(text, idAt, to);
  if (idEnd === -1 || !isAt(text, TIMESTAMP, idEnd + 1)) return null;
  const timeAt = idEnd + 1 + TIMESTAMP.length;
  const timeEnd = timeAt + TIME_LENGTH;
  if (timeEnd >= to || text.charCodeAt(timeEnd) !== QUOTE) return null;
  const at = isoTimeAt(text, timeAt);
  return at === null ? null : { row: idNumber(text, idAt, idEnd), at, from, end: timeEnd + 1 };
}

/** Bytes of id, time and the last brace where they end a row, with an id of 36 characters. */
const NAMED_BYTES = UUID.length + 36 + 1 + TIMESTAMP.length + TIME_LENGTH + 1 + 1;

// The last ones behind a place.
function namedAtEnd(text: string, from: number, to: number): Named | null {
  const usual = to - NAMED_BYTES;
  if (usual >= from && isAt(text, UUID, usual)) return namedAt(text, usual, to);
  const length = text.slice(from, to).lastIndexOf(UUID);
  return length === -1 ? null : namedAt(text, from + length, to);
}

function isAt(text: string, part: string, at: number): boolean {
  for (let index = 0; index < part.length; index += 1)
    if (text.charCodeAt(at + index) !== part.charCodeAt(index)) return false;
  return true;
}

// The index of the quote behind a name; -1 for one that is empty, long, escaped or not plain ASCII.
function endOfName(text: string, from: number, to: number): number {
  const most = Math.min(to, from + MAX_NAME + 1);
  for (let at = from; at < most; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return at === from ? -1 : at;
    if (unit === BACKSLASH || unit < 0x20 || unit > 0x7e) return -1;
  }
  return -1;
}

// The index of the quote that ends the text which began before `from`; -1 where it has no end.
function endOfText(text: string, from: number, to: number): number {
  for (let at = text.indexOf('"', from); at !== -1 && at < to; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

// Copies, which do not hold on to the text that they were cut out of.
function copyOf({ buffer, start }: LineView, from: number, to: number): string {
  return buffer.toString('latin1', start + from, start + to);
}

function apart(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
