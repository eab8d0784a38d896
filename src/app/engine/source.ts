import type { Feed, SourceHealth } from '../../core/events.ts';

/** A feed and what the engine keeps beside it. */
export type Source = {
  readonly feed: Feed;
  health: SourceHealth | null;
  historicalSignals: number;
  /** What was last said of it, as one text. */
  said: string;
  /** Where its present end was when it was first reached: all before that is history. */
  firstCursor: string | null;
  savedCursor: string | null;
};

export function newSource(feed: Feed): Source {
  return { feed, health: null, historicalSignals: 0, said: '', firstCursor: null, savedCursor: null };
}

/** Nothing more is to come of it for now. */
export function hasArrived({ caughtUp, health }: SourceHealth): boolean {
  return caughtUp || health === 'absent' || health === 'lost';
}
