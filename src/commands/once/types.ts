/** `sightline.state/1` of contracts/output.md, field by field: what `once --json` prints. Changes only by addition. */
import type { Severity } from '../../core/interruptions.ts';
import type { FateName, Matcher, Mode, SignalOrigin } from '../../core/signals.ts';
import type { HealthState, Medium, Skipped, SourceUri } from '../../core/sources.ts';
import type { Activity } from '../../core/model/meters/activity.ts';
import type { WorkspaceWord } from '../../core/reactor/view.ts';

/** ISO 8601 UTC with milliseconds. */
export type IsoTime = string;

export type OnceState = {
  readonly schema: 'sightline.state/1';
  readonly host: string;
  readonly generated_at: IsoTime;
  readonly version: string;
  readonly sources: readonly SourceJson[];
  readonly agents: readonly AgentJson[];
  /** The most recent 200 000. */
  readonly conversations: readonly ConversationJson[];
  /** Those that are only in the sums of the agents; left out where there are none. */
  readonly conversations_omitted?: number;
  readonly interruptions: readonly InterruptionJson[];
  readonly advisories: readonly AdvisoryJson[];
  readonly signals: readonly SignalJson[];
  readonly reactor: {
    readonly mode: Mode;
    readonly workspaces: readonly WorkspaceJson[];
    readonly silences: readonly SilenceJson[];
  };
};

export type SourceJson = {
  readonly uri: SourceUri;
  readonly medium: Medium;
  readonly health: HealthState;
  readonly detail: string;
  readonly calls: number;
  readonly interruptions: number;
  readonly historical_signals: number;
  readonly skipped: Skipped;
  /** The latest skip in words, null when there was none. */
  readonly last_skip: string | null;
  /** How far it was read, in words; null where it cannot be said. */
  readonly position: string | null;
  /** Age of the newest thing unread, 0 when nothing waits, null when unknown. */
  readonly lag_ms: number | null;
  readonly last_event_at: IsoTime | null;
};

/** The part of the sums that only a source's summary tells, because its calls were not read. */
export type SummaryJson = { readonly calls: number; readonly input_tokens: number; readonly output_tokens: number };

/** Sums over known values. */
export type MeterJson = {
  readonly calls: number;
  readonly failed: number;
  readonly pending: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly prompt_tokens: number;
  readonly cache_ratio: number | null;
  /** Left out where all calls are known. */
  readonly summary?: SummaryJson;
};

export type AgentJson = MeterJson & {
  readonly agent: string;
  readonly pids: readonly number[];
  readonly models: readonly string[];
  readonly uncached_window: {
    readonly started_at: IsoTime;
    readonly input_tokens: number;
    readonly cache_seen: boolean;
  } | null;
  readonly last_call_at: IsoTime | null;
  readonly state: Activity;
  /** The sources that it rests on. */
  readonly sources: readonly SourceUri[];
};

export type ConversationJson = MeterJson & {
  readonly conversation_id: string;
  readonly session_id: string | null;
  readonly agent: string;
  readonly models: readonly string[];
  readonly first_call_at: IsoTime | null;
  readonly last_call_at: IsoTime | null;
  readonly flags: readonly string[];
  /** The sources that it rests on. */
  readonly sources: readonly SourceUri[];
  /** What the user asked last; only with `--content`. */
  readonly user_query?: string | null;
};

export type InterruptionJson = {
  readonly interruption_id: string | null;
  readonly type: string;
  readonly severity: Severity;
  readonly agent: string;
  readonly pid: number | null;
  readonly conversation_id: string | null;
  readonly session_id: string | null;
  readonly call_id: string | null;
  readonly occurred_at: IsoTime;
  readonly resolved: boolean;
  readonly derived: boolean;
  readonly downgraded: string | null;
  /** The sources that tell of it; none of a derived storm. */
  readonly sources: readonly SourceUri[];
};

export type AdvisoryJson = {
  readonly type: 'no_prompt_cache';
  readonly agent: string;
  readonly at: IsoTime;
  readonly input_tokens: number;
  readonly cache_reported: boolean;
};

export type SignalJson = {
  readonly signal_id: string;
  readonly signal: string;
  readonly origin: SignalOrigin;
  readonly severity: Severity;
  readonly agent: string | null;
  readonly conversation_id: string | null;
  readonly call_id: string | null;
  readonly interruption_id: string | null;
  readonly at: IsoTime;
  readonly fate: FateName | null;
  readonly settled: boolean;
  readonly reason: string | null;
};

export type CheckpointerJson = {
  readonly name: string;
  readonly version: string | null;
  readonly available: boolean;
  readonly reason: string;
};

export type WorkspaceJson = {
  readonly workspace: string;
  readonly agents: readonly string[];
  readonly checkpointer: CheckpointerJson;
  readonly state: WorkspaceWord;
  readonly state_ends_at: IsoTime | null;
  readonly waiting: number;
  readonly last_snapshot: { readonly id: string; readonly at: IsoTime; readonly trigger: string } | null;
};

export type SilenceJson = {
  readonly id: string;
  /** A field that is null matches everything. */
  readonly matcher: { readonly [K in keyof Matcher]-?: string | null };
  readonly created_at: IsoTime;
  readonly ends_at: IsoTime;
  readonly reason: string | null;
  readonly held_back: number;
};
