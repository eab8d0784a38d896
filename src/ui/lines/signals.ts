import type { EngineView } from '../../app/engine/types.ts';
import type { Ms } from '../../core/events.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { isUnsettled } from '../derive/attention.ts';
import { fateOf, type FateWords, severityTone } from '../derive/signals.ts';
import { selectedPlace, windowStart } from '../derive/window.ts';
import { type Column, headLine, placeColumns, rowLine } from '../format/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../format/frame.ts';
import { fitLine, type Line, say } from '../format/line.ts';
import { clock } from '../format/time.ts';
import type { SignalsProps } from '../panes/props.ts';
import type { Theme, Tone } from '../theme.ts';
import { filterNote, nothingMatches, outside } from './list.ts';

/** From this width on a signal and its fate fit into one line. */
const ONE_LINE_WIDTH = 90;

/** The pane of signals: each with its fate and why. */
export function signalLines(props: SignalsProps): readonly Line[] {
  const { view, theme, width, height, focused, rows, list, filter } = props;
  const open = view.signals.filter(isUnsettled).length;
  const note = open === 0 ? null : ({ text: `${open} open`, tone: 'warning' } as const);
  const framed = { width, height, focused, theme, title: `Signals ${view.signals.length}`, note };
  const right = filterNote(filter);
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? ['no signal yet: nothing has asked for a checkpoint'];
    return frame({ ...framed, right, lines: texts.map((text) => [say(text, 'dim')]) });
  }
  const index = selectedPlace(rows, list.selectedId, { idOf: ({ signal }) => signal.signalId, fallback: 'first' });
  return width < ONE_LINE_WIDTH ? twoLines(props, framed, right, index) : oneLine(props, framed, right, index);
}

type Framed = Omit<Parameters<typeof frame>[0], 'lines'>;

function oneLine(props: SignalsProps, framed: Framed, right: string, index: number): readonly Line[] {
  const { view, now, theme, width, height, rows, list } = props;
  const columns = placeColumns(columnsOf(view, now, theme), width - FRAME_COLUMNS);
  const room = Math.max(0, height - FRAME_ROWS - 1);
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: room });
  const shown = rows.slice(start, start + room);
  const lines = shown.map((row, at) => withMark(rowLine(columns, row, theme.glyphs), start + at === index, theme));
  const foot = outside(start, rows.length - start - shown.length, theme);
  return frame({
    ...framed,
    right,
    foot,
    lines: [headLine(columns, theme.glyphs), ...lines],
    selected: 1 + index - start,
  });
}

function twoLines(props: SignalsProps, framed: Framed, right: string, index: number): readonly Line[] {
  const { view, now, theme, width, height, rows, list } = props;
  const room = Math.max(1, Math.floor((height - FRAME_ROWS) / 2));
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: room });
  const shown = rows.slice(start, start + room + 1);
  const lines = shown.flatMap((row, at) => {
    const head = withMark(headOf(row, theme), start + at === index, theme);
    return [fitLine(head, width - FRAME_COLUMNS, theme.glyphs), tailOf(fateOf(view, row, now), theme)];
  });
  const foot = outside(start, Math.max(0, rows.length - start - room), theme);
  return frame({ ...framed, right, foot, lines, selected: 2 * (index - start) });
}

function headOf({ signal }: SignalRecord, { glyphs }: Theme): Line {
  const conversation = signal.conversationId === null ? '' : ` ${signal.conversationId.slice(0, 12)}`;
  return [
    say(' '),
    say(`${clock(signal.at)} `, 'dim'),
    say(`${glyphs.flag} ${signal.signal}`, signal.historical ? 'dim' : severityTone(signal.severity)),
    say(` ${signal.agent ?? ''}`),
    say(conversation, 'dim'),
  ];
}

function tailOf(fate: FateWords, { glyphs }: Theme): Line {
  return [say(`   ${glyphs.branch} `, 'dim'), say(`${signOf(fate, glyphs)} ${fate.words}`, fate.tone)];
}

function columnsOf(view: EngineView, now: Ms, { glyphs }: Theme): readonly Column<SignalRecord>[] {
  return [
    { title: '', rank: 1, min: 1, max: 1, cell: () => ({ text: '' }) },
    { title: 'TIME', rank: 2, min: 8, max: 8, cell: ({ signal }) => ({ text: clock(signal.at), tone: 'dim' }) },
    {
      title: 'SIGNAL',
      rank: 1,
      min: 18,
      max: 22,
      cell: ({ signal }) => ({ text: `${glyphs.flag} ${signal.signal}`, tone: toneOf(signal) }),
    },
    { title: 'AGENT', rank: 3, min: 8, max: 14, cell: ({ signal }) => ({ text: signal.agent ?? glyphs.none }) },
    {
      title: 'CONVERSATION',
      rank: 4,
      min: 8,
      max: 12,
      cell: ({ signal }) => ({ text: signal.conversationId ?? glyphs.none, tone: 'dim' }),
    },
    {
      title: 'FATE',
      rank: 1,
      min: 24,
      max: 120,
      cell: (record) => {
        const fate = fateOf(view, record, now);
        return { text: `${signOf(fate, glyphs)} ${fate.words}`, tone: fate.tone };
      },
    },
    { title: 'CAUSE', rank: 5, min: 16, max: 60, cell: ({ signal }) => ({ text: signal.cause, tone: 'dim' }) },
  ];
}

function toneOf(signal: SignalRecord['signal']): Tone {
  return signal.historical ? 'dim' : severityTone(signal.severity);
}

function signOf({ sign }: FateWords, glyphs: Theme['glyphs']): string {
  return sign === 'none' ? glyphs.dot : glyphs[sign];
}

function withMark(line: Line, isSelected: boolean, { glyphs }: Theme): Line {
  return isSelected ? [{ text: glyphs.selected, tone: 'accent' }, ...line.slice(1)] : line;
}
