import type { Feed, FeedEvent, FeedSink } from '../core/feed.ts';
import type { SourceHealth } from '../core/sources.ts';

/** A feed that the embedding program fills itself. */
export type PushFeed = {
  readonly feed: Feed;
  /** Delivers events in order; before the engine has opened the feed they wait, after its end they are left. */
  readonly push: (...events: readonly FeedEvent[]) => void;
  /** Nothing more will come. */
  readonly end: () => void;
};

/**
 * Makes a source out of whatever a program knows about its agents' calls. `uri` names it on every screen; it is caught up
 * from the start, so events with arrival `live` are acted upon at once.
 */
export function pushFeed(uri: string): PushFeed {
  const waiting: FeedEvent[] = [];
  const finished = Promise.withResolvers<undefined>();
  let sink: FeedSink | null = null;
  let ended = false;
  const report = (): void => sink?.health(healthOf(uri, ended));
  return {
    feed: {
      uri,
      medium: 'stdin',
      open: async (opened, signal) => {
        sink = opened;
        opened.events(waiting.splice(0));
        report();
        signal.addEventListener('abort', () => finished.resolve(undefined), { once: true });
        await finished.promise;
        sink = null;
        ended = true;
      },
    },
    push: (...events) => {
      if (sink) sink.events(events);
      else if (!ended) waiting.push(...events);
    },
    end: () => {
      ended = true;
      report();
      finished.resolve(undefined);
    },
  };
}

function healthOf(uri: string, ended: boolean): SourceHealth {
  return {
    uri,
    medium: 'stdin',
    status: 'ok',
    detail: { code: 'embedded', ended },
    caughtUp: true,
    ended,
    cursor: null,
    lagMs: 0,
    skipped: { malformed: 0, oversized: 0, unsupported: 0 },
    lastSkip: null,
    since: 0,
  };
}
