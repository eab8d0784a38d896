/**
 * Rows with one tool's result are most of a session's bytes, and little of them is needed. They are taken from their bytes,
 * without parsing, where they look as Claude Code writes them; any other order of keys is parsed.
 */
import { createHash } from 'node:crypto';

/** What is needed of a row with one tool's result. */
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
/** A longer result is compared by its digest. */
const MAX_RESULT_TEXT = 1_024;

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const HEAD = new RegExp(
  String.raw`^\{"parentUuid":(?:null|${TEXT}),"isSidechain":(false|true),"userType":${TEXT},"cwd":"([^"\\\u0080-\uffff]*)",` +
    String.raw`(?:"\w+":${TEXT},)*"type":"user","message":\{"role":"user","content":\[\{"tool_use_id":"([^"\\\u0080-\uffff]{1,128})","type":"tool_result","content":"`,
  'u',
);
const BEHIND = /^(?:,"is_error":(true|false))?\}\]\}/u;
const ID_AND_TIME = /^,"uuid":"([^"\\]{1,64})","timestamp":"([^"\\]{10,40})"/u;
const AT_END = /,"uuid":"([^"\\]{1,64})","timestamp":"([^"\\]{10,40})"\}\s*$/u;

const QUOTE = 34;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;

/** Reads a row with one tool's result from its bytes; null for any other row, and for one in another order. */
export function resultRow(line: Buffer): ResultRow | null {
  const head = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES));
  if (head === null || line[line.length - 1] !== CLOSING_BRACE) return null;
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

function textOf(bytes: Buffer): string {
  if (bytes.length <= MAX_RESULT_TEXT) return bytes.toString('latin1');
  return createHash('sha1').update(bytes).digest('base64');
}

// The place of the quote that ends the text which began before `from`; -1 where it has no end.
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
