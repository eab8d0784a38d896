import type { PolicyAction, PolicyRules } from '../../rules.ts';
import { type Interruption, interruptionType, type Severity } from '../../interruptions.ts';
import type { Downgrade } from '../../reasons.ts';
import type { PolicyVerdict } from '../types.ts';

/** The configured policy, and what the operator changed of it for this session. */
export type PolicyLayers = { readonly config: PolicyRules; readonly session: PolicyRules };

/** Both as one: the session's rule for a type or a severity overrides the configured one. */
export function layered({ config, session }: PolicyLayers): PolicyRules {
  return {
    types: { ...config.types, ...session.types },
    severities: { ...config.severities, ...session.severities },
  };
}

/** Returns the action for a signal, and the rule that sets it. */
export function policyVerdict(layers: PolicyLayers, signal: string, severity: Severity): PolicyVerdict {
  const { config, session } = layers;
  const action = policyAction(layered(layers), signal, severity);
  for (const [rule, key] of [
    ['type', signal],
    ['severity', severity],
  ] as const) {
    if (rule === 'severity' && interruptionType(signal)?.moment === true) break;
    const table = rule === 'type' ? 'types' : 'severities';
    if (own(session[table], key) !== undefined) return { action, rule, from: 'session' };
    if (own(config[table], key) !== undefined) return { action, rule, from: 'config' };
  }
  return { action, rule: 'default', from: 'default' };
}

/**
 * Returns the action for a signal: the user's rule for its type, then for its severity, then the default. A rule for a
 * severity means what went wrong, so that it does not turn a moment on.
 */
export function policyAction(rules: PolicyRules, signal: string, severity: Severity): PolicyAction {
  const byType = own(rules.types, signal);
  if (byType !== undefined) return byType;
  const known = interruptionType(signal);
  if (known?.moment === true) return known.action;
  return own(rules.severities, severity) ?? known?.action ?? 'flag';
}

// A type named `constructor` must not find Object.prototype's.
function own(table: Readonly<Record<string, PolicyAction>>, key: string): PolicyAction | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

const SIGHUP = 1;
const SIGINT = 2;
const SIGTERM = 15;
const ON_PURPOSE: ReadonlyMap<number, string> = new Map([
  [SIGHUP, 'SIGHUP'],
  [SIGINT, 'SIGINT'],
  [SIGTERM, 'SIGTERM'],
]);

/** The actions for types that agents' own records alone show, unless the user specifies otherwise: nothing from a guess. */
const RECORDS_ACTIONS: Readonly<Record<string, PolicyAction>> = { agent_crash: 'flag', dead_loop: 'flag' };

/** The rule by which a type that agents' own records alone show is only flagged; null where it stands. */
export function recordsRule(rules: Readonly<Record<string, PolicyAction>>, type: string): Downgrade | null {
  return (own(rules, type) ?? own(RECORDS_ACTIONS, type)) === 'flag' ? { code: 'records_cannot_tell' } : null;
}

/**
 * The crash truth filter: the rule by which an `agent_crash` is *ended*, not crashed; null when it stands. Upstream
 * reports children that were ended on purpose as critical (agentsight issue #2689).
 */
export function downgradeRule(
  signal: string,
  interruption: Interruption,
  records: Readonly<Record<string, PolicyAction>> = {},
): Downgrade | null {
  if (interruption.recorded === true) return recordsRule(records, signal);
  const { exitCode, signal: number, coreDump, oom } = interruption.detail;
  if (signal !== 'agent_crash' || oom || coreDump === true) return null;
  const name = number === null ? undefined : ON_PURPOSE.get(number);
  if (name !== undefined) return { code: 'ended_by_signal', signal: name };
  if (exitCode === 0 && (number === null || number === 0)) return { code: 'ended_well' };
  return null;
}
