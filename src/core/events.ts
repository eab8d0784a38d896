/**
 * The vocabulary that every room shares: what comes in (calls, interruptions), what we make of it (signals, fates),
 * and what goes out (checkpoints). Plain data, no behaviour.
 *
 * Units: `Ms` is Unix milliseconds, `Ns` Unix nanoseconds as a bigint (they exceed 2^53), tokens are counts.
 */

import type { Result } from './checkpointer.ts';
import type { ContentAnswer } from './content.ts';
import type { Ms, Ns } from './units.ts';

export type { Ms, Ns } from './units.ts';

/** A source is named by its URI: `sqlite:DIR`, `jsonl:FILE`, `logtail:FILE`, `http(s)://HOST:PORT`, `-`. */
export type SourceUri = string;
export type Medium = 'sqlite' | 'jsonl' | 'logtail' | 'http' | 'stdin';

/** How an observation reached us; the model turns `gap` into live or historical by the event's own time. */
export type Arrival = 'live' | 'gap' | 'historical';

export type CallStatus = 'pending' | 'complete' | 'interrupted';

/** Tokens as the provider reported them; a cache counter that was not reported is null, never 0. */
export type Usage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number | null;
  readonly cacheCreationTokens: number | null;
};

/** One LLM call, as one source reports it at one moment. */
export type Call = {
  readonly callId: string;
  readonly startNs: Ns;
  readonly endNs: Ns | null;
  readonly status: CallStatus;
  /** Null where the feed names none (`no_user_query` counts as none for storms, but is kept here as it came). */
  readonly conversationId: string | null;
  readonly sessionId: string | null;
  /** agent_name, else process_name, else `unknown`. */
  readonly agent: string;
  readonly processName: string | null;
  readonly pid: number | null;
  readonly provider: string | null;
  readonly model: string | null;
  /** `main`, `recap`, `web_search`, or whatever upstream adds. */
  readonly kind: string;
  readonly statusCode: number | null;
  readonly error: string | null;
  /** Null while pending and where the provider reported no usage at all. */
  readonly usage: Usage | null;
  readonly finishReason: string | null;
  /** Names of the tools that the answer called, bounded. */
  readonly tools: readonly string[];
  readonly userQuery: string | null;
  readonly interruptionType: string | null;
};

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
/** Worst first. */
export type Severity = (typeof SEVERITIES)[number];

/** The facts of an interruption's `detail` that a rule reads; the rest stays in words in `text`. */
export type InterruptionDetail = {
  readonly error: string | null;
  readonly statusCode: number | null;
  readonly exitCode: number | null;
  /** Signal number; names (`SIGTERM`) are translated by the feed. */
  readonly signal: number | null;
  readonly coreDump: boolean | null;
  readonly oom: boolean;
  readonly callIds: readonly string[];
  /** The detail as one bounded line of text for people. */
  readonly text: string;
};

export type Interruption = {
  /** Null for a storm that we derived ourselves. */
  readonly interruptionId: string | null;
  readonly type: string;
  /** As the feed gave it; an unknown word is kept by the feed as `low` with the word in `detail.text`. */
  readonly severity: Severity;
  readonly agent: string;
  readonly pid: number | null;
  readonly conversationId: string | null;
  readonly sessionId: string | null;
  readonly callId: string | null;
  readonly occurredNs: Ns;
  readonly resolved: boolean;
  readonly detail: InterruptionDetail;
};

/** What a source adds up of one conversation, some calls of which it has not told of yet. */
export type Summary = {
  readonly conversationId: string;
  readonly sessionId: string | null;
  readonly agent: string;
  readonly model: string | null;
  /** Sums over all calls of the conversation, those that were told of included. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Start of its first call, and end of its last one; null while none has ended. */
  readonly startNs: Ns;
  readonly endNs: Ns | null;
  readonly userQuery: string | null;
};

/**
 * A fact of a feed. `record` is the source's own stable key of the row or line (SQLite: its integer id), so that a
 * row whose call id is rewritten later is still known to be the same row.
 */
export type FactEvent =
  | { readonly type: 'call'; readonly record: string; readonly arrival: Arrival; readonly call: Call }
  | {
      readonly type: 'interruption';
      readonly record: string;
      readonly arrival: Arrival;
      readonly interruption: Interruption;
    };

/** Stands in for facts that cost much to read; null takes it back, because all of them have been told. */
export type SummaryEvent = {
  readonly type: 'summary';
  readonly conversationId: string;
  readonly summary: Summary | null;
};

