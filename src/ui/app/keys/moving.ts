import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  type Pane,
  disabled,
  enabled,
  type Named,
  viewAction,
} from '../bindings.ts';
import { pageOf, rectOf } from '../layout.ts';
import { type Step, stepList } from '../../widgets/list.ts';
import { type List, filterOf, listState } from '../list.ts';

/** The bindings that move the selection in the current list. */
export const STEPPING: readonly Binding[] = [
  stepping({ keys: ['up', 'k'], id: 'up', label: 'up', help: 'move up one row' }, () => -1),
  stepping({ keys: ['down', 'j'], id: 'down', label: 'down', help: 'move down one row' }, () => 1),
  stepping({ keys: ['pageup', 'ctrl-u'], id: 'page-up', label: 'page up', help: 'move up one page' }, (page) => -page),
  stepping(
    { keys: ['pagedown', 'ctrl-d'], id: 'page-down', label: 'page down', help: 'move down one page' },
    (page) => page,
  ),
  stepping({ keys: ['g', 'home'], id: 'first', label: 'first', help: 'go to the first row' }, () => 'first'),
  stepping(
    {
      keys: ['G', 'end'],
      id: 'last',
      label: 'last',
      help: 'go to the last row; in the calls, follow the newest again',
    },
    () => 'last',
  ),
];

/** The bindings that move the selection and the focus. */
export function movingKeys(panes: readonly Pane[]): readonly Binding[] {
  return [
    ...STEPPING,
    focusing({ keys: ['tab', 'right', 'l'], id: 'next-pane', label: 'next pane', help: 'go to the next pane' }, 1),
    focusing(
      { keys: ['shift-tab', 'left', 'h'], id: 'pane-before', label: 'previous pane', help: 'go to the previous pane' },
      -1,
    ),
    ...TROUBLES,
    ...GROUPS,
    ...viewKeys(panes),
    ZOOM,
  ];
}

/** The bindings that open the views on the whole screen: the same in every view. */
export function viewKeys(panes: readonly Pane[]): readonly Binding[] {
  return [
    {
      keys: ['1'],
      kind: 'move',
      id: 'overview',
      label: 'overview',
      help: 'overview',
      availability: () => enabled(),
      run: () => viewAction({ type: 'overview' }),
    },
    ...panes.map(numbered),
  ];
}

/** Shows the focused pane on the whole screen, and back. */
const ZOOM: Binding = {
  keys: ['z'],
  kind: 'view',
  id: 'zoom',
  label: 'full screen',
  help: 'this pane, full screen',
  footer: true,
  availability: ({ view, layout }) => {
    if (view.zoomed) return enabled('off', 'off');
    return layout.type === 'panes' && layout.tabs ? disabled('this pane has the whole screen') : enabled();
  },
  run: ({ view, pane }) => viewAction(view.zoomed ? { type: 'out' } : { type: 'into', pane: pane.name }),
};

/** The bindings that go from trouble to trouble. */
export const TROUBLES: readonly Binding[] = [
  toTrouble({ keys: ['n'], id: 'next-trouble', label: 'next trouble', help: 'next trouble of the list' }, 1),
  toTrouble({ keys: ['N'], id: 'trouble-before', label: 'previous trouble', help: 'previous trouble' }, -1),
];

function toTrouble(named: Named, by: 1 | -1): Binding {
  const to = ({ list, shown }: Context): string | null => {
    const troubled = list.troubled(shown);
    const ids = list.ids(shown);
    const at = list.index(shown);
    const indexes = troubled.map((id) => ids.indexOf(id));
    const next = by === 1 ? indexes.find((index) => index > at) : indexes.findLast((index) => index < at);
    // Behind the last one comes the first again.
    const index = next ?? (by === 1 ? indexes[0] : indexes.at(-1));
    return index === undefined ? null : (ids[index] ?? null);
  };
  return {
    ...named,
    kind: 'move',
    availability: (context) =>
      to(context) === null ? disabled(`nothing is wrong in ${context.list.title}`) : enabled(),
    run: (context) => {
      const { list, shown } = context;
      const id = to(context);
      return id === null ? [] : step(context, list, list.ids(shown).indexOf(id) - list.index(shown), id);
    },
  };
}

