import type { Action, ActionOf, ActionResult, CheckpointAction, PolicyTarget } from '../core/actions.ts';
import { wordRefusal } from '../wording/refusals.ts';
import type { Ack } from '../core/acks.ts';
import type { BudgetView } from '../core/budgets.ts';
import type { Call } from '../core/calls.ts';
import type { Done } from '../core/done.ts';
import type { Interruption } from '../core/interruptions.ts';
import type { Result } from '../core/result.ts';
import type { Advisory, Matcher, Mode, Signal, Silence } from '../core/signals.ts';
import type {
  Availability,
  Checkpointer,
  CheckpointerName,
  Diff,
  RollbackPreview,
  RollbackResult,
  SnapshotContents,
  SnapshotView,
} from '../core/snapshots.ts';
import type { LocateProblem } from '../core/source-reasons.ts';
import type { ReadPosition, SourceHealth, SourceUri } from '../core/sources.ts';
import type { Mono, Ms } from '../core/units.ts';
import type { PausePlan, PauseSubject, Pausing } from '../core/pauses.ts';
import type { PolicyAction, Rules } from '../core/rules.ts';
import type { Config } from '../config/config.ts';
import type { CallContent } from '../core/content.ts';
import type { NoContent } from '../core/source-reasons.ts';
import type { SearchEnd, StoryResult, TextHit } from '../core/story.ts';
import type { CheckpointAdvice, NoPreview, PlanEffect, PlanWarning } from '../core/plans.ts';
import type { ChoiceReason, Refusal } from '../core/reasons.ts';
import type { FigureSums, Figures } from '../core/model/meters/figures.ts';
import type { AgentDetail, ModelView, Recent, RowSpent, SourceCounts } from '../core/model/types.ts';
import type { PolicyRow } from '../core/reactor/policy/table.ts';
import type { SilenceView } from '../core/reactor/silences/view.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { Episode, Hold, LastSnapshot, Lock, Rollback, Run, SignalRecord } from '../core/reactor/types.ts';
import type { WorkspaceStatus } from '../core/reactor/view.ts';
import type { StateProblem } from '../effects/state/journal.ts';
import type { Unprinted } from '../effects/state/state-store.ts';
import type { FolderIdentity, OwnedFolder } from '../core/folder.ts';
import type { ProcessScan } from '../effects/process/processes.ts';

/** A path that was tried for a feed in vain, and why there is none. */
/** A default location at which nothing is read, and why. */
export type TriedPath = { readonly path: string; readonly why: LocateProblem };

export type SourceView = {
  readonly health: SourceHealth;
  /** Null where it is not known. */
  readonly position: ReadPosition | null;
  readonly counts: SourceCounts;
  /** Signals that were there when we attached. */
  readonly historicalSignals: number;
};

/** The cost of the calls of a workspace; `isPlan`: all of it is a plan's; `isPart`: there was more that is not known any more. */
export type WorkspaceSpent = RowSpent & { readonly isPlan: boolean; readonly isPart: boolean };

export type WorkspaceView = {
  readonly path: string;
  /** Agents that act here, as far as they are configured or were seen. */
  readonly agents: readonly string[];
  /** Left out where nothing was billed. */
  readonly spent?: WorkspaceSpent;
  readonly availability: Availability;
  /** The folder that is really touched, once it is pinned; null before, or where none is. */
  readonly folder: OwnedFolder | null;
  /** The reason why this checkpointer was chosen. */
  readonly why: ChoiceReason;
  readonly status: WorkspaceStatus;
  readonly lock: Lock;
  /** Unsettled signals that no run acts for. */
  readonly waiting: readonly string[];
  readonly hold: Hold | null;
  readonly run: Run | null;
  readonly queuedManual: boolean;
  readonly windowEndsAt: Ms | null;
  readonly windowSnapshot: string | null;
  readonly backoffEndsAt: Ms | null;
  readonly failures: number;
  readonly lastSnapshot: LastSnapshot | null;
  /** The newest snapshots, of every maker, oldest first; bounded. `queries.snapshots` gives the whole list. */
  readonly snapshots: readonly SnapshotView[];
  /** Oldest first, bounded. */
  readonly rollbacks: readonly Rollback[];
  readonly capabilities: Checkpointer['capabilities'];
  /** `ws-ckpt init` would change something, and may be asked for. */
  readonly canInit: boolean;
};