/** What a feed says. */
export type FeedEvent = FactEvent | SummaryEvent;

export type SkipReason = 'malformed' | 'oversized' | 'unsupported';
export type Skipped = Readonly<Record<SkipReason, number>>;
export type HealthState = 'ok' | 'degraded' | 'lost' | 'absent';

/** A source's own account of itself. */
export type SourceHealth = {
  readonly uri: SourceUri;
  readonly medium: Medium;
  readonly health: HealthState;
  /** One line for people: what is wrong and what to do, or what is being read. */
  readonly detail: string;
  /** True once the source has reached its present end for the first time. */
  readonly caughtUp: boolean;
  /**
   * True once the newest of what was there is read, on which live news may depend, while the rest is still being read;
   * left out by sources that read what was there in one go.
   */
  readonly recentRead?: boolean;
  /** True once the source has ended for good (standard input). */
  readonly ended: boolean;
  /** Opaque text that continues this source after a restart; null where it cannot be continued. */
  readonly cursor: string | null;
  /** Age of the newest unread byte or row in ms, 0 when nothing waits, null when unknown. */
  readonly lagMs: number | null;
  readonly skipped: Skipped;
  /** The latest skip in words (`line 17: invalid JSON`), null when none. */
  readonly lastSkip: string | null;
  /** Since when the present `health` holds. */
  readonly since: Ms;
  /** When a source that fails is asked again; null while it serves, left out where it is watched instead. */
  readonly retryAt?: Ms | null;
};

/** Where a feed delivers. Batches come in feed order; `health` is called whenever any field changed. */
export type FeedSink = {
  readonly events: (batch: readonly FeedEvent[]) => void;
  readonly health: (health: SourceHealth) => void;
};

/** One source. `open` runs until `signal` aborts or the source ends for good; it never rejects for what a medium does. */
export type Feed = {
  readonly uri: SourceUri;
  readonly medium: Medium;
  readonly open: (sink: FeedSink, signal: AbortSignal) => Promise<void>;
  /**
   * What was said in a call, read anew at its record on demand; left out where the medium cannot be read again. Works
   * whether the feed is open or not, and never rejects. The record may be another call's by now: compare.
   */
  readonly content?: (record: string, call: Call) => Promise<ContentAnswer>;
  /** Marks an interruption as resolved for everybody who reads this source; left out where it does not take that. */
  readonly resolve?: (interruptionId: string, signal: AbortSignal) => Promise<Result<null>>;
};

// ---------------------------------------------------------------- signals and fates

export const SIGNAL_ORIGINS = ['call', 'interruption', 'derived', 'api'] as const;
export type SignalOrigin = (typeof SIGNAL_ORIGINS)[number];

/** Something that asks to be acted upon (or flagged). */
export type Signal = {
  readonly signalId: string;
  /** The type: `agent_crash`, `context_overflow`, `retry_storm` … or any interruption type of the feed. */
  readonly signal: string;
  readonly origin: SignalOrigin;
  readonly severity: Severity;
  readonly agent: string | null;
  readonly processName: string | null;
  readonly pid: number | null;
  readonly conversationId: string | null;
  readonly callId: string | null;
  readonly interruptionId: string | null;
  /** Canonical workspace path that it would act on, null where none is configured for its agent. */
  readonly workspace: string | null;
  /** Event time in ms. */
  readonly at: Ms;
  readonly historical: boolean;
  /** The rule that downgraded it to a flag, null when none did. */
  readonly downgraded: string | null;
  /** What was matched, in words. */
  readonly cause: string;
};

export const FATES = [
  'checkpointed',
  'coalesced',
  'failed',
  'timed_out',
  'suppressed',
  'vetoed',
  'disarmed',
  'unavailable',
  'breaker_open',
  'guarded',
  'observer',
  'dropped',
  'flagged',
  'ignored',
  'no_workspace',
  'historical',
  'stopped',
] as const;
export type FateName = (typeof FATES)[number];

/** What became of a signal. Only `coalesced` can be unsettled: it waits behind something. */
export type Fate = {
  readonly fate: FateName;
  readonly settled: boolean;
  readonly reason: string;
  readonly at: Ms;
  /** `checkpointed`: the snapshot; `coalesced`: the snapshot that it went into, null until settled. */
  readonly snapshot: string | null;
  /** `checkpointed` only, ms. */
  readonly durationMs: number | null;
};
