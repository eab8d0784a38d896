import type { AgentDetail, Share } from '../../../core/model/types.ts';
import { type Meter, metersOf } from './rows.ts';
import { type Cell, type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { type Line, say, wrapped } from '../../render/line.ts';
import { counted, percent, shortClock, tokens } from '../../render/values.ts';
import { spark } from '../../render/charts.ts';
import type { Theme } from '../../render/theme.ts';

const NAME_WIDTH = 12;
/** An hour, a cell a minute. */
const MAX_SPARK = 60;
/** Cells of the numbers beside a sparkline. */
const NUMBERS_WIDTH = 33;
/** Models, and processes, that are told of. */
const MAX_SHARES = 5;

type Kind = { readonly kind: string; readonly share: Share<string> | Share<number> };

/**
 * One agent over its last hour, by model and by process, and what caching would have saved; without blank lines between
 * where they are more than `rows`.
 */
export function agentDetailLines(
  detail: AgentDetail,
  { width, rows }: { readonly width: number; readonly rows: number },
  theme: Theme,
): readonly Line[] {
  const parts = [series(detail, width, theme), shares(detail, width, theme), caching(detail, width, theme)];
  const airy = parts.flatMap((part, at) => (at === 0 ? part : [[], ...part]));
  return airy.length <= rows ? airy : parts.flat();
}

function series(detail: AgentDetail, width: number, theme: Theme): readonly Line[] {
  const { name: agent, minutes } = detail;
  const [first] = minutes;
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) return [[say(`${agent}: no call has ended yet`, 'title')]];
  const from = `${shortClock(first.at)} to ${shortClock(last.at)}`;
  const head = `${agent}: ${counted(minutes.length, 'minute')}, ${from}, a column each`;
  return [[say(head, 'title')], ...metersOf(detail).map((meter) => meterLine(meter, width, theme))];
}

function meterLine({ name, unit, values, isBad }: Meter, width: number, { glyphs }: Theme): Line {
  const told = (value: number): string => (unit === 'share' ? percent(value, glyphs.none) : tokens(value));
  const found = values.filter((value) => value !== null);
  const most = found.reduce((highest, value) => Math.max(highest, value), 0);
  const latest = values.at(-1) ?? null;
  const room = Math.min(values.length, Math.max(8, Math.min(MAX_SPARK, width - NAME_WIDTH - NUMBERS_WIDTH)));
  const tone = isBad ? (most > 0 ? 'critical' : 'dim') : 'accent';
  const now = latest === null ? glyphs.none : told(latest);
  return [
    say(name.padEnd(NAME_WIDTH), 'dim'),
    say(spark(values, room, glyphs), tone),
    say(`  last ${now.padStart(5)}  most ${told(most).padStart(5)} a minute`),
  ];
}

function shares({ models, processes }: AgentDetail, width: number, theme: Theme): readonly Line[] {
  const rows: Kind[] = [
    ...models.slice(0, MAX_SHARES).map((share) => ({ kind: 'model', share })),
    ...processes.slice(0, MAX_SHARES).map((share) => ({ kind: 'process', share })),
  ];
  const columns = fitColumns(shareColumns(theme), width);
  const more = models.length + processes.length - rows.length;
  return [
    headLine(columns, theme.glyphs),
    ...rows.map((row) => rowLine(columns, row, theme.glyphs)),
    ...(more > 0 ? [[say(`and ${more} more`, 'dim')]] : []),
  ];
}

function shareColumns({ glyphs }: Theme): readonly Column<Kind>[] {
  const number = (title: string, rank: number, valueOf: (row: Kind) => number): Column<Kind> => ({
    title,
    rank,
    min: 6,
    max: 6,
    align: 'start',
    cell: (row): Cell => ({ text: tokens(valueOf(row)) }),
  });
  return [
    { title: 'BY', rank: 1, min: 8, max: 8, cell: ({ kind }) => ({ text: kind, tone: 'dim' }) },
    { title: 'NAME', rank: 1, min: 12, max: 40, cell: ({ share }) => ({ text: nameOf(share) }) },
    number('CALLS', 2, ({ share }) => share.totals.calls),
    number('FAIL', 3, ({ share }) => share.totals.failed),
    number('IN', 4, ({ share }) => share.totals.promptTokens),
    number('OUT', 5, ({ share }) => share.totals.outputTokens),
    {
      title: 'CACHE',
      rank: 6,
      min: 6,
      max: 6,
      align: 'start',
      cell: ({ share }) => ({ text: percent(share.totals.cacheRatio, glyphs.none) }),
    },
  ];
}

function nameOf({ name }: Kind['share']): string {
  return name === null ? 'all others' : String(name);
}

function caching({ caching: estimate }: AgentDetail, width: number, { glyphs }: Theme): readonly Line[] {
  const { savedTokens, savedRatio, spentTokens, calls, words } = estimate;
  if (calls === 0) return [[say('Caching: no held call reported its tokens', 'dim')]];
  const saved = `${tokens(savedTokens)} of ${tokens(spentTokens)} (${percent(savedRatio, glyphs.none)})`;
  const head = `Caching would have saved about ${saved} in ${counted(calls, 'call')}`;
  return [
    ...wrapped(head, width, 2, glyphs).map((line): Line => [say(line, savedTokens > 0 ? 'warning' : 'good')]),
    ...words.flatMap((text) => wrapped(text, width - 2, 3, glyphs).map((line): Line => [say(`  ${line}`, 'dim')])),
  ];
}
