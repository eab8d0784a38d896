import { contextUseOf } from '../../../core/model/meters/trouble.ts';
import { dollars, moneyCell, moneyShort } from '../../../wording/money.ts';
import { type Plans, isOnPlan, moneyOf } from '../../../core/model/meters/money.ts';
import type { Call } from '../../../core/calls.ts';
import { promptTokens } from '../../../core/model/meters/totals.ts';
import { rollUp } from '../../../core/model/families.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import { restsOn } from '../sources/rows.ts';
import {
  agentText,
  type CallLine,
  type CallRow,
  callSummary,
  indexInCalls,
  markText,
  noteText,
  openText,
  rowId,
  type SubAgent,
  storyText,
} from './rows.ts';
import { selectedIndex, windowStart, outside } from '../../widgets/list.ts';
import { type Cell, type Sized, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, cell, lineWidth, ofRow, span } from '../../render/line.ts';
import {
  age,
  callDuration,
  callTime,
  count,
  counted,
  duration,
  percent,
  timeOfDay,
  tokens,
} from '../../render/values.ts';
import { shortId, shortModels } from '../../render/names.ts';
import { clip, widthOf } from '../../render/width.ts';
import type { Ms } from '../../../core/units.ts';
import { bar } from '../../render/charts.ts';
import { stateCell } from '../../ladder/column.ts';
import { familiesIn } from '../../ladder/family-rows.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { shortName } from '../workspaces/names.ts';
import { writtenText } from '../written/sum.ts';
import { workspaceOfAgent } from './marks.ts';
import { type TableColumn, columnsFor } from '../../widgets/column-table.ts';
import type { CallsProps } from '../../app/pane-props.ts';
import type { Theme } from '../../render/theme.ts';
import { filterNote, notes, nothingMatches } from '../../app/list-notes.ts';

const HEAD_ROWS = 1;
/** The blank before the first column. */
const MARGIN = 1;
/** Cells of the title that nothing takes, and those of the border and the key around it. */
const MIN_TITLE = 16;
const AROUND_TITLE = 12;

/** The pane of one conversation's calls, oldest first; checkpoints stand between the calls. */
export function callLines(props: CallsProps): readonly Line[] {
  const { view, now, theme, width, height, focused, conversation, rows, list, follow, filter } = props;
  const framed = { width, height, focused, theme, hotkey: props.hotkey };
  if (conversation === null) {
    const words = props.isOutside === true ? OUTSIDE : ['no conversation'];
    return frame({ ...framed, title: 'Calls', lines: words.map((text) => [span(text, 'dim')]) });
  }
  const title = titleOf(props);
  const byTime = props.order === undefined;
  const right = noteOf(props);
  const filtered = nothingMatches(filter);
  if (rows.length === 0) {
    if (conversation.summary !== null && filtered === null) {
      return frame({ ...framed, title, right, lines: unread(conversation) });
    }
    const last = `last call ${age(conversation.lastCallAt, now, 'unknown')} ago; its calls are no longer kept`;
    return frame({ ...framed, title, right, lines: (filtered ?? [last]).map((text) => [span(text, 'dim')]) });
  }
  const columns = fitColumns(
    columnsFor(view.pricesDate === null ? UNPRICED_COLUMNS : CALL_COLUMNS, { view, now, theme }),
    width - FRAME_COLUMNS - MARGIN,
  );
  const summary = props.whole === true ? [summaryLine(props, conversation)] : [];
  const room = Math.max(0, height - FRAME_ROWS - HEAD_ROWS - summary.length);
  const follows = follow && byTime;
  const selected = byTime ? indexInCalls(rows, follow ? null : list.selectedId) : rowIndex(rows, list.selectedId);
  // The whole screen has each; beside other panes equal failures in a row are one.
  const drawn = props.whole === true || !byTime ? rows.map(alone) : folded(rows);
  const index = drawn.findIndex(({ from, times }) => from <= selected && selected < from + times);
  const wish = { count: drawn.length, offset: follows ? drawn.length : list.offset, height: room };
  const start = windowStart(follows ? drawn.length - 1 : index, wish);
  const shown = drawn.slice(start, start + room);
  return frame({
    ...framed,
    title,
    right,
    footLeft: props.whole === true ? '[ ] previous and next conversation' : '',
    foot: notes(
      unreadNote(conversation),
      outside(start, drawn.length - start - shown.length, theme),
      fromNote(restsOn(view, conversation.sources)),
    ),
    lines: [
      ...summary,
      [span(' '.repeat(MARGIN)), ...headLine(columns, theme.glyphs)],
      ...shown.flatMap((one) => ofRow(rowId(one.row), [lineOf(one, columns, { theme, now, plans: view.plans })])),
    ],
    selected: index === -1 ? -1 : summary.length + HEAD_ROWS + index - start,
  });
}

