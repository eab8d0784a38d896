import type { SkipDetail, SourceDetail } from '../../core/source-reasons.ts';
import type { Skipped, SkipReason, SourceHealth, SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { Skip } from './rows/cells.ts';
import type { Condition } from './condition.ts';

/** The parts of the feed's health, besides what was skipped. */
export type Report = {
  readonly condition: Condition;
  readonly isCaughtUp: boolean;
  /** The newest of what was there is read. */
  readonly isRecentRead: boolean;
  /** Made only for a report. */
  readonly cursor: () => string;
};

/** Reports the feed's health to the sink: every change at once, a cursor that merely moved on four times a second. */
export class HealthReporter {
  readonly #uri: SourceUri;
  readonly #now: () => Ms;
  readonly #emit: (health: SourceHealth) => void;
  #skipped: Skipped = { malformed: 0, oversized: 0, unsupported: 0 };
  #lastSkip: SkipDetail | null = null;
  #reported: SourceHealth | null = null;
  #hasCaughtUp = false;
  #hasReadRecent = false;
  #nextCursorAt: Ms = 0;

  constructor(uri: SourceUri, now: () => Ms, emit: (health: SourceHealth) => void) {
    this.#uri = uri;
    this.#now = now;
    this.#emit = emit;
  }

  skip(skip: Skip): void {
    this.#skipped = { ...this.#skipped, [skip.skip satisfies SkipReason]: this.#skipped[skip.skip] + 1 };
    this.#lastSkip = skip.detail;
  }

  /** Reports what has changed; `mayWait` allows a cursor to be reported later. */
  report(report: Report, mayWait: boolean): void {
    const health = this.#compose(report);
    const isNews = this.#reported === null || !isSameButCursor(health, this.#reported);
    if (!isNews && mayWait && performance.now() < this.#nextCursorAt) return;
    const cursor = report.cursor();
    this.#nextCursorAt = performance.now() + CURSOR_EVERY_MS;
    if (!isNews && cursor === this.#reported?.cursor) return;
    this.#reported = { ...health, cursor };
    this.#emit(this.#reported);
  }

  #compose({ condition, isCaughtUp, isRecentRead }: Report): SourceHealth {
    this.#hasCaughtUp ||= isCaughtUp;
    this.#hasReadRecent ||= isRecentRead;
    const isSameState = this.#reported?.status === condition.state;
    return {
      uri: this.#uri,
      medium: 'sqlite',
      status: condition.state,
      detail: condition.detail,
      caughtUp: this.#hasCaughtUp,
      recentRead: this.#hasReadRecent,
      ended: false,
      cursor: null,
      lagMs: isCaughtUp && condition.state === 'ok' ? 0 : null,
      skipped: this.#skipped,
      lastSkip: this.#lastSkip,
      since: isSameState && this.#reported !== null ? this.#reported.since : this.#now(),
    };
  }
}

// Details are small data, made again for each report.
function isSameDetail(a: SourceDetail, b: SourceDetail): boolean {
  return a === b || (a.code === b.code && JSON.stringify(a) === JSON.stringify(b));
}

const CURSOR_EVERY_MS = 250;

function isSameButCursor(a: SourceHealth, b: SourceHealth): boolean {
  return (
    a.status === b.status &&
    isSameDetail(a.detail, b.detail) &&
    a.caughtUp === b.caughtUp &&
    a.recentRead === b.recentRead &&
    a.lagMs === b.lagMs &&
    a.skipped === b.skipped
  );
}
