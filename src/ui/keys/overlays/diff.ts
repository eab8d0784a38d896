import { bodyRows } from '../../overlays/body.ts';
import { type Binding, can, type Context, type Deed, look } from '../types.ts';

/** The keys of a text that is shown over the panes, where there is no pager. */
export const DIFF: readonly Binding[] = [
  scrolling(['down', 'j'], 'down', 'one line down', () => 1),
  scrolling(['up', 'k'], 'up', 'one line up', () => -1),
  scrolling(['pagedown', 'space', 'ctrl-d'], 'page down', 'one page down', (page) => page),
  scrolling(['pageup', 'ctrl-u'], 'page up', 'one page up', (page) => -page),
  scrolling(['g', 'home'], 'start', 'to the first line', () => -Infinity),
  scrolling(['G', 'end'], 'end', 'to the last line', () => Infinity),
  {
    keys: ['escape', 'q', 'enter'],
    kind: 'look',
    label: 'back',
    help: 'back to the checkpoints',
    footer: true,
    hint: () => can(),
    does: () => look({ type: 'overlay', overlay: { type: 'checkpoints' } }),
  },
];

function scrolling(keys: readonly string[], label: string, help: string, by: (page: number) => number): Binding {
  return { keys, kind: 'move', label, help, footer: true, hint: () => can(), does: (context) => scroll(context, by) };
}

function scroll({ view: { overlay }, size }: Context, by: (page: number) => number): readonly Deed[] {
  if (overlay.type !== 'diff') return [];
  const { sheet } = overlay;
  const page = bodyRows(size);
  const last = Math.max(0, sheet.lines.length - page);
  const offset = Math.min(Math.max(0, sheet.offset + by(page)), last);
  return look({ type: 'overlay', overlay: { type: 'diff', sheet: { ...sheet, offset } } });
}
