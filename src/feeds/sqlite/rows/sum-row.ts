/** Old calls as numbers, for what is only counted: the columns to read, and how they are packed for another thread. */
import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../../../core/limits.ts';
import type { PastRow } from '../../../core/past/past.ts';
import { NS_PER_MS } from '../../../core/units.ts';
import { MAX_INTERNED } from '../../limits.ts';
import { pidOf } from '../../wire/fields.ts';
import type { Cell, Names, Row } from './cells.ts';
import type { Has, PackedRows, SumsOf } from './table.ts';

/** Makes the reader of calls that are only counted. */
export function sumsOfCalls(names: Names, ids: Names): SumsOf {
  const owners = createOwners(names, ids);
  return {
    columns: sumColumns,
    read: (row) => {
      const text = isPlain(row) ? row[OWNER_AT] : undefined;
      const owner = typeof text === 'string' ? owners(text) : null;
      return owner === null ? Number(row[0]) : pastRow(row, 0, owner);
    },
    unpack: ({ numbers, texts }) => unpacked(numbers, texts.map(owners)),
  };
}

/*
 * Most of a long history is counted and not kept. Its rows are read as numbers, without the texts that nothing counts, for
 * less than half of what a whole row costs. Whose call it was comes as one text, which repeats in most rows; a row without it
 * is no such one.
 */
function sumColumns(has: Has): string | null {
  if (!SUMMED.every((column) => has(column))) return null;
  const texts = OWNER.map((column) => (has(column) ? column : 'NULL'));
  const kind = has('call_kind') ? "coalesce(call_kind, 'main') = 'main'" : '1';
  const event = has('event_type') ? "coalesce(event_type, 'llm_call') = 'llm_call'" : '1';
  // Every number is less than any text, and every text less than any blob.
  const times = "end_timestamp_ns < '' AND start_timestamp_ns < ''";
  const isCounted = `status = 'complete' AND status_code BETWEEN 1 AND 399 AND ${kind} AND ${event} AND ${times}`;
  const isOdd = texts.map((text) => `${text} >= x''`).join(' OR ');
  const owner = `CASE WHEN ${isOdd} THEN NULL WHEN ${isCounted} THEN concat(${texts.join(`, '${SEPARATOR}', `)}) END`;
  return `id, ${owner}, end_timestamp_ns - start_timestamp_ns, end_timestamp_ns / 1000000, end_timestamp_ns % 1000000, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens`;
}

const SUMMED = [
  'conversation_id',
  'agent_name',
  'pid',
  'model',
  'provider',
  'status_code',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
] as const;

/** The columns that tell whose call it was. */
const OWNER = ['conversation_id', 'agent_name', 'process_name', 'pid', 'model', 'provider'] as const;
/** Stands between them; a text that has one more is cut otherwise, and read on its own. */
const SEPARATOR = '\u001F';

type Owner = {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly pid: number | null;
  readonly model: string | null;
  readonly provider: string | null;
};

/** Reads such texts; null where the row must be read on its own. */
type Owners = (text: string) => Owner | null;

function createOwners(names: Names, ids: Names): Owners {
  const known = new Map<string, Owner | null>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (text.length > MAX_OWNER) return null;
    if (known.size >= MAX_INTERNED) known.clear();
    const owner = ownerOf(text, names, ids);
    known.set(text, owner);
    return owner;
  };
}

const MAX_OWNER = MAX_ID_LENGTH + 4 * MAX_NAME_LENGTH;

function ownerOf(text: string, names: Names, ids: Names): Owner | null {
  const texts = text.split(SEPARATOR);
  const [conversation = '', agentName = '', process = '', pidText = '', model = '', provider = ''] = texts;
  const agent = names(agentName) ?? names(process);
  const pid = pidOf(pidText);
  if (texts.length !== OWNER.length || agent === null || (pid === null && pidText !== '')) return null;
  const conversationId = ids(conversation);
  return { conversationId, agent, pid, model: names(model), provider: names(provider)?.toLowerCase() ?? null };
}

/** Fields of a row; the second one is whose call it was. */
const FIELDS = 9;
const OWNER_AT = 1;

function isPlain(row: Row): boolean {
  if (typeof row[OWNER_AT] !== 'string' || !isWhole(row[2]) || !isCount(row[3]) || !isCount(row[4])) return false;
  if (row[2] > row[3] * NS_PER_MS) return false;
  return isCountOrNull(row[5]) && isCountOrNull(row[6]) && isCountOrNull(row[7]) && isCountOrNull(row[8]);
}

// Of numbers, `at` the first of the row; null and NaN stand for none. By index, as to destructure an array costs an iterator,
// and there are millions.
function pastRow(fields: Row | Float64Array, at: number, owner: Owner): PastRow {
  const endMs = Number(fields[at + 3]);
  const endRest = Number(fields[at + 4]);
  const startFrom = endRest - Number(fields[at + 2]);
  const startRest = ((startFrom % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  return [
    Number(fields[at]),
    owner.conversationId,
    owner.agent,
    owner.pid,
    owner.model,
    owner.provider === 'anthropic',
    endMs + (startFrom - startRest) / NS_PER_MS,
    startRest,
    endMs,
    endRest,
    countAt(fields, at + 5),
    countAt(fields, at + 6),
    countAt(fields, at + 7),
    countAt(fields, at + 8),
    owner.provider,
  ];
}

function countAt(fields: Row | Float64Array, at: number): number | null {
  const count = fields[at];
  return typeof count === 'number' && count >= 0 ? count : null;
}

/** Packs up to `most` rows as they were read, some at a time. */
export function createPacker(most: number): {
  readonly add: (rows: readonly Row[]) => void;
  readonly packed: () => PackedRows;
} {
  const numbers = new Float64Array(most * FIELDS);
  const texts: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, texts.length);
    return texts.push(text) - 1;
  };
  let at = 0;
  const add = (row: Row): void => {
    const text = isPlain(row) ? row[OWNER_AT] : undefined;
    numbers[at] = Number(row[0]);
    numbers[at + OWNER_AT] = typeof text === 'string' ? placeOf(text) : Number.NaN;
    for (let field = OWNER_AT + 1; field < FIELDS; field += 1) {
      const cell = row[field];
      numbers[at + field] = typeof cell === 'number' ? cell : Number.NaN;
    }
    at += FIELDS;
  };
  return {
    add: (rows) => {
      for (const row of rows) add(row);
    },
    packed: () => ({ numbers: numbers.slice(0, at), texts }),
  };
}

function unpacked(numbers: Float64Array, owners: readonly (Owner | null)[]): readonly (PastRow | number)[] {
  const rows: (PastRow | number)[] = [];
  for (let at = 0; at < numbers.length; at += FIELDS) {
    const owner = owners[numbers[at + OWNER_AT] ?? -1] ?? null;
    rows.push(owner === null ? (numbers[at] ?? 0) : pastRow(numbers, at, owner));
  }
  return rows;
}

function isWhole(cell: Cell | undefined): cell is number {
  return typeof cell === 'number' && Number.isInteger(cell);
}

function isCount(cell: Cell | undefined): cell is number {
  return isWhole(cell) && cell >= 0;
}

function isCountOrNull(cell: Cell | undefined): cell is number | null {
  return cell === null || isCount(cell);
}
