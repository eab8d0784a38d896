import type { Call, Usage } from '../../core/calls.ts';
import type { RecordProblem } from '../../core/source-reasons.ts';
import type { Ns } from '../../core/units.ts';
import { MAX_TOOLS } from '../limits.ts';
import { countOf, errorOf, httpStatusOf, idOf, nameOf, nsOf, objectOf, pidOf, textOf } from './fields.ts';
import type { NsDigits } from './ns-digits.ts';

/*
 * agentsight's call object `{"LLMCall":{…}}`: a JSONL line, SQLite's `event_json`, and what the HTTP detail carries.
 * The types name what we use and promise nothing: each field passes a check of its own in fields.ts. (A zod schema
 * doing the same costs more than `JSON.parse` leaves us of the ingest target at lines of 1 KB.)
 */

type WireUsage = {
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly cache_creation_input_tokens?: unknown;
  readonly cache_read_input_tokens?: unknown;
};
type WireMetadata = {
  readonly status_code?: unknown;
  readonly conversation_id?: unknown;
  readonly session_id?: unknown;
  readonly response_id?: unknown;
  readonly call_kind?: unknown;
  readonly user_query?: unknown;
};
type WireCall = {
  readonly call_id?: unknown;
  readonly start_timestamp_ns?: unknown;
  readonly end_timestamp_ns?: unknown;
  readonly duration_ns?: unknown;
  readonly provider?: unknown;
  readonly model?: unknown;
  readonly response?: unknown;
  readonly token_usage?: unknown;
  readonly error?: unknown;
  readonly pid?: unknown;
  readonly process_name?: unknown;
  readonly agent_name?: unknown;
  readonly metadata?: unknown;
};
type WireMessage = { readonly finish_reason?: unknown; readonly parts?: unknown };
type WirePart = { readonly type?: unknown; readonly name?: unknown };

/** A call, or why the object is none. */
export type CallResult =
  { readonly ok: true; readonly call: Call } | { readonly ok: false; readonly reason: RecordProblem };

/** Reads the object under the tag `LLMCall`; `digits` are the times as its text has them, exact. */
export function llmCall(value: unknown, digits: NsDigits): CallResult {
  const wire: WireCall | null = objectOf(value);
  if (wire === null) return { ok: false, reason: { code: 'no_call_object' } };
  const metadata: WireMetadata = objectOf(wire.metadata) ?? {};
  const callId = idOf(wire.call_id) ?? idOf(metadata.response_id);
  if (callId === null) return { ok: false, reason: { code: 'call_without', what: 'call_id' } };
  const times = timesOf(wire, digits);
  if (times === null) return { ok: false, reason: { code: 'call_without', what: 'time' } };
  return { ok: true, call: callOf(wire, metadata, callId, times) };
}

/**
 * The tools that an answer called and why it ended, from the output messages in whatever state they are; names are
 * bounded in length and number.
 */
export function answerOf(messages: unknown): Pick<Call, 'finishReason' | 'tools'> {
  const tools: string[] = [];
  let finishReason: string | null = null;
  for (const item of listOf(messages)) {
    const message: WireMessage = objectOf(item) ?? {};
    finishReason = nameOf(message.finish_reason) ?? finishReason;
    for (const part of listOf(message.parts)) {
      const tool = toolOf(objectOf(part) ?? {});
      if (tool !== null && tools.length < MAX_TOOLS) tools.push(tool);
    }
  }
  return { finishReason, tools };
}

/** Tokens as reported; null where zeros without any cache counter stand for "not reported". */
export function usageOf(input: unknown, output: unknown, cacheRead: unknown, cacheCreation: unknown): Usage | null {
  const usage = {
    inputTokens: countOf(input) ?? 0,
    outputTokens: countOf(output) ?? 0,
    cacheReadTokens: countOf(cacheRead),
    cacheCreationTokens: countOf(cacheCreation),
  };
  const cacheKnown = usage.cacheReadTokens !== null || usage.cacheCreationTokens !== null;
  return usage.inputTokens === 0 && usage.outputTokens === 0 && !cacheKnown ? null : usage;
}

type Times = { readonly start: Ns; readonly end: Ns | null };

function timesOf(wire: WireCall, digits: NsDigits): Times | null {
  const start = nsOf(digits.start ?? wire.start_timestamp_ns);
  const end = nsOf(digits.end ?? wire.end_timestamp_ns);
  if (start !== null && end !== null) return { start, end };
  const duration = nsOf(wire.duration_ns) ?? 0n;
  if (start !== null) return { start, end: start + duration };
  return end === null ? null : { start: end > duration ? end - duration : end, end };
}

function callOf(wire: WireCall, metadata: WireMetadata, callId: string, times: Times): Call {
  const usage: WireUsage = objectOf(wire.token_usage) ?? {};
  const response: { readonly messages?: unknown } = objectOf(wire.response) ?? {};
  const processName = nameOf(wire.process_name);
  const answer = answerOf(response.messages);
  return {
    callId,
    startNs: times.start,
    endNs: times.end,
    status: 'complete',
    conversationId: idOf(metadata.conversation_id),
    sessionId: idOf(metadata.session_id),
    agent: nameOf(wire.agent_name) ?? processName ?? 'unknown',
    processName,
    pid: pidOf(wire.pid),
    provider: nameOf(wire.provider)?.toLowerCase() ?? null,
    model: nameOf(wire.model),
    kind: nameOf(metadata.call_kind) ?? 'main',
    statusCode: httpStatusOf(metadata.status_code),
    error: errorOf(wire.error),
    usage: usageOf(
      usage.input_tokens,
      usage.output_tokens,
      usage.cache_read_input_tokens,
      usage.cache_creation_input_tokens,
    ),
    finishReason: answer.finishReason,
    tools: answer.tools,
    userQuery: textOf(metadata.user_query),
    interruptionType: null,
  };
}

function toolOf(part: WirePart): string | null {
  return part.type === 'tool_call' ? nameOf(part.name) : null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
