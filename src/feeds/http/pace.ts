import type { Ms } from '../../core/units.ts';
import type { HttpProblem } from './request/problem.ts';

/** Decides when to poll next: often while things change, seldom while nothing does, ever more seldom while the server fails. */
export type Pace = {
  /** A poll succeeded; `changed`: it brought news. */
  readonly succeeded: (changed: boolean, tookMs: Ms) => void;
  readonly failed: (problem: HttpProblem) => void;
  /** The wait before the next poll, ms. */
  readonly delay: () => Ms;
  /** Polls that failed in a row. */
  readonly failures: () => number;
};

const FAST_MS = 500;
const SLOW_MS = 2_500;
const SLOWER_BY = 1.3;
/** A slow server rests before the next poll: this many times what its answer took. */
const REST = 3;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 30_000;
/** Clients that were cut off together should not come back together: the wait grows by up to this part. */
const JITTER = 0.5;

/** A pace that begins fast, and slows down to a poll in `slowMs` while nothing changes. */
export function createPace(slowMs: Ms = SLOW_MS, random: () => number = Math.random): Pace {
  const fastMs = Math.min(FAST_MS, slowMs);
  let period = fastMs;
  let failures = 0;
  let next = fastMs;
  return {
    succeeded: (changed, tookMs) => {
      failures = 0;
      period = changed ? fastMs : Math.min(slowMs, period * SLOWER_BY);
      next = Math.max(period, REST * tookMs);
    },
    failed: ({ failure }) => {
      failures += 1;
      period = fastMs;
      const backOff = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
      const asked = failure.code === 'status' ? (failure.retryAfterMs ?? 0) : 0;
      next = Math.max(backOff, asked) * (1 + JITTER * random());
    },
    delay: () => Math.round(next),
    failures: () => failures,
  };
}
