/**
 * Reasons as data: why a signal got its fate, why a request was refused, why a workspace is in its state. `src/wording`
 * formats them for people; nothing else may.
 */

import type { Budget } from './budgets.ts';
import type { FolderRefusal } from './folder.ts';
import type { CheckpointerReason } from './checkpointer-reasons.ts';
import type { PauseRefusal } from './pauses.ts';
import type { Elsewhere, RunKind } from './runs.ts';
import type { LeftOut, CheckpointerChoice } from './snapshots.ts';
import type { ResolveProblem } from './source-reasons.ts';
import type { Ms } from './units.ts';

/** The text of an earlier run, as its state folder kept it. */
export type Recorded = { readonly code: 'recorded'; readonly text: string };

/**
 * The space guard. `freeSpaceHint`: the command line that frees space, null where there is none. `isHalf`: that is half of
 * the limit, and the other half is not for moments.
 */
export type GuardReason = { readonly freeSpaceHint: string | null } & (
  | { readonly code: 'store_full'; readonly usedRatio: number }
  | { readonly code: 'workspace_limit'; readonly count: number; readonly isHalf: boolean }
  | { readonly code: 'agent_limit'; readonly count: number; readonly agent: string | null; readonly isHalf: boolean }
);

export type BreakerReason =
  | { readonly code: 'probe_running'; readonly failures: number }
  /** `probesInMs`: time until a signal may probe; 0 or less where the next one does. */
  | { readonly code: 'breaker_open'; readonly failures: number; readonly probesInMs: Ms };

/** No checkpointer: its answer, or that it has not answered yet. */
export type UnavailableReason = CheckpointerReason | { readonly code: 'not_asked_yet' };

/** The rule of the crash truth filter that made a crash an end. */
export type Downgrade =
  | { readonly code: 'ended_by_signal'; readonly signal: string }
  | { readonly code: 'ended_well' }
  /** Only an agent's own records show it, and they cannot tell how the process ended, or whether a poll is a loop. */
  | { readonly code: 'records_cannot_tell' }
  | Recorded;

/** The cause of a signal. */
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
  /** A person asked for something, and the model has not answered yet. */
  | { readonly code: 'turn_start' }
  /** A tool was called with a command of the table in `risky-commands.ts`, named `command`. */
  | { readonly code: 'risky_tool'; readonly tool: string; readonly command: string }
  /** Tokens in a context, and those of its window. */
  | { readonly code: 'compaction_near'; readonly usedTokens: number; readonly windowTokens: number }
  /** Amounts in decimal digits: picodollars, or tokens. `subject`: '' for all together. */
  | ({ readonly code: 'budget'; readonly subject: string; readonly spent: string; readonly limit: string } & Pick<
      Budget,
      'name' | 'every' | 'unit'
    >)
  | Recorded;

/** A session's folder that is no workspace, and why. */
export type RefusedFolder = { readonly code: FolderRefusal; readonly path: string };

/** The reason why a signal may not act. */
export type GateReason =
  | { readonly code: 'before_attach' }
  | { readonly code: 'policy'; readonly action: 'flag' | 'ignore'; readonly type: string }
  | { readonly code: 'downgraded'; readonly rule: Downgrade }
  /** `folder`: why its session's folder is none, where that was asked. */
  | {
      readonly code: 'no_workspace';
      readonly agent: string | null;
      readonly folder?: RefusedFolder;
    }
  | { readonly code: 'silenced'; readonly silence: SilenceName }
  | { readonly code: 'disarmed'; readonly readOnly: boolean; readonly workspace: string }
  | UnavailableReason
  | GuardReason
  | BreakerReason;

export type SilenceName = { readonly id: string; readonly createdBy: string; readonly reason: string | null };

/** The reason why a signal waits. */
export type QueueReason =
  | { readonly code: 'behind_run'; readonly kind: RunKind }
  | { readonly code: 'awaits_takeover' }
  | { readonly code: 'backing_off' }
  | { readonly code: 'inside_window'; readonly snapshot: string | null };

