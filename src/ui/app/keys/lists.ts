import { type Binding, enabled, viewAction } from '../bindings.ts';
import { isUsualOrder, orderName } from '../order.ts';
import { TITLES, filterOf, listAt } from '../lists.ts';

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
  availability: ({ view }) => {
    const text = filterOf(view, listAt(view))?.text ?? '';
    return text === '' ? enabled() : enabled(`now "${text}"`);
  },
  run: ({ view }) => viewAction({ type: 'filter', change: { type: 'begin', of: listAt(view) } }),
};

/** Orders the list that one is in. */
export const ORDER: Binding = {
  keys: ['o'],
  kind: 'view',
  id: 'order',
  label: 'order',
  help: 'the next order of the list; its title says which. Calls are followed in the order of time only',
  availability: ({ view }) => {
    const list = listAt(view);
    return enabled(
      `${TITLES[list]} by ${orderName(list, view.orders[list] + 1)}, now by ${orderName(list, view.orders[list])}`,
    );
  },
  run: ({ view }) => {
    const of = listAt(view);
    const resumes = of === 'stream' && isUsualOrder(of, view.orders.stream + 1);
    return [...viewAction({ type: 'order', of }), ...(resumes ? viewAction({ type: 'follow', follow: true }) : [])];
  },
};
