import { withoutLast } from '../../view/silence-form.ts';
import type { Overlay } from '../../view/types.ts';
import { commandHint, commandsFor, clampPlace, selectedCommand } from './commands.ts';
import { type Binding, can, cannot, type Context, type Deed, type Hint, look } from '../types.ts';

/** Longest text that is searched for, characters. */
const MAX_QUERY = 60;
const CLOSED: Overlay = { type: 'none' };

/** The keys of the palette; every other one is text. */
export const PALETTE: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'look',
    guarded: true,
    label: 'run',
    help: 'run the selected command',
    footer: true,
    hint: runHint,
    does: run,
  },
  key(['escape'], 'close', 'close the palette', () => look({ type: 'overlay', overlay: CLOSED })),
  key(['down', 'tab'], 'down', 'one command down', (context) => step(context, 1)),
  key(['up', 'shift-tab'], 'up', 'one command up', (context) => step(context, -1)),
  key(['backspace', 'delete'], 'erase', 'erase a character', ({ view: { overlay } }) =>
    overlay.type === 'palette' ? search(withoutLast(overlay.query)) : [],
  ),
];

/** The palette with more text in its search. */
export function typeInPalette(query: string, text: string): readonly Deed[] {
  return search((query + text).slice(0, MAX_QUERY));
}

function search(query: string): readonly Deed[] {
  return look({ type: 'overlay', overlay: { type: 'palette', query, place: 0 } });
}

function runHint(context: Context): Hint {
  const command = selectedCommand(context);
  return command === null ? cannot('no command is called like that') : commandHint(command, behind(context));
}

function run(context: Context): readonly Deed[] {
  const command = selectedCommand(context);
  if (command === null) return [];
  return [...look({ type: 'overlay', overlay: CLOSED }), ...command.does(behind(context))];
}

// A command is run as if the palette were closed.
function behind(context: Context): Context {
  return { ...context, view: { ...context.view, overlay: CLOSED } };
}

function step(context: Context, by: 1 | -1): readonly Deed[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const count = commandsFor(overlay.query, context).length;
  const place = clampPlace(clampPlace(overlay.place, count) + by, count);
  return look({ type: 'overlay', overlay: { ...overlay, place } });
}

function key(keys: readonly string[], label: string, help: string, does: Binding['does']): Binding {
  return { keys, kind: 'look', label, help, footer: true, hint: () => can(), does };
}
