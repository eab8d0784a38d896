import type { WorkspaceMap } from '../folder.ts';
import type { Ack } from '../acks.ts';
import type { BudgetState } from '../budgets.ts';
import type { CheckpointAction, Operator } from '../actions.ts';
import type { PolicyAction, PolicyRules, Rules } from '../rules.ts';
import type { Call } from '../calls.ts';
import type { Interruption } from '../interruptions.ts';
import type { Owner, RunKind } from '../runs.ts';
import type { Fate, Mode, Signal, Silence } from '../signals.ts';
import type { Availability } from '../snapshots.ts';
import type { Mono, Ms, Ns } from '../units.ts';
import type { News } from '../model/types.ts';
import type { ShardedMap } from './sharded-map.ts';

/** The part of the configuration that the core decides by. */
export type ReactorSettings = Rules & {
  readonly workspaces: WorkspaceMap;
  readonly host: string;
  readonly readOnly: boolean;
  readonly version: string;
  /** Tells the runs of this process from those of any other (part of every run id). */
  readonly instance: string;
  /** Signals remembered; `once` raises it, because it prints all. */
  readonly maxSignals: number;
  /** A loop of which nothing was reported for this long is over: no source resolves it. */
  readonly episodeQuietMs: Ms;
};

/** The part that may change while we run. */
/** A signal with what became of it; `fate` is null while it is held or running. `seq` is its number in order of arrival. */
export type SignalRecord = {
  readonly signal: Signal;
  readonly fate: Fate | null;
  readonly seq: number;
  readonly reports: Reports;
  /** The settings and timers that decided, as they were then; left out for historical ones. */
  readonly why?: Why;
  /** The sources of the earlier run that raised it; absent for one of this run. */
  readonly feeds?: readonly string[];
};

/** The number of reports of a signal, itself included, and the time of the last: rows of its episode count on it. */
export type Reports = { readonly count: number; readonly lastAt: Ms };

/**
 * The settings and timers by which a signal got its present fate. Ends are by the wall clock as it stood then; null where
 * nothing was running.
 */
export type Why = {
  readonly at: Ms;
  readonly mode: Mode;
  readonly policy: PolicyVerdict;
  readonly debounceMs: number;
  readonly graceMs: number;
  readonly trailing: boolean;
  readonly windowEndsAt: Ms | null;
  readonly windowSnapshot: string | null;
  readonly holdEndsAt: Ms | null;
  readonly backoffEndsAt: Ms | null;
  /** Automatic failures in a row, and whether the breaker was open. */
  readonly failures: number;
  readonly breakerOpen: boolean;
  /** Unsettled signals of the workspace, this one included. */
  readonly queued: number;
  /** Automatic checkpoints of the workspace in the last hour, and how many there may be; not kept by earlier versions. */
  readonly guard?: { readonly made: number; readonly limit: number };
  /** The silence that held it back. */
  readonly silenceId: string | null;
};

export const POLICY_LEVELS = ['type', 'severity', 'default'] as const;
export const POLICY_ORIGINS = ['session', 'config', 'default'] as const;

/** The action for a signal, and the rule that sets it. */
export type PolicyVerdict = {
  readonly action: PolicyAction;
  /** The rule that reports it: its type's, its severity's, or none. */
  readonly rule: (typeof POLICY_LEVELS)[number];
  readonly from: (typeof POLICY_ORIGINS)[number];
};

// ---------------------------------------------------------------- detection

/** The outcome of one finished call, for derived storms. */
export type CallOutcome = {
  /** With the start: which call. */
  readonly callId: string;
  readonly startNs: Ns;
  readonly endNs: Ns;
  readonly kind: 'failed' | 'ok' | 'interrupted';
  /** Error class of a failed one, else ''. */
  readonly errorClass: string;
  /** Was it seen live? A storm is live when one of its five failures was. */
  readonly live: boolean;
  /** The storm that it was counted in; goes with it when its conversation is rewritten. */
  readonly storm: string | null;
};

/** The recent outcomes of one (conversation, agent, pid), in order of end time. */
export type Streak = readonly CallOutcome[];

/** A stretch in which a storm or a loop is one signal. */
export type Episode = {
  readonly type: string;
  readonly conversationId: string;
  readonly agent: string | null;
  readonly pid: number | null;
  readonly startNs: Ns;
  /** The latest row of it. */
  readonly lastNs: Ns;
  /** Null while it lasts. */
  readonly endNs: Ns | null;
  readonly signalId: string;
  /** The row that agentsight wrote for it, once one came. */
  readonly interruptionId: string | null;
};

/** An interruption that waits (at most a second) for the call that it names, with what is known of that. */
export type DeferredRow = {
  readonly type: 'row';
  readonly interruption: Interruption;
  readonly news: News;
  readonly calls: readonly Call[];
};

/** A judgement that waits; `storms`: for the rest of the batch, so that the order of arrival does not matter. */
export type Deferred = DeferredRow | { readonly type: 'storms'; readonly call: ConversationCall };

/** A call with a conversation of its own. */
export type ConversationCall = Call & { readonly conversationId: string };

