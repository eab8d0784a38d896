import { type Drawing, type TableColumn, columnsFor } from '../../widgets/column-table.ts';
import type { SignalsProps } from '../../app/pane-props.ts';
import { withCount } from '../../ladder/conditions.ts';
import { type Cell, type Sized, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, type Segment, cell, fitLine, ofRow, rowOf, span } from '../../render/line.ts';
import { shortId } from '../../render/names.ts';
import type { Theme } from '../../render/theme.ts';
import { age, count, counted, timeOfDay } from '../../render/values.ts';
import { widthOf } from '../../render/width.ts';
import { selectedIndex, stack, outside } from '../../widgets/list.ts';
import { countOf, nothingMatches, orderNote, noteLines } from '../../app/list-notes.ts';
import type { Ack } from '../../../core/acks.ts';
import type { Ms } from '../../../core/units.ts';
import { wordAckBy, wordAckEnd } from '../../../wording/acks.ts';
import { wordCause } from '../../../wording/fates.ts';
import { shortName } from '../workspaces/names.ts';
import { type FateLine, type SignalRow, markOf, ownerOf, shortFate } from './rows.ts';

/** From this width on a signal and its fate are columns of one line. */
const ONE_LINE_WIDTH = 60;
/** The blank before the first column. */
const MARGIN = 1;
const AGE_WIDTH = 6;
/** Cells before the fate of a signal that stands in two lines. */
const INDENT = 10;
/** Cells of a signal with its sign: `⚑ context_overflow`, `▲ service_unavailable ×12`. */
const LEAST_SIGNAL = 18;
const MOST_SIGNAL = 26;
/** Cells of a fate that the widest phrase takes: it is never cut. */
const MAX_FATE = 40;
const LEAST_FATE = 17;

/** Draws the pane of signals: what asks for a person, what became of each, then what is past. */
export function signalLines(props: SignalsProps): readonly Line[] {
  const {
    view,
    now,
    theme,
    width,
    height,
    focused,
    hotkey,
    rows,
    list,
    filter,
    whole = false,
    newSince = Infinity,
  } = props;
  const open = rows.filter(({ isOpen }) => isOpen).length;
  const acked = rows.filter(({ ack }) => ack !== null).length;
  const fresh = new Set(rows.filter(({ at, before }) => before === 0 && at > newSince).map(({ id }) => id));
  const counts = [
    filter === null ? '' : countOf(rows.length, view.signals.length),
    open === 0 ? '' : `${count(open)} open`,
    fresh.size === 0 ? '' : `${count(fresh.size)} new ${theme.glyphs.fresh}`,
    acked === 0 ? '' : `${count(acked)} acked`,
  ].filter(Boolean);
  const title = counts.length === 0 ? 'Signals' : `Signals ${counts.join(` ${theme.glyphs.dot} `)}`;
  const right = orderNote(props) || (whole ? (props.usual ?? '') : '');
  const framed = { width, height, focused, theme, hotkey, title, right, footLeft: whole ? todayNote(props) : '' };
  const inner = width - FRAME_COLUMNS;
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? ['no signal yet: nothing has asked for a checkpoint'];
    return frame({ ...framed, lines: texts.flatMap((text) => noteLines(text, inner, theme)) });
  }
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ id }) => id, fallback: 'first' });
  const drawing = { view, now, theme };
  const columns =
    width < ONE_LINE_WIDTH ? null : fitColumns(columnsFor(tableOf(rows, drawing), drawing), inner - MARGIN);
  const margin = span(' '.repeat(MARGIN));
  const head = columns === null ? [] : [[margin, ...headLine(columns, theme.glyphs)]];
  const room = Math.max(0, height - FRAME_ROWS - head.length);
  const options = { count: rows.length, index, offset: list.offset, room, least: columns === null ? 2 : 1 };
  const shown = stack(options, (at) => {
    const row = rows[at];
    return row === undefined ? [] : ofRow(row.id, block(row, { ...drawing, width: inner }, columns));
  });
  return frame({
    ...framed,
    foot: outside(shown.above, shown.below, theme),
    lines: [...head, ...shown.lines],
    marks: freshMarks(shown.lines, fresh, head.length, theme),
    selected: index === -1 ? -1 : head.length + shown.selected,
  });
}

