import type { EngineView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { isResolved } from '../../ladder/open-signals.ts';
import { type FateWords, fateOf, ownerOf, severityTone, stateOf } from './rows.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import { type Reason, whyOf } from './reasons.ts';
import { selectedIndex, stack } from '../../widgets/list.ts';
import { type Placed, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, type Segment, fitLine, ofRow, say, wrapped } from '../../render/line.ts';
import { clock } from '../../render/values.ts';
import { type TableColumn, columnsFor } from '../../app/column-table.ts';
import type { SignalsProps } from '../../app/pane-props.ts';
import type { Theme } from '../../render/theme.ts';
import { listFrame, nothingMatches, outside, said } from '../../widgets/list-notes.ts';
import { wordCause, wordFate } from '../../../wording/fates.ts';

/** From this width on a signal and its fate fit into one line. */
const ONE_LINE_WIDTH = 90;
/** Cells before the words under a signal. */
const INDENT = 5;
/** Cells of the name of a reason. */
const REASON_WIDTH = 10;

/** The pane of signals: each with its fate and why; the selected one in full while the pane has the focus. */
export function signalLines(props: SignalsProps): readonly Line[] {
  const { view, now, theme, width, height, focused, rows, list, filter } = props;
  const open = rows.filter(isUnsettled).length;
  const note = open === 0 ? null : ({ text: `(${open} open)`, tone: 'warning' } as const);
  const framed = listFrame(props, { name: 'Signals', all: view.signals.length, note });
  const inner = width - FRAME_COLUMNS;
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? ['no signal yet: nothing has asked for a checkpoint'];
    return frame({ ...framed, lines: texts.flatMap((text) => said(text, inner, theme)) });
  }
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ signal }) => signal.signalId, fallback: 'first' });
  const columns = width < ONE_LINE_WIDTH ? null : fitColumns(columnsFor(SIGNAL_COLUMNS, { view, now, theme }), inner);
  const head = columns === null ? [] : [headLine(columns, theme.glyphs)];
  const room = Math.max(0, height - FRAME_ROWS - head.length);
  const appearance: Appearance = { view, now, theme, width: inner, columns, explains: props.whole === true };
  const options = { count: rows.length, index, offset: list.offset, room, least: columns === null ? 2 : 1 };
  const shown = stack(options, (place) => {
    const row = rows[place];
    return row === undefined ? [] : ofRow(row.signal.signalId, block(row, appearance, place === index, focused));
  });
  return frame({
    ...framed,
    foot: outside(shown.above, shown.below, theme),
    lines: [...head, ...shown.lines],
    selected: head.length + shown.selected,
  });
}

type Appearance = {
  readonly view: EngineView;
  readonly now: Ms;
  readonly theme: Theme;
  readonly width: number;
  /** Null where a signal and its fate take two lines. */
  readonly columns: readonly Placed<SignalRecord>[] | null;
  /** Rule, settings and timers are told of the selected one. */
  readonly explains: boolean;
};

function block(record: SignalRecord, appearance: Appearance, isSelected: boolean, isWhole: boolean): readonly Line[] {
  const { view, now, theme, width, columns } = appearance;
  const head = columns === null ? headOf(record, appearance) : rowLine(columns, record, theme.glyphs);
  const top = fitLine(head, width, theme.glyphs);
  const fate = fateOf(view, record, now);
  if (isSelected && isWhole) return [top, ...whole(record, fate, appearance)];
  return columns === null ? [top, [...branch(theme), fateSegment(fate, theme)]] : [top];
}

// A person who looks at one signal wants to read all of it.
function whole(record: SignalRecord, fate: FateWords, { view, theme, width, explains }: Appearance): readonly Line[] {
  const { signal } = record;
  const { glyphs } = theme;
  const text = `${signOf(fate, glyphs)} ${fate.words}`;
  const [first = '', ...others] = wrapped(text, width - INDENT, 4, glyphs);
  const place = signal.workspace === null ? '' : ` ${glyphs.arrow} ${signal.workspace}`;
  const causes = wrapped(`${wordCause(signal.cause)}${place}`, width - INDENT, 2, glyphs);
  return [
    [...branch(theme), say(first, fate.tone)],
    ...others.map((line): Line => [say(' '.repeat(INDENT)), say(line, fate.tone)]),
    ...causes.map((line): Line => [say(' '.repeat(INDENT)), say(line, 'dim')]),
    ...(explains ? [stateReason(view, record), ...whyOf(record)].flatMap((one) => reasonLines(one, width, theme)) : []),
  ];
}