export type DetectState = {
  readonly streaks: ShardedMap<Streak>;
  /** Further call ids of a signal that names several → its id. */
  readonly aliases: ShardedMap<string>;
  readonly episodes: readonly Episode[];
  readonly deferred: ReadonlyMap<string, Deferred>;
};

// ---------------------------------------------------------------- acting

/** The owner of a workspace's lock. */
export type Lock =
  | { readonly type: 'none' }
  | { readonly type: 'ours' }
  | { readonly type: 'other'; readonly owner: Owner }
  /** A process that is not in view (in another container, for example) holds the folder. */
  | { readonly type: 'outside' }
  /** The engine that acted here is gone: signals wait until this one takes over, or another one is there. */
  | { readonly type: 'gone'; readonly since: Ms };

/**
 * A countdown before an automatic checkpoint. `over`: it ended while a manual run was on and waits for its result.
 */
export type HoldState = {
  readonly startedMono: Mono;
  readonly endsMono: Mono;
  readonly trigger: string;
  readonly over: boolean;
};

/** A hold as an operator reads it: by the wall clock, its end is now + what is left. `startedMono` tells it from others. */
export type Hold = Omit<HoldState, 'endsMono'> & { readonly startedAt: Ms; readonly endsAt: Ms };

export type Run = {
  readonly runId: string;
  readonly kind: RunKind;
  /** The wished id; of a rollback the one that it goes back to; '' for a baseline and an init. */
  readonly snapshot: string;
  readonly startedAt: Ms;
  /** Null for a baseline, a rollback and an init, which have no deadline. */
  readonly deadlineAt: Ms | null;
  /** Signals that it acts for (auto), or that waited when it started (manual: its success absorbs them). */
  readonly signals: readonly string[];
  /** The signal that it is named after; null for an operator's and a baseline. */
  readonly trigger: string | null;
  /** Of a rollback and an init: who wants it. */
  readonly by?: Operator;
};

/** A run that is on. Its stamps are by the wall clock at its start. */
export type ActiveRun = Run & { readonly startedMono: Mono };

/** A run without an answer: its snapshot may still appear. */
export type LostRun = Pick<Run, 'runId' | 'signals' | 'trigger'>;

/** A silence in force: over at `endsAt` or at `endsMono`, whichever comes first. */
export type ActiveSilence = Silence & { readonly endsMono: Mono };

export type Breaker = {
  readonly open: boolean;
  /** The signal that is allowed through as a probe, until it ends. */
  readonly probe: string | null;
};

/** The workspace went back to a snapshot. */
export type Rollback = {
  readonly at: Ms;
  readonly snapshot: string;
  /** Files that were written again by the end of it; absent where the tool does not tell. */
  readonly changedSince?: number;
};

/** `trigger`: a signal's id, `operator`, `other_run` of sightline, or `foreign` for another tool. */
export type LastSnapshot = { readonly id: string; readonly at: Ms; readonly trigger: string };

export type WorkspaceState = {
  readonly path: string;
  readonly availability: Availability | null;
  readonly lock: Lock;
  /** Unsettled signals in order of arrival that no run acts for; the held ones are among them. */
  readonly waiting: readonly string[];
  readonly hold: HoldState | null;
  readonly run: ActiveRun | null;
  readonly queuedManual: CheckpointAction | null;
  readonly windowEndsMono: Mono | null;
  readonly windowSnapshot: string | null;
  readonly backoffEndsMono: Mono | null;
  /** Automatic failures in a row. */
  readonly failures: number;
  readonly lastFailureMono: Mono | null;
  readonly breaker: Breaker;
  /** Automatic checkpoints of the last hour. */
  readonly recentAuto: readonly { readonly mono: Mono; readonly agent: string | null }[];
  readonly lastSnapshot: LastSnapshot | null;
  /** Oldest first, bounded. */
  readonly rollbacks: readonly Rollback[];
  /** Oldest first, bounded. */
  readonly lostRuns: readonly LostRun[];
};

export type ReactorState = {
  readonly settings: ReactorSettings;
  readonly mode: Mode;
  readonly stopping: boolean;
  readonly silences: readonly ActiveSilence[];
  /** Oldest first, bounded. */
  readonly acks: readonly Ack[];
  /** The operator's changes of the policy for this session. */
  readonly session: PolicyRules;
  /** The configured policy with the session's over it: what is decided by. */
  readonly policy: PolicyRules;
  /** Signals without a settled fate, in order of arrival; bounded by the queues. */
  readonly open: ReadonlyMap<string, SignalRecord>;
  /** Signals with their settled fate; the oldest are forgotten. */
  readonly settled: ShardedMap<SignalRecord>;
  /** Ids of the live signals that have settled, longer than their records: a known id keeps its fate. Value: event time. */
  readonly remembered: ShardedMap<Ms>;
  readonly nextSeq: number;
  readonly detect: DetectState;
  readonly workspaces: ReadonlyMap<string, WorkspaceState>;
  /** By budget and subject; that which changed last is the last. */
  readonly budgets: ReadonlyMap<string, BudgetState>;
  /** Live timers: key → the tag that alone may fire it. */
  readonly timers: ReadonlyMap<string, number>;
  readonly nextTag: number;
  readonly nextRun: number;
  readonly nextSilence: number;
  readonly nextAck: number;
};
