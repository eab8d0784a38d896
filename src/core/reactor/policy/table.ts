import { INTERRUPTION_TYPES, interruptionType, SEVERITIES, type Severity } from '../../interruptions.ts';
import { policyVerdict, type PolicyLayers } from './policy.ts';
import type { PolicyVerdict } from '../types.ts';

/** One line of the policy table. */
export type PolicyRow =
  /** `severity` is the type's usual one: a row of the feed may differ. */
  | ({ readonly scope: 'type'; readonly name: string; readonly severity: Severity } & PolicyVerdict)
  /** The action for types of this severity that no rule of their own names; `action` null: their defaults. */
  | {
      readonly scope: 'severity';
      readonly name: Severity;
      readonly action: PolicyVerdict['action'] | null;
      readonly from: PolicyVerdict['from'];
    };

/**
 * Returns the actions of this session, each with its rule: agentsight's types and those that a rule names, then the severities.
 */
export function policyTable(layers: PolicyLayers): readonly PolicyRow[] {
  const named = [...Object.keys(layers.session.types), ...Object.keys(layers.config.types)];
  const others = [...new Set(named)].filter((name) => interruptionType(name) === null).toSorted();
  const known = Object.entries(INTERRUPTION_TYPES).map(([name, { severity }]) => [name, severity] as const);
  const types = [...known, ...others.map((name) => [name, 'medium'] as const)];
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
