/** The searchable content of a row: all its text, and its values by filter field. */
export type SearchFields = { readonly text: string; readonly fields: Readonly<Partial<Record<Field, string>>> };

/** Fields of a filter: `agent:`, `model:` … match a part of the field, ignoring case. */
export const FIELDS = [
  'agent',
  'host',
  'workspace',
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

/** A value that a field is asked for, as it was typed. */
export type Asked = { readonly field: Field; readonly value: string };

/** A parsed filter, or its problem; with a problem `matches` accepts every row. */
export type Query = {
  readonly matches: (searchFields: SearchFields) => boolean;
  readonly problem: string | null;
  /** The values that fields are asked for, in the order in which they were typed; a regex is none. */
  readonly asked: readonly Asked[];
};

/** The values that fields can have, whether a row has one now or not. */
export type FieldValues = Readonly<Partial<Record<Field, readonly string[]>>>;

type Term = (searchFields: SearchFields) => boolean;

const EVERYTHING: Query = { matches: () => true, problem: null, asked: [] };
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
  const asked: Asked[] = [];
  for (const match of text.matchAll(TERM)) {
    const term = termOf(match);
    if (typeof term === 'string') return { ...EVERYTHING, problem: term };
    if (term !== null) terms.push(term);
    const one = askedOf(match);
    if (one !== null) asked.push(one);
  }
  return terms.length === 0
    ? EVERYTHING
    : { matches: (searchFields) => terms.every((term) => term(searchFields)), problem: null, asked };
}

function termOf([, not, name, regex, slash, quoted, word]: RegExpMatchArray): Term | string | null {
  const field = name === undefined ? null : fieldOf(name);
  if (name !== undefined && field === null) return unknownField(name);
  const test = regex === undefined ? textTest(quoted ?? begun(word ?? '')) : regexTest(regex, slash === '/');
  if (test === null || typeof test === 'string') return test;
  const ask: Term = (searchFields) => test(field === null ? searchFields.text : (searchFields.fields[field] ?? ''));
  return not === '!' ? (searchFields) => !ask(searchFields) : ask;
}

function askedOf([, , name, , , quoted, word]: RegExpMatchArray): Asked | null {
  const field = name === undefined ? null : fieldOf(name);
  const value = (quoted ?? word ?? '').toLowerCase();
  return field === null || value === '' ? null : { field, value };
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

/** Values that are listed at most: more have no room in a line. */
const MAX_LISTED = 24;

/** Finds in a filter a value that its field can not have: none of `values`, and of no row. A part of one is enough. */
export function unknownValue(
  { asked }: Query,
  rows: Iterable<SearchFields>,
  values: FieldValues,
): { readonly asked: Asked; readonly problem: string } | null {
  const open = asked.filter(
    ({ field, value }) => field !== 'id' && !(values[field] ?? []).some((one) => isIn(value, one)),
  );
  if (open.length === 0) return null;
  const seen = new Map<Field, Set<string>>();
  const missing = new Set(open);
  for (const { fields } of rows) {
    for (const one of missing) {
      const own = fields[one.field] ?? '';
      if (isIn(one.value, own)) missing.delete(one);
      else remember(seen, one.field, own);
    }
    if (missing.size === 0) return null;
  }
  const [first] = missing;
  if (first === undefined) return null;
  const { field, value } = first;
  const known = values[field] ?? [...(seen.get(field) ?? [])].toSorted();
  if (known.length === 0) return null;
  const more = known.length > MAX_LISTED ? `, +${known.length - MAX_LISTED}` : '';
  return { asked: first, problem: `unknown ${field} ${value} (${known.slice(0, MAX_LISTED).join(', ')}${more})` };
}

/** Values of rows that are kept to be listed, at most. */
const MAX_SEEN = 1_000;

// A row with several values of a field has them behind commas.
function remember(seen: Map<Field, Set<string>>, field: Field, values: string): void {
  const known = seen.get(field) ?? new Set();
  seen.set(field, known);
  for (const value of values.split(', ')) if (value !== '' && known.size < MAX_SEEN) known.add(value);
}

// `timed_out` is found as it is shown, too.
function isIn(wanted: string, value: string): boolean {
  return `${value} ${value.replaceAll('_', ' ')}`.toLowerCase().includes(wanted);
}

function unknownField(name: string): string {
  return `unknown field ${name} (${FIELDS.join(', ')}); quote it to search for the text`;
}
