import { hostAndName } from '../../../core/fleet-names.ts';
import { HOUR_MS, type Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { perView } from '../../widgets/memo.ts';
import { shortFate } from '../signals/rows.ts';
import { shortName } from '../workspaces/names.ts';
import { isOnPlan, moneyOf } from '../../../core/model/meters/money.ts';
import { moneyCell } from '../../../wording/money.ts';
import { contextFillOf, contextUseOf } from '../../../core/model/meters/trouble.ts';
import { emptyNotes } from '../../app/alerts.ts';
import { type Drawing, type TableColumn, columnsFor } from '../../widgets/column-table.ts';
import type { ConversationsProps } from '../../app/pane-props.ts';
import { type Condition, isTrouble } from '../../ladder/conditions.ts';
import { stateColumn } from '../../ladder/column.ts';
import { type Standing, ladderOf } from '../../ladder/ladder.ts';
import { type Cell, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, type Segment, ofRow, span } from '../../render/line.ts';
import { shortId, shortModels } from '../../render/names.ts';
import type { Theme } from '../../render/theme.ts';
import { age, clock, count, counted, percent, timeOfDay } from '../../render/values.ts';
import { selectedIndex, windowStart, outside } from '../../widgets/list.ts';
import { listFrame, nothingMatches, notes, noteLines, summaryNote, thingsIn } from '../../app/list-notes.ts';
import { type ConversationRow, sumsOf } from './rows.ts';
import { SEARCHED_MS } from './search.ts';

/** The head of the columns. */
const HEAD_ROWS = 1;
/** The blank before the first column. */
const MARGIN = 1;

/** Draws the pane of conversations: trouble first, and what each was asked. */
export function conversationLines(props: ConversationsProps): readonly Line[] {
  const { view, now, theme, width, height, rows, list, filter, older = null } = props;
  const all = view.model.fleet.conversations;
  // There may be very many, and unless something narrows them, all of them are there.
  const isNarrowed = filter !== null || (props.found ?? null) !== null;
  const listed = isNarrowed ? thingsIn(rows) : view.model.conversations.length;
  const framed = listFrame(props, { name: 'Conversations', listed, all, note: noteOf(props) });
  const inner = width - FRAME_COLUMNS;
  if (rows.length === 0) {
    const texts = foundNotes(props) ?? nothingMatches(filter) ?? [...emptyNotes(view, now), older?.text ?? ''];
    return frame({ ...framed, lines: texts.flatMap((text) => noteLines(text, inner, theme)) });
  }
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ id }) => id, fallback: 'first' });
  const room = Math.max(0, height - FRAME_ROWS - HEAD_ROWS);
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: room });
  const shown = rows.slice(start, start + room);
  const state = stateColumn<ConversationRow>(({ condition }) => condition, shown, now, theme);
  const columns = fitColumns(columnsFor([state, ...columnsOf(view)], { view, now, theme }), inner - MARGIN);
  const margin = span(' '.repeat(MARGIN));
  return frame({
    ...framed,
    footLeft: props.whole !== true && props.focused ? 'z full screen' : '',
    foot: notes(
      ...(foundNotes(props) ?? [older?.note ?? '']).slice(0, 1),
      summaryNote(shown.map(sumsOf)),
      outside(start, rows.length - start - shown.length, theme),
    ),
    lines: [
      [margin, ...headLine(columns, theme.glyphs)],
      ...shown.flatMap((row) => ofRow(row.id, [[margin, ...rowLine(columns, row, theme.glyphs)]])),
    ],
    selected: index === -1 ? -1 : HEAD_ROWS + index - start,
  });
}

// How far the search in all texts is, and what it could not read; null while there is none.
function foundNotes({ found = null, view, now }: ConversationsProps): readonly string[] | null {
  if (found === null) return null;
  const { hits, since, share, end } = found;
  if (end === null) return [`searching, ${percent(share, '')}`, 'Esc stops it'];
  const held = new Set(view.model.conversations.map(({ conversationId }) => conversationId));
  const away = [...hits.keys()].filter((id) => !held.has(id)).length;
  const all = counted(hits.size, 'conversation');
  const parts = [
    hits.size === 0 ? `nothing said ${sinceText(since, now)} holds it` : `found in ${all}`,
    END_WORDS[end.why],
    away === 0 ? '' : `${count(away)} not loaded (records_since)`,
    end.unread.length === 0 ? '' : `${counted(end.unread.length, 'source')} not searched`,
  ];
  return [parts.filter(Boolean).join(', '), 'Esc clears the search'];
}

