import { checkpointAvailability } from '../../app/keys/acting.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import {
  capabilityAvailability,
  diff,
  diffAvailability,
  initAvailability,
  openAll,
  withViewTarget,
  remove,
  repinAvailability,
  startInit,
  startRepin,
  withSelected,
} from './snapshots.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
  viewBinding,
} from '../../app/bindings.ts';
import { filterOf, selectedIn } from '../../app/list.ts';
import { closeList } from '../../app/keys/closing.ts';
import { type Editable, editorAt, shellIn } from '../../app/keys/guests.ts';
import { overlayView } from '../../app/view.ts';
import { describeCheckpoints, describeFile } from './describe.ts';
import { freezeCheckpoints, reduceCheckpoints } from './reduce.ts';
import { checkpointsSheet, filesSheet, noWorkspaceSheet } from './render.ts';
import { FILES, SNAPSHOTS } from './rows.ts';
import { rowIdOf } from './state.ts';

const VIEW = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;

/** The bindings of the view of checkpoints. */
const CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['enter', 'tab'],
    kind: 'view',
    id: 'to-files',
    label: 'files',
    help: 'go to the files it changed',
    footer: true,
    availability: (context) => withSelected(context, () => filesAvailability(context)),
    run: () => viewAction({ type: 'overlay', overlay: { type: 'files' } }),
  },
  {
    keys: ['d'],
    kind: 'view',
    id: 'diff',
    label: 'diff',
    help: 'diff to now, or to the mark',
    footer: true,
    availability: diffAvailability,
    run: diff,
  },
  {
    keys: ['R'],
    kind: 'act',
    id: 'roll-back',
    label: 'roll back',
    help: 'roll back (asks)',
    footer: true,
    availability: (context) => withSelected(context, () => capabilityAvailability(context, 'rollback', 'roll back')),
    run: ({ selected: { snapshot } }) =>
      snapshot === null
        ? []
        : [{ type: 'plan', job: { type: 'rollback', workspace: snapshot.workspace, snapshot: snapshot.id } }],
  },
  {
    keys: ['v'],
    kind: 'view',
    id: 'mark',
    label: 'mark',
    help: 'mark one to compare with',
    footer: true,
    availability: (context) =>
      withSelected(context, (row) => enabled(rowIdOf(row) === context.view.checkpoints?.marked ? 'off' : '')),
    run: (context) => {
      const { snapshot } = context.selected;
      const id = snapshot === null ? null : rowIdOf(snapshot);
      const marked = id === context.view.checkpoints?.marked ? null : id;
      return viewAction({ type: 'checkpoints', change: { type: 'mark', marked } });
    },
  },
  shellIn((context) => withViewTarget(context).target.workspace),
  {
    keys: ['D', 'delete'],
    kind: 'act',
    id: 'delete',
    label: 'delete',
    help: 'delete (asks)',
    footer: true,
    availability: (context) =>
      withSelected(context, () => capabilityAvailability(context, 'remove', 'delete a snapshot')),
    run: remove,
  },
  {
    keys: ['c'],
    kind: 'act',
    id: 'checkpoint',
    label: 'checkpoint',
    help: 'take a checkpoint now',
    footer: true,
    availability: (context) => checkpointAvailability(withViewTarget(context)),
    run: (context) => {
      const { workspace } = withViewTarget(context).target;
      return workspace === null
        ? []
        : [{ type: 'checkpoint', workspace: workspace.path, agent: null, conversationId: null }];
    },
  },
  {
    keys: ['i'],
    kind: 'act',
    id: 'init',
    label: 'init',
    help: 'start ws-ckpt here (asks)',
    footer: true,
    availability: (context) => initAvailability(withViewTarget(context)),
    run: (context) => startInit(withViewTarget(context)),
  },
  {
    keys: ['I'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept a replaced folder',
    availability: (context) => repinAvailability(withViewTarget(context)),
    run: (context) => startRepin(withViewTarget(context)),
  },
  {
    keys: ['w'],
    kind: 'view',
    id: 'next-workspace',
    label: 'one workspace',
    help: 'one workspace, the next, all',
    footer: true,
    availability: ({ live, view }) => {
      if (live.workspaces.length < 2) return disabled('this is the only workspace');
      return (view.checkpoints?.only ?? null) === null ? enabled() : enabled('', '', 'next workspace');
    },
    run: (context) => openAll(context.live, nextOnly(context)),
  },
  {
    keys: ['r'],
    kind: 'view',
    id: 'list-again',
    label: 'list again',
    help: 'list the snapshots again',
    availability: ({ view }) => (view.checkpoints === null ? disabled('no workspace configured') : enabled()),
    run: ({ live }) => openAll(live),
  },
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id',
    availability: (context) => withSelected(context, () => enabled()),
    run: (context) => {
      const snapshot = context.selected.snapshot;
      return snapshot === null ? [] : [{ type: 'copy', text: snapshot.id, what: 'snapshot id' }];
    },
  },
  FILTER,
  ORDER,
  {
    keys: ['space'],
    kind: 'view',
    id: 'freeze',
    label: 'freeze',
    help: 'freeze the list, go on',
    availability: ({ view: { checkpoints } }) => {
      if (checkpoints === null) return disabled('no workspace configured');
      return enabled(checkpoints.frozen === null ? '' : 'off');
    },
    run: () => viewAction({ type: 'checkpoints', change: { type: 'freeze' } }),
  },
  ...STEPPING,
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'drop the filter, then back',
    footer: true,
    availability: () => enabled(),
    run: closeList,
  },
];

