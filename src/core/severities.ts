import type { Severity } from './events.ts';

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