// A search may take a minute, and stands as long as its filter.
function sinceText(since: Ms | null, now: Ms): string {
  const isLonger = since !== null && now - since > SEARCHED_MS + HOUR_MS;
  return isLonger ? `since ${timeOfDay(since, now)}` : 'in the last 7 days';
}

const END_WORDS = {
  whole: '',
  hits: 'which is as many as are looked for',
  time: 'then a minute was over',
  cancelled: 'then it was stopped',
} as const;

const COST = 'COST';
const ASKED = 'ASKED';

/**
 * The columns behind the state: each is drawn, and found by a filter where it has a `search`. State and LAST never give
 * way, then the agent, then what was asked.
 */
const CONVERSATION_COLUMNS: readonly TableColumn<ConversationRow>[] = [
  {
    title: 'AGENT',
    rank: 2,
    min: 8,
    good: 13,
    max: 16,
    cell: agentCell,
    search: ({ conversation }) => conversation.agent,
    fields: ['agent'],
  },
  { title: '', rank: 2, min: 1, max: 1, cell: ({ mark }) => ({ text: mark, tone: 'strong' }) },
  {
    title: ASKED,
    rank: 3,
    min: 12,
    good: 26,
    max: 90,
    cell: askedCell,
    search: ({ conversation: { userQuery, session } }) => [userQuery, session?.title].join(' '),
  },
  {
    title: COST,
    rank: 4,
    min: 7,
    max: 8,
    align: 'start',
    cell: (row, { theme, view }) => ({
      text: moneyCell(moneyOf(sumsOf(row).totals, isOnPlan(row.conversation, view.plans)), theme.glyphs.none),
      ...calm(row.condition),
    }),
  },
  {
    title: 'MODEL',
    rank: 5,
    min: 10,
    good: 13,
    max: 18,
    cell: ({ conversation }) => ({ text: shortModels(conversation.models) }),
    search: ({ conversation }) => conversation.models.join(', '),
    fields: ['model'],
  },
  { title: 'CTX', rank: 6, min: 5, max: 5, align: 'start', cell: contextCell },
  { title: 'CALLS', rank: 7, min: 6, max: 6, align: 'start', cell: callsCell },
  { title: 'FAIL', rank: 8, min: 5, max: 5, align: 'start', cell: failedCell },
  {
    title: 'LAST',
    rank: 1,
    min: 6,
    max: 6,
    align: 'start',
    cell: (row, { now, theme }) => ({
      text: age(sumsOf(row).lastCallAt, now, theme.glyphs.none),
      ...calm(row.condition),
    }),
  },
];

/**
 * The columns of the conversations of many hosts: prompts stay on their host, so that workspace and id name a conversation.
 */
const FLEET_COLUMNS: readonly TableColumn<ConversationRow>[] = [
  {
    title: 'HOST',
    rank: 1,
    min: 8,
    good: 10,
    max: 20,
    cell: (row) => ({ text: placeOf(row.conversation.conversationId).host }),
    search: (row) => placeOf(row.conversation.conversationId).host,
    fields: ['host'],
  },
  ...CONVERSATION_COLUMNS.filter(({ title }) => title === 'AGENT' || title === ''),
  {
    title: 'WORKSPACE',
    rank: 4,
    min: 9,
    good: 12,
    max: 20,
    cell: (row, { view, theme }) => ({ text: workspaceOf(row, view) ?? theme.glyphs.none }),
    search: (row, view) => workspaceOf(row, view) ?? '',
    fields: ['workspace'],
  },
  {
    title: 'ID',
    rank: 5,
    min: 8,
    max: 10,
    cell: (row) => ({ text: shortId(placeOf(row.conversation.conversationId).name), tone: 'dim' }),
  },
  {
    title: 'DONE, OR ABOUT TO BE DONE',
    short: 'DONE, OR DUE',
    rank: 3,
    min: 16,
    good: 24,
    max: 50,
    cell: (row, { view, now, theme }) => ({ text: doneText(row, view, { now, theme }) }),
  },
  ...CONVERSATION_COLUMNS.filter(({ title }) => title === COST || title === 'CALLS' || title === 'LAST'),
];

