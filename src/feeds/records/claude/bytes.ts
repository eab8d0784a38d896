/** Reads names, texts and times from the bytes of a line as they stand. */
import type { Ms } from '../../../core/units.ts';
import { isoTimeAt } from '../values.ts';

export const [QUOTE, BACKSLASH, OPENING_BRACE, CLOSING_BRACE] = [34, 92, 123, 125];
const MAX_NAME = 128;
/** Bytes behind a quote that is escaped in which the next one is looked for by hand: they stand close to each other. */
const NEAR = 48;

/** The bytes of a text of ASCII. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Returns true if some bytes stand at a place. */
export function isAt(bytes: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false;
  return true;
}

/** Returns true if the bytes between two places are those of a text of ASCII. */
export function isText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) if (bytes[from + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** The place of the quote behind a name; -1 for one that is empty, long, escaped or not plain ASCII. */
export function endOfName(bytes: Uint8Array, from: number, to: number): number {
  const most = Math.min(to, from + MAX_NAME + 1);
  for (let at = from; at < most; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at === from ? -1 : at;
    if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) return -1;
  }
  return -1;
}

/** The place of the quote that ends the text which began before `from`; -1 where it has no end. */
export function endOfText(bytes: Buffer, from: number, to: number): number {
  let at = bytes.indexOf(QUOTE, from);
  while (at !== -1 && at < to) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
    const near = Math.min(to, at + NEAR);
    do at += 1;
    while (at < near && bytes[at] !== QUOTE);
    if (bytes[at] !== QUOTE) at = bytes.indexOf(QUOTE, at);
  }
  return -1;
}

/** Returns the number of times that a byte stands between two places. */
export function countOf(bytes: Buffer, byte: number, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte, from); at !== -1 && at < to; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}

/** The minute that was read last, `2026-11-30T20:43:`, and its start. */
const minute = { bytes: Buffer.alloc('2026-11-30T20:43:'.length), at: 0 };

/** The same as `isoTimeAt` of the text of some bytes. */
export function timeAt(bytes: Buffer, from: number): Ms | null {
  const [second, ms] = [digitsAt(bytes, from + 17, 2), digitsAt(bytes, from + 20, 3)];
  if (second < 0 || second > 59 || ms < 0 || bytes[from + 19] !== DOT || bytes[from + 23] !== UTC) return null;
  if (!isAt(bytes, minute.bytes, from)) {
    const at = isoTimeAt(bytes.toString('latin1', from, from + TIME_LENGTH), 0);
    if (at === null) return null;
    bytes.copy(minute.bytes, 0, from);
    minute.at = at - second * 1_000 - ms;
  }
  return minute.at + second * 1_000 + ms;
}

/** The length of a time as it is written. */
export const TIME_LENGTH = '2026-01-01T00:00:00.000Z'.length;
const [DOT, UTC, ZERO] = [46, 90, 48];

// -1 where there is anything but digits.
function digitsAt(bytes: Uint8Array, from: number, count: number): number {
  let number = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** The same as `idNumber` of the text of some bytes, which are ASCII. */
export function idNumberAt(bytes: Uint8Array, from: number, to: number): number {
  let low = 0x81_1c_9d_c5;
  let high = 0x9e_37_79_b9;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    low = Math.imul(low ^ byte, 0x01_00_01_93);
    high = Math.imul(high ^ byte, 0x85_eb_ca_6b);
    high = (high << 13) | (high >>> 19);
  }
  return ((high >>> 0) & 0x1f_ff_ff) * 0x1_00_00_00_00 + (low >>> 0);
}
