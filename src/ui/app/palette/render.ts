import { FRAME_COLUMNS } from '../../render/frame.ts';
import { type Line, cell, ofRow, span } from '../../render/line.ts';
import { clampIndex, commandAvailability, commandsFor } from './commands.ts';
import type { Command } from './elsewhere.ts';
import { keyLabel } from '../key-context.ts';
import type { Context } from '../bindings.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../layout.ts';
import type { Overlay } from '../state.ts';
import { type Sheet, boxed } from '../../widgets/dialog.ts';

/** Cells that the palette takes at most, and those of a key and of a name. */
const MAX_WIDTH = 100;
const KEY_WIDTH = 11;
const NAME_WIDTH = 22;
/** Commands shown at a time, at most. */
const MAX_ROWS = 14;
/** Rows of the frame, the search and the line below it. */
const CHROME_ROWS = 4;

/** Every command by its name, with its key and with what it would do now, or why it can not. */
export function paletteSheet(
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
    cell(label, NAME_WIDTH, { glyphs, tone: hint.enabled ? 'strong' : 'dim' }),
    cell(now, width - KEY_WIDTH - NAME_WIDTH, { glyphs, tone: hint.enabled ? 'plain' : 'dim' }),
  ];
}
