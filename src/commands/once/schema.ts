import { WORKSPACE_STATES } from '../../core/reactor/view.ts';
import * as z from 'zod';
import { BUDGET_ACTIONS, BUDGET_LEVELS, BUDGET_SCOPES, BUDGET_SPANS } from '../../core/budgets.ts';
import { SEVERITIES } from '../../core/interruptions.ts';
import { HEALTH_STATES, MEDIUM_NAMES } from '../../core/sources.ts';
import { FATES, MODES, SIGNAL_ORIGINS } from '../../core/signals.ts';

/*
 * `sightline.state/1`, field by field: what `once --json` prints. It changes by addition only. The types that build the
 * document derive from it, `once --schema` prints it, and the tests hold every document that they make against it.
 */

const time = z.iso.datetime({ precision: 3 }).describe('ISO 8601 UTC with milliseconds');
const count = z.int().min(0);
const uri = z.string().describe('sqlite:DIR, jsonl:FILE, logtail:FILE, http(s)://HOST:PORT, -');

export const source = z.strictObject({
  uri,
  medium: z.enum(MEDIUM_NAMES),
  health: z.enum(HEALTH_STATES),
  detail: z.string(),
  calls: count,
  interruptions: count,
  historical_signals: count,
  skipped: z.strictObject({ malformed: count, oversized: count, unsupported: count }),
  last_skip: z.string().nullable().describe('the latest skip, as text'),
  position: z.string().nullable().describe('how far it was read, as text'),
  unknown_kinds: z
    .array(z.strictObject({ version: z.string().nullable(), kind: z.string(), count }))
    .describe('kinds of records that are not understood, by the version that wrote them'),
  lag_ms: z.number().nullable().describe('age of the newest thing unread, 0 when nothing waits'),
  last_event_at: time.nullable(),
});

/** The cost by list prices; null where no call was billed. */
export const cost = z
  .strictObject({
    usd: z
      .string()
      .regex(/^-?\d+(\.\d+)?$/u)
      .describe('exact; a lower bound where calls are unpriced'),
    basis: z
      .enum(['list', 'plan', 'unknown'])
      .describe('plan: of a subscription, by list prices; unknown: no call has a price'),
    unpriced_calls: count,
    lower_bound: z.boolean().describe('some calls are unpriced, or their output count is a lower bound'),
    table_date: z.string().nullable().describe('the day of the prices'),
  })
  .nullable();

const meter = {
  calls: count,
  failed: count,
  pending: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_creation_tokens: count,
  prompt_tokens: count,
  cache_ratio: z.number().min(0).max(1).nullable(),
  cost,
  summary: z
    .strictObject({ calls: count, input_tokens: count, output_tokens: count })
    .optional()
    .describe("the part of the sums that only a source's summary gives; left out if all calls are known"),
};

const trouble = z
  .strictObject({
    kind: z.enum(['failing', 'stuck', 'waiting', 'ended', 'paused']),
    failed: count.nullable().describe('failures among the latest calls; null unless it is failing'),
    of: count.nullable().describe('the latest calls that were looked at; null unless it is failing'),
    since_at: time.nullable().describe('end of the first of those failures, or start of the open work'),
    error: z.string().nullable().describe('class of the latest failure, as far as its call is held'),
  })
  .nullable()
  .describe('what is wrong by the calls themselves; signals tell the rest');

const recent = {
  cost_today: cost.optional().describe('today by the clock of the host; left out where none was billed'),
  cost_last_hour: cost.optional().describe('the last 60 minutes, which slide; left out where none ever was billed'),
};

const agent = z.strictObject({
  agent: z.string(),
  pids: z.array(z.int()),
  models: z.array(z.string()),
  ...meter,
  uncached_window: z
    .strictObject({ started_at: time, input_tokens: count, cache_seen: z.boolean() })
    .nullable()
    .describe('the window of the advisory no_prompt_cache'),
  last_hour: z
    .strictObject({
      calls: count,
      failed: count,
      input_tokens: count,
      output_tokens: count,
      prompt_tokens: count,
      cache_read_tokens: count,
      cache_creation_tokens: count,
    })
    .describe('the last 60 minutes, which slide; --since does not change them'),
  ...recent,
  last_call_at: time.nullable(),
  state: z.enum(['active', 'idle', 'unknown']),
  trouble,
  sources: z.array(uri).describe('the sources that it rests on'),
});

