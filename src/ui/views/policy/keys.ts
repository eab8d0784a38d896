import type { PolicyAction } from '../../../core/config-type.ts';
import type { PolicyRow } from '../../../core/reactor/policy/table.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import { ruleId } from '../../app/shown.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import { backFrom } from '../../app/keys/overlays.ts';
import { type Binding, type Context, type Deed, type Hint, can, cannot, look } from '../../app/bindings.ts';

const NEXT: Readonly<Record<PolicyAction, PolicyAction>> = { checkpoint: 'flag', flag: 'ignore', ignore: 'checkpoint' };

/** The keys of the policy table. */
export const POLICY: readonly Binding[] = [
  {
    keys: ['enter', 'space'],
    kind: 'act',
    id: 'change',
    label: 'change',
    help: 'change what is done about the selected type or severity, for this session',
    footer: true,
    hint: changeHint,
    does: (context) => withRow(context, (row) => [set(row, nextAction(row))]),
  },
  {
    keys: ['u', 'd', 'backspace'],
    kind: 'act',
    id: 'take-back',
    label: 'take back',
    help: 'take the change of this session back',
    footer: true,
    hint: (context) => {
      if (selectedRule(context)?.from !== 'session') return cannot('nothing was changed here in this session');
      return can();
    },
    does: (context) => withRow(context, (row) => [set(row, null)]),
  },
  FILTER,
  ORDER,
  ...STEPPING,
  backFrom('P'),
];

/** The key over the panes that leads to the policy. */
export const TO_POLICY: Binding = {
  keys: ['P'],
  kind: 'look',
  id: 'policy',
  label: 'policy',
  help: 'what is done about each type of signal, by whose word; it can be changed for this session',
  hint: ({ live }) => {
    const changed = live.policy.filter(({ from }) => from === 'session').length;
    return can(changed === 0 ? '' : `${changed} changed`);
  },
  does: () => look({ type: 'overlay', overlay: { type: 'policy' } }),
};

/** The selected rule as it is now; null where no row is left by the filter. */
export function selectedRule({ live, selected: { rule } }: Pick<Context, 'live' | 'selected'>): PolicyRow | null {
  return rule === null ? null : (live.policy.find((row) => ruleId(row) === ruleId(rule)) ?? null);
}

function nextAction({ action }: PolicyRow): PolicyAction {
  return action === null ? 'checkpoint' : NEXT[action];
}

function set(row: PolicyRow, action: PolicyAction | null): Deed {
  const target =
    row.scope === 'type'
      ? ({ scope: 'type', name: row.name } as const)
      : ({ scope: 'severity', name: row.name } as const);
  return { type: 'policy', target, action };
}

function withRow(context: Context, does: (row: PolicyRow) => readonly Deed[]): readonly Deed[] {
  const row = selectedRule(context);
  return row === null ? [] : does(row);
}

// Whoever changes it must know that it decides about what waits already.
function changeHint(context: Context): Hint {
  const row = selectedRule(context);
  if (row === null) return cannot('there is no rule');
  const waiting = context.live.signals.filter(
    (record) =>
      isUnsettled(record) && (row.scope === 'type' ? record.signal.signal : record.signal.severity) === row.name,
  ).length;
  const waits = waiting === 0 ? '' : `; decides about ${waiting} that wait`;
  const shown = context.selected.rule?.action ?? null;
  const since = row.action === shown ? '' : `; it is ${row.action ?? "each type's own"} by now`;
  return can(`${row.name} to ${nextAction(row)}${waits}${since}`);
}
