import { type Binding, can, look } from '../bindings.ts';
import { isUsualOrder, orderName } from '../order.ts';
import { TITLES, filterOf, listAt } from '../lists.ts';

/** Holds the screen still, and lets it go on. */
export const FREEZE: Binding = {
  keys: ['space'],
  kind: 'look',
  id: 'freeze',
  label: 'freeze',
  help: 'freeze the screen, and let it go on; what comes in meanwhile is counted, and the engine goes on acting',
  footer: true,
  hint: ({ view }) => can(view.frozen === null ? '' : 'ends'),
  does: ({ view, live }) => look({ type: 'freeze', view: view.frozen === null ? live : null }),
};

/** Narrows the list that one is in. */
export const FILTER: Binding = {
  keys: ['/'],
  kind: 'look',
  id: 'filter',
  label: 'filter',
  help: 'filter the focused list: words, /regex/, !not, agent: model: state: severity: fate: type: maker: cause:; Enter keeps it, Esc drops it',
  footer: true,
  hint: ({ view }) => {
    const text = filterOf(view, listAt(view))?.text ?? '';
    return text === '' ? can() : can(`now "${text}"`);
  },
  does: ({ view }) => look({ type: 'filter', change: { type: 'begin', of: listAt(view) } }),
};

/** Orders the list that one is in. */
export const ORDER: Binding = {
  keys: ['o'],
  kind: 'look',
  id: 'order',
  label: 'order',
  help: 'the next order of the list; its title says which. Calls are followed in the order of time only',
  hint: ({ view }) => {
    const list = listAt(view);
    return can(
      `${TITLES[list]} by ${orderName(list, view.orders[list] + 1)}, now by ${orderName(list, view.orders[list])}`,
    );
  },
  does: ({ view }) => {
    const of = listAt(view);
    const resumes = of === 'stream' && isUsualOrder(of, view.orders.stream + 1);
    return [...look({ type: 'order', of }), ...(resumes ? look({ type: 'follow', follow: true }) : [])];
  },
};