/** The bindings that open and close groups of rows. */
const GROUPS: readonly Binding[] = [
  grouping({ keys: ['+'], id: 'open-group', label: 'open the group', help: 'open a group' }, true),
  grouping({ keys: ['-'], id: 'close-group', label: 'close the group', help: 'close a group' }, false),
];

function grouping(named: Named, open: boolean): Binding {
  return {
    ...named,
    kind: 'view',
    footer: open,
    availability: ({ list, shown, view }) => {
      const group = list.group(shown);
      if (group === null) return disabled('the selected row is no group');
      // Of what is within, the group is open in any case.
      const isOpen = group.head !== null || view.groups.has(group.id);
      if (isOpen === open) return disabled(open ? 'it is open' : 'it is closed');
      return open && group.label !== '' ? enabled('', '', group.label) : enabled();
    },
    run: ({ list, shown, view }) => {
      const group = list.group(shown);
      if (group === null) return [];
      const { id, head } = group;
      const { offset } = listState(view, list.name);
      return [
        ...viewAction({ type: 'group', id, open }),
        ...(open || head === null
          ? []
          : viewAction({ type: 'list', of: list.name, list: { selectedId: head, offset } })),
      ];
    },
  };
}

function stepping(named: Named, stepOf: (page: number) => Step): Binding {
  return {
    ...named,
    kind: 'move',
    availability: hasRows,
    run: (context) => step(context, context.list, stepOf(pageIn(context, context.list))),
  };
}

function hasRows({ shown, view, list }: Context): Availability {
  if (list.rows(shown).length > 0) return enabled();
  const isFiltered = filterOf(view, list.name) !== null;
  return disabled(`no rows: ${list.title} ${isFiltered ? 'match nothing' : 'are empty'}`);
}

/** Moves the selection of a list by a step; `to` names the row where nothing is selected yet. */
export function step(context: Context, list: List, by: Step, to: string | null = null): readonly ScreenAction[] {
  const { view, shown } = context;
  const options = { page: pageIn(context, list), fallback: 'first' } as const;
  const stepped = stepList(list.ids(shown), list.position(shown), by, options);
  if (stepped === null) return [];
  const next = to === null ? stepped : { ...stepped, selectedId: to };
  return [...viewAction({ type: 'list', of: list.name, list: next }), ...list.stepped(by, view).flatMap(viewAction)];
}

function pageIn({ layout, size }: Context, list: List): number {
  return list.page?.(size) ?? pageOf(layout, list.name);
}

function focusing(named: Named, by: 1 | -1): Binding {
  return {
    ...named,
    kind: 'move',
    footer: named.keys[0] === 'tab',
    availability: (context) => enabled(`to ${neighbour(context, by).title}`),
    run: (context) => viewAction({ type: 'focus', pane: neighbour(context, by).name }),
  };
}

// The panes that stand on the screen; with tabs, those that have a tab.
function neighbour({ pane, panes: all, layout, live }: Context, by: 1 | -1): Pane {
  const panes = all.filter((one) => one.isThere(live));
  const isTabbed = layout.type === 'panes' && layout.tabs;
  const seen = panes.filter(
    (one) => one === pane || (isTabbed ? one.hotkey !== '' : rectOf(layout, one.name) !== null),
  );
  const ring = seen.length > 1 ? seen : panes;
  return ring[(ring.indexOf(pane) + by + ring.length) % ring.length] ?? pane;
}

function numbered({ name, title, hotkey, keyId, isThere }: Pane): Binding {
  return {
    keys: hotkey === '' ? [] : [hotkey],
    kind: 'move',
    id: keyId,
    label: title,
    help: title,
    availability: ({ live }) => (isThere(live) ? enabled() : disabled(`there are no ${title} here`)),
    run: () => viewAction({ type: 'view', pane: name }),
  };
}
