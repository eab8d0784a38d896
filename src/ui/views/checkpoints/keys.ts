import { checkpointAvailability } from '../../app/keys/acting.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import {
  canDo,
  diff,
  diffAvailability,
  initAvailability,
  ofView,
  openOf,
  remove,
  repinHint,
  startInit,
  startRepin,
  withSelected,
} from './snapshots.ts';
import { type Binding, disabled, enabled, viewAction } from '../../app/bindings.ts';
import { closeList } from '../../app/keys/overlays.ts';

const VIEW = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;
const CLOSE = { type: 'overlay', overlay: { type: 'none' } } as const;

/** The keys of the view of checkpoints. */
export const CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['enter', 'd'],
    kind: 'view',
    id: 'diff',
    label: 'diff',
    help: 'what changed since the selected snapshot, or up to the marked one, in a pager',
    footer: true,
    availability: diffAvailability,
    run: diff,
  },
  {
    keys: ['m'],
    kind: 'view',
    id: 'mark',
    label: 'mark',
    help: 'mark the selected snapshot, to compare others with it; again takes the mark away',
    footer: true,
    availability: (context) =>
      withSelected(context, ({ id }) => enabled(id === context.view.checkpoints?.marked ? 'away' : '')),
    run: (context) => {
      const id = context.selected.snapshot?.id ?? null;
      const marked = id === context.view.checkpoints?.marked ? null : id;
      return viewAction({ type: 'checkpoints', change: { type: 'mark', marked } });
    },
  },
  {
    keys: ['R'],
    kind: 'act',
    id: 'roll-back',
    label: 'roll back',
    help: 'go back to the selected snapshot: explained first, then its id has to be typed',
    footer: true,
    availability: (context) => withSelected(context, () => canDo(context, 'rollback', 'roll back')),
    run: (context) => {
      const snapshot = context.selected.snapshot?.id;
      const workspace = context.view.checkpoints?.workspace;
      if (snapshot === undefined || workspace === undefined) return [];
      return [{ type: 'plan', job: { type: 'rollback', workspace, snapshot } }];
    },
  },
  {
    keys: ['D', 'delete'],
    kind: 'act',
    id: 'delete',
    label: 'delete',
    help: 'delete the selected snapshot (asks y/n)',
    footer: true,
    availability: (context) => withSelected(context, () => canDo(context, 'remove', 'delete a snapshot')),
    run: remove,
  },
  {
    keys: ['c'],
    kind: 'act',
    id: 'checkpoint',
    label: 'checkpoint',
    help: 'take a checkpoint of this workspace now',
    footer: true,
    availability: (context) => checkpointAvailability(ofView(context)),
    run: ({ view: { checkpoints } }) =>
      checkpoints === null
        ? []
        : [{ type: 'checkpoint', workspace: checkpoints.workspace, agent: null, conversationId: null }],
  },
  {
    keys: ['i'],
    kind: 'act',
    id: 'init',
    label: 'init',
    help: 'put this folder under ws-ckpt: explained first, then a word has to be typed',
    footer: true,
    availability: (context) => initAvailability(ofView(context)),
    run: (context) => startInit(ofView(context)),
  },
  {
    keys: ['p'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept the folder that is there now as the workspace: old and new are shown, then its path has to be typed',
    availability: (context) => repinHint(ofView(context)),
    run: (context) => startRepin(ofView(context)),
  },
  {
    keys: ['w', 'tab'],
    kind: 'view',
    id: 'next-workspace',
    label: 'next workspace',
    help: 'the snapshots of the next workspace',
    footer: true,
    availability: ({ live }) => (live.workspaces.length > 1 ? enabled() : disabled('there is only this workspace')),
    run: ({ live, view }) => {
      const place = live.workspaces.findIndex(({ workspace }) => workspace === view.checkpoints?.workspace);
      const next = live.workspaces[(place + 1) % live.workspaces.length];
      return next === undefined ? [] : openOf(next.workspace);
    },
  },
  {
    keys: ['r'],
    kind: 'view',
    id: 'list-again',
    label: 'list again',
    help: 'list the snapshots again; new ones of any tool appear by themselves',
    availability: ({ view }) =>
      view.checkpoints === null ? disabled('there is no workspace whose snapshots could be listed') : enabled(),
    run: ({ view: { checkpoints } }) => (checkpoints === null ? [] : openOf(checkpoints.workspace)),
  },
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id of the selected snapshot (OSC 52)',
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
    help: 'freeze the list, and let it go on; what comes and goes meanwhile is counted',
    availability: ({ view: { checkpoints } }) => {
      if (checkpoints === null) return disabled('there is no list: no workspace is configured');
      return enabled(checkpoints.frozen === null ? '' : 'ends');
    },
    run: () => viewAction({ type: 'checkpoints', change: { type: 'freeze' } }),
  },
  ...STEPPING,
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'drop the filter, then go back',
    footer: true,
    availability: () => enabled(),
    run: closeList,
  },
  {
    keys: ['q', '6'],
    kind: 'view',
    id: 'close',
    label: 'close',
    help: 'go back',
    availability: () => enabled(),
    run: () => viewAction(CLOSE),
  },
];

/** Keys over the panes that lead to the checkpoints. */
export const TO_CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['6'],
    kind: 'view',
    id: 'checkpoints',
    label: 'checkpoints',
    help: 'all snapshots of the workspace: compare, roll back, delete',
    footer: true,
    availability: ({ live }) => enabled(live.workspaces.length === 0 ? '(there is no workspace)' : ''),
    run: ({ target, live }) => {
      const workspace = target.workspace ?? live.workspaces[0];
      // Without a workspace the view says what is missing.
      return workspace === undefined ? viewAction(VIEW) : openOf(workspace.workspace);
    },
  },
  {
    keys: ['i'],
    kind: 'act',
    id: 'init',
    label: 'init',
    help: 'put the workspace under ws-ckpt: explained first, then a word has to be typed',
    footer: true,
    availability: initAvailability,
    run: startInit,
  },
  {
    keys: ['p'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept the folder that is there now as the workspace: old and new are shown, then its path has to be typed',
    availability: repinHint,
    run: startRepin,
  },
];
