import type { EngineView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { AgentView } from '../../../core/model/types.ts';
import { minutesUntil, uncachedOf } from './rows.ts';
import { activityOf, isDarkness, restsOn, sightOf } from '../sources/rows.ts';
import { selectedIndex, windowStart } from '../../widgets/list.ts';
import { bar, spark } from '../../render/charts.ts';
import { type Cell, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, ofRow, say } from '../../render/line.ts';
import { age, percent, summed, tokens } from '../../render/values.ts';
import { type Drawing, type TableColumn, columnsFor } from '../../app/column-table.ts';
import type { AgentsProps } from '../../app/pane-props.ts';
import type { Theme } from '../../render/theme.ts';
import { agentDetailLines } from './detail.ts';
import { listFrame, notes, nothingMatches, outside, said, summaryNote } from '../../widgets/list-notes.ts';

const HEAD_ROWS = 1;
/** Agents that are listed above the detail of one. */
const LEAST_ROWS = 3;
/** `▕███▏ 100%`: from here on a bar says more than it takes. */
const LEAST_BAR = 5;

/** The pane of agents: what each spends, how much of it came from a cache, and the hour without one filling up. */
export function agentLines(props: AgentsProps): readonly Line[] {
  const { view, now, theme, width, height, rows, list, filter } = props;
  const blind = isDarkness(sightOf(view));
  const note = blind ? ({ text: `${theme.glyphs.unknown} unknown: blind`, tone: 'critical' } as const) : null;
  const framed = listFrame(props, { name: 'Agents', all: view.model.fleet.agents, note });
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? ['no agent has been seen'];
    return frame({ ...framed, lines: texts.map((text) => [say(text, 'dim')]) });
  }
  const columns = fitColumns(columnsFor(AGENT_COLUMNS, { view, now, theme }), width - FRAME_COLUMNS);
  const inside = Math.max(0, height - FRAME_ROWS - HEAD_ROWS);
  const more = moreOf(props, inside - Math.min(rows.length, LEAST_ROWS));
  // Where all of it has no room, the selected agent's row is enough.
  const room = more.length === 0 ? inside : Math.min(rows.length, Math.max(1, inside - more.length));
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ name }) => name, fallback: 'first' });
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: room });
  const shown = rows.slice(start, start + room);
  const lines = shown.flatMap((row) => ofRow(row.name, [rowLine(columns, row, theme.glyphs)]));
  return frame({
    ...framed,
    foot: notes(summaryNote(shown), outside(start, rows.length - start - shown.length, theme)),
    lines: [headLine(columns, theme.glyphs), ...lines, ...more],
    selected: HEAD_ROWS + index - start,
  });
}

// More of the selected one, in `rows` lines if need be without blank ones.
function moreOf({ view, whole = false, detail, width, theme }: AgentsProps, rows: number): readonly Line[] {
  if (!whole || !detail) return [];
  const row = view.model.agents.find(({ name: agent }) => agent === detail.name);
  const sources = restsOn(view, row?.sources ?? []);
  const inner = width - FRAME_COLUMNS;
  const head = sources === null ? [] : said(`${detail.name} is known from ${sources}`, inner, theme, 'dim', 2);
  const lines = [...head, ...agentDetailLines(detail, { width: inner, rows: rows - head.length - 1 }, theme)];
  return lines.length < rows ? [[], ...lines] : lines;
}

