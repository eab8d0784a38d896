import type { EngineView, Fleet } from '../../engine/types.ts';
import { moneyToday } from '../../core/model/meters/money.ts';
import { budgetPercent, wordLimit } from '../../wording/budgets.ts';
import { moneyShort } from '../../wording/money.ts';
import { callsPerMinute } from '../../core/model/recent.ts';
import type { Mode } from '../../core/signals.ts';
import type { Ms } from '../../core/units.ts';
import { nearBudgets } from '../views/budgets/rows.ts';
import { TWO_COLUMNS } from './layout.ts';
import { activityOf, isDarkness, sightOf } from '../views/sources/rows.ts';
import { type Line, type Part, type Segment, chip, fitParts, span, spread } from '../render/line.ts';
import { age, clock, configured, counted, duration, left, perMinute, tokens } from '../render/values.ts';
import { clip } from '../render/width.ts';
import type { Frozen, HeaderProps } from './pane-props.ts';
import type { Theme } from '../render/theme.ts';

const GAP = 2;
/** Cells of the filters that are out of sight. */
const MAX_FILTERS = 30;
/** A lag that a person may ignore, ms. */
const SMALL_LAG_MS = 2_000;
/** From this width on there is room for the host, the sums and the date. */
const WIDE = 190;

const BETWEEN: Segment = span(' '.repeat(GAP));

/** The first line: who acts, is it live, how much happens, when. */
export function headerLine(props: HeaderProps): Line {
  const { view, now, theme, width, filters = [] } = props;
  const narrowing =
    filters.length === 0 ? [] : [span(clip(filters.join(', '), MAX_FILTERS, theme.glyphs.ellipsis), 'accent')];
  const isWide = width >= WIDE;
  const parts: readonly Part[] = [
    { rank: 1, line: headOf(props) },
    { rank: 1, line: feedOf(view, now, theme) },
    { rank: 2, line: narrowing },
    { rank: 6, line: view.fleet === undefined ? sourcesOf(view) : [] },
    {
      rank: 3,
      line:
        view.fleet === undefined && isDarkness(sightOf(view))
          ? []
          : [span(perMinute(callsPerMinute(view.model.fleet.recent, now)))],
    },
    { rank: 7, line: view.fleet === undefined ? lagOf(view) : [] },
    { rank: 5, line: skipsOf(view) },
    { rank: 8, line: isWide ? [span(`host ${view.host}`, 'dim')] : [] },
  ];
  const right: readonly Part[] = [
    { rank: 8, line: isWide ? [span(counted(view.model.fleet.agents, 'agent'))] : [] },
    { rank: 8, line: isWide ? [span(counted(view.model.fleet.conversations, 'conversation'))] : [] },
    { rank: 4, line: spentOf(view, now, theme, width) },
    { rank: 4, line: [span(isWide ? `${dateOf(now)} ${clock(now)}` : clock(now))] },
  ];
  const kept = new Set(fitParts([...parts, ...right], width - 2 - GAP, GAP));
  const side = (all: readonly Part[]): Line =>
    all.filter(({ line }) => kept.has(line)).flatMap(({ line }, at) => (at === 0 ? line : [BETWEEN, ...line]));
  return spread([span(' '), ...side(parts)], [...side(right), span(' ')], width, theme.glyphs);
}

function headOf({ view, now, theme, frozen }: HeaderProps): Line {
  const name = span('sightline ', 'strong');
  const chips = [
    view.fleet === undefined ? modeChip(view, theme) : fleetChip(view.fleet, theme),
    frozenChip(frozen, now, theme),
  ];
  return [name, ...chips.filter((one) => one.length > 0).flatMap((one, at) => (at === 0 ? one : [span(' '), ...one]))];
}

// Each host has its own mode: the chip counts them, and is an alarm if one of them acts at once.
function fleetChip({ hosts }: Fleet, theme: Theme): Line {
  const seen = hosts.filter(({ isUnseen }) => !isUnseen);
  const of = (mode: Mode): number => seen.filter((host) => host.mode === mode).length;
  const unseen = hosts.length - seen.length;
  const counts = [
    ...(['auto', 'hold', 'observe'] as const).map((mode) => [of(mode), mode.toUpperCase()] as const),
    [unseen, 'UNSEEN'] as const,
  ].filter(([many]) => many > 0);
  const text = counts.map(([many, name]) => `${many} ${name}`).join(` ${theme.glyphs.dot} `);
  return chip(text === '' ? 'NO HOST' : text, theme, of('auto') > 0 ? 'alarm' : of('hold') > 0 ? 'hold' : null);
}

function brokerOf({ broker, lostSince }: Fleet, now: Ms, theme: Theme): Line {
  if (lostSince === null) return [span(`${theme.glyphs.active} nats ${broker}`)];
  return [...chip(`BLIND ${age(lostSince, now, '')}`, theme, 'alarm'), span(` nats ${broker} does not answer`)];
}

/** The mode as a chip: who acts is the loudest word of the screen, and the one that acts at once is the alarming one. */
export function modeChip(
  {
    attachment,
    mode,
    readOnly,
    graceMs,
    workspaces,
  }: Pick<EngineView, 'attachment' | 'mode' | 'readOnly' | 'graceMs' | 'workspaces'>,
  theme: Theme,
): Line {
  if (attachment !== undefined) {
    const { engine, host, lostSince } = attachment;
    const engineName = `${host === undefined ? '' : `${host} `}${engine.command} ${engine.pid}`;
    if (lostSince !== null) return chip(`${engineName} is gone`, theme);
    const acts = readOnly ? 'READ-ONLY' : armedText(mode, graceMs);
    return chip(`ATTACHED ${engineName} ${theme.glyphs.dot} ${acts}`, theme, toneOf(mode));
  }
  if (readOnly) return chip('READ-ONLY', theme);
  const observer = observerOf(workspaces);
  if (observer !== null) return chip(`OBSERVING ${theme.glyphs.dot} ${observer}`, theme);
  return mode === 'observe' ? [span('OBSERVE', 'strong')] : chip(armedText(mode, graceMs), theme, toneOf(mode));
}

