import type { Signal } from '../../core/signals.ts';
import type { Feed, FeedEvent, FeedSink } from '../../core/feed.ts';
import type { Moment } from '../../core/moments.ts';
import type { GivenUp, SourceDetail } from '../../core/source-reasons.ts';
import { isRecordMedium, type SourceHealth, type SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { Model, ModelChange } from '../../core/model/types.ts';
import type { Fact } from '../../core/reactor/messages.ts';
import { MAX_SIGNALS, MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import type { Clock } from '../../effects/clock.ts';
import type { EngineDeps } from '../deps.ts';
import { debug } from '../../effects/log/debug.ts';
import type { Journal } from '../../effects/state/journal.ts';
import type { Loop, LoopInput } from '../loop.ts';
import { createPatience, isWithin } from './patience.ts';
import {
  areAll,
  healthOf,
  isComplete,
  isFollowed,
  isStillReading,
  newSource,
  fingerprint,
  type Source,
  sourceView,
} from './source.ts';

import type { EventInput } from '../events.ts';
import type { SourceView } from '../types.ts';
import type { SessionFolders } from '../workspaces/session-folders.ts';
import type { Writes } from '../workspaces/writes.ts';
import { counted } from '../../wording/units.ts';

export type Intake = {
  /** Opens all feeds. */
  readonly open: () => void;
  /** Resolves when the sources are at their present end, or are waited for no longer: see `Patience`. */
  readonly present: () => Promise<unknown>;
  /** Resolves when all that was there has been read, as far as the sources give it: see `Patience`. */
  readonly whole: () => Promise<void>;
  /** Resolves when what was there has been read to its end. */
  readonly complete: Promise<unknown>;
  /** Lets live signals through, which wait until `started` has been emitted. */
  readonly release: () => void;
  /** Takes a live input that does not come from a feed. */
  readonly take: (input: LoopInput) => void;
  readonly sources: () => readonly SourceView[];
  readonly historical: Historical;
  /** True when every source has ended for good. */
  readonly ended: () => boolean;
  /** Ends all feeds; waits `FEED_CLOSE_MS` at most, and takes in nothing more after that. */
  readonly close: () => Promise<void>;
};

/** The longest wait for feeds to end once they are aborted, ms: within the 2 s that a stop may take beside a checkpoint. */
const FEED_CLOSE_MS = 1_000;

export type IntakeDeps = {
  readonly feeds: readonly Feed[];
  readonly model: Model;
  readonly loop: Loop;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly emit: (event: EventInput) => void;
  readonly onLiveCall?: EngineDeps['onLiveCall'];
  /** The use of sessions' folders; left out where they are no workspaces. */
  readonly folders?: Pick<SessionFolders, 'session' | 'settled'>;
  readonly writes: Pick<Writes, 'call' | 'session'>;
  /** Called after each batch, once live signals are let through. */
  readonly settled: () => void;
  /** Called after anything that a front end might show has changed; `isPast`: it is nothing but more of the history. */
  readonly changed: (isPast: boolean) => void;
};

/** Feeds → model → core. Historical news goes through at once, live news only after `release`. */
// oxlint-disable-next-line max-lines-per-function -- one closure over the sources and what waits for `release`
export function createIntake(deps: IntakeDeps): Intake {
  const stop = new AbortController();
  const sources = deps.feeds.map(newSource);
  const held: LoopInput[] = [];
  const past = gatherPast(deps.loop);
  const historical = countHistorical(() => current);
  let released = false;
  let closed = false;
  let current: Source | null = null;
  const complete = Promise.withResolvers<undefined>();

  const receive = (source: Source, batch: readonly FeedEvent[]): void => {
    if (closed) return;
    source.quietTicks = 0;
    debug(() => `${source.feed.uri}: received ${counted(batch.length, 'event')}`);
    current = source;
    const now = deps.clock.now();
    for (const event of batch) {
      if (event.type === 'session') {
        deps.folders?.session(event);
        deps.writes.session(event);
      }
      if (waits.takes(source, event)) continue;
      for (const change of deps.model.apply(source.feed.uri, event, now)) takeChange(change);
    }
    past.dispatch();
    current = null;
    if (released) {
      emitIfChanged(source);
      deps.settled();
    }
    deps.changed(batch.every(isPast));
  };
  // The folder of a session that has just begun may not be decided yet.
  const takeMoment = async (moment: Moment): Promise<void> => {
    await deps.folders?.settled();
    past.dispatch();
    take({ type: 'moment', moment });
  };
  const waits = waitForOthers(deps, receive);
  const takeChange = (change: ModelChange): void => {
    if (change.type === 'advisory') return deps.emit(advisoryOf(change));
    if (change.type === 'moment') return void takeMoment(change.moment);
    if (change.type === 'call') deps.writes.call(change.call);
    if (change.news !== 'live') return past.add(inputOf(change));
    past.dispatch();
    take(liveInputOf(change, deps));
  };
  const take = (input: LoopInput): void => {
    if (closed) return;
    if (released) deps.loop.dispatch(input);
    else held.push(input);
  };
  const report = (source: Source, health: SourceHealth): void => {
    if (closed) return;
    const former = source.health;
    source.health = health;
    source.quietTicks = 0;
    if (isFollowed(health)) cursors.begin(source, health.cursor);
    if (released) emitIfChanged(source);
    patience.reported();
    if (areAll(sources, isComplete)) complete.resolve(undefined);
    deps.changed(former !== null && isStillReading(former, health));
  };
  const emitIfChanged = (source: Source): void => emitChange(source, viewOf(source), deps.emit);
  const viewOf = (source: Source): SourceView | null => sourceView(source, deps.model.sourceCounts(source.feed.uri));

  const cursors = createCursors(deps, sources);
  const patience = createPatience(sources, deps.clock, (source, why) => report(source, givenUp(source, why)));
  const follow = async (source: Source): Promise<void> => {
    const sink: FeedSink = {
      events: (batch) => receive(source, batch),
      health: (health) => report(source, health),
      ...(areApart(sources) && sumsOf(deps)),
    };
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
      for (const source of sources) emitIfChanged(source);
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
      waits.end();
      await isWithin(ends, FEED_CLOSE_MS, deps.clock);
      closed = true;
      cursors.stop();
    },
  };
}

/** The time after which a failure that agentsight has not reported is believed, ms: its rows come 5 s after their calls. */
const OTHER_MS = 15_000;
/** Failures that wait at a time; more are believed at once. */
const MAX_WAITING = 1_000;

/** Failures that agents record and agentsight may be about to report: it has ended, or its rows tell of them. */
function waitForOthers(
  { model, clock }: Pick<IntakeDeps, 'model' | 'clock'>,
  receive: (source: Source, batch: readonly FeedEvent[]) => void,
): { readonly takes: (source: Source, event: FeedEvent) => boolean; readonly end: () => void } {
  const waiting = new Map<string, () => void>();
  let isOver = false;
  return {
    takes: (source, event) => {
      if (event.type !== 'call' && event.type !== 'interruption' && event.type !== 'withdrawn') return false;
      const key = `${source.feed.uri}\n${event.record}`;
      waiting.get(key)?.();
      waiting.delete(key);
      if (isOver || event.type === 'withdrawn' || waiting.size >= MAX_WAITING || !model.awaitsOther(event))
        return false;
      const cancel = clock.after(OTHER_MS, () => {
        waiting.delete(key);
        isOver = true;
        receive(source, [event]);
        isOver = false;
      });
      waiting.set(key, cancel);
      return true;
    },
    end: () => {
      for (const cancel of waiting.values()) cancel();
    },
  };
}

function isPast(event: FeedEvent): boolean {
  return event.type === 'past' || ('arrival' in event && event.arrival === 'historical');
}

// Another source may tell of the same calls, but not one of another agent's own records.
function areApart(sources: readonly Source[]): boolean {
  const media = new Set(sources.map(({ feed }) => feed.medium));
  return sources.length === 1 || (media.size === sources.length && [...media].every(isRecordMedium));
}

function sumsOf({ model, clock }: IntakeDeps): Pick<FeedSink, 'sumsBefore'> {
  return { sumsBefore: (following) => model.sumsBefore(clock.now(), following) };
}

type Past = { readonly add: (fact: Fact) => void; readonly dispatch: () => void };

// What is no news goes through the core together, which is many times as fast; in order with what is.
function gatherPast({ dispatch }: Loop): Past {
  let facts: Fact[] = [];
  return {
    add: (fact) => void facts.push(fact),
    dispatch: () => {
      if (facts.length === 0) return;
      const together = facts;
      facts = [];
      dispatch({ type: 'history', facts: together });
    },
  };
}

// A feed is to survive whatever its medium does. One that does not all the same must not take the others with it.
async function endOf(feed: Feed, sink: FeedSink, signal: AbortSignal): Promise<SourceDetail> {
  try {
    await feed.open(sink, signal);
    return { code: 'feed_ended' };
  } catch (error) {
    debug(() => `${feed.uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const text = cleanLine(error instanceof Error ? error.message : String(error), MAX_TEXT_LENGTH);
    return { code: 'feed_failed', text };
  }
}

function emitChange(source: Source, view: SourceView | null, emit: IntakeDeps['emit']): void {
  if (view === null || fingerprint(view) === source.emitted) return;
  if (source.emitted !== '') emit({ type: 'source', source: view });
  source.emitted = fingerprint(view);
}

function lostBy(source: Source, detail: SourceDetail, since: Ms): SourceHealth {
  return { ...healthOf(source), status: 'lost', detail, lagMs: null, since };
}

function givenUp(source: Source, why: GivenUp): SourceHealth {
  const detail = { code: 'given_up', uri: source.feed.uri, why } as const;
  return { ...healthOf(source), status: 'degraded', detail };
}

function advisoryOf({ advisory, news }: ModelChange & { type: 'advisory' }): EventInput {
  return { type: 'advisory', advisory, historical: news !== 'live' };
}

type FactChange = Exclude<ModelChange, { type: 'advisory' | 'moment' }>;

function liveInputOf(change: FactChange, { onLiveCall }: Pick<IntakeDeps, 'onLiveCall'>): Fact {
  if (change.type === 'call') onLiveCall?.(change.call, change.previous);
  return inputOf(change);
}

function inputOf(change: FactChange): Fact {
  if (change.type === 'call') return { type: 'call', call: change.call, previous: change.previous, news: change.news };
  return { type: 'interruption', interruption: change.interruption, news: change.news, calls: change.calls };
}

/** The number of signals that were there when we attached, on each source. */
export type Historical = {
  /** Counts one on the source that is being read. */
  readonly count: (signal: Signal) => void;
  /** Takes one back that more of the history has disproved. */
  readonly discount: (signalId: string) => void;
};

function countHistorical(current: () => Source | null): Historical {
  // Only what is derived can be disproved, and only while the core remembers it.
  const derived = new Map<string, Source>();
  return {
    count: ({ signalId, origin }) => {
      const source = current();
      if (source === null) return;
      source.historicalSignals += 1;
      if (origin === 'derived') derived.set(signalId, source);
      if (derived.size > MAX_SIGNALS) derived.delete(derived.keys().next().value ?? '');
    },
    discount: (signalId) => {
      const source = derived.get(signalId);
      if (source !== undefined) source.historicalSignals -= 1;
      derived.delete(signalId);
    },
  };
}

/** A cursor is written this long after it was reached, so that nothing it passed can still be under judgement, ms. */
const CURSOR_DELAY_MS = 2_500;

type Cursors = {
  /** A source is followed from here on. */
  readonly begin: (source: Source, cursor: string | null) => void;
  readonly start: () => void;
  readonly stop: () => void;
};

/**
 * Keeps each source's cursor: late, and exactly at the end. What lies between is read again as a gap after a crash, and
 * known signals keep their fate.
 */
function createCursors(
  { clock, journal }: { readonly clock: Clock; readonly journal: Journal },
  sources: readonly Source[],
): Cursors {
  let cancel: () => void = () => undefined;
  let seen = new Map<SourceUri, string>();
  let started = false;
  const save = (source: Source, cursor: string | null | undefined): void => {
    if (cursor === null || cursor === undefined || cursor === source.savedCursor) return;
    source.savedCursor = cursor;
    journal.put(keyOf(source), cursor);
  };
  // A run that is killed at once has followed the source all the same: what comes after is a gap to the next one.
  const saveFirst = (source: Source): void => {
    if (!journal.get(keyOf(source))) save(source, source.firstCursor);
  };
  const tick = (): void => {
    for (const source of sources) save(source, seen.get(source.feed.uri));
    seen = new Map(sources.flatMap(({ feed, health }) => (health?.cursor ? [[feed.uri, health.cursor]] : [])));
    cancel = clock.after(CURSOR_DELAY_MS, tick);
  };
  return {
    begin: (source, cursor) => {
      source.firstCursor ??= cursor;
      if (started) saveFirst(source);
    },
    start: () => {
      started = true;
      for (const source of sources) saveFirst(source);
      tick();
    },
    stop: () => {
      cancel();
      if (started) for (const source of sources) save(source, source.health?.cursor);
    },
  };
}

function keyOf({ feed }: Source): string {
  return `cursor:${feed.uri}`;
}
