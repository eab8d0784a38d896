import type { Call } from '../../../core/calls.ts';
import { promptTokens } from '../../../core/model/meters/totals.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import { restsOn } from '../sources/rows.ts';
import { type CallRow, callWords, indexInCalls, markWords, rowId } from './rows.ts';
import { selectedIndex, windowStart } from '../../widgets/list.ts';
import { type Cell, type Placed, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, cell, ofRow, say } from '../../render/line.ts';
import { age, callDuration, callTime, clock, counted, duration, tokens } from '../../render/values.ts';
import { widthOf } from '../../render/width.ts';
import { type TableColumn, columnsFor } from '../../app/column-table.ts';
import type { CallsProps } from '../../app/pane-props.ts';
import type { Theme } from '../../render/theme.ts';
import { filterNote, notes, nothingMatches, outside } from '../../widgets/list-notes.ts';

const HEAD_ROWS = 1;
/** Cells of the title that nothing takes, and those of the border and the key around it. */
const MIN_TITLE = 16;
const AROUND_TITLE = 12;

/** The pane of one conversation's calls, oldest first; checkpoints stand between the calls. */
export function callLines(props: CallsProps): readonly Line[] {
  const { view, now, theme, width, height, focused, conversation, rows, list, follow, filter } = props;
  const framed = { width, height, focused, theme, hotkey: props.hotkey };
  if (conversation === null) return frame({ ...framed, title: 'Calls', lines: [[say('no conversation', 'dim')]] });
  const title = titleOf(props);
  const byTime = props.order === undefined;
  const right = noteOf(props);
  const filtered = nothingMatches(filter);
  if (rows.length === 0) {
    if (conversation.summary !== null && filtered === null) {
      return frame({ ...framed, title, right, lines: unread(conversation) });
    }
    const last = `last call ${age(conversation.lastCallAt, now, 'unknown')} ago; its calls are no longer kept`;
    return frame({ ...framed, title, right, lines: (filtered ?? [last]).map((text) => [say(text, 'dim')]) });
  }
  const columns = fitColumns(columnsFor(CALL_COLUMNS, { view, now, theme }), width - FRAME_COLUMNS);
  const room = Math.max(0, height - FRAME_ROWS - HEAD_ROWS);
  const follows = follow && byTime;
  const index = byTime ? indexInCalls(rows, follow ? null : list.selectedId) : placeOf(rows, list.selectedId);
  const wish = { count: rows.length, offset: follows ? rows.length : list.offset, height: room };
  const start = windowStart(follows ? rows.length - 1 : index, wish);
  const shown = rows.slice(start, start + room);
  return frame({
    ...framed,
    title,
    right,
    foot: notes(
      unreadNote(conversation),
      outside(start, rows.length - start - shown.length, theme),
      fromNote(restsOn(view, conversation.sources)),
    ),
    lines: [
      headLine(columns, theme.glyphs),
      ...shown.flatMap((row) => ofRow(rowId(row), [lineOf(row, columns, theme)])),
    ],
    selected: HEAD_ROWS + index - start,
  });
}

function fromNote(sources: string | null): string {
  return sources === null ? '' : `from ${sources}`;
}

// Only the order of time is followed: the others say that they are not.
function noteOf({ filter, order, follow }: CallsProps): string {
  const note = filterNote(filter);
  if (order !== undefined) return [note, `by ${order}, not followed`].filter(Boolean).join(' ');
  return note || (follow ? 'follow' : 'G follows');
}

function unread({ totals: { calls, promptTokens: prompt, outputTokens } }: ConversationView): readonly Line[] {
  const sums = `${counted(calls, 'call')}, ${tokens(prompt)} tokens in, ${tokens(outputTokens)} out`;
  return [[say(`only its summary is known: ~${sums}`)], [say('its calls have not been read yet', 'dim')]];
}

function unreadNote({ summary }: ConversationView): string {
  return summary === null ? '' : `~ summary: ${counted(summary.calls, 'more call')} not read yet`;
}

