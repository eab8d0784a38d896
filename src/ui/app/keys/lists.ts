import { type Binding, enabled, viewAction } from '../bindings.ts';
import { filterText, orderName } from '../list.ts';

/** Freezes and resumes the screen. */
export const FREEZE: Binding = {
  keys: ['space'],
  kind: 'view',
  id: 'freeze',
  label: 'freeze',
  help: 'freeze or resume the screen; events in the meantime are counted and the engine keeps acting',
  footer: true,
  availability: ({ view }) => enabled(view.frozen === null ? '' : 'off'),
  run: ({ view, live }) => viewAction({ type: 'freeze', view: view.frozen === null ? live : null }),
};

/** Filters the current list. */
export const FILTER: Binding = {
  keys: ['/'],
  kind: 'view',
  id: 'filter',
  label: 'filter',
  help: 'filter the focused list: words, /regex/, !not, agent: model: state: severity: fate: type: maker: cause:; Enter keeps it, Esc clears it',
  footer: true,
  availability: ({ view, list }) => {
    const text = filterText(view, list.name);
    return text === '' ? enabled() : enabled(`now "${text}"`);
  },
  run: ({ list }) => viewAction({ type: 'filter', change: { type: 'begin', of: list.name } }),
};

/** Orders the current list. */
export const ORDER: Binding = {
  keys: ['o'],
  kind: 'view',
  id: 'order',
  label: 'order',
  help: 'switch to the next order of the list, which its title shows; calls are followed only when ordered by time',
  availability: ({ view, list }) =>
    enabled(`${list.title} by ${orderName(list, view, 1)}, now by ${orderName(list, view)}`),
  run: ({ list }) => viewAction({ type: 'order', of: list.name }),
};
