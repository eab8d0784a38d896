import type { Feed } from '../../core/feed.ts';
import { isDark, type ReadPosition, type SourceHealth } from '../../core/sources.ts';
import type { SourceDetail } from '../../core/source-reasons.ts';
import type { SourceCounts } from '../../core/model/types.ts';
import { positionOf } from '../../feeds/index.ts';
import type { SourceView } from '../types.ts';

/** A feed and what the engine keeps beside it. */
export type Source = {
  readonly feed: Feed;
  health: SourceHealth | null;
  /** The text of its cursor, cached: views ask for it far more often than it moves. */
  position: { readonly cursor: string | null; readonly read: ReadPosition | null };
  historicalSignals: number;
  /** Fingerprint of the last `source` event. */
  emitted: string;
  /** Its present end when it was first reached, or that there was nothing: all before that is history. */
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
    position: { cursor: null, read: null },
    historicalSignals: 0,
    emitted: '',
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
  return isAtPresent(health) || health.status === 'absent';
}

/** Returns the last health that a source reported, or the initial one. */
export function healthOf({ feed, health }: Source): SourceHealth {
  if (health !== null) return health;
  return {
    uri: feed.uri,
    medium: feed.medium,
    status: 'ok',
    detail: { code: 'nothing' },
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
  return isFollowed(health) || health.status === 'lost';
}

/** Nothing that was there is still being read. */
export function isComplete(health: SourceHealth): boolean {
  return health.caughtUp || isDark({ health });
}

/** Returns true where two healths of a source differ in no more than how far its history was read. */
export function isStillReading(former: SourceHealth, health: SourceHealth): boolean {
  const isSame = former.status === health.status && former.recentRead === health.recentRead;
  return isSame && !former.caughtUp && !health.caughtUp;
}

/** Returns true when every source has reported a health for which `what` holds. */
export function areAll(sources: readonly Source[], what: (health: SourceHealth) => boolean): boolean {
  return sources.every(({ health }) => health !== null && what(health));
}

/** Returns what makes a new `source` event necessary. The number of historical signals counts only once the past is read. */
export function fingerprint({ health, historicalSignals }: SourceView): string {
  return JSON.stringify([health.status, withoutCounts(health.detail), health.caughtUp ? historicalSignals : null]);
}

// Agents begin files all the time: how many are followed is no news.
function withoutCounts(detail: SourceDetail): SourceDetail {
  if (detail.code === 'following_records') return { ...detail, files: 0 };
  return detail.code === 'several' ? { ...detail, details: detail.details.map(withoutCounts) } : detail;
}

/** Returns a source as front ends see it; null before it has reported its health. */
export function sourceView(source: Source, counts: SourceCounts): SourceView | null {
  const { health, historicalSignals } = source;
  return health && { health, position: positionNow(source, health), counts, historicalSignals };
}

function positionNow(source: Source, health: SourceHealth): ReadPosition | null {
  const { cursor } = health;
  if (source.position.cursor !== cursor) source.position = { cursor, read: positionOf(health) };
  return source.position.read;
}
