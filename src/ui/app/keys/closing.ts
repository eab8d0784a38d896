import { type ScreenAction, type Binding, type Context, CLOSE, viewAction, viewBinding } from '../bindings.ts';
import { filterOf } from '../list.ts';
import { beneath } from './beside.ts';

/** Returns the binding that leaves a list that `opener` opened from the panes. */
export function backFrom(opener: string): Binding {
  return viewBinding(
    { keys: ['escape', opener], id: 'back', label: 'back', help: 'drop the filter, then back' },
    closeList,
  );
}

/** Clears the filter of the list over the panes, else closes it. */
export function closeList({ view, list: { name } }: Context): readonly ScreenAction[] {
  return viewAction(filterOf(view, name) === null ? CLOSE : { type: 'filter', change: { type: 'clear', of: [name] } });
}

/** Returns the bindings of a view that is turned page by page. */
export function pagingKeys(closing: readonly string[], run: Binding['run'] = uncover): readonly Binding[] {
  return [
    viewBinding({ keys: closing, id: 'close', label: 'close', help: 'close' }, run),
    viewBinding(
      {
        keys: ['down', 'j', 'tab', 'space', 'pagedown', 'ctrl-d'],
        id: 'next-page',
        label: 'next page',
        help: 'go to the next page',
      },
      (context) => turn(context, 1),
    ),
    viewBinding(
      {
        keys: ['up', 'k', 'pageup', 'ctrl-u'],
        id: 'page-before',
        label: 'previous page',
        help: 'go to the previous page',
      },
      (context) => turn(context, -1),
    ),
  ];
}

function uncover({ view: { overlay } }: Context): readonly ScreenAction[] {
  return viewAction({ type: 'overlay', overlay: beneath(overlay) });
}

// Pages wrap around when drawn: the count is known only there.
function turn({ view: { overlay } }: Context, by: 1 | -1): readonly ScreenAction[] {
  if (!('page' in overlay)) return [];
  return viewAction({ type: 'overlay', overlay: { ...overlay, page: overlay.page + by } });
}
