import type { Downgrade } from '../core/reasons.ts';
import type { Why } from '../core/reactor/types.ts';
import { wordDowngrade } from './fates.ts';
import { configured } from './units.ts';

/** Formats the rule that applied to a signal, and where it comes from: `dead_loop → flag  (by its type, config)`. */
export function wordRule(type: string, { policy }: Why, downgraded: Downgrade | null): string {
  const from = policy.rule === 'default' ? 'default' : `by its ${policy.rule}, ${policy.from}`;
  const instead = downgraded === null ? '' : `; ${wordDowngrade(downgraded)}`;
  return `${type} → ${policy.action}  (${from})${instead}`;
}

/** Formats the settings by which a signal got its fate: `mode auto, debounce 30 s, no countdown`. */
export function wordSettings({ mode, debounceMs, graceMs }: Why): string {
  const grace = graceMs === 0 ? 'no countdown' : `countdown ${configured(graceMs)}`;
  return `mode ${mode}, debounce ${configured(debounceMs)}, ${grace}`;
}