const ASKED_COLUMN = CONVERSATION_COLUMNS.find(({ title }) => title === ASKED);

// Where hosts show what was asked, that names a conversation better.
const ASKED_FLEET_COLUMNS = FLEET_COLUMNS.filter(({ title }) => title !== 'ID').map((column) =>
  column.title === 'WORKSPACE' && ASKED_COLUMN !== undefined
    ? { ...ASKED_COLUMN, rank: column.rank, good: 20 }
    : column.title === COST
      ? { ...column, rank: 5 }
      : column,
);

const UNPRICED_COLUMNS = CONVERSATION_COLUMNS.filter(({ title }) => title !== COST);

/** The columns behind the state: those of one host, or of a fleet. */
export function columnsOf({ fleet, pricesDate }: EngineView): readonly TableColumn<ConversationRow>[] {
  if (fleet !== undefined) return fleetColumns(fleet.hasTexts, pricesDate !== null);
  return pricesDate === null ? UNPRICED_COLUMNS : CONVERSATION_COLUMNS;
}

const FLEET_TABLES = [FLEET_COLUMNS, ASKED_FLEET_COLUMNS].map((table) => ({
  priced: table,
  unpriced: table.filter(({ title }) => title !== COST),
}));

function fleetColumns(hasTexts: boolean, hasPrices: boolean): readonly TableColumn<ConversationRow>[] {
  const table = FLEET_TABLES[hasTexts ? 1 : 0];
  return (hasPrices ? table?.priced : table?.unpriced) ?? FLEET_COLUMNS;
}

function placeOf(conversationId: string): {
  readonly host: string;
  readonly name: string;
} {
  return hostAndName('id', conversationId) ?? { host: '', name: conversationId };
}

// The latest signal of each conversation: the list of signals is the newest first.
const latestSignals = perView(
  ({ signals }: EngineView) =>
    new Map(signals.toReversed().map((record) => [record.signal.conversationId ?? '', record])),
);

function workspaceOf({ conversation: { conversationId, agent } }: ConversationRow, view: EngineView): string | null {
  const path =
    latestSignals(view).get(conversationId)?.signal.workspace ??
    view.workspaces.find(({ agents }) => agents.includes(agent))?.path ??
    null;
  return path === null ? null : shortName(path, view);
}

function doneText(
  { conversation: { conversationId }, condition }: ConversationRow,
  view: EngineView,
  { now, theme }: { readonly now: Ms; readonly theme: Theme },
): string {
  const host = view.fleet?.hosts.find(({ name }) => name === placeOf(conversationId).host);
  if (condition.kind === 'unknown') return host?.isUnseen === true ? `last seen ${clock(host.heardAt)}` : 'source lost';
  const record = latestSignals(view).get(conversationId);
  if (record === undefined) return '';
  const fate = shortFate(view, record, now);
  if (fate.isHeld) return `held, fires in ${fate.text}`;
  const sign = fate.sign === 'ok' ? `${theme.glyphs.ok} ` : fate.sign === 'failed' ? `${theme.glyphs.failed} ` : '';
  return `${sign}${fate.text}`;
}

function agentCell(row: ConversationRow, { view }: Pick<Drawing, 'view'>): Cell {
  const { conversation, condition } = row;
  if (condition.kind === 'unknown' && isGroup(row)) {
    return { text: counted(condition.agents, 'agent'), tone: 'strong' };
  }
  const name = view.fleet === undefined ? null : hostAndName('agent', conversation.agent);
  return { text: name?.name ?? conversation.agent, tone: condition.kind === 'idle' ? 'dim' : 'strong' };
}

