import {
  type Action,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  eraseAvailability,
  type Named,
  viewAction,
} from '../../app/bindings.ts';
import { matchesOf, nextMatch } from './search.ts';
import type { Line } from '../../render/line.ts';
import { diffLines } from '../../views/diff/render.ts';
import { bodyRows } from '../dialog.ts';
import { detailLines } from '../../views/call/render.ts';
import { firstLine, readingWidth } from './render.ts';
import type { Reading, ReadingChange } from './state.ts';
import type { InputChange } from '../text-input.ts';

/** Returns the bindings of a reader: scrolling and search. `down`: the keys that move down one line. */
export function readingKeys(down: readonly string[]): readonly Binding[] {
  return [
    {
      keys: ['/'],
      kind: 'view',
      id: 'search',
      label: 'search',
      help: 'search in this text; Enter keeps it, Esc clears it',
      footer: true,
      availability: () => enabled(),
      run: (context) => search(context, { type: 'restart' }),
    },
    {
      keys: ['n'],
      kind: 'view',
      id: 'next-match',
      label: 'next match',
      help: 'next match',
      footer: true,
      availability: matchAvailability,
      run: (context) => toMatch(context, 1),
    },
    {
      keys: ['N'],
      kind: 'view',
      id: 'match-before',
      label: 'previous match',
      help: 'previous match',
      availability: matchAvailability,
      run: (context) => toMatch(context, -1),
    },
    scrolling({ keys: ['up', 'k'], id: 'up', label: 'up', help: 'move up one line' }, ({ at }) => at - 1),
    scrolling({ keys: down, id: 'down', label: 'down', help: 'move down one line' }, ({ at }) => at + 1),
    scrolling(
      { keys: ['pageup', 'ctrl-u', 'b'], id: 'page-up', label: 'page up', help: 'move up one page' },
      ({ at, rows }) => at - rows,
    ),
    scrolling(
      { keys: ['pagedown', 'ctrl-d', 'space'], id: 'page-down', label: 'page down', help: 'move down one page' },
      ({ at, rows }) => at + rows,
    ),
    scrolling({ keys: ['g', 'home'], id: 'top', label: 'top', help: 'go to the first line' }, () => 0),
    scrolling(
      { keys: ['G', 'end'], id: 'bottom', label: 'bottom', help: 'go to the last line' },
      ({ count, rows }) => count - rows,
    ),
  ];
}

/** The bindings of the search field. */
export const SEARCH: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'view',
    id: 'keep',
    label: 'keep',
    help: 'keep the search; n and N go from match to match',
    footer: true,
    availability: () => enabled(),
    run: (context) => [...search(context, { type: 'keep' }), ...toMatch(context, 1, true)],
  },
  {
    keys: ['escape'],
    kind: 'view',
    id: 'drop',
    label: 'drop',
    help: 'clear the search',
    footer: true,
    availability: () => enabled(),
    run: (context) => search(context, { type: 'drop' }),
  },
  {
    keys: ['backspace', 'delete'],
    kind: 'view',
    id: 'erase',
    label: 'erase',
    help: 'erase a character',
    footer: true,
    availability: (context) => eraseAvailability(textOf(context)?.reading.search.text ?? ''),
    run: (context) => search(context, { type: 'erase' }),
  },
];

/** Changes the search of the open reader. */
export function search({ view }: Pick<Context, 'view'>, wanted: InputChange): readonly Action[] {
  return change(view, { type: 'search', change: wanted });
}

type Text = { readonly reading: Reading; readonly lines: readonly Line[] };

function textOf({ view: { overlay, detail }, size }: Context): Text | null {
  if (overlay.type === 'diff') return { reading: overlay.sheet, lines: diffLines(overlay.sheet, readingWidth(size)) };
  return detail === null ? null : { reading: detail, lines: detailLines(detail, size) };
}

function change({ overlay }: Context['view'], wanted: ReadingChange): readonly Action[] {
  return viewAction({ type: overlay.type === 'diff' ? 'sheet' : 'detail', change: wanted });
}

type Stand = { readonly at: number; readonly rows: number; readonly count: number };

function scrolling(named: Named, to: (stand: Stand) => number): Binding {
  const run = (context: Context): readonly Action[] => {
    const text = textOf(context);
    if (text === null) return [];
    const rows = bodyRows(context.size);
    const count = text.lines.length;
    const at = firstLine(text.reading, count, rows);
    const offset = Math.min(Math.max(0, count - rows), Math.max(0, to({ at, rows, count })));
    return change(context.view, { type: 'scroll', offset });
  };
  return { ...named, kind: 'move', availability: () => enabled(), run };
}

function matchAvailability(context: Context): Availability {
  const text = textOf(context);
  const wanted = text?.reading.search.text ?? '';
  if (text === null || wanted === '') return disabled('no search text; / starts a search');
  return matchesOf(text.lines, wanted).length === 0
    ? disabled(`no match for "${wanted}" in this ${nameOf(context.view)}`)
    : enabled();
}

function nameOf({ overlay }: Context['view']): string {
  return overlay.type === 'diff' ? 'diff' : 'call';
}

// With `here` a match on the first visible line counts.
function toMatch(context: Context, by: 1 | -1, here = false): readonly Action[] {
  const text = textOf(context);
  if (text === null) return [];
  const { reading, lines } = text;
  // Near the end of the text the stored offset lies beyond the first visible line.
  const from = here ? reading.offset - 1 : reading.offset;
  const line = nextMatch(matchesOf(lines, reading.search.text), from, by);
  return line === null ? [] : change(context.view, { type: 'scroll', offset: line });
}
