import type { PolicyAction } from '../../../core/rules.ts';
import type { PolicyRow } from '../../../core/reactor/policy/table.ts';
import { counted } from '../../render/values.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import { RULES, ruleId } from './list.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import { backFrom } from '../../app/keys/closing.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';
import { overlayView } from '../../app/view.ts';
import { describeRule, policySheet } from './render.ts';

const NEXT: Readonly<Record<PolicyAction, PolicyAction>> = { checkpoint: 'flag', flag: 'ignore', ignore: 'checkpoint' };

/** The bindings of the policy table. */
const POLICY: readonly Binding[] = [
  {
    keys: ['enter', 'space'],
    kind: 'act',
    id: 'change',
    label: 'change',
    help: 'next action (this session)',
    footer: true,
    availability: changeAvailability,
    run: (context) => withRow(context, (row) => [set(row, nextAction(row))]),
  },
  {
    keys: ['u', 'd', 'backspace'],
    kind: 'act',
    id: 'take-back',
    label: 'undo',
    help: 'undo the change',
    footer: true,
    availability: (context) => {
      if (selectedRule(context)?.from !== 'session') return disabled('not changed in this session');
      return enabled();
    },
    run: (context) => withRow(context, (row) => [set(row, null)]),
  },
  FILTER,
  ORDER,
  ...STEPPING,
  backFrom('P'),
];

/** The binding that opens the policy table. */
export const TO_POLICY: Binding = {
  keys: ['P'],
  kind: 'view',
  id: 'policy',
  label: 'policy',
  help: 'policy: what a type causes',
  availability: ({ live }) => {
    const changed = live.policy.filter(({ from }) => from === 'session').length;
    return enabled(changed === 0 ? '' : `${changed} changed`);
  },
  run: () => viewAction({ type: 'overlay', overlay: { type: 'policy' } }),
};

/** Returns the current state of the selected rule; null if the filter leaves no row. */
export function selectedRule({ live, selected: { rule } }: Pick<Context, 'live' | 'selected'>): PolicyRow | null {
  return rule === null ? null : (live.policy.find((row) => ruleId(row) === ruleId(rule)) ?? null);
}

function nextAction({ action }: PolicyRow): PolicyAction {
  return action === null ? 'checkpoint' : NEXT[action];
}

function set(row: PolicyRow, action: PolicyAction | null): ScreenAction {
  const target =
    row.scope === 'type'
      ? ({ scope: 'type', name: row.name } as const)
      : ({ scope: 'severity', name: row.name } as const);
  return { type: 'policy', target, action };
}

function withRow(context: Context, run: (row: PolicyRow) => readonly ScreenAction[]): readonly ScreenAction[] {
  const row = selectedRule(context);
  return row === null ? [] : run(row);
}

// The preview shows that the change also applies to signals that already wait.
function changeAvailability(context: Context): Availability {
  const row = selectedRule(context);
  if (row === null) return disabled('no rule is selected');
  const waiting = context.live.signals.filter(
    (record) =>
      isUnsettled(record) && (row.scope === 'type' ? record.signal.type : record.signal.severity) === row.name,
  ).length;
  const waits = waiting === 0 ? '' : `; applies to ${counted(waiting, 'waiting signal')}`;
  const shown = context.selected.rule?.action ?? null;
  const since = row.action === shown ? '' : `; currently ${row.action ?? "each type's default"}`;
  return enabled(`${row.name} to ${nextAction(row)}${waits}${since}`);
}

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly policy: unknown;
  }
}

/** The action that each type and severity causes. */
export const policyView = overlayView('policy', {
  title: 'policy',
  list: RULES,
  shares: 'views',
  isWhole: true,
  bindings: POLICY,
  render: (_, context, size, theme) => policySheet(context, size, theme),
  describe: (_, context) => [describeRule(context)],
});
