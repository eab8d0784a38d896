import type { SourceDetail } from '../../core/source-reasons.ts';
import type { SourceUri } from '../../core/sources.ts';
import { type Mono, type Ms, msToNs, type Ns } from '../../core/units.ts';
import { GAP_LIVE_MS } from '../../core/limits.ts';
import type { DetailReader } from './detail-reader.ts';
import type { Pending, Floor } from './cache/conversation.ts';
import type { ConversationCache } from './cache/conversations.ts';
import { formatCursor, MAX_CURSOR_OPEN } from './cache/cursor.ts';
import type { Lister } from './lists/lister.ts';

export type ProgressDeps = {
  readonly uri: SourceUri;
  /** `SourceHealth.cursor` of an earlier run, null for none. */
  readonly cursor: string | null;
  /** True if live events wait for the latest conversations only, false for all of them. */
  readonly newestFirst: boolean;
  readonly now: () => Ms;
  readonly mono: () => Mono;
  readonly cache: ConversationCache;
  readonly reader: DetailReader;
  readonly lister: Lister;
};

/** The progress of a run: the part of the past that is read, the lag, and the cursor for a later run. */
export class FollowerProgress {
  readonly #deps: ProgressDeps;
  #listedAt: Ms | null = null;
  #floor: Floor | null = null;
  #isRecentRead = false;
  #isCaughtUp = false;

  constructor(deps: ProgressDeps) {
    this.#deps = deps;
  }

  /** News of a poll that begins now came after this. */
  get floor(): Floor {
    return this.#floor ?? this.#deps.reader.highest;
  }

  /** The latest conversations of the past are read. */
  get isRecentRead(): boolean {
    return this.#isRecentRead;
  }

  /** True once all conversations of the past are read. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Returns where a later run may go on after a poll that begins `at`; null while unknown. */
  nextFloor(at: Ms): Floor | null {
    const { cache, reader } = this.#deps;
    // What is older is history to a later run in any case.
    const isKnown = this.#isRecentRead && cache.historySince(msToNs(at - GAP_LIVE_MS)) === 0;
    return isKnown ? reader.highest : null;
  }

  /** A poll is done. All that was there when it began is now read or due, so a later run may continue from `nextFloor`. */
  listed(nextFloor: Floor | null): void {
    if (nextFloor !== null) this.#floor = nextFloor;
    this.#listedAt ??= this.#deps.mono();
  }

  /**
   * Takes in what has been read; true when with that the latest conversations are. Live news waits for those,
   * never for the whole of a long history.
   */
  followOn(): boolean {
    if (!this.#deps.lister.isAttached || this.#isCaughtUp) return false;
    this.#isCaughtUp = this.#deps.cache.historySince(0n) === 0;
    if (this.#isRecentRead || !(this.#isCaughtUp || this.#hasReadRecent())) return false;
    this.#isRecentRead = true;
    return true;
  }

  /** Describes the progress while there is no problem. */
  detail(): SourceDetail {
    const { uri, cache, mono } = this.#deps;
    const waiting = cache.historySince(0n);
    if (waiting > 0) return { code: 'reading_history', server: uri, conversations: waiting };
    const oldest = Math.min(...this.#allPending().map(({ since }) => since));
    return mono() - oldest < LARGE_WAIT_MS
      ? { code: 'following', target: uri }
      : { code: 'following_large', server: uri };
  }

  /** Returns how long the oldest change has waited to be read, null until the latest of the past is. */
  lagMs(): Ms | null {
    if (!this.#isRecentRead) return null;
    const allPending = this.#allPending();
    return allPending.length === 0
      ? 0
      : Math.max(0, this.#deps.mono() - Math.min(...allPending.map(({ since }) => since)));
  }

  /**
   * Returns the position from which a later run may continue. Until a poll has begun after everything was read, the past is not distinct from what
   * came since: then it is the cursor of the earlier run.
   */
  cursor(): string | null {
    if (this.#floor === null) return this.#deps.cursor;
    let { row, startNs } = this.#floor;
    for (const { floor } of this.#allPending()) {
      if (floor.row < row) ({ row, startNs } = floor);
    }
    const { id, occurredNs } = this.#deps.lister.reported;
    const open = new Map([...this.#deps.reader.open].slice(-MAX_CURSOR_OPEN));
    return formatCursor({ row, startNs, interruption: id, occurredNs, open });
  }

  #hasReadRecent(): boolean {
    const { cache, newestFirst, mono } = this.#deps;
    if (!newestFirst) return false;
    const isTimeUp = this.#listedAt !== null && mono() - this.#listedAt >= FIRST_READ_MS;
    return isTimeUp || cache.historySince(this.#recentFrom()) === 0;
  }

  // By the server's clock where that is behind ours.
  #recentFrom(): Ns {
    const nowNs = msToNs(this.#deps.now());
    const { latestNs } = this.#deps.cache;
    return (latestNs < nowNs ? latestNs : nowNs) - msToNs(GAP_LIVE_MS);
  }

  // What was there before we attached is no lag.
  #allPending(): readonly (Pending & { readonly floor: Floor })[] {
    return this.#deps.cache
      .allPending()
      .flatMap((pending) => (pending.floor === null ? [] : [{ ...pending, floor: pending.floor }]));
  }
}

/** The latest conversations are read for this long before all others wait behind them. */
const FIRST_READ_MS = 2_000;
/** Conversations that wait this long do so because they are large. */
const LARGE_WAIT_MS = 10_000;
