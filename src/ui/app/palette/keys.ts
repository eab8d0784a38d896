import { idOf } from '../bindings.ts';
import { withoutLast } from '../../widgets/text-input.ts';
import type { Overlay } from '../state.ts';
import { beneath } from '../keys/beside.ts';
import { clampPlace, commandHint, commandsFor, contextOf, selectedCommand } from './commands.ts';
import { type Binding, type Context, type Deed, type Hint, can, canErase, cannot, look } from '../bindings.ts';

/** Longest text that is searched for, characters. */
const MAX_QUERY = 60;
const CLOSED: Overlay = { type: 'none' };

/** What changes the panes alone: there it is seen. */
const OF_PANES: ReadonlySet<string> = new Set(['focus', 'into', 'out', 'list', 'follow', 'filter', 'order']);

/** The keys of the palette; every other one is text. */
export const PALETTE: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'look',
    guarded: true,
    id: 'run',
    label: 'run',
    help: 'run the selected command',
    footer: true,
    hint: runHint,
    does: run,
  },
  key(['escape'], 'close', 'close the palette', ({ view }) =>
    look({ type: 'overlay', overlay: beneath(view.overlay) }),
  ),
  stepping(['down', 'tab'], 'down', 'one command down', 1),
  stepping(['up', 'shift-tab'], 'up', 'one command up', -1),
  {
    ...key(['backspace', 'delete'], 'erase', 'erase a character', ({ view: { overlay } }) =>
      overlay.type === 'palette' ? search(overlay, withoutLast(overlay.query)) : [],
    ),
    hint: ({ view: { overlay } }) => canErase(overlay.type === 'palette' ? overlay.query : ''),
  },
];

/** The palette with more text in its search. */
export function typeInPalette(palette: Palette, text: string): readonly Deed[] {
  return search(palette, (palette.query + text).slice(0, MAX_QUERY));
}

function search(palette: Palette, query: string): readonly Deed[] {
  return look({ type: 'overlay', overlay: { ...palette, query, place: 0 } });
}

type Palette = Overlay & { readonly type: 'palette' };

function runHint(context: Context): Hint {
  const command = selectedCommand(context);
  if (command === null) return cannot('no command is called like that');
  const hint = commandHint(command, context);
  return hint.can ? can(`${command.label} ${hint.says}`.trimEnd(), command.label) : hint;
}

// A command is run as if the palette were closed; what happens in the panes is to be seen there.
function run(context: Context): readonly Deed[] {
  const command = selectedCommand(context);
  if (command === null) return [];
  const { overlay } = context.view;
  const deeds = command.does(contextOf(command, context));
  const isOfPanes = command.of === 'panes' && deeds.some(changesPanes);
  return isOfPanes
    ? [...leave(beneath(overlay)), ...deeds]
    : [...look({ type: 'overlay', overlay: beneath(overlay) }), ...deeds];
}

function changesPanes(deed: Deed): boolean {
  return deed.type === 'cause' || (deed.type === 'view' && OF_PANES.has(deed.action.type));
}

function leave(overlay: Overlay): readonly Deed[] {
  if (overlay.type === 'detail') return look({ type: 'detail', change: { type: 'close' } });
  return look({ type: 'overlay', overlay: CLOSED });
}

function step(context: Context, by: 1 | -1): readonly Deed[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const count = commandsFor(overlay.query, context).length;
  const place = clampPlace(clampPlace(overlay.place, count) + by, count);
  return look({ type: 'overlay', overlay: { ...overlay, place } });
}

function stepping(keys: readonly string[], label: string, help: string, by: 1 | -1): Binding {
  const hint = (context: Context): Hint =>
    selectedCommand(context) === null ? cannot('no command is called like that') : can();
  return { ...key(keys, label, help, (context) => step(context, by)), kind: 'move', hint };
}

function key(keys: readonly string[], label: string, help: string, does: Binding['does']): Binding {
  return { keys, id: idOf(label), kind: 'look', label, help, footer: true, hint: () => can(), does };
}
