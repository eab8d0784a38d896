import { isRecord } from '../../core/record.ts';
import { cleanLine } from '../../core/text.ts';
import type { Ns } from '../../core/units.ts';
import { errorExcerpt, MAX_ERROR_TEXT } from '../../core/reactor/detect/error-text.ts';
import { MAX_ID_LENGTH, MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from '../../core/limits.ts';

/*
 * Foreign values → our values. A field of the wrong type or out of range is unknown (null), never an exception: one
 * odd field must not cost the whole record.
 */

// Columns and JSON hold larger numbers than agentsight's own 32 bits; beyond 2^53 a number is no longer exact, which
// would spoil every sum that it enters.
const MAX_COUNT = Number.MAX_SAFE_INTEGER;
const MAX_HTTP_STATUS = 0xffff;
const MAX_NS = 0xffff_ffff_ffff_ffffn;
const MAX_PID = 0x7fff_ffff;

/** An id as one clean line, null when there is none. */
export function idOf(value: unknown): string | null {
  return lineOf(value, MAX_ID_LENGTH);
}

/** A name (agent, model, tool …) as one clean line, null when there is none. */
export function nameOf(value: unknown): string | null {
  return lineOf(value, MAX_NAME_LENGTH);
}

/** Free text (an error, a question) as one clean, bounded line, null when there is none. */
export function textOf(value: unknown): string | null {
  return lineOf(value, MAX_TEXT_LENGTH);
}

/** The error of a call as one clean line, bounded without losing the deciding text, null when there is none. */
export function errorOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return textOf(value);
  const line = cleanLine(value.slice(0, MAX_ERROR_TEXT), MAX_ERROR_TEXT);
  return line === '' ? null : errorExcerpt(line, MAX_TEXT_LENGTH);
}

/** A count from a number or a decimal string, null when it is neither or not exact (above 2^53 - 1). */
export function countOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,16}$/u.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return null;
  return number >= 0 && number <= MAX_COUNT ? number : null;
}

/** A process id, null when it cannot be one. */
export function pidOf(value: unknown): number | null {
  const pid = countOf(value);
  return pid !== null && pid > 0 && pid <= MAX_PID ? pid : null;
}

/** An HTTP status; agentsight writes 0 for a call that never got an answer, which is none. */
export function httpStatusOf(value: unknown): number | null {
  const status = countOf(value);
  return status !== null && status > 0 && status <= MAX_HTTP_STATUS ? status : null;
}

/** Nanoseconds from decimal digits (exact) or from a number (as exact as the number is), null when out of range. */
export function nsOf(value: unknown): Ns | null {
  if (typeof value === 'string') return /^\d{1,20}$/u.test(value) ? inRange(BigInt(value)) : null;
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? inRange(BigInt(value)) : null;
  return null;
}

/** An object whose members can be read, null for anything else; what it holds is as foreign as it was. */
export function objectOf(value: unknown): object | null {
  return isRecord(value) ? value : null;
}

function inRange(ns: bigint): Ns | null {
  return ns <= MAX_NS ? ns : null;
}

function lineOf(value: unknown, max: number): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const line = cleanLine(value, max);
  if (line === '') return null;
  return value.length > max ? detached(line) : line;
}

// A cut string keeps the string that it was cut from alive (a body of megabytes); a copy does not.
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
