import { wordSkip } from '../../../wording/records.ts';
import { wordPosition, wordSource } from '../../../wording/sources.ts';
import { type SourceUri, isDark } from '../../../core/sources.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView, SourceView } from '../../../engine/types.ts';
import { type Activity, agentActivity } from '../../../core/model/meters/activity.ts';
import { age, counted, duration, left, timeOfDay } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { olderText } from '../../app/keys/older.ts';
import { perView } from '../../widgets/memo.ts';

/** The combined state of all feeds. `blind`: none can be read any more; `absent`: none ever existed. */
export type Sight = {
  readonly state: 'reading' | 'live' | 'blind' | 'absent';
  /** Sources that cannot be read: lost or absent. */
  readonly dark: readonly SourceView[];
  readonly degraded: readonly SourceView[];
  /** The largest lag of the readable sources, ms; null if unknown. */
  readonly lagMs: number | null;
  readonly skipped: number;
  /** Event time of the newest record of any source. */
  readonly lastEventAt: Ms | null;
  /** Time since which no source can be read; null while one can. */
  readonly blindSince: Ms | null;
};

/** Age of the newest record from which a feed is reported as silent, ms. */
export const SILENT_MS = 600_000;

export const sightOf: (view: EngineView) => Sight = perView(({ sources, started }) => {
  const dark = sources.filter(isDark);
  const isBlind = dark.length === sources.length;
  const read = sources.filter((source) => !isDark(source));
  return {
    state: isBlind && started ? darkState(dark) : read.every(hasCaughtUp) && started ? 'live' : 'reading',
    dark,
    degraded: sources.filter(({ health }) => health.status === 'degraded'),
    lagMs: largest(read.map(({ health }) => health.lagMs)),
    skipped: sources.reduce((sum, { health: { skipped } }) => sum + skippedOf(skipped), 0),
    lastEventAt: largest(sources.map(({ counts }) => counts.lastEventAt)),
    blindSince: isBlind ? largest(dark.map(({ health }) => health.since)) : null,
  };
});

/** Returns the sources, unreadable ones first, then degraded ones, else in configured order. */
export const sourcesInOrder: (view: EngineView) => readonly SourceView[] = perView(({ sources }) =>
  sources.toSorted((a, b) => badness(a) - badness(b)),
);

/** Returns the unreadable and degraded sources, worst first. */
export function illSources(view: EngineView): readonly SourceView[] {
  return sourcesInOrder(view).filter(({ health }) => health.status !== 'ok');
}

/** Returns the sources that a row comes from; null if there is only one source. */
export function restsOn({ sources }: EngineView, uris: readonly SourceUri[]): string | null {
  return sources.length < 2 || uris.length === 0 ? null : uris.join(', ');
}

/** Returns the health of a source as one word. */
export function healthName({ health: { status: health, caughtUp, ended } }: SourceView): {
  readonly text: string;
  readonly tone: Tone;
} {
  switch (health) {
    case 'lost':
    case 'absent':
      return { text: health, tone: 'critical' };
    case 'degraded':
      return { text: health, tone: 'warning' };
    case 'ok':
      if (ended) return { text: 'ended', tone: 'dim' };
      return caughtUp ? { text: 'ok', tone: 'good' } : { text: 'reading', tone: 'accent' };
  }
}

/** Returns all facts of a source: health with time and reason, next retry, lag, read position, skipped records. */
export function sourceFacts(source: SourceView, now: Ms): readonly SourceFact[] {
  const { health, counts, position, historicalSignals } = source;
  const { text, tone } = healthName(source);
  const next = nextRetry(source, now);
  const was = historicalSignals === 0 ? '' : `; ${counted(historicalSignals, 'historical signal')}`;
  return [
    { name: 'health', value: `${text} since ${timeOfDay(health.since, now)} (${age(health.since, now, '')})`, tone },
    { name: 'detail', value: wordSource(source.health.detail) || 'no details', tone: 'plain' },
    ...(next === null ? [] : [{ name: 'next retry', value: next, tone: 'plain' as const }]),
    { name: 'lag', value: duration(health.lagMs, 'unknown'), tone: 'plain' },
    { name: 'read up to', value: position === null ? 'unknown' : wordPosition(position), tone: 'plain' },
    { name: 'skipped', value: skippedText(source), tone: skippedOf(health.skipped) === 0 ? 'dim' : 'warning' },
    {
      name: 'received',
      value: `${counted(counts.calls, 'call')}, ${counted(counts.interruptions, 'interruption')}${newestText(source, now)}${was}`,
      tone: 'plain',
    },
    ...olderFacts(health, now),
    ...recordFacts(health),
  ];
}

