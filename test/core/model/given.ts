import type { Call, Usage } from '../../../src/core/calls.ts';
import type { Arrival, FeedEvent, Summary, SummaryEvent } from '../../../src/core/feed.ts';
import type { Interruption } from '../../../src/core/interruptions.ts';
import { createModel } from '../../../src/core/model/model.ts';
import type { Model, ModelOptions, Pricer } from '../../../src/core/model/types.ts';

/** A picodollar a token of input; a model named `free` has no price. */
export const PRICER: Pricer = {
  date: '2026-01-01',
  costOf: ({ model, usage: tokens }) =>
    tokens === null ? undefined : model === 'free' ? null : BigInt(tokens.inputTokens),
  costOfSums: ({ model, sums }) => (model === 'free' ? null : BigInt(sums.inputTokens)),
  windowOf: () => null,
};

export const T0 = 1_780_000_000_000;
export const HOUR = 3_600_000;

/** Nanoseconds of `ms` after the tests' beginning. */
export function ns(ms: number): bigint {
  return BigInt(T0 + ms) * 1_000_000n;
}

export function usage(given: Partial<Usage> = {}): Usage {
  return { inputTokens: 100, outputTokens: 10, cacheReadTokens: null, cacheCreationTokens: null, ...given };
}

/** A complete call of two seconds that ends at `endMs`. */
export function call(endMs: number, given: Partial<Call> = {}): Call {
  return {
    callId: `call-${endMs}`,
    startNs: ns(endMs - 2_000),
    endNs: ns(endMs),
    status: 'complete',
    conversationId: 'conversation',
    sessionId: 'session',
    agent: 'Claude',
    processName: 'claude',
    pid: 42,
    provider: 'anthropic',
    model: 'claude-opus',
    kind: 'main',
    statusCode: 200,
    error: null,
    usage: usage(),
    finishReason: 'stop',
    tools: [],
    userQuery: 'make the test pass',
    interruptionType: null,
    ...given,
  };
}

export function interruption(atMs: number, given: Partial<Interruption> = {}): Interruption {
  return {
    interruptionId: `interruption-${atMs}`,
    type: 'llm_error',
    severity: 'high',
    agent: 'Claude',
    pid: 42,
    conversationId: 'conversation',
    sessionId: null,
    callId: null,
    occurredNs: ns(atMs),
    resolved: false,
    ...given,
    detail: {
      error: null,
      statusCode: null,
      exitCode: null,
      signal: null,
      coreDump: null,
      oom: false,
      callIds: [],
      text: '',
      ...given.detail,
    },
  };
}

export function told(record: string | number, one: Call | Interruption, arrival: Arrival = 'live'): FeedEvent {
  return 'callId' in one && 'startNs' in one
    ? { type: 'call', record: String(record), arrival, call: one }
    : { type: 'interruption', record: String(record), arrival, interruption: one };
}

/** A summary of a conversation that ended 9 s after the tests' beginning. */
export function summed(given: Partial<Summary> = {}): SummaryEvent {
  const summary: Summary = {
    conversationId: 'conversation',
    sessionId: 'session',
    agent: 'Claude',
    model: 'claude-opus',
    calls: 2,
    inputTokens: 100,
    outputTokens: 10,
    startNs: ns(0),
    endNs: ns(9_000),
    userQuery: 'make the test pass',
    ...given,
  };
  return { type: 'summary', conversationId: summary.conversationId, summary };
}

/** A model with S4's own thresholds. */
export function aModel(options: Partial<ModelOptions> = {}): Model {
  return createModel({ advisory: { windowMs: HOUR, inputTokens: 200_000 }, evict: true, ...options });
}
