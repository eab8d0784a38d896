import type { Call, CallStatus } from '../../../core/calls.ts';
import type { RecordProblem } from '../../../core/source-reasons.ts';
import { MAX_LINE_BYTES } from '../../limits.ts';
import { decodeLine, problemOf } from '../../wire/decode-line.ts';
import { idOf, nameOf, nsOf, pidOf, textOf } from '../../wire/fields.ts';
import { usageOf } from '../../wire/llm-call.ts';
import { jsonItem, rawId } from './json-item.ts';

/** One row of a detail answer: enough to know whether it is news. */
export type DetailRow = {
  /** The row's id, which is the one that it has in the database. */
  readonly id: number;
  readonly status: CallStatus;
  /** Differs when anything about the row has changed. */
  readonly fingerprint: string;
  readonly wire: WireDetail;
};

/** A row made a call, and why its event could not be read (null: it could, or there is none). */
export type DetailCall = { readonly call: Call; readonly problem: RecordProblem | null };

type WireDetail = {
  readonly id?: unknown;
  readonly call_id?: unknown;
  readonly start_timestamp_ns?: unknown;
  readonly end_timestamp_ns?: unknown;
  readonly model?: unknown;
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly cache_read_tokens?: unknown;
  readonly agent_name?: unknown;
  readonly process_name?: unknown;
  readonly pid?: unknown;
  readonly user_query?: unknown;
  readonly event_json?: unknown;
  readonly conversation_id?: unknown;
  readonly status?: unknown;
  readonly interruption_type?: unknown;
};

/** Reads one item of `/api/conversations/{id}` or `/api/traces/{id}`; null for what is none. */
export function detailRow(text: string): DetailRow | null {
  const wire: WireDetail | null = jsonItem(text);
  const id = wire?.id;
  if (wire === null || typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return null;
  if (nsOf(wire.start_timestamp_ns) === null) return null;
  const status = toStatus(wire.status);
  return { id, status, fingerprint: fingerprintOf(wire, status), wire };
}

/** The conversation that a row belongs to, as it is asked for. */
export function conversationOf({ wire }: DetailRow): string | null {
  return rawId(wire.conversation_id);
}

/**
 * The row as a call. The columns hold what was corrected later; all that has no column (provider, status code, error,
 * tools, cache creation) is in the event as it was captured. `sessionOf` maps to the session's present id from the
 * event's, which may be out of date.
 */
export function toCall(row: DetailRow, sessionOf: (captured: string | null) => string | null): DetailCall {
  const { wire, status } = row;
  const { event, problem } = capturedOf(row);
  const processName = nameOf(wire.process_name) ?? event?.processName ?? null;
  const call: Call = {
    callId: idOf(wire.call_id) ?? `row:${row.id}`,
    startNs: nsOf(wire.start_timestamp_ns) ?? 0n,
    endNs: nsOf(wire.end_timestamp_ns),
    status,
    conversationId: idOf(wire.conversation_id),
    sessionId: sessionOf(event?.sessionId ?? null),
    agent: nameOf(wire.agent_name) ?? processName ?? 'unknown',
    processName,
    pid: pidOf(wire.pid),
    provider: event?.provider ?? null,
    model: nameOf(wire.model) ?? event?.model ?? null,
    kind: event?.kind ?? 'main',
    statusCode: event?.statusCode ?? null,
    error: event?.error ?? null,
    usage: status === 'pending' ? null : toUsage(wire, event),
    finishReason: event?.finishReason ?? null,
    tools: event?.tools ?? [],
    userQuery: textOf(wire.user_query),
    interruptionType: nameOf(wire.interruption_type),
  };
  return { call, problem };
}

type Captured = { readonly event: Call | null; readonly problem: RecordProblem | null };

const NOTHING_CAPTURED: Captured = { event: null, problem: null };

// A call without its end has an empty object for its event.
function capturedOf({ wire }: DetailRow): Captured {
  const text = wire.event_json;
  if (typeof text !== 'string' || /^\s*(?:\{\s*\})?\s*$/u.test(text.slice(0, 16))) return NOTHING_CAPTURED;
  if (text.length > MAX_LINE_BYTES) return { event: null, problem: { code: 'event_too_large' } };
  const decoded = decodeLine(text);
  if (decoded.type === 'call') return { event: decoded.call, problem: null };
  return { event: null, problem: problemOf(decoded) };
}

// The answer leaves out cache_read_tokens where the column is empty, and has no cache_creation_tokens at all.
function toUsage(wire: WireDetail, event: Call | null): Call['usage'] {
  const read = wire.cache_read_tokens ?? event?.usage?.cacheReadTokens;
  return usageOf(wire.input_tokens, wire.output_tokens, read, event?.usage?.cacheCreationTokens);
}

function toStatus(value: unknown): CallStatus {
  return value === 'pending' || value === 'interrupted' ? value : 'complete';
}

function fingerprintOf(wire: WireDetail, status: CallStatus): string {
  const event = typeof wire.event_json === 'string' ? wire.event_json.length : 0;
  const numbers = [wire.input_tokens, wire.output_tokens, wire.cache_read_tokens].map((value) =>
    typeof value === 'number' ? value : '-',
  );
  const names = [wire.call_id, wire.conversation_id, wire.agent_name, wire.model, wire.interruption_type].map(
    (value) => idOf(value) ?? '-',
  );
  return [status, nsOf(wire.end_timestamp_ns) ?? '-', event, ...numbers, ...names].join('|');
}
