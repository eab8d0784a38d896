import type { Run } from '../../../core/reactor/types.ts';
import { FILTER, FREEZE, ORDER } from './lists.ts';
import { COMMANDS, HELP } from './beside.ts';
import { TO_CHECKPOINTS } from '../../views/checkpoints/keys.ts';
import { TO_SOURCES } from '../../views/sources/keys.ts';
import { OPENING } from './opening.ts';
import { type Binding, disabled, enabled, viewAction } from '../bindings.ts';

/** The bindings that change the view, and those that leave. */
export const GENERAL: readonly Binding[] = [
  ...OPENING,
  FILTER,
  ...TO_CHECKPOINTS,
  TO_SOURCES,
  ORDER,
  FREEZE,
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-id',
    label: 'copy id',
    help: 'copy the id of the selected row (OSC 52)',
    availability: (context) => {
      const copied = context.pane.copied(context);
      return copied === null ? disabled('no row with an id is selected') : enabled(copied.what);
    },
    run: (context) => {
      const copied = context.pane.copied(context);
      return copied === null ? [] : [{ type: 'copy', ...copied }];
    },
  },
  {
    keys: ['L'],
    kind: 'view',
    id: 'log',
    label: 'log',
    help: 'show the messages since the screen was opened',
    availability: ({ view }) => (view.log.length === 0 ? disabled('no message yet') : enabled()),
    run: () => viewAction({ type: 'overlay', overlay: { type: 'log', page: 0 } }),
  },
  COMMANDS,
  HELP,
  {
    keys: ['q'],
    kind: 'leave',
    id: 'quit',
    label: 'quit',
    help: 'quit; waits for a running checkpoint within its deadline, a second q quits at once',
    footer: true,
    availability: ({ live }) => {
      const kinds = live.workspaces.flatMap(({ run }) => (run === null ? [] : [RUNNING[run.kind]]));
      return enabled(kinds.length === 0 ? '' : `waits for ${kinds.join(', ')}`);
    },
    run: () => [{ type: 'quit' }],
  },
];

const RUNNING: Readonly<Record<Run['kind'], string>> = {
  auto: 'a checkpoint',
  manual: 'a checkpoint',
  baseline: 'the first snapshot',
  rollback: 'a rollback',
  init: 'ws-ckpt init',
};

/** The bindings that work in every view. */
export const EVERYWHERE: readonly Binding[] = [
  {
    keys: ['ctrl-c'],
    kind: 'leave',
    id: 'quit',
    label: 'quit',
    help: 'quit, from any view; pressed again, quit at once',
    availability: () => enabled(),
    run: () => [{ type: 'quit' }],
  },
  {
    keys: ['ctrl-l'],
    kind: 'view',
    id: 'redraw',
    label: 'redraw',
    help: 'redraw the screen',
    availability: () => enabled(),
    run: () => [{ type: 'redraw' }],
  },
  {
    keys: ['ctrl-z'],
    kind: 'leave',
    id: 'suspend',
    label: 'suspend',
    help: 'suspend to the shell; the engine pauses too, fg resumes both',
    availability: () => enabled(),
    run: () => [{ type: 'suspend' }],
  },
];
