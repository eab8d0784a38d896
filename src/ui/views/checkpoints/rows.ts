import { INTERRUPTION_TYPES } from '../../../core/interruptions.ts';
import { wordMaker } from '../../../wording/snapshots.ts';
import { type ChangedFile, causeOf } from '../../../core/snapshots.ts';
import { type ListSpec, type Shown, arranged, byText, listOf } from '../../app/list.ts';
import type { ViewState } from '../../app/state.ts';
import { pageOfSheet } from '../../widgets/dialog.ts';
import { rowIdOf, type SnapshotRow } from './state.ts';

const NONE: readonly SnapshotRow[] = [];

const SPEC = {
  name: 'checkpoints',
  title: 'checkpoints',
  rows: ({ state }: Shown) => allSnapshots(state.checkpoints),
  idOf: rowIdOf,
  orders: [
    { name: 'newest', compare: null },
    { name: 'oldest', compare: (a, b) => a.at - b.at || byText(a.id, b.id) },
    { name: 'maker', compare: (a, b) => byText(wordMaker(a), wordMaker(b)) },
    // Those that have one first.
    { name: 'cause', compare: (a, b) => byText(causeOf(a) || '~', causeOf(b) || '~') },
    { name: 'id', compare: (a, b) => byText(a.id, b.id) },
    { name: 'workspace', compare: (a, b) => byText(a.workspace, b.workspace) || b.at - a.at },
    { name: 'files', compare: (a, b) => (b.changed?.files ?? -1) - (a.changed?.files ?? -1) },
  ],
  searchFields: (snapshot: SnapshotRow) => {
    const { id, workspace, maker, kind, message, pinned, cause, leftOut } = snapshot;
    const made = `${maker} ${wordMaker(snapshot)}`;
    const signal = [cause?.signal, cause?.signalId, cause?.callId].filter(Boolean).join(' ');
    const agent = cause?.agent ?? '';
    const lacks = leftOut === undefined || leftOut.count === 0 ? '' : 'left out';
    const text = [id, workspace, made, signal, agent, message, pinned ? 'pinned' : '', lacks].filter(Boolean).join(' ');
    const fields = { id, agent, workspace, type: kind, maker: made, by: made, cause: signal, signal };
    return { text, fields };
  },
  values: { cause: Object.keys(INTERRUPTION_TYPES), signal: Object.keys(INTERRUPTION_TYPES) },
  page: pageOfSheet,
} satisfies ListSpec<SnapshotRow>;

/** The snapshots of all workspaces, or of one, the newest first; while the list is frozen, those of then. */
export const SNAPSHOTS = listOf<SnapshotRow>(SPEC);

const NO_FILES: readonly ChangedFile[] = [];

/** The files of the selected snapshot, the largest change first. */
export const FILES = listOf<ChangedFile>({
  name: 'files',
  title: 'files',
  rows: ({ state }) => filesOf(state.checkpoints),
  idOf: ({ path }) => path,
  orders: [
    { name: 'change', compare: null },
    { name: 'name', compare: (a, b) => byText(a.path, b.path) },
  ],
  searchFields: ({ path, change }) => ({ text: path, fields: { id: path, type: change } }),
  page: pageOfSheet,
});

function filesOf(checkpoints: ViewState['checkpoints']): readonly ChangedFile[] {
  const found = checkpoints?.contents?.found;
  return found?.ok === true ? found.value.files : NO_FILES;
}

/** The snapshots that are shown: they depend on the view store alone. */
export function shownSnapshots(state: Pick<ViewState, 'checkpoints' | 'filters' | 'orders'>): readonly SnapshotRow[] {
  return arranged(allSnapshots(state.checkpoints), SPEC, state, NONE);
}

/** Returns the listed snapshots of the chosen workspaces, filtered or not. */
export function allSnapshots(checkpoints: ViewState['checkpoints']): readonly SnapshotRow[] {
  const all = checkpoints?.frozen ?? checkpoints?.rows ?? NONE;
  const only = checkpoints?.only ?? null;
  return only === null ? all : all.filter(({ workspace }) => workspace === only);
}

/** Counts the snapshots that appeared and disappeared since the list was frozen: `2 new, 1 gone`. */
export function changesWhileFrozen({ rows, frozen }: NonNullable<ViewState['checkpoints']>): string {
  const now = new Set((rows ?? NONE).map(rowIdOf));
  const then = new Set((frozen ?? NONE).map(rowIdOf));
  const went = then.difference(now).size;
  return `${now.difference(then).size} new${went === 0 ? '' : `, ${went} gone`}`;
}
