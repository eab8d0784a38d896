import { FILTER, FREEZE, ORDER } from './lists.ts';
import { COMMANDS, HELP } from './beside.ts';
import { TO_CHECKPOINTS } from '../../views/checkpoints/view.ts';
import { TO_SOURCES } from '../../views/sources/view.ts';
import { OPENING } from './opening.ts';
import { quit } from './quit.ts';
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
    help: 'copy the id',
    footer: true,
    availability: (context) => {
      const copied = context.pane.copied(context);
      return copied === null ? disabled('no row with an id is selected') : enabled('', '', `copy ${copied.what}`);
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
    help: 'log since the start',
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
    help: 'quit; asks if one is held',
    footer: true,
    availability: () => enabled(),
    run: quit,
  },
];

/** The bindings that work in every view. */
export const EVERYWHERE: readonly Binding[] = [
  {
    keys: ['ctrl-c'],
    kind: 'leave',
    id: 'quit',
    label: 'quit',
    help: 'quit, from any view, without asking',
    availability: () => enabled(),
    run: () => [{ type: 'quit' }],
  },
  {
    keys: ['ctrl-l'],
    kind: 'view',
    id: 'redraw',
    label: 'redraw',
    help: 'draw again',
    availability: () => enabled(),
    run: () => [{ type: 'redraw' }],
  },
  {
    keys: ['ctrl-z'],
    kind: 'leave',
    id: 'suspend',
    label: 'suspend',
    help: 'to the shell; fg returns',
    availability: () => enabled(),
    run: () => [{ type: 'suspend' }],
  },
];
