/** The mutable state of the model, private to this folder; `model.ts` is its interface. */
import type { Call } from '../calls.ts';
import type { Summary } from '../feed.ts';
import type { Interruption } from '../interruptions.ts';
import type { Advisory } from '../signals.ts';
import type { LimitReached, SessionFacts } from '../sessions.ts';
import type { SourceUri } from '../sources.ts';
import { type Ms, NS_PER_MS, type Ns } from '../units.ts';
import * as bounds from '../limits.ts';
import { type RecordRanges, noRecords } from './record-ranges.ts';
import { type Group, emptyGroup } from './group.ts';
import type { BudgetLedger } from './budgets/ledger.ts';
import { restoreLedger } from './budgets/saved.ts';
import {
  type Calendar,
  type LateSpent,
  type SpentLog,
  type SpentModels,
  createCalendar,
  emptySpentLog,
  utcDay,
} from './meters/spent.ts';
import type {
  AgentView,
  ConversationView,
  FleetSpending,
  Spending,
  ModelLimits,
  ModelOptions,
  Pricer,
} from './types.ts';
import { DEFAULT_TROUBLE } from './meters/trouble.ts';
import { type Names, emptyNames } from './names.ts';
import { type Series, emptySeries } from './meters/series.ts';
import { type Shares, emptyShares } from './meters/shares.ts';
import { emptyTotals } from './meters/totals.ts';
import type { FoldRules } from './windows/fold.ts';
import { type WindowLog, emptyWindowLog } from './windows/log.ts';

export type SourceState = {
  readonly uri: SourceUri;
  /** A list of itself alone. */
  readonly only: readonly SourceUri[];
  readonly calls: Map<string, Entry>;
  readonly interruptions: Map<string, Known>;
  readonly forgottenCalls: RecordRanges;
  readonly forgottenInterruptions: RecordRanges;
  callRecords: number;
  interruptionRecords: number;
  lastEventAt: Ms | null;
};

export type AgentState = Group & {
  readonly name: string;
  readonly pids: Names<number>;
  readonly sources: Set<SourceUri>;
  readonly log: WindowLog;
  readonly series: Series;
  readonly perModel: Shares<string>;
  readonly perPid: Shares<number>;
  readonly spent: SpentLog;
  lastEndAt: Ms | null;
  view: AgentView | null;
};

export type ConversationState = Group & {
  /** Null for the calls that belong to none. */
  readonly id: string | null;
  /** Its calls that are kept whole. */
  held: Entry[];
  /** The sources that have reported its calls, sorted; most have one, and share the list of it. */
  sources: readonly SourceUri[];
  /** Its latest call: gives the agent, the session and the query. */
  latest: Call | null;
  /** Null until it was billed. */
  spent: LateSpent | null;
  /** The plan's limit that was reached last, and the call that ran into it; null where none was. */
  limit: { readonly callId: string; readonly reached: LimitReached } | null;
  view: ConversationView | null;
  calls: readonly Call[] | null;
};

/** One source's account of a call. */
export type Account = { readonly source: SourceState; readonly record: string; report: Call };

/**
 * One call, however many sources tell of it: itself the first account, with the others beside. Its numbers stay known
 * for a while after its texts were let go.
 */
export type Entry = Account & {
  others: readonly Account[];
  /** The call as all accounts together report it. */
  call: Call;
  agent: AgentState;
  conversation: ConversationState;
  /** The minute of its agent's series that it is counted in. */
  minute: number;
  /** Age by which it is let go: its start, but not later than it was received. */
  readonly age: Ms;
  /** Characters of text that it holds on its own. */
  readonly text: number;
  /** False once only its numbers are kept. */
  held: boolean;
};

export type CallIndex = Map<string, Entry | Entry[]>;

/** One interruption, however many sources tell of it. */
export type Known = {
  /** The interruption as its rows report it. */
  reported: Interruption;
  /** The same, with what they leave open taken from the calls that they name. */
  interruption: Interruption;
  readonly key: string;
  /** The rows that tell of it. */
  readonly records: { readonly source: SourceState; readonly record: string }[];
};

