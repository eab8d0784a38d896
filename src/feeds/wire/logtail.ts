import type { Call } from '../../core/calls.ts';
import type { Interruption } from '../../core/interruptions.ts';
import type { RecordProblem } from '../../core/source-reasons.ts';
import type { Ns } from '../../core/units.ts';
import { countOf, errorOf, httpStatusOf, idOf, nameOf, nsOf, pidOf } from './fields.ts';
import { severityAndDetail } from './interruption.ts';
import { answerOf, usageOf } from './llm-call.ts';

/*
 * agentsight's logtail record: one flat object a line in which every value is a string, numbers and lists included.
 */

// Output messages longer than this are not searched for tool names.
const MAX_MESSAGES_CHARS = 4 * 1024 * 1024;

// Every value is a string; numbers are taken too, because collectors that rewrite the file produce them.
type WireRecord = Readonly<Record<string, unknown>>;

/** The result of reading a flat record; `unsupported` is a record that is well-formed and carries too little or something else. */
export type LogtailResult =
  | { readonly type: 'call'; readonly call: Call }
  | { readonly type: 'interruption'; readonly interruption: Interruption }
  | { readonly type: 'unsupported' | 'malformed'; readonly reason: RecordProblem };

// Operations of agentsight's other event variants, which are no calls.
const OTHER_OPERATIONS: ReadonlySet<string> = new Set(['tool_use', 'agent_interaction', 'stream_chunk']);

/** Returns true if the object is a flat record and not a tagged one. All of its keys but a few have one of two prefixes. */
export function isLogtailRecord(value: object): boolean {
  if (Object.hasOwn(value, 'gen_ai.operation.name')) return true;
  return Object.keys(value).some((key) => key.startsWith('gen_ai.') || key.startsWith('agentsight.'));
}

/** Reads one flat record. */
export function logtailRecord(value: object): LogtailResult {
  const wire = value as WireRecord;
  const operation = nameOf(wire['gen_ai.operation.name']) ?? 'chat';
  if (OTHER_OPERATIONS.has(operation)) return { type: 'unsupported', reason: { code: 'other_operation', operation } };
  const start = nsOf(wire['agentsight.start_timestamp_ns']);
  const isInterruption = operation === 'interruption';
  const id = isInterruption ? wire['agentsight.interruption.id'] : (wire['gen_ai.response.id'] ?? wire['trace_id']);
  // The slim telemetry file: neither an identity nor a time, so nothing can be merged, ordered or acted upon.
  if (start === null && idOf(id) === null) {
    return { type: 'unsupported', reason: { code: 'slim_record' } };
  }
  if (start === null) return { type: 'malformed', reason: { code: 'record_without', record: 'record', what: 'time' } };
  return isInterruption ? interruptionOf(wire, start) : callOf(wire, start);
}

function callOf(wire: WireRecord, start: Ns): LogtailResult {
  const callId = idOf(wire['gen_ai.response.id']) ?? idOf(wire['trace_id']);
  if (callId === null) return { type: 'malformed', reason: { code: 'record_without', record: 'call', what: 'id' } };
  const processName = nameOf(wire['agentsight.process_name']);
  const answer = answerIn(wire['gen_ai.output.messages']);
  const call: Call = {
    callId,
    startNs: start,
    endNs: nsOf(wire['agentsight.end_timestamp_ns']) ?? start + (nsOf(wire['agentsight.duration_ns']) ?? 0n),
    status: 'complete',
    conversationId: idOf(wire['gen_ai.conversation.id']),
    sessionId: idOf(wire['gen_ai.session.id']),
    agent: nameOf(wire['agentsight.agent.name']) ?? processName ?? 'unknown',
    processName,
    pid: pidOf(wire['agentsight.pid']),
    provider: nameOf(wire['gen_ai.provider.name'])?.toLowerCase() ?? null,
    model: nameOf(wire['gen_ai.request.model']) ?? nameOf(wire['gen_ai.response.model']),
    kind: 'main',
    statusCode: httpStatusOf(wire['agentsight.http.status_code']),
    error: errorOf(wire['error.type']),
    usage: usageOf(
      wire['gen_ai.usage.input_tokens'],
      wire['gen_ai.usage.output_tokens'],
      wire['gen_ai.usage.cache_read.input_tokens'],
      wire['gen_ai.usage.cache_creation.input_tokens'],
    ),
    finishReason: answer.finishReason ?? lastReason(wire['gen_ai.response.finish_reasons']),
    tools: answer.tools,
    userQuery: null,
    interruptionType: null,
  };
  return { type: 'call', call };
}

function interruptionOf(wire: WireRecord, occurred: Ns): LogtailResult {
  const type = nameOf(wire['agentsight.interruption.type']);
  const interruptionId = idOf(wire['agentsight.interruption.id']);
  if (type === null || interruptionId === null) {
    return { type: 'malformed', reason: { code: 'record_without', record: 'interruption', what: 'type_or_id' } };
  }
  const resolved = wire['agentsight.interruption.resolved'];
  const interruption: Interruption = {
    interruptionId,
    type,
    ...severityAndDetail(type, wire['agentsight.interruption.severity'], wire['agentsight.interruption.detail']),
    agent: nameOf(wire['agentsight.agent.name']) ?? nameOf(wire['agentsight.process_name']) ?? 'unknown',
    pid: pidOf(wire['agentsight.pid']),
    conversationId: idOf(wire['gen_ai.conversation.id']),
    sessionId: idOf(wire['gen_ai.session.id']),
    callId: idOf(wire['agentsight.interruption.call_id']),
    occurredNs: occurred,
    resolved: resolved === true || resolved === 'true' || countOf(resolved) === 1,
  };
  return { type: 'interruption', interruption };
}

function answerIn(messages: unknown): ReturnType<typeof answerOf> {
  const hasTools = typeof messages === 'string' && messages.includes('"tool_call"');
  return answerOf(hasTools ? listIn(messages, MAX_MESSAGES_CHARS) : []);
}

// Encrypted messages are no JSON, suppressed ones are absent: both are an empty list.
function listIn(json: unknown, maxChars: number): readonly unknown[] {
  if (typeof json !== 'string' || json.length > maxChars || !json.startsWith('[')) return [];
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function lastReason(json: unknown): string | null {
  return nameOf(listIn(json, 1024).at(-1));
}
