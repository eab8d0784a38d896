import { isUsualOrder, orderName } from './order.ts';
import { type Filter, LISTS, type ListName, PANES, type PaneName, type ViewState } from './state.ts';

/** What the lists are called. */
export const TITLES: Readonly<Record<ListName, string>> = {
  conversations: 'conversations',
  stream: 'calls',
  reactor: 'reactor',
  signals: 'signals',
  agents: 'agents',
  silences: 'silences',
  policy: 'policy',
  checkpoints: 'checkpoints',
  sources: 'sources',
};

/** Lists that lie over the panes, each in an overlay of its name. */
const OVER = ['silences', 'policy', 'checkpoints', 'sources'] as const;

/** The list that keys mean now: the one that lies over the panes, else the one of the focused pane. */
export function listAt({ overlay, focus }: Pick<ViewState, 'overlay' | 'focus'>): ListName {
  return OVER.find((list) => list === overlay.type) ?? focus;
}

/** The list whose filter is being typed, as far as it is in sight; null where none is. */
export function editedList(view: Pick<ViewState, 'overlay' | 'focus' | 'editing'>): ListName | null {
  const isBare = view.overlay.type === 'none' || view.overlay.type === view.editing;
  return isBare ? view.editing : null;
}

/** What narrows a list; null where nothing does. */
export function filterOf({ filters, editing }: Pick<ViewState, 'filters' | 'editing'>, list: ListName): Filter | null {
  const isEdited = editing === list;
  return filters[list] === '' && !isEdited ? null : { text: filters[list], editing: isEdited };
}

/** The name of a list's order where it is another than the usual one. */
export function chosenOrder({ orders }: Pick<ViewState, 'orders'>, list: ListName): string | undefined {
  return isUsualOrder(list, orders[list]) ? undefined : orderName(list, orders[list]);
}

/** The lists that are narrowed. */
export function filteredLists({ filters }: Pick<ViewState, 'filters'>): readonly ListName[] {
  return LISTS.filter((list) => filters[list].trim() !== '');
}

/** Whether the calls stand in the order of time, in which alone the newest can be followed. */
export function isFollowable({ orders }: Pick<ViewState, 'orders'>): boolean {
  return isUsualOrder('stream', orders.stream);
}

/** Whether a list is that of a pane. */
export function isPane(list: ListName): list is PaneName {
  return (PANES as readonly ListName[]).includes(list);
}
