/**
 * The ends of answers, behind their content: counts, and what names the row. One of a form that was parsed before is read
 * without parsing: its bytes are the same but for its numbers and the id of its request.
 */
import { isRecord } from '../../../core/record.ts';
import { type Fields, fieldsOf } from '../values.ts';
import { BACKSLASH, QUOTE } from './bytes.ts';

export type AnswerTail = {
  readonly type: unknown;
  readonly stopReason: unknown;
  /** The fields that are counted. */
  readonly usage: unknown;
  readonly requestId: unknown;
};

/** Where the id and the time of the row stand within its end: they are read apart. */
type Gap = { readonly from: number; readonly end: number };

/** The bytes of an end, with `NUMBER` and `NAME` in place of what differs. */
type Form = {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly tail: AnswerTail;
  readonly counts: Five<Count>;
  readonly isNamed: boolean;
};
type Five<T> = readonly [input: T, output: T, read: T, created: T, long: T];
/** Index of its number, -1 for a value that is the same in all of the form. */
type Count = { readonly index: number; readonly value: unknown };

/** Forms that are remembered over all files: a few of each version of the program. */
const MAX_FORMS = 24;
/** Forms that one file may make: the ends of a strange one may be of ever new forms. */
const MAX_MADE = 32;
/** Digits of a number that is exact. */
const MAX_DIGITS = 15;

const NOT_PLAIN = /[\\\u0080-\u00ff]/u;
/** The keys that are read of a row, which must stand where they are looked for. */
const READ = ['cwd', 'isSidechain', 'uuid', 'timestamp', 'isApiErrorMessage'] as const;
const READ_OF_MESSAGE = ['model', 'id', 'content'] as const;

// Bytes that stand in no JSON that is plain.
const [NUMBER, NAME] = [1, 2];
const [ZERO, NINE] = [48, 57];
/** A string and whether it is a key, a number, or any other character. */
const TOKENS = /"(?<text>[^"]*)"(?<colon>:?)|(?<=:)(?<digits>0|[1-9]\d{0,14})(?=[,}])|[^"]/gu;

const forms: Form[] = [];
/** What differs in the end that was looked at last. */
const found: { readonly numbers: number[]; count: number; nameFrom: number; nameEnd: number } = {
  numbers: [],
  count: 0,
  nameFrom: 0,
  nameEnd: 0,
};

/** Makes the reader of the ends of one file's answers; null where one has to be parsed with its row. */
export function answerTails(): (bytes: Buffer, from: number, named: Gap, to: number) => AnswerTail | null {
  let made = 0;
  return (bytes, from, named, to) => {
    for (const form of forms) {
      found.count = 0;
      if (!isOfForm(form.before, bytes, from, named.from)) continue;
      if (!isOfForm(form.after, bytes, named.end, to)) continue;
      return tailOf(form, bytes);
    }
    const before = bytes.toString('latin1', from, named.from);
    const after = bytes.toString('latin1', named.end, to);
    const tail = parsedTail(before, after);
    if (tail !== null && made < MAX_MADE) {
      made += 1;
      const form = formOf(before, after, tail);
      if (form !== null) forms.unshift(form);
      if (forms.length > MAX_FORMS) forms.pop();
    }
    return tail;
  };
}

function isOfForm(form: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  for (let index = 0; index < form.length; index += 1) {
    const sign = form[index] ?? 0;
    if (sign > NAME) {
      if (bytes[at] !== sign) return false;
      at += 1;
    } else if (sign === NUMBER) {
      const first = at;
      let number = 0;
      for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) {
        number = number * 10 + byte - ZERO;
        at += 1;
      }
      const digits = at - first;
      if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[first] === ZERO)) return false;
      found.numbers[found.count] = number;
      found.count += 1;
    } else {
      found.nameFrom = at;
      for (let byte = bytes[at] ?? 0; byte !== QUOTE; byte = bytes[at] ?? 0) {
        if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH || at >= end) return false;
        at += 1;
      }
      found.nameEnd = at;
    }
  }
  return at === end;
}