/** Words how a mode acts. */
export function armedText(mode: Mode, graceMs: Ms): string {
  const seconds = configured(graceMs);
  switch (mode) {
    case 'observe':
      return 'OBSERVE';
    case 'hold':
      return `HOLD ${seconds}`;
    case 'auto':
      return graceMs === 0 ? 'AUTO' : `AUTO after ${seconds}`;
  }
}

function toneOf(mode: Mode): 'hold' | 'alarm' | null {
  if (mode === 'observe') return null;
  return mode === 'auto' ? 'alarm' : 'hold';
}

// Who acts instead of this engine, where it can act on no workspace; null where it acts on one.
function observerOf(workspaces: EngineView['workspaces']): string | null {
  const [first] = workspaces;
  if (first === undefined || workspaces.some(({ lock }) => lock.type === 'ours' || lock.type === 'none')) return null;
  const owned = workspaces.find(({ lock }) => lock.type === 'other')?.lock;
  if (owned?.type === 'other') return `pid ${owned.owner.pid} acts`;
  return workspaces.every(({ lock }) => lock.type === 'gone') ? 'no engine acts' : 'another engine acts';
}

function frozenChip(frozen: Frozen | null, now: Ms, theme: Theme): Line {
  if (frozen === null) return [];
  const since = frozen.at === undefined ? '' : ` ${age(frozen.at, now, '')}`;
  return chip(`FROZEN${since} ${theme.glyphs.dot} ${tokens(frozen.calls + frozen.signals)} new`, theme);
}

// What never gives way: whether what is shown can be believed.
function feedOf(view: EngineView, now: Ms, theme: Theme): Line {
  const { glyphs } = theme;
  if (view.fleet !== undefined) return brokerOf(view.fleet, now, theme);
  const { state, dark, lagMs } = sightOf(view);
  if (state === 'absent') return [span(`${glyphs.idle} no source yet`, 'dim')];
  const lost = dark.filter(({ health }) => health.status === 'lost');
  const [first] = lost;
  if (first !== undefined) {
    const since = Math.min(...lost.map(({ health }) => health.since));
    const agents = view.model.agents;
    const unknown = agents.filter(({ name }) => activityOf(view, name, now) === 'unknown').length;
    const retryAt = lost.flatMap(({ health }) =>
      typeof health.retryAt === 'number' && health.retryAt > now ? [health.retryAt] : [],
    );
    const retry = retryAt.length === 0 ? '' : `  next try in ${left(Math.min(...retryAt), now)}`;
    const who = agents.length === 0 ? '' : ` ${unknown} of ${counted(agents.length, 'agent')}`;
    return [...chip(`BLIND ${age(since, now, '')}`, theme, 'alarm'), span(`${who}${retry}`)];
  }
  if (state === 'reading') return [span(`${glyphs.pending} reading`, 'accent')];
  if (lagMs !== null && lagMs > SMALL_LAG_MS) return [span(`${glyphs.advisory} lag ${duration(lagMs, '')}`, 'warning')];
  return [span(`${glyphs.active} live`)];
}

function sourcesOf(view: EngineView): Line {
  const { sources, started } = view;
  if (sources.length === 0) return started ? [span('no source', 'critical')] : [];
  const notes = sightOf(view).degraded.length;
  return [
    span(counted(sources.length, 'source')),
    ...(notes === 0 ? [] : [span(`, ${counted(notes, 'note')}`, 'warning')]),
  ];
}

// As far as calls have a price; nothing where none was billed today.
function spentOf(view: EngineView, now: Ms, theme: Theme, width: number): Line {
  const today = view.fleet === undefined ? moneyToday(view.model, now) : view.fleet.sums.today;
  const money = today === null || today.basis === 'unknown' ? null : moneyShort(today);
  const budget = budgetPart(view, theme, width);
  if (budget === null) return money === null ? [] : [span(`${money} today`)];
  return [...(money === null ? [] : [span(`${money} `)]), span(budget, 'warning')];
}

// The fullest of all that are near their limit; the one for all together with that limit, where there is room.
function budgetPart({ budgets, fleet }: EngineView, { glyphs }: Theme, width: number): string | null {
  const [first] = nearBudgets(budgets);
  if (first === undefined) return null;
  const share = budgetPercent(first);
  // One of a host is no limit of what all hosts spend.
  const isWhole = fleet === undefined && first.subject === '' && width >= TWO_COLUMNS;
  return `${glyphs.advisory} ${isWhole ? `${share} of ${wordLimit(first, first.limit)}` : `budget ${share}`}`;
}

function lagOf(view: EngineView): Line {
  const { lagMs, state } = sightOf(view);
  return lagMs === null || state !== 'live' || lagMs > SMALL_LAG_MS ? [] : [span(`lag ${duration(lagMs, '')}`)];
}

function skipsOf(view: EngineView): Line {
  const { skipped } = sightOf(view);
  return skipped === 0 ? [] : [span(`${tokens(skipped)} skipped`, 'warning')];
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** Formats the day of a time: `Fri 27 Nov`. */
export function dateOf(at: Ms): string {
  const date = new Date(at);
  return `${DAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]}`;
}
