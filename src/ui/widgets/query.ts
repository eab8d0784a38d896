import { SEVERITIES } from '../../core/interruptions.ts';
import { FATES } from '../../core/signals.ts';

/** The searchable content of a row: all its text, and its values by filter field. */
export type SearchFields = { readonly text: string; readonly fields: Readonly<Partial<Record<Field, string>>> };

/** Fields of a filter: `agent:`, `model:` … match a part of the field, ignoring case. */
export const FIELDS = [
  'agent',
  'model',
  'state',
  'severity',
  'fate',
  'type',
  'maker',
  'by',
  'cause',
  'signal',
  'source',
  'id',
] as const;
export type Field = (typeof FIELDS)[number];

/** A parsed filter, or its problem; with a problem `matches` accepts every row. */
export type Query = { readonly matches: (searchFields: SearchFields) => boolean; readonly problem: string | null };

type Term = (searchFields: SearchFields) => boolean;

const EVERYTHING: Query = { matches: () => true, problem: null };
/** A field with a value in quotes or without, a regex between slashes, a text in quotes, or a word; `!` before each negates it. */
const TERM = /(!?)(?:([a-z]+):)?(?:\/((?:[^/\\]|\\.)*)(\/?)|"([^"]*)"?|(\S+))/giu;

/**
 * Parses a filter: words that must all occur, `/a regex/`, `"two words"`, `!` before what must not occur, and
 * `field:value`.
 */
export function readQuery(text: string): Query {
  // What stands behind a question mark is searched in the messages, which no row holds.
  if (text.startsWith('?')) return EVERYTHING;
  const terms: Term[] = [];
  for (const match of text.matchAll(TERM)) {
    const term = termOf(match);
    if (typeof term === 'string') return { ...EVERYTHING, problem: term };
    if (term !== null) terms.push(term);
  }
  return terms.length === 0
    ? EVERYTHING
    : { matches: (searchFields) => terms.every((term) => term(searchFields)), problem: null };
}

function termOf([, not, name, regex, slash, quoted, word]: RegExpMatchArray): Term | string | null {
  const field = name === undefined ? null : fieldOf(name);
  if (name !== undefined && field === null) return unknownField(name);
  const unknown = field === null ? null : unknownValue(field, quoted ?? word ?? '');
  if (unknown !== null) return unknown;
  const test = regex === undefined ? textTest(quoted ?? begun(word ?? '')) : regexTest(regex, slash === '/');
  if (test === null || typeof test === 'string') return test;
  const ask: Term = (searchFields) => test(field === null ? searchFields.text : (searchFields.fields[field] ?? ''));
  return not === '!' ? (searchFields) => !ask(searchFields) : ask;
}

// A lone `!` or `agent:` is a term that is still being typed.
function begun(word: string): string {
  const isField = word.endsWith(':') && fieldOf(word.slice(0, -1)) !== null;
  return word === '!' || isField ? '' : word;
}

function textTest(wanted: string): ((text: string) => boolean) | null {
  const needle = wanted.toLowerCase();
  return needle === '' ? null : (text) => text.toLowerCase().includes(needle);
}

// While it is being typed it has no closing slash and may not be a valid regex yet.
function regexTest(source: string, isWhole: boolean): ((text: string) => boolean) | string | null {
  if (source === '') return null;
  try {
    const regex = new RegExp(source, 'i');
    return (text) => regex.test(text);
  } catch {
    return isWhole ? `invalid regex: /${source}/` : `incomplete regex: /${source}`;
  }
}

function fieldOf(name: string): Field | null {
  return FIELDS.find((field) => field === name.toLowerCase()) ?? null;
}

/** The values of fields that have a fixed set of them; a part of one is enough. */
const VALUES: Readonly<Partial<Record<Field, readonly string[]>>> = {
  severity: SEVERITIES,
  fate: ['waiting', ...FATES],
};

function unknownValue(field: Field, value: string): string | null {
  const known = VALUES[field];
  const wanted = value.toLowerCase();
  if (known === undefined || known.some((one) => `${one} ${one.replaceAll('_', ' ')}`.includes(wanted))) return null;
  return `unknown ${field} ${value} (${known.join(', ')})`;
}

function unknownField(name: string): string {
  return `unknown field ${name} (${FIELDS.join(', ')}); quote it to search for the text`;
}