// What narrows and orders the calls is to be read; what was asked gives way to it.
function titleOf(props: CallsProps): string {
  const { conversation, theme, width, rows, filter } = props;
  if (conversation === null) return 'Calls';
  const { agent, conversationId, userQuery } = conversation;
  const count = filter === null ? '' : ` ${countsOf(rows)}`;
  const asked = userQuery === null ? '' : ` ${theme.glyphs.dot} "${userQuery}"`;
  return say(`${agent} ${conversationId.slice(0, 12)}${count}${asked}`).text.slice(
    0,
    Math.max(MIN_TITLE, width - widthOf(noteOf(props)) - AROUND_TITLE),
  );
}

function countsOf(rows: readonly CallRow[]): string {
  const calls = rows.filter(({ type }) => type === 'call').length;
  const marks = rows.length - calls;
  return marks === 0 ? counted(calls, 'call') : `${counted(calls, 'call')}, ${counted(marks, 'mark')}`;
}

function lineOf(row: CallRow, columns: readonly Placed<Call>[], theme: Theme): Line {
  const { glyphs } = theme;
  const mark = cell('', 1, { glyphs });
  if (row.type === 'call') return [mark, ...rowLine(columns, row.call, glyphs).slice(1)];
  return [mark, say(` ${clock(row.at)} ${glyphs[MARK_GLYPHS[row.operation]]} ${markWords(row)}`, 'accent')];
}

const MARK_GLYPHS = { checkpoint: 'checkpoint', rollback: 'arrow' } as const;

/** The columns of the calls: each is drawn, and found by a filter where it has a `search`. */
export const CALL_COLUMNS: readonly TableColumn<Call>[] = [
  { title: '', rank: 1, min: 1, max: 1, cell: () => ({ text: '' }) },
  { title: 'ENDED', rank: 2, min: 8, max: 8, cell: (call) => ({ text: clock(callTime(call)), tone: 'dim' }) },
  { title: '', rank: 1, min: 1, max: 1, cell: (call, { theme }) => signOf(call, theme.glyphs) },
  {
    title: 'WHAT',
    rank: 1,
    min: 14,
    max: 80,
    cell: (call) => wordsOf(call),
    search: ({ error, finishReason, tools, statusCode }) => [error, finishReason, ...tools, statusCode].join(' '),
  },
  {
    title: 'MODEL',
    rank: 6,
    min: 8,
    max: 22,
    cell: ({ model }, { theme }) => ({ text: model ?? theme.glyphs.none, tone: 'dim' }),
    search: ({ model }) => model ?? '',
    fields: ['model'],
  },
  {
    title: 'TOOK',
    rank: 3,
    min: 6,
    max: 6,
    align: 'start',
    cell: (call, { theme }) => ({ text: duration(callDuration(call), theme.glyphs.none) }),
  },
  { title: 'IN', rank: 4, min: 5, max: 5, align: 'start', cell: (call, { theme }) => countCell(promptOf(call), theme) },
  {
    title: 'OUT',
    rank: 5,
    min: 5,
    max: 5,
    align: 'start',
    cell: ({ usage }, { theme }) => countCell(usage?.outputTokens, theme),
  },
  {
    title: 'CACHED',
    rank: 7,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ usage }, { theme }) => countCell(usage?.cacheReadTokens, theme),
  },
];

function countCell(value: number | null | undefined, { glyphs }: Theme): Cell {
  return value === null || value === undefined ? { text: glyphs.none, tone: 'dim' } : { text: tokens(value) };
}

// As the sums of conversations and agents count it: with what the cache read or created.
function promptOf({ provider, usage }: Call): number | undefined {
  return usage === null ? undefined : promptTokens(provider, usage);
}

function signOf(call: Call, glyphs: Theme['glyphs']): Cell {
  const { sign, tone } = callWords(call);
  return { text: glyphs[sign], tone };
}

function wordsOf(call: Call): Cell {
  const { sign, words } = callWords(call);
  return { text: words, tone: sign === 'failed' ? 'critical' : sign === 'pending' ? 'dim' : 'plain' };
}

function placeOf(rows: readonly CallRow[], selectedId: string | null): number {
  return selectedIndex(rows, selectedId, { idOf: rowId, fallback: 'first' });
}
