import type { FeedSink } from '../../core/feed.ts';
import type { SkipDetail } from '../../core/source-reasons.ts';
import type { Medium, SkipReason, SourceHealth, SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';

/** The changes of a source's health that are reported at once. */
export type HealthChange = Partial<
  Pick<SourceHealth, 'status' | 'detail' | 'caughtUp' | 'recentRead' | 'ended' | 'retryAt'>
>;
/** The progress of a source; computed only for a report. */
export type Progress = Pick<SourceHealth, 'cursor' | 'lagMs' | 'unknownKinds' | 'gaps' | 'older'>;

/** Reports one source's health to the sink: important changes at once, counters and the cursor a few times a second. */
export type HealthReport = {
  /** Reports at once, unless nothing of this is new. */
  readonly change: (change: HealthChange) => void;
  /** Counts a skipped line; it is reported with the next progress. */
  readonly skip: (reason: SkipReason, detail: SkipDetail) => void;
  /** Reports that all lines read are delivered, unless a report was made just now. */
  readonly progress: () => void;
  /** Reports what is not reported yet. */
  readonly flush: () => void;
  /** Milliseconds until what is not reported yet is due; null when nothing waits. */
  readonly flushIn: () => Ms | null;
};

type Options = {
  readonly uri: SourceUri;
  readonly medium: Medium;
  readonly sink: FeedSink;
  readonly now: () => Ms;
  readonly progressOf: () => Progress;
};

const REPORT_EVERY_MS = 250;

/** The account of one source; nothing is reported before its first change. */
export function healthReport({ uri, medium, sink, now, progressOf }: Options): HealthReport {
  const skipped = { malformed: 0, oversized: 0, unsupported: 0 };
  let lastSkip: SkipDetail | null = null;
  let last: SourceHealth | null = null;
  let reportedAt = performance.now();
  let waiting = false;

  function report(change: HealthChange): void {
    const before = last ?? { ...UNKNOWN, uri, medium, since: now() };
    const since = change.status === undefined || change.status === before.status ? before.since : now();
    const next = { ...before, ...change, ...progressOf(), since, skipped: { ...skipped }, lastSkip };
    reportedAt = performance.now();
    waiting = false;
    if (last !== null && isSame(next, last)) return;
    last = next;
    sink.health(next);
  }

  function flushIn(): Ms | null {
    return waiting ? Math.max(0, reportedAt + REPORT_EVERY_MS - performance.now()) : null;
  }

  return {
    change: (change) => {
      const before = last;
      const keys = Object.keys(change) as (keyof HealthChange)[];
      if (before === null || keys.some((key) => !isEqual(change[key], before[key]))) report(change);
    },
    skip: (reason, detail) => {
      skipped[reason]++;
      lastSkip = detail;
      waiting = true;
    },
    progress: () => {
      waiting = true;
      if (flushIn() === 0 && last !== null) report({});
    },
    flush: () => {
      if (waiting && last !== null) report({});
    },
    flushIn,
  };
}

const UNKNOWN = {
  status: 'absent',
  detail: { code: 'nothing' },
  caughtUp: false,
  ended: false,
  cursor: null,
  lagMs: null,
} as const;

function isSame(a: SourceHealth, b: SourceHealth): boolean {
  const { skipped: skippedA, ...restA } = a;
  const { skipped: skippedB, ...restB } = b;
  return shallowEqual(restA, restB) && shallowEqual(skippedA, skippedB);
}

function shallowEqual<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => isEqual(a[key], b[key]));
}

// Details are small data, made again for each report.
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