/** An engine in another process, as it names itself. */
export type EngineName = {
  /** This run of it: another run has other holds, silences and snapshots. */
  readonly run: string;
  readonly pid: number;
  readonly user: string;
  readonly version: string;
  /** The subcommand that runs it: `headless`, or `dashboard`. */
  readonly command: string;
};

/** A console's engine in another process. */
export type Attachment = {
  readonly engine: EngineName;
  /** Its host in the fleet from which it was opened; left out where it is the only one that is shown. */
  readonly host?: string;
  /** Since when it is gone, Unix ms; null while it is there. */
  readonly lostSince: Ms | null;
};

/** A host of a fleet, as its summary and its silence tell. */
export type FleetHost = {
  /** Its token in the subjects of the broker. */
  readonly name: string;
  readonly engine: EngineName | null;
  /** The last known mode: it may go on acting by it while it is unseen. */
  readonly mode: Mode;
  readonly graceMs: number;
  readonly readOnly: boolean;
  /** The time when it was heard last, Unix ms by our clock; it is unseen after some seconds without a sign of life. */
  readonly heardAt: Ms;
  readonly isUnseen: boolean;
  /** Its clock less ours, ms. */
  readonly skewMs: number;
  readonly started: boolean;
  /** Lag of its slowest source, null where none is known; `isDark`: some source cannot be read. */
  readonly lagMs: number | null;
  readonly isDark: boolean;
  readonly agents: number;
  readonly conversations: number;
  /** The trouble there by the ladder, and conversations that wait for a person, by its own count. */
  readonly trouble: number;
  readonly waiting: number;
  readonly recent: Recent | null;
  /** Its money and tokens; null where they are not known: of one that is unseen, or too old to tell them. */
  readonly figures: Figures | null;
  /** The day of its prices; null without any. */
  readonly pricesDate: string | null;
  /** Another engine has its name: it was refused, or (null) both publish. Null where it is alone. */
  readonly twin: { readonly refused: EngineName | null } | null;
};

/** The hosts of a fleet; a view with them is the sum of theirs, and names of things in it begin with those of their hosts. */
export type Fleet = {
  readonly broker: string;
  /** Since when the broker is gone, Unix ms; null while it is there. */
  readonly lostSince: Ms | null;
  readonly hosts: readonly FleetHost[];
  /** Hosts beyond those that are followed. */
  readonly more: number;
  /** Some host shows what was asked in its conversations. */
  readonly hasTexts: boolean;
  readonly sums: FigureSums;
};

/** A hook of the configuration: how much waits for it, and what keeps it. */
export type HookView = {
  readonly name: string;
  /** Events that are not delivered yet. */
  readonly waiting: number;
  /** Events of this run that never will be. */
  readonly dropped: number;
  /** Since when it fails, Unix ms, and why the last attempt did; null while it does not. */
  readonly failing: { readonly since: Ms; readonly why: string } | null;
};