function stateReason(view: EngineView, record: SignalRecord): Reason {
  const state = stateOf(view, record);
  const severity = `severity ${record.signal.severity}`;
  const words = state === null ? `${severity}, no agentsight interruption` : `${state.text}, ${severity}`;
  return { name: 'state', words: `${words}, ${ownerWords(view, record)}` };
}

function ownerWords(view: EngineView, record: SignalRecord): string {
  const { conversationId } = record.signal;
  return conversationId === null ? ownerOf(view, record) : `conversation ${conversationId}`;
}

function reasonLines({ name, words }: Reason, width: number, { glyphs }: Theme): readonly Line[] {
  const room = width - INDENT - REASON_WIDTH;
  return wrapped(words, room, 2, glyphs).map((line, at): Line => {
    return [say(' '.repeat(INDENT)), say((at === 0 ? name : '').padEnd(REASON_WIDTH), 'dim'), say(line)];
  });
}

function branch({ glyphs }: Theme): Line {
  return [say(`   ${glyphs.branch} `, 'dim')];
}

function fateSegment(fate: FateWords, { glyphs }: Theme): Segment {
  return say(`${signOf(fate, glyphs)} ${fate.words}`, fate.tone);
}

function headOf(record: SignalRecord, { view, theme: { glyphs }, explains }: Appearance): Line {
  const { signal } = record;
  const state = explains ? stateOf(view, record) : null;
  return [
    say(' '),
    say(`${clock(signal.at)} `, 'dim'),
    nameOf(view, record, glyphs),
    say(` ${signal.agent ?? ''}`),
    say(` ${ownerOf(view, record).slice(0, 12)}`, 'dim'),
    ...(state === null ? [] : [say(` ${state.text}`, state.tone)]),
  ];
}

// What is over stands back, and has another sign.
function nameOf(view: EngineView, record: SignalRecord, glyphs: Theme['glyphs']): Segment {
  const { type: signal, historical, severity } = record.signal;
  const isOver = isResolved(view, record) === true;
  return say(`${isOver ? glyphs.ok : glyphs.flag} ${signal}`, isOver || historical ? 'dim' : severityTone(severity));
}

/** The columns of the signals: each is drawn, and found by a filter where it has a `search`. */
export const SIGNAL_COLUMNS: readonly TableColumn<SignalRecord>[] = [
  { title: '', rank: 1, min: 1, max: 1, cell: () => ({ text: '' }) },
  { title: 'TIME', rank: 2, min: 8, max: 8, cell: ({ signal }) => ({ text: clock(signal.at), tone: 'dim' }) },
  {
    title: 'SIGNAL',
    rank: 1,
    min: 18,
    max: 22,
    cell: (record, { view, theme }) => nameOf(view, record, theme.glyphs),
    search: ({ signal }) => signal.type,
  },
  {
    title: 'AGENT',
    rank: 3,
    min: 8,
    max: 14,
    cell: ({ signal }, { theme }) => ({ text: signal.agent ?? theme.glyphs.none }),
    search: ({ signal }) => signal.agent ?? '',
    fields: ['agent'],
  },
  {
    title: 'CONVERSATION',
    short: 'ID',
    rank: 4,
    min: 8,
    good: 12,
    max: 12,
    cell: (record, { view }) => ({ text: ownerOf(view, record), tone: 'dim' }),
    search: (record, view) => ownerOf(view, record),
  },
  {
    title: 'STATE',
    rank: 3,
    min: 10,
    max: 10,
    cell: (record, { view, theme }) => stateOf(view, record) ?? { text: theme.glyphs.none, tone: 'dim' },
  },
  {
    title: 'FATE',
    rank: 1,
    min: 24,
    max: 120,
    cell: (record, { view, now, theme }) => {
      const fate = fateOf(view, record, now);
      return { text: `${signOf(fate, theme.glyphs)} ${fate.words}`, tone: fate.tone };
    },
    search: ({ fate }) => (fate === null ? '' : [fate.kind, wordFate(fate.reason), fate.snapshot].join(' ')),
  },
  {
    title: 'CAUSE',
    rank: 5,
    min: 16,
    max: 60,
    cell: ({ signal }) => ({ text: wordCause(signal.cause), tone: 'dim' }),
    search: ({ signal }) => wordCause(signal.cause),
  },
];

function signOf({ sign }: FateWords, glyphs: Theme['glyphs']): string {
  return sign === 'none' ? glyphs.dot : glyphs[sign];
}
