/** A call or an interruption in the forms in which agentsight writes them (feed contract, 1 to 3). */
import type { Fields } from '../helpers/agentsight-writer.ts';
import { asWritten, type ScenarioCall, type ScenarioInterruption } from './scenario.ts';

/** A line of the JSONL file, which is also a finished row's `event_json`. */
export function jsonlLine(call: ScenarioCall): string {
  const { usage, startNs, endNs } = call;
  const body = {
    call_id: call.callId,
    start_timestamp_ns: `ns:${startNs}`,
    end_timestamp_ns: `ns:${endNs}`,
    duration_ns: `ns:${(endNs ?? startNs) - startNs}`,
    provider: call.provider,
    model: call.model,
    request: { messages: [], stream: false, raw_body: '{"system":"nobody reads this"}' },
    response: { messages: outputMessages(call), streamed: false, raw_body: null },
    token_usage: usage && {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      total_tokens: usage.inputTokens + usage.outputTokens,
      cache_creation_input_tokens: usage.cacheCreationTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
    },
    error: asWritten(call.error),
    pid: call.pid,
    process_name: call.processName,
    agent_name: asWritten(call.agent),
    metadata: metadataOf(call),
  };
  // Bare integers beyond 2^53, which `JSON.stringify` cannot write.
  return JSON.stringify({ LLMCall: body }).replaceAll(/"ns:(\d+)"/g, '$1');
}

function metadataOf(call: ScenarioCall): Readonly<Record<string, unknown>> {
  return {
    status_code: String(call.statusCode ?? 0),
    conversation_id: call.conversationId,
    session_id: call.capturedSession,
    response_id: call.callId,
    call_kind: call.kind,
    ...(call.userQuery !== null && { user_query: asWritten(call.userQuery) }),
  };
}

function outputMessages({ tools, finishReason }: ScenarioCall): readonly unknown[] {
  if (tools.length === 0 && finishReason === null) return [];
  const parts = tools.map((name, n) => ({ type: 'tool_call', id: `toolu_${n}`, name, arguments: {} }));
  return [{ role: 'assistant', parts, ...(finishReason !== null && { finish_reason: finishReason }) }];
}

/** A call's row of `genai_events`, final as it stands here. */
export function callRow(call: ScenarioCall): Fields {
  const { usage } = call;
  const isOver = call.status === 'complete';
  const nothing = isOver ? 0 : null;
  return {
    event_type: 'llm_call',
    status: call.status,
    call_id: call.callId,
    trace_id: call.callId,
    conversation_id: call.conversationId,
    session_id: call.sessionId,
    start_timestamp_ns: call.startNs,
    end_timestamp_ns: call.endNs,
    pid: call.pid,
    process_name: call.processName,
    agent_name: asWritten(call.agent),
    provider: call.provider,
    model: call.model,
    call_kind: call.kind,
    status_code: call.statusCode,
    input_tokens: usage?.inputTokens ?? nothing,
    output_tokens: usage?.outputTokens ?? nothing,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_creation_tokens: usage?.cacheCreationTokens ?? null,
    finish_reasons: call.finishReason === null ? null : JSON.stringify([call.finishReason]),
    output_messages: isOver ? JSON.stringify(outputMessages(call)) : null,
    user_query: asWritten(call.userQuery),
    interruption_type: call.interruptionType,
    event_json: isOver ? jsonlLine(call) : '{}',
  };
}

/** An interruption's row of `interruption_events`. */
export function interruptionRow(row: ScenarioInterruption): Fields {
  return {
    interruption_id: row.interruptionId,
    session_id: row.sessionId,
    trace_id: row.callId,
    conversation_id: row.conversationId,
    call_id: row.callId,
    pid: row.pid,
    agent_name: row.agent === 'unknown' ? null : row.agent,
    interruption_type: row.type,
    severity: row.severity,
    occurred_at_ns: row.occurredNs,
    detail: row.wireDetail,
    resolved: row.resolved ? 1 : 0,
  };
}

/** A call's flat record of the logtail: every value a string, unknown ones left out. */
export function logtailCall(call: ScenarioCall): string {
  const { usage } = call;
  return flat({
    'gen_ai.operation.name': 'chat',
    'gen_ai.response.id': call.callId,
    trace_id: call.callId,
    'gen_ai.conversation.id': call.conversationId,
    'gen_ai.session.id': call.capturedSession,
    'gen_ai.provider.name': call.provider,
    'gen_ai.request.model': call.model,
    'gen_ai.usage.input_tokens': usage?.inputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage?.cacheCreationTokens,
    'gen_ai.response.finish_reasons': call.finishReason === null ? null : JSON.stringify([call.finishReason]),
    'agentsight.agent.name': asWritten(call.agent),
    'agentsight.process_name': call.processName,
    'agentsight.pid': call.pid,
    'agentsight.start_timestamp_ns': call.startNs,
    'agentsight.end_timestamp_ns': call.endNs,
    'agentsight.http.status_code': call.statusCode,
    'error.type': asWritten(call.error),
  });
}

/** An interruption's flat record of the logtail. */
export function logtailInterruption(row: ScenarioInterruption): string {
  return flat({
    'gen_ai.operation.name': 'interruption',
    'gen_ai.conversation.id': row.conversationId,
    'gen_ai.session.id': row.sessionId,
    'agentsight.agent.name': row.agent === 'unknown' ? null : row.agent,
    'agentsight.pid': row.pid,
    'agentsight.start_timestamp_ns': row.occurredNs,
    'agentsight.interruption.id': row.interruptionId,
    'agentsight.interruption.type': row.type,
    'agentsight.interruption.severity': row.severity,
    'agentsight.interruption.resolved': row.resolved,
    'agentsight.interruption.detail': row.wireDetail,
    'agentsight.interruption.call_id': row.callId,
  });
}

type Flat = Readonly<Record<string, string | number | bigint | boolean | null | undefined>>;

function flat(record: Flat): string {
  const all: Flat = { __topic__: 'agentsight', ...record };
  const known = Object.entries(all).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [[key, String(value)] as const],
  );
  return JSON.stringify(Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
