import { FRAME_COLUMNS, type Size } from '../render/frame.ts';
import { type Line, cell, fitLine, span } from '../render/line.ts';
import { counted } from '../render/values.ts';
import { wrapText } from '../render/wrap.ts';
import type { Theme, Tone } from '../render/theme.ts';
import { type Sheet, bodyRows, bodySheet } from '../widgets/dialog.ts';
import { changeReading, type ReadingChange } from '../widgets/reader/state.ts';
import type { TextInput } from '../widgets/text-input.ts';
import { availabilityOf, keyLabel } from './key-context.ts';
import { behind, beneath } from './keys/beside.ts';
import {
  type Binding,
  type BindingKind,
  type Context,
  type KeyContext,
  type ScreenAction,
  enabled,
  viewAction,
} from './bindings.ts';
import { TWO_COLUMNS } from './layout.ts';
import { pagingKeys } from './keys/closing.ts';
import { describeKeys } from './screen-reader/contexts.ts';
import { search } from './keys/reading.ts';
import type { Overlay, OverlayOf } from './state.ts';
import { openOverlay, overlayView } from './view.ts';

/** Groups of keys as the manual lists them. */
export const KEY_GROUPS: readonly { readonly kind: BindingKind; readonly title: string }[] = [
  { kind: 'act', title: 'Act' },
  { kind: 'view', title: 'Look' },
  { kind: 'move', title: 'Move' },
  { kind: 'leave', title: 'Leave' },
];

/** Cells of keys and of signs. */
const KEYS_WIDTH = 10;
const SIGN_WIDTH = 9;
/** From here on there is room for three columns, and for two. */
const THREE = TWO_COLUMNS;
const TWO = 60;

const VIEW_IDS: ReadonlySet<string> = new Set([
  'overview',
  'conversations',
  'agents',
  'signals',
  'checkpoints',
  'automation',
  'sources',
  'spend',
  'hosts',
]);
const PROGRAM_IDS: ReadonlySet<string> = new Set(['commands', 'log', 'redraw', 'suspend', 'quit', 'help']);

/** `keys`: all of them by name, where `name` has no room for each. */
type Entry = { readonly name: string; readonly text: string; readonly tone: Tone; readonly keys?: string };
type Group = { readonly title: string; readonly entries: readonly Entry[] };

/**
 * All keys of where we are, one a line, in columns, with what signs, numbers and words mean, or of all that what contains
 * a text; `page` goes round.
 */
function helpSheet({ page, search: { text, editing } }: Help, context: Context, size: Size, theme: Theme): Sheet {
  const here = behind(context);
  const keyContext = here.keyContextOf(here.view);
  const rows = bodyRows(size);
  const across = size.columns >= THREE ? 3 : size.columns >= TWO ? 2 : 1;
  const width = Math.floor((size.columns - FRAME_COLUMNS - (across - 1)) / across);
  const found = [...groupsOf(here, keyContext, theme), legend(theme)].map((groups) => containing(groups, text));
  const columns = columnsOf(
    found.map((groups) => wrapped(groups, width)),
    rows,
    across,
  );
  const pages = Math.max(1, Math.ceil(columns.length / across));
  const shown = ((page % pages) + pages) % pages;
  const visible = columns.slice(shown * across, (shown + 1) * across);
  const isNarrowed = editing || text !== '';
  const height = Math.max(0, ...visible.map((column) => column.length));
  const lines = Array.from({ length: height }, (_, row): Line =>
    visible.flatMap((column, at) => [
      ...(at === 0 ? [] : [span(' ')]),
      ...fitLine(entryLine(column[row] ?? null, theme), width, theme.glyphs),
    ]),
  );
  return bodySheet(size, {
    theme,
    title: 'Keys',
    right: isNarrowed ? `/${text}${editing ? '_' : ''}  ${foundText(found)}` : `for: ${placeOf(here, keyContext)}`,
    ...(!isNarrowed && { footLeft: '/ find a key' }),
    foot: `${pages === 1 ? '' : `page ${shown + 1} of ${pages} ${theme.glyphs.dot} Tab the next ${theme.glyphs.dot} `}${wayBack(editing, text)}`,
    lines,
  });
}

function placeOf({ pane }: Context, keyContext: KeyContext): string {
  return keyContext === 'panes' ? pane.title : keyContext;
}

function wayBack(editing: boolean, text: string): string {
  if (editing) return 'Enter keep · Esc drop';
  return text === '' ? 'Esc close' : 'Esc all keys';
}

function foundText(columns: readonly (readonly Group[])[]): string {
  const found = columns.flat().reduce((sum, { entries }) => sum + entries.length, 0);
  return found === 0 ? 'not found' : counted(found, 'line');
}

