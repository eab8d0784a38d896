import { interruptionType } from '../../core/interruptions.ts';
import type { CallEnd, PlannedCall, PlannedInterruption } from './script/action.ts';

/** Turns the scenario's clock (ms) into Unix nanoseconds. */
export type ToNs = (at: number) => bigint;

type Value = string | number | bigint | null;
/** Column → value. */
export type Row = Readonly<Record<string, Value>>;

const INSTANCE = 'demo-host';
const MS = 1_000_000n;

/** A call as its pending row: everything that is known before there is an answer. */
export function pendingRow(call: PlannedCall, origin: string, toNs: ToNs): Row {
  const { actor } = call;
  return {
    event_type: 'llm_call',
    status: 'pending',
    call_id: call.callId,
    trace_id: call.callId,
    conversation_id: call.conversationId,
    session_id: call.sessionId,
    instance: INSTANCE,
    start_timestamp_ns: startNs(call, toNs),
    pid: actor.pid,
    process_name: actor.processName,
    agent_name: actor.agent,
    provider: actor.provider,
    model: actor.model,
    request_model: actor.model,
    server_address: actor.server,
    input_messages: JSON.stringify([message('user', call.asked)]),
    user_query: call.asked,
    http_method: 'POST',
    http_path: actor.path,
    pending_origin: origin,
    event_json: '{}',
  };
}

/** The columns that the completion of a call writes over its pending row. */
export function completedColumns(call: PlannedCall, end: CallEnd, toNs: ToNs): Row {
  const endNs = toNs(call.endedAt);
  const tokens = end.type === 'answer' ? end.tokens : { input: 0, output: 0, read: null, creation: null };
  const output = end.type === 'answer' ? JSON.stringify([answerMessage(call, end)]) : null;
  return {
    status: 'complete',
    end_timestamp_ns: endNs,
    duration_ns: endNs - startNs(call, toNs),
    response_model: end.type === 'answer' ? call.actor.model : null,
    finish_reasons: end.type === 'answer' ? JSON.stringify([finishReason(call, end)]) : null,
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    cache_creation_tokens: tokens.creation,
    cache_read_tokens: tokens.read,
    output_messages: output,
    status_code: end.type === 'answer' ? 200 : end.status,
    is_sse: 0,
    sse_event_count: 0,
    event_json: eventJson(call, end, toNs),
    tool_call_ids: end.type === 'answer' && end.tool !== null ? JSON.stringify([toolId(call)]) : null,
  };
}

/** One row of `interruption_events`. */
export function interruptionRow(row: PlannedInterruption, toNs: ToNs): Row {
  return {
    interruption_id: row.interruptionId,
    session_id: row.sessionId,
    trace_id: row.callId,
    conversation_id: row.conversationId,
    call_id: row.callId,
    pid: row.actor.pid,
    agent_name: row.actor.agent,
    interruption_type: row.type,
    severity: interruptionType(row.type)?.severity ?? 'low',
    occurred_at_ns: toNs(row.occurredAt),
    detail: JSON.stringify(row.detail),
  };
}

/** The complete `{"LLMCall":…}`; its times are bare integers beyond 2^53, which `JSON.stringify` cannot write. */
function eventJson(call: PlannedCall, end: CallEnd, toNs: ToNs): string {
  const times = {
    start_timestamp_ns: `ns:${startNs(call, toNs)}`,
    end_timestamp_ns: `ns:${toNs(call.endedAt)}`,
    duration_ns: `ns:${toNs(call.endedAt) - startNs(call, toNs)}`,
  };
  const body = {
    call_id: call.callId,
    ...times,
    provider: call.actor.provider,
    model: call.actor.model,
    request: request(call),
    response: { messages: end.type === 'answer' ? [answerMessage(call, end)] : [], streamed: false, raw_body: null },
    token_usage: end.type === 'answer' ? usage(end) : null,
    error: end.type === 'failure' ? end.error : null,
    pid: call.actor.pid,
    process_name: call.actor.processName,
    agent_name: call.actor.agent,
    metadata: metadata(call, end),
  };
  return JSON.stringify({ LLMCall: body }).replaceAll(/"ns:(\d+)"/g, '$1');
}

function request(call: PlannedCall): unknown {
  const parameters = { temperature: null, max_tokens: null, frequency_penalty: null, presence_penalty: null };
  const rest = { top_p: null, top_k: null, seed: null, stop_sequences: null, stream: false, tools: null };
  return { messages: [message('user', call.asked)], ...parameters, ...rest, raw_body: null };
}

function usage({ tokens }: Extract<CallEnd, { type: 'answer' }>): unknown {
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    cache_creation_input_tokens: tokens.creation,
    cache_read_input_tokens: tokens.read,
  };
}

function metadata(call: PlannedCall, end: CallEnd): Readonly<Record<string, string>> {
  return {
    method: 'POST',
    path: call.actor.path,
    status_code: end.type === 'answer' ? '200' : String(end.status),
    is_sse: 'false',
    sse_event_count: '0',
    conversation_id: call.conversationId,
    session_id: call.sessionId,
    response_id: call.callId,
    'server.address': call.actor.server,
    user_query: call.asked,
    call_kind: 'main',
  };
}

function message(role: 'user', content: string): unknown {
  return { role, parts: [{ type: 'text', content }] };
}

function answerMessage(call: PlannedCall, end: Extract<CallEnd, { type: 'answer' }>): unknown {
  const text = { type: 'text', content: end.text };
  const tool = { type: 'tool_call', id: toolId(call), name: end.tool, arguments: { path: 'src/model.ts' } };
  const parts = end.tool === null ? [text] : [text, tool];
  return { role: 'assistant', parts, finish_reason: finishReason(call, end) };
}

function finishReason(call: PlannedCall, end: Extract<CallEnd, { type: 'answer' }>): string {
  if (call.actor.provider === 'anthropic') return end.tool === null ? 'end_turn' : 'tool_use';
  return end.tool === null ? 'stop' : 'tool_calls';
}

function toolId(call: PlannedCall): string {
  return `toolu_${call.callId.slice(-12)}`;
}

function startNs(call: PlannedCall, toNs: ToNs): bigint {
  return toNs(call.endedAt) - BigInt(call.durationMs) * MS;
}
