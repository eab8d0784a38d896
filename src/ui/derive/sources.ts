import type { EngineView, SourceView } from '../../app/engine/types.ts';
import type { Ms, SourceUri } from '../../core/events.ts';
import { type Activity, agentActivity } from '../../core/model/meters/activity.ts';
import { perView } from './per-view.ts';

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

function isDark({ health }: SourceView): boolean {
  return health.health === 'lost' || health.health === 'absent';
}

function largest(values: readonly (number | null)[]): number | null {
  return values.reduce((max, value) => (value !== null && (max === null || value > max) ? value : max), null);
}
