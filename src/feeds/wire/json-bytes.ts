/*
 * Where a JSON value ends among bytes, without making anything of it. Only what is written without spaces is taken, as agentsight
 * writes it, and a place that is not certain is -1: the whole is parsed then.
 */

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const COLON = 58;
const OPENING_BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;
const SPACE = 32;
const TILDE = 126;
const LETTER_U = 117;
/** Deeper values are left to the parser. */
const MAX_DEPTH = 64;
const HEX_DIGITS = 4;

const WORDS = ['true', 'false', 'null'] as const;
/** The characters that may follow a backslash, beside `u`. */
const ESCAPED: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

/** Returns the index behind the value that begins at `at`. */
export function endOfValue(bytes: Buffer, at: number, to: number, depth = 0): number {
  const first = bytes[at] ?? 0;
  if (first === QUOTE) return endOfText(bytes, at, to);
  if (first === OPENING_BRACE) return endOfMembers(bytes, at, to, CLOSING_BRACE, depth);
  if (first === OPENING_BRACKET) return endOfMembers(bytes, at, to, CLOSING_BRACKET, depth);
  if (first === MINUS || isDigit(first)) return endOfInteger(bytes, first === MINUS ? at + 1 : at);
  const word = WORDS.find((one) => startsWith(bytes, one, at));
  return word === undefined ? -1 : at + word.length;
}

function endOfMembers(bytes: Buffer, at: number, to: number, closing: number, depth: number): number {
  if (depth === MAX_DEPTH) return -1;
  let next = at + 1;
  if (bytes[next] === closing) return next + 1;
  for (;;) {
    if (closing === CLOSING_BRACE) next = behindKey(bytes, next, to);
    if (next !== -1) next = endOfValue(bytes, next, to, depth + 1);
    if (next === -1 || next >= to) return -1;
    const sign = bytes[next];
    if (sign === closing) return next + 1;
    if (sign !== COMMA) return -1;
    next += 1;
  }
}

function behindKey(bytes: Buffer, at: number, to: number): number {
  const end = bytes[at] === QUOTE ? endOfText(bytes, at, to) : -1;
  return end !== -1 && bytes[end] === COLON ? end + 1 : -1;
}

/** Returns the index behind the text whose quote stands at `at`. */
export function endOfText(bytes: Buffer, at: number, to: number): number {
  for (let next = at + 1; next < to; next += 1) {
    const byte = bytes[next] ?? 0;
    if (byte === QUOTE) return next + 1;
    if (byte < SPACE) return -1;
    if (byte !== BACKSLASH) continue;
    next += 1;
    const escaped = bytes[next] ?? 0;
    if (escaped === LETTER_U && areHex(bytes, next + 1)) next += HEX_DIGITS;
    else if (!ESCAPED.has(escaped)) return -1;
  }
  return -1;
}

/** Returns the index of the quote that ends a text of printable ASCII, at most `max` long, without quotes or backslashes. */
export function endOfPlain(bytes: Buffer, from: number, to: number, max: number): number {
  const most = Math.min(to, from + max + 1);
  for (let at = from; at < most; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte < SPACE || byte > TILDE || byte === BACKSLASH) return -1;
  }
  return -1;
}

/** Returns true where `part`, which is ASCII, stands at `at`. */
export function startsWith(bytes: Buffer, part: string, at: number): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part.charCodeAt(index)) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

/** Returns the index behind the digits that begin at `at`; -1 where none do, or more behind a zero. What follows is not looked at. */
export function endOfInteger(bytes: Buffer, at: number): number {
  let end = at;
  while (isDigit(bytes[end] ?? 0)) end += 1;
  return end === at || (bytes[at] === DIGIT_0 && end > at + 1) ? -1 : end;
}

function areHex(bytes: Buffer, at: number): boolean {
  for (let index = at; index < at + HEX_DIGITS; index += 1) {
    const byte = bytes[index] ?? 0;
    // Capital letters as small ones.
    const letter = byte | 0x20;
    if (!isDigit(byte) && (letter < 97 || letter > 102)) return false;
  }
  return true;
}
