import type { Feed, FeedEvent, SourceHealth } from '../../core/events.ts';
import type { Model, ModelChange } from '../../core/model/types.ts';
import type { Clock } from '../../effects/clock.ts';
import { debug } from '../../effects/log/debug.ts';
import type { Journal } from '../../effects/state/journal.ts';
import { createCursors } from './cursors.ts';
import { countHistorical, type Historical } from './historical.ts';
import type { Loop, Unstamped } from '../loop.ts';
import { areAll, hasArrived, isComplete, isFollowed, newSource, saidOf, type Source, sourceView } from './source.ts';
import type { Unsaid } from '../speaker.ts';
import type { SourceView } from '../types.ts';

export type Intake = {
  /** Opens all feeds; resolves when each has reached its present end, or is absent or lost. */
  readonly open: () => Promise<void>;
  /** Resolves when what was there has been read to its end. */
  readonly complete: Promise<unknown>;
  /** Lets live signals through, which wait until `started` has been said. */
  readonly release: () => void;
  /** Takes in live news that comes by another door than a feed. */
  readonly take: (input: Unstamped) => void;
  readonly sources: () => readonly SourceView[];
  readonly historical: Historical;
  /** True when every source has ended for good. */
  readonly ended: () => boolean;
  readonly close: () => Promise<void>;
};

export type IntakeDeps = {
  readonly feeds: readonly Feed[];
  readonly model: Model;
  readonly loop: Loop;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly say: (event: Unsaid) => void;
  /** Called after anything that a front end might show has changed. */
  readonly changed: () => void;
};

/** Feeds → model → core. Historical news goes through at once, live news only after `release`. */
export function createIntake(deps: IntakeDeps): Intake {
  const stop = new AbortController();
  const sources = deps.feeds.map(newSource);
  const held: Unstamped[] = [];
  const historical = countHistorical(() => current);
  let released = false;
  let closed = false;
  let current: Source | null = null;
  const opened = Promise.withResolvers<undefined>();
  const complete = Promise.withResolvers<undefined>();

  const receive = (source: Source, batch: readonly FeedEvent[]): void => {
    if (closed) return;
    debug(() => `${source.feed.uri} woke: ${batch.length} facts`);
    current = source;
    for (const event of batch) {
      for (const change of deps.model.apply(source.feed.uri, event, deps.clock.now())) takeChange(change);
    }
    current = null;
    if (released) sayIfChanged(source);
    deps.changed();
  };
  const takeChange = (change: ModelChange): void => {
    if (change.type === 'advisory') return deps.say(advisoryOf(change));
    if (change.news === 'live') take(inputOf(change));
    else deps.loop.dispatch(inputOf(change));
  };
  const take = (input: Unstamped): void => {
    if (closed) return;
    if (released) deps.loop.dispatch(input);
    else held.push(input);
  };
  const report = (source: Source, health: SourceHealth): void => {
    source.health = health;
    if (isFollowed(health)) cursors.begin(source, health.cursor);
    if (released) sayIfChanged(source);
    if (areAll(sources, hasArrived)) opened.resolve(undefined);
    if (areAll(sources, isComplete)) complete.resolve(undefined);
    deps.changed();
  };
  const sayIfChanged = (source: Source): void => {
    const view = viewOf(source);
    if (view === null || saidOf(view) === source.said) return;
    if (source.said !== '') deps.say({ type: 'source', source: view });
    source.said = saidOf(view);
  };
  const viewOf = (source: Source): SourceView | null => sourceView(source, deps.model.sourceCounts(source.feed.uri));

  const cursors = createCursors(deps, sources);
  let ends: Promise<unknown> = Promise.resolve();
  return {
    open: async () => {
      if (sources.length === 0) opened.resolve(undefined);
      const sink = (source: Source) => ({
        events: (batch: readonly FeedEvent[]) => receive(source, batch),
        health: (health: SourceHealth) => report(source, health),
      });
      ends = Promise.all(sources.map((source) => source.feed.open(sink(source), stop.signal)));
      await opened.promise;
    },
    complete: complete.promise,
    release: () => {
      released = true;
      for (const source of sources) sayIfChanged(source);
      for (const input of held.splice(0)) deps.loop.dispatch(input);
      cursors.start();
    },
    take,
    sources: () => sources.flatMap((source) => viewOf(source) ?? []),
    historical,
    ended: () => sources.length > 0 && sources.every(({ health }) => health?.ended === true),
    close: async () => {
      stop.abort();
      opened.resolve(undefined);
      await ends;
      closed = true;
      cursors.stop();
    },
  };
}

function advisoryOf({ advisory, news }: ModelChange & { type: 'advisory' }): Unsaid {
  return { type: 'advisory', advisory, historical: news !== 'live' };
}

function inputOf(change: Exclude<ModelChange, { type: 'advisory' }>): Unstamped {
  if (change.type === 'call') return { type: 'call', call: change.call, previous: change.previous, news: change.news };
  return { type: 'interruption', interruption: change.interruption, news: change.news, calls: change.calls };
}
