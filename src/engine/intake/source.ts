import type { Feed } from '../../core/feed.ts';
import { isDark, type SourceHealth } from '../../core/sources.ts';
import type { SourceCounts } from '../../core/model/types.ts';
import { positionOf } from '../../feeds/index.ts';
import type { SourceView } from '../types.ts';

/** A feed and what the engine keeps beside it. */
export type Source = {
  readonly feed: Feed;
  health: SourceHealth | null;
  /** What was last made of its cursor, which a view asks for far more often than it moves. */
  position: { readonly cursor: string | null; readonly words: string | null };
  historicalSignals: number;
  /** What was last said of it, as one text. */
  said: string;
  /** Where its present end was when it was first reached, or that there was nothing: all before that is history. */
  firstCursor: string | null;
  savedCursor: string | null;
  /** For how many checks in a row nothing has come of it, and whether `once` waits for it no longer. */
  quietTicks: number;
  isGivenUp: boolean;
};

export function newSource(feed: Feed): Source {
  return {
    feed,
    health: null,
    position: { cursor: null, words: null },
    historicalSignals: 0,
    said: '',
    firstCursor: null,
    savedCursor: null,
    quietTicks: 0,
    isGivenUp: false,
  };
}

/** Its newest rows are read; older history may follow. */
export function isAtPresent({ caughtUp, recentRead }: SourceHealth): boolean {
  return caughtUp || recentRead === true;
}

/** It has come as far as it can for now: from here on it is followed. */
export function isFollowed(health: SourceHealth): boolean {
  return isAtPresent(health) || health.health === 'absent';
}

/** What a source last said of itself, or what one is that has said nothing yet. */
export function healthOf({ feed, health }: Source): SourceHealth {
  if (health !== null) return health;
  return {
    uri: feed.uri,
    medium: feed.medium,
    health: 'ok',
    detail: '',
    caughtUp: false,
    ended: false,
    cursor: null,
    lagMs: null,
    skipped: { malformed: 0, oversized: 0, unsupported: 0 },
    lastSkip: null,
    since: 0,
  };
}

/** Nothing more is to come of it for now. */
export function hasArrived(health: SourceHealth): boolean {
  return isFollowed(health) || health.health === 'lost';
}

/** Nothing that was there is still being read. */
export function isComplete(health: SourceHealth): boolean {
  return health.caughtUp || isDark({ health });
}

/** Is this true of every source, each of which has said something of itself? */
export function areAll(sources: readonly Source[], what: (health: SourceHealth) => boolean): boolean {
  return sources.every(({ health }) => health !== null && what(health));
}

/** What is worth a word of a source. While an old past is read on, its signals are counted; their number is said at its end. */
export function saidOf({ health, historicalSignals }: SourceView): string {
  return JSON.stringify([health.health, health.detail, health.caughtUp ? historicalSignals : null]);
}

/** A source as front ends see it; null before it has said anything of itself. */
export function sourceView(source: Source, counts: SourceCounts): SourceView | null {
  const { health, historicalSignals } = source;
  return health && { health, position: positionNow(source, health), counts, historicalSignals };
}

function positionNow(source: Source, health: SourceHealth): string | null {
  const { cursor } = health;
  if (source.position.cursor !== cursor) source.position = { cursor, words: positionOf(health) };
  return source.position.words;
}
