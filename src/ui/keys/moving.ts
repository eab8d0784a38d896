import { pageOf } from '../view/layout.ts';
import { stepList, type Step } from '../view/move.ts';
import { standOf } from '../view/selected.ts';
import { rowIds } from '../view/shown.ts';
import { type OwnKeys, PANES, type PaneName } from '../view/types.ts';
import { type Binding, can, cannot, type Context, type Deed, type Hint, look } from './types.ts';

const TITLES: Readonly<Record<PaneName, string>> = {
  conversations: 'conversations',
  stream: 'calls',
  reactor: 'reactor',
  signals: 'signals',
  agents: 'agents',
};

/** Keys that move the selection and the focus. */
export const MOVING: readonly Binding[] = [
  stepping(['up', 'k'], 'up', 'one row up', () => -1),
  stepping(['down', 'j'], 'down', 'one row down', () => 1),
  stepping(['pageup', 'ctrl-u'], 'page up', 'one page up', ({ layout, view }) => -pageOf(layout, view.focus)),
  stepping(['pagedown', 'ctrl-d'], 'page down', 'one page down', ({ layout, view }) => pageOf(layout, view.focus)),
  stepping(['g', 'home'], 'first', 'to the first row', () => 'first'),
  stepping(['G', 'end'], 'last', 'to the last row; in the calls: follow the newest again', () => 'last'),
  focusing(['tab', 'right', 'l'], 'next pane', 'to the next pane', 1),
  focusing(['shift-tab', 'left', 'h'], 'pane before', 'to the pane before', -1),
  ...PANES.map((pane, place) => numbered(pane, String(place + 1))),
];

function stepping(keys: readonly string[], label: string, help: string, stepOf: (context: Context) => Step): Binding {
  return { keys, kind: 'move', label, help, hint: hasRows, does: (context) => step(context, stepOf(context)) };
}

function hasRows({ shown, view }: Context): Hint {
  if (rowIds(shown, view.focus).length > 0) return can();
  return cannot(
    `there is nothing to move in: ${TITLES[view.focus]} ${isFiltered(view) ? 'match nothing' : 'are empty'}`,
  );
}

function isFiltered({ filter, focus }: Context['view']): boolean {
  return filter.pane === focus && filter.text !== '';
}

/** Moves in the focused list. Scrolling the calls stops following; their end resumes it. */
export function step({ view, shown, layout }: Context, by: Step): readonly Deed[] {
  const { focus } = view;
  const inStream = focus === 'stream';
  if (inStream && by === 'last') return look({ type: 'follow', follow: true });
  const options = { page: pageOf(layout, focus), fallback: 'first' } as const;
  const next = stepList(rowIds(shown, focus), standOf(shown, view, focus), by, options);
  if (next === null) return [];
  const deeds: Deed[] = [{ type: 'view', action: { type: 'list', pane: focus, list: next } }];
  if (inStream) deeds.push({ type: 'view', action: { type: 'follow', follow: false } });
  // Another conversation starts at its newest call.
  if (focus === 'conversations') deeds.push({ type: 'view', action: { type: 'follow', follow: true } });
  return deeds;
}

function focusing(keys: readonly string[], label: string, help: string, by: 1 | -1): Binding {
  return {
    keys,
    kind: 'move',
    label,
    help,
    footer: keys[0] === 'tab',
    hint: ({ view }) => can(`to ${TITLES[neighbour(view.focus, by)]}`),
    does: ({ view }) => look({ type: 'focus', pane: neighbour(view.focus, by) }),
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
    label: TITLES[pane],
    help: `to the pane ${TITLES[pane]}`,
    hint: () => can(),
    does: () => look({ type: 'focus', pane }),
  };
}

/** The key that leads to a pane. */
export function hotkeyOf(pane: PaneName, own: OwnKeys): string {
  return own[TITLES[pane]] ?? String(PANES.indexOf(pane) + 1);
}