// A key is found by its name and by what it does, a group by its title.
function containing(groups: readonly Group[], text: string): readonly Group[] {
  const words = text.toLowerCase().split(' ').filter(Boolean);
  const has = (...parts: readonly string[]): boolean => {
    const said = parts.join(' ').toLowerCase();
    return words.every((word) => said.includes(word));
  };
  return groups
    .map(({ title, entries }) => ({
      title,
      entries: entries.filter((entry) => has(entry.keys ?? entry.name, entry.text, title)),
    }))
    .filter(({ entries }) => entries.length > 0);
}

// What has no room in its line goes on in the next one.
function wrapped(groups: readonly Group[], width: number): readonly Group[] {
  const rowsOf = (entry: Entry): readonly Entry[] =>
    wrapText(entry.text, width - KEYS_WIDTH).map((text, at) => ({ ...entry, name: at === 0 ? entry.name : '', text }));
  return groups.map((group) => ({ ...group, entries: group.entries.flatMap(rowsOf) }));
}

type Row = Entry | { readonly title: string } | null;

// Where that makes one page of two, a group goes on in the next column, under its title.
function columnsOf(parts: readonly (readonly Group[])[], rows: number, across: number): readonly (readonly Row[])[] {
  const columns = parts.flatMap((groups) => flow(groups, rows));
  if (columns.length <= across) return columns;
  const [first = [], ...others] = parts;
  const tight = [...flow(first, rows), ...dense(others.flat(), rows)];
  return tight.length <= across ? tight : columns;
}

function dense(groups: readonly Group[], rows: number): readonly (readonly Row[])[] {
  const columns: Row[][] = [[]];
  const last = (): Row[] => columns.at(-1) ?? [];
  for (const { title, entries } of groups) {
    // A title stands before an entry.
    if (last().length + 2 > rows) columns.push([]);
    last().push({ title });
    for (const entry of entries) {
      if (last().length >= rows) columns.push([{ title }]);
      last().push(entry);
    }
  }
  return columns;
}

// A group stays together where it fits into a column.
function flow(groups: readonly Group[], rows: number): readonly (readonly Row[])[] {
  const columns: Row[][] = [];
  let column: Row[] = [];
  const needed = groups.reduce((sum, { entries }) => sum + entries.length + 2, -1);
  // Where all of them just fit, they do without blank lines.
  const blanks = needed <= rows ? 1 : 0;
  const close = (): void => {
    if (column.length > 0) columns.push(column);
    column = [];
  };
  for (const { title, entries } of groups) {
    const gap = column.length === 0 ? 0 : blanks;
    if (column.length + gap + 1 + entries.length > rows) close();
    else if (gap === 1) column.push(null);
    column.push({ title });
    for (const entry of entries) {
      if (column.length >= rows) close();
      column.push(entry);
    }
  }
  close();
  return columns;
}

function entryLine(row: Row, { glyphs }: Theme): Line {
  if (row === null) return [];
  if ('title' in row) return [span(row.title, 'title')];
  return [
    cell(row.name, KEYS_WIDTH - 1, { glyphs, tone: row.tone === 'dim' ? 'dim' : 'key' }),
    span(' '),
    span(row.text, row.tone),
  ];
}

function groupsOf(context: Context, keyContext: KeyContext, theme: Theme): readonly (readonly Group[])[] {
  const bindings = merged(context.keysOf(keyContext).filter(({ keys }) => keys.length > 0));
  const of = (title: string, wanted: (binding: Binding) => boolean): Group => ({
    title,
    entries: bindings.filter(wanted).map((binding) => entryOf(binding, context, theme)),
  });
  const isView = ({ id }: Binding): boolean => VIEW_IDS.has(id);
  const isProgram = ({ id, kind }: Binding): boolean => PROGRAM_IDS.has(id) || kind === 'leave';
  const shared = context.keysOf('panes');
  const isOwn = ({ id, run, kind }: Binding): boolean =>
    keyContext !== 'panes' && kind !== 'move' && !shared.some((one) => one.id === id && one.run === run);
  const rest =
    (kind: BindingKind) =>
    (binding: Binding): boolean =>
      binding.kind === kind && !isView(binding) && !isProgram(binding) && !isOwn(binding);
  const views = of('Views', isView);
  return [
    [
      of('Move', rest('move')),
      { ...views, entries: views.entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)) },
      of('Program', (binding) => isProgram(binding) && !isView(binding)),
    ],
    [
      of('Here', (binding) => isOwn(binding) && !isView(binding) && !isProgram(binding)),
      of('Act', rest('act')),
      of('Lists and texts', rest('view')),
    ],
  ].map((groups) => groups.filter(({ entries }) => entries.length > 0));
}

/** Bindings that are one line together, with what they do. */
const PAIRS: readonly (readonly [first: string, second: string, help: string])[] = [
  ['up', 'down', 'one row'],
  ['page-up', 'page-down', 'one page'],
  ['first', 'last', 'first, last row (G follows)'],
  ['next-pane', 'pane-before', 'next, previous pane'],
  ['next-trouble', 'trouble-before', 'next, previous trouble'],
  ['open-group', 'close-group', 'open, close a group'],
  ['call-before', 'next-call', 'previous, next call'],
  ['conversation-before', 'next-conversation', 'previous, next of the list'],
];

