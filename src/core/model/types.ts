/**
 * The output of the model: the changes that one event made (the reactor's food), and the immutable entities that
 * front ends read. Entities keep their reference while nothing in them changed.
 */
import type { Budget, BudgetReading } from '../budgets.ts';
import type { Call } from '../calls.ts';
import type { FactEvent, FeedEvent } from '../feed.ts';
import type { PastGroup } from '../past/past.ts';
import type { Interruption, Namer } from '../interruptions.ts';
import type { Moment } from '../moments.ts';
import type { Advisory } from '../signals.ts';
import type { ContextUse, LimitReached, SessionFacts } from '../sessions.ts';
import type { SourceUri } from '../sources.ts';
import type { Ms } from '../units.ts';
import type { CellChange, SavedBudgets, WorkspaceOf } from './budgets/types.ts';

/** Novelty of a change: `live` may be acted upon, `historical` was known from before, `none` is no news. */
export type News = 'live' | 'historical' | 'none';

/** One thing that an event changed. `previous` is null when the thing was first seen. */
export type ModelChange =
  | { readonly type: 'call'; readonly call: Call; readonly previous: Call | null; readonly news: News }
  | {
      readonly type: 'interruption';
      readonly interruption: Interruption;
      readonly previous: Interruption | null;
      readonly news: News;
      /** The calls it names (`callId`, `detail.callIds`) as far as the model still holds them. */
      readonly calls: readonly Call[];
    }
  | { readonly type: 'advisory'; readonly advisory: Advisory; readonly news: News }
  /** It may be of the past: its time tells. */
  | { readonly type: 'moment'; readonly moment: Moment };

/** Prices calls. What it has no price for has none, never a guess. */
export type Pricer = {
  readonly date: string;
  /** Picodollars of a call; null where its model or its tokens are not known, undefined while none are due. */
  readonly costOf: (call: Call) => bigint | null | undefined;
  /** The same of many calls of one model, where their sums tell. */
  readonly costOfSums: (group: PastGroup) => bigint | null;
  /** The context window of a model; null where neither the table nor the configuration has one. */
  readonly windowOf: (provider: string | null, model: string | null) => ModelWindow | null;
};

/** The context window of a model in tokens. `isStated`: by the configuration, which knows better than any list. */
export type ModelWindow = { readonly tokens: number; readonly isStated: boolean };

/** Bounds of one model; `limits.ts` has the defaults and their reasons. */
export type ModelLimits = {
  readonly calls: number;
  readonly callsPerConversation: number;
  /** Characters of text that the kept calls hold together; the same of interruptions below. */
  readonly callText: number;
  readonly conversations: number;
  readonly summaries: number;
  readonly agents: number;
  readonly interruptions: number;
  readonly interruptionText: number;
  /** S4 advisories of one agent. */
  readonly advisories: number;
  /** Pids and models remembered of one agent or conversation. */
  readonly names: number;
};

export type ModelOptions = {
  readonly limits?: Partial<ModelLimits>;
  /** Rule S4's thresholds: the window's length in ms and the input tokens that fill it. */
  readonly advisory: { readonly windowMs: Ms; readonly inputTokens: number };
  /** Left out: no call has a price, and no model a window. */
  readonly pricer?: Pricer;
  /** A context that is filled to this share is nearly full; left out: the default of the configuration. */
  readonly contextShare?: number;
  /** Returns the day of a time on the host's clock; left out: by UTC. */
  readonly localDay?: (at: Ms) => Day;
  /** The budgets, and their sums as an earlier run kept them; left out: there is none. */
  readonly budgets?: { readonly list: readonly Budget[]; readonly saved: SavedBudgets; readonly now: Ms };
  /** False keeps as much as `once` prints, whatever the limits are. */
  readonly evict: boolean;
};

/** Sums over known values; `cacheRatio` is null where no call's cache counters are known. */
export type Totals = {
  readonly calls: number;
  /** Interrupted, or answered with HTTP status 400 and above. */
  readonly failed: number;
  readonly pending: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  /** The whole prompt by the provider's own accounting. */
  readonly promptTokens: number;
  /** Σ read / Σ prompt over calls whose cache counters are known, 0…1. */
  readonly cacheRatio: number | null;
  /** Calls whose output count is a lower bound; left out where there are none. */
  readonly unsureOutput?: number;
  /** Left out without prices, and where no call was billed. */
  readonly cost?: Cost;
};

/** List price of the calls that have one, in picodollars, with the number of those that have none. */
export type Cost = { readonly pico: bigint; readonly priced: number; readonly unpriced: number };

/** A day on the host's clock: from its midnight up to the next one. */
export type Day = { readonly at: Ms; readonly endsAt: Ms };

/** The cost of the calls that ended in a span of time. */
export type SpentIn = Day & Pick<Totals, 'unsureOutput'> & { readonly cost: Cost };

/** The cost of the calls that ended in a minute of the last hour. */
export type SpentMinute = Pick<SpentIn, 'at' | 'cost' | 'unsureOutput'>;