const context = {
  used_tokens: count.nullable(),
  window_tokens: count.nullable(),
  window_known: z.boolean().describe('false: from a catalogue of models'),
  fill: z.number().nullable().describe('never more than 1: what is in use raises the window of a catalogue'),
};

const conversation = z.strictObject({
  conversation_id: z.string(),
  session_id: z.string().nullable(),
  agent: z.string(),
  models: z.array(z.string()),
  ...meter,
  ...recent,
  first_call_at: time.nullable(),
  last_call_at: time.nullable(),
  flags: z.array(z.string()).describe('types of its unresolved interruptions'),
  trouble,
  parent_id: z.string().nullable().describe("a sub-agent's parent; each row counts its own calls only"),
  with_sub_agents: z
    .strictObject({ sub_agents: count, ...meter })
    .optional()
    .describe('the sums with all sub-agents below it; left out where it has none'),
  forked_from: z.string().nullable().describe('the session that it was copied from'),
  cwd: z.string().nullable().describe('the working folder, as it was recorded last'),
  title: z.string().nullable(),
  context: z.strictObject(context).nullable(),
  compactions: count.nullable(),
  retries: count.nullable(),
  output_is_lower_bound: z.boolean(),
  unsure_output: count.describe('calls whose output count is a lower bound'),
  sources: z.array(uri).describe('the sources that it rests on'),
  user_query: z.string().nullable().optional().describe('the last question; only with --content'),
});

/** Who acknowledged it. */
export const acked = z
  .strictObject({
    by: z.string(),
    at: time,
    until: time.nullable().describe('null: for as long as it is known'),
    note: z.string().nullable(),
  })
  .nullable()
  .describe('null: it is not acknowledged');

const interruption = z.strictObject({
  interruption_id: z.string().nullable().describe('null when derived'),
  type: z.string(),
  severity: z.enum(SEVERITIES),
  agent: z.string(),
  pid: z.int().nullable(),
  conversation_id: z.string().nullable(),
  session_id: z.string().nullable(),
  call_id: z.string().nullable(),
  occurred_at: time,
  resolved: z.boolean(),
  derived: z.boolean(),
  downgraded: z.string().nullable().describe('the rule that downgraded it'),
  acked,
  sources: z.array(uri).describe('the sources that report it; none of a derived storm'),
});

const amount = z
  .union([z.strictObject({ usd: z.string().describe('exact, a decimal string') }), z.strictObject({ tokens: count })])
  .describe('money at list price, or tokens');

/** The fields of a budget in every document. */
export const budgetShape = {
  budget: z.string().describe('its name in the configuration'),
  per: z.enum(BUDGET_SCOPES),
  agent: z.string().nullable().describe('whose it is: of a budget per agent, or of a conversation'),
  conversation_id: z.string().nullable(),
  workspace: z.string().nullable(),
  every: z.enum(BUDGET_SPANS),
  action: z.enum(BUDGET_ACTIONS),
  spent: amount,
  limit: amount,
  at_least: z.boolean().describe('there is more: calls have no price, or an output is a lower bound'),
  share: z.number().describe('spent / limit'),
  asks_until: time.nullable().describe('with the action ask: when its countdown ends'),
};

/** A budget of one subject. */
export const budget = z.strictObject({
  ...budgetShape,
  unknown_calls: count.describe('calls without a price, or without tokens'),
  level: z.enum(BUDGET_LEVELS),
  starts_at: time
    .nullable()
    .describe('of a day its midnight, of a total when it was set; null for an hour, which slides'),
  ends_at: time.nullable(),
  changed: z.boolean().describe('raised or reset by an operator'),
  accepted: z.boolean().describe('an operator lets it be'),
  unanswered: z.boolean().describe('it asked, and the countdown ended without an answer'),
});