/** The bindings over the panes that open the checkpoints. */
const TO_CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['5'],
    kind: 'view',
    id: 'checkpoints',
    label: 'checkpoints',
    help: 'checkpoints',
    availability: ({ live }) => enabled(live.workspaces.length === 0 ? '(no workspace)' : ''),
    // Without a workspace the view shows what is missing.
    run: ({ live }) => (live.workspaces.length === 0 ? viewAction(VIEW) : openAll(live)),
  },
  {
    keys: ['i'],
    kind: 'act',
    id: 'init',
    label: 'init',
    help: 'start ws-ckpt here (asks)',
    footer: true,
    availability: initAvailability,
    run: startInit,
  },
  {
    keys: ['I'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept a replaced folder',
    availability: repinAvailability,
    run: startRepin,
  },
];

// From all to the selected one's, from that to the next, from the last to all.
function nextOnly({ live, view, selected }: Context): string | null {
  const paths = live.workspaces.map(({ path }) => path);
  const only = view.checkpoints?.only ?? null;
  if (only === null) return selected.snapshot?.workspace ?? paths[0] ?? null;
  return paths[paths.indexOf(only) + 1] ?? null;
}

function filesAvailability({ view: { checkpoints } }: Context): Availability {
  const found = checkpoints?.contents?.found ?? null;
  if (found === null) return disabled('its files are being counted');
  if (!found.ok) return disabled(`its files are not listed: ${found.reason}; d compares with now`);
  return found.value.files.length === 0 ? disabled('no file is listed; d compares with now') : enabled();
}

/** The bindings of the files of a snapshot. */
const FILE_KEYS: readonly Binding[] = [
  {
    keys: ['enter', 'd'],
    kind: 'view',
    id: 'file-diff',
    label: 'diff of the file',
    help: 'the changes of this file',
    footer: true,
    availability: (context) => {
      if (context.view.checkpoints?.busy) return disabled(context.view.checkpoints.busy);
      const workspace = withViewTarget(context).target.workspace;
      if (workspace?.availability.name === 'ws-ckpt')
        return disabled('ws-ckpt compares no contents; Esc, then d lists all that changed');
      return fileDiff(context).length === 0 ? disabled('no file is selected') : enabled();
    },
    run: fileDiff,
  },
  editorAt(selectedFile),
  shellIn((context) => withViewTarget(context).target.workspace),
  FILTER,
  ORDER,
  ...STEPPING,
  viewBinding({ keys: ['escape', 'tab'], id: 'back', label: 'back', help: 'drop the filter, then back' }, (context) =>
    filterOf(context.view, FILES.name) === null ? viewAction(VIEW) : closeList({ ...context, list: FILES }),
  ),
];

function selectedFile(context: Context): Editable {
  const file = selectedIn(FILES, context.shown);
  if (file === null) return { reason: 'no file is selected' };
  if (file.change === 'deleted') return { reason: 'it was deleted; d shows what it was' };
  return { workspace: withViewTarget(context).target.workspace, file: file.path };
}

function fileDiff({ shown, selected: { snapshot }, view: { checkpoints } }: Context): readonly ScreenAction[] {
  const file = selectedIn(FILES, shown);
  const found = checkpoints?.contents?.found;
  if (snapshot === null || file === null || found?.ok !== true || found.value.since === null) return [];
  const { workspace, id: to } = snapshot;
  return [{ type: 'diff', workspace, from: found.value.since, to, path: file.path }];
}

/** The files of the selected snapshot, beside the list or instead of it. */
export const filesView = overlayView('files', {
  title: 'the files of a checkpoint',
  list: FILES,
  isWhole: true,
  bindings: FILE_KEYS,
  render: (_, context, size, theme) => filesSheet({ ...context, size, theme }),
  describe: (_, context) => [describeFile(context)],
});

/** The snapshots of all workspaces. */
export const checkpointsView = overlayView('checkpoints', {
  title: 'checkpoints',
  list: SNAPSHOTS,
  shares: 'views',
  isWhole: true,
  bindings: CHECKPOINTS,
  openers: TO_CHECKPOINTS,
  initialState: null,
  reduce: reduceCheckpoints,
  freeze: freezeCheckpoints,
  render: (_, context, size, theme) => {
    const { checkpoints } = context.view;
    if (checkpoints === null) return noWorkspaceSheet(size, theme);
    return checkpointsSheet(checkpoints, { ...context, size, theme });
  },
  describe: (_, context) => describeCheckpoints(context),
});
