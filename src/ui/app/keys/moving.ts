import {
  type Action,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  type Named,
  viewAction,
} from '../bindings.ts';
import { bodyRows, pageOfBox, pageOfSheet, pageOfSources } from '../../widgets/dialog.ts';
import { pageOf } from '../layout.ts';
import { type Step, stepList } from '../../widgets/list.ts';
import { TITLES, filterOf, isFollowable, listAt } from '../lists.ts';
import { listStateOf, rowIds } from '../shown.ts';
import { type ListName, type OwnKeys, PANES, type PaneName } from '../state.ts';

/** The ids of the keys that lead to a pane; its title may be reworded. */
const PANE_IDS: Readonly<Record<PaneName, string>> = {
  conversations: 'conversations',
  stream: 'calls',
  reactor: 'reactor',
  signals: 'signals',
  agents: 'agents',
};

/** Keys that move the selection in the list that one is in. */
export const STEPPING: readonly Binding[] = [
  stepping({ keys: ['up', 'k'], id: 'up', label: 'up', help: 'one row up' }, () => -1),
  stepping({ keys: ['down', 'j'], id: 'down', label: 'down', help: 'one row down' }, () => 1),
  stepping({ keys: ['pageup', 'ctrl-u'], id: 'page-up', label: 'page up', help: 'one page up' }, (page) => -page),
  stepping(
    { keys: ['pagedown', 'ctrl-d'], id: 'page-down', label: 'page down', help: 'one page down' },
    (page) => page,
  ),
  stepping({ keys: ['g', 'home'], id: 'first', label: 'first', help: 'to the first row' }, () => 'first'),
  stepping(
    { keys: ['G', 'end'], id: 'last', label: 'last', help: 'to the last row; in the calls: follow the newest again' },
    () => 'last',
  ),
];

/** Keys that move the selection and the focus. */
export const MOVING: readonly Binding[] = [
  ...STEPPING,
  focusing({ keys: ['tab', 'right', 'l'], id: 'next-pane', label: 'next pane', help: 'to the next pane' }, 1),
  focusing(
    { keys: ['shift-tab', 'left', 'h'], id: 'pane-before', label: 'pane before', help: 'to the pane before' },
    -1,
  ),
  ...PANES.map((pane, place) => numbered(pane, String(place + 1))),
];

function stepping(named: Named, stepOf: (page: number) => Step): Binding {
  return {
    ...named,
    kind: 'move',
    availability: hasRows,
    run: (context) => {
      const list = listAt(context.view);
      return step(context, list, stepOf(pageIn(context, list)));
    },
  };
}

function hasRows({ shown, view }: Context): Availability {
  const list = listAt(view);
  if (rowIds(shown, list).length > 0) return enabled();
  const isFiltered = filterOf(view, list) !== null;
  return disabled(`there is nothing to move in: ${TITLES[list]} ${isFiltered ? 'match nothing' : 'are empty'}`);
}

/** Moves in a list. Scrolling the calls stops following; their end resumes it. */
export function step(context: Context, list: ListName, by: Step): readonly Action[] {
  const { view, shown } = context;
  const isFollowed = list === 'stream' && isFollowable(view);
  if (isFollowed && by === 'last') return viewAction({ type: 'follow', follow: true });
  const options = { page: pageIn(context, list), fallback: 'first' } as const;
  const next = stepList(rowIds(shown, list), listStateOf(shown, view, list), by, options);
  if (next === null) return [];
  const actions: Action[] = [{ type: 'view', action: { type: 'list', of: list, list: next } }];
  if (isFollowed) actions.push({ type: 'view', action: { type: 'follow', follow: false } });
  // Another conversation starts at its newest call.
  if (list === 'conversations') actions.push({ type: 'view', action: { type: 'follow', follow: true } });
  return actions;
}

function pageIn({ layout, size }: Context, list: ListName): number {
  if (list === 'checkpoints') return pageOfSheet(size);
  if (list === 'silences') return pageOfBox(size);
  if (list === 'sources') return pageOfSources(size);
  return list === 'policy' ? Math.max(1, bodyRows(size) - 1) : pageOf(layout, list);
}

function focusing(named: Named, by: 1 | -1): Binding {
  return {
    ...named,
    kind: 'move',
    footer: named.keys[0] === 'tab',
    availability: ({ view }) => enabled(`to ${TITLES[neighbour(view.focus, by)]}`),
    run: ({ view }) => viewAction({ type: 'focus', pane: neighbour(view.focus, by) }),
  };
}

function neighbour(pane: PaneName, by: 1 | -1): PaneName {
  const place = (PANES.indexOf(pane) + by + PANES.length) % PANES.length;
  return PANES[place] ?? pane;
}

function numbered(pane: PaneName, key: string): Binding {
  return {
    keys: [key],
    kind: 'move',
    id: PANE_IDS[pane],
    label: TITLES[pane],
    help: `to the pane ${TITLES[pane]}`,
    availability: () => enabled(),
    run: () => viewAction({ type: 'focus', pane }),
  };
}

/** The key that leads to a pane. */
export function hotkeyOf(pane: PaneName, own: OwnKeys): string {
  return own[PANE_IDS[pane]] ?? String(PANES.indexOf(pane) + 1);
}
