import { type Money, fleetHour, fleetToday, moneyOf, plusCost, plusMoney } from '../../../core/model/meters/money.ts';
import { type Projection, projectionOf } from '../../../core/model/meters/projection.ts';
import { type BudgetView, shareOf } from '../../../core/budgets.ts';
import { accountsOf, isKnown } from '../../../core/model/meters/quota.ts';
import type { Cost } from '../../../core/model/types.ts';
import { HOUR_MS, type Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { budgetPercent, wordLimit } from '../../../wording/budgets.ts';
import { dollars, moneyCell, moneyShort } from '../../../wording/money.ts';
import type { Context } from '../../app/bindings.ts';
import { nowOf } from '../../app/frozen.ts';
import { dateOf } from '../../app/header.ts';
import { TWO_COLUMNS } from '../../app/layout.ts';
import { bar, spark } from '../../render/charts.ts';
import { type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, fitLine, span, wrapped } from '../../render/line.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import { accountName, windowName, wordReached, wordReset, wordWindow } from '../../../wording/quota.ts';
import { count, counted, timeOfDay } from '../../render/values.ts';
import { type Sheet, bodyRows, bodySheet } from '../../widgets/dialog.ts';
import { hourColumns } from '../../../core/model/meters/hour.ts';
import { onPlan } from '../agents/render.ts';
import { budgetAmount, budgetCourse, budgetName } from '../budgets/render.ts';
import {
  type SpendRow,
  agentSpending,
  conversationSpending,
  modelSpending,
  spanSpending,
  workspaceSpending,
} from './rows.ts';

/** Cells of a fact's name, of a blank between two tables, of a bar, and of an amount. */
const NAME_WIDTH = 11;
const BETWEEN = 3;
const BAR_WIDTH = 10;
const MONEY_WIDTH = 9;
/** Rows of a table where they stand below each other, and at least where two stand beside each other. */
const STACKED_ROWS = 6;
const LEAST_ROWS = 3;
/** The blank before a table, and its head. */
const HEAD_ROWS = 2;
/** Models without a price that are named, and lines of quotas. */
const MAX_NAMED = 3;
const MAX_QUOTAS = 6;
/** Columns of the last hour: two minutes each. */
const SPARK_MINUTES = 30;
const SPARK_HOURS = 48;
const SPARK_DAYS = 30;
/** From here on a quota is nearly used up, percent. */
const NEARLY_FULL = 85;

type Table = {
  readonly title: string;
  readonly rows: readonly SpendRow[];
  /** The amounts that are kept of such things. */
  readonly amounts: readonly Amount[];
};
type Amount = { readonly title: string; readonly of: (row: SpendRow) => Money | null };

const HOUR: Amount = { title: 'COST/H', of: ({ hour }) => hour };
const TODAY: Amount = { title: 'TODAY', of: ({ today }) => today };
const TOTAL: Amount = { title: 'IN ALL', of: ({ total }) => total };
const SPENT: Amount = { title: 'COST', of: ({ total }) => total };

/** Returns what is spent: in sum, then by what and when; two tables beside each other where there is room, else pages. */
export function spendSheet(page: number, { shown, view: state }: Context, size: Size, theme: Theme): Sheet {
  const { view } = shown;
  const now = nowOf(state);
  const width = size.columns - FRAME_COLUMNS;
  const rows = bodyRows(size);
  const facts = factsOf(view, now).flatMap((fact) => factLines(fact, width, theme));
  const tables = tablesOf(view, now).filter((table) => table.rows.length > 0);
  const across = size.columns >= TWO_COLUMNS ? 2 : 1;
  const bands = Array.from({ length: Math.ceil(tables.length / across) }, (_, at) =>
    tables.slice(at * across, (at + 1) * across),
  );
  const highest = bands.map((band) => Math.max(...band.map((table) => table.rows.length)));
  const room = rows - facts.length - bands.length * HEAD_ROWS;
  const high = across === 1 ? bands.map(() => STACKED_ROWS) : sharesOf(highest, room);
  const drawn = bands.map((band, at) => bandLines(band, { across, each: high[at] ?? LEAST_ROWS, width, theme }));
  const sheets = pagesOf([facts, ...drawn], rows);
  const pages = sheets.length;
  const at = ((page % pages) + pages) % pages;
  return bodySheet(size, {
    theme,
    hotkey: state.keys['spend'] ?? '$',
    title: 'Spend',
    right: view.pricesDate === null ? '' : `list prices of ${view.pricesDate}`,
    foot: `${pages === 1 ? '' : `page ${at + 1} of ${pages}: j and k turn pages, `}Esc closes`,
    lines: sheets[at] ?? [],
  });
}

// What a short table does not need is the others': the shortest first, each has an equal share of what is left.
function sharesOf(needs: readonly number[], room: number): readonly number[] {
  const shares = needs.map(() => LEAST_ROWS);
  let left = room;
  const order = needs.map((need, at) => ({ need, at })).sort((a, b) => a.need - b.need);
  for (const [done, { need, at }] of order.entries()) {
    const share = Math.max(LEAST_ROWS, Math.min(need, Math.floor(left / (needs.length - done))));
    shares[at] = share;
    left -= share;
  }
  return shares;
}

// A table that does not fit where it would begin begins on the next page: a head never stands alone.
function pagesOf(blocks: readonly (readonly Line[])[], rows: number): readonly (readonly Line[])[] {
  const pages: Line[][] = [[]];
  for (const block of blocks) {
    let page = pages.at(-1) ?? [];
    if (page.length > 0 && page.length + block.length > rows) pages.push((page = []));
    for (const line of block) {
      if (page.length === 0 && line.length === 0) continue;
      if (page.length >= rows) pages.push((page = []));
      page.push(line);
    }
  }
  return pages;
}

/** Describes what is spent, a line for each fact and each row. */
export function describeSpend({ shown, view: state }: Context): readonly string[] {
  const { view } = shown;
  const now = nowOf(state);
  return [
    ...factsOf(view, now).map(({ name, text }) => `${name}: ${text}`),
    ...tablesOf(view, now).flatMap(({ title, rows, amounts }) =>
      rows.slice(0, STACKED_ROWS).map((row) => {
        const told = amounts.flatMap(({ title: amount, of }) => {
          const money = of(row);
          return money === null ? [] : [`${amount.toLowerCase()} ${moneyCell(money, 'unknown')}`];
        });
        return `${title.toLowerCase()} ${row.name}: ${told.join(', ')}`;
      }),
    ),
    'escape closes',
  ];
}

// ---------------------------------------------------------------- in sum

/** A line of what is spent in sum. */
export type Fact = {
  readonly name: string;
  readonly text: string;
  readonly tone?: Tone;
  /** A chart behind the text, of at most `room` cells; '' where it needs more. */
  readonly chart?: (theme: Theme, room: number) => string;
  /** The shorter text where there is little room; left out: the same. */
  readonly brief?: readonly Fact[];
};

/** Returns what is spent in sum. */
export function factsOf(view: EngineView, now: Ms): readonly Fact[] {
  const { spending } = view.model.fleet;
  if (spending === undefined) return [{ name: 'today', text: 'no call was billed yet' }, ...budgetFacts(view, now)];
  const agents = agentSpending(view, now, onPlan(view));
  const today = fleetToday(view.model, now);
  const plan = agents
    .flatMap(({ today: one }) => (one?.basis === 'plan' ? [one] : []))
    .reduce<Money | null>(plusMoney, null);
  const hour = fleetHour(view.model, now);
  const projected = projectionOf(spending, now);
  return [
    { name: 'today', text: todayText(today, plan), brief: briefToday(today, plan) },
    ...budgetFacts(view, now),
    ...(projected === null
      ? []
      : [{ name: 'midnight', text: projectionText(projected), brief: [briefProjection(projected)] }]),
    {
      name: 'last hour',
      text: hour === null ? 'nothing' : listText(hour),
      chart: ({ glyphs }, room) => {
        const columns = Math.min(SPARK_MINUTES, room);
        return spark(
          hourColumns(spending, now, columns, ({ cost }) => Number(cost.pico)),
          columns,
          glyphs,
        );
      },
    },
    { name: `${SPARK_HOURS} hours`, ...hourChart(spending.hours, now), brief: [] },
    { name: `${SPARK_DAYS} days`, ...dayChart(spending.days, now), brief: [] },
    ...unpricedFacts(view),
    ...quotaFacts(view, now),
  ];
}

// The fullest of them: B lists all.
function budgetFacts(view: EngineView, now: Ms): readonly Fact[] {
  return view.budgets.slice(0, MAX_NAMED).map((budget): Fact => ({
    name: 'budget',
    text: `${budgetName(budget)}: ${budgetAmount(budget)}, ${budgetPercent(budget)}, ${budgetCourse(view, budget, now)}`,
    ...drawnBudget(budget),
    brief: [
      { name: 'budget', text: `${budgetLimit(budget)} ${budgetPercent(budget)}`, ...drawnBudget(budget) },
      { name: '', text: budgetCourse(view, budget, now) },
    ],
  }));
}

function drawnBudget(budget: BudgetView): Pick<Fact, 'tone' | 'chart'> {
  return {
    tone: budget.level === 'none' ? 'plain' : 'warning',
    chart: ({ glyphs }) => bar(Math.min(1, shareOf(budget)), BAR_WIDTH, glyphs),
  };
}

// One for all together is known by its limit.
function budgetLimit(budget: BudgetView): string {
  const limit = wordLimit(budget, budget.limit);
  return budget.subject === '' ? limit : `${budgetName(budget)} ${limit}`;
}

function todayText(today: Money | null, plan: Money | null): string {
  if (today === null) return 'nothing';
  const missing = today.unpriced === 0 ? '' : `, ${counted(today.unpriced, 'call')} unpriced`;
  const ofPlan = plan === null || plan.pico === 0n ? '' : `, of it ${moneyShort(plan)}`;
  return `${listText(today)}${ofPlan}${missing}`;
}

function briefToday(today: Money | null, plan: Money | null): readonly Fact[] {
  const text = today === null ? 'nothing' : listText(today);
  const ofPlan = plan === null || plan.pico === 0n ? [] : [{ name: 'of it', text: `${moneyShort(plan)}, list price` }];
  return [{ name: 'today', text }, ...ofPlan];
}

function briefProjection({ pico, error }: Projection): Fact {
  return { name: 'midnight', text: `about ${dollars(pico)}, error ${dollars(error)}` };
}

// In sums that hold both, what is a plan's is told apart.
function listText(money: Money): string {
  return money.basis === 'unknown' ? 'no price is known' : moneyShort({ ...money, basis: 'list' });
}

function projectionText({ pico, error }: Projection): string {
  return `about ${dollars(pico)}, standard error ${dollars(error)}, by the full hours of the last day`;
}

type Spans = NonNullable<EngineView['model']['fleet']['spending']>['days'];

function hourChart(hours: Spans, now: Ms): Pick<Fact, 'text' | 'chart'> {
  const last = hours.at(-1);
  const open = last === undefined ? now : last.at + Math.floor((now - last.at) / HOUR_MS) * HOUR_MS;
  return chartOf(hours, SPARK_HOURS, ({ at }) => Math.round((open - at) / HOUR_MS), 'an hour');
}

// A day is as long as the clock of the host makes it: 23 to 25 hours.
function dayChart(days: Spans, now: Ms): Pick<Fact, 'text' | 'chart'> {
  const last = days.at(-1);
  const day = 24 * HOUR_MS;
  const open = last === undefined ? now : last.at + Math.max(0, Math.floor((now - last.at) / day)) * day;
  return chartOf(days, SPARK_DAYS, ({ at }) => Math.round((open - at) / day), 'a day');
}

function chartOf(
  spans: Spans,
  columns: number,
  backOf: (span: Spans[number]) => number,
  unit: string,
): Pick<Fact, 'text' | 'chart'> {
  const values = Array.from({ length: columns }, () => 0n);
  let [cost, unsureOutput]: [Cost | undefined, number] = [undefined, 0];
  for (const one of spans) {
    const index = columns - 1 - backOf(one);
    if (index < 0 || index >= columns) continue;
    values[index] = (values[index] ?? 0n) + one.cost.pico;
    cost = plusCost(cost, one.cost);
    unsureOutput += one.unsureOutput ?? 0;
  }
  const most = values.reduce((highest, one) => (one > highest ? one : highest), 0n);
  const money = cost === undefined ? null : moneyOf({ cost, unsureOutput }, false);
  if (money === null) return { text: 'nothing' };
  if (money.basis === 'unknown') return { text: listText(money) };
  return {
    text: `${listText(money)}, peak ${dollars(most)} ${unit}`,
    chart: ({ glyphs }) => spark(values.map(Number), columns, glyphs),
  };
}

function unpricedFacts(view: EngineView): readonly Fact[] {
  const unpriced = (view.model.fleet.spending?.models ?? [])
    .filter(({ total }) => total.cost.unpriced > 0)
    .toSorted((a, b) => b.total.cost.unpriced - a.total.cost.unpriced);
  const calls = view.model.fleet.totals.cost?.unpriced ?? 0;
  if (calls === 0) return [];
  const named = unpriced.slice(0, MAX_NAMED).map(({ name }) => name ?? 'others');
  const more = unpriced.length - named.length;
  const models = named.length === 0 ? '' : `: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [{ name: 'unpriced', text: `${counted(calls, 'call')}${models}`, tone: 'warning' }];
}

// By account: what its records told last, and the limit that a call ran into.
function quotaFacts({ model }: EngineView, now: Ms): readonly Fact[] {
  const accounts = accountsOf(model.conversations, now);
  const quotas = accounts.filter(isKnown);
  const unknown = accounts.filter((one) => !isKnown(one)).map((one) => accountName(one, accounts));
  const facts = quotas.flatMap((quota): readonly Fact[] => {
    const account = accountName(quota, accounts);
    const reached: readonly Fact[] =
      quota.reached === null
        ? []
        : [
            {
              name: 'quota',
              text: `${account}: ${wordReached(quota.reached, now)}`,
              tone: 'warning',
              brief: [{ name: account, text: `full${wordReset(quota.reached, now)}`, tone: 'warning' }],
            },
          ];
    const windows = quota.windows.map((window): Fact => {
      const [name, text] = [`${account} ${windowName(window)}`, wordWindow(window, now)];
      const drawn: Omit<Fact, 'name' | 'text'> = {
        tone: window.usedPercent >= NEARLY_FULL ? 'warning' : 'plain',
        chart: ({ glyphs }) => bar(window.usedPercent / 100, BAR_WIDTH, glyphs),
      };
      return { name: 'quota', text: `${name}: ${text}`, ...drawn, brief: [{ name, text, ...drawn }] };
    });
    return [...reached, ...windows];
  });
  return [
    ...facts.slice(0, MAX_QUOTAS),
    ...(unknown.length === 0 ? [] : [{ name: 'quota', text: `${unknown.join(', ')}: –`, brief: [] }]),
  ];
}

function factLines({ name, text, tone = 'plain', chart }: Fact, width: number, theme: Theme): readonly Line[] {
  const picture = chart === undefined ? '' : chart(theme, Infinity);
  // Where both have no room in one line, the chart has the next one.
  const isBeside = picture === '' || picture.length <= width - NAME_WIDTH - text.length - BETWEEN;
  const lines = wrapped(text, width - NAME_WIDTH, 2, theme.glyphs).map((part, at): Line => [
    span((at === 0 ? name : '').padEnd(NAME_WIDTH), 'dim'),
    span(part, tone),
    ...(isBeside && picture !== '' ? [span(`  ${picture}`, 'accent')] : []),
  ]);
  return isBeside ? lines : [...lines, [span(' '.repeat(NAME_WIDTH)), span(picture, 'accent')]];
}

// ---------------------------------------------------------------- by what, and when

function tablesOf(view: EngineView, now: Ms): readonly Table[] {
  const { spending } = view.model.fleet;
  return [
    {
      title: 'AGENT',
      rows: agentSpending(view, now, onPlan(view)),
      amounts: [HOUR, TODAY, TOTAL],
    },
    { title: 'MODEL', rows: modelSpending(view, now), amounts: [HOUR, TODAY, TOTAL] },
    { title: 'WORKSPACE', rows: workspaceSpending(view, now), amounts: [HOUR, TODAY, TOTAL] },
    { title: 'CONVERSATION', rows: conversationSpending(view, now), amounts: [HOUR, TODAY, TOTAL] },
    { title: 'DAY', rows: spanSpending(spending?.days ?? [], ({ at }) => dateOf(at)), amounts: [SPENT] },
    { title: 'HOUR FROM', rows: spanSpending(spending?.hours ?? [], ({ at }) => hourName(at, now)), amounts: [SPENT] },
  ];
}

function hourName(at: Ms, now: Ms): string {
  return timeOfDay(at, now).replace(/^(\d\d:\d\d):\d\d$/u, '$1');
}

type Area = { readonly across: number; readonly each: number; readonly width: number; readonly theme: Theme };

// Tables beside each other, behind a blank.
function bandLines(band: readonly Table[], { across, each, width, theme }: Area): readonly Line[] {
  const own = Math.floor((width - BETWEEN * (across - 1)) / across);
  const beside = band.map((table) => drawTable(table, own, each, theme));
  const height = Math.max(...beside.map((table) => table.length));
  const lines = Array.from({ length: height }, (_, row) =>
    beside.flatMap((table, at) => [
      ...(at === 0 ? [] : [span(' '.repeat(BETWEEN))]),
      ...fitLine(table[row] ?? [], own, theme.glyphs),
    ]),
  );
  return [[], ...lines];
}

function drawTable({ title, rows, amounts }: Table, width: number, each: number, { glyphs }: Theme): readonly Line[] {
  const shown = rows.slice(0, each);
  const head = shown.length === rows.length ? title : `${title} ${shown.length} of ${count(rows.length)}`;
  const columns: readonly Column<SpendRow>[] = [
    { title: head, short: title, rank: 1, min: 12, good: 20, max: width, cell: ({ name }) => ({ text: name }) },
    ...amounts.map(({ title: amount, of }, at): Column<SpendRow> => ({
      title: amount,
      rank: amounts.length - at + 1,
      min: MONEY_WIDTH,
      max: MONEY_WIDTH,
      align: 'start',
      cell: (row) => ({ text: moneyCell(of(row), glyphs.none) }),
    })),
  ];
  const fitted = fitColumns(columns, width);
  return [headLine(fitted, glyphs), ...shown.map((row) => rowLine(fitted, row, glyphs))];
}
