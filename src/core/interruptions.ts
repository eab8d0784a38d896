/** What agentsight reports of a conversation that did not go on as it should. */

import type { Ns } from './units.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** Worst first. */
export type Severity = (typeof SEVERITIES)[number];

/** The facts of an interruption's `detail` that a rule reads; the rest stays in words in `text`. */
export type InterruptionDetail = {
  readonly error: string | null;
  readonly statusCode: number | null;
  readonly exitCode: number | null;
  /** Signal number; names (`SIGTERM`) are translated by the feed. */
  readonly signal: number | null;
  readonly coreDump: boolean | null;
  readonly oom: boolean;
  readonly callIds: readonly string[];
  /** The detail as one bounded line of text for people. */
  readonly text: string;
};

export type Interruption = {
  /** Null for a storm that we derived ourselves. */
  readonly interruptionId: string | null;
  readonly type: string;
  /** As the feed gave it; an unknown word is kept by the feed as `low` with the word in `detail.text`. */
  readonly severity: Severity;
  readonly agent: string;
  readonly pid: number | null;
  readonly conversationId: string | null;
  readonly sessionId: string | null;
  readonly callId: string | null;
  readonly occurredNs: Ns;
  readonly resolved: boolean;
  readonly detail: InterruptionDetail;
};

/** A detail of which no more is known than its words. */
export function detailInWords(text: string): InterruptionDetail {
  return {
    error: null,
    statusCode: null,
    exitCode: null,
    signal: null,
    coreDump: null,
    oom: false,
    callIds: [],
    text,
  };
}

/** agentsight's types with the severity that it gives them (its interruption/types.rs). */
export const USUAL_SEVERITIES: Readonly<Record<string, Severity>> = {
  agent_crash: 'critical',
  retry_storm: 'critical',
  dead_loop: 'critical',
  context_overflow: 'high',
  auth_error: 'high',
  network_timeout: 'high',
  service_unavailable: 'high',
  sse_truncated: 'high',
  llm_error: 'high',
  empty_response: 'high',
  resource_exhaustion: 'high',
  state_machine_error: 'high',
  rate_limit: 'medium',
  safety_filter: 'medium',
  token_limit: 'medium',
  tool_failure: 'medium',
  slow_response: 'medium',
  unauthorized_action: 'medium',
};

/** The severity that agentsight gives a type; null for a type that it has added since. */
export function usualSeverity(type: string): Severity | null {
  // A type named `constructor` must not find Object.prototype's.
  return Object.hasOwn(USUAL_SEVERITIES, type) ? (USUAL_SEVERITIES[type] ?? null) : null;
}
