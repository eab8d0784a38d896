import type { Severity } from '../../events.ts';
import { policyVerdict, type PolicyLayers } from './policy.ts';
import type { PolicyVerdict } from '../types.ts';

/** One line of the policy table. */
export type PolicyRow =
  /** `severity` is the type's usual one: a row of the feed may say otherwise. */
  | ({ readonly scope: 'type'; readonly name: string; readonly severity: Severity } & PolicyVerdict)
  /** What is done about types of this severity that no rule of their own names; `action` null: their defaults. */
  | {
      readonly scope: 'severity';
      readonly name: Severity;
      readonly action: PolicyVerdict['action'] | null;
      readonly from: PolicyVerdict['from'];
    };

/** agentsight's types with the severity that it gives them. */
const KNOWN_TYPES: Readonly<Record<string, Severity>> = {
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
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/**
 * What is done in this session, and by whose word: agentsight's types and those that a rule names, then the severities.
 */
export function policyTable(layers: PolicyLayers): readonly PolicyRow[] {
  const named = [...Object.keys(layers.session.types), ...Object.keys(layers.config.types)];
  const others = [...new Set(named)].filter((name) => !Object.hasOwn(KNOWN_TYPES, name)).toSorted();
  const types = [...Object.entries(KNOWN_TYPES), ...others.map((name) => [name, 'medium'] as const)];
  return [
    ...types.map(([name, severity]): PolicyRow => {
      return { scope: 'type', name, severity, ...policyVerdict(layers, name, severity) };
    }),
    ...SEVERITIES.map((name) => severityRow(layers, name)),
  ];
}

function severityRow({ session, config }: PolicyLayers, name: Severity): PolicyRow {
  const [here, there] = [session.severities[name], config.severities[name]];
  if (here !== undefined) return { scope: 'severity', name, action: here, from: 'session' };
  return { scope: 'severity', name, action: there ?? null, from: there === undefined ? 'default' : 'config' };
}
