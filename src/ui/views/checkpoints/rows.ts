import type { SnapshotView } from '../../../core/snapshots.ts';
import { readQuery } from '../../widgets/query.ts';
import type { ViewState } from '../../app/state.ts';
import { snapshotSearchFields } from '../../app/search-fields.ts';
import { SNAPSHOT_ORDERS, orderAt, ordered } from '../../app/order.ts';

type Looked = Pick<ViewState, 'checkpoints' | 'filters' | 'orders'>;

const NONE: readonly SnapshotView[] = [];
const known = new WeakMap<object, { readonly text: string; readonly rows: readonly SnapshotView[] }>();

/** The snapshots that are shown, filtered and in their order; while the list is frozen, those of then. */
export function shownSnapshots({ checkpoints, filters, orders }: Looked): readonly SnapshotView[] {
  const inOrder = ordered(allSnapshots(checkpoints), orderAt(SNAPSHOT_ORDERS, orders.checkpoints));
  const text = filters.checkpoints;
  if (text.trim() === '') return inOrder;
  const made = known.get(inOrder);
  if (made?.text === text) return made.rows;
  const { matches } = readQuery(text);
  const rows = inOrder.filter((row) => matches(snapshotSearchFields(row)));
  known.set(inOrder, { text, rows });
  return rows;
}

/** All snapshots that are listed, shown or not. */
export function allSnapshots(checkpoints: ViewState['checkpoints']): readonly SnapshotView[] {
  return checkpoints?.frozen ?? checkpoints?.rows ?? NONE;
}

/** What came and went behind a list that is frozen, in words. */
export function waitingWords({ rows, frozen }: NonNullable<ViewState['checkpoints']>): string {
  const now = new Set((rows ?? NONE).map(({ id }) => id));
  const then = new Set((frozen ?? NONE).map(({ id }) => id));
  const went = then.difference(now).size;
  return `${now.difference(then).size} new${went === 0 ? '' : `, ${went} gone`}`;
}