// What was asked is what a person knows a conversation by; where nothing is known of it, its id.
function askedCell(row: ConversationRow, { view }: Pick<Drawing, 'view'>): Cell {
  const { conversation, condition, count: members, parent, hit } = row;
  if (hit !== undefined) return { text: `${hit.count === 1 ? '' : `${count(hit.count)}: `}${hit.excerpt}` };
  if (isGroup(row)) {
    const all = counted(members, 'conversation');
    if (condition.kind === 'unknown') return { text: `${all}, source lost` };
    return { text: conversation.userQuery || all };
  }
  const { userQuery, session, conversationId } = conversation;
  // A sub-agent's prompt is long, and its task was named for it.
  const title = session?.title ?? null;
  const asked = parent?.isFamily === true ? (title ?? userQuery) : (userQuery ?? title);
  const indent = INDENT.repeat(Math.min(parent?.depth ?? 0, MAX_INDENTS));
  if (asked === null || asked === '')
    return {
      text: `${indent}${shortId(view.fleet === undefined ? conversationId : placeOf(conversationId).name)}`,
      tone: 'dim',
    };
  return { text: `${indent}${asked}`, ...calm(condition) };
}

const INDENT = '  ';
/** Deeper ones are indented no further: their text is more than their depth. */
const MAX_INDENTS = 4;

function isGroup({ members = [] }: ConversationRow): boolean {
  return members.length > 0;
}

function callsCell(row: ConversationRow): Cell {
  const { totals, summary } = sumsOf(row);
  return { text: `${summary === null ? '' : '~'}${count(totals.calls)}`, ...calm(row.condition) };
}

// A window from a catalogue is no fact of the record's.
function contextCell(
  { conversation, condition }: ConversationRow,
  { theme: { glyphs } }: Pick<Drawing, 'theme'>,
): Cell {
  const fill = contextFillOf(conversation);
  if (fill === null) return { text: glyphs.none, tone: 'dim' };
  const sign = contextUseOf(conversation)?.windowKnown === true ? '' : '~';
  return { text: `${sign}${percent(fill, '')}`, ...calm(condition) };
}

// No summary counts them of its calls have failed.
function failedCell(row: ConversationRow, { theme }: Pick<ConversationsProps, 'theme'>): Cell {
  const { totals, summary } = sumsOf(row);
  if (totals.failed === 0 && summary !== null) return { text: theme.glyphs.none, tone: 'dim' };
  return { text: count(totals.failed), ...calm(row.condition) };
}

function calm(condition: Condition): Pick<Cell, 'tone'> {
  return condition.kind === 'idle' ? { tone: 'dim' } : {};
}

// Each conversation is counted, those of a closed group too.
function noteOf({ view, now, rows, filter, theme, whole = false }: ConversationsProps): Segment | null {
  if (filter === null) return standingNote(ladderOf(view, now).standing, whole, theme);
  const conditions = rows.flatMap((row) => Array.from({ length: thingsIn([row]) }, () => row.condition));
  return countsNote(conditions, whole, theme);
}

/** Returns how many of some conditions are trouble and unknown, and with room how many are active and idle. */
export function countsNote(conditions: readonly Condition[], isWhole: boolean, theme: Theme): Segment | null {
  const of = (kind: Condition['kind']): number => conditions.filter((one) => one.kind === kind).length;
  const standing = {
    trouble: conditions.filter(isTrouble).length,
    unknown: of('unknown'),
    active: of('active'),
    idle: of('idle'),
  };
  return standingNote(standing, isWhole, theme);
}

function standingNote(
  { trouble, unknown, active, idle }: Standing,
  isWhole: boolean,
  { glyphs }: Theme,
): Segment | null {
  const parts = [
    unknown === 0 ? '' : `${count(unknown)} unknown`,
    trouble === unknown ? '' : `${count(trouble - unknown)} in trouble`,
    isWhole && active > 0 ? `${count(active)} active` : '',
    isWhole && idle > 0 ? `${count(idle)} idle` : '',
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return { text: parts.join(` ${glyphs.dot} `), tone: trouble > 0 ? 'critical' : 'dim' };
}