/** One moment of everything that a front end shows. Parts keep their reference while they are unchanged. */
export type EngineView = {
  /** The engine in another process that this is the view of; left out where it is our own. */
  readonly attachment?: Attachment;
  /** The hosts that this is the sum of; left out where it is the view of one. */
  readonly fleet?: Fleet;
  /** The time when this was committed, by both clocks. */
  readonly at: Ms;
  readonly mono: Mono;
  readonly host: string;
  readonly version: string;
  /** Every source has reached its present end (or is absent or lost). */
  readonly started: boolean;
  readonly mode: Mode;
  readonly readOnly: boolean;
  readonly debounceMs: number;
  /** The countdown before an automatic checkpoint in this mode, ms. */
  readonly graceMs: number;
  readonly timeoutMs: number;
  /** The day of the prices; null without any. */
  readonly pricesDate: string | null;
  /** Agents and sources that the configuration declares to be on a plan. */
  readonly plans: readonly string[];
  /** Rule S4's thresholds, for the meter of the uncached hour. */
  readonly advisory: Config['advisory'];
  /** The thresholds above which an agent or a conversation is in trouble. */
  readonly trouble: Config['trouble'];
  readonly sources: readonly SourceView[];
  /** Agents that are stopped; left out where none may be, and none is. */
  readonly pausing?: Pausing;
  /** The hooks that this engine calls; left out where it calls none. */
  readonly hooks?: readonly HookView[];
  /** The paths without a feed when we began to wait for one; empty where one was named or found. */
  readonly tried: readonly TriedPath[];
  readonly model: ModelView;
  /** Newest first. */
  readonly signals: readonly SignalRecord[];
  /** Storms that we derived and no row has confirmed, as interruptions without an id. */
  readonly derived: readonly Interruption[];
  /** The storms and loops that are remembered, over ones included; and how long a loop lasts beyond its latest row, ms. */
  readonly episodes: readonly Episode[];
  readonly episodeQuietMs: Ms;
  /** Budgets with what was spent of them by each subject, the fullest first; bounded. */
  readonly budgets: readonly BudgetView[];
  readonly silences: readonly Silence[];
  /** Acknowledgements of operators, oldest first; the same list while nothing changes. */
  readonly acks: readonly Ack[];
  readonly workspaces: readonly WorkspaceView[];
  /** The cost in none of them; left out where there is none. */
  readonly elsewhere?: WorkspaceSpent;
  /** The reason why nothing is kept over a restart now; null while all is. */
  readonly stateProblem: StateProblem | null;
  /** The policy of each known type and severity in this session, and where it comes from. */
  readonly policy: readonly PolicyRow[];
};

/** The events, in order: for front ends that print and for programs that embed the engine. */
export type EngineEvent = { readonly at: Ms } & (
  | {
      readonly type: 'started';
      readonly mode: Mode;
      readonly sources: readonly SourceView[];
      readonly workspaces: readonly WorkspaceView[];
    }
  | { readonly type: 'source'; readonly source: SourceView }
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'advisory'; readonly advisory: Advisory; readonly historical: boolean }
  /** A line for people. */
  | { readonly type: 'talk'; readonly line: string }
  | { readonly type: 'stopped'; readonly reason: string; readonly signals: number; readonly checkpoints: number }
);

// ---------------------------------------------------------------- intents and queries

export type SilenceRequest = { readonly matcher: Matcher; readonly durationMs: number; readonly reason: string | null };
export type Notification = {
  readonly agent?: string | null;
  readonly processName?: string | null;
  readonly pid?: number | null;
};

