/** The contract of a feed: its events and its sink. */

import type { Call } from './calls.ts';
import type { Interruption } from './interruptions.ts';
import type { Moment } from './moments.ts';
import type { Result } from './result.ts';
import type { SessionFacts } from './sessions.ts';
import type { ResolveProblem } from './source-reasons.ts';
import type { PastCalls } from './past/past.ts';
import type { Medium, SourceHealth, SourceUri } from './sources.ts';
import type { Ms, Ns } from './units.ts';
import type { ContentAnswer } from './content.ts';
import type { StoryAnswer, TextSearch } from './story.ts';

/** Arrival of an observation; the model turns `gap` into live or historical by the event's own time. */
export type Arrival = 'live' | 'gap' | 'historical';

/** Sums of one conversation, some calls of which the source has not delivered yet. */
export type Summary = {
  readonly conversationId: string;
  readonly sessionId: string | null;
  readonly agent: string;
  readonly model: string | null;
  /** Sums over all calls of the conversation, those that were reported included. */
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
  | {
      readonly type: 'call';
      readonly record: string;
      readonly arrival: Arrival;
      readonly call: Call;
      /** The source will tell of so many calls after it that it is not kept. */
      readonly isFollowed?: true;
    }
  | {
      readonly type: 'interruption';
      readonly record: string;
      readonly arrival: Arrival;
      readonly interruption: Interruption;
    };

/** Stands in for facts that cost much to read; null takes it back, because all of them have been emitted. */
export type SummaryEvent = {
  readonly type: 'summary';
  readonly conversationId: string;
  readonly summary: Summary | null;
};

/** The facts of a conversation beyond its calls, whole; null takes it back. */
export type SessionEvent = {
  readonly type: 'session';
  readonly conversationId: string;
  readonly session: SessionFacts | null;
  /** Owner of the folder that the records lie in; null where it is not known. */
  readonly ownerUid: number | null;
};

/** A moment that was recorded just now; one of the past is none. */
export type MomentEvent = { readonly type: 'moment'; readonly moment: Moment };

/** Takes a call back: its record turned out to tell of another one. */
export type WithdrawnEvent = { readonly type: 'withdrawn'; readonly record: string };

/** Old calls as sums, each of them counted in no other event. */
export type PastEvent = {
  readonly type: 'past';
  /**
   * Of a source that may report a record again: all numbers from one to another are reported with this event (those that are
   * not among the sums before it, each singly), and the start of the call among them that began last. Else null.
   */
  readonly records: { readonly from: number; readonly to: number; readonly newestNs: Ns } | null;
  readonly past: PastCalls;
};

/** An event of a feed. */
export type FeedEvent = FactEvent | SummaryEvent | SessionEvent | MomentEvent | WithdrawnEvent | PastEvent;

/** The sink of a feed. Batches come in feed order; `health` is called whenever any field changed. */
export type FeedSink = {
  readonly events: (batch: readonly FeedEvent[]) => void;
  readonly health: (health: SourceHealth) => void;
  /**
   * Returns a time: calls of the past that ended before may be reported as sums, because they are counted and not kept. Null,
   * and left out: none may. `following`: calls that the source holds behind them; of a run that
   * looks at no single old call: Infinity.
   */
  readonly sumsBefore?: (following: number) => Ms | null;
};

/** Old records that are about to be read, or that no longer are; `from`: back to where all will have been read. */
export type OlderPart = { readonly files: number; readonly bytes: number; readonly from: Ms };

/** One source. `open` runs until `signal` aborts or the source ends for good; it never rejects for what a medium does. */
export type Feed = {
  readonly uri: SourceUri;
  readonly medium: Medium;
  readonly open: (sink: FeedSink, signal: AbortSignal) => Promise<void>;
  /**
   * Reads the content of a call again, at its record; left out where the medium cannot be read again. Works whether the
   * feed is open or not, and never rejects. The record may be another call's by now: compare.
   */
  readonly content?: (record: string, call: Call) => Promise<ContentAnswer>;
  /** Reads the story of a conversation from its records; absent if the medium has none. Never rejects. */
  readonly story?: (conversationId: string, signal: AbortSignal) => Promise<StoryAnswer>;
  /**
   * Searches the texts of the source until it is done or the signal aborts; left out where the medium cannot be searched.
   * Never rejects.
   */
  readonly search?: (search: TextSearch, signal: AbortSignal) => Promise<void>;
  /**
   * Begins to read the next part of what was left alone because it is old, the newest of it, or stops that. Null where there
   * is nothing to begin or to stop; left out where all is read at once.
   */
  readonly older?: (isStopped: boolean) => OlderPart | null;
  /**
   * Marks an interruption as resolved for all readers of this source; left out where the source cannot do that.
   */
  readonly resolve?: (interruptionId: string, signal: AbortSignal) => Promise<Result<null, ResolveProblem>>;
};