// At the first line of each row that came since a key was last pressed.
function freshMarks(
  lines: readonly Line[],
  fresh: ReadonlySet<string>,
  above: number,
  { glyphs }: Theme,
): ReadonlyMap<number, Segment> {
  const marks = new Map<number, Segment>();
  for (const [at, line] of lines.entries()) {
    const id = rowOf(line);
    if (id === null || !fresh.has(id)) continue;
    const before = lines[at - 1];
    const isFirst = before === undefined || rowOf(before) !== id;
    if (isFirst) marks.set(above + at, { text: glyphs.fresh, tone: 'fresh' });
  }
  return marks;
}

function block(row: SignalRow, drawing: Drawing, columns: readonly Sized<SignalRow>[] | null): readonly Line[] {
  const { theme, width } = drawing;
  const margin = span(' '.repeat(MARGIN));
  if (columns !== null) {
    if (row.before === 0) return [[margin, ...rowLine(columns, row, theme.glyphs)]];
    const before = (columns[0]?.width ?? 0) + MARGIN + 1;
    return [[span(' '.repeat(before)), ...beforeStart(row)]];
  }
  if (row.before > 0) return [[span(' '.repeat(INDENT)), ...beforeStart(row)]];
  return twoLines(row, drawing).map((line) => fitLine(line, width, theme.glyphs));
}

function twoLines(row: SignalRow, drawing: Drawing): readonly Line[] {
  const { view, now, theme } = drawing;
  const { record, at } = row;
  const fate = shortFate(view, record, now);
  const { ack } = row;
  const done = fate.isHeld ? `held, fires in ${fate.text}` : fateText(fate, theme);
  const outcome = ack === null ? done : ackedText(ack, now);
  const when = cell(age(at, now, ''), AGE_WIDTH, { glyphs: theme.glyphs, tone: 'dim', align: 'start' });
  const { text, tone = 'plain' } = signalCell(row, drawing);
  return [
    [
      span(' '.repeat(MARGIN)),
      when,
      span(' '),
      span(text, tone),
      span(`  ${record.signal.agent ?? theme.glyphs.none}`),
    ],
    [span(' '.repeat(INDENT)), span(outcome, row.isOpen ? fate.tone : 'dim')],
  ];
}

function beforeStart({ before, mark }: SignalRow): Line {
  const text = `${count(before)} from before the start`;
  return [span(text, 'dim'), span(`  ${mark} ${mark === '+' ? 'open' : 'close'}`, 'dim')];
}

function todayNote({ view, now }: SignalsProps): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const today = view.signals.filter(({ signal }) => !signal.historical && signal.at >= midnight);
  const made = new Set(today.flatMap(({ fate }) => (fate?.kind === 'checkpointed' ? [fate.snapshot] : []))).size;
  return `today: ${counted(today.length, 'signal')}, ${counted(made, 'checkpoint')}`;
}

/** The columns before the fate: each is drawn, and found by a filter where it has a `search`. */
export const SIGNAL_COLUMNS: readonly TableColumn<SignalRow>[] = [
  {
    title: 'TIME',
    rank: 2,
    min: 10,
    max: 10,
    cell: ({ at, isOpen }, { now }) => ({ text: timeOfDay(at, now), tone: isOpen ? 'plain' : 'dim' }),
  },
  {
    title: 'SIGNAL',
    rank: 1,
    min: LEAST_SIGNAL,
    max: MOST_SIGNAL,
    cell: signalCell,
    search: ({ record: { signal } }) => signal.type,
  },
  {
    title: 'AGENT',
    rank: 1,
    min: 8,
    good: 11,
    max: 16,
    cell: ({ record: { signal }, isOpen }, { theme }) => ({
      text: signal.agent ?? theme.glyphs.none,
      tone: isOpen ? 'strong' : 'dim',
    }),
    search: ({ record: { signal } }) => signal.agent ?? '',
    fields: ['agent'],
  },
  {
    title: 'ASKED',
    rank: 4,
    min: 26,
    max: 60,
    cell: askedCell,
    search: ({ record }, view) => `${ownerOf(view, record)} ${askedOf(record, view) ?? ''}`,
  },
  {
    title: 'WORKSPACE',
    rank: 5,
    min: 9,
    max: 16,
    cell: ({ record: { signal }, isOpen }, { view, theme }) => ({
      text: signal.workspace === null ? theme.glyphs.none : shortName(signal.workspace, view),
      tone: isOpen ? 'plain' : 'dim',
    }),
    search: ({ record: { signal } }) => `${signal.workspace ?? ''} ${wordCause(signal.cause)}`,
  },
];

