import { type Binding, enabled, viewAction } from '../bindings.ts';
import { filterText, orderName } from '../list.ts';

/** Holds the screen still, and lets it go on. */
export const FREEZE: Binding = {
  keys: ['space'],
  kind: 'view',
  id: 'freeze',
  label: 'freeze',
  help: 'freeze the screen, and let it go on; what comes in meanwhile is counted, and the engine goes on acting',
  footer: true,
  availability: ({ view }) => enabled(view.frozen === null ? '' : 'ends'),
  run: ({ view, live }) => viewAction({ type: 'freeze', view: view.frozen === null ? live : null }),
};

/** Narrows the list that one is in. */
export const FILTER: Binding = {
  keys: ['/'],
  kind: 'view',
  id: 'filter',
  label: 'filter',
  help: 'filter the focused list: words, /regex/, !not, agent: model: state: severity: fate: type: maker: cause:; Enter keeps it, Esc drops it',
  footer: true,
  availability: ({ view, list }) => {
    const text = filterText(view, list.name);
    return text === '' ? enabled() : enabled(`now "${text}"`);
  },
  run: ({ list }) => viewAction({ type: 'filter', change: { type: 'begin', of: list.name } }),
};

/** Orders the list that one is in. */
export const ORDER: Binding = {
  keys: ['o'],
  kind: 'view',
  id: 'order',
  label: 'order',
  help: 'the next order of the list; its title says which. Calls are followed in the order of time only',
  availability: ({ view, list }) =>
    enabled(`${list.title} by ${orderName(list, view, 1)}, now by ${orderName(list, view)}`),
  run: ({ list }) => viewAction({ type: 'order', of: list.name }),
};
