import type { Call, CallStatus } from '../../../core/calls.ts';
import type { PastRow } from '../../../core/past/past.ts';
import type { RecordProblem } from '../../../core/source-reasons.ts';
import type { SkipReason } from '../../../core/sources.ts';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { MAX_LINE_BYTES } from '../../limits.ts';
import { MAX_ERROR_TEXT } from '../../../core/reactor/detect/error-text.ts';
import { errorOf, httpStatusOf, idOf, nameOf, pidOf, textOf } from '../../wire/fields.ts';
import { answerOf, usageOf } from '../../wire/llm-call.ts';
import { createIds, createNames, cutTo, toNs, toNumber } from './cells.ts';
import type { Cell, Names, Row, Skip } from './cells.ts';
import type { Has, Table } from './table.ts';

/** The table `genai_events` of agentsight, v0.5 to newest. */
export function callTable(file: string): Table {
  const names = createNames();
  const ids = createIds();
  return {
    file,
    table: 'genai_events',
    columns: COLUMNS,
    usual: { event_type: 'llm_call', status: 'complete', call_kind: 'main' },
    required: ['id', 'status', 'start_timestamp_ns', 'end_timestamp_ns'],
    computed: (has) => [queryText(has), errorText(has)],
    detail: answerText,
    compared: COMPARED,
    unfinished: "status <> 'complete'",
    time: 'coalesce(end_timestamp_ns, start_timestamp_ns)',
    anchor: 'start_timestamp_ns',
    state: (row) => toStatus(row[2]),
    finished: 'complete',
    sums: { columns: sumColumns, read: (row) => toPastRow(row, names, ids) },
    read: (row, arrival) => {
      const call = toCall(row, names, ids);
      return 'skip' in call ? call : { type: 'call', record: String(row[0]), arrival, call };
    },
  };
}

const COLUMNS = [
  'id',
  'event_type',
  'status',
  'call_id',
  'conversation_id',
  'session_id',
  'start_timestamp_ns',
  'end_timestamp_ns',
  'pid',
  'process_name',
  'agent_name',
  'provider',
  'model',
  'call_kind',
  'status_code',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'finish_reasons',
  'interruption_type',
] as const;

const COMPARED = [
  'status',
  'call_id',
  'conversation_id',
  'session_id',
  'end_timestamp_ns',
  'agent_name',
  'model',
  'status_code',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'interruption_type',
];

/** Bytes read of a text: as many characters as are kept, of four bytes at most. */
const MAX_TEXT_BYTES = 4 * MAX_TEXT_LENGTH;
/** An answer larger than this is not searched for the tools that it called. */
const MAX_ANSWER_BYTES = 256 * 1024;

function queryText(has: Has): string {
  return has('user_query') ? cutTo(MAX_TEXT_BYTES, 'user_query') : 'NULL';
}

// There is no column for the error: only a failed row's whole event has it, and only SQLite reads that.
function errorText(has: Has): string {
  if (!has('event_json')) return 'NULL';
  const failed = has('status_code') ? "status <> 'pending' AND coalesce(status_code, 0) NOT BETWEEN 1 AND 399" : '1';
  const readable = `octet_length(event_json) <= ${MAX_LINE_BYTES} AND json_valid(event_json)`;
  const error = cutTo(MAX_ERROR_TEXT, "json_extract(event_json, '$.LLMCall.error')");
  return `CASE WHEN ${failed} THEN CASE WHEN ${readable} THEN ${error} END END`;
}

// Only an answer that called tools is read, to learn their names.
function answerText(has: Has): string {
  if (!has('output_messages') || !has('finish_reasons')) return 'NULL';
  const wanted = `finish_reasons LIKE '%tool%' AND octet_length(output_messages) <= ${MAX_ANSWER_BYTES}`;
  return `CASE WHEN ${wanted} THEN output_messages END`;
}

/*
 * Most of a long history is counted and not kept. Its rows are read as numbers, without the texts that nothing counts, for
 * a third of what a whole row costs; the first column of which says whether a row is such a one.
 */
