/** The messages of the core: inputs, commands, and the notices for front ends and the journal. */

import type { Ack, AckScope } from '../acks.ts';
import type { BudgetFact } from '../budgets.ts';
import type { Rules } from '../rules.ts';
import type { SessionFolder } from '../folder.ts';
import type { Operator, ReactorAction } from '../actions.ts';
import type { Call } from '../calls.ts';
import type { CheckpointerReason, RestoreCounts } from '../checkpointer-reasons.ts';
import type { OperatorReason } from '../done.ts';
import type { Interruption } from '../interruptions.ts';
import type { Moment } from '../moments.ts';
import type { PauseSubject } from '../pauses.ts';
import type { Refusal } from '../reasons.ts';
import type { OperationKind } from '../runs.ts';
import type { Fate, Signal, Silence } from '../signals.ts';
import type {
  Availability,
  Changed,
  CheckpointRequest,
  LeftOut,
  Outcome,
  RollbackResult,
  Snapshot,
} from '../snapshots.ts';
import type { Mono, Ms, Now } from '../units.ts';
import type { News } from '../model/types.ts';
import type { Lock, Run } from './types.ts';

/** A call or an interruption that was seen or has changed. */
export type Fact =
  | { readonly type: 'call'; readonly call: Call; readonly previous: Call | null; readonly news: News }
  | {
      readonly type: 'interruption';
      readonly interruption: Interruption;
      readonly news: News;
      readonly calls: readonly Call[];
    };

/** A fact, or an action of an operator as it was sent, with the time at which it arrived. */
export type Input = Now &
  (
    | ReactorAction
    | Fact
    /** Many facts of one moment, in order, none of them live: what they make of a state one by one, at once. */
    | { readonly type: 'history'; readonly facts: readonly Fact[] }
    | {
        readonly type: 'notify';
        readonly signal: string;
        readonly conversationId: string | null;
        readonly agent: string | null;
        readonly processName: string | null;
        readonly pid: number | null;
      }
    | { readonly type: 'moment'; readonly moment: Moment }
    /** A budget has come to another level; `news` live: by calls that were received live. */
    | { readonly type: 'budget_level'; readonly fact: BudgetFact; readonly news: News }
    | { readonly type: 'elapsed'; readonly key: string; readonly tag: number }
    /** Of a recorded run: the signals that its detection raised in one step, which is not repeated. */
    | { readonly type: 'raised'; readonly signals: readonly Signal[] }
    /** The checkpointer sets to work on a run: nothing speaks against its folder. */
    | { readonly type: 'begun'; readonly workspace: string; readonly runId: string }
    | {
        readonly type: 'outcome';
        readonly workspace: string;
        readonly runId: string;
        readonly outcome: Outcome;
        /** False: it ended before the checkpointer set to work. */
        readonly begun?: boolean;
      }
    | { readonly type: 'baseline'; readonly workspace: string; readonly phase: 'started' | 'ended' }
    | { readonly type: 'availability'; readonly workspace: string; readonly availability: Availability }
    | {
        readonly type: 'lock';
        readonly workspace: string;
        readonly lock: Lock;
        /** The window that the last owner left open, with a lock that is ours now. */
        readonly window?: { readonly leftMs: number; readonly snapshot: string | null } | null;
      }
    | {
        readonly type: 'foreign_snapshot';
        readonly workspace: string;
        readonly snapshot: Snapshot;
        /** It was there when we looked first: only its stamp tells when it was made. */
        readonly isListed?: boolean;
      }
    /** The snapshot of a run that had been given up. */
    | { readonly type: 'late_snapshot'; readonly workspace: string; readonly snapshot: Snapshot }
    /** The facts of the folder of a session or a conversation. */
    | { readonly type: 'folder'; readonly conversationId: string; readonly folder: SessionFolder }
    /** The configuration has changed; `from` names the file, `changes` describes what is new. */
    | { readonly type: 'rules'; readonly rules: Rules; readonly from: string; readonly changes: string }
    | {
        readonly type: 'finished';
        readonly workspace: string;
        readonly runId: string;
        readonly result: RollbackResult<Refusal>;
        /** Of a rollback: what its result does not tell. */
        readonly rollback?: Pick<RollbackReport, 'snapshotAt' | 'changedSince' | 'writers'>;
      }
    /** Settles what an earlier run left open; `found`: run id → the snapshot that a lookup found. */
    | { readonly type: 'recover'; readonly runs: readonly RecoveredRun[] }
    /** `raised`, of a recorded run: the signals that detection raised of what it had deferred. */
    | { readonly type: 'stop'; readonly raised?: readonly Signal[] }
  );

/** A run that was on when an earlier process ended. */
export type RecoveredRun = { readonly workspace: string; readonly run: Run; readonly snapshot: string | null };

// ---------------------------------------------------------------- commands

export type OperatorAction =
  | 'mode'
  | 'silence'
  | 'unsilence'
  | 'ack'
  | 'unack'
  | 'veto'
  | 'fire'
  | 'checkpoint'
  | 'takeover'
  | 'resolve'
  | 'rollback'
  | 'restore'
  | 'remove'
  | 'init'
  | 'repin'
  | 'confirm'
  | 'policy'
  | 'budget'
  | 'reload'
  | 'pause'
  | 'resume';

