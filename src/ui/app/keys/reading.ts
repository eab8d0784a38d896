import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  eraseAvailability,
  type Named,
  type Reader,
} from '../bindings.ts';
import { matchesOf, nextMatch } from '../../widgets/reader/search.ts';
import { bodyRows } from '../../widgets/dialog.ts';
import { firstLine } from '../../widgets/reader/render.ts';
import type { ReadingChange } from '../../widgets/reader/state.ts';
import type { InputChange } from '../../widgets/text-input.ts';

/** Returns the bindings of a reader: scrolling and search. `down`: the keys that move down one line. */
export function readingKeys(down: readonly string[]): readonly Binding[] {
  return [
    {
      keys: ['/'],
      kind: 'view',
      id: 'search',
      label: 'search',
      help: 'search in this text',
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
    availability: (context) => eraseAvailability(readerIn(context)?.reading.search.text ?? ''),
    run: (context) => search(context, { type: 'erase' }),
  },
];

/** Changes the search of the open reader. */
export function search(context: Context, wanted: InputChange): readonly ScreenAction[] {
  return change(context, { type: 'search', change: wanted });
}

function readerIn({ readerOf, view }: Context): Reader | null {
  return readerOf(view);
}

function change(context: Context, wanted: ReadingChange): readonly ScreenAction[] {
  return readerIn(context)?.change(wanted) ?? [];
}

type Stand = { readonly at: number; readonly rows: number; readonly count: number };

function scrolling(named: Named, to: (stand: Stand) => number): Binding {
  const run = (context: Context): readonly ScreenAction[] => {
    const reader = readerIn(context);
    if (reader === null) return [];
    const rows = bodyRows(context.size);
    const count = reader.lines(context.size).length;
    const at = firstLine(reader.reading, count, rows);
    const offset = Math.min(Math.max(0, count - rows), Math.max(0, to({ at, rows, count })));
    return reader.change({ type: 'scroll', offset });
  };
  return { ...named, kind: 'move', availability: () => enabled(), run };
}

function matchAvailability(context: Context): Availability {
  const reader = readerIn(context);
  const wanted = reader?.reading.search.text ?? '';
  if (reader === null || wanted === '') return disabled('no search text; / starts a search');
  return matchesOf(reader.lines(context.size), wanted).length === 0
    ? disabled(`no match for "${wanted}" in this ${reader.name}`)
    : enabled();
}

// With `here` a match on the first visible line counts.
function toMatch(context: Context, by: 1 | -1, here = false): readonly ScreenAction[] {
  const reader = readerIn(context);
  if (reader === null) return [];
  const { reading } = reader;
  // Near the end of the text the stored offset lies beyond the first visible line.
  const from = here ? reading.offset - 1 : reading.offset;
  const line = nextMatch(matchesOf(reader.lines(context.size), reading.search.text), from, by);
  return line === null ? [] : reader.change({ type: 'scroll', offset: line });
}
