/** Calls and interruptions as a feed would deliver them, with everything that a test does not care about filled in. */
import type { Call } from '../../src/core/calls.ts';
import { textDetail, type Interruption, type InterruptionDetail } from '../../src/core/interruptions.ts';

const BASE_NS = 1_795_000_000_000_000_000n;

/** A time in ns, `seconds` after a fixed base. */
export function ns(seconds: number): bigint {
  return BASE_NS + BigInt(Math.round(seconds * 1_000)) * 1_000_000n;
}

/** A successful call; `ends` gives its end in seconds (see `ns`). */
export function makeCall({ ends = 1, ...facts }: Partial<Call> & { readonly ends?: number } = {}): Call {
  return {
    callId: `call-${ends}`,
    startNs: ns(ends - 1),
    endNs: ns(ends),
    status: 'complete',
    conversationId: 'conv',
    sessionId: null,
    agent: 'agent',
    processName: 'node',
    pid: 7,
    provider: 'openai',
    model: 'gpt',
    kind: 'main',
    statusCode: 200,
    error: null,
    usage: null,
    finishReason: 'stop',
    tools: [],
    userQuery: null,
    interruptionType: null,
    ...facts,
  };
}

/** A failed call: status 500 unless the facts say otherwise. */
export function failedCall(facts: Partial<Call> & { readonly ends?: number } = {}): Call {
  return makeCall({ statusCode: 500, finishReason: null, ...facts });
}

export function makeDetail(facts: Partial<InterruptionDetail> = {}): InterruptionDetail {
  return { ...textDetail(''), ...facts };
}

/** A critical `agent_crash` without a call, at 10 s (see `ns`). */
export function makeRow(facts: Partial<Interruption> = {}): Interruption {
  return {
    interruptionId: 'row',
    type: 'agent_crash',
    severity: 'critical',
    agent: 'agent',
    pid: 7,
    conversationId: 'conv',
    sessionId: null,
    callId: null,
    occurredNs: ns(10),
    resolved: false,
    detail: makeDetail(),
    ...facts,
  };
}
