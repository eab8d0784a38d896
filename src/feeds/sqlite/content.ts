import { setTimeout as delay } from 'node:timers/promises';
import type { ContentAnswer } from '../../core/content.ts';
import type { ContentNote } from '../../core/source-reasons.ts';
import { MAX_NAME_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { MAX_CONTENT_BYTES } from '../limits.ts';
import { contentOf } from '../wire/content.ts';
import { fromEvent } from '../wire/content-line.ts';
import { idOf } from '../wire/fields.ts';
import { usageOf } from '../wire/llm-call.ts';
import { cutTo, toNs, toNumber, type Cell } from './rows/cells.ts';
import { failureOf, openDatabase, type Database } from './database.ts';
import { statDatabase } from './file-stat.ts';
import { columnsOf } from './schema.ts';

/** A writer holds the database for moments only; it is retried this often, with these pauses, ms. */
const TRIES = 10;
const PAUSE_MS = 30;
/** Bytes of a whole body that are read where there are no messages. */
const BODY_BYTES = 128 * 1024;

/**
 * Reads the content of the call of one row: one short read on a connection of its own. Rows that never completed have
 * no event; what their columns hold is shown. Never rejects.
 */
export async function readContent(file: string, record: string): Promise<ContentAnswer> {
  if (!/^\d{1,19}$/u.test(record))
    return { ok: false, reason: { code: 'no_row', record: cleanLine(record, MAX_NAME_LENGTH) } };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readOnce(file, BigInt(record));
    } catch (error) {
      const { kind, why } = failureOf(error);
      if (kind !== 'busy') return { ok: false, reason: { code: 'file_unreadable', path: file, why } };
      if (attempt === TRIES) return { ok: false, reason: { code: 'database_busy', file } };
      await delay(PAUSE_MS);
    }
  }
}

function readOnce(file: string, id: bigint): ContentAnswer {
  const fileStat = statDatabase(file);
  if (fileStat === null) return { ok: false, reason: { code: 'database_gone', file } };
  const db = openDatabase(file, fileStat);
  try {
    const names = [...COLUMNS, ...Object.keys(EVENT)];
    const row = db.prepare(`SELECT ${expressions(db).join(', ')} FROM genai_events WHERE id = ?`)(id)[0];
    if (row === undefined) return { ok: false, reason: { code: 'row_gone' } };
    return answerOf(new Map(names.map((name, index) => [name, row[index] ?? null])));
  } finally {
    db.close();
  }
}

const COLUMNS = [
  'call_id',
  'start_timestamp_ns',
  'end_timestamp_ns',
  'first_output_timestamp_ns',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'system_instructions',
  'input_messages',
  'output_messages',
  'status',
  'status_code',
  'finish_reasons',
  'max_tokens',
  'temperature',
  'top_p',
  'http_method',
  'http_path',
  'server_address',
  'sse_event_count',
  'call_kind',
  'pending_origin',
  'interruption_type',
] as const;

// Read by SQLite itself, so that the two whole bodies in the event never reach us.
const EVENT: Readonly<Record<string, string>> = {
  'event.request': "'$.LLMCall.request.messages'",
  'event.response': "'$.LLMCall.response.messages'",
  'event.tools': "'$.LLMCall.request.tools'",
  'event.error': "'$.LLMCall.error'",
  'event.metadata': "'$.LLMCall.metadata'",
  'event.requestBody': "'$.LLMCall.request.raw_body'",
  'event.responseBody': "'$.LLMCall.response.raw_body'",
};

function expressions(db: Database): readonly string[] {
  const present = columnsOf(db, 'genai_events');
  const readable = `octet_length(event_json) <= ${MAX_CONTENT_BYTES} AND json_valid(event_json)`;
  return [
    ...COLUMNS.map((name) => (present.has(name) ? bounded(name) : 'NULL')),
    ...Object.entries(EVENT).map(([name, path]) => {
      if (!present.has('event_json')) return 'NULL';
      const value = `json_extract(event_json, ${path})`;
      return `CASE WHEN ${readable} THEN ${name.endsWith('Body') ? cutTo(BODY_BYTES, value) : value} END`;
    }),
  ];
}

function bounded(column: string): string {
  const isText = column.endsWith('_messages') || column === 'system_instructions';
  return isText ? `CASE WHEN octet_length(${column}) <= ${MAX_CONTENT_BYTES} THEN ${column} END` : column;
}

type Row = ReadonlyMap<string, Cell>;

function answerOf(row: Row): ContentAnswer {
  const startNs = toNs(row.get('start_timestamp_ns'));
  if (startNs === null) return { ok: false, reason: { code: 'row_without_time' } };
  const endNs = toNs(row.get('end_timestamp_ns'));
  const number = (name: string): number | null => toNumber(row.get(name));
  const tokens = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens'].map(number);
  const usage = row.get('status') === 'pending' ? null : usageOf(tokens[0], tokens[1], tokens[2], tokens[3]);
  const facts = { callId: idOf(row.get('call_id')) ?? '', startNs, endNs, usage };
  const raw = fromEvent(facts, {
    request: {
      messages: json(row.get('event.request')),
      tools: json(row.get('event.tools')),
      raw_body: row.get('event.requestBody'),
    },
    response: { messages: json(row.get('event.response')), raw_body: row.get('event.responseBody') },
    metadata: json(row.get('event.metadata')),
    error: row.get('event.error'),
  });
  const hasEvent = raw.request !== null || raw.response !== null;
  return {
    ok: true,
    value: contentOf({
      ...raw,
      firstOutputNs: toNs(row.get('first_output_timestamp_ns')) ?? raw.firstOutputNs,
      system: json(row.get('system_instructions')),
      request: isEmpty(raw.request) ? json(row.get('input_messages')) : raw.request,
      response: isEmpty(raw.response) ? json(row.get('output_messages')) : raw.response,
      facts: [
        ...FACTS.map((name) => [name, row.get(name)] as const),
        ...raw.facts.filter(([name]) => !IN_COLUMNS.has(name)),
      ],
      notes: hasEvent ? [] : [whyNoEvent(row)],
    }),
  };
}

const FACTS = COLUMNS.slice(COLUMNS.indexOf('status'));
/** Facts whose value in the event is the same or older. */
const IN_COLUMNS: ReadonlySet<string> = new Set([
  'status_code',
  'method',
  'path',
  'server.address',
  'sse_event_count',
  'call_kind',
]);

function whyNoEvent(row: Row): ContentNote {
  if (row.get('status') === 'pending') return { code: 'call_pending' };
  if (row.get('status') === 'interrupted') return { code: 'call_interrupted' };
  return { code: 'event_too_large', maxBytes: MAX_CONTENT_BYTES };
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}

// Text that is no JSON is shown as it is.
function json(cell: Cell | undefined): unknown {
  if (typeof cell !== 'string') return null;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}
