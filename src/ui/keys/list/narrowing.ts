import { isUsualOrder, orderName } from '../../derive/order/sorting.ts';
import { filterOf, listAt, TITLES } from '../../view/list/lists.ts';
import { type Binding, can, look } from '../types.ts';

/** Narrows the list that one is in. */
export const FILTER: Binding = {
  keys: ['/'],
  kind: 'look',
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
