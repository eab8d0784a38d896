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
import type { TypedChange } from '../text-input.ts';

/** The keys of a text that is read: they scroll it and search in it. `down`: what goes one line down. */
export function readingKeys(down: readonly string[]): readonly Binding[] {
  return [
    {
      keys: ['/'],
      kind: 'view',
      id: 'search',
      label: 'search',
      help: 'search in what is shown; Enter keeps it, Esc drops it',
      footer: true,
      availability: () => enabled(),
      run: (context) => search(context, { type: 'anew' }),
    },
    {
      keys: ['n'],
      kind: 'view',
      id: 'next-match',
      label: 'next match',
      help: 'to the next line that matches',
      footer: true,
      availability: matchAvailability,
      run: (context) => toMatch(context, 1),
    },
    {
      keys: ['N'],
      kind: 'view',
      id: 'match-before',
      label: 'match before',
      help: 'to the line before that matches',
      availability: matchAvailability,
      run: (context) => toMatch(context, -1),
    },
    scrolling({ keys: ['up', 'k'], id: 'up', label: 'up', help: 'one line up' }, ({ at }) => at - 1),
    scrolling({ keys: down, id: 'down', label: 'down', help: 'one line down' }, ({ at }) => at + 1),
    scrolling(
      { keys: ['pageup', 'ctrl-u', 'b'], id: 'page-up', label: 'page up', help: 'one page up' },
      ({ at, rows }) => at - rows,
    ),
    scrolling(
      { keys: ['pagedown', 'ctrl-d', 'space'], id: 'page-down', label: 'page down', help: 'one page down' },
      ({ at, rows }) => at + rows,
    ),
    scrolling({ keys: ['g', 'home'], id: 'top', label: 'top', help: 'to the first line' }, () => 0),
    scrolling(
      { keys: ['G', 'end'], id: 'bottom', label: 'bottom', help: 'to the last line' },
      ({ count, rows }) => count - rows,
    ),
  ];
}

/** The keys while one types what to search for. */
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
    help: 'drop the search',
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

/** What a key types, or does, to what is searched for. */
export function search({ view }: Pick<Context, 'view'>, wanted: TypedChange): readonly Action[] {
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
  if (text === null || wanted === '') return disabled('nothing is searched for; / searches');
  return matchesOf(text.lines, wanted).length === 0
    ? disabled(`"${wanted}" is not found in this ${nameOf(context.view)}`)
    : enabled();
}

function nameOf({ overlay }: Context['view']): string {
  return overlay.type === 'diff' ? 'comparison' : 'call';
}

// With `here` a match on the first line that is shown is good enough.
function toMatch(context: Context, by: 1 | -1, here = false): readonly Action[] {
  const text = textOf(context);
  if (text === null) return [];
  const { reading, lines } = text;
  // Near the end of the text the wish lies beyond the first line that is shown.
  const from = here ? reading.offset - 1 : reading.offset;
  const line = nextMatch(matchesOf(lines, reading.search.text), from, by);
  return line === null ? [] : change(context.view, { type: 'scroll', offset: line });
}
