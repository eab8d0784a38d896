/** Finding a text in records as they stand, before they are parsed; upper and lower case alike. */
import { cleanLine } from '../core/text.ts';

/** Characters of an excerpt, and those before the match. */
const MAX_EXCERPT = 160;
const BEFORE = 40;

/** Returns a text as it stands inside a JSON string. */
export function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Returns one clean line around the first match of a text in another; null if there is none. */
export function excerptOf(text: string, wanted: string): string | null {
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at === -1) return null;
  const from = Math.max(0, at - BEFORE);
  const line = cleanLine(text.slice(from, from + 2 * MAX_EXCERPT), MAX_EXCERPT);
  return from > 0 ? `…${line}` : line;
}

/** The same for a text inside JSON: of the string that it stands in, its escapes undone. */
export function excerptOfJson(json: string, wanted: string): string | null {
  const needle = inJson(wanted);
  const at = json.toLowerCase().indexOf(needle.toLowerCase());
  if (at === -1) return null;
  const head = json.slice(Math.max(0, at - MAX_EXCERPT), at);
  const begins = [...head.matchAll(QUOTE)].at(-1)?.index;
  const tail = json.slice(at + needle.length, at + needle.length + MAX_EXCERPT);
  const ends = tail.search(QUOTE_AT);
  const quotedText = json.slice(
    at - head.length + (begins ?? -1) + 1,
    at + needle.length + (ends === -1 ? tail.length : ends),
  );
  const text = quotedText.replaceAll(/\\+[nrt]/gu, ' ').replaceAll(/\\+"/gu, '"');
  return excerptOf(text, wanted) ?? cleanLine(text, MAX_EXCERPT);
}

/** A quote that ends or begins a string: one without a backslash before it. */
const QUOTE = /(?<!\\)"/gu;
const QUOTE_AT = /(?<!\\)"/u;

/** Makes a test of bytes that may hold a text inside JSON: false only where they don't. */
export function mayHold(text: string): (bytes: Buffer) => boolean {
  const wanted = inJson(text).toLowerCase();
  // Without letters there is one way to write it, which is searched in the bytes.
  if (wanted === inJson(text).toUpperCase()) return (bytes) => bytes.includes(wanted);
  return (bytes) => bytes.toString('utf8').toLowerCase().includes(wanted);
}
