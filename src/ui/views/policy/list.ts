import { SEVERITIES } from '../../../core/interruptions.ts';
import type { PolicyRow } from '../../../core/reactor/policy/table.ts';
import { POLICY_ACTIONS } from '../../../core/rules.ts';
import { byText, listOf } from '../../app/list.ts';
import { bodyRows } from '../../widgets/dialog.ts';

const HEAD_ROWS = 1;
const SOURCES: readonly PolicyRow['from'][] = ['session', 'config', 'default'];

/** Tells the rows of the policy apart: a type may be called `high`. */
export function ruleId({ scope, name }: PolicyRow): string {
  return `${scope} ${name}`;
}

/** The rules of the policy. The fate of a rule is its action, its state the source of it. */
export const RULES = listOf<PolicyRow>({
  name: 'policy',
  title: 'policy',
  rows: ({ view }) => view.policy,
  idOf: ruleId,
  orders: [
    { name: 'severity', compare: null },
    { name: 'name', compare: (a, b) => byText(a.name, b.name) },
    { name: 'action', compare: (a, b) => byText(a.action ?? '~', b.action ?? '~') },
    { name: 'who says so', compare: (a, b) => SOURCES.indexOf(a.from) - SOURCES.indexOf(b.from) },
  ],
  searchFields: ({ scope, name, action, from, ...row }) => {
    const severity = 'severity' in row ? row.severity : name;
    const type = scope === 'type' ? name : '';
    const text = [scope, name, action, from].join(' ');
    return { text, fields: { id: name, type, severity, fate: action ?? '', state: from } };
  },
  values: { severity: SEVERITIES, fate: POLICY_ACTIONS, state: SOURCES },
  page: (size) => Math.max(1, bodyRows(size) - HEAD_ROWS),
});
