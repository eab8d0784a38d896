import { checkpointAvailability } from '../../app/keys/acting.ts';
import { FILTER, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import {
  capabilityAvailability,
  diff,
  diffAvailability,
  initAvailability,
  withViewTarget,
  openOf,
  remove,
  repinAvailability,
  startInit,
  startRepin,
  withSelected,
} from './snapshots.ts';
import { type Binding, disabled, enabled, viewAction, CLOSE } from '../../app/bindings.ts';
import { closeList } from '../../app/keys/closing.ts';
import { overlayView } from '../../app/view.ts';
import { describeCheckpoints } from './describe.ts';
import { freezeCheckpoints, reduceCheckpoints } from './reduce.ts';
import { checkpointsSheet, noWorkspaceSheet } from './render.ts';
import { SNAPSHOTS } from './rows.ts';

const VIEW = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;

/** The bindings of the view of checkpoints. */
const CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['enter', 'd'],
    kind: 'view',
    id: 'diff',
    label: 'diff',
    help: 'diff to now, or to the mark',
    footer: true,
    availability: diffAvailability,
    run: diff,
  },
  {
    keys: ['v'],
    kind: 'view',
    id: 'mark',
    label: 'mark',
    help: 'mark one to compare with',
    footer: true,
    availability: (context) =>
      withSelected(context, ({ id }) => enabled(id === context.view.checkpoints?.marked ? 'off' : '')),
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
    help: 'roll back (asks)',
    footer: true,
    availability: (context) => withSelected(context, () => capabilityAvailability(context, 'rollback', 'roll back')),
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
    help: 'start ws-ckpt here (asks)',
    footer: true,
    availability: (context) => initAvailability(withViewTarget(context)),
    run: (context) => startInit(withViewTarget(context)),
  },
  {
    keys: ['p'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept a replaced folder',
    availability: (context) => repinAvailability(withViewTarget(context)),
    run: (context) => startRepin(withViewTarget(context)),
  },
  {
    keys: ['w', 'tab'],
    kind: 'view',
    id: 'next-workspace',
    label: 'next workspace',
    help: 'next workspace',
    footer: true,
    availability: ({ live }) => (live.workspaces.length > 1 ? enabled() : disabled('this is the only workspace')),
    run: ({ live, view }) => {
      const index = live.workspaces.findIndex(({ path: workspace }) => workspace === view.checkpoints?.workspace);
      const next = live.workspaces[(index + 1) % live.workspaces.length];
      return next === undefined ? [] : openOf(next.path);
    },
  },
  {
    keys: ['r'],
    kind: 'view',
    id: 'list-again',
    label: 'list again',
    help: 'list the snapshots again; new ones of any tool appear automatically',
    availability: ({ view }) => (view.checkpoints === null ? disabled('no workspace configured') : enabled()),
    run: ({ view: { checkpoints } }) => (checkpoints === null ? [] : openOf(checkpoints.workspace)),
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
    help: 'freeze or resume the list; changes in the meantime are counted',
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
    help: 'clear the filter, then go back',
    footer: true,
    availability: () => enabled(),
    run: closeList,
  },
  {
    keys: ['q'],
    kind: 'view',
    id: 'close',
    label: 'close',
    help: 'go back',
    availability: () => enabled(),
    run: () => viewAction(CLOSE),
  },
];

/** The bindings over the panes that open the checkpoints. */
export const TO_CHECKPOINTS: readonly Binding[] = [
  {
    keys: ['5'],
    kind: 'view',
    id: 'checkpoints',
    label: 'checkpoints',
    help: 'checkpoints',
    availability: ({ live }) => enabled(live.workspaces.length === 0 ? '(no workspace)' : ''),
    run: ({ target, live }) => {
      const workspace = target.workspace ?? live.workspaces[0];
      // Without a workspace the view shows what is missing.
      return workspace === undefined ? viewAction(VIEW) : openOf(workspace.path);
    },
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
    keys: ['p'],
    kind: 'act',
    id: 'pin-again',
    label: 'pin again',
    help: 'accept a replaced folder',
    availability: repinAvailability,
    run: startRepin,
  },
];

/** The snapshots of a workspace. */
export const checkpointsView = overlayView('checkpoints', {
  title: 'checkpoints',
  list: SNAPSHOTS,
  shares: 'views',
  isWhole: true,
  bindings: CHECKPOINTS,
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