// Only as wide as the widest signal: names get what is left.
function tableOf(
  rows: readonly SignalRow[],
  drawing: Pick<Drawing, 'view' | 'now' | 'theme'>,
): readonly TableColumn<SignalRow>[] {
  const widest = rows.reduce((most, row) => {
    return row.before > 0 ? most : Math.max(most, widthOf(signalCell(row, drawing).text));
  }, LEAST_SIGNAL);
  const width = Math.min(MOST_SIGNAL, widest);
  const longest = rows.reduce((most, { record: { signal } }) => Math.max(most, widthOf(signal.agent ?? '')), 0);
  const columns = SIGNAL_COLUMNS.map((column) => {
    if (column.title === 'AGENT') return { ...column, good: Math.min(column.max, Math.max(column.min, longest)) };
    return column.title === 'SIGNAL' ? { ...column, min: width, max: width } : column;
  });
  return [...columns, fateColumn(rows, drawing)];
}

// One phrase that is never cut: as wide as the widest of them.
function fateColumn(rows: readonly SignalRow[], drawing: Omit<Drawing, 'width'>): TableColumn<SignalRow> {
  const { view, now, theme } = drawing;
  const widest = rows.reduce((most, { record, before, ack }) => {
    if (before > 0) return most;
    const text = ack === null ? fateText(shortFate(view, record, now), theme) : ackedText(ack, now);
    return Math.max(most, widthOf(text));
  }, LEAST_FATE);
  const width = Math.min(MAX_FATE, widest);
  return {
    title: 'FATE',
    rank: 1,
    min: width,
    max: width,
    cell: ({ record, isOpen, ack }) => {
      const fate = shortFate(view, record, now);
      return { text: ack === null ? fateText(fate, theme) : ackedText(ack, now), tone: isOpen ? fate.tone : 'dim' };
    },
  };
}

// `acked by ops until 18:00` stands in the place of the fate.
function ackedText(ack: Ack, now: Ms): string {
  return `acked by ${wordAckBy(ack)}${wordAckEnd(ack, now)}`;
}

function fateText(fate: FateLine & { readonly isHeld: boolean }, { glyphs }: Theme): string {
  if (fate.isHeld) return `HELD ${fate.text}`;
  return fate.sign === 'none' ? fate.text : `${glyphs[fate.sign]} ${fate.text}`;
}

// What is over stands back, and has another sign.
function signalCell(
  { record: { signal }, isOpen, severity, reports }: SignalRow,
  { theme: { glyphs } }: Pick<Drawing, 'theme'>,
): Cell {
  const { sign, tone } = markOf(severity, isOpen);
  return { text: `${glyphs[sign]} ${withCount(signal.type, reports, glyphs.times)}`, tone };
}

function askedOf({ signal }: SignalRow['record'], { model }: Drawing['view']): string | null {
  if (signal.conversationId === null) return null;
  return model.conversations.find(({ conversationId }) => conversationId === signal.conversationId)?.userQuery ?? null;
}

function askedCell({ record, isOpen }: SignalRow, { view }: Drawing): Cell {
  const asked = askedOf(record, view);
  if (asked !== null) return { text: asked, tone: isOpen ? 'plain' : 'dim' };
  const { conversationId } = record.signal;
  return { text: conversationId === null ? ownerOf(view, record) : shortId(conversationId), tone: 'dim' };
}