const advisory = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('no_prompt_cache'),
    agent: z.string(),
    at: time,
    input_tokens: count,
    cache_reported: z.boolean().describe("false: the provider's calls carry no cache counters"),
  }),
  z
    .strictObject({
      type: z.literal('context'),
      agent: z.string(),
      conversation_id: z.string(),
      at: time,
      ...context,
    })
    .describe('a context that is nearly full, of a conversation that goes on'),
]);

/** The known contents of a snapshot. */
export const contents = {
  left_out: z
    .strictObject({ count, bytes: count, reasons: z.array(z.string()) })
    .optional()
    .describe('what the snapshot lacks, but for proven caches and repositories'),
  changed: z
    .strictObject({ files: count, added_lines: count, removed_lines: count })
    .optional()
    .describe('since the snapshot before it in that workspace'),
};

const signal = z.strictObject({
  signal_id: z.string(),
  signal: z.string().describe('the type'),
  origin: z.enum(SIGNAL_ORIGINS),
  from_records: z.boolean().describe("only the agent's own records show it"),
  severity: z.enum(SEVERITIES),
  agent: z.string().nullable(),
  conversation_id: z.string().nullable(),
  call_id: z.string().nullable(),
  interruption_id: z.string().nullable(),
  at: time,
  fate: z.enum(FATES).nullable().describe('null while it is held or running'),
  settled: z.boolean(),
  reason: z.string().nullable(),
  count: count.describe('how often it was reported: further rows of one storm or loop count on it'),
  last_at: time.describe('when it was reported last'),
  acked,
  ...contents,
});

export const checkpointer = z.strictObject({
  name: z.string(),
  version: z.string().nullable(),
  available: z.boolean(),
  reason: z.string(),
});

const workspace = z.strictObject({
  workspace: z.string(),
  agents: z.array(z.string()),
  checkpointer,
  state: z.enum(WORKSPACE_STATES),
  state_ends_at: time.nullable(),
  waiting: count,
  last_snapshot: z.strictObject({ id: z.string(), at: time, trigger: z.string() }).nullable(),
  cost: cost.optional().describe('what its calls cost; left out where none was billed'),
  ...recent,
});

const pattern = z.string().nullable().describe('null matches everything');

const silence = z.strictObject({
  id: z.string(),
  matcher: z.strictObject({ conversation: pattern, agent: pattern, signal: pattern, workspace: pattern }),
  created_at: time,
  ends_at: time,
  reason: z.string().nullable(),
  held_back: count,
});

/** Money and tokens of a host, or of all of them. */
const fleetFigures = {
  cost_last_hour: cost.describe('null: no call was billed, or not known; unpriced_calls are those of all its calls'),
  cost_today: cost.describe('by the local day of the host'),
  cost: cost.describe('all calls that are known'),
  tokens: z
    .strictObject({
      input_tokens: count,
      output_tokens: count,
      cache_read_tokens: count,
      cache_creation_tokens: count,
      prompt_tokens: count,
    })
    .nullable()
    .describe('null: not known'),
};

/** A host of a fleet. */
const host = z.strictObject({
  host: z.string().describe('its token in the subjects'),
  mode: z.enum(MODES).describe('the last known one'),
  version: z.string().nullable(),
  run: z.string().nullable(),
  heard_at: time.describe('the last sign of life, by the clock of this console'),
  unseen: z.boolean().describe('it gave no sign of life for some seconds'),
  lag_ms: z.number().nullable(),
  clock_ahead_ms: z.number().describe('its clock less that of this console'),
  name_conflict: z
    .strictObject({ refused_pid: z.int().nullable(), refused_run: z.string().nullable() })
    .nullable()
    .describe('another engine of this name, which is refused; null in both: both publish'),
  agents: count,
  conversations: count,
  in_trouble: count.describe('rows of its ladder that ask for a person'),
  waiting: count,
  ...fleetFigures,
});

