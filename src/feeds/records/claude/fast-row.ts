/**
 * Rows with one tool's result are most of a session's bytes, and little of them is needed. They are taken from their bytes,
 * without parsing, where they have the form that Claude Code writes; any other order of keys is parsed.
 */
import { crc32 } from 'node:zlib';

/** The fields of a row with one tool's result that are needed. */
export type ResultRow = {
  readonly isSidechain: boolean;
  /** As it is written: compared with the row before, and unescaped where it differs. */
  readonly cwd: string;
  readonly toolUseId: string;
  /** Equal where the results are equal. */
  readonly result: string;
  readonly uuid: string;
  readonly timestamp: string;
};

/** Bytes in which everything before the result stands. */
const HEAD_BYTES = 1_536;
/** Bytes in which id and time stand, behind the result or at the end of the row. */
const TAIL_BYTES = 256;
/** A longer result is compared by its length and checksum: for whether five in a row are equal that is enough. */
const MAX_RESULT_TEXT = 1_024;

// Unrolled, as an alternative for each character costs several times as much.
const TEXT = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const NAME = String.raw`"([^"\\\u0080-\uffff]{1,128})"`;
const HEAD = new RegExp(
  String.raw`^\{"parentUuid":(?:null|${TEXT}),"isSidechain":(false|true),"userType":${TEXT},"cwd":"([^"\\\u0080-\uffff]*)",` +
    String.raw`(?:"\w+":${TEXT},)*"message":\{(?:"role":"user","content":\[\{"tool_use_id":${NAME},"type":"tool_result","content":"|` +
    String.raw`"model":${NAME},"id":${NAME},"type":"message","role":"assistant","content":\[\{"type":"(thinking|text)","\6":")`,
  'u',
);
const BEHIND = /^(?:,"is_error":(true|false))?\}\]\}/u;
const ID_AND_TIME = /^,"uuid":"([^"\\]{1,64})","timestamp":"([^"\\]{10,40})"/u;
const AT_END = /,"uuid":"([^"\\]{1,64})","timestamp":"([^"\\]{10,40})"\}\s*$/u;

const USER = '"type":"user",';
const ASSISTANT = '"type":"assistant",';
const QUOTE = 34;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;

/** A row without what is long in it, and what it is: a tool's result, or a part of an answer. */
export type FastRow =
  | { readonly type: 'result'; readonly row: ResultRow }
  | { readonly type: 'answer'; readonly row: Readonly<Record<string, unknown>> };

/**
 * Reads a row from its bytes where it is one with one tool's result, or with one text or thought of an answer. Null for any
 * other row, and for one in another order of keys.
 */
export function fastRow(line: Buffer): FastRow | null {
  const head = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES));
  if (head === null || line[line.length - 1] !== CLOSING_BRACE) return null;
  if (head[3] !== undefined) {
    const row = resultRow(line, head);
    return row === null ? null : { type: 'result', row };
  }
  const row = answerRow(line, head);
  return row === null ? null : { type: 'answer', row };
}

function resultRow(line: Buffer, head: RegExpExecArray): ResultRow | null {
  if (!head[0].includes(USER)) return null;
  const [start, isSidechain = '', cwd = '', toolUseId = ''] = [head[0].length, head[1], head[2], head[3]];
  const end = endOfText(line, start);
  if (end === -1) return null;
  const tail = line.toString('latin1', end + 1, end + 1 + TAIL_BYTES);
  const behind = BEHIND.exec(tail);
  if (behind === null || isGlued(line, end)) return null;
  const named =
    ID_AND_TIME.exec(tail.slice(behind[0].length)) ??
    AT_END.exec(line.toString('latin1', Math.max(0, line.length - TAIL_BYTES)));
  const [, uuid, timestamp] = named ?? [];
  if (uuid === undefined || timestamp === undefined) return null;
  const result = `${behind[1] ?? 'false'}\n${textOf(line.subarray(start, end))}`;
  return { isSidechain: isSidechain === 'true', cwd, toolUseId, result, uuid, timestamp };
}

/** Bytes behind the text of an answer: its counts, and what names the row. */
const MAX_ANSWER_TAIL = 4_096;

const SIGNATURE = ',"signature":"';
const CONTENT_END = '}],';

// The row as `JSON.parse` would give it, as far as it is read. Null for one whose text is needed: that of an error.
function answerRow(line: Buffer, head: RegExpExecArray): Record<string, unknown> | null {
  const [whole, isSidechain = '', cwd = '', , model = '', id = '', part = ''] = head;
  let end = endOfText(line, whole.length);
  if (end !== -1 && isAt(line, SIGNATURE, end + 1)) end = endOfText(line, end + 1 + SIGNATURE.length);
  if (end === -1 || !isAt(line, CONTENT_END, end + 1)) return null;
  const tail = end + 1 + CONTENT_END.length;
  if (line.length - tail > MAX_ANSWER_TAIL) return null;
  const row = parsed(`{"message":{${line.toString('utf8', tail)}`);
  if (row === null || row['isApiErrorMessage'] !== undefined) return null;
  if (row['type'] === undefined && whole.includes(ASSISTANT)) row['type'] = 'assistant';
  row['isSidechain'] = isSidechain === 'true';
  row['cwd'] = cwd;
  Object.assign(row['message'] as object, { model, id, content: [{ type: part }] });
  return row;
}

function isAt(line: Buffer, text: string, at: number): boolean {
  return line.toString('latin1', at, at + text.length) === text;
}

// A second record in the line, or a torn end, is no JSON here.
function parsed(text: string): Record<string, unknown> | null {
  try {
    const row = JSON.parse(text) as Record<string, unknown>;
    return typeof row['message'] === 'object' && row['message'] !== null ? row : null;
  } catch {
    return null;
  }
}

function textOf(bytes: Buffer): string {
  if (bytes.length <= MAX_RESULT_TEXT) return bytes.toString('latin1');
  return `${bytes.length}:${crc32(bytes)}`;
}

// The index of the quote that ends the text which began before `from`; -1 where it has no end.
function endOfText(line: Buffer, from: number): number {
  for (let at = line.indexOf(QUOTE, from); at !== -1; at = line.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (line[at - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

// Behind an object only a second record begins so; a text that ends with the same bytes is parsed too.
function isGlued(line: Buffer, from: number): boolean {
  return line.indexOf('}{"', from, 'latin1') !== -1;
}
