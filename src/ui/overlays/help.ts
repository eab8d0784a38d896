import { FRAME_COLUMNS, FRAME_ROWS } from '../format/frame.ts';
import { cell, type Line, say } from '../format/line.ts';
import { widthOf } from '../format/width.ts';
import { hintOf, keyLabel, PANE_KEYS } from '../keymap.ts';
import type { Binding, BindingKind, Context } from '../keys/types.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view/layout.ts';
import { boxed, type Sheet } from './box.ts';

/** Groups of keys as help and README show them. */
export const KEY_GROUPS: readonly { readonly kind: BindingKind; readonly title: string }[] = [
  { kind: 'act', title: 'Act' },
  { kind: 'look', title: 'Look' },
  { kind: 'move', title: 'Move' },
  { kind: 'leave', title: 'Leave' },
];

/** All keys, what they do, and what each would do now. */
export function helpSheet(context: Context, size: Size, theme: Theme, offset: number): Sheet {
  const width = Math.min(100, size.columns) - FRAME_COLUMNS;
  const lines = KEY_GROUPS.flatMap(({ kind, title }) => [
    [say(title, 'title')],
    ...PANE_KEYS.filter((binding) => binding.kind === kind).flatMap((binding) =>
      keyLines(binding, context, { width, theme }),
    ),
  ]);
  const page = Math.max(1, size.rows - FRAME_ROWS);
  const first = Math.min(offset, Math.max(0, lines.length - page));
  const shown = lines.slice(first, first + page);
  const foot =
    lines.length > page
      ? `${first + 1}-${first + shown.length} of ${lines.length}; j and k scroll, Esc closes`
      : 'Esc closes';
  const filled = shown.map((line, place) => (place === 0 ? padded(line, width, theme) : line));
  return boxed({ title: 'Keys', foot, lines: filled, size, theme });
}

// One line of key and meaning, and one of what it would do now where that is worth saying.
function keyLines(
  binding: Binding,
  context: Context,
  { width, theme }: { readonly width: number; readonly theme: Theme },
): readonly Line[] {
  const { glyphs } = theme;
  const keys = binding.keys.map((key) => keyLabel(key, theme.ascii)).join(' ');
  const hint = hintOf(binding, context);
  const room = width - KEYS_WIDTH;
  const first: Line = [cell(`  ${keys}`, KEYS_WIDTH, { glyphs, tone: 'accent' }), cell(binding.help, room, { glyphs })];
  const now = hint.can ? hint.says : hint.why;
  if (binding.kind === 'move' || now === '') return [first];
  const text = `${glyphs.arrow} ${now}`;
  const tone = hint.can ? 'good' : 'dim';
  return [first, [cell('', KEYS_WIDTH, { glyphs }), cell(text, room, { glyphs, tone })]];
}

const KEYS_WIDTH = 18;

// Gives the box its full width, whatever part of the help is shown.
function padded(line: Line, width: number, { glyphs }: Theme): Line {
  const used = line.reduce((sum, { text }) => sum + widthOf(text), 0);
  return used >= width ? line : [...line, cell('', width - used, { glyphs })];
}
