import { FRAME_COLUMNS } from '../render/frame.ts';
import { type Line, cell, wrapped } from '../render/line.ts';
import { availabilityOf, keyContextOf, keyLabel } from './key-context.ts';
import { behind } from './keys/beside.ts';
import type { Binding, BindingKind, Context } from './bindings.ts';
import type { Theme } from '../render/theme.ts';
import type { Size } from './layout.ts';
import { type Sheet, paged } from '../widgets/dialog.ts';

/** Groups of keys as help and README show them. */
export const KEY_GROUPS: readonly { readonly kind: BindingKind; readonly title: string }[] = [
  { kind: 'act', title: 'Act' },
  { kind: 'view', title: 'Look' },
  { kind: 'move', title: 'Move' },
  { kind: 'leave', title: 'Leave' },
];

/** All keys of where we are, what they do, and what each would do now; `page` may be any number, pages go round. */
export function helpSheet(context: Context, size: Size, theme: Theme, page: number): Sheet {
  const here = behind(context);
  const place = keyContextOf(here.view);
  const width = Math.min(MAX_WIDTH, size.columns) - FRAME_COLUMNS;
  const lines = KEY_GROUPS.flatMap(({ kind, title }) => {
    const bindings = here.keysOf(place).filter((binding) => binding.kind === kind);
    if (bindings.length === 0) return [];
    const heading: Line = [cell(title, width, { glyphs: theme.glyphs, tone: 'title' })];
    return [heading, ...bindings.flatMap((binding) => keyLines(binding, here, { width, theme }))];
  });
  return paged({ title: 'Keys', lines, page, size, theme });
}

// One line of key and meaning, and one of what it would do now where that is worth saying.
function keyLines(
  binding: Binding,
  context: Context,
  { width, theme }: { readonly width: number; readonly theme: Theme },
): readonly Line[] {
  const { glyphs } = theme;
  const keys = binding.keys.map((key) => keyLabel(key, theme.ascii)).join(' ');
  const hint = availabilityOf(binding, context);
  const room = width - KEYS_WIDTH;
  const preview = hint.enabled ? hint.preview : hint.reason;
  const now = binding.kind === 'move' || preview === '' ? [] : rows(`${glyphs.arrow} ${preview}`, room, glyphs);
  const texts = [
    ...rows(binding.help, room, glyphs).map((text) => ({ text, tone: 'plain' as const })),
    ...now.map((text) => ({ text, tone: hint.enabled ? ('good' as const) : ('dim' as const) })),
  ];
  return texts.map(({ text, tone }, at): Line => [
    cell(at === 0 ? `  ${keys}` : '', KEYS_WIDTH, { glyphs, tone: 'accent' }),
    cell(text, room, { glyphs, tone }),
  ]);
}

function rows(text: string, room: number, glyphs: Theme['glyphs']): readonly string[] {
  return wrapped(text, room, MAX_ROWS, glyphs);
}

const KEYS_WIDTH = 18;
/** Lines that one text takes at most: a reason may come from another program. */
const MAX_ROWS = 3;
/** Cells that the help takes at most. */
const MAX_WIDTH = 100;
