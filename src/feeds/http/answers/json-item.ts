import { objectOf } from '../../wire/fields.ts';

/**
 * Parses one object of an answer; null for what is none. Its times stay the digits that stand in its text, because a
 * number cannot hold them.
 */
export function jsonItem(text: string): object | null {
  try {
    return objectOf(JSON.parse(text, exactTimes));
  } catch {
    return null;
  }
}

// The third argument, the number as it stands in the text, is there since Node 21.
function exactTimes(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && key.endsWith('_ns') ? (context?.source ?? value) : value;
}

/** A foreign id as it is needed to ask for it; null for what is none, and for one that is too long to be real. */
export function rawId(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= MAX_RAW_ID ? value.toWellFormed() : null;
}

const MAX_RAW_ID = 1_024;
