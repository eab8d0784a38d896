import {
  type Action,
  type Availability,
  type Binding,
  type Context,
  type Pane,
  disabled,
  enabled,
  type Named,
  viewAction,
} from '../bindings.ts';
import { pageOf } from '../layout.ts';
import { type Step, stepList } from '../../widgets/list.ts';
import { type List, filterOf } from '../list.ts';

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
    ...panes.map(numbered),
  ];
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

/** Moves the selection of a list. */
export function step(context: Context, list: List, by: Step): readonly Action[] {
  const { view, shown } = context;
  const options = { page: pageIn(context, list), fallback: 'first' } as const;
  const next = stepList(list.ids(shown), list.position(shown), by, options);
  if (next === null) return [];
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

function neighbour({ pane, panes }: Context, by: 1 | -1): Pane {
  return panes[(panes.indexOf(pane) + by + panes.length) % panes.length] ?? pane;
}

function numbered({ name, title, hotkey, keyId }: Pane): Binding {
  return {
    keys: [hotkey],
    kind: 'move',
    id: keyId,
    label: title,
    help: `to the pane ${title}`,
    availability: () => enabled(),
    run: () => viewAction({ type: 'focus', pane: name }),
  };
}
