import { isDark, isRecordMedium } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { EngineView, Fleet, SourceView } from '../../engine/types.ts';
import { type LadderSign, conditionText, signOf, stepOf, toneOf } from '../ladder/conditions.ts';
import { type Trouble, troubles } from '../ladder/ladder.ts';
import { wordWriteCause } from '../../wording/files.ts';
import { wordLocate, wordSource } from '../../wording/sources.ts';
import { type Line, lineWidth, span, spread } from '../render/line.ts';
import { age, clock, counted, shortClock } from '../render/values.ts';
import type { Theme, Tone } from '../render/theme.ts';
import { SILENT_MS, isDarkness, sightOf, sourcesInOrder } from '../views/sources/rows.ts';
import { shortName } from '../views/workspaces/names.ts';
import { lineOf } from '../views/workspaces/rows.ts';
import { workspaceParts } from '../views/workspaces/state.ts';
import type { AlarmProps } from './pane-props.ts';

/** One thing that a person should know now: its sign, and what it is, whose. */
export type Alert = { readonly sign: LadderSign; readonly tone: Tone; readonly text: string };

/** Returns everything that is wrong, by the ladder: each with its type and whose it is. Empty while all is well. */
export function alertsOf(view: EngineView, now: Ms, theme: Theme): readonly Alert[] {
  const found = troubles(view, now);
  const alert = (trouble: Trouble): Alert => {
    const { condition } = trouble;
    return { sign: signOf(condition), tone: toneOf(condition), text: troubleText(view, trouble, now, theme) };
  };
  if (view.fleet !== undefined) return fleetAlerts(view.fleet, found, alert);
  const urgent = found.filter(({ condition }) => stepOf(condition) === 1);
  const others = found.filter(({ condition }) => stepOf(condition) > 1);
  return [
    ...noSource(view),
    ...unkept(view),
    ...urgent.map(alert),
    ...lostSources(view, found),
    ...others.map(alert),
    ...silence(view, now),
  ];
}

// Each with its host; hosts that are silent are known by their names.
function fleetAlerts(
  { hosts, lostSince, broker }: Fleet,
  found: readonly Trouble[],
  alert: (trouble: Trouble) => Alert,
): readonly Alert[] {
  const unseen: readonly Alert[] = hosts
    .filter(({ isUnseen }) => isUnseen)
    .map(({ name }) => ({ sign: 'unknown', tone: 'critical', text: `${name} unseen` }));
  const lost: readonly Alert[] =
    lostSince === null ? [] : [{ sign: 'unknown', tone: 'critical', text: `broker ${broker} does not answer` }];
  const twins: readonly Alert[] = hosts
    .filter(({ twin }) => twin !== null)
    .map(({ name }) => ({ sign: 'advisory', tone: 'warning', text: `two hosts are named ${name}` }));
  const isUrgent = ({ condition }: Trouble): boolean => stepOf(condition) === 1;
  const known = found.filter(({ condition }) => condition.kind !== 'unknown');
  return [
    ...lost,
    ...known.filter(isUrgent).map(alert),
    ...unseen,
    ...twins,
    ...known.filter((one) => !isUrgent(one)).map(alert),
  ];
}

// Where every agent is known by another source, too, no agent tells of the loss: what only the lost one sees is missing still.
function lostSources(view: EngineView, found: readonly Trouble[]): readonly Alert[] {
  const lost = sightOf(view).dark.filter(({ health }) => health.status === 'lost');
  const [one] = lost;
  if (one === undefined || found.some(({ condition }) => condition.kind === 'unknown')) return [];
  const text = lost.length === 1 ? `${one.health.uri} lost` : `${counted(lost.length, 'source')} lost`;
  return [{ sign: 'unknown', tone: 'critical', text }];
}

function troubleText(view: EngineView, { condition, agent, workspace, host }: Trouble, now: Ms, theme: Theme): string {
  switch (condition.kind) {
    case 'unknown':
      return `${counted(condition.agents, 'agent')} unknown`;
    case 'stopped':
      return stoppedText(view, workspace, now, theme);
    case 'signal':
      return `${condition.type} ${agent ?? ''}`.trimEnd();
    case 'paused': {
      const times = `since ${shortClock(condition.at)}, until ${shortClock(condition.resumesAt)}`;
      return `${agent ?? 'a process'} paused ${times}`;
    }
    case 'failing':
    case 'stuck':
    case 'advisory':
    case 'waiting':
    case 'active':
    case 'idle':
    case 'ended':
      return `${conditionText(condition, now, theme.glyphs)} ${agent ?? host ?? ''}`.trimEnd();
  }
}

// The name of the workspace and why nothing is taken there.
function stoppedText(view: EngineView, path: string | null, now: Ms, theme: Theme): string {
  const workspace = view.workspaces.find((one) => one.path === path);
  if (workspace === undefined) return 'a workspace stopped';
  const name = shortName(workspace.path, view);
  const last = workspaceParts(view, workspace, now, theme).state.at(-1)?.text.trim();
  return `${name} stopped: ${last ?? lineOf(view, workspace, now).text}`;
}

function noSource(view: EngineView): readonly Alert[] {
  if (!view.started || view.sources.length > 0) return [];
  return [{ sign: 'unknown', tone: 'critical', text: 'no source; give one with --source URI' }];
}

