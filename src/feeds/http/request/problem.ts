import { errnoOf } from '../../../core/errno.ts';
import type { HttpFailure } from '../../../core/source-reasons.ts';
import type { Ms } from '../../../core/units.ts';

/** A request that brought no answer that we can use. The server's text is not part of it: it cannot be trusted. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly failure: HttpFailure;

  constructor(failure: HttpFailure) {
    super(failure.code === 'status' ? `HTTP ${failure.status}` : failure.code);
    this.failure = failure;
  }
}

/** Anything that was thrown while a request was made, as a problem. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  return new HttpProblem({ code: 'network', error: errnoOf(error) || 'unknown error' });
}

/** Returns how long the server asks us to wait, null if it does not. `value` is the header, in seconds or as a date. */
export function retryAfterMs(value: string | undefined, now: Ms): Ms | null {
  if (value === undefined) return null;
  const ms = /^\d{1,9}$/u.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null;
}

const MAX_RETRY_AFTER_MS = 3_600_000;

/** Returns true if nothing listens there (as opposed to something that does not serve us). */
export function isNothingThere({ failure }: HttpProblem): boolean {
  return failure.code === 'network' && NOTHING_THERE.has(failure.error);
}

/** Returns true if the requested record was deleted. */
export function isGone({ failure }: HttpProblem): boolean {
  return failure.code === 'status' && failure.status === 404;
}

/** Returns true if a retry may help before the source is reported lost: overload, a restart, a network failure. */
export function isPassing({ failure }: HttpProblem): boolean {
  if (failure.code === 'status') {
    return (failure.status >= 500 || failure.status === 429) && (failure.retryAfterMs ?? 0) <= SHORT_RETRY_AFTER_MS;
  }
  return (
    failure.code === 'timeout' ||
    failure.code === 'cut' ||
    (failure.code === 'network' && failure.error === 'ECONNRESET')
  );
}

/** Returns true if the problem concerns this request only: other requests may succeed. */
export function isAboutTheAnswer({ failure }: HttpProblem): boolean {
  if (failure.code === 'status') return failure.status === 500 || failure.status === 400 || failure.status === 404;
  return failure.code !== 'network' && failure.code !== 'stranger';
}

const SHORT_RETRY_AFTER_MS = 10_000;
const NOTHING_THERE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);