/** The acknowledged signals, or those whose acknowledgement ended. */
export type AckReport = {
  readonly scope: AckScope;
  /** Null: taken back. */
  readonly ack: Ack | null;
  /** The ids of its signals as far as they are known. */
  readonly signals: readonly string[];
  /** Their reports, and of which type and agent all of them are; null where they differ. */
  readonly count: number;
  readonly signal: string | null;
  readonly agent: string | null;
};

/** The signal that a checkpoint is named after, for people, and how many more it is for. */
export type CheckpointCause = { readonly signal: string; readonly agent: string | null; readonly others: number };

/** A rollback that was done, if only in part. */
export type RollbackReport = {
  readonly snapshot: string;
  /** The time when the snapshot was made; null where that is not known. */
  readonly snapshotAt: Ms | null;
  /** Absent where the tool does not tell. */
  readonly counts?: RestoreCounts;
  /** Files that differ from the snapshot right after it; absent where they were not compared. */
  readonly changedSince?: number;
  /** The agents that were at work in the workspace. */
  readonly writers: readonly string[];
};

/** A notice to front ends and to the journal. */
export type Notice =
  | { readonly type: 'signal'; readonly signal: Signal }
  | { readonly type: 'fate'; readonly signal: Signal; readonly fate: Fate }
  | {
      readonly type: 'update';
      readonly signalId: string;
      readonly signal: string;
      readonly interruptionId: string | null;
      readonly resolved: boolean;
      /** The number of reports of the signal by now, itself included, and the time of the last. */
      readonly count: number;
      readonly lastAt: Ms;
      /** Null, or left out: it is not acknowledged. */
      readonly acked?: Ack | null;
      /** A snapshot that was made for it after all, when its fate had been settled. */
      readonly snapshot?: string;
      /** With a snapshot: where it was made, and for whom. */
      readonly late?: { readonly workspace: string; readonly agent: string | null };
    }
  | {
      readonly type: 'held';
      readonly workspace: string;
      readonly trigger: string;
      readonly endsAt: Ms;
      readonly cause?: CheckpointCause | null;
    }
  | { readonly type: 'started'; readonly workspace: string; readonly run: Run }
  | {
      readonly type: 'ended';
      readonly workspace: string;
      /** Null when a hold ended without a run. */
      readonly snapshot: string | null;
      readonly trigger: string | null;
      readonly outcome: 'created' | 'unchanged' | 'failed' | 'timed_out' | 'unavailable' | 'vetoed' | 'cancelled';
      readonly exitCode: number | null;
      readonly durationMs: number;
      readonly stderr: string;
      /** Null for an operator's. */
      readonly cause?: CheckpointCause | null;
      /** The reason why it failed, timed out or was not possible. */
      readonly why?: CheckpointerReason | { readonly code: 'empty_workspace' };
      /** Of the snapshot that was created. */
      readonly leftOut?: LeftOut;
      readonly changed?: Changed;
    }
  /** `asked`: until `asksUntil` an operator may answer; `unanswered`: nobody did. */
  | {
      readonly type: 'budget';
      readonly phase: 'warned' | 'reached' | 'asked' | 'unanswered';
      readonly budget: BudgetFact;
      readonly asksUntil: Ms | null;
    }
  | { readonly type: 'foreign'; readonly workspace: string; readonly snapshot: Snapshot }
  | {
      readonly type: 'operator';
      readonly action: OperatorAction;
      readonly target: string;
      readonly reason: OperatorReason | null;
      /** Left out where it was no person, or where that is not known. */
      readonly by?: Operator;
      readonly ack?: AckReport;
      /** The silence that was set, extended or ended. */
      readonly silence?: Silence;
      /** The signal for which nothing is taken (veto), or at once (fire). */
      readonly cause?: CheckpointCause | null;
      readonly rollback?: RollbackReport;
    }
  /** An operator's wish that was not granted, and why: for a toast. */
  | {
      readonly type: 'refused';
      readonly action: OperatorAction;
      readonly target: string;
      readonly reason: Refusal;
      /** The person whose wish it was, as in `operator`: it concerns nobody else. */
      readonly by?: Operator;
      /** Of a rollback that was done in part. */
      readonly rollback?: RollbackReport;
    };

export type Command =
  | { readonly type: 'schedule'; readonly key: string; readonly tag: number; readonly mono: Mono }
  | { readonly type: 'cancel'; readonly key: string }
  | { readonly type: 'spawn'; readonly request: CheckpointRequest }
  | {
      readonly type: 'operation';
      readonly workspace: string;
      readonly kind: OperationKind;
      readonly snapshot: string;
      /** Of a restore. */
      readonly paths?: readonly string[];
      readonly runId: string;
    }
  /** A budget is used up that pauses its agent, and: an operator has answered it. */
  | { readonly type: 'pause'; readonly subject: PauseSubject; readonly budget: string }
  | { readonly type: 'resume'; readonly subject: PauseSubject }
  /** Ask the checkpointer again whether it is there. */
  | { readonly type: 'probe'; readonly workspace: string }
  /** A historical signal was none: more of the history has disproved it. */
  | { readonly type: 'retracted'; readonly signalId: string }
  | { readonly type: 'notice'; readonly notice: Notice };
