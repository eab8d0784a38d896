import type { Call, CallStatus } from '../../../core/calls.ts';
import type { RecordProblem } from '../../../core/source-reasons.ts';
import type { SkipReason } from '../../../core/sources.ts';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { MAX_LINE_BYTES } from '../../limits.ts';
import { MAX_ERROR_TEXT } from '../../../core/reactor/detect/error-text.ts';
import { errorOf, httpStatusOf, idOf, nameOf, pidOf, textOf } from '../../wire/fields.ts';
import { answerOf, usageOf } from '../../wire/llm-call.ts';
import { createIds, createNames, cutTo, toNs, toNumber } from './cells.ts';
import type { Cell, Names, Row, Skip } from './cells.ts';
import { sumsOfCalls } from './sum-row.ts';
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
    sums: sumsOfCalls(names, ids),
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
