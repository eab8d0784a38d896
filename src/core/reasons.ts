/**
 * Reasons as data: why a signal got its fate, why a request was refused, why a workspace is in its state. `src/wording`
 * words them for people; nothing else may.
 */

import type { FolderRefusal } from './config-type.ts';
import type { Owner, RunKind } from './runs.ts';
import type { LeftOut } from './snapshots.ts';
import type { Ms } from './units.ts';

/** The words of an earlier run, as its state folder kept them. */
export type Recorded = { readonly code: 'recorded'; readonly text: string };

/** The words of another part or program: a checkpointer, a lock, a server. */
export type Quoted = { readonly code: 'quoted'; readonly text: string };

/** Something else acts on the workspace in place of this engine. */
export type Elsewhere =
  | { readonly code: 'other_engine'; readonly owner: Owner }
  /** A process that cannot be seen from here holds the folder. */
  | { readonly code: 'held_outside' };

/** The space guard. `freeSpaceHint`: the command line that frees space, null where there is none. */
export type GuardReason = { readonly freeSpaceHint: string | null } & (
  | { readonly code: 'store_full'; readonly usedRatio: number }
  | { readonly code: 'workspace_limit'; readonly count: number }
  | { readonly code: 'agent_limit'; readonly count: number; readonly agent: string | null }
);

export type BreakerReason =
  | { readonly code: 'probe_running'; readonly failures: number }
  /** `probesInMs`: time until a signal may probe; 0 or less where the next one does. */
  | { readonly code: 'breaker_open'; readonly failures: number; readonly probesInMs: Ms };

/** No checkpointer: what it said, or that it has said nothing yet. */
export type UnavailableReason = Quoted | { readonly code: 'not_asked_yet' };

/** The rule of the crash truth filter that made a crash an end. */
export type Downgrade =
  | { readonly code: 'ended_by_signal'; readonly signal: string }
  | { readonly code: 'ended_well' }
  /** Only an agent's own records show it, and they cannot tell how the process ended, or whether a poll is a loop. */
  | { readonly code: 'records_cannot_tell' }
  | Recorded;

/** What raised a signal. */
export type Cause =
  /** A pattern of the table of error texts, found in the call's error. */
  | { readonly code: 'call_error'; readonly pattern: string }
  /** A row of agentsight's; `pattern`: found in its error or in that of its call. */
  | { readonly code: 'row'; readonly type: string; readonly pattern: string | null }
  /** A row that was judged before its call was read. */
  | { readonly code: 'row_of_call'; readonly type: string; readonly pattern: string }
  /** Derived from an agent's own records. */
  | { readonly code: 'records'; readonly type: string }
  | { readonly code: 'failed_calls'; readonly count: number; readonly errorClass: string }
  | { readonly code: 'api' }
  | Recorded;

/** Why a signal may not act. */
export type GateReason =
  | { readonly code: 'before_attach' }
  | { readonly code: 'policy'; readonly action: 'flag' | 'ignore'; readonly type: string }
  | { readonly code: 'downgraded'; readonly rule: Downgrade }
  /** `folder`: why its session's folder is none, where that was asked. */
  | {
      readonly code: 'no_workspace';
      readonly agent: string | null;
      readonly folder?: { readonly code: FolderRefusal; readonly path: string };
    }
  | { readonly code: 'silenced'; readonly silence: SilenceName }
  | { readonly code: 'disarmed'; readonly readOnly: boolean; readonly workspace: string }
  | Elsewhere
  | UnavailableReason
  | GuardReason
  | BreakerReason;

export type SilenceName = { readonly id: string; readonly createdBy: string; readonly reason: string | null };

/** What a signal waits behind. */
export type QueueReason =
  | { readonly code: 'behind_run'; readonly kind: RunKind }
  | { readonly code: 'awaits_takeover' }
  | { readonly code: 'backing_off' }
  | { readonly code: 'inside_window'; readonly snapshot: string | null };

/** How the checkpoint of a signal ended. */
export type RunReason =
  | {
      readonly code: 'created';
      readonly snapshot: string;
      readonly durationMs: Ms;
      readonly late: boolean;
      readonly leftOut?: LeftOut;
    }
  /** The checkpoint of another signal stands for this one, too. */
  | { readonly code: 'created_for_all'; readonly late: boolean }
  | { readonly code: 'operator_created' }
  | { readonly code: 'found_after_restart' }
  | { readonly code: 'empty_workspace' }
  | {
      readonly code: 'run_failed';
      readonly why: Quoted;
      readonly exitCode: number | null;
      readonly stderr: string;
    };

/** Why a signal has its fate. */
export type FateReason =
  | GateReason
  | QueueReason
  | RunReason
  | { readonly code: 'queue_full'; readonly max: number }
  | { readonly code: 'vetoed'; readonly reason: string | null }
  /** `when` sightline stopped: before the signal came, while it waited, or in an earlier run. */
  | { readonly code: 'stopped'; readonly when: 'on_arrival' | 'waiting' | 'earlier_run' }
  | Recorded;

/** Why a workspace is in its state. */
export type StatusReason =
  | { readonly code: 'running'; readonly kind: RunKind; readonly snapshot: string }
  | { readonly code: 'held' }
  | { readonly code: 'observing' }
  | { readonly code: 'owner_gone' }
  | Elsewhere
  | UnavailableReason
  | GuardReason
  | BreakerReason
  | { readonly code: 'silenced'; readonly silence: SilenceName }
  | { readonly code: 'backing_off' }
  | { readonly code: 'inside_window'; readonly snapshot: string | null }
  | { readonly code: 'ready' };

/** Why an operator's request is refused. */
export type Refusal =
  | { readonly code: 'read_only' }
  | { readonly code: 'stopping' }
  | { readonly code: 'no_such_silence' }
  | { readonly code: 'silence_over' }
  | { readonly code: 'nothing_held' }
  | { readonly code: 'other_hold' }
  | { readonly code: 'run_decides' }
  | { readonly code: 'manual_running' }
  | { readonly code: 'manual_queued' }
  | { readonly code: 'too_many_rules'; readonly max: number }
  /** Work on the whole workspace waits for the end of what runs, or of the checkpoint that is queued. */
  | { readonly code: 'busy'; readonly kind: RunKind | 'queued_manual' }
  | { readonly code: 'acts_elsewhere'; readonly by: Elsewhere }
  | { readonly code: 'owner_gone' }
  | Quoted;
