import { checkpointHint } from '../../app/keys/acting.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import {
  canDo,
  diff,
  diffHint,
  initHint,
  ofView,
  openOf,
  remove,
  repinHint,
  startInit,
  startRepin,
  withSelected,
} from './snapshots.ts';
import { type Binding, can, cannot, look } from '../../app/bindings.ts';
import { closeList } from '../../app/keys/overlays.ts';

const VIEW = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;
const CLOSE = { type: 'overlay', overlay: { type: 'none' } } as const;

/** The keys of the view of checkpoints. */
export const CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['enter', 'd'],
    kind: 'look',
    id: 'diff',
    label: 'diff',
    help: 'what changed since the selected snapshot, or up to the marked one, in a pager',
    footer: true,
    hint: diffHint,
    does: diff,
  },
  {
    keys: ['m'],
    kind: 'look',
    id: 'mark',
    label: 'mark',
    help: 'mark the selected snapshot, to compare others with it; again takes the mark away',
    footer: true,
    hint: (context) => withSelected(context, ({ id }) => can(id === context.view.checkpoints?.marked ? 'away' : '')),
    does: (context) => {
      const id = context.selected.snapshot?.id ?? null;
      const marked = id === context.view.checkpoints?.marked ? null : id;
      return look({ type: 'checkpoints', change: { type: 'mark', marked } });
    },
  },
  {
    keys: ['R'],
    kind: 'act',
    id: 'roll-back',
    label: 'roll back',
    help: 'go back to the selected snapshot: explained first, then its id has to be typed',
    footer: true,
    hint: (context) => withSelected(context, () => canDo(context, 'rollback', 'roll back')),
    does: (context) => {
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
    hint: (context) => withSelected(context, () => canDo(context, 'remove', 'delete a snapshot')),
    does: remove,
  },
  {
    keys: ['c'],
    kind: 'act',
    id: 'checkpoint',
    label: 'checkpoint',
    help: 'take a checkpoint of this workspace now',
    footer: true,
    hint: (context) => checkpointHint(ofView(context)),
    does: ({ view: { checkpoints } }) =>
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
    hint: (context) => initHint(ofView(context)),
    does: (context) => startInit(ofView(context)),
  },
  {
    keys: ['p'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept the folder that is there now as the workspace: old and new are shown, then its path has to be typed',
    hint: (context) => repinHint(ofView(context)),
    does: (context) => startRepin(ofView(context)),
  },
  {
    keys: ['w', 'tab'],
    kind: 'look',
    id: 'next-workspace',
    label: 'next workspace',
    help: 'the snapshots of the next workspace',
    footer: true,
    hint: ({ live }) => (live.workspaces.length > 1 ? can() : cannot('there is only this workspace')),
    does: ({ live, view }) => {
      const place = live.workspaces.findIndex(({ workspace }) => workspace === view.checkpoints?.workspace);
      const next = live.workspaces[(place + 1) % live.workspaces.length];
      return next === undefined ? [] : openOf(next.workspace);
    },
  },
  {
    keys: ['r'],
    kind: 'look',
    id: 'list-again',
    label: 'list again',
    help: 'list the snapshots again; new ones of any tool appear by themselves',
    hint: ({ view }) =>
      view.checkpoints === null ? cannot('there is no workspace whose snapshots could be listed') : can(),
    does: ({ view: { checkpoints } }) => (checkpoints === null ? [] : openOf(checkpoints.workspace)),
  },
  {
    keys: ['y'],
    kind: 'look',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id of the selected snapshot (OSC 52)',
    hint: (context) => withSelected(context, () => can()),
    does: (context) => {
      const snapshot = context.selected.snapshot;
      return snapshot === null ? [] : [{ type: 'copy', text: snapshot.id, what: 'snapshot id' }];
    },
  },
  FILTER,
  ORDER,
  {
    keys: ['space'],
    kind: 'look',
    id: 'freeze',
    label: 'freeze',
    help: 'freeze the list, and let it go on; what comes and goes meanwhile is counted',
    hint: ({ view: { checkpoints } }) => {
      if (checkpoints === null) return cannot('there is no list: no workspace is configured');
      return can(checkpoints.frozen === null ? '' : 'ends');
    },
    does: () => look({ type: 'checkpoints', change: { type: 'freeze' } }),
  },
  ...STEPPING,
  {
    keys: ['escape'],
    kind: 'look',
    id: 'back',
    label: 'back',
    help: 'drop the filter, then back to where one came from',
    footer: true,
    hint: () => can(),
    does: ({ view }) => closeList(view),
  },
  {
    keys: ['q', '6'],
    kind: 'look',
    id: 'close',
    label: 'close',
    help: 'back to where one came from',
    hint: () => can(),
    does: () => look(CLOSE),
  },
];

/** Keys over the panes that lead to the checkpoints. */
export const TO_CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['6'],
    kind: 'look',
    id: 'checkpoints',
    label: 'checkpoints',
    help: 'the snapshots of the workspace, whoever made them: compare, roll back, delete',
    footer: true,
    hint: ({ live }) => can(live.workspaces.length === 0 ? '(there is no workspace)' : ''),
    does: ({ target, live }) => {
      const workspace = target.workspace ?? live.workspaces[0];
      // Without a workspace the view says what is missing.
      return workspace === undefined ? look(VIEW) : openOf(workspace.workspace);
    },
  },
  {
    keys: ['i'],
    kind: 'act',
    id: 'init',
    label: 'init',
    help: 'put the workspace under ws-ckpt: explained first, then a word has to be typed',
    footer: true,
    hint: initHint,
    does: startInit,
  },
  {
    keys: ['p'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept the folder that is there now as the workspace: old and new are shown, then its path has to be typed',
    hint: repinHint,
    does: startRepin,
  },
];
