import { type SourceUri, isDark } from '../../../core/sources.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView, SourceView } from '../../../engine/types.ts';
import { type Activity, agentActivity } from '../../../core/model/meters/activity.ts';
import { age, clock, counted, duration, left } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { perView } from '../../widgets/memo.ts';

/** What the feeds together let us know. `blind`: none of them can be read any more; `absent`: none was ever there. */
export type Sight = {
  readonly state: 'reading' | 'live' | 'blind' | 'absent';
  /** Sources that cannot be read: lost, or never there. */
  readonly dark: readonly SourceView[];
  readonly degraded: readonly SourceView[];
  /** The largest lag of a source that is read; null while none is known. */
  readonly lagMs: number | null;
  readonly skipped: number;
  /** Event time of the newest thing that any source brought. */
  readonly lastEventAt: Ms | null;
  /** Since when nothing can be read; null while something can. */
  readonly blindSince: Ms | null;
};

/** A feed that has brought nothing for so long is worth a word, ms. */
export const SILENT_MS = 600_000;

export const sightOf: (view: EngineView) => Sight = perView(({ sources, started }) => {
  const dark = sources.filter(isDark);
  const isBlind = dark.length === sources.length;
  const read = sources.filter((source) => !isDark(source));
  return {
    state: isBlind && started ? darkState(dark) : read.every(hasCaughtUp) && started ? 'live' : 'reading',
    dark,
    degraded: sources.filter(({ health }) => health.health === 'degraded'),
    lagMs: largest(read.map(({ health }) => health.lagMs)),
    skipped: sources.reduce((sum, { health: { skipped } }) => sum + skippedOf(skipped), 0),
    lastEventAt: largest(sources.map(({ counts }) => counts.lastEventAt)),
    blindSince: isBlind ? largest(dark.map(({ health }) => health.since)) : null,
  };
});

/** The sources, those that cannot be read first, then those that are not well; else as they were named. */
export const sourcesInOrder: (view: EngineView) => readonly SourceView[] = perView(({ sources }) =>
  sources.toSorted((a, b) => badness(a) - badness(b)),
);

/** Sources that cannot be read, or not well, the worst first. */
export function illSources(view: EngineView): readonly SourceView[] {
  return sourcesInOrder(view).filter(({ health }) => health.health !== 'ok');
}

/** What a row rests on, where there are several sources; null where everything rests on the only one. */
export function restsOn({ sources }: EngineView, uris: readonly SourceUri[]): string | null {
  return sources.length < 2 || uris.length === 0 ? null : uris.join(', ');
}

/** How a source is, in a word. */
export function healthWord({ health: { health, caughtUp, ended } }: SourceView): {
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

/** A source in full, name by name: since when it is as it is and why, what comes next, how far it was read, what was left out. */
export function sourceFacts(source: SourceView, now: Ms): readonly SourceFact[] {
  const { health, counts, position, historicalSignals } = source;
  const { text, tone } = healthWord(source);
  const next = nextTry(source, now);
  const was = historicalSignals === 0 ? '' : `; ${counted(historicalSignals, 'signal')} of before we attached`;
  return [
    { name: 'health', words: `${text} since ${clock(health.since)} (${age(health.since, now, '')})`, tone },
    { name: 'detail', words: source.health.detail || 'no details', tone: 'plain' },
    ...(next === null ? [] : [{ name: 'next try', words: next, tone: 'plain' as const }]),
    { name: 'lag', words: duration(health.lagMs, 'unknown'), tone: 'plain' },
    { name: 'read up to', words: position ?? 'unknown', tone: 'plain' },
    { name: 'skipped', words: skipWords(source), tone: skippedOf(health.skipped) === 0 ? 'dim' : 'warning' },
    {
      name: 'brought',
      words: `${counted(counts.calls, 'call')}, ${counted(counts.interruptions, 'interruption')}${newestWords(source, now)}${was}`,
      tone: 'plain',
    },
  ];
}

export type SourceFact = { readonly name: string; readonly words: string; readonly tone: Tone };

// A server is asked again at its time; files are watched; a pipe is over when it is over.
function nextTry({ health: { medium, health, ended, retryAt } }: SourceView, now: Ms): string | null {
  if (typeof retryAt === 'number') return retryAt > now ? `in ${left(retryAt, now)}` : 'now';
  if (health === 'ok' || health === 'degraded') return null;
  switch (medium) {
    case 'sqlite':
    case 'jsonl':
    case 'logtail':
      return 'every second or two, and as soon as its folder changes';
    case 'http':
      return 'no retry: fix the problem, then restart sightline';
    case 'stdin':
      return ended ? 'none: what was piped in is over' : null;
  }
}

function skipWords({ health: { skipped, lastSkip } }: SourceView): string {
  const total = skippedOf(skipped);
  if (total === 0) return 'nothing';
  const reasons = Object.entries(skipped).filter(([, count]) => count > 0);
  const words = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return lastSkip === null ? words : `${words}; the last: ${lastSkip}`;
}

function newestWords({ counts: { lastEventAt } }: SourceView, now: Ms): string {
  return lastEventAt === null ? '' : `, the newest ${clock(lastEventAt)} (${age(lastEventAt, now, '')} ago)`;
}

function badness({ health: { health, caughtUp } }: SourceView): number {
  return BADNESS[health] + (caughtUp ? 1 : 0);
}

const BADNESS: Readonly<Record<SourceView['health']['health'], number>> = { lost: 0, absent: 2, degraded: 4, ok: 6 };

/** What each agent does, as far as the feeds can tell. */
export function activityOf(view: EngineView, agent: string, now: Ms): Activity {
  const known = agentsByName(view).get(agent);
  if (isDarkness(sightOf(view))) return 'unknown';
  return known === undefined ? 'idle' : agentActivity(known, now, lostOf(view));
}

const agentsByName = perView((view) => new Map(view.model.agents.map((agent) => [agent.agent, agent])));

const lostOf: (view: EngineView) => ReadonlySet<SourceUri> = perView(
  (view) => new Set(view.sources.filter(isDark).map(({ health }) => health.uri)),
);

/** Records that a source could not use. */
export function skippedOf({ malformed, oversized, unsupported }: SourceView['health']['skipped']): number {
  return malformed + oversized + unsupported;
}

/** Nothing can be read, for whatever reason. */
export function isDarkness({ state }: Pick<Sight, 'state'>): boolean {
  return state === 'blind' || state === 'absent';
}

function darkState(dark: readonly SourceView[]): Sight['state'] {
  return dark.every(({ health }) => health.health === 'absent') ? 'absent' : 'blind';
}

function hasCaughtUp({ health }: SourceView): boolean {
  return health.caughtUp;
}

function largest(values: readonly (number | null)[]): number | null {
  return values.reduce((max, value) => (value !== null && (max === null || value > max) ? value : max), null);
}
