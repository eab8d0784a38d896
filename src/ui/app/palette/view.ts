import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  eraseAvailability,
  type Named,
  viewAction,
  viewBinding,
} from '../bindings.ts';
import { withoutLast } from '../../widgets/text-input.ts';
import type { Overlay } from '../state.ts';
import { beneath } from '../keys/beside.ts';
import { clampIndex, commandAvailability, commandsFor, contextOf, selectedCommand } from './commands.ts';
import { describeCommands } from '../screen-reader/contexts.ts';
import { overlayView } from '../view.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, cell, ofRow, span } from '../../render/line.ts';
import type { Command } from './elsewhere.ts';
import { keyLabel } from '../key-context.ts';
import type { Theme } from '../../render/theme.ts';
import { type Sheet, boxed } from '../../widgets/dialog.ts';

/** Longest text that is searched for, characters. */
const MAX_QUERY = 60;
const CLOSED: Overlay = { type: 'none' };

/** The actions that change the panes alone: there they are seen. */
const OF_PANES: ReadonlySet<string> = new Set([
  'focus',
  'view',
  'overview',
  'into',
  'out',
  'panel',
  'group',
  'list',
  'follow',
  'filter',
  'order',
]);

/** The keys of the palette; every other one is text. */
const PALETTE: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'view',
    guarded: true,
    id: 'run',
    label: 'run',
    help: 'run the selected command',
    footer: true,
    availability: runAvailability,
    run: runSelected,
  },
  viewBinding({ keys: ['escape'], id: 'close', label: 'close', help: 'close the palette' }, ({ view }) =>
    viewAction({ type: 'overlay', overlay: beneath(view.overlay) }),
  ),
  stepping({ keys: ['down', 'tab'], id: 'down', label: 'down', help: 'one command down' }, 1),
  stepping({ keys: ['up', 'shift-tab'], id: 'up', label: 'up', help: 'one command up' }, -1),
  {
    ...viewBinding(
      { keys: ['backspace', 'delete'], id: 'erase', label: 'erase', help: 'erase a character' },
      ({ view: { overlay } }) => (overlay.type === 'palette' ? search(overlay, withoutLast(overlay.query)) : []),
    ),
    availability: ({ view: { overlay } }) => eraseAvailability(overlay.type === 'palette' ? overlay.query : ''),
  },
];

/** The palette with more text in its search. */
export function typeInPalette(palette: Palette, text: string): readonly ScreenAction[] {
  return search(palette, (palette.query + text).slice(0, MAX_QUERY));
}

function search(palette: Palette, query: string): readonly ScreenAction[] {
  return viewAction({ type: 'overlay', overlay: { ...palette, query, index: 0 } });
}

type Palette = Overlay & { readonly type: 'palette' };

function runAvailability(context: Context): Availability {
  const command = selectedCommand(context);
  if (command === null) return disabled('no command is called like that');
  const hint = commandAvailability(command, context);
  return hint.enabled ? enabled(`${command.label} ${hint.preview}`.trimEnd(), command.label) : hint;
}

// A command is run as if the palette were closed; what happens in the panes is to be seen there.
function runSelected(context: Context): readonly ScreenAction[] {
  const command = selectedCommand(context);
  if (command === null) return [];
  const { overlay } = context.view;
  const actions = command.run(contextOf(command, context));
  const isOfPanes = command.of === 'panes' && actions.some(changesPanes);
  return isOfPanes
    ? [...leave(beneath(overlay)), ...actions]
    : [...viewAction({ type: 'overlay', overlay: beneath(overlay) }), ...actions];
}

function changesPanes(action: ScreenAction): boolean {
  return action.type === 'cause' || (action.type === 'view' && OF_PANES.has(action.action.type));
}

function leave(overlay: Overlay): readonly ScreenAction[] {
  if (overlay.type === 'detail') return viewAction({ type: 'detail', change: { type: 'close' } });
  return viewAction({ type: 'overlay', overlay: CLOSED });
}

function step(context: Context, by: 1 | -1): readonly ScreenAction[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const count = commandsFor(overlay.query, context).length;
  const index = clampIndex(clampIndex(overlay.index, count) + by, count);
  return viewAction({ type: 'overlay', overlay: { ...overlay, index } });
}

function stepping(named: Named, by: 1 | -1): Binding {
  const availability = (context: Context): Availability =>
    selectedCommand(context) === null ? disabled('no command is called like that') : enabled();
  return { ...viewBinding(named, (context) => step(context, by)), kind: 'move', availability };
}

declare module '../state.ts' {
  interface OverlayStates {
    /** `index` is a wish, clamped to what matches `query`; `of` as with help. */
    readonly palette: { readonly query: string; readonly index: number; readonly of: Overlay };
  }
}

/** Every command by its name. */
export const paletteView = overlayView('palette', {
  title: 'commands',
  bindings: PALETTE,
  typing:
    ({ overlay }) =>
    (text) =>
      overlay.type === 'palette' ? typeInPalette(overlay, text) : [],
  render: paletteSheet,
  describe: (_, context) => describeCommands(context),
});

/** Cells that the palette takes at most, and those of a key and of a name. */
const MAX_WIDTH = 100;
const KEY_WIDTH = 11;
const NAME_WIDTH = 28;
/** Commands shown at a time, at most. */
const MAX_ROWS = 14;
/** Rows of the frame, the search and the line below it. */
const CHROME_ROWS = 4;

/** Every command by its name, with its key and with what it would do now, or why it can not. */
function paletteSheet(
  { query, index: wanted }: Extract<Overlay, { type: 'palette' }>,
  context: Context,
  size: Size,
  theme: Theme,
): Sheet {
  const width = Math.min(MAX_WIDTH, size.columns) - FRAME_COLUMNS;
  const commands = commandsFor(query, context);
  const at = clampIndex(wanted, commands.length);
  const room = Math.max(1, Math.min(MAX_ROWS, size.rows - CHROME_ROWS));
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), commands.length - room));
  const shown = commands.slice(first, first + room);
  const lines: Line[] = [
    [cell(`:${query}_`, width, { glyphs: theme.glyphs, tone: 'accent' })],
    [],
    ...shown.flatMap((command, index) => ofRow(String(first + index), [commandLine(command, context, width, theme)])),
  ];
  // The box keeps its size while one types.
  while (lines.length < room + 2) lines.push([]);
  if (commands.length === 0) lines[2] = [span('no command is called like that', 'dim')];
  const foot = `${commands.length === 0 ? 0 : at + 1} of ${commands.length}: Enter runs it, Esc closes`;
  const selected = commands.length === 0 ? -1 : at - first + 2;
  return boxed({ title: 'Commands', foot, lines, selected, size, theme });
}

function commandLine(command: Command, context: Context, width: number, { glyphs, ascii }: Theme): Line {
  const { label, key, help } = command;
  const hint = commandAvailability(command, context);
  const now = hint.enabled
    ? `${help}${hint.preview === '' ? '' : ` ${glyphs.arrow} ${hint.preview}`}`
    : `not now: ${hint.reason}`;
  return [
    cell(key === null ? '' : keyLabel(key, ascii), KEY_WIDTH, { glyphs, tone: 'accent' }),
    cell(label, NAME_WIDTH - 1, { glyphs, tone: hint.enabled ? 'strong' : 'dim' }),
    span(' '),
    cell(now, width - KEY_WIDTH - NAME_WIDTH, { glyphs, tone: hint.enabled ? 'plain' : 'dim' }),
  ];
}
