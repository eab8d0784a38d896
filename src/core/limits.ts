/**
 * Every bound of the core, and of the texts that all share, named, with its reason. Everything from the feed is hostile, and a dashboard runs for
 * weeks: nothing may grow without a limit that is written here.
 */

/** Characters kept of an id (call, conversation, session, interruption): real ones are ≤ 64. */
export const MAX_ID_LENGTH = 256;
/** Characters kept of a name (agent, model, process, provider, tool). */
export const MAX_NAME_LENGTH = 128;
/** Characters kept of an error text or a user query; enough for a provider's message, not for an HTML page. */
export const MAX_TEXT_LENGTH = 2_000;
/** Calls kept whole, over all conversations; older ones live on in the totals. */
export const MAX_CALLS = 10_000;
/** Calls kept whole of one conversation. */
export const MAX_CALLS_PER_CONVERSATION = 2_000;
/** Conversations kept; the one idle longest goes first. */
export const MAX_CONVERSATIONS = 5_000;
/** Agents kept; the one idle longest goes first. */
export const MAX_AGENTS = 1_000;
/** Conversations of which only a summary is known; the one idle longest goes first. */
export const MAX_SUMMARIES = 5_000;
/** Interruptions kept; resolved and oldest go first. */
export const MAX_INTERRUPTIONS = 5_000;
/** Pids and models remembered of one agent or conversation. */
export const MAX_NAMES_PER_AGENT = 64;
/** Characters of text (errors, queries) that the kept calls may hold together; beyond it the oldest go. */
export const MAX_CALL_TEXT = 12_000_000;
/** Characters of text that the kept interruptions may hold together. */
export const MAX_INTERRUPTION_TEXT = 2_000_000;
/** Calls no longer kept whole whose numbers are remembered, so that a late change of theirs corrects the totals. */
export const MAX_REMEMBERED_CALLS = 5_000;
/** Runs of consecutive record numbers remembered of one source, so that a forgotten row is never counted again. */
export const MAX_RECORD_RUNS = 1_024;
/** Calls of one call id that are distinguished when sources merge. */
export const MAX_SAME_CALL_ID = 64;
/** Calls remembered over all agents for the hour of S4, so that a late arrival finds its position. */
export const MAX_WINDOW_CALLS = 16_384;
/** S4 advisories kept of one agent. */
export const MAX_ADVISORIES_PER_AGENT = 64;

/** Conversations that `once` prints; what is beyond is in the sums only (`conversations_omitted`). */
export const MAX_ONCE_CONVERSATIONS = 200_000;
/**
 * The number of calls that `once` keeps of a history of any length (1.6 GB with 1 750 000 calls in as many conversations, where it took more
 * than Node's heap before; 2.3 GB with --since). A call that was let go is in the sums for good; the same call through a
 * second source is only known again while it is kept.
 */
export const MAX_ONCE_CALLS = 200_000;
export const MAX_ONCE_AGENTS = 20_000;
export const MAX_ONCE_INTERRUPTIONS = 100_000;
export const MAX_ONCE_NAMES = 1_024;
export const MAX_ONCE_TEXT = 128_000_000;
export const MAX_ONCE_SIGNALS = 20_000;
export const MAX_ONCE_ADVISORIES_PER_AGENT = 1_024;

/** Unsettled signals of one workspace; the next is dropped (the reference's channel size). */
export const MAX_WAITING = 32;
/** Signals whose fate is remembered. */
export const MAX_SIGNALS = 2_000;
/** Settled signals that the state folder keeps, the newest: what is promised to be printed after a kill. */
export const MAX_SAVED_SIGNALS = 10_000;
/** TTL of a settled signal's fate, ms. */
export const SIGNAL_TTL_MS = 3_600_000;
/** Settled fates that wait to be printed, the newest; more than that are counted as lost. */
export const MAX_UNPRINTED = 10_000;
/** Streaks (conversation, agent, pid) that are followed for derived storms. */
export const MAX_STREAKS = 4_096;
/** Recent outcomes kept of one streak, so that a late arrival finds its position. */
export const MAX_STREAK_OUTCOMES = 32;
/** Storm and loop episodes remembered. */
export const MAX_EPISODES = 1_024;
/** Judgements that are deferred, most of them interruptions that wait for the call that they name. */
export const MAX_DEFERRED = 512;
/** Further call ids of signals that name several. */
export const MAX_ALIASES = 4_096;
/** Rules of the policy that a session may change, by type and by severity each. */
export const MAX_POLICY_RULES = 256;
/** Acknowledgements kept, the newest, and the signals that they name together: an engine keeps no more than these. */
export const MAX_ACKS = 256;
export const MAX_ACKED_SIGNALS = 4_096;
/** Silences kept. */
export const MAX_SILENCES = 256;
/** Rollbacks of one workspace that are remembered, the newest: they are acts of people, and rare. */
export const MAX_ROLLBACKS = 32;
/** Runs of one workspace without an answer whose snapshot may still appear, the newest: a stopped daemon goes on one day. */
export const MAX_LOST_RUNS = 16;
/** Snapshots of one workspace that stand between the calls, the newest; the view of checkpoints lists them all. */
export const MAX_KNOWN_SNAPSHOTS = 200;
/** Sessions whose folders are remembered; the one reported first is dropped first. */
export const MAX_SESSION_FOLDERS = 2_000;
/** Workspaces that one engine serves. */
export const MAX_WORKSPACES = 64;

/** Failures of one class in a row that make a storm. */
export const STORM_FAILURES = 5;
/** Delay of an interruption for the call that it names, ms. */
export const JUDGE_DELAY_MS = 1_000;
/** A gap's events younger than this are live, ms. */
export const GAP_LIVE_MS = 600_000;
/** Failures in a row that open the breaker. */
export const BREAKER_FAILURES = 3;
/** First and last step of the breaker's wait, ms. */
export const BREAKER_FIRST_MS = 60_000;
export const BREAKER_LAST_MS = 960_000;
/** First step of the back-off, doubled by the second failure, ms. */
export const BACKOFF_FIRST_MS = 1_000;
/** Countdown of mode *hold* where no grace is configured, ms. */
export const HOLD_GRACE_MS = 10_000;
/** Budgets of one installation, and conversations of one that are told apart; those idle longest become one sum an agent. */
export const MAX_BUDGETS = 32;
export const MAX_BUDGET_CELLS = 4_096;
/** Agents of one budget whose folded conversations are one sum each; the others share one. */
export const MAX_BUDGET_RESTS = 256;
/** Budgets of single subjects that are shown, and of which the level is remembered: the fullest. */
export const MAX_SHOWN_BUDGETS = 128;
export const MAX_BUDGET_STATES = 1_024;
