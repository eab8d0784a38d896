import { FILTER, FREEZE, ORDER } from './lists.ts';
import { COMMANDS, HELP } from './beside.ts';
import { OLDER } from './older.ts';
import { OPENING } from './opening.ts';
import { quit } from './quit.ts';
import { type Binding, disabled, enabled, viewAction } from '../bindings.ts';

/** Opens the log. */
export const LOG: Binding = {
  keys: ['L'],
  kind: 'view',
  id: 'log',
  label: 'log',
  help: 'log since the start',
  availability: ({ view }) => (view.log.length === 0 ? disabled('no message yet') : enabled()),
  run: () => viewAction({ type: 'overlay', overlay: { type: 'log', page: 0 } }),
};

/** Leaves the program, after a question while a checkpoint is held or running. */
export const QUIT: Binding = {
  keys: ['q'],
  kind: 'leave',
  id: 'quit',
  label: 'quit',
  help: 'quit; asks if one is held',
  footer: true,
  availability: ({ live }) => (live.attachment?.lostSince === null ? enabled('', '', 'leave, it runs on') : enabled()),
  run: quit,
};

/** The bindings of the panes that change the view, with those that open others, and those that leave. */
export function generalKeys(openers: readonly Binding[]): readonly Binding[] {
  return [...OPENING, FILTER, ...openers, ...GENERAL];
}

const GENERAL: readonly Binding[] = [
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
      return copied === null
        ? disabled('no row with an id is selected')
        : enabled('', '', `copy ${copied.what.replace(/^.* id$/, 'id')}`);
    },
    run: (context) => {
      const copied = context.pane.copied(context);
      return copied === null ? [] : [{ type: 'copy', ...copied }];
    },
  },
  OLDER,
  LOG,
  COMMANDS,
  HELP,
  QUIT,
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