/** The actions of an operator as methods, for embedding programs; each calls `Engine.dispatch`. */
export type Intents = {
  /** Resolves to null, or to why it was refused (`wordRefusal` formats it). */
  readonly setMode: (mode: Mode, reason?: string | null) => Promise<Refusal | null>;
  readonly checkpoint: (workspace: string, about?: Omit<CheckpointAction, 'type' | 'workspace'>) => void;
  /** Returns the new silence's id. */
  readonly silence: (request: SilenceRequest) => string;
  /** Sets a new end, Unix ms. */
  readonly extendSilence: (id: string, endsAt: Ms) => void;
  /** Makes a silence end so much later, ms: the same wherever the clock is set meanwhile. */
  readonly lengthenSilence: (id: string, byMs: Ms) => void;
  readonly unsilence: (id: string) => void;
  /** `heldSince`: the start of the hold that is meant (`hold.startedMono`); another one is then left alone. */
  readonly veto: (workspace: string, reason?: string | null, heldSince?: Mono | null) => void;
  readonly fire: (workspace: string, reason?: string | null, heldSince?: Mono | null) => void;
  /** Tries to take over a workspace whose owner may be gone; resolves to null, or to why not. */
  readonly takeOver: (workspace: string) => Promise<Refusal | null>;
  /** For this session: what is done about a type, or about a severity; null takes the change back. */
  readonly setPolicy: (rule: PolicyTarget, action: PolicyAction | null) => void;
  /** Applies the rules of a reloaded configuration; `changes` describes what is new. */
  readonly reload: (rules: Rules, from: string, changes: string) => void;
  /** Marks an interruption as resolved at each source that takes it. */
  readonly resolve: (interruptionId: string) => Promise<Result<Done, Refusal>>;
  /** Replaces the workspace by a snapshot, unless the plan refuses it; the operator has typed the confirmation. */
  readonly rollback: (
    workspace: string,
    snapshot: string,
    options?: RollbackOptions,
  ) => Promise<RollbackResult<Refusal>>;
  /** Takes the checkpoint that precedes a rollback: where only snapshots can be compared, its plan is exact from then on. */
  readonly checkpointBefore: (workspace: string, snapshot: string) => Promise<Result<Done, Refusal>>;
  /** Deletes a snapshot. */
  readonly remove: (workspace: string, snapshot: string) => Promise<Result<Done, Refusal>>;
  /** Runs `ws-ckpt init`, unless the plan refuses it; the operator has typed the confirmation. */
  readonly init: (workspace: string) => Promise<Result<Done, Refusal>>;
  /** Pins the folder that the operator was shown (`repinPlan`), unless it is another one by now. */
  readonly repin: (workspace: string, shown: FolderIdentity) => Promise<Result<Done, Refusal>>;
  /** Takes the folder of a session, which waits for a person, as a workspace (`workspaces.from_sessions`). */
  readonly confirmFolder: (path: string) => Promise<Result<Done, Refusal>>;
  /** Reads the next part of the agents' records that are older than `recordsSince`, or stops that. */
  readonly older: (isStopped?: boolean) => Promise<Result<Done, Refusal>>;
  /** Stops the processes of an agent (`pause.enabled`); they go on by themselves after a time. */
  readonly pause: (
    subject: PauseSubject,
    options?: Pick<ActionOf<'pause'>, 'durationMs' | 'reason' | 'cause'>,
  ) => Promise<Result<Done, Refusal>>;
  /** Continues what is stopped, of a subject or all. */
  readonly resume: (subject?: PauseSubject) => Promise<Result<Done, Refusal>>;
};

/** The queries of a front end on demand; never kept in the view. */
export type Queries = {
  /** The content of a call, from the richest source that has it. */
  readonly content: (call: Call) => Promise<Result<CallContent, NoContent>>;
  /** The story of a conversation, from the first source that has it. */
  readonly story: (conversationId: string, signal: AbortSignal) => Promise<StoryResult>;
  /** Searches the texts of all sources that can be searched, one after another; resolves to why it ended. Never rejects. */
  readonly search: (search: ContentSearch, signal: AbortSignal) => Promise<SearchEnd>;
  /** The workspace's snapshots of every maker, newest first. */
  readonly snapshots: (workspace: string) => Promise<Result<readonly SnapshotView[], Refusal>>;
  /** Returns what changed between two snapshots; `to` null: since `from`. */
  readonly diff: (workspace: string, from: string, to: string | null, path?: string) => Promise<Result<Diff, Refusal>>;
  /** Returns what a snapshot changed against the one before it, file by file. */
  readonly contents: (workspace: string, snapshot: string) => Promise<Result<SnapshotContents, Refusal>>;
  readonly rollbackPlan: (workspace: string, snapshot: string) => Promise<Result<RollbackPlan, Refusal>>;
  readonly restorePlan: (
    workspace: string,
    snapshot: string,
    paths: readonly string[],
  ) => Promise<Result<RestorePlan, Refusal>>;
  readonly initPlan: (workspace: string) => Promise<Result<InitPlan, Refusal>>;
  readonly repinPlan: (workspace: string) => Promise<Result<RepinPlan, Refusal>>;
  /** The sources that can mark an interruption as resolved, or why none can. */
  readonly resolvers: (interruptionId: string) => Result<readonly SourceUri[], Refusal>;
  /** The sources that report a call or an interruption, sorted; empty for what is no longer held. */
  readonly sourcesOf: (fact: Call | Interruption) => readonly SourceUri[];
  /** The call that a signal is about; for a storm its fifth. Null when it is not held any more. */
  readonly callOf: (signal: Signal) => Call | null;
  /** Each silence with its countdown and what it held back. */
  readonly silences: () => readonly SilenceView[];
  /** An agent's last hour, its models and its processes; null for an unknown one. */
  readonly agent: (agent: string) => AgentDetail | null;
  /** Returns the groups that a pause would stop now, or the reason why none. */
  readonly pausePlan: (subject: PauseSubject) => Result<PausePlan, Refusal>;
};