/** The selection is kept while a filter hides it: the rows that are left are others. */
const OUTSIDE = ['the selected conversation is outside the filter', 'j and k select one of those that match'];

/** The content of one line: a row, or equal failures in a row, of which it is the last. */
type Drawn = { readonly row: CallRow; readonly from: number; readonly times: number };

function alone(row: CallRow, from: number): Drawn {
  return { row, from, times: 1 };
}

function folded(rows: readonly CallRow[]): readonly Drawn[] {
  const drawn: Drawn[] = [];
  for (const [from, row] of rows.entries()) {
    const before = drawn.at(-1);
    if (before !== undefined && isSameFailure(before.row, row)) {
      drawn[drawn.length - 1] = { row, from: before.from, times: before.times + 1 };
    } else drawn.push({ row, from, times: 1 });
  }
  return drawn;
}

function isSameFailure(a: CallRow, b: CallRow): boolean {
  if (a.type !== 'call' || b.type !== 'call' || callSummary(b.call).sign !== 'failed') return false;
  return callSummary(a.call).text === callSummary(b.call).text;
}

// The worst signal, how many calls failed, the tokens and the cache: with its sub-agents, but for the context.
function summaryLine(props: CallsProps, conversation: ConversationView): Line {
  const { view, now, theme } = props;
  const { totals, summary } = rollUp(conversation, familiesIn(view.model.conversations));
  const { glyphs } = theme;
  const state = stateCell(ladderOf(view, now).conditionOf(conversation), now, theme);
  const failed = totals.failed === 0 ? '' : `, ${count(totals.failed)} failed`;
  const calls = `${summary === null ? '' : '~'}${counted(totals.calls, 'call')}${failed}`;
  const context = contextOf(conversation);
  const filled =
    context === null ? '' : `context ${bar(context, CONTEXT_WIDTH, glyphs)} ${percent(context, glyphs.none)}   `;
  const sums = `in ${tokens(totals.promptTokens)}  out ${tokens(totals.outputTokens)}`;
  const money = moneyOf(totals, isOnPlan(conversation, view.plans));
  const cost = money === null || money.basis === 'unknown' ? '' : `   ${moneyShort(money)}`;
  const line: Line = [
    span(' '.repeat(MARGIN)),
    span(state.text, state.tone ?? 'plain'),
    span('   '),
    span(`${calls}   ${filled}${sums}  cache ${percent(totals.cacheRatio, glyphs.none)}${cost}`),
  ];
  if (props.written === undefined || props.written.files === 0) return line;
  // The lines give way before the number of files does.
  const number = counted(props.written.files, 'file');
  const texts = [writtenText(props.written, glyphs), `${number} written`, number];
  const room = props.width - FRAME_COLUMNS - lineWidth(line) - GAP_WIDTH;
  return [...line, span(' '.repeat(GAP_WIDTH)), span(texts.find((text) => widthOf(text) <= room) ?? '')];
}

/** Cells between two parts of the first line. */
const GAP_WIDTH = 3;

/** Cells of the bar of a context. */
const CONTEXT_WIDTH = 10;

// Null where the window or what of it is used is not known.
function contextOf(conversation: ConversationView): number | null {
  const { usedTokens = null, windowTokens = null } = contextUseOf(conversation) ?? {};
  return usedTokens === null || windowTokens === null || windowTokens === 0 ? null : usedTokens / windowTokens;
}

function fromNote(sources: string | null): string {
  return sources === null ? '' : `from ${sources}`;
}

// Only the order of time is followed: the others show that they are not.
function noteOf(props: CallsProps): string {
  const { filter, order, follow } = props;
  const note = filterNote(filter);
  if (order !== undefined) return [note, `by ${order}, not followed`].filter(Boolean).join(' ');
  const { conversation, whole = false, view, theme } = props;
  const followed = follow ? 'follow' : 'G follows';
  if (note !== '' || !whole || conversation === null) return note || followed;
  const workspace = workspaceOfAgent(view, conversation.agent);
  const pid = conversation.session?.pid ?? props.rows.findLast((row) => row.type === 'call')?.call.pid ?? null;
  const name = workspace === null ? '' : shortName(workspace.path, view);
  const parts = [shortModels(conversation.models), name, pid === null ? '' : `pid ${pid}`, followed];
  return parts.filter(Boolean).join(` ${theme.glyphs.dot} `);
}