function sumColumns(has: Has): string | null {
  if (!SUMMED.every((column) => has(column))) return null;
  const kind = has('call_kind') ? "coalesce(call_kind, 'main') = 'main'" : '1';
  const event = has('event_type') ? "coalesce(event_type, 'llm_call') = 'llm_call'" : '1';
  const isPlain = `status = 'complete' AND status_code BETWEEN 1 AND 399 AND ${kind} AND ${event} AND ${INTEGERS}`;
  const agent = has('process_name') ? "coalesce(nullif(agent_name, ''), process_name)" : 'agent_name';
  return `id, conversation_id, ${agent}, pid, model, CASE provider WHEN 'anthropic' THEN 1 WHEN 'openai' THEN 0 ELSE provider END, start_timestamp_ns / 1000000, start_timestamp_ns % 1000000, end_timestamp_ns / 1000000, end_timestamp_ns % 1000000, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, ${isPlain}`;
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
const INTEGERS = "typeof(start_timestamp_ns) = 'integer' AND typeof(end_timestamp_ns) = 'integer'";
const PLAIN = 14;

// The row itself with its texts cleaned: another array for each would cost a tenth of all.
function toPastRow(row: Row, names: Names, ids: Names): PastRow | null {
  const cells = row as (Cell | boolean | undefined)[];
  if (row[PLAIN] !== 1) return null;
  const agent = names(row[2]);
  const pid = row[3] ?? null;
  if (agent === null || (pid !== null && pidOf(pid) === null) || !areTimes(row) || !areCounts(row)) return null;
  if (!isTextOrNull(row[1]) || !isTextOrNull(row[4])) return null;
  cells[1] = ids(row[1]);
  cells[2] = agent;
  cells[4] = names(row[4]);
  const provider = providerOf(row[5], names);
  cells[5] = provider === 'anthropic';
  cells[PLAIN] = provider;
  return cells as unknown as PastRow;
}

function providerOf(cell: Cell | undefined, names: Names): string | null {
  if (typeof cell === 'number') return cell === 1 ? 'anthropic' : 'openai';
  return names(cell)?.toLowerCase() ?? null;
}

function isTextOrNull(cell: Cell | undefined): boolean {
  return cell === null || typeof cell === 'string';
}

function areTimes(row: Row): boolean {
  return typeof row[6] === 'number' && typeof row[8] === 'number' && Number(row[7]) >= 0 && Number(row[9]) >= 0;
}

function areCounts(row: Row): boolean {
  for (let at = 10; at < PLAIN; at += 1) {
    const cell = row[at];
    if (cell !== null && (typeof cell !== 'number' || !Number.isInteger(cell) || cell < 0)) return false;
  }
  return true;
}

function toCall(row: Row, names: Names, ids: Names): Call | Skip {
  const startNs = toNs(row[6]);
  if (row[1] !== null) return skipped(row, 'unsupported', { code: 'event_type', event: nameOf(row[1]) });
  if (startNs === null) return skipped(row, 'malformed', { code: 'no_time', column: 'start_timestamp_ns' });
  const status = toStatus(row[2]);
  const processName = names(row[9]);
  return {
    callId: idOf(row[3]) ?? `row:${String(row[0])}`,
    startNs,
    endNs: toNs(row[7]),
    status,
    conversationId: ids(row[4]),
    sessionId: ids(row[5]),
    agent: names(row[10]) ?? processName ?? 'unknown',
    processName,
    pid: pidOf(toNumber(row[8])),
    provider: names(row[11])?.toLowerCase() ?? null,
    model: names(row[12]),
    kind: names(row[13]) ?? 'main',
    statusCode: httpStatusOf(toNumber(row[14])),
    error: errorOf(row[22]),
    usage: status === 'pending' ? null : toUsage(row),
    finishReason: toFinishReason(row[19], names),
    tools: toTools(row[23]),
    userQuery: textOf(row[21]),
    interruptionType: names(row[20]),
  };
}

function skipped(row: Row, skip: SkipReason, why: RecordProblem): Skip {
  return { skip, detail: { code: 'call_row', row: String(row[0]), why } };
}

// A status that we don't know is a newer name for a row that is not in flight.
function toStatus(cell: Cell | undefined): CallStatus {
  return cell === 'pending' || cell === 'interrupted' ? cell : 'complete';
}

function toUsage(row: Row): Call['usage'] {
  return usageOf(toNumber(row[15]), toNumber(row[16]), toNumber(row[17]), toNumber(row[18]));
}

const ONE_REASON = /^\["([\w -]*)"\]$/u;

function toFinishReason(cell: Cell | undefined, names: Names): string | null {
  if (typeof cell !== 'string') return null;
  const one = ONE_REASON.exec(cell)?.[1];
  if (one !== undefined) return names(one);
  const first: unknown = toList(cell)[0];
  return typeof first === 'string' ? names(first) : names(cell);
}

const NO_TOOLS: readonly string[] = [];

function toTools(cell: Cell | undefined): readonly string[] {
  return typeof cell === 'string' ? answerOf(toList(cell)).tools : NO_TOOLS;
}

function toList(json: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