/** The result of the checkpoint of a signal. */
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
  /** Nothing was written since this snapshot. */
  | { readonly code: 'unchanged'; readonly snapshot: string }
  | {
      readonly code: 'run_failed';
      readonly why: CheckpointerReason;
      readonly exitCode: number | null;
      readonly stderr: string;
    };

/** The reason why a signal has its fate. */
export type FateReason =
  | GateReason
  | QueueReason
  | RunReason
  | { readonly code: 'queue_full'; readonly max: number }
  | { readonly code: 'vetoed'; readonly reason: string | null }
  /** `when` sightline stopped: before the signal came, while it waited, or in an earlier run. */
  | { readonly code: 'stopped'; readonly when: 'on_arrival' | 'waiting' | 'earlier_run' }
  | Recorded;

/** The reason why a workspace is in its state. */
export type StatusReason =
  | { readonly code: 'running'; readonly kind: RunKind; readonly snapshot: string }
  | { readonly code: 'held' }
  | { readonly code: 'observing' }
  | { readonly code: 'owner_gone' }
  | UnavailableReason
  | GuardReason
  | BreakerReason
  | { readonly code: 'silenced'; readonly silence: SilenceName }
  | { readonly code: 'backing_off' }
  | { readonly code: 'inside_window'; readonly snapshot: string | null }
  | { readonly code: 'ready' };

/** The reason why an operator's request is refused, or a query has no answer. */
export type Refusal =
  | { readonly code: 'read_only' }
  | { readonly code: 'stopping' }
  /** Of a console: the engine at the other end is gone, or does not answer. */
  | { readonly code: 'engine_gone' }
  /** Of a console: it will be known in a moment. */
  | { readonly code: 'asking_engine' }
  /** It was meant for an earlier run of the engine. */
  | { readonly code: 'other_run' }
  /** It arrived when it was not meant any more. */
  | { readonly code: 'too_late' }
  /** Over a broker: it was decided by an older state than the host had by then. */
  | { readonly code: 'stale_view' }
  /** Over a broker: the content of files does not leave the host. */
  | { readonly code: 'stays_on_host' }
  /** Over a broker: its permissions do not let this operator act there. */
  | { readonly code: 'not_permitted' }
  /** Over a broker: two engines publish as this host, so that either could act and either answer. */
  | { readonly code: 'two_hosts'; readonly host: string }
  /** In the view of a fleet: it concerns one host, whose own view has it. */
  | { readonly code: 'open_host'; readonly host: string | null }
  | { readonly code: 'no_such_silence' }
  | { readonly code: 'silence_over' }
  /** No signal of the scope exists that is not acknowledged already, or none that is. */
  | { readonly code: 'nothing_to_ack' }
  | { readonly code: 'nothing_acked' }
  | { readonly code: 'nothing_held' }
  | { readonly code: 'other_hold' }
  | { readonly code: 'run_decides' }
  | { readonly code: 'manual_running' }
  | { readonly code: 'manual_queued' }
  | { readonly code: 'too_many_rules'; readonly max: number }
  /** None of that name is kept, or nothing was spent of it by that subject. */
  | { readonly code: 'no_such_budget'; readonly name: string }
  /** It is kept for several, and none was named. */
  | { readonly code: 'budget_of_whom'; readonly name: string; readonly subjects: readonly string[] }
  | { readonly code: 'budget_not_raised'; readonly unit: Budget['unit']; readonly limit: string }
  | { readonly code: 'budget_not_near'; readonly name: string }
  /** The budget of an hour has no begin that could be set. */
  | { readonly code: 'budget_slides'; readonly name: string }
  /** An operation waits for the end of what runs, or of the checkpoint that is queued. */
  | { readonly code: 'busy'; readonly kind: RunKind | 'queued_manual' | 'operation' }
  | { readonly code: 'acts_elsewhere'; readonly by: Elsewhere }
  | { readonly code: 'owner_gone' }
  /** The engine that acts there has not ended. */
  | { readonly code: 'still_owned' }
  | { readonly code: 'no_workspaces' }
  /** No session works in that folder, or it needs no confirmation. */
  | { readonly code: 'not_unconfirmed'; readonly path: string }
  /** No agent's records are left alone because they are old, or none of them are being read. */
  | { readonly code: 'nothing_older' }
  | { readonly code: 'nothing_older_read' }
  | { readonly code: 'session_folder'; readonly folder: RefusedFolder }
  /** The checkpointer that was chosen by name is not available for a workspace. */
  | {
      readonly code: 'choice_unavailable';
      readonly workspace: string;
      readonly choice: string;
      readonly why: CheckpointerReason | null;
    }
  /** Another operation started at the same moment. */
  | { readonly code: 'overtaken' }
  /** All that speaks against a plan. */
  | { readonly code: 'several'; readonly reasons: readonly Refusal[] }
  /** The checkpoint before a rollback was not made, so nothing was rolled back. */
  | { readonly code: 'checkpoint_first_failed'; readonly why: Refusal }
  | { readonly code: 'unknown_workspace'; readonly workspace: string }
  | {
      readonly code: 'incapable';
      readonly checkpointer: string;
      readonly capability: 'list' | 'diff' | 'contents' | 'rollback' | 'restore' | 'remove';
    }
  | { readonly code: 'empty_workspace' }
  | { readonly code: 'no_initializer' }
  /** Its checkpoints are by a checkpointer that was chosen by name. */
  | { readonly code: 'other_checkpointer'; readonly choice: ChoiceReason }
  | { readonly code: 'not_pinned'; readonly workspace: string }
  | { readonly code: 'nothing_to_pin' }
  | { readonly code: 'folder_missing'; readonly workspace: string }
  /** A process would lose its folder, which is replaced. */
  | { readonly code: 'works_inside'; readonly process: ProcessName; readonly cwd: string }
  | InitRefusal
  | { readonly code: 'interruption_gone' }
  | { readonly code: 'already_resolved' }
  | { readonly code: 'sources_only_read'; readonly sources: readonly string[] }
  /** `failures`: why some sources did not take it; `resolvedAt`: the sources that did. */
  | {
      readonly code: 'not_resolved';
      readonly failures: readonly ResolveProblem[];
      readonly resolvedAt: readonly string[];
    }
  | PauseRefusal
  | CheckpointerReason;