/** A session as one source recorded it. */
export type Recorded = {
  readonly source: SourceUri;
  readonly session: SessionFacts;
  /** The report of each source, where there are several. */
  readonly all?: ReadonlyMap<SourceUri, SessionFacts>;
};

/** One conversation as sources sum it up, and the row that was last made of it. */
export type Summed = {
  readonly bySource: ReadonlyMap<SourceUri, Summary>;
  /** The one that knows of most calls. */
  readonly widest: Summary;
  row: { readonly known: ConversationView | null; readonly view: ConversationView } | null;
};

/** From the start of the first call that agentsight reported of a session to the latest time that it did. */
export type SeenSession = { readonly firstNs: Ns; readonly lastNs: Ns };

export type ModelState = {
  readonly limits: ModelLimits;
  readonly rules: FoldRules;
  /** Null: no call has a price. */
  readonly pricer: Pricer | null;
  readonly contextShare: number;
  readonly calendar: Calendar;
  readonly budgets: BudgetLedger;
  readonly sources: Map<SourceUri, SourceState>;
  readonly agents: Map<string, AgentState>;
  readonly conversations: Map<string | null, ConversationState>;
  /** Summaries of conversations whose calls have not all been reported. */
  readonly summaries: Map<string, Summed>;
  /** Records of conversations beyond their calls. */
  readonly sessions: Map<string, Recorded>;
  /** The sessions that agentsight sees, from the start of their first call to the last that was reported. */
  readonly seenSessions: Map<string, SeenSession>;
  /** The sessions that telemetry tells of. */
  readonly telemetrySessions: Set<string>;
  readonly interruptions: Map<string, Known>;
  /** Interruptions whose rows leave something open, by the calls that they name. */
  readonly linked: Map<string, Set<Known>>;
  byCallId: CallIndex | null;
  readonly fleet: Pick<Group, 'totals' | 'recent'> & { readonly spent: SpentLog; readonly spentModels: SpentModels };
  readonly evicted: { calls: number; agents: number; conversations: number; interruptions: number };
  /** Entries whose texts were let go, in that order. */
  remembered: Entry[];
  heldCalls: number;
  heldText: number;
  interruptionText: number;
  /** Calls that the agents keep for S4, together. */
  windowCalls: number;
  /** Calls of this age or older are no longer held. */
  floor: Ms | null;
  /** Types of the unresolved interruptions by conversation; null when it must be made anew. */
  flags: ReadonlyMap<string, readonly string[]> | null;
  /** Made when asked for, null when they must be made anew. */
  advisories: readonly Advisory[] | null;
  listed: readonly Interruption[] | null;
  /** The conversations as they were last sorted; null when one has gone. */
  order: ConversationState[] | null;
  /** The last view of the spending, and its inputs. */
  readonly shown: { spendingOf: Spending | null; spending: FleetSpending | null };
  /** The newest minute in which anything was received; it only grows. */
  newestMinute: number;
  version: number;
};

export function emptyState(options: ModelOptions): ModelState {
  const limits = limitsOf(options);
  return {
    limits,
    rules: {
      windowNs: Math.round(options.advisory.windowMs) * NS_PER_MS,
      inputTokens: options.advisory.inputTokens,
      keep: limits.advisories,
    },
    pricer: options.pricer ?? null,
    contextShare: options.contextShare ?? DEFAULT_TROUBLE.contextShare,
    calendar: createCalendar(options.localDay),
    budgets: budgetsOf(options),
    sources: new Map(),
    agents: new Map(),
    conversations: new Map(),
    summaries: new Map(),
    sessions: new Map(),
    seenSessions: new Map(),
    telemetrySessions: new Set(),
    interruptions: new Map(),
    linked: new Map(),
    byCallId: null,
    fleet: {
      totals: emptyTotals(),
      recent: null,
      spent: emptySpentLog(),
      spentModels: { known: new Map(), others: null },
    },
    evicted: { calls: 0, agents: 0, conversations: 0, interruptions: 0 },
    remembered: [],
    heldCalls: 0,
    heldText: 0,
    interruptionText: 0,
    windowCalls: 0,
    floor: null,
    flags: null,
    advisories: null,
    listed: null,
    order: null,
    shown: { spendingOf: null, spending: null },
    newestMinute: -Infinity,
    version: 0,
  };
}