/** The limits of a plan, by account. */
const account = z.strictObject({
  agent: z.string(),
  account: uri.nullable().describe('the records that tell of it; null: only agentsight sees the agent'),
  windows: z.array(
    z.strictObject({
      name: z.string(),
      used_percent: z.number(),
      window_minutes: count.nullable(),
      resets_at: time.nullable(),
    }),
  ),
  limit_reached: z
    .strictObject({
      at: time,
      resets_at: time.nullable(),
      resets: z.string().nullable().describe("the provider's words for it"),
    })
    .nullable()
    .describe('the limit that a call ran into last, until one succeeds or it is reset'),
});

const span = z.strictObject({ from: time, to: time, cost });

/** Money by time, by the clock of the host. */
const spending = z.strictObject({
  today: cost,
  last_hour: cost.describe('the last 60 minutes, which slide'),
  projected_today: z
    .strictObject({ usd: z.string(), error_usd: z.string() })
    .nullable()
    .describe('by the hours of the last day, with the standard error; null where fewer than three are known'),
  days: z.array(span).describe('the last 30 days of the host, as far as calls ended in them, oldest first'),
  hours: z.array(span).describe('the last 48 hours, likewise'),
  before: cost.describe('what is older, or of no known day'),
  models: z.array(z.strictObject({ model: z.string().nullable(), today: cost, last_hour: cost, total: cost })),
});

/** The document of `once --json`. */
export const stateSchema = z.strictObject({
  schema: z.literal('sightline.state/1'),
  host: z.string(),
  generated_at: time,
  version: z.string(),
  hosts: z.array(host).optional().describe('with --nats: names of things then begin with their host'),
  fleet: z
    .strictObject({
      hosts: count,
      unseen: count,
      not_followed: count.describe('hosts beyond those that one console follows'),
      in_trouble: count,
      waiting: count,
      agents: count,
      conversations: count,
      ...fleetFigures,
    })
    .optional()
    .describe('with --nats: the sums over the hosts, of money those whose figures are known'),
  sources: z.array(source),
  agents: z.array(agent),
  conversations: z.array(conversation),
  conversations_omitted: count.optional().describe('beyond 200 000 conversations only totals are printed'),
  interruptions: z.array(interruption),
  advisories: z.array(advisory),
  budgets: z.array(budget).optional().describe('the fullest first; left out where none is configured'),
  signals: z.array(signal),
  cost: cost.optional().describe('all calls together; left out where none was billed'),
  spending: spending.optional().describe('all calls together, by hour, day and model; left out where none was billed'),
  accounts: z
    .array(account)
    .optional()
    .describe('the limits of each account: no window and null where none is known; left out where there is no account'),
  acks_hidden: z
    .string()
    .optional()
    .describe("another user's engine runs here whose acknowledgements this user cannot read: that user's name"),
  reactor: z.strictObject({ mode: z.enum(MODES), workspaces: z.array(workspace), silences: z.array(silence) }),
});

type Readonlyed<T> = T extends readonly (infer Item)[]
  ? readonly Readonlyed<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Readonlyed<T[K]> }
    : T;

/** ISO 8601 UTC with milliseconds. */
export type IsoTime = string;
export type OnceState = Readonlyed<z.output<typeof stateSchema>>;
export type SourceJson = OnceState['sources'][number];
export type AgentJson = OnceState['agents'][number];
export type ConversationJson = OnceState['conversations'][number];
export type InterruptionJson = OnceState['interruptions'][number];
export type ContentsJson = Pick<SignalJson, 'left_out' | 'changed'>;
export type AckJson = z.output<typeof acked>;
export type SignalJson = OnceState['signals'][number];
export type WorkspaceJson = OnceState['reactor']['workspaces'][number];
export type BudgetJson = NonNullable<OnceState['budgets']>[number];
export type SilenceJson = OnceState['reactor']['silences'][number];
export type MeterJson = Pick<AgentJson, Exclude<keyof typeof meter, 'summary'>> & Pick<AgentJson, 'summary'>;
