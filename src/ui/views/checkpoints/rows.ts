import { wordMaker } from '../../../wording/snapshots.ts';
import { type SnapshotView, causeOf } from '../../../core/snapshots.ts';
import { type ListSpec, type Shown, arranged, byText, listOf } from '../../app/list.ts';
import type { ViewState } from '../../app/state.ts';
import { pageOfSheet } from '../../widgets/dialog.ts';

const NONE: readonly SnapshotView[] = [];

const SPEC = {
  name: 'checkpoints',
  title: 'checkpoints',
  rows: ({ state }: Shown) => allSnapshots(state.checkpoints),
  idOf: ({ id }: SnapshotView) => id,
  orders: [
    { name: 'newest', compare: null },
    { name: 'oldest', compare: (a, b) => a.at - b.at || byText(a.id, b.id) },
    { name: 'maker', compare: (a, b) => byText(wordMaker(a), wordMaker(b)) },
    // Those that have one first.
    { name: 'cause', compare: (a, b) => byText(causeOf(a) || '~', causeOf(b) || '~') },
    { name: 'id', compare: (a, b) => byText(a.id, b.id) },
  ],
  searchFields: (snapshot: SnapshotView) => {
    const { id, maker, kind, message, pinned, cause } = snapshot;
    const made = `${maker} ${wordMaker(snapshot)}`;
    const signal = [cause?.signal, cause?.signalId, cause?.callId].filter(Boolean).join(' ');
    const agent = cause?.agent ?? '';
    const text = [id, made, signal, agent, message, pinned ? 'pinned' : ''].filter(Boolean).join(' ');
    return { text, fields: { id, agent, type: kind, maker: made, by: made, cause: signal, signal } };
  },
  page: pageOfSheet,
} satisfies ListSpec<SnapshotView>;

/** The snapshots of a workspace, the newest first; while the list is frozen, those of then. */
export const SNAPSHOTS = listOf<SnapshotView>(SPEC);

/** The snapshots that are shown: they depend on the view store alone. */
export function shownSnapshots(state: Pick<ViewState, 'checkpoints' | 'filters' | 'orders'>): readonly SnapshotView[] {
  return arranged(allSnapshots(state.checkpoints), SPEC, state, NONE);
}

/** Returns all listed snapshots, shown or not. */
export function allSnapshots(checkpoints: ViewState['checkpoints']): readonly SnapshotView[] {
  return checkpoints?.frozen ?? checkpoints?.rows ?? NONE;
}

/** Counts the snapshots that appeared and disappeared since the list was frozen: `2 new, 1 gone`. */
export function changesWhileFrozen({ rows, frozen }: NonNullable<ViewState['checkpoints']>): string {
  const now = new Set((rows ?? NONE).map(({ id }) => id));
  const then = new Set((frozen ?? NONE).map(({ id }) => id));
  const went = then.difference(now).size;
  return `${now.difference(then).size} new${went === 0 ? '' : `, ${went} gone`}`;
}
