import { type Drawing, type TableColumn, columnsFor } from '../../widgets/column-table.ts';
import type { AgentsProps } from '../../app/pane-props.ts';
import type { AgentView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import { hourColumns, hourOf, type Hour } from '../../../core/model/meters/hour.ts';
import {
  type Money,
  agentsOnPlan,
  byAmount,
  dayMoney,
  fleetHour,
  hourMoney,
  rowToday,
} from '../../../core/model/meters/money.ts';
import { moneyCell, moneyShort } from '../../../wording/money.ts';
import { perView } from '../../widgets/memo.ts';
import { stateColumn } from '../../ladder/column.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { spark } from '../../render/charts.ts';
import { type Cell, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, ofRow, span } from '../../render/line.ts';
import { shortModels } from '../../render/names.ts';
import type { Theme } from '../../render/theme.ts';
import { age, count, counted, percent, tokenSum } from '../../render/values.ts';
import { selectedIndex, windowStart, outside } from '../../widgets/list.ts';
import { listFrame, nothingMatches, notes, thingsIn } from '../../app/list-notes.ts';
import { countsNote } from '../conversations/render.ts';
import type { AgentRow } from './rows.ts';

const HEAD_ROWS = 1;
/** The blank before the first column. */
const MARGIN = 1;

/** Draws the pane of agents: trouble first, and what each did in the last hour. */
export function agentLines(props: AgentsProps): readonly Line[] {
  const { view, now, theme, width, height, rows, list, filter, whole = false } = props;
  const conditions = filter === null ? [...ladderOf(view, now).agents.values()] : rows.map(conditionOf);
  const note = countsNote(conditions, whole, theme);
  const all = view.model.fleet.agents;
  const framed = listFrame(props, { name: 'Agents', listed: thingsIn(rows), all, note });
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? ['no agent has been seen'];
    return frame({ ...framed, lines: texts.map((text) => [span(text, 'dim')]) });
  }
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ id }) => id, fallback: 'first' });
  const room = Math.max(0, height - FRAME_ROWS - HEAD_ROWS);
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: room });
  const shown = rows.slice(start, start + room);
  const state = stateColumn(conditionOf, shown, now, theme);
  const columns = fitColumns(
    columnsFor([state, ...(view.pricesDate === null ? UNPRICED_COLUMNS : AGENT_COLUMNS)], { view, now, theme }),
    width - FRAME_COLUMNS - MARGIN,
  );
  const margin = span(' '.repeat(MARGIN));
  return frame({
    ...framed,
    footLeft: whole ? fleetNote(props) : mostToday(props),
    foot: notes(outside(start, rows.length - start - shown.length, theme)),
    lines: [
      [margin, ...headLine(columns, theme.glyphs)],
      ...shown.flatMap((row) => ofRow(row.id, [[margin, ...rowLine(columns, row, theme.glyphs)]])),
    ],
    selected: index === -1 ? -1 : HEAD_ROWS + index - start,
  });
}

function conditionOf({ condition }: AgentRow): AgentRow['condition'] {
  return condition;
}

/** Cells of a border that are no names: its ends, and the note of what is outside. */
const BORDER_ROOM = 24;
const MOST_NAMED = 3;

// Whatever the order is, the biggest spenders are named, as many as there is room for.
function mostToday({ view, now, width, theme }: AgentsProps): string {
  const spenders = view.model.agents.flatMap((agent) => {
    const today = dayMoney(agent.day, now, onPlan(view).has(agent.name));
    return today === null || today.basis === 'unknown' ? [] : [{ name: agent.name, today }];
  });
  const words = spenders
    .sort((a, b) => byAmount(a.today.pico, b.today.pico))
    .slice(0, MOST_NAMED)
    .map(({ name, today }) => `${name} ${moneyShort(today)}`);
  const named = words.filter((_, at) => mostText(words.slice(0, at + 1), theme).length <= width - BORDER_ROOM);
  return named.length === 0 ? '' : mostText(named, theme);
}

function mostText(words: readonly string[], { glyphs }: Theme): string {
  return `most today: ${words.join(` ${glyphs.dot} `)}`;
}

function fleetNote({ view, now }: AgentsProps): string {
  const calls = view.model.agents.reduce((sum, agent) => sum + hourOf(agent, now).calls, 0);
  const spent = fleetHour(view.model, now);
  return `last hour: ${counted(calls, 'call')}${spent === null ? '' : `  ${moneyCell(spent, '')}`}`;
}

const COST = 'COST/H';
const TODAY = 'TODAY';

/** The agents on a plan. */
export const onPlan = perView(({ model, plans }) => agentsOnPlan(model, plans));

