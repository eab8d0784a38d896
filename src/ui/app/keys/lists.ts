import { type Binding, enabled, eraseAvailability, viewAction, viewBinding } from '../bindings.ts';
import { count } from '../../render/values.ts';
import { waitingBehind } from '../frozen.ts';
import { filterText, orderName } from '../list.ts';

/** Freezes and resumes the screen. */
export const FREEZE: Binding = {
  keys: ['space'],
  kind: 'view',
  id: 'freeze',
  label: 'freeze',
  help: 'freeze, go on',
  footer: true,
  availability: ({ view, live }) => {
    if (view.frozen === null) return enabled();
    const { calls, signals } = waitingBehind(view.frozen, live);
    return enabled('', '', `go on, ${count(calls + signals)} new`);
  },
  run: ({ view, live }) => viewAction({ type: 'freeze', view: view.frozen === null ? live : null }),
};

/** Filters the current list. */
export const FILTER: Binding = {
  keys: ['/'],
  kind: 'view',
  id: 'filter',
  label: 'filter',
  help: 'filter; ?TEXT: what was said',
  footer: true,
  availability: ({ view, list }) => {
    const text = filterText(view, list.name);
    return text === '' ? enabled() : enabled(`now "${text}"`, '');
  },
  run: ({ list }) => viewAction({ type: 'filter', change: { type: 'begin', of: list.name } }),
};

/** Orders the current list. */
export const ORDER: Binding = {
  keys: ['o'],
  kind: 'view',
  id: 'order',
  label: 'order',
  help: 'next order of the list',
  footer: true,
  availability: ({ view, list }) => enabled(`by ${orderName(list, view, 1)}`, ''),
  run: ({ list }) => viewAction({ type: 'order', of: list.name }),
};

/** The bindings of a filter that is typed. */
export const FILTER_KEYS: readonly Binding[] = [
  viewBinding({ keys: ['enter'], id: 'keep', label: 'keep', help: 'keep the filter' }, () =>
    viewAction({ type: 'filter', change: { type: 'keep' } }),
  ),
  viewBinding({ keys: ['escape'], id: 'drop', label: 'drop', help: 'clear the filter' }, ({ view }) =>
    viewAction({ type: 'filter', change: { type: 'clear', of: view.editing === null ? [] : [view.editing] } }),
  ),
  {
    ...viewBinding({ keys: ['backspace', 'delete'], id: 'erase', label: 'erase', help: 'erase a character' }, () =>
      viewAction({ type: 'filter', change: { type: 'erase' } }),
    ),
    availability: ({ view }) => eraseAvailability(view.editing === null ? '' : filterText(view, view.editing)),
  },
];