function olderFacts({ older = null }: SourceView['health'], now: Ms): readonly SourceFact[] {
  return older === null ? [] : [{ name: 'not read', value: olderText(older, now), tone: 'plain' }];
}

// What an agent's own records lack, and what of them is not understood.
function recordFacts({ gaps = [], unknownKinds = [] }: SourceView['health']): readonly SourceFact[] {
  const kinds = unknownKinds.map(({ kind, version, count }) => `${kind} ×${count} (${version ?? 'no version'})`);
  return [
    ...(gaps.length === 0 ? [] : [{ name: 'not told', value: gaps.join('; '), tone: 'dim' as const }]),
    ...(kinds.length === 0 ? [] : [{ name: 'unknown', value: kinds.join(', '), tone: 'warning' as const }]),
  ];
}

/** Returns the hooks that fail, or have lost events: what an operator is not told of. */
export function hookFacts({ hooks = [] }: EngineView, now: Ms): readonly SourceFact[] {
  return hooks.flatMap(({ name, waiting, dropped, failing }): readonly SourceFact[] => {
    const parts = [
      ...(failing === null ? [] : [`failing since ${timeOfDay(failing.since, now)}: ${failing.why}`]),
      ...(failing === null || waiting === 0 ? [] : [`${counted(waiting, 'event')} wait${waiting === 1 ? 's' : ''}`]),
      ...(dropped === 0 ? [] : [`${counted(dropped, 'event')} dropped`]),
    ];
    return parts.length === 0 ? [] : [{ name: 'hook', value: `${name}: ${parts.join('; ')}`, tone: 'warning' }];
  });
}

export type SourceFact = { readonly name: string; readonly value: string; readonly tone: Tone };

// A server is polled at its retry time; files are watched; a pipe ends once.
function nextRetry({ health: { medium, status: health, ended, retryAt } }: SourceView, now: Ms): string | null {
  if (typeof retryAt === 'number') return retryAt > now ? `in ${left(retryAt, now)}` : 'now';
  if (health === 'ok' || health === 'degraded') return null;
  if (medium === 'http') return 'no retry: fix the problem, then restart sightline';
  if (medium === 'stdin') return ended ? 'no retry: the input has ended' : null;
  return 'every second or two, and as soon as its folder changes';
}

function skippedText({ health: { skipped, lastSkip } }: SourceView): string {
  const total = skippedOf(skipped);
  if (total === 0) return 'nothing';
  const reasons = Object.entries(skipped).filter(([, count]) => count > 0);
  const counts = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return lastSkip === null ? counts : `${counts}; the last: ${wordSkip(lastSkip)}`;
}

function newestText({ counts: { lastEventAt } }: SourceView, now: Ms): string {
  return lastEventAt === null ? '' : `, the newest ${timeOfDay(lastEventAt, now)} (${age(lastEventAt, now, '')} ago)`;
}

function badness({ health: { status: health, caughtUp } }: SourceView): number {
  return BADNESS[health] + (caughtUp ? 1 : 0);
}

const BADNESS: Readonly<Record<SourceView['health']['status'], number>> = { lost: 0, absent: 2, degraded: 4, ok: 6 };

/** Returns the activity of an agent as far as the feeds show it. */
export function activityOf(view: EngineView, agent: string, now: Ms): Activity {
  const known = agentsByName(view).get(agent);
  if (isDarkness(sightOf(view))) return 'unknown';
  return known === undefined ? 'idle' : agentActivity(known, now, lostOf(view));
}

const agentsByName = perView((view) => new Map(view.model.agents.map((agent) => [agent.name, agent])));

const lostOf: (view: EngineView) => ReadonlySet<SourceUri> = perView(
  (view) => new Set(view.sources.filter(isDark).map(({ health }) => health.uri)),
);

/** Returns the number of records that a source skipped. */
export function skippedOf({ malformed, oversized, unsupported }: SourceView['health']['skipped']): number {
  return malformed + oversized + unsupported;
}

/** Returns true if no source can be read. */
export function isDarkness({ state }: Pick<Sight, 'state'>): boolean {
  return state === 'blind' || state === 'absent';
}

function darkState(dark: readonly SourceView[]): Sight['state'] {
  return dark.every(({ health }) => health.status === 'absent') ? 'absent' : 'blind';
}

function hasCaughtUp({ health }: SourceView): boolean {
  return health.caughtUp;
}

function largest(values: readonly (number | null)[]): number | null {
  return values.reduce((max, value) => (value !== null && (max === null || value > max) ? value : max), null);
}
