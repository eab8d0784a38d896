import { z } from 'zod';
import type { Call, Ns, Usage } from '../../core/events.ts';
import { MAX_TOOLS } from '../../core/limits.ts';
import { countOf, httpStatusOf, idOf, nameOf, nsOf, pidOf, textOf } from './fields.ts';
import { nsDigits } from './ns-digits.ts';

/*
 * agentsight's call object `{"LLMCall":{…}}`: a JSONL line, SQLite's `event_json`, and what the HTTP detail carries.
 * Only what we use is named; unknown fields are left behind, not copied, so that a `__proto__` among them is nothing.
 */

const text = z.string().nullish().catch(null);
const number = z.union([z.number(), z.string()]).nullish().catch(null);
const usageSchema = z.object({
  input_tokens: number,
  output_tokens: number,
  cache_creation_input_tokens: number,
  cache_read_input_tokens: number,
});
const metadataSchema = z.object({
  status_code: number,
  conversation_id: text,
  session_id: text,
  response_id: text,
  call_kind: text,
  user_query: text,
});
const callSchema = z.object({
  call_id: text,
  start_timestamp_ns: number,
  end_timestamp_ns: number,
  duration_ns: number,
  provider: text,
  model: text,
  response: z.object({ messages: z.unknown() }).nullish().catch(null),
  token_usage: usageSchema.nullish().catch(null),
  error: text,
  pid: number,
  process_name: text,
  agent_name: text,
  metadata: metadataSchema.nullish().catch(null),
});
type WireCall = z.infer<typeof callSchema>;

/** A call, or in words why the object is none. */
export type CallResult = { readonly ok: true; readonly call: Call } | { readonly ok: false; readonly reason: string };

/** Reads the object under the tag `LLMCall`; `line` is the text that it was parsed from, for the exact nanoseconds. */
export function llmCall(value: unknown, line: string): CallResult {
  const parsed = callSchema.safeParse(value);
  if (!parsed.success) return { ok: false, reason: 'LLMCall is not an object' };
  const wire = parsed.data;
  const callId = idOf(wire.call_id) ?? idOf(wire.metadata?.response_id);
  if (callId === null) return { ok: false, reason: 'LLMCall without call_id' };
  const times = timesOf(wire, line);
  if (times === null) return { ok: false, reason: 'LLMCall without a time' };
  return { ok: true, call: callOf(wire, callId, times) };
}

/**
 * The tools that an answer called and why it ended, from the output messages in whatever state they are; names are
 * bounded in length and number.
 */
export function answerOf(messages: unknown): Pick<Call, 'finishReason' | 'tools'> {
  const tools: string[] = [];
  let finishReason: string | null = null;
  for (const message of listOf(messages)) {
    finishReason = nameOf(fieldOf(message, 'finish_reason')) ?? finishReason;
    for (const part of listOf(fieldOf(message, 'parts'))) {
      const tool = fieldOf(part, 'type') === 'tool_call' ? nameOf(fieldOf(part, 'name')) : null;
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

function timesOf(wire: WireCall, line: string): Times | null {
  const rounded = typeof wire.start_timestamp_ns === 'number' || typeof wire.end_timestamp_ns === 'number';
  const digits = rounded ? nsDigits(line) : { start: null, end: null };
  const start = exactNs(wire.start_timestamp_ns, digits.start);
  const end = exactNs(wire.end_timestamp_ns, digits.end);
  const duration = nsOf(wire.duration_ns) ?? 0n;
  if (start !== null) return { start, end: end ?? start + duration };
  return end === null ? null : { start: end > duration ? end - duration : end, end };
}

// The digits are taken only where they are the number that was parsed: a key that stands twice has its last value.
function exactNs(value: number | string | null | undefined, digits: string | null): Ns | null {
  return nsOf(digits !== null && Number(digits) === value ? digits : value);
}

function callOf(wire: WireCall, callId: string, times: Times): Call {
  const usage = wire.token_usage;
  const metadata = wire.metadata;
  const processName = nameOf(wire.process_name);
  return {
    callId,
    startNs: times.start,
    endNs: times.end,
    status: 'complete',
    conversationId: idOf(metadata?.conversation_id),
    sessionId: idOf(metadata?.session_id),
    agent: nameOf(wire.agent_name) ?? processName ?? 'unknown',
    processName,
    pid: pidOf(wire.pid),
    provider: nameOf(wire.provider)?.toLowerCase() ?? null,
    model: nameOf(wire.model),
    kind: nameOf(metadata?.call_kind) ?? 'main',
    statusCode: httpStatusOf(metadata?.status_code),
    error: textOf(wire.error),
    usage: usageOf(
      usage?.input_tokens,
      usage?.output_tokens,
      usage?.cache_read_input_tokens,
      usage?.cache_creation_input_tokens,
    ),
    ...answerOf(wire.response?.messages),
    userQuery: textOf(metadata?.user_query),
    interruptionType: null,
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : null;
}
