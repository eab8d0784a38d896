/** The vocabulary of acting: what is asked of a checkpointer, how it ended, and who may or may not act. Plain data. */

import type { Ms } from './events.ts';
import type { PinProblem } from './folder.ts';

export type CheckpointerName = 'ws-ckpt' | 'git' | 'command' | 'none';

/** A snapshot in the store, whoever made it. */
export type Snapshot = {
  readonly id: string;
  readonly at: Ms;
  readonly message: string | null;
  /** The tool's metadata as it was stored; null where there is none. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly pinned: boolean;
};

/** What a probe found. `unmanaged` is told apart because the remedy is `ws-ckpt init`. */
export type Availability = {
  readonly state: 'available' | 'unavailable' | 'unmanaged';
  readonly name: CheckpointerName;
  readonly version: string | null;
  /** Why not, with the exact remedy; empty when available. */
  readonly reason: string;
  /** What is wrong with the workspace's folder, where that is why. */
  readonly problem?: PinProblem;
  /** Part of the snapshot store that is used, 0…1; null when unknown. */
  readonly usedRatio: number | null;
  /** The command line that frees space, shown when the store is nearly full; null where there is none. */
  readonly freeSpaceHint: string | null;
};

export type CheckpointMetadata = {
  readonly auto: boolean;
  readonly type: 'reactive' | 'manual';
  readonly tool: 'sightline';
  readonly version: string;
  readonly host: string;
  readonly signal?: string;
  readonly signal_id?: string;
  readonly agent?: string | null;
  readonly pid?: number | null;
  readonly call_id?: string | null;
  /** Of one that was taken before a rollback: the snapshot that it went back to. */
  readonly rollback_to?: string;
  /** Tells this very run from any other: what a look-up after an unknown outcome compares. */
  readonly run_id: string;
};

export type CheckpointRequest = {
  readonly runId: string;
  readonly workspace: string;
  /** The wished id; the checkpointer appends `-2`, `-3` … when the store has it already. */
  readonly snapshot: string;
  readonly message: string;
  readonly metadata: CheckpointMetadata;
  /** Deadline in ms from the spawn, retries included. */
  readonly timeoutMs: number;
};

type OutcomeBase = {
  readonly durationMs: number;
  readonly exitCode: number | null;
  /** Bounded, ANSI and control characters stripped. */
  readonly stderr: string;
};

/** How a checkpoint ended. Whatever the outside does is a value. */
export type Outcome =
  | (OutcomeBase & { readonly type: 'created'; readonly snapshot: string; readonly late: boolean })
  | (OutcomeBase & { readonly type: 'empty' })
  | (OutcomeBase & { readonly type: 'failed'; readonly reason: string })
  | (OutcomeBase & { readonly type: 'timed_out'; readonly reason: string })
  | (OutcomeBase & { readonly type: 'unavailable'; readonly reason: string })
  /** Ended by our own shutdown before an answer; looked up at the next start. */
  | (OutcomeBase & { readonly type: 'unknown'; readonly reason: string });

export type LookUp =
  | { readonly type: 'found'; readonly snapshot: string }
  | { readonly type: 'absent' }
  | { readonly type: 'unknown'; readonly reason: string };

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
  /** How many signals it has suppressed. */
  readonly heldBack: number;
};

/** Who else acts on a workspace. */
export type Owner = { readonly user: string; readonly pid: number; readonly startedAt: Ms };

/** `no_prompt_cache`: rule S4. */
export type Advisory = {
  readonly type: 'no_prompt_cache';
  readonly agent: string;
  readonly at: Ms;
  readonly inputTokens: number;
  /** False when no call of the window carried a cache counter: the provider does not say. */
  readonly cacheReported: boolean;
};
