import type { Context } from '../../keys/types.ts';
import { placeOf } from '../layout.ts';
import { rowIds } from '../shown.ts';
import { type ListName, PANES, type PaneName } from '../types.ts';
import { filteredLists } from './lists.ts';

/** What is drawn in place of all panes. */
const WHOLE: ReadonlySet<string> = new Set(['policy', 'sources', 'checkpoints', 'detail', 'plan', 'diff']);

/** Lists that are narrowed and whose border, which says so, is out of sight. */
export function unseenFilters({ view, layout }: Pick<Context, 'view' | 'layout'>): readonly ListName[] {
  const { overlay } = view;
  const isBare = !WHOLE.has(overlay.type);
  return filteredLists(view).filter(
    (list) => overlay.type !== list && !(isBare && isPane(list) && placeOf(layout, list) !== null),
  );
}

/** The panes that are narrowed, with how many rows are left; for where only their names are in sight. */
export function narrowedRows({ view, shown }: Pick<Context, 'view' | 'shown'>): Partial<Record<PaneName, number>> {
  const narrowed = filteredLists(view).filter(isPane);
  return Object.fromEntries(narrowed.map((pane) => [pane, rowIds(shown, pane).length]));
}

/** Whether a list is that of a pane. */
export function isPane(list: ListName): list is PaneName {
  return (PANES as readonly ListName[]).includes(list);
}