function tailOf({ tail, counts, isNamed }: Form, bytes: Buffer): AnswerTail {
  const { numbers, nameFrom, nameEnd } = found;
  const [input, output, read, created, long] = counts;
  const usage = usageOf(
    valueOf(input, numbers),
    valueOf(output, numbers),
    valueOf(read, numbers),
    valueOf(created, numbers),
    valueOf(long, numbers),
  );
  const requestId = isNamed ? bytes.toString('latin1', nameFrom, nameEnd) : tail.requestId;
  return { type: tail.type, stopReason: tail.stopReason, usage, requestId };
}

function valueOf({ index, value }: Count, numbers: readonly number[]): unknown {
  return index === -1 ? value : numbers[index];
}

function usageOf(input: unknown, output: unknown, read: unknown, created: unknown, long: unknown): Fields {
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: created,
    cache_creation: { ephemeral_1h_input_tokens: long },
  };
}

// ---------------------------------------------------------------- parsing

// Each of the two ends parses with the braces that are open before it alone, so that id and time stood between fields of the row.
function parsedTail(before: string, after: string): AnswerTail | null {
  // A key may be written with escapes, and a second message may follow.
  if (NOT_PLAIN.test(before) || NOT_PLAIN.test(after) || before.includes('"message":')) return null;
  const row = parsed(`{"message":{${before}}`);
  const rest = after === '}' ? {} : parsed(`{"":0${after}`);
  if (row === null || rest === null || READ.some((key) => key in row || key in rest)) return null;
  if ('message' in rest || 'type' in rest) return null;
  const { message, type } = row;
  if (typeof message !== 'object' || message === null || READ_OF_MESSAGE.some((key) => key in message)) return null;
  const requestId = 'requestId' in rest ? rest['requestId'] : row['requestId'];
  const { stop_reason: stopReason, usage } = message as Fields;
  return { type, stopReason, usage: isRecord(usage) ? usageOf(...countsOf(usage)) : usage, requestId };
}

function countsOf(usage: object): Five<unknown> {
  const { cache_creation: kept, ...of } = usage as Fields;
  return [
    of['input_tokens'],
    of['output_tokens'],
    of['cache_read_input_tokens'],
    of['cache_creation_input_tokens'],
    fieldsOf(kept)['ephemeral_1h_input_tokens'],
  ];
}

/** Null for JSON that is none, as a second record in a line or a torn end. */
export function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

// Null for one with other numbers than whole ones in fields, or whose other facts are numbers.
function formOf(before: string, after: string, tail: AnswerTail): Form | null {
  if (!isText(tail.type) || !isText(tail.stopReason)) return null;
  const { requestId } = tail;
  const isNamed =
    typeof requestId === 'string' && requestId !== '' && `${before}${after}`.split('"requestId":').length === 2;
  const holes: Holes = { numbers: 0, requestId: isNamed ? requestId : null };
  const [one, other] = [withHoles(before, holes), withHoles(after, holes)];
  // With the index of each number in its place.
  const usage = one && other ? parsedTail(one.indexed, other.indexed)?.usage : null;
  if (!one || !other || !isRecord(usage)) return null;
  const [input, output, read, created, long] = countsOf(usage);
  const counts = [countAt(input), countAt(output), countAt(read), countAt(created), countAt(long)] as const;
  return { before: one.bytes, after: other.bytes, tail, counts, isNamed };
}

function countAt(value: unknown): Count {
  return typeof value === 'number' ? { index: value, value: null } : { index: -1, value };
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

type Holes = { numbers: number; readonly requestId: string | null };

function withHoles(text: string, holes: Holes): { readonly bytes: Uint8Array; readonly indexed: string } | null {
  let [form, indexed, key] = ['', '', ''];
  for (const { 0: token, groups } of text.matchAll(TOKENS)) {
    const { text: inside, colon, digits } = groups ?? {};
    const isName = holes.requestId !== null && key === 'requestId' && inside === holes.requestId;
    if (digits !== undefined) {
      form += String.fromCharCode(NUMBER);
      indexed += String(holes.numbers);
      holes.numbers += 1;
    } else if (inside === undefined && /\d/u.test(token)) return null;
    else {
      form += isName ? `"${String.fromCharCode(NAME)}"` : token;
      indexed += token;
    }
    key = colon === ':' ? (inside ?? '') : '';
  }
  return { bytes: Buffer.from(form, 'latin1'), indexed };
}