/** The columns of the agents: each is drawn, and found by a filter where it has a `search`. */
export const AGENT_COLUMNS: readonly TableColumn<AgentView>[] = [
  {
    title: '',
    rank: 1,
    min: 2,
    max: 2,
    cell: ({ name: agent }, { view, now, theme }) => stateOf(view, agent, now, theme),
  },
  {
    title: 'AGENT',
    rank: 1,
    min: 8,
    max: 18,
    cell: ({ name: agent }) => ({ text: agent, tone: 'strong' }),
    search: ({ name }) => name,
    fields: ['agent', 'id'],
  },
  { title: 'STATE', rank: 6, min: 7, max: 7, cell: ({ name: agent }, { view, now }) => wordOf(view, agent, now) },
  { title: 'CALLS', rank: 4, min: 5, max: 5, align: 'start', cell: (row) => sum(row, row.totals.calls) },
  { title: 'FAIL', rank: 5, min: 4, max: 4, align: 'start', cell: (row, { theme }) => failures(row, theme) },
  { title: 'IN', rank: 3, min: 5, max: 5, align: 'start', cell: (row) => sum(row, row.totals.promptTokens) },
  { title: 'OUT', rank: 3, min: 5, max: 5, align: 'start', cell: (row) => sum(row, row.totals.outputTokens) },
  {
    title: 'TOKENS BY THE MINUTE',
    rank: 9,
    min: 20,
    max: 60,
    cell: ({ spending }, { width, now, theme }) => ({
      text: spark(minutesUntil(spending, now), width, theme.glyphs),
      tone: 'accent',
    }),
  },
  { title: 'CACHE', rank: 2, min: 12, max: 26, cell: (row, { width, theme }) => cache(row, width, theme) },
  {
    title: ({ advisory }) => `${spanOf(advisory.windowMs)} UNCACHED`,
    rank: 2,
    min: 28,
    good: 36,
    max: 52,
    cell: uncached,
  },
  {
    title: 'LAST',
    rank: 7,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ lastCallAt }, { now, theme }) => ({ text: age(lastCallAt, now, theme.glyphs.none) }),
  },
  {
    title: 'MODELS',
    rank: 8,
    min: 16,
    max: 40,
    cell: ({ models }) => ({ text: models.join(' '), tone: 'dim' }),
    search: ({ models }) => models.join(' '),
    fields: ['model'],
  },
];

function sum({ summary }: AgentView, value: number): Cell {
  return { text: summed(value, summary) };
}

// No summary says how many of its calls have failed.
function failures({ totals: { failed }, summary }: AgentView, { glyphs }: Theme): Cell {
  if (failed > 0) return { text: tokens(failed), tone: 'warning' };
  return { text: summary === null ? glyphs.dot : glyphs.none, tone: 'dim' };
}

// `1 H`: the window of rule S4, as configured.
function spanOf(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes % 60 === 0 ? `${minutes / 60} H` : `${minutes} MIN`;
}

function stateOf(view: EngineView, agent: string, now: Ms, { glyphs }: Theme): Cell {
  switch (activityOf(view, agent, now)) {
    case 'active':
      return { text: ` ${glyphs.active}`, tone: 'good' };
    case 'idle':
      return { text: ` ${glyphs.idle}`, tone: 'dim' };
    case 'unknown':
      return { text: ` ${glyphs.unknown}`, tone: 'warning' };
  }
}

function wordOf(view: EngineView, agent: string, now: Ms): Cell {
  const activity = activityOf(view, agent, now);
  return { text: activity, tone: activity === 'active' ? 'good' : activity === 'idle' ? 'dim' : 'warning' };
}

function cache({ totals, summary }: AgentView, width: number, { glyphs }: Theme): Cell {
  const ratio = totals.cacheRatio;
  if (ratio === null) return { text: summary === null ? 'not reported' : glyphs.none, tone: 'dim' };
  const room = width - 6;
  const text = percent(ratio, glyphs.none).padStart(5);
  return { text: room < LEAST_BAR ? text : `${bar(ratio, room, glyphs)} ${text}`, tone: 'accent' };
}

function uncached(agent: AgentView, { view, now, width, theme: { glyphs } }: Drawing): Cell {
  const { ratio, amount, warning, tone } = uncachedOf(view, agent, now);
  if (ratio === null) return { text: amount === '' ? glyphs.none : amount, tone };
  const words = warning === '' ? amount : `${amount} ${glyphs.advisory} ${warning}`;
  const room = Math.min(18, width - words.length - 1);
  return { text: room < LEAST_BAR ? words : `${bar(ratio, room, glyphs)} ${words}`, tone };
}
