import { contextUseOf } from '../../../core/model/meters/trouble.ts';
import type {
  AgentDetail,
  AgentView,
  ConversationView,
  MinuteBucket,
  Share,
  Totals,
} from '../../../core/model/types.ts';
import type { Paused } from '../../../core/pauses.ts';
import { shareOf } from '../../../core/budgets.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { glyphOf } from '../../ladder/column.ts';
import { conditionText, isTrouble, toneOf } from '../../ladder/conditions.ts';
import { familiesIn } from '../../ladder/family-rows.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { bar, spark } from '../../render/charts.ts';
import { type Cell, type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { type Line, span, wrapped } from '../../render/line.ts';
import { shortModel } from '../../render/names.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import { accountName, windowName, wordReached, wordWindow } from '../../../wording/quota.ts';
import { count, counted, percent, tokenSum, tokens } from '../../render/values.ts';
import { failureText } from '../calls/rows.ts';
import { restsOn } from '../sources/rows.ts';
import { type Money, hourMoney, isOnPlan, moneyOf, plusMoney, rowToday } from '../../../core/model/meters/money.ts';
import { quotasOf } from '../../../core/model/meters/quota.ts';
import { projectionOf } from '../../../core/model/meters/projection.ts';
import { wordPaused } from '../../../wording/pauses.ts';
import { budgetPercent } from '../../../wording/budgets.ts';
import { dollars, moneyCell, moneyShort, moneyWords } from '../../../wording/money.ts';
import { budgetAmount, budgetCourse } from '../budgets/render.ts';
import { onPlan } from './render.ts';
import { hourColumns, hourOf } from '../../../core/model/meters/hour.ts';
import { uncachedOf } from './rows.ts';

/** Cells of the name of a fact. */
const NAME_WIDTH = 12;
/** Columns of the hour: three minutes each. */
const HOUR_COLUMNS = 20;
/** Cells of a total and of a peak beside a sparkline. */
const TOTAL_WIDTH = 6;
const BAR_WIDTH = 10;
/** Models, and processes, that are reported. */
const MAX_SHARES = 5;
const WINDOW = 20;

type Panel = {
  readonly view: EngineView;
  readonly now: Ms;
  readonly theme: Theme;
  readonly width: number;
  readonly agent: AgentView;
  readonly detail: AgentDetail;
};

/**
 * One agent in a panel: what is wrong now, the last hour, cache, context and quota, by model, by process, sub-agents;
 * without blank lines between where they are more than `rows`.
 */
export function agentDetailLines(panel: Panel, rows: number): readonly Line[] {
  const use = [...moneyLines(panel), ...cacheLines(panel), ...contextLines(panel), ...quotaLines(panel)];
  const parts = [
    troubleLines(panel),
    hourLines(panel),
    use,
    shareLines(panel),
    subAgentLines(panel),
    budgetLines(panel),
  ];
  const filled = parts.filter((part) => part.length > 0);
  const airy = filled.flatMap((part, at) => (at === 0 ? part : [[], ...part]));
  return airy.length <= rows ? airy : filled.flat();
}

function fact(name: string, text: string, { width, theme }: Panel, tone: Tone = 'plain', most = 2): readonly Line[] {
  return wrapped(text, width - NAME_WIDTH, most, theme.glyphs).map((line, at): Line => {
    return [span((at === 0 ? name : '').padEnd(NAME_WIDTH), 'dim'), span(line, tone)];
  });
}

function troubleLines(panel: Panel): readonly Line[] {
  const { view, now, agent, detail, theme } = panel;
  const ladder = ladderOf(view, now);
  const condition = ladder.agents.get(agent.name);
  const cause = ladder.troubles.find((one) => one.agent === agent.name && one.conversationId !== null);
  const asked =
    view.model.conversations.find(({ conversationId }) => conversationId === cause?.conversationId)?.userQuery ?? null;
  const text = condition === undefined ? '' : conditionText(condition, now, theme.glyphs);
  const sign = condition === undefined ? '' : glyphOf(condition, theme.glyphs);
  const failed = agent.lately.slice(0, WINDOW).filter(Boolean).length;
  const of = Math.min(WINDOW, agent.lately.length);
  const { lastFailure } = detail;
  const sources = restsOn(view, agent.sources);
  return [
    ...fact('now', `${sign} ${text}`, panel, condition === undefined ? 'plain' : toneOf(condition)),
    ...pausedOf(view, agent.name).flatMap((paused) => fact('paused', wordPaused(paused), panel)),
    ...(asked === null || condition === undefined || !isTrouble(condition) ? [] : fact('', asked, panel, 'plain', 1)),
    ...(lastFailure === null || failed === 0
      ? []
      : fact('last error', `${failureText(lastFailure)}, ${failed} of last ${counted(of, 'call')}`, panel)),
    ...(sources === null ? [] : fact('known from', sources, panel, 'dim')),
  ];
}

function pausedOf({ pausing }: EngineView, agent: string): readonly Paused[] {
  return pausing?.paused.filter((one) => one.agent === agent) ?? [];
}

function hourLines(panel: Panel): readonly Line[] {
  const { agent, now, theme, width } = panel;
  const hour = hourOf(agent, now);
  if (hour.calls === 0) return [[span('no call has ended in the last hour', 'dim')]];
  const room = Math.min(HOUR_COLUMNS, width - NAME_WIDTH - 2 * TOTAL_WIDTH - 4);
  const head = 'LAST HOUR'.padEnd(NAME_WIDTH) + 'TOTAL'.padStart(TOTAL_WIDTH);
  const each = `${60 / HOUR_COLUMNS} MIN A COLUMN`;
  const peak = 'PEAK/MIN';
  const line = (
    name: string,
    total: number,
    valueOf: (minute: MinuteBucket) => number,
    tone: Tone = 'accent',
  ): Line => {
    const most = agent.minutes.reduce((highest, minute) => Math.max(highest, valueOf(minute)), 0);
    return [
      span(name.padEnd(NAME_WIDTH), 'dim'),
      span(tokens(total).padStart(TOTAL_WIDTH)),
      span(`  ${spark(hourColumns(agent, now, room, valueOf), room, theme.glyphs)}`, tone),
      span(`  ${tokens(most).padStart(TOTAL_WIDTH)}`),
    ];
  };
  return [
    [span(`${head}  ${each.slice(0, room).padEnd(room)}  ${peak.padStart(TOTAL_WIDTH)}`, 'dim')],
    line('calls', hour.calls, ({ calls }) => calls),
    ...(hour.failed === 0 ? [] : [line('failed', hour.failed, ({ failed }) => failed, 'critical')]),
    line('tokens in', hour.promptTokens, ({ promptTokens }) => promptTokens),
    line('tokens out', hour.outputTokens, ({ outputTokens }) => outputTokens),
    ...costLines(panel, room),
  ];
}

// By list prices; what of it is a plan's, the line below tells.
function costLines({ agent, now, theme, view }: Panel, room: number): readonly Line[] {
  const hour = hourMoney(agent, now, onPlan(view).has(agent.name));
  if (hour === null) return [];
  const most = agent.minutes.reduce(
    (highest, { cost }) => ((cost?.pico ?? 0n) > highest ? (cost?.pico ?? 0n) : highest),
    0n,
  );
  const valueOf = ({ cost }: MinuteBucket): number => Number(cost?.pico ?? 0n);
  return [
    [
      span('cost'.padEnd(NAME_WIDTH), 'dim'),
      span(dollars(hour.pico).padStart(TOTAL_WIDTH)),
      span(`  ${spark(hourColumns(agent, now, room, valueOf), room, theme.glyphs)}`, 'accent'),
      span(`  ${dollars(most).padStart(TOTAL_WIDTH)}`),
    ],
  ];
}

// What is spent today with where it leads, and what is spent in all with how it is known.
function moneyLines(panel: Panel): readonly Line[] {
  const { agent, detail, now, view } = panel;
  const isPlan = onPlan(view).has(agent.name);
  const today = rowToday(agent, now, isPlan);
  const projected = projectionOf(detail.spending, now);
  const leads =
    projected === null
      ? ''
      : `, about ${dollars(projected.pico)} by midnight, standard error ${dollars(projected.error)}`;
  const words = moneyWords(moneyOf(agent.totals, isPlan));
  return [
    ...(today === null || today.basis === 'unknown' ? [] : fact('today', `${moneyShort(today)}${leads}`, panel)),
    ...(words === '' ? [] : fact('in all', words, panel)),
  ];
}

// The share that came from a cache, and rule S4's hour that is filling.
function cacheLines(panel: Panel): readonly Line[] {
  const { agent, view, now, theme } = panel;
  const { cacheRatio } = hourOf(agent, now);
  const { ratio, amount, warning, tone } = uncachedOf(view, agent, now);
  const meter = (share: number): string => bar(share, BAR_WIDTH, theme.glyphs);
  return [
    ...(cacheRatio === null
      ? fact('cache', 'not reported by the provider', panel, 'dim')
      : fact('cache', `${meter(cacheRatio)} ${percent(cacheRatio, '')}`, panel)),
    ...(ratio === null
      ? amount === ''
        ? []
        : fact('uncached', amount, panel, 'dim')
      : fact('uncached', `${meter(ratio)} ${amount}${warning === '' ? '' : `, ${warning}`}`, panel, tone)),
  ];
}

function ownConversations({ view, agent }: Panel): readonly ConversationView[] {
  return view.model.conversations.filter((one) => one.agent === agent.name);
}

// Of the conversation whose context is the fullest.
function contextLines(panel: Panel): readonly Line[] {
  const filled = ownConversations(panel).flatMap((conversation) => {
    const { usedTokens = null, windowTokens = null } = contextUseOf(conversation) ?? {};
    if (usedTokens === null || windowTokens === null || windowTokens === 0) return [];
    return [{ conversation, ratio: usedTokens / windowTokens }];
  });
  const fullest = filled.toSorted((a, b) => b.ratio - a.ratio)[0];
  if (fullest === undefined) return [];
  const { conversation, ratio } = fullest;
  const asked = conversation.session?.title ?? conversation.userQuery ?? '';
  const words = `${bar(ratio, BAR_WIDTH, panel.theme.glyphs)} ${percent(ratio, '')}  ${asked}`;
  return fact('context', words.trimEnd(), panel, ratio >= panel.view.trouble.contextShare ? 'warning' : 'plain', 1);
}

/** From here on a context or a quota is nearly used up. */
const NEARLY_FULL = 0.85;

// Of each of its accounts: as its records told it last, else as the error of a limit words it.
function quotaLines(panel: Panel): readonly Line[] {
  const { agent, view, now, theme } = panel;
  const quotas = quotasOf(view.model.conversations, now).filter((one) => one.agent === agent.name);
  if (quotas.length === 0) return unknownQuota(panel);
  const lines = quotas.flatMap((quota) => {
    const account = quotas.length === 1 ? '' : `${accountName(quota, quotas).slice(agent.name.length + 1)} `;
    return [
      ...(quota.reached === null ? [] : [{ text: `${account}${wordReached(quota.reached, now)}`, isFull: true }]),
      ...quota.windows.map((window) => {
        const [share = '', resets = ''] = wordWindow(window, now).split(', ');
        const meter = `${bar(window.usedPercent / 100, BAR_WIDTH, theme.glyphs)} ${share}`;
        const text = `${account}${meter} of ${windowName(window)}${resets === '' ? '' : `, ${resets}`}`;
        return { text, isFull: window.usedPercent / 100 >= NEARLY_FULL };
      }),
    ];
  });
  return lines
    .slice(0, MAX_SHARES)
    .flatMap(({ text, isFull }, at) => fact(at === 0 ? 'quota' : '', text, panel, isFull ? 'warning' : 'plain', 1));
}

function unknownQuota(panel: Panel): readonly Line[] {
  const sessions = ownConversations(panel).flatMap(({ session }) => session ?? []);
  if (sessions.length === 0) return [];
  const isPast = sessions.some(({ quota }) => quota.length > 0);
  return fact('quota', isPast ? 'all windows were reset since' : 'not reported by this agent', panel, 'dim');
}

// Its own, and those of its conversations; what is kept for all stands in the header.
function budgetLines(panel: Panel): readonly Line[] {
  const { view, agent, now, theme } = panel;
  const own = view.budgets.filter((budget) => budget.agent === agent.name);
  if (own.length === 0) return view.budgets.length === 0 ? [] : fact('budget', 'none of its own', panel, 'dim');
  return own.slice(0, MAX_SHARES).flatMap((budget, at) => {
    const meter = `${bar(Math.min(1, shareOf(budget)), BAR_WIDTH, theme.glyphs)} ${budgetPercent(budget)}`;
    const words = `${meter} ${budget.name}: ${budgetAmount(budget)}, ${budgetCourse(view, budget, now)}`;
    return fact(at === 0 ? 'budget' : '', words, panel, budget.level === 'none' ? 'plain' : 'warning', 1);
  });
}

function subAgentLines(panel: Panel): readonly Line[] {
  const ids = new Set(ownConversations(panel).map(({ conversationId }) => conversationId));
  const { conversations } = panel.view.model;
  const { parents } = familiesIn(conversations);
  const below = conversations.filter((one) => ids.has(parents.get(one.conversationId)?.conversationId ?? ''));
  if (below.length === 0) return [];
  const sum = (of: (totals: Totals) => number): number => below.reduce((all, { totals }) => all + of(totals), 0);
  const calls = sum((totals) => totals.calls);
  const failed = sum((totals) => totals.failed);
  const cost = below.reduce<Money | null>(
    (all, one) => plusMoney(all, moneyOf(one.totals, isOnPlan(one, panel.view.plans))),
    null,
  );
  const tasks = below.flatMap(({ session }) => session?.title ?? []).slice(0, MAX_SHARES);
  const named = tasks.length === 0 ? '' : `: ${tasks.join(', ')}`;
  const parts = [
    count(below.length),
    counted(calls, 'call'),
    ...(failed === 0 ? [] : [`${count(failed)} failed`]),
    ...(cost === null || cost.basis === 'unknown' ? [] : [moneyShort(cost)]),
  ];
  return fact('sub-agents', `${parts.join(', ')}${named}`, panel);
}

type Kind = { readonly name: string; readonly share: Share<string> | Share<number> };

function shareLines(panel: Panel): readonly Line[] {
  const { models, processes } = panel.detail;
  const byModel = models.map((share): Kind => ({
    name: share.name === null ? 'all others' : shortModel(share.name),
    share,
  }));
  const byProcess = processes.map((share): Kind => ({
    name: share.name === null ? 'all others' : `pid ${share.name}`,
    share,
  }));
  return [
    ...table('MODEL', byModel, panel),
    ...(processes.length < 2 ? [] : [[], ...table('PROCESS', byProcess, panel)]),
  ];
}

function table(title: string, kinds: readonly Kind[], { width, theme, view }: Panel): readonly Line[] {
  const columns = fitColumns(shareColumns(title, theme, view), width);
  const more = kinds.length - MAX_SHARES;
  return [
    headLine(columns, theme.glyphs),
    ...kinds.slice(0, MAX_SHARES).map((kind) => rowLine(columns, kind, theme.glyphs)),
    ...(more > 0 ? [[span(`and ${more} more`, 'dim')]] : []),
  ];
}

function shareColumns(title: string, { glyphs }: Theme, view: EngineView): readonly Column<Kind>[] {
  const number = (head: string, rank: number, text: (kind: Kind) => string, width = 6): Column<Kind> => ({
    title: head,
    rank,
    min: width,
    max: width,
    align: 'start',
    cell: (kind): Cell => ({ text: text(kind) }),
  });
  return [
    { title, rank: 1, min: 10, max: 24, cell: ({ name }) => ({ text: name }) },
    number('CALLS', 2, ({ share }) => count(share.totals.calls)),
    number('FAIL', 3, ({ share }) => count(share.totals.failed)),
    number('IN', 4, ({ share }) => tokenSum(share.totals.promptTokens, share.totals, glyphs.none)),
    number('OUT', 5, ({ share }) => tokenSum(share.totals.outputTokens, share.totals, glyphs.none)),
    number('CACHE', 6, ({ share }) => percent(share.totals.cacheRatio, glyphs.none)),
    ...(view.pricesDate === null
      ? []
      : [number('COST', 3, ({ share }) => moneyCell(moneyOf(share.totals, false), glyphs.none), 8)]),
  ];
}