/** The money of an agent or a conversation: in all, on the newest local day on which it was billed, and in the last hour. */
export type RowSpent = {
  readonly totals: Pick<Totals, 'cost' | 'unsureOutput'>;
  readonly day?: SpentIn;
  readonly minutes?: readonly (Pick<SpentIn, 'at' | 'unsureOutput'> & { readonly cost?: Cost })[];
};

/** Money by local day and by hour, oldest first, where any call was billed: at most 30 days and 48 hours, and 60 minutes. */
export type Spending = {
  readonly days: readonly SpentIn[];
  readonly hours: readonly SpentIn[];
  readonly minutes: readonly SpentMinute[];
  /** Money of older days or of no known day; left out where there is none. */
  readonly before?: Omit<SpentIn, keyof Day>;
};

/** The spending of all, and of each model in all and on the newest day; `name` null for those that are too many. */
export type FleetSpending = Spending & {
  readonly models: readonly {
    readonly name: string | null;
    readonly day: SpentIn | null;
    readonly minutes: readonly SpentMinute[];
    readonly total: Omit<SpentIn, keyof Day>;
  }[];
};

/** The part of some totals that rests on a source's summary alone: its calls have not been reported yet. */
export type SummaryPart = Pick<Totals, 'calls' | 'inputTokens' | 'outputTokens'>;

/** Rule S4's meter: the hour that is filling. */
export type UncachedWindow = {
  readonly startedAt: Ms;
  readonly inputTokens: number;
  readonly cacheSeen: boolean;
  /** False when no call of the window carried a cache counter. */
  readonly cacheReported: boolean;
};

/** The last minute before `newestAt` + 10 s in slots of 10 s, newest first; read it with `recent.ts`. */
export type Recent = {
  readonly newestAt: Ms;
  readonly calls: readonly number[];
  readonly failed: readonly number[];
};

export type AgentView = {
  readonly name: string;
  readonly pids: readonly number[];
  readonly models: readonly string[];
  /** The sources that have reported this agent; it is `unknown` while all of them are lost. */
  readonly sources: readonly SourceUri[];
  readonly totals: Totals;
  /** The part of `totals` that only summaries tell, null where all calls are known. */
  readonly summary: SummaryPart | null;
  /** Null where no call was received live. */
  readonly recent: Recent | null;
  readonly window: UncachedWindow | null;
  /** Its minutes without a gap, oldest first, up to the newest in which a call ended; at most an hour. */
  readonly minutes: readonly MinuteBucket[];
  /** Its cost on the newest local day on which it was billed; left out where it never was. */
  readonly day?: SpentIn;
  /** The outcomes of its latest finished calls, true for a failed one, newest first; at most `MAX_OUTCOMES`. */
  readonly lately: readonly boolean[];
  /** Ends of the failed ones among them, newest first. */
  readonly failedAt: readonly Ms[];
  /** End of the latest success among them, null where there is none. */
  readonly succeededAt: Ms | null;
  /** Start of its first call. */
  readonly firstCallAt: Ms | null;
  /** End of its last call, or that call's start while it has none. */
  readonly lastCallAt: Ms | null;
  /** End of the call that ended last; calls that were dated ahead of their arrival are left out. */
  readonly lastEndAt: Ms | null;
};

export type ConversationView = {
  readonly conversationId: string;
  readonly sessionId: string | null;
  /** The agent of its latest call. */
  readonly agent: string;
  readonly models: readonly string[];
  /** The sources that have reported its calls. */
  readonly sources: readonly SourceUri[];
  readonly totals: Totals;
  /** The part of `totals` that only its summary tells, null where all of its calls are known. */
  readonly summary: SummaryPart | null;
  readonly recent: Recent | null;
  /** The outcomes of its latest finished calls, true for a failed one, newest first; at most `MAX_OUTCOMES`. */
  readonly lately: readonly boolean[];
  /** Ends of the failed ones among them, newest first. */
  readonly failedAt: readonly Ms[];
  /** End of the latest success among them, null where there is none. */
  readonly succeededAt: Ms | null;
  /** Start of its latest call while that has no end; null while no work is open. */
  readonly openSince: Ms | null;
  readonly firstCallAt: Ms | null;
  readonly lastCallAt: Ms | null;
  /** The user's request in its latest call, null if the feed does not report it. */
  readonly userQuery: string | null;
  /** Its cost on the newest local day on which it was billed, and in the minutes of the last hour; left out where it never was. */
  readonly day?: SpentIn;
  readonly minutes?: readonly SpentMinute[];
  /** The plan's limit that a call of it ran into last; left out where none did. */
  readonly limit?: LimitReached;
  /** Types of its unresolved interruptions. */
  readonly flags: readonly string[];
  /** The facts from the agent's own records, null where there are none. */
  readonly session: SessionFacts | null;
  /** By its calls alone, where its model's window is known; read it with `contextUseOf`. */
  readonly context?: ContextUse;
};

