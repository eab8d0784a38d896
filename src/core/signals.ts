/** Signals, their fates, modes and silences. Plain data. */

import type { Severity } from './interruptions.ts';
import type { Cause, Downgrade, FateReason } from './reasons.ts';
import type { Changed, LeftOut } from './snapshots.ts';
import type { Ms } from './units.ts';

export const SIGNAL_ORIGINS = ['call', 'interruption', 'derived', 'api'] as const;

export type SignalOrigin = (typeof SIGNAL_ORIGINS)[number];

/** Something that asks to be acted upon (or flagged). */
export type Signal = {
  readonly signalId: string;
  /** The type: `agent_crash`, `context_overflow`, `retry_storm` … or any interruption type of the feed. */
  readonly type: string;
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
  readonly downgraded: Downgrade | null;
  /** The match that raised it. */
  readonly cause: Cause;
  /** Set where only the agent's own records show it. */
  readonly recorded?: true;
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

/** The outcome of a signal. Only `coalesced` can be unsettled: it is queued behind something. */
export type Fate = {
  readonly kind: FateName;
  readonly settled: boolean;
  readonly reason: FateReason;
  readonly at: Ms;
  /** `checkpointed`: the snapshot; `coalesced`: the snapshot that it went into, null until settled. */
  readonly snapshot: string | null;
  /** `checkpointed` only, ms. */
  readonly durationMs: number | null;
  /** The files that the snapshot lacks; absent where it lacks nothing, or where that is not known. */
  readonly leftOut?: LeftOut;
  readonly changed?: Changed;
};

export const MODES = ['observe', 'hold', 'auto'] as const;

export type Mode = (typeof MODES)[number];

/** All given fields must match; an empty matcher matches everything. */
export type Matcher = {
  readonly conversation?: string;
  readonly agent?: string;
  readonly signal?: string;
  readonly workspace?: string;
};

export type Silence = {
  readonly id: string;
  readonly matcher: Matcher;
  readonly createdAt: Ms;
  readonly endsAt: Ms;
  readonly createdBy: string;
  readonly reason: string | null;
  /** Number of signals that it has suppressed. */
  readonly heldBack: number;
};

/** `no_prompt_cache`: rule S4. */
export type Advisory = {
  readonly type: 'no_prompt_cache';
  readonly agent: string;
  readonly at: Ms;
  readonly inputTokens: number;
  /** False when no call of the window carried a cache counter: the provider does not report them. */
  readonly cacheReported: boolean;
};