function unread({ totals: { calls, promptTokens: prompt, outputTokens } }: ConversationView): readonly Line[] {
  const sums = `${counted(calls, 'call')}, ${tokens(prompt)} tokens in, ${tokens(outputTokens)} out`;
  return [[span(`only its summary is known: ~${sums}`)], [span('its calls have not been read yet', 'dim')]];
}

function unreadNote({ summary }: ConversationView): string {
  return summary === null ? '' : `~ summary: ${counted(summary.calls, 'more call')} not read yet`;
}

// What narrows and orders the calls is to be read; what was asked gives way to it.
function titleOf(props: CallsProps): string {
  const { conversation, theme, width, rows, filter } = props;
  if (conversation === null) return 'Calls';
  const { agent, conversationId, userQuery, session } = conversation;
  const narrowed = filter === null ? '' : ` ${countsOf(rows)}`;
  const asked = userQuery ?? session?.title ?? shortId(conversationId);
  const title = span(`${agent}${narrowed} ${theme.glyphs.dot} ${asked}`).text;
  return clip(title, Math.max(MIN_TITLE, width - widthOf(noteOf(props)) - AROUND_TITLE), theme.glyphs.ellipsis);
}

function countsOf(rows: readonly CallRow[]): string {
  const calls = rows.filter(({ type }) => type === 'call').length;
  const marks = rows.filter(({ type }) => type === 'mark').length;
  return marks === 0 ? counted(calls, 'call') : `${counted(calls, 'call')}, ${counted(marks, 'mark')}`;
}

type Moment = { readonly theme: Theme; readonly now: Ms; readonly plans: Plans };

function lineOf({ row, times }: Drawn, columns: readonly Sized<CallLine>[], { theme, now, plans }: Moment): Line {
  const { glyphs } = theme;
  const margin = span(' '.repeat(MARGIN));
  if (row.type === 'call') {
    const line = rowLine(columns, row, glyphs);
    return [margin, ...(times === 1 ? line : withTimes(line, columns, row, `${glyphs.times}${times}`, glyphs))];
  }
  const at = (row.type === 'open' ? '' : timeOfDay(row.at, now)).padEnd(columns[0]?.width ?? TIME_WIDTH);
  const when = span(`${at} `, 'dim');
  switch (row.type) {
    case 'mark':
      return [
        margin,
        span(`${at.padEnd(TIME_WIDTH)} ${glyphs[MARK_GLYPHS[row.operation]]} ${markText(row)}`, 'accent'),
      ];
    case 'prompt':
      return [margin, when, span(`${glyphs.prompt} `, 'accent'), span(`user: ${row.text}`)];
    case 'note':
      return row.mark.type === 'compaction'
        ? [margin, when, span(`${glyphs.compaction} `, 'accent'), span(noteText(row, glyphs))]
        : [margin, when, span(`${glyphs.failed} `, 'warning'), span(noteText(row, glyphs), 'dim')];
    case 'agent':
      return [margin, ...agentLine(row, columns, { theme, now, plans })];
    case 'open':
      return [
        margin,
        when,
        span(`${row.isWaiting ? glyphs.waiting : glyphs.ellipsis} `, 'accent'),
        span(openText(row, now), row.isWaiting ? 'warning' : 'plain'),
      ];
  }
}

// Its sums stand where those of a call stand. Failures in one that is closed are shown in yellow.
function agentLine(row: SubAgent, columns: readonly Sized<CallLine>[], { theme, now, plans }: Moment): Line {
  const sized = columns.map((column): Sized<SubAgent> => {
    const { title, rank, min, max, width, align } = column;
    const cellOf = (one: SubAgent): Cell => agentCell(title, one, { theme, now, plans });
    return { title, rank, min, max, width, cell: cellOf, ...(align && { align }) };
  });
  return rowLine(sized, row, theme.glyphs).flatMap((segment) => {
    const failed = row.isOpen ? null : /, [\d,.kM]+ failed/u.exec(segment.text);
    if (failed === null) return [segment];
    const end = failed.index + failed[0].length;
    return [span(segment.text.slice(0, failed.index)), span(failed[0], 'warning'), span(segment.text.slice(end))];
  });
}

function agentCell(title: string, row: SubAgent, { theme, now, plans }: Moment): Cell {
  const { at, conversation, totals, isOpen } = row;
  switch (title) {
    case 'TIME':
      return { text: timeOfDay(at, now), tone: 'dim' };
    case '':
      return { text: isOpen ? '-' : '+', tone: 'accent' };
    case WHAT:
      return { text: agentText(row) };
    case 'TOOK': {
      const { lastCallAt } = conversation;
      return { text: duration(lastCallAt === null ? null : Math.max(0, lastCallAt - at), theme.glyphs.none) };
    }
    case 'IN':
      return countCell(totals.promptTokens, theme);
    case 'OUT':
      return countCell(totals.outputTokens, theme);
    case 'CACHED':
      return countCell(totals.cacheRatio === null ? null : totals.cacheReadTokens, theme);
    default:
      return { text: moneyCell(moneyOf(totals, isOnPlan(conversation, plans)), theme.glyphs.none) };
  }
}