function budgetsOf({ budgets, localDay = utcDay }: ModelOptions): BudgetLedger {
  if (budgets === undefined) return { localDay, tallies: [], newest: -Infinity, hasFresh: false };
  return restoreLedger(budgets.list, budgets.saved, budgets.now, localDay);
}

/** The state of a source, made when it is first heard of. */
export function sourceOf(state: ModelState, uri: SourceUri): SourceState {
  const known = state.sources.get(uri);
  if (known !== undefined) return known;
  const source: SourceState = {
    uri,
    only: [uri],
    calls: new Map(),
    interruptions: new Map(),
    forgottenCalls: noRecords(),
    forgottenInterruptions: noRecords(),
    callRecords: 0,
    interruptionRecords: 0,
    lastEventAt: null,
  };
  state.sources.set(uri, source);
  return source;
}

/** The state of an agent, made when it is first heard of. */
export function agentOf(state: ModelState, name: string): AgentState {
  const known = state.agents.get(name);
  if (known !== undefined) return known;
  const agent: AgentState = {
    ...emptyGroup(),
    name,
    pids: emptyNames(),
    sources: new Set(),
    log: emptyWindowLog(),
    series: emptySeries(),
    perModel: emptyShares(),
    perPid: emptyShares(),
    spent: emptySpentLog(),
    lastEndAt: null,
    view: null,
  };
  state.agents.set(name, agent);
  return agent;
}

/** The state of a conversation, made when it is first heard of. */
export function conversationOf(state: ModelState, id: string | null): ConversationState {
  const known = state.conversations.get(id);
  if (known !== undefined) return known;
  const conversation: ConversationState = {
    ...emptyGroup(),
    id,
    held: [],
    sources: [],
    latest: null,
    spent: null,
    limit: null,
    view: null,
    calls: null,
  };
  state.conversations.set(id, conversation);
  state.order?.push(conversation);
  return conversation;
}

/** All accounts of a call. */
export function accountsOf(entry: Entry): readonly Account[] {
  return entry.others.length === 0 ? [entry] : [entry, ...entry.others];
}

/** Returns the capacity of a model: these limits, or what `once` prints. */
function limitsOf({ evict, limits: given }: ModelOptions): ModelLimits {
  return evict ? { ...LIVE, ...given } : ONCE;
}

const LIVE: ModelLimits = {
  calls: bounds.MAX_CALLS,
  callsPerConversation: bounds.MAX_CALLS_PER_CONVERSATION,
  callText: bounds.MAX_CALL_TEXT,
  conversations: bounds.MAX_CONVERSATIONS,
  summaries: bounds.MAX_SUMMARIES,
  agents: bounds.MAX_AGENTS,
  interruptions: bounds.MAX_INTERRUPTIONS,
  interruptionText: bounds.MAX_INTERRUPTION_TEXT,
  advisories: bounds.MAX_ADVISORIES_PER_AGENT,
  names: bounds.MAX_NAMES_PER_AGENT,
};

/** A full collection is cut to three quarters: as many conversations as are printed are left then. */
const ROOM = 4 / 3;

const ONCE: ModelLimits = {
  calls: bounds.MAX_ONCE_CALLS,
  callsPerConversation: bounds.MAX_ONCE_CALLS,
  callText: bounds.MAX_ONCE_TEXT,
  conversations: Math.ceil(bounds.MAX_ONCE_CONVERSATIONS * ROOM),
  summaries: bounds.MAX_ONCE_CONVERSATIONS,
  agents: bounds.MAX_ONCE_AGENTS,
  interruptions: bounds.MAX_ONCE_INTERRUPTIONS,
  interruptionText: bounds.MAX_ONCE_TEXT,
  advisories: bounds.MAX_ONCE_ADVISORIES_PER_AGENT,
  names: bounds.MAX_ONCE_NAMES,
};
