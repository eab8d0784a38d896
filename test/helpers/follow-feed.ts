import { onTestFinished } from 'vitest';
import type { FactEvent, Feed, FeedEvent, SessionEvent, SummaryEvent } from '../../src/core/feed.ts';
import type { SourceHealth } from '../../src/core/sources.ts';
import { wordSkip } from '../../src/wording/records.ts';
import { wordSource } from '../../src/wording/sources.ts';
import { until } from './until.ts';

/** A feed that runs until the test ends, and all that it has reported. */
export type Followed = {
  readonly events: readonly FactEvent[];
  readonly summaries: readonly SummaryEvent[];
  readonly sessions: readonly SessionEvent[];
  /** The records of the calls that were taken back. */
  readonly withdrawn: readonly string[];
  readonly healths: readonly SourceHealth[];
  readonly health: () => SourceHealth;
  /** The detail of the last health in words; empty before the first. */
  readonly words: () => string;
  /** The last skip in words; empty for none. */
  readonly lastSkip: () => string;
  /** `id arrival` of every call, in the order of delivery. */
  readonly calls: () => readonly string[];
  /** Waits for that many events. */
  readonly count: (events: number) => Promise<unknown>;
  readonly caughtUp: () => Promise<unknown>;
  readonly recentRead: () => Promise<unknown>;
  /** Ends the feed and waits for its end. */
  readonly stop: () => Promise<void>;
  readonly ended: Promise<void>;
};

/** Opens a feed and gathers what it reports. */
export function followFeed(feed: Feed): Followed {
  const events: FactEvent[] = [];
  const summaries: SummaryEvent[] = [];
  const sessions: SessionEvent[] = [];
  const withdrawn: string[] = [];
  const healths: SourceHealth[] = [];
  const controller = new AbortController();
  const sink = {
    events: (batch: readonly FeedEvent[]): void => {
      for (const event of batch) {
        if (event.type === 'summary') summaries.push(event);
        else if (event.type === 'session') sessions.push(event);
        else if (event.type === 'withdrawn') withdrawn.push(event.record);
        else if ('arrival' in event) events.push(event);
      }
    },
    health: (health: SourceHealth): void => void healths.push(health),
  };
  const ended = feed.open(sink, controller.signal);
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  onTestFinished(stop);
  const health = (): SourceHealth => {
    const last = healths.at(-1);
    if (last === undefined) throw new Error('the feed has not said anything');
    return last;
  };
  return {
    events,
    summaries,
    sessions,
    withdrawn,
    healths,
    health,
    words: () => wordSource(healths.at(-1)?.detail ?? { code: 'nothing' }),
    lastSkip: () => {
      const skip = healths.at(-1)?.lastSkip ?? null;
      return skip === null ? '' : wordSkip(skip);
    },
    calls: () => events.map((event) => (event.type === 'call' ? `${event.call.callId} ${event.arrival}` : event.type)),
    count: (wanted) => until(() => events.length >= wanted),
    recentRead: () => until(() => healths.at(-1)?.recentRead),
    caughtUp: () => until(() => healths.at(-1)?.caughtUp),
    stop,
    ended,
  };
}
