import type { PolicyAction } from '../../../core/config-type.ts';
import type { PolicyRow } from '../../../core/reactor/policy/table.ts';
import { isUnsettled } from '../../derive/order/attention.ts';
import { selectedPlace } from '../../derive/window.ts';
import { bodyRows } from '../../overlays/body.ts';
import { stepList, type Step } from '../../view/move.ts';
import { type Binding, can, cannot, type Context, type Deed, type Hint, look } from '../types.ts';

const NEXT: Readonly<Record<PolicyAction, PolicyAction>> = { checkpoint: 'flag', flag: 'ignore', ignore: 'checkpoint' };

/** The keys of the policy table. */
export const POLICY: readonly Binding[] = [
  {
    keys: ['enter', 'space'],
    kind: 'act',
    label: 'change',
    help: 'change what is done about the selected type or severity, for this session',
    footer: true,
    hint: changeHint,
    does: (context) => withRow(context, (row) => [set(row, nextAction(row))]),
  },
  {
    keys: ['u', 'd', 'backspace'],
    kind: 'act',
    label: 'take back',
    help: 'take the change of this session back',
    footer: true,
    hint: (context) => {
      if (selectedRule(context)?.from !== 'session') return cannot('nothing was changed here in this session');
      return can();
    },
    does: (context) => withRow(context, (row) => [set(row, null)]),
  },
  stepping(['up', 'k'], 'up', 'one row up', () => -1),
  stepping(['down', 'j'], 'down', 'one row down', () => 1),
  stepping(['pageup', 'ctrl-u'], 'page up', 'one page up', (page) => -page),
  stepping(['pagedown', 'ctrl-d'], 'page down', 'one page down', (page) => page),
  stepping(['g', 'home'], 'first', 'to the first row', () => 'first'),
  stepping(['G', 'end'], 'last', 'to the last row', () => 'last'),
  {
    keys: ['escape', 'q', 'P'],
    kind: 'look',
    label: 'back',
    help: 'back to the panes',
    footer: true,
    hint: () => can(),
    does: () => look({ type: 'overlay', overlay: { type: 'none' } }),
  },
];

/** The key over the panes that leads to the policy. */
export const TO_POLICY: Binding = {
  keys: ['P'],
  kind: 'look',
  label: 'policy',
  help: 'what is done about each type of signal, by whose word; it can be changed for this session',
  hint: ({ live }) => {
    const changed = live.policy.filter(({ from }) => from === 'session').length;
    return can(changed === 0 ? '' : `${changed} changed`);
  },
  does: () => look({ type: 'overlay', overlay: { type: 'policy', list: { selectedId: null, offset: 0 } } }),
};

/** Tells the rows of the table apart: a type may be called `high`. */
export function ruleId({ scope, name }: PolicyRow): string {
  return `${scope} ${name}`;
}

/** The selected row; null while the table is not open. */
export function selectedRule({ live, view }: Pick<Context, 'live' | 'view'>): PolicyRow | null {
  if (view.overlay.type !== 'policy') return null;
  const { selectedId } = view.overlay.list;
  return live.policy[selectedPlace(live.policy, selectedId, { idOf: ruleId, fallback: 'first' })] ?? null;
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
  return can(`${row.name} to ${nextAction(row)}${waits}`);
}

function stepping(keys: readonly string[], label: string, help: string, stepOf: (page: number) => Step): Binding {
  const does = ({ view: { overlay }, live, size }: Context): readonly Deed[] => {
    if (overlay.type !== 'policy') return [];
    const page = Math.max(1, bodyRows(size) - 1);
    const list = stepList(live.policy.map(ruleId), overlay.list, stepOf(page), { page, fallback: 'first' });
    return list === null ? [] : look({ type: 'overlay', overlay: { type: 'policy', list } });
  };
  return { keys, kind: 'move', label, help, hint: () => can(), does };
}
