/** Foreign JSON values → our values, beyond those of `wire/fields.ts`. A field of another type is unknown, never an error. */
import { crc32 } from 'node:zlib';
import { objectOf } from '../wire/fields.ts';
import type { Ms } from '../../core/units.ts';

/** An object whose fields are read one by one; each is as foreign as it was. */
export type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = {};
/** The latest time that is believed, ms: a clock that is further ahead is none (year 2200). */
const MAX_TIME_MS = 7_258_118_400_000;
/** Longest path that is kept; Linux has no longer one. */
const MAX_PATH_LENGTH = 4_096;
/** Characters of a text that is compared as it is; a longer one by its digest. */
const MAX_COMPARED = 512;
/** Nesting of arguments that is compared: deeper ones are cut, so that no text makes it slow. */
const MAX_DEPTH = 64;

/** Returns the fields of an object; those of anything else are none. */
export function fieldsOf(value: unknown): Fields {
  return (objectOf(value) as Fields | null) ?? NO_FIELDS;
}

/** A list, empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The day that was read last: `2026-11-30T`, and its start. */
let day = { text: '', at: 0 };

/** The time that stands in a text as programs write it, `2026-11-30T20:43:45.123Z`; null for anything else there. */
export function isoTimeAt(text: string, from: number): Ms | null {
  const [hour, minute, second] = [
    digitsAt(text, from + 11, 2),
    digitsAt(text, from + 14, 2),
    digitsAt(text, from + 17, 2),
  ];
  const ms = digitsAt(text, from + 20, 3);
  if (text.charCodeAt(from + 19) !== DOT || text.charCodeAt(from + 23) !== UTC) return null;
  if (text.charCodeAt(from + 13) !== COLON || text.charCodeAt(from + 16) !== COLON) return null;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) return null;
  const date = text.slice(from, from + DATE_LENGTH);
  if (date !== day.text) {
    const at = Date.parse(`${date}00:00:00.000Z`);
    if (!(at > 0 && at < MAX_TIME_MS - 86_400_000)) return null;
    day = { text: date, at };
  }
  return day.at + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms;
}

const [DOT, COLON, UTC] = [46, 58, 90];
/** A shorter piece of a text does not hold on to it. */
const DATE_LENGTH = '2026-11-30T'.length;

// -1 where there is anything but digits.
function digitsAt(text: string, from: number, count: number): number {
  let number = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** A time from ISO 8601 text, or from a number of milliseconds; null for anything else. */
export function timeOf(value: unknown): Ms | null {
  const at = typeof value === 'string' ? timeIn(value) : value;
  return typeof at === 'number' && at > 0 && at < MAX_TIME_MS ? Math.trunc(at) : null;
}

// `Date.parse` takes five times as long.
function timeIn(text: string): Ms {
  return (text.length === ISO_LENGTH ? isoTimeAt(text, 0) : null) ?? Date.parse(text);
}

const ISO_LENGTH = '2026-11-30T20:43:45.123Z'.length;

/** A time from a number of seconds; null for anything else. */
export function secondsOf(value: unknown): Ms | null {
  return typeof value === 'number' ? timeOf(value * 1_000) : null;
}

/** An absolute path as it was written, null for anything else: a claim, checked before it is used. */
export function absolutePathOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_PATH_LENGTH || value.includes('\0')) return null;
  return value.startsWith('/') || /^[A-Za-z]:[\\/]/u.test(value) ? value : null;
}

/** The text of a value with its keys in order, so that equal arguments are equal texts. */
export function canonicalText(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) return '…';
  if (Array.isArray(value)) return `[${value.map((one) => canonicalText(one, depth + 1)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = value as Fields;
  const keys = Object.keys(fields).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(fields[key], depth + 1)}`).join(',')}}`;
}

/** A digest of a text of any length, short enough to be kept: to tell whether two that follow each other are equal. */
export function digestOf(text: string): string {
  return text.length <= MAX_COMPARED ? text : `${text.length}:${crc32(text)}`;
}

/** A number that stands for an id, which may be a part of a text: two ids of one source have the same one with a chance of 2^-53. */
export function idNumber(id: string, from = 0, to = id.length): number {
  let low = 0x81_1c_9d_c5;
  let high = 0x9e_37_79_b9;
  for (let at = from; at < to; at += 1) {
    const unit = id.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01_00_01_93);
    high = Math.imul(high ^ unit, 0x85_eb_ca_6b);
    high = (high << 13) | (high >>> 19);
  }
  return ((high >>> 0) & 0x1f_ff_ff) * 0x1_00_00_00_00 + (low >>> 0);
}