// One line for what has several bindings of one name.
function merged(bindings: readonly Binding[]): readonly Binding[] {
  const byId = new Map<string, Binding>();
  for (const binding of bindings) {
    const known = byId.get(binding.id);
    byId.set(binding.id, known === undefined ? binding : { ...known, keys: [...known.keys, ...binding.keys] });
  }
  for (const [first, second, help] of PAIRS) {
    const one = byId.get(first);
    const other = byId.get(second);
    if (one === undefined || other === undefined) continue;
    byId.delete(second);
    byId.set(first, { ...one, keys: alternating(one.keys, other.keys), help });
  }
  return [...byId.values()];
}

function alternating(one: readonly string[], other: readonly string[]): readonly string[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, at) => [one[at], other[at]])
    .flat()
    .filter((key) => key !== undefined);
}

// What cannot be done here is dim; its key explains why.
function entryOf(binding: Binding, context: Context, theme: Theme): Entry {
  const name = binding.keys.reduce((all, key) => {
    const longer = `${all} ${keyLabel(key, theme.ascii)}`.trimStart();
    return all !== '' && longer.length >= KEYS_WIDTH ? all : longer;
  }, '');
  const keys = binding.keys.map((key) => keyLabel(key, theme.ascii)).join(' ');
  return { name, keys, text: binding.help, tone: availabilityOf(binding, context).enabled ? 'plain' : 'dim' };
}

function legend({ glyphs }: Theme): readonly Group[] {
  const sign = (name: string, text: string): Entry => ({ name: name.padEnd(SIGN_WIDTH), text, tone: 'plain' });
  return [
    {
      title: 'Signs',
      entries: [
        sign(glyphs.flag, 'critical signal'),
        sign(glyphs.high, 'high signal'),
        sign(glyphs.advisory, 'advisory'),
        sign(glyphs.failed, 'failing, or failed'),
        sign(glyphs.stuck, 'stuck: open work, no call'),
        sign(glyphs.paused, 'paused: goes on by itself'),
        sign(glyphs.unknown, 'blind: its source is lost'),
        sign(`${glyphs.active} ${glyphs.idle} ${glyphs.ended}`, 'active, idle, over'),
        sign(`${glyphs.ok} ${glyphs.fresh}`, 'done, new'),
        sign(glyphs.checkpoint, 'checkpoint in a stream'),
        sign(`${glyphs.times}3 +6`, 'three times, six more'),
      ],
    },
    {
      title: 'Numbers',
      entries: [
        sign(`${glyphs.none} 0`, 'unknown, none'),
        sign('~', 'in part from a summary'),
        sign('LAST', 'time since the last call'),
      ],
    },
    {
      title: 'Words',
      entries: [
        sign('fate', 'what automation did'),
        sign('held', 'announced, fires at 0'),
        sign('silence', 'no checkpoint, still shown'),
        sign('ack', 'seen, off the alert line'),
      ],
    },
  ];
}

declare module './state.ts' {
  interface OverlayStates {
    /** `of`: what it lies over, whose keys it lists, and which it goes back to; `search`: what of it is wanted. */
    readonly help: { readonly page: number; readonly of: Overlay; readonly search: TextInput };
  }
}

type Help = OverlayOf<'help'>;

const FIND: Binding = {
  keys: ['/'],
  kind: 'view',
  id: 'search',
  label: 'find a key',
  help: 'find a key',
  footer: true,
  availability: () => enabled(),
  run: (context) => search(context, { type: 'restart' }),
};

// First all keys again, then what was there before.
function allKeysOrClose(context: Context): readonly ScreenAction[] {
  const { overlay } = context.view;
  const isNarrowed = openOverlay('help', overlay)?.search.text !== '';
  return isNarrowed ? search(context, { type: 'drop' }) : viewAction({ type: 'overlay', overlay: beneath(overlay) });
}

function changed(help: Help, change: ReadingChange): readonly ScreenAction[] {
  // A page that narrows begins at its start.
  const { search: text } = changeReading({ offset: 0, search: help.search }, change);
  return viewAction({ type: 'overlay', overlay: { ...help, page: 0, search: text } });
}

/** The keys of the view that it lies over. */
export const helpView = overlayView('help', {
  title: 'help',
  shares: 'views',
  bindings: [FIND, ...pagingKeys(['escape', '?', 'enter'], allKeysOrClose)],
  reader: ({ overlay }) => {
    const help = openOverlay('help', overlay);
    if (help === null) return null;
    // It shows what is found and nothing else: there is no match to go to.
    return {
      name: 'help',
      reading: { offset: 0, search: help.search },
      lines: () => [],
      change: (change) => changed(help, change),
    };
  },
  render: helpSheet,
  describe: (_, context) => describeKeys(context),
});