/** A search in content: a text, upper and lower case alike, in what was written at `since` or later. */
export type ContentSearch = {
  readonly text: string;
  readonly since: Ms;
  readonly hit: (hit: TextHit) => void;
  /** The part that is done, 0…1. */
  readonly progress: (share: number) => void;
};

/** @deprecated The former name of `Queries`; it goes with the next release. */
export type Questions = Queries;

// ---------------------------------------------------------------- plans

/** The preview of a rollback; making it changes nothing. */
export type RollbackPlan = {
  readonly workspace: string;
  /** The folder that is really touched; null where any folder would do (a checkpointer of the embedding program). */
  readonly folder: OwnedFolder | null;
  readonly checkpointer: CheckpointerName;
  readonly snapshot: SnapshotView;
  /** The changes since the snapshot that will be undone: text for a pager, or why it is not known. */
  readonly preview: Result<string, NoPreview>;
  /** The snapshot up to which the preview goes, where it cannot be had up to now; null where it is exact. */
  readonly previewUpTo: string | null;
  /** Number of changed paths, null where it is not known. */
  readonly changes: number | null;
  /** The result that it would report, the parts that it could not do, and the repositories; null where the tool does not tell. */
  readonly restore: RollbackPreview | null;
  /** The newest snapshot, the target itself perhaps: what came after it is lost for good. */
  readonly newest: SnapshotView;
  /** Number of paths changed since the newest snapshot, null where it is not known. */
  readonly unsaved: number | null;
  /** Ms since the newest snapshot. */
  readonly unsavedMs: Ms | null;
  /** Snapshots newer than the target; they stay. */
  readonly later: number;
  readonly processes: ProcessScan;
  /** The effects, line by line. */
  readonly effects: readonly PlanEffect[];
  /** The warnings; the rollback is possible all the same. */
  readonly warnings: readonly PlanWarning[];
  /** The reason why it will not be done; empty when it can be. */
  readonly refusals: readonly Refusal[];
  /** Is a checkpoint advised before, and why (or why not)? */
  readonly checkpointFirst: CheckpointAdvice;
  /** The text that the operator has to type. */
  readonly confirmation: string;
};

/** The preview of a restore of single paths; making it changes nothing. */
export type RestorePlan = {
  readonly workspace: string;
  readonly snapshot: SnapshotView;
  /** As they were asked for, relative to the workspace. */
  readonly paths: readonly string[];
  /** The numbers that it would report. */
  readonly counts: RollbackPreview['counts'];
  /** The files that it would write, and those that stand in their place; bounded. */
  readonly files: RollbackPreview['files'];
  /** The parts that it could not do. */
  readonly limits: RollbackPreview['limits'];
  /** The reason why it will not be done; empty when it can be. */
  readonly refusals: readonly Refusal[];
};

/** The preview of `ws-ckpt init`; making it changes nothing. */
export type InitPlan = {
  readonly workspace: string;
  /** The moves, line by line. */
  readonly effects: readonly PlanEffect[];
  readonly warnings: readonly PlanWarning[];
  readonly refusals: readonly Refusal[];
  readonly processes: ProcessScan;
  /** The command that will be run, as a line for a shell. */
  readonly command: string;
  /** The text that the operator has to type. */
  readonly confirmation: string;
};

