import type { EngineView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { isWithin } from '../../../core/model/meters/activity.ts';
import { errorShare } from '../../../core/model/recent.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import { emptyNotes } from '../../app/alerts.ts';
import { UNATTRIBUTED, unattributed } from '../signals/rows.ts';
import { attentionOf, isAlarming, pinnedRows } from './rows.ts';
import { activityOf } from '../sources/rows.ts';
import { selectedIndex, windowStart } from '../../widgets/list.ts';
import { meter } from '../../render/charts.ts';
import { type Cell, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, type Segment, ofRow } from '../../render/line.ts';
import { age, percent, summed, tokens } from '../../render/values.ts';
import { type TableColumn, columnsFor } from '../../app/column-table.ts';
import type { ConversationsProps } from '../../app/pane-props.ts';
import type { Theme } from '../../render/theme.ts';
import { listFrame, notes, nothingMatches, outside, said, summaryNote } from '../../widgets/list-notes.ts';

/** The head of the columns. */
const HEAD_ROWS = 1;

/** The pane of conversations: what needs attention stands above the part that scrolls. */
export function conversationLines(props: ConversationsProps): readonly Line[] {
  const { view, now, theme, width, height, rows, list, filter } = props;
  const all = view.model.fleet.conversations;
  const framed = listFrame(props, { name: 'Conversations', all, note: noteOf(props) });
  const right = framed.right || 'by activity';
  const inner = width - FRAME_COLUMNS;
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? emptyNotes(view, now);
    return frame({ ...framed, right, lines: texts.flatMap((text) => said(text, inner, theme)) });
  }
  const columns = fitColumns(columnsFor(CONVERSATION_COLUMNS, { view, now, theme }), inner);
  const index = selectedIndex(rows, list.selectedId, {
    idOf: ({ conversationId }) => conversationId,
    fallback: 'first',
  });
  const visible = visibleRows(props, index, height - FRAME_ROWS - HEAD_ROWS);
  const shown = visible.places.flatMap((place) => rows[place] ?? []);
  const lines = shown.flatMap((row) => ofRow(row.conversationId, [rowLine(columns, row, theme.glyphs)]));
  return frame({
    ...framed,
    right,
    foot: notes(summaryNote(shown), outside(visible.above, visible.below, theme)),
    lines: [headLine(columns, theme.glyphs), ...lines],
    selected: HEAD_ROWS + visible.places.indexOf(index),
  });
}

type Visible = { readonly places: readonly number[]; readonly above: number; readonly below: number };

function visibleRows({ view, rows, list, order }: ConversationsProps, index: number, height: number): Visible {
  const pinned = order === undefined ? Math.min(pinnedRows(view, rows), Math.max(0, Math.floor(height / 2))) : 0;
  const count = rows.length - pinned;
  const room = Math.max(0, height - pinned);
  const start = windowStart(index - pinned, { count, offset: list.offset, height: room });
  const scrolled = Array.from({ length: Math.min(room, count) }, (_, at) => pinned + start + at);
  return {
    places: [...Array.from({ length: pinned }, (_, at) => at), ...scrolled],
    above: start,
    below: count - start - scrolled.length,
  };
}

