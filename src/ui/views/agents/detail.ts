import { wordCaching } from '../../../wording/caching.ts';
import type { AgentDetail, AgentView, MinuteBucket, Share } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { glyphOf } from '../../ladder/column.ts';
import { conditionWords, isTrouble, toneOf } from '../../ladder/conditions.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import { bar, spark } from '../../render/charts.ts';
import { type Cell, type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { type Line, span, wrapped } from '../../render/line.ts';
import { shortModel } from '../../render/names.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import { count, counted, percent, tokens } from '../../render/values.ts';
import { failureWords } from '../calls/rows.ts';
import { restsOn } from '../sources/rows.ts';
import { hourColumns, hourOf, uncachedOf } from './rows.ts';

/** Cells of the name of a fact. */
const NAME_WIDTH = 12;
/** Columns of the hour: three minutes each. */
const HOUR_COLUMNS = 20;
/** Cells of a total and of a peak beside a sparkline. */
const TOTAL_WIDTH = 6;
const BAR_WIDTH = 10;
/** Models, and processes, that are told of. */
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
 * One agent in a panel: what is wrong now, the last hour, cache, by model, by process, and what caching would have saved;
 * without blank lines between where they are more than `rows`.
 */
export function agentDetailLines(panel: Panel, rows: number): readonly Line[] {
  const parts = [troubleLines(panel), hourLines(panel), cacheLines(panel), shareLines(panel), cachingLines(panel)];
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
  const words = condition === undefined ? '' : conditionWords(condition, now, theme.glyphs);
  const sign = condition === undefined ? '' : glyphOf(condition, theme.glyphs);
  const failed = agent.lately.slice(0, WINDOW).filter(Boolean).length;
  const of = Math.min(WINDOW, agent.lately.length);
  const { lastFailure } = detail;
  const sources = restsOn(view, agent.sources);
  return [
    ...fact('now', `${sign} ${words}`, panel, condition === undefined ? 'plain' : toneOf(condition)),
    ...(asked === null || condition === undefined || !isTrouble(condition) ? [] : fact('', asked, panel, 'plain', 1)),
    ...(lastFailure === null || failed === 0
      ? []
      : fact('last error', `${failureWords(lastFailure)}, ${failed} of last ${counted(of, 'call')}`, panel)),
    ...(sources === null ? [] : fact('known from', sources, panel, 'dim')),
  ];
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

function table(title: string, kinds: readonly Kind[], { width, theme }: Panel): readonly Line[] {
  const columns = fitColumns(shareColumns(title, theme), width);
  const more = kinds.length - MAX_SHARES;
  return [
    headLine(columns, theme.glyphs),
    ...kinds.slice(0, MAX_SHARES).map((kind) => rowLine(columns, kind, theme.glyphs)),
    ...(more > 0 ? [[span(`and ${more} more`, 'dim')]] : []),
  ];
}

function shareColumns(title: string, { glyphs }: Theme): readonly Column<Kind>[] {
  const number = (head: string, rank: number, text: (kind: Kind) => string): Column<Kind> => ({
    title: head,
    rank,
    min: 6,
    max: 6,
    align: 'start',
    cell: (kind): Cell => ({ text: text(kind) }),
  });
  return [
    { title, rank: 1, min: 10, max: 24, cell: ({ name }) => ({ text: name }) },
    number('CALLS', 2, ({ share }) => count(share.totals.calls)),
    number('FAIL', 3, ({ share }) => count(share.totals.failed)),
    number('IN', 4, ({ share }) => tokens(share.totals.promptTokens)),
    number('OUT', 5, ({ share }) => tokens(share.totals.outputTokens)),
    number('CACHE', 6, ({ share }) => percent(share.totals.cacheRatio, glyphs.none)),
  ];
}

function cachingLines({ detail: { caching: estimate }, width, theme: { glyphs } }: Panel): readonly Line[] {
  const { savedTokens, savedRatio, spentTokens, calls } = estimate;
  if (calls === 0) return [];
  const saved = `${tokens(savedTokens)} of ${tokens(spentTokens)} (${percent(savedRatio, glyphs.none)})`;
  const head = `Caching would have saved about ${saved} in ${counted(calls, 'call')}`;
  return [
    ...wrapped(head, width, 2, glyphs).map((line): Line => [span(line, savedTokens > 0 ? 'warning' : 'good')]),
    ...wordCaching(estimate).flatMap((text) =>
      wrapped(text, width - 2, 3, glyphs).map((line): Line => [span(`  ${line}`, 'dim')]),
    ),
  ];
}