// A folder that a service beside us writes is as it should be.
function unkept({ stateProblem }: EngineView): readonly Alert[] {
  if (stateProblem === null || stateProblem.code === 'state_in_use') return [];
  const text = `state folder ${stateProblem.path}: nothing is kept over a restart: ${wordWriteCause(stateProblem.reason)}`;
  return [{ sign: 'failed', tone: 'critical', text }];
}

// A tracer that sees nothing may be broken; where only agents' own records are read, nobody worked.
function silence(view: EngineView, now: Ms): readonly Alert[] {
  const { state, lastEventAt } = sightOf(view);
  if (view.sources.every(({ health }) => isRecordMedium(health.medium))) return [];
  if (state !== 'live' || lastEventAt === null || now - lastEventAt < SILENT_MS) return [];
  return [{ sign: 'advisory', tone: 'warning', text: `no call for ${age(lastEventAt, now, '')}` }];
}

/** The second line of every view: what is wrong, whole items only, and how many more there are. */
export function alertLine({
  view,
  now,
  theme,
  width,
  calmSince,
}: AlarmProps & { readonly calmSince: Ms | null }): Line {
  const { glyphs } = theme;
  const alerts = alertsOf(view, now, theme);
  if (alerts.length === 0) {
    const since = calmSince === null ? '' : ` since ${shortClock(calmSince)}`;
    const text =
      (view.fleet === undefined && isDarkness(sightOf(view))) || !view.started
        ? []
        : [span(glyphs.ok, 'good'), span(` nothing wrong${since}`)];
    return spread([span(' '), ...text], [span(' ')], width, glyphs);
  }
  const right: Line = [span('  '), span('n', 'key'), span(' next ')];
  const room = width - lineWidth(right) - 1;
  // The first is named whatever it takes: it is cut at the end of the line.
  for (let named = alerts.length; named > 1; named -= 1) {
    const line = itemsLine(alerts, named, theme);
    if (lineWidth(line) <= room) return spread([span(' '), ...line], right, width, glyphs);
  }
  return spread([span(' '), ...itemsLine(alerts, 1, theme)], right, width, glyphs);
}

function itemsLine(alerts: readonly Alert[], named: number, { glyphs }: Theme): Line {
  const more = alerts.length - named;
  const line: Line = alerts.slice(0, named).flatMap(({ sign, tone, text }, at): Line => {
    const isNew = alerts[at - 1]?.sign !== sign;
    const glyph = glyphs[sign === 'critical' ? 'flag' : sign];
    return [
      ...(at === 0 ? [] : [span(` ${glyphs.dot} `)]),
      ...(isNew ? [span(`${glyph} `, tone)] : []),
      span(text, tone),
    ];
  });
  return more === 0 ? line : [...line, span(` ${glyphs.dot} +${more}`)];
}

/** The sources that cannot be read, the worst first; of more than `most` the others are counted. */
function darknesses(view: EngineView, most: number): readonly string[] {
  return few(sourcesInOrder(view).filter(isDark).map(darkness), most);
}

// Forty sources that are lost must not hide what else is wrong.
function few(texts: readonly string[], most: number): readonly string[] {
  const more = texts.length - most;
  return more <= 0 ? texts : [...texts.slice(0, most), `and ${counted(more, 'more source')}: see the sources`];
}

// Since when it cannot be read, and what to do.
function darkness({ health: { uri, status, since, detail } }: SourceView): string {
  return `${uri} ${status} since ${clock(since)}${because(wordSource(detail))}`;
}

/** Sources that an empty screen tells of. */
const MOST_TOLD = 3;

/** The lines of an empty screen: the paths that are tried, and what could be done. */
export function emptyNotes(view: EngineView, now: Ms): readonly string[] {
  const sight = sightOf(view);
  if (view.sources.length === 0) return searchHints(view);
  if (isDarkness(sight)) {
    const tried = sight.state === 'absent' ? triedLines(view) : [];
    return [
      ...darknesses(view, MOST_TOLD),
      ...tried,
      'each is tried again by itself; `sightline demo` shows how it looks',
    ];
  }
  if (sight.state === 'reading') return ['reading history …', ...few(view.sources.map(reading), MOST_TOLD)];
  return [
    'no calls yet: a call appears here as soon as it has ended',
    ...few(
      view.sources.map((one) => watched(one, now)),
      MOST_TOLD,
    ),
  ];
}

/** Returns where a feed was looked for in vain, and what to do about that. */
export function searchHints(view: EngineView): readonly string[] {
  if (view.sources.length === 0 && !view.started) return ['opening the sources …'];
  const none = view.sources.length === 0 ? ['no source is watched'] : [];
  return [...none, ...triedLines(view), 'give one with --source URI, or see `sightline demo`'];
}

/** The same where a source is that feed; of any other nothing. */
export function whereElse({ health }: SourceView, view: EngineView): readonly string[] {
  return health.status === 'absent' && view.tried.length > 0 ? searchHints(view) : [];
}

function triedLines({ tried }: EngineView): readonly string[] {
  return tried.length === 0
    ? []
    : ['no feed was found (7 shows more); tried:', ...tried.map(({ path, why }) => `${path}: ${wordLocate(why)}`)];
}

function reading({ health: { uri, detail } }: SourceView): string {
  return `${uri}${because(wordSource(detail))}`;
}

function watched({ health: { uri, status: health, since, detail } }: SourceView, now: Ms): string {
  return `${uri} ${health} for ${age(since, now, '')}${because(wordSource(detail))}`;
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}
