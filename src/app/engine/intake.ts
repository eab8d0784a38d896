import type { Feed, FeedEvent, SourceHealth, SourceUri } from '../../core/events.ts';
import type { Model, ModelChange } from '../../core/model/types.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Journal } from '../../effects/journal.ts';
import type { Loop, Unstamped } from './loop.ts';
import type { Unsaid } from './speaker.ts';
import type { SourceView } from './types.ts';

/** A cursor is written this long after it was reached, so that nothing it passed can still be under judgement, ms. */
const CURSOR_DELAY_MS = 2_500;

export type Intake = {
  /** Opens all feeds; resolves when each has reached its present end, or is absent or lost. */
  readonly open: () => Promise<void>;
  /** Lets live signals through, which wait until `started` has been said. */
  readonly release: () => void;
  readonly sources: () => readonly SourceView[];
  /** Counts a signal that was there when we attached on the source that is being read. */
  readonly countHistorical: () => void;
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

type Source = {
  readonly feed: Feed;
  health: SourceHealth | null;
  historicalSignals: number;
  said: string;
  /** Where its present end was when it was first reached: all before that is history. */
  firstCursor: string | null;
  savedCursor: string | null;
};

/** Feeds → model → core. Historical news goes through at once, live news only after `release`. */
export function createIntake(deps: IntakeDeps): Intake {
  const stop = new AbortController();
  const sources: Source[] = deps.feeds.map((feed) => ({
    feed,
    health: null,
    historicalSignals: 0,
    said: '',
    firstCursor: null,
    savedCursor: null,
  }));
  const held: Unstamped[] = [];
  let released = false;
  let current: Source | null = null;
  let settleOpened: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    settleOpened = resolve;
  });

  const receive = (source: Source, batch: readonly FeedEvent[]): void => {
    current = source;
    for (const event of batch) {
      for (const change of deps.model.apply(source.feed.uri, event, deps.clock.now())) take(change);
    }
    current = null;
    if (released) sayIfChanged(source);
    deps.changed();
  };
  const take = (change: ModelChange): void => {
    if (change.type === 'advisory') {
      return deps.say({ type: 'advisory', advisory: change.advisory, historical: change.news !== 'live' });
    }
    const input = inputOf(change);
    if (change.news === 'live' && !released) held.push(input);
    else deps.loop.dispatch(input);
  };
  const report = (source: Source, health: SourceHealth): void => {
    source.health = health;
    if (health.caughtUp) source.firstCursor ??= health.cursor;
    if (released) sayIfChanged(source);
    if (sources.every(({ health: known }) => known !== null && hasArrived(known))) settleOpened();
    deps.changed();
  };
  const sayIfChanged = (source: Source): void => {
    const view = viewOf(source);
    const said = JSON.stringify([view?.health.health, view?.health.detail, source.historicalSignals]);
    if (view === null || said === source.said) return;
    if (source.said !== '') deps.say({ type: 'source', source: view });
    source.said = said;
  };
  const viewOf = ({ feed, health, historicalSignals }: Source): SourceView | null =>
    health && { health, counts: deps.model.sourceCounts(feed.uri), historicalSignals };

  const cursors = createCursors(deps, sources);
  let ends: Promise<unknown> = Promise.resolve();
  return {
    open: async () => {
      if (sources.length === 0) settleOpened();
      const sink = (source: Source) => ({
        events: (batch: readonly FeedEvent[]) => receive(source, batch),
        health: (health: SourceHealth) => report(source, health),
      });
      ends = Promise.all(sources.map((source) => source.feed.open(sink(source), stop.signal)));
      await opened;
    },
    release: () => {
      released = true;
      for (const source of sources) sayIfChanged(source);
      for (const input of held.splice(0)) deps.loop.dispatch(input);
      cursors.start();
    },
    sources: () => sources.flatMap((source) => viewOf(source) ?? []),
    countHistorical: () => {
      if (current) current.historicalSignals += 1;
    },
    ended: () => sources.length > 0 && sources.every(({ health }) => health?.ended === true),
    close: async () => {
      stop.abort();
      await ends;
      cursors.stop();
    },
  };
}

function inputOf(change: Exclude<ModelChange, { type: 'advisory' }>): Unstamped {
  if (change.type === 'call') return { type: 'call', call: change.call, previous: change.previous, news: change.news };
  return { type: 'interruption', interruption: change.interruption, news: change.news, calls: change.calls };
}

function hasArrived({ caughtUp, health }: SourceHealth): boolean {
  return caughtUp || health === 'absent' || health === 'lost';
}

function keyOf({ feed }: Source): string {
  return `cursor:${feed.uri}`;
}

// Cursors are written late, and exactly at the end: what lies between is read again as a gap, and known signals keep their fate.
function createCursors(
  { clock, journal }: Pick<IntakeDeps, 'clock' | 'journal'>,
  sources: readonly Source[],
): { readonly start: () => void; readonly stop: () => void } {
  let takeBack: () => void = () => undefined;
  let seen = new Map<SourceUri, string>();
  let started = false;
  const save = (source: Source, cursor: string | null | undefined): void => {
    if (cursor === null || cursor === undefined || cursor === source.savedCursor) return;
    source.savedCursor = cursor;
    journal.put(keyOf(source), cursor);
  };
  const tick = (): void => {
    for (const source of sources) save(source, seen.get(source.feed.uri));
    seen = new Map(sources.flatMap(({ feed, health }) => (health?.cursor ? [[feed.uri, health.cursor]] : [])));
    takeBack = clock.after(CURSOR_DELAY_MS, tick);
  };
  return {
    start: () => {
      started = true;
      // A run that is killed at once has followed the source all the same: what comes after is a gap to the next one.
      for (const source of sources) if (!journal.get(keyOf(source))) save(source, source.firstCursor);
      tick();
    },
    stop: () => {
      takeBack();
      if (started) for (const source of sources) save(source, source.health?.cursor);
    },
  };
}