export type ProcessName = { readonly pid: number; readonly name: string; readonly isOurs: boolean };

/** The reason why `ws-ckpt init` of a folder may not be run. */
export type InitRefusal =
  | { readonly code: 'already_managed'; readonly workspace: string }
  | { readonly code: 'init_folder_missing'; readonly workspace: string }
  | { readonly code: 'init_of_link'; readonly workspace: string }
  | { readonly code: 'init_of_file'; readonly workspace: string }
  | { readonly code: 'init_of_root' }
  | { readonly code: 'init_of_home'; readonly workspace: string }
  | { readonly code: 'init_of_system'; readonly workspace: string }
  | { readonly code: 'init_of_mount'; readonly workspace: string }
  | { readonly code: 'init_left_over'; readonly workspace: string; readonly path: string }
  | {
      readonly code: 'init_does_not_fit';
      readonly workspace: string;
      readonly size: FolderSize;
      readonly freeBytes: number;
      readonly totalBytes: number;
    }
  /** `cwd` null: it has `fileCount` files open inside. */
  | {
      readonly code: 'init_process_inside';
      readonly process: ProcessName;
      readonly cwd: string | null;
      readonly fileCount: number;
    };

/** The size of a folder, as far as it was counted. Bytes are those of the contents: what a copy takes. */
export type FolderSize = {
  readonly files: number;
  readonly bytes: number;
  /** False where counting was stopped, or something could not be read: there is more. */
  readonly complete: boolean;
};

/** The reason why a workspace has its checkpointer. */
export type ChoiceReason =
  | { readonly code: 'chosen'; readonly checkpointer: CheckpointerChoice }
  /** git, because ws-ckpt cannot be used. */
  | { readonly code: 'git_instead'; readonly why: CheckpointerReason | null }
  | { readonly code: 'managed'; readonly version: string | null; readonly workspace: string }
  /** The program that embeds the engine brought it. */
  | { readonly code: 'embedded'; readonly text: string };
