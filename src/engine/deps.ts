/** What the engine is given: how it reaches the world, and how it is to run. */

import type { Feed } from '../core/feed.ts';
import type { Result } from '../core/result.ts';
import type { Checkpointer } from '../core/snapshots.ts';
import type { SourceUri } from '../core/sources.ts';
import type { EngineConfig } from '../config/config.ts';
import type { Clock } from '../effects/clock.ts';
import type { Locks } from '../effects/lock/locks.ts';
import type { ProcessScan } from '../effects/process/processes.ts';
import type { Journal } from '../effects/state/journal.ts';
import type { TriedPlace } from './types.ts';
import type { InitPlan } from './types.ts';

/** A checkpointer and why it was chosen, in words. */
export type Chosen = {
  readonly checkpointer: Checkpointer;
  readonly why: string;
  /** Another one would be chosen after `ws-ckpt init`. */
  readonly canInit?: boolean;
};

/** Puts a folder under `ws-ckpt`: it moves the whole tree, so only an operator's typed word gets here. */
export type Initializer = {
  readonly plan: (workspace: string, processes: ProcessScan) => Promise<Omit<InitPlan, 'processes'>>;
  readonly init: (workspace: string) => Promise<Result<string>>;
};

/** Everything that the engine reaches the world through. */
export type EngineDeps = {
  readonly clock: Clock;
  readonly journal: Journal;
  /** The feeds to follow; `cursor` gives the place where an earlier run left a source. */
  readonly feeds: (cursor: (uri: SourceUri) => string | null) => readonly Feed[];
  /** Where a feed was looked for in vain, when none was named or found. */
  readonly tried?: readonly TriedPlace[];
  readonly chooseCheckpointer: (workspace: string) => Promise<Chosen>;
  /** `ws-ckpt init` of a folder that it does not manage yet; without it an engine cannot do that. */
  readonly initializer?: Initializer | undefined;
  /** Who works in a folder; without it nobody is seen. */
  readonly processes?: (workspace: string) => Promise<ProcessScan>;
  /** Awaited before the state is closed: what marks fates as printed once they have left us. */
  readonly flush?: () => Promise<void>;
  /** Awaited before `started`: what may be needed later is loaded then. */
  readonly loaded?: Promise<unknown>;
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
