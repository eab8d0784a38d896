import { ruleId, selectedRule } from '../keys/overlays/policy.ts';
import type { Context } from '../keys/types.ts';

/** The selected rule of the policy table, in words. */
export function spokenRule(context: Context): string {
  const row = selectedRule(context);
  if (row === null) return 'no rule; escape goes back';
  const { policy } = context.live;
  const place = policy.findIndex((one) => ruleId(one) === ruleId(row)) + 1;
  const action = row.action ?? "each type's own";
  return `rule ${place} of ${policy.length}: ${ruleId(row)}: ${action}, by ${row.from}; enter changes it for this session, u takes that back, escape goes back`;
}