// The number stands behind the text, which gives way to it.
function withTimes(
  line: Line,
  columns: readonly Sized<CallLine>[],
  row: CallLine,
  number: string,
  glyphs: Theme['glyphs'],
): Line {
  const index = columns.findIndex(({ title }) => title === WHAT);
  const width = columns[index]?.width ?? 0;
  const text = clip(textOf(row, glyphs).text, width - number.length - 1, glyphs.ellipsis);
  const what = cell(`${text} ${number}`, width, { glyphs, tone: 'critical' });
  // Between two columns there is a gap.
  return line.map((segment, at) => (at === index * 2 ? what : segment));
}

const MARK_GLYPHS = { checkpoint: 'checkpoint', rollback: 'arrow' } as const;

const WHAT = 'WHAT';
/** Cells of a time of day, and of that of another day. */
const TIME_WIDTH = 8;

const COST = 'COST';

/** The columns of the calls: each is drawn, and found by a filter where it has a `search`. */
export const CALL_COLUMNS: readonly TableColumn<CallLine>[] = [
  {
    title: 'TIME',
    rank: 1,
    min: TIME_WIDTH,
    max: 9,
    cell: ({ call }, { now }) => ({ text: timeOfDay(callTime(call), now), tone: 'dim' }),
  },
  { title: '', rank: 1, min: 1, max: 1, cell: ({ call }, { theme }) => signOf(call, theme.glyphs) },
  {
    title: WHAT,
    rank: 1,
    min: 14,
    good: 40,
    max: 120,
    cell: (row, { now, theme }) => {
      const { call, isWithin } = row;
      const { text, tone = 'plain' } = textOf(row, theme.glyphs);
      const within = isWithin ? '  ' : '';
      const open = call.status === 'pending' ? `, open ${age(callTime(call), now, '')}` : '';
      return { text: `${within}${text}${open}`, tone };
    },
    search: ({ call: { error, finishReason, tools, statusCode, model } }) =>
      [error, finishReason, ...tools, statusCode, model].join(' '),
  },
  {
    title: 'TOOK',
    rank: 1,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ call }, { theme }) => ({ text: duration(callDuration(call), theme.glyphs.none) }),
  },
  {
    title: 'IN',
    rank: 4,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ call }, { theme }) => countCell(promptOf(call), theme),
  },
  {
    title: 'OUT',
    rank: 5,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ call: { usage } }, { theme }) => countCell(usage?.outputTokens, theme),
  },
  {
    title: 'CACHED',
    rank: 7,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ call: { usage } }, { theme }) => countCell(usage?.cacheReadTokens, theme),
  },
  {
    title: COST,
    rank: 6,
    min: 7,
    max: 7,
    align: 'start',
    cell: ({ call: { cost = null } }, { theme: { glyphs } }) =>
      cost === null ? { text: glyphs.none, tone: 'dim' } : { text: dollars(cost) },
  },
];

/** The same where there are no prices. */
const UNPRICED_COLUMNS = CALL_COLUMNS.filter(({ title }) => title !== COST);

function countCell(value: number | null | undefined, { glyphs }: Theme): Cell {
  return value === null || value === undefined ? { text: glyphs.none, tone: 'dim' } : { text: tokens(value) };
}

// As the sums of conversations and agents count it: with what the cache read or created.
function promptOf({ provider, usage }: Call): number | undefined {
  return usage === null ? undefined : promptTokens(provider, usage);
}

function signOf(call: Call, glyphs: Theme['glyphs']): Cell {
  const { sign, tone } = callSummary(call);
  // What went well is calm; green is kept for what was done.
  return { text: sign === 'ok' ? glyphs.active : glyphs[sign], tone: tone === 'good' ? 'plain' : tone };
}

function textOf({ call, storyCall }: CallLine, glyphs: Theme['glyphs']): Cell {
  const { sign, text: summary } = callSummary(call);
  const text = (sign === 'ok' && storyCall !== null && storyText(storyCall, glyphs)) || summary;
  return { text, tone: sign === 'failed' ? 'critical' : sign === 'pending' ? 'dim' : 'plain' };
}

function rowIndex(rows: readonly CallRow[], selectedId: string | null): number {
  return selectedIndex(rows, selectedId, { idOf: rowId, fallback: 'first' });
}