/**
 * The columns behind the state; all figures are of the last hour. Each is drawn, and found by a filter where it has a
 * `search`.
 */
export const AGENT_COLUMNS: readonly TableColumn<AgentRow>[] = [
  {
    title: 'AGENT',
    rank: 1,
    min: 8,
    good: 13,
    max: 18,
    cell: agentCell,
    search: ({ agent }) => agent.name,
    fields: ['agent', 'id'],
  },
  number('CALLS', 2, 5, ({ calls }) => ({ text: count(calls) })),
  number('FAIL', 2, 5, ({ failed }, row) => ({
    text: count(failed),
    ...(failed > 0 ? { tone: row.condition.kind === 'failing' ? 'critical' : 'high' } : calm(row)),
  })),
  {
    title: 'LAST HOUR',
    rank: 7,
    min: 10,
    max: 20,
    cell: ({ agent, count: members }, { now, width, theme }) => ({
      text:
        members > 1
          ? ''
          : spark(
              hourColumns(agent, now, width, ({ calls }) => calls),
              width,
              theme.glyphs,
            ),
      tone: 'accent',
    }),
  },
  number('IN', 4, 5, (shown, _, theme) => usage(shown.promptTokens, shown, theme)),
  number('OUT', 5, 5, (shown, _, theme) => usage(shown.outputTokens, shown, theme)),
  number('CACHE', 6, 5, cacheCell),
  money(COST, 2, hourMoney),
  // Beside an open panel there is room for one amount: the panel tells the other.
  money(TODAY, 3, rowToday),
  {
    title: 'LAST',
    rank: 1,
    min: 6,
    max: 6,
    align: 'start',
    cell: (row, { now, theme }) => ({ text: age(row.agent.lastCallAt, now, theme.glyphs.none), ...calm(row) }),
  },
  {
    title: 'MODEL',
    rank: 8,
    min: 12,
    good: 16,
    max: 24,
    cell: ({ agent, count: members }) => ({ text: members > 1 ? '' : shortModels(agent.models) }),
    search: ({ agent }) => agent.models.join(', '),
    fields: ['model'],
  },
];

const UNPRICED_COLUMNS = AGENT_COLUMNS.filter(({ title }) => title !== COST && title !== TODAY);

function agentCell({ agent, condition, count: members, mark }: AgentRow): Cell {
  if (members > 1) return { text: `${count(members)} agents  ${mark}`, tone: 'strong' };
  return { text: `${mark === ' ' ? '  ' : ''}${agent.name}`, tone: condition.kind === 'idle' ? 'dim' : 'strong' };
}

type Figure = (hour: Hour, row: AgentRow, theme: Theme) => Cell;

// What only a summary tells, and what several agents did of which nothing is known, is no figure.
function number(title: string, rank: number, width: number, figure: Figure): TableColumn<AgentRow> {
  return {
    title,
    rank,
    min: width,
    max: width,
    align: 'start',
    cell: (row, { now, theme }: Drawing) => {
      const hour = hourOf(row.agent, now);
      const isUnknown = row.count > 1 || (row.agent.summary !== null && hour.calls === 0);
      if (isUnknown) return { text: theme.glyphs.none, tone: 'dim' };
      return { ...calm(row), ...figure(hour, row, theme) };
    },
  };
}

function money(
  title: string,
  rank: number,
  moneyOf: (agent: AgentView, now: Ms, isPlan: boolean) => Money | null,
): TableColumn<AgentRow> {
  return {
    title,
    rank,
    min: 8,
    max: 8,
    align: 'start',
    cell: (row, { view, now, theme: { glyphs } }) => {
      if (row.count > 1) return { text: glyphs.none, tone: 'dim' };
      return { text: moneyCell(moneyOf(row.agent, now, onPlan(view).has(row.agent.name)), glyphs.none), ...calm(row) };
    },
  };
}

// Where every call failed, no provider has reported what it counted.
function usage(amount: number, of: Parameters<typeof tokenSum>[1], { glyphs }: Theme): Cell {
  const text = tokenSum(amount, of, glyphs.none);
  return text === glyphs.none ? { text, tone: 'dim' } : { text };
}

function cacheCell({ cacheRatio, calls, failed }: Hour, _: AgentRow, { glyphs }: Theme): Cell {
  if (cacheRatio === null) return { text: calls > failed ? 'n/r' : glyphs.none, tone: 'dim' };
  return { text: percent(cacheRatio, ''), ...(cacheRatio < 0.005 ? { tone: 'warning' as const } : {}) };
}

function calm({ condition }: AgentRow): Pick<Cell, 'tone'> {
  return condition.kind === 'idle' ? { tone: 'dim' } : {};
}
