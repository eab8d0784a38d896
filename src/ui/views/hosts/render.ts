import { hostAndName } from '../../../core/fleet-names.ts';
import { type Figures, todayOf } from '../../../core/model/meters/figures.ts';
import type { Money } from '../../../core/model/meters/money.ts';
import { callsPerMinute } from '../../../core/model/recent.ts';
import type { EngineView, FleetHost, WorkspaceView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { ListPaneProps } from '../../app/pane-props.ts';
import { armedText } from '../../app/header.ts';
import { moneyCell } from '../../../wording/money.ts';
import { listFrame, nothingMatches, noteLines } from '../../app/list-notes.ts';
import { stateCell } from '../../ladder/column.ts';
import { type Sized, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, ofRow, span } from '../../render/line.ts';
import type { Theme } from '../../render/theme.ts';
import { clip, widthOf } from '../../render/width.ts';
import { age, clock, count, counted, duration, left, perMinute, tokens } from '../../render/values.ts';
import { type Drawing, type TableColumn, columnsFor } from '../../widgets/column-table.ts';
import { outside, selectedIndex, windowStart } from '../../widgets/list.ts';
import { workspaceParts } from '../workspaces/state.ts';
import { type HostRow, hostRows, troublesOn } from './rows.ts';

/** The head of the columns, and the line of the sums. */
const HEAD_ROWS = 1;
const SUM_ROWS = 1;
const MARGIN = 1;
/** Lag that a person may ignore, ms. */
const SMALL_LAG_MS: Ms = 2_000;
/** Clocks that differ by more are noted, ms. */
const SKEW_MS: Ms = 2_000;

/** Draws the pane of hosts: the one in the worst trouble first, and the sums over all. */
export function hostLines(props: ListPaneProps<HostRow>): readonly Line[] {
  const { view, now, theme, width, height, rows, list, filter } = props;
  const hosts = view.fleet?.hosts ?? [];
  const framed = listFrame(props, { name: 'Hosts', listed: rows.length, all: hosts.length + (view.fleet?.more ?? 0) });
  const inner = width - FRAME_COLUMNS;
  if (rows.length === 0) {
    const texts = nothingMatches(filter) ?? noHosts(view, now);
    return frame({ ...framed, lines: texts.flatMap((text) => noteLines(text, inner, theme)) });
  }
  const columns = fitColumns(columnsFor(hostColumns(view), { view, now, theme }), inner - MARGIN);
  const room = Math.max(1, height - FRAME_ROWS - HEAD_ROWS - SUM_ROWS);
  const index = selectedIndex(rows, list.selectedId, { idOf: ({ host }) => host.name, fallback: 'first' });
  const start = windowStart(index, { count: rows.length, offset: list.offset, height: room });
  const shown = rows.slice(start, start + room);
  const margin = span(' '.repeat(MARGIN));
  return frame({
    ...framed,
    footLeft: props.focused ? 'Enter this host on the whole screen' : '',
    foot: outside(start, rows.length - start - shown.length, theme),
    lines: [
      [margin, ...headLine(columns, theme.glyphs)],
      ...shown.flatMap((row) => ofRow(row.host.name, [[margin, ...rowLine(columns, row, theme.glyphs)]])),
      [margin, ...sumLine(columns, { view, now, theme }, inner - MARGIN)],
    ],
    selected: index === -1 ? -1 : HEAD_ROWS + index - start,
  });
}

function noHosts({ fleet }: EngineView, now: Ms): readonly string[] {
  if (fleet === undefined) return ['hosts are shown over a broker: sightline --nats nats://HOST:4222'];
  if (fleet.lostSince !== null)
    return [
      `${fleet.broker} does not answer since ${clock(fleet.lostSince)} (${age(fleet.lostSince, now, '')})`,
      'it is tried again by itself',
    ];
  return ['no host yet: on each one', '  sightline headless --nats nats://HOST:4222'];
}

const COST = 'COST/H';
const TODAY = 'TODAY';
/** Cells of a workspace's name beside what it is about to do, at least. */
const LEAST_NAME = 4;

/** The columns; HOST, ACTS, WORST and ABOUT TO DO never give way. */
const HOST_COLUMNS: readonly TableColumn<HostRow>[] = [
  {
    title: 'HOST',
    rank: 1,
    min: 9,
    good: 10,
    max: 24,
    cell: ({ host }) => ({ text: host.name, tone: 'strong' }),
    search: ({ host }) => host.name,
    fields: ['host'],
  },
  {
    title: 'ACTS',
    rank: 1,
    min: 12,
    max: 15,
    cell: ({ host }) => actsCell(host),
    search: ({ host }) => host.mode,
    fields: ['state'],
  },
  { title: 'FEED', rank: 5, min: 10, max: 12, cell: ({ host }, drawing) => feedCell(host, drawing) },
  {
    title: 'WORST',
    rank: 2,
    min: 18,
    good: 27,
    max: 44,
    cell: (row, { now, theme }) => worstCell(row, now, theme),
    search: ({ worst }) =>
      worst === null
        ? ''
        : `${worst.condition.kind === 'signal' ? worst.condition.type : worst.condition.kind} ${worst.agent ?? ''}`,
  },
  {
    title: 'ABOUT TO DO',
    rank: 2,
    min: 16,
    good: 22,
    max: 40,
    cell: (row, { view, now, theme, width }) => ({ text: aboutToDo(row, { view, now, theme }, width) }),
  },
  {
    title: 'AGENTS',
    rank: 6,
    min: 6,
    max: 6,
    align: 'start',
    cell: ({ host }) => ({ text: count(host.agents) }),
  },
  {
    title: 'C/MIN',
    rank: 7,
    min: 5,
    max: 5,
    align: 'start',
    cell: ({ host }, { now, theme }) => ({
      text: host.isUnseen ? theme.glyphs.none : tokens(callsPerMinute(host.recent, now)),
    }),
  },
  moneyColumn(COST, { rank: 4, width: 7 }, ({ hour }) => hour),
  moneyColumn(TODAY, { rank: 3, width: 8 }, todayOf),
];

function moneyColumn(
  title: string,
  { rank, width }: { readonly rank: number; readonly width: number },
  of: (figures: Figures, now: Ms) => Money | null,
): TableColumn<HostRow> {
  return {
    title,
    rank,
    min: width,
    max: 9,
    align: 'start',
    cell: ({ host: { figures } }, { now, theme: { glyphs } }) => ({
      text: moneyCell(figures && of(figures, now), glyphs.none),
    }),
  };
}

/** The columns: money where any host has prices. */
export function hostColumns({ pricesDate }: EngineView): readonly TableColumn<HostRow>[] {
  return pricesDate === null ? UNPRICED_COLUMNS : HOST_COLUMNS;
}

function actsCell({ isUnseen, mode, graceMs, readOnly }: FleetHost) {
  if (isUnseen) return { text: 'unseen', tone: 'critical' } as const;
  const text = readOnly ? 'READ-ONLY' : armedText(mode, graceMs);
  return { text, tone: mode === 'auto' ? 'critical' : mode === 'hold' ? 'warning' : 'plain' } as const;
}

function feedCell(host: FleetHost, { now, theme: { glyphs }, width }: Pick<Drawing, 'now' | 'theme' | 'width'>) {
  const { isUnseen, heardAt, isDark, lagMs, skewMs, started, twin } = host;
  if (isUnseen) return { text: `${glyphs.unknown} ${age(heardAt, now, '')}`, tone: 'critical' } as const;
  if (isDark) return { text: `${glyphs.unknown} lost`, tone: 'critical' } as const;
  if (twin !== null) return { text: `${glyphs.advisory} twice`, tone: 'warning' } as const;
  if (!started) return { text: `${glyphs.pending} reading`, tone: 'accent' } as const;
  if (lagMs !== null && lagMs > SMALL_LAG_MS)
    return { text: `${glyphs.advisory} lag ${duration(lagMs, '')}`, tone: 'warning' } as const;
  if (Math.abs(skewMs) > SKEW_MS) {
    const by = `${skewMs > 0 ? '+' : '-'}${duration(Math.abs(skewMs), '')}`;
    const whole = `${glyphs.advisory} clock ${by}`;
    // By how much says more than the word, of which a narrow column would leave a part.
    return { text: widthOf(whole) <= width ? whole : `${glyphs.advisory} ${by}`, tone: 'warning' } as const;
  }
  return { text: `${glyphs.active} ${lagMs === null ? 'live' : duration(lagMs, '')}` } as const;
}

function worstCell({ worst, more, host }: HostRow, now: Ms, theme: Theme) {
  // Of a host among many, only the worst rows are here.
  if (worst === null && more > 0)
    return { text: `${theme.glyphs.advisory} ${count(more)} in trouble`, tone: 'warning' } as const;
  if (worst === null) return { text: 'nothing wrong', tone: 'dim' } as const;
  if (host.isUnseen)
    return { text: `${theme.glyphs.unknown} unknown since ${clock(host.heardAt)}`, tone: 'critical' } as const;
  const { text, tone } = stateCell(worst.condition, now, theme);
  const of = worst.agent === null ? '' : ` ${worst.agent}`;
  return { text: `${text}${of}${more === 0 ? '' : ` +${count(more)}`}`, ...(tone && { tone }) };
}

type Moment = { readonly view: EngineView; readonly now: Ms; readonly theme: Theme };

// What acts next there, or that nothing does.
function aboutToDo({ host, workspaces }: HostRow, { view, now, theme }: Moment, width: number): string {
  if (host.isUnseen) return host.mode === 'observe' ? 'observed only' : `was ${host.mode.toUpperCase()}, acts alone`;
  if (host.mode === 'observe') return 'observes only';
  const parts = workspaces.map((workspace) => ({ workspace, ...workspaceParts(view, workspace, now, theme) }));
  const busy = parts.find(({ name }) => name === 'held') ?? parts.find(({ isBusy }) => isBusy);
  if (busy !== undefined) {
    const { workspace, name, state } = busy;
    const does =
      name === 'held' ? `HELD ${left(workspace.hold?.endsAt ?? now, now)}` : state.map(({ text }) => text).join('');
    // What it does, and until when, is told whole.
    const room = Math.max(LEAST_NAME, width - widthOf(does) - 1);
    return `${clip(nameOf(workspace), room, theme.glyphs.ellipsis)} ${does.trim()}`;
  }
  return workspaces.length === 0 ? 'no workspace' : `${workspaces.length} ready`;
}

function nameOf({ path }: WorkspaceView): string {
  const { name } = hostAndName('workspace', path) ?? { name: path };
  return name.split('/').findLast((part) => part !== '') ?? name;
}

const UNPRICED_COLUMNS = HOST_COLUMNS.filter(({ title }) => title !== COST && title !== TODAY);

// Below the columns where each has its own, else as a text.
function sumLine(columns: readonly Sized<HostRow>[], moment: Moment, width: number): Line {
  const { glyphs } = moment.theme;
  const sums = sumsOf(moment);
  if (columns.length < hostColumns(moment.view).length) {
    const today = sums.money.today === '' ? '' : `${sums.money.today} today`;
    const parts = [...sums.text, today, counted(sums.agents, 'agent'), perMinute(sums.calls)].filter(Boolean);
    const texts = parts.map((_, at) => parts.slice(0, at + 1).join(` ${glyphs.dot} `));
    return [span(texts.findLast((text) => text.length <= width) ?? '', 'dim')];
  }
  const [hosts = '', ...others] = sums.text;
  const texts: Readonly<Record<string, string>> = {
    HOST: hosts,
    WORST: others.slice(0, 2).join(` ${glyphs.dot} `),
    'ABOUT TO DO': others.slice(2).join(', '),
    AGENTS: count(sums.agents),
    'C/MIN': tokens(sums.calls),
    [COST]: sums.money.hour || glyphs.none,
    [TODAY]: sums.money.today || glyphs.none,
  };
  const own = columns.map((column) => ({
    ...column,
    cell: () => ({ text: texts[column.title] ?? '', tone: 'dim' as const }),
  }));
  return rowLine(own, null, glyphs);
}

function sumsOf({ view, now }: Moment) {
  const { fleet, model } = view;
  const hosts = fleet?.hosts ?? [];
  const held = view.workspaces.filter(({ hold }) => hold !== null).length;
  const money = (of: Money | null | undefined): string => moneyCell(of ?? null, '');
  return {
    text: [
      counted(hosts.length + (fleet?.more ?? 0), 'host'),
      `${count(troublesOn(hostRows(view, now)))} in trouble`,
      `${count(hosts.reduce((sum, { waiting }) => sum + waiting, 0))} waiting`,
      `${count(held)} held`,
    ],
    agents: model.fleet.agents,
    calls: callsPerMinute(model.fleet.recent, now),
    money: { hour: money(fleet?.sums.hour), today: money(fleet?.sums.today) },
  };
}
