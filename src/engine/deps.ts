/** The engine's dependencies and options. */

import type { SessionFolder } from '../core/folder.ts';
import type { Done, PinMove } from '../core/done.ts';
import type { Call } from '../core/calls.ts';
import type { Feed } from '../core/feed.ts';
import type { CheckpointerReason } from '../core/checkpointer-reasons.ts';
import type { ModelOptions, Pricer } from '../core/model/types.ts';
import type { ChoiceReason, Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import type { Checkpointer } from '../core/snapshots.ts';
import type { SourceUri } from '../core/sources.ts';
import type { EngineConfig } from '../config/config.ts';
import type { Clock } from '../effects/clock.ts';
import type { Locks } from '../effects/lock/locks.ts';
import type { Pauser } from '../effects/process/pauser.ts';
import type { ProcessScan } from '../effects/process/processes.ts';
import type { History } from '../effects/state/history.ts';
import type { Journal } from '../effects/state/journal.ts';
import type { HookView, InitPlan, TriedPath } from './types.ts';

/** A checkpointer and the reason for the choice. */
export type Chosen = {
  readonly checkpointer: Checkpointer;
  readonly why: ChoiceReason;
  /** Another one would be chosen after `ws-ckpt init`. */
  readonly canInit?: boolean;
};

/** Puts a folder under `ws-ckpt`. It moves the whole tree, so the operator has typed a confirmation. */
export type Initializer = {
  readonly plan: (workspace: string, processes: ProcessScan) => Promise<Omit<InitPlan, 'processes'>>;
  readonly init: (workspace: string) => Promise<Result<Done, CheckpointerReason>>;
};

/** The effects and feeds that the engine uses. */
export type EngineDeps = {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Prices calls; without it none has a price. */
  readonly pricer?: Pricer | undefined;
  /** The day of a time on the host's clock; left out: by UTC. */
  readonly localDay?: ModelOptions['localDay'];
  /** Keeps what was done and why, for `explain` and `replay`; without it there is none. */
  readonly history?: History | undefined;
  /** The feeds to follow; `cursor` gives the position where an earlier run left a source. */
  readonly feeds: (cursor: (uri: SourceUri) => string | null) => readonly Feed[];
  /** The paths without a feed, when none was named or found. */
  readonly tried?: readonly TriedPath[];
  readonly chooseCheckpointer: (workspace: string) => Promise<Chosen>;
  /** `ws-ckpt init` of a folder that it does not manage yet; without it an engine cannot do that. */
  readonly initializer?: Initializer | undefined;
  /** Finds the workspace of a session that works in a folder; without it sessions' folders are none. */
  readonly sessionFolder?: (cwd: string, ownerUid: number | null) => Promise<SessionFolder>;
  /** Pins a session's folder that a person has confirmed; resolves to what was pinned. */
  readonly confirmFolder?: (path: string) => Promise<Result<PinMove, Refusal>>;
  /** Lists the processes that work in a folder; without it a plan names none. */
  readonly processes?: (workspace: string) => Promise<ProcessScan>;
  /** Stops and continues processes; without it nothing can be stopped, and nothing that was is continued. */
  readonly pauser?: Pauser | undefined;
  /** The hooks that are called, for the view; without it none are. */
  readonly hooks?: () => readonly HookView[];
  /** Awaited before the state is closed: marks fates as printed once they have left the process. */
  readonly flush?: () => Promise<void>;
  /** Loads what may be needed later. Awaited right before `started`, so that the first frame does not wait for it. */
  readonly load?: () => Promise<unknown>;
  /** Called with each call that arrives live, and with what becomes of it; `previous` null: it is new. */
  readonly onLiveCall?: (call: Call, previous: Call | null) => void;
  /** Gives unused memory back; may block for a moment. */
  readonly trimMemory?: () => void;
  readonly locks: Locks;
};

export type EngineOptions = {
  /** Each settled fate has to reach standard output (headless): those that may not have are known (`engine.unprinted`). */
  readonly prints?: boolean;
  readonly config: EngineConfig;
  readonly version: string;
  /** False for `once`: nothing is forgotten. */
  readonly evict: boolean;
  /** Take a workspace over by itself when its owner is gone (headless), or only on demand (a console). */
  readonly takeOver: boolean;
  /** Least ms between two commits to the store; null commits only when asked (`engine.commit`). */
  readonly commitMs: number | null;
};