/** The columns of the conversations: each is drawn, and found by a filter where it has a `search`. */
export const CONVERSATION_COLUMNS: readonly TableColumn<ConversationView>[] = [
  {
    title: '',
    rank: 1,
    min: 2,
    max: 2,
    cell: (row, { view, now, theme }) => stateOf(view, row, now, theme),
  },
  {
    title: 'AGENT',
    rank: 2,
    min: 7,
    max: 16,
    cell: ({ agent }) => ({ text: agent, tone: 'strong' }),
    search: ({ agent }) => agent,
    fields: ['agent'],
  },
  {
    title: 'CONVERSATION',
    short: 'ID',
    rank: 3,
    min: 8,
    max: 14,
    cell: ({ conversationId }) => ({ text: conversationId }),
    search: ({ conversationId }) => conversationId,
    fields: ['id'],
  },
  {
    title: 'MODEL',
    rank: 7,
    min: 8,
    max: 22,
    cell: ({ models }) => ({ text: models.join(' '), tone: 'dim' }),
    search: ({ models }) => models.join(' '),
    fields: ['model'],
  },
  {
    title: 'ASKED',
    rank: 11,
    min: 20,
    max: 60,
    cell: ({ userQuery }) => ({ text: userQuery ?? '', tone: 'dim' }),
    search: ({ userQuery }) => userQuery ?? '',
  },
  { title: 'CALLS', rank: 4, min: 5, max: 5, align: 'start', cell: (row) => sum(row, row.totals.calls) },
  { title: 'FAIL', rank: 5, min: 4, max: 6, align: 'start', cell: (row, { theme }) => failures(row, theme) },
  { title: 'IN', rank: 8, min: 5, max: 5, align: 'start', cell: (row) => sum(row, row.totals.promptTokens) },
  { title: 'OUT', rank: 10, min: 5, max: 5, align: 'start', cell: (row) => sum(row, row.totals.outputTokens) },
  {
    title: 'CACHE',
    rank: 9,
    min: 5,
    max: 9,
    align: 'start',
    cell: (row, { width, theme }) => cache(row, width, theme),
  },
  {
    title: 'AGE',
    rank: 6,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ lastCallAt }, { now, theme }) => ({ text: age(lastCallAt, now, theme.glyphs.none) }),
  },
];

function stateOf(view: EngineView, row: ConversationView, now: Ms, { glyphs }: Theme): Cell {
  const attention = attentionOf(view).get(row.conversationId);
  if (attention !== undefined) {
    return { text: ` ${glyphs.flag}`, tone: attention === 'high' ? 'warning' : 'critical' };
  }
  const activity = activityOf(view, row.agent, now);
  if (activity === 'unknown') return { text: ` ${glyphs.unknown}`, tone: 'warning' };
  if ((errorShare(row.recent, now) ?? 0) > 0) return { text: ` ${glyphs.failed}`, tone: 'warning' };
  const isActive = isWithin(row.lastCallAt, now);
  return isActive ? { text: ` ${glyphs.active}`, tone: 'good' } : { text: ` ${glyphs.idle}`, tone: 'dim' };
}

function sum({ summary }: ConversationView, value: number): Cell {
  return { text: summed(value, summary) };
}

// No summary says how many of its calls have failed.
function failures({ totals: { failed }, summary }: ConversationView, { glyphs }: Theme): Cell {
  if (failed === 0 && summary !== null) return { text: glyphs.none, tone: 'dim' };
  return failed === 0 ? { text: glyphs.dot, tone: 'dim' } : { text: tokens(failed), tone: 'warning' };
}

function cache({ totals: { cacheRatio } }: ConversationView, width: number, { glyphs }: Theme): Cell {
  const text = percent(cacheRatio, glyphs.none);
  const room = width - 6;
  return { text: room < 3 || cacheRatio === null ? text : `${meter(cacheRatio, room, glyphs)} ${text.padStart(5)}` };
}

// Trouble of nobody's has no row of its own here: it is told once, beside the count, and stands among the signals.
function noteOf({ view, rows, theme, filter }: ConversationsProps): Segment | null {
  const attention = attentionOf(view);
  const isUrgent = ({ conversationId }: ConversationView): boolean => attention.has(conversationId);
  const count = filter === null ? attention.size : rows.filter(isUrgent).length;
  const nobodys = filter === null ? unattributed(view) : [];
  const told = nobodys.length === 0 ? [] : [`${nobodys.length} ${UNATTRIBUTED}`];
  const text = [...(count === 0 ? [] : [`${count}`]), ...told].join(', ');
  if (text === '') return null;
  const isAlarm = count > 0 || nobodys.some(isAlarming);
  return { text: `${theme.glyphs.flag} ${text}`, tone: isAlarm ? 'critical' : 'warning' };
}
