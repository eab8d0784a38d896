import type { Feed, FeedEvent, FeedSink } from '../../core/feed.ts';
import type { SourceHealth } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { Model, ModelChange } from '../../core/model/types.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import type { Clock } from '../../effects/clock.ts';
import { debug } from '../../effects/log/debug.ts';
import type { Journal } from '../../effects/state/journal.ts';
import { createCursors } from './cursors.ts';
import { countHistorical, type Historical } from './historical.ts';
import type { Loop, Unstamped } from '../loop.ts';
import { createPatience, isWithin } from './patience.ts';
import { areAll, healthOf, isComplete, isFollowed, newSource, saidOf, type Source, sourceView } from './source.ts';
import type { Unsaid } from '../speaker.ts';
import type { SourceView } from '../types.ts';

export type Intake = {
  /** Opens all feeds. */
  readonly open: () => void;
  /** Resolves when the sources are at their present end, or are waited for no longer: see `Patience`. */
  readonly present: () => Promise<unknown>;
  /** Resolves when all that was there has been read, as far as the sources give it: see `Patience`. */
  readonly whole: () => Promise<void>;
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
  /** Ends all feeds; waits `FEED_CLOSE_MS` at most, and takes in nothing more after that. */
  readonly close: () => Promise<void>;
};

/** The longest wait for feeds to end once they are told, ms: within the 2 s that a stop may take beside a checkpoint. */
const FEED_CLOSE_MS = 1_000;

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
  const complete = Promise.withResolvers<undefined>();

  const receive = (source: Source, batch: readonly FeedEvent[]): void => {
    if (closed) return;
    source.quietTicks = 0;
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
    if (closed) return;
    source.health = health;
    source.quietTicks = 0;
    if (isFollowed(health)) cursors.begin(source, health.cursor);
    if (released) sayIfChanged(source);
    patience.reported();
    if (areAll(sources, isComplete)) complete.resolve(undefined);
    deps.changed();
  };
  const sayIfChanged = (source: Source): void => sayChange(source, viewOf(source), deps.say);
  const viewOf = (source: Source): SourceView | null => sourceView(source, deps.model.sourceCounts(source.feed.uri));

  const cursors = createCursors(deps, sources);
  const patience = createPatience(sources, deps.clock, (source, why) => report(source, givenUp(source, why)));
  const follow = async (source: Source): Promise<void> => {
    const sink: FeedSink = { events: (batch) => receive(source, batch), health: (health) => report(source, health) };
    const failure = await endOf(source.feed, sink, stop.signal);
    if (stop.signal.aborted || source.health?.ended === true) return;
    report(source, lostBy(source, failure, deps.clock.now()));
  };
  let ends: Promise<unknown> = Promise.resolve();
  return {
    open: () => {
      patience.begin();
      ends = Promise.all(sources.map(follow));
    },
    present: patience.present,
    whole: patience.whole,
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
      patience.end();
      await isWithin(ends, FEED_CLOSE_MS, deps.clock);
      closed = true;
      cursors.stop();
    },
  };
}

// A feed is to survive whatever its medium does. One that does not all the same must not take the others with it.
async function endOf(feed: Feed, sink: FeedSink, signal: AbortSignal): Promise<string> {
  try {
    await feed.open(sink, signal);
    return 'the feed ended by itself';
  } catch (error) {
    debug(() => `${feed.uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return `the feed failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function sayChange(source: Source, view: SourceView | null, say: IntakeDeps['say']): void {
  if (view === null || saidOf(view) === source.said) return;
  if (source.said !== '') say({ type: 'source', source: view });
  source.said = saidOf(view);
}

function lostBy(source: Source, failure: string, since: Ms): SourceHealth {
  const detail = cleanLine(`${failure}; this should not happen, please report it`, MAX_TEXT_LENGTH);
  return { ...healthOf(source), health: 'lost', detail, lagMs: null, since };
}

function givenUp(source: Source, why: string): SourceHealth {
  const detail = cleanLine(`${source.feed.uri} is not read to its end: ${why}`, MAX_TEXT_LENGTH);
  return { ...healthOf(source), health: 'degraded', detail };
}

function advisoryOf({ advisory, news }: ModelChange & { type: 'advisory' }): Unsaid {
  return { type: 'advisory', advisory, historical: news !== 'live' };
}

function inputOf(change: Exclude<ModelChange, { type: 'advisory' }>): Unstamped {
  if (change.type === 'call') return { type: 'call', call: change.call, previous: change.previous, news: change.news };
  return { type: 'interruption', interruption: change.interruption, news: change.news, calls: change.calls };
}