/** The sums of one minute, by the end of its calls. */
export type MinuteBucket = {
  /** Start of the minute. */
  readonly at: Ms;
  readonly calls: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  readonly promptTokens: number;
  /** The part of `promptTokens` whose cache counters are known. */
  readonly cacheKnownTokens: number;
  /** Calls whose output count is a lower bound, and what all of them cost; left out where there are none. */
  readonly unsureOutput?: number;
  readonly cost?: Cost;
};

/** The sums over the calls of one model or process of an agent; `name` null for all that are too many to be kept apart. */
export type Share<T> = { readonly name: T | 'unknown' | null; readonly totals: Totals };

/** More of an agent than its row shows; made when asked for. */
export type AgentDetail = {
  readonly name: string;
  /** Minutes without a gap, oldest first, up to the newest in which a call ended; at most an hour. */
  readonly minutes: readonly MinuteBucket[];
  /** Most calls first; their sums are the agent's, but for what only summaries tell. */
  readonly models: readonly Share<string>[];
  readonly processes: readonly Share<number>[];
  readonly spending: Spending;
  /** The failed call that ended last, as far as it is held. */
  readonly lastFailure: Call | null;
};

/** Everything together, the evicted included. */
export type FleetView = {
  readonly totals: Totals;
  /** Left out where no call was billed. */
  readonly spending?: FleetSpending;
  readonly summary: SummaryPart | null;
  readonly recent: Recent | null;
  readonly agents: number;
  readonly conversations: number;
  readonly interruptions: number;
  readonly evicted: {
    readonly calls: number;
    readonly agents: number;
    readonly conversations: number;
    readonly interruptions: number;
  };
};

/** The counts of one source, by its own records. */
export type SourceCounts = {
  readonly calls: number;
  readonly interruptions: number;
  /** Event time of its newest call or interruption. */
  readonly lastEventAt: Ms | null;
};

/** A moment of the model; every part keeps its reference while it is unchanged. Most recent first. */
export type ModelView = {
  readonly version: number;
  readonly fleet: FleetView;
  readonly agents: readonly AgentView[];
  readonly conversations: readonly ConversationView[];
  readonly interruptions: readonly Interruption[];
  readonly advisories: readonly Advisory[];
};

/** The sums of the budgets. */
export type BudgetSums = {
  /** Returns the amount of each budget by each of its subjects, as of `now`. */
  readonly read: (now: Ms, workspaceOf: WorkspaceOf) => readonly BudgetReading[];
  /** It was decided about what was read: from here on nothing of it is fresh. */
  readonly settle: () => void;
  /** Returns the sums that changed since the last call, to be kept over a restart. */
  readonly changes: () => readonly CellChange[];
  /** Was something counted live since `settle`? */
  readonly hasFresh: () => boolean;
  /** Goes on with other budgets; one that is the same keeps its sums. */
  readonly set: (list: readonly Budget[], now: Ms) => void;
  /** The budgets with when they were set. */
  readonly begins: () => SavedBudgets['budgets'];
};

/** Owned by one engine: `apply` changes it in place, all else reads. */
export type Model = {
  /** Grows with every change. */
  readonly version: () => number;
  /** Takes in one event that arrived at `receivedAt`; returns what it changed, in order. */
  readonly apply: (source: SourceUri, event: FeedEvent, receivedAt: Ms) => readonly ModelChange[];
  /**
   * Returns true for a failure that another source, whose rows come seconds later, may be about to report: to be applied
   * after that, when it changes nothing if it was reported.
   */
  readonly awaitsOther: (event: FactEvent) => boolean;
  /**
   * Returns the time before which calls of a single source are only counted, so that sums may tell of them; else null.
   * `following`: calls that the source will report after them.
   */
  readonly sumsBefore: (receivedAt: Ms, following: number) => Ms | null;
  readonly view: () => ModelView;
  readonly fleet: () => FleetView;
  readonly agents: () => readonly AgentView[];
  readonly conversations: () => readonly ConversationView[];
  readonly interruptions: () => readonly Interruption[];
  readonly advisories: () => readonly Advisory[];
  /** The calls of one conversation that are still held, oldest first; null asks for those without a conversation. */
  readonly calls: (conversationId: string | null) => readonly Call[];
  readonly sourceCounts: (source: SourceUri) => SourceCounts;
  /** Returns where a held call can be read again: its rows, in no order. */
  readonly recordsOf: (call: Call) => readonly { readonly source: SourceUri; readonly record: string }[];
  /** The call that an interruption or a signal means by this id, which need not be unique; null for none. */
  readonly callMeant: (callId: string, by: Namer) => Call | null;
  readonly agentDetail: (agent: string) => AgentDetail | null;
  readonly budgets: BudgetSums;
  /** The sources that tell of a call or an interruption of a view, sorted; empty for what is no longer held. */
  readonly sourcesOf: (fact: Call | Interruption) => readonly SourceUri[];
};
