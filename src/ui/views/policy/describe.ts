import type { Context } from '../../app/bindings.ts';
import { ruleId } from '../../app/shown.ts';

/** The selected rule of the policy table, in words. */
export function describeRule(context: Context): string {
  const row = context.selected.rule;
  if (row === null) return 'no rule; escape goes back';
  const { policy } = context.shown;
  const place = policy.indexOf(row) + 1;
  const action = row.action ?? "each type's own";
  return `rule ${place} of ${policy.length}: ${ruleId(row)}: ${action}, by ${row.from}; enter changes it for this session, u takes that back, escape goes back`;
}