/** The preview of pinning a workspace's folder again; making it changes nothing. */
export type RepinPlan = {
  readonly workspace: string;
  /** The folder that would be pinned. */
  readonly shown: FolderIdentity;
  /** The pinned and the found folder, with their owners, line by line. */
  readonly effects: readonly PlanEffect[];
  readonly warnings: readonly PlanWarning[];
  readonly refusals: readonly Refusal[];
  /** The text that the operator has to type: the canonical path. */
  readonly confirmation: string;
};

export type RollbackOptions = {
  /** Take a manual checkpoint before; the rollback is not begun where that fails. */
  readonly checkpointFirst?: boolean;
  readonly reason?: string | null;
};

// ---------------------------------------------------------------- the engine

/**
 * The latest view, and a listener for the next ones. Written out instead of imported from zustand, which keeps it: the
 * types of the package need no other package.
 */
export type EngineStore = {
  readonly getState: () => EngineView;
  readonly getInitialState: () => EngineView;
  /** Returns the function that ends it. */
  readonly subscribe: (listener: (view: EngineView, previous: EngineView) => void) => () => void;
};

/** The queries of a screen. An engine in another process takes a moment to find the call of a signal. */
export type ScreenQueries = Omit<Queries, 'callOf'> & {
  readonly callOf: (signal: Signal) => Call | null | Promise<Call | null>;
};

/** An engine as a screen uses it, in this process or in another one. */
export type ScreenEngine = Pick<Engine, 'store' | 'dispatch' | 'calls' | 'commit'> & {
  readonly queries: ScreenQueries;
  /** Shows a host of the fleet whole, or all of them again (null); left out where there is no fleet. */
  readonly openHost?: (host: string | null) => Promise<Refusal | null>;
  /** Of a fleet alone: acts on a host by an action that does not name it. */
  readonly dispatchTo?: (host: string, action: Action) => Promise<ActionResult>;
};

export type Engine = {
  readonly store: EngineStore;
  /** Runs an action of an operator: a key, a command and a program enter by this door. Resolves to its result. */
  readonly dispatch: (action: Action) => Promise<ActionResult>;
  readonly intents: Intents;
  readonly queries: Queries;
  /** @deprecated Use `queries`; it goes with the next release. */
  readonly ask: Queries;
  /** The calls of one conversation that are still held, oldest first. */
  readonly calls: (conversationId: string | null) => readonly Call[];
  readonly checkpointer: (workspace: string) => Checkpointer | null;
  /** The public door of rule S3: a critical interruption that the embedding program knows of. */
  readonly notifyInterruption: (type: string, conversationId: string | null, about?: Notification) => void;
  /** Listens to everything that happens; the returned function ends it. */
  readonly listen: (listener: (event: EngineEvent) => void) => () => void;
  /**
   * Settled fates that no run has written out: for a front end that promises to print each. `take` gives those of earlier
   * runs once it is started; each one that has left the process is to be marked.
   */
  readonly unprinted: Unprinted;
  /** Brings the store up to date at once. */
  readonly commit: () => void;
  /** Until the returned function is called, brings it up to date within `ms` of each change: for whoever watches. */
  readonly pace: (ms: Ms) => () => void;
  /**
   * Opens the sources and arms, as configured; resolves when `started` has been emitted.
   * @throws ArmError when the configured mode cannot be set.
   */
  readonly start: () => Promise<void>;
  /** Resolves when every source has ended for good and nothing waits any more. */
  readonly drained: Promise<void>;
  /** Stops intake, lets a running checkpoint finish within its deadline, writes the journal. */
  readonly close: (reason?: string) => Promise<void>;
  /** Ends running children at once; for a second signal. */
  readonly abort: () => void;
};

/** The configured mode cannot be set; the message has the reason and the remedy. */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly reason: Refusal;

  constructor(reason: Refusal) {
    super(wordRefusal(reason));
    this.reason = reason;
  }
}
