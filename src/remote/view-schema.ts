/**
 * The schema of a view, as a console takes it. The engine at the other end is not believed: one of another minor version lacks fields
 * or has others, a hostile one sends anything. An unknown field is ignored, a missing one is unknown or none, and a row
 * that cannot be shown is left out. Texts are clean and bounded already (`wire.ts`).
 */
import { WORKSPACE_STATES } from '../core/reactor/view.ts';
import * as z from 'zod';
import type { Ack } from '../core/acks.ts';
import {
  BUDGET_ACTIONS,
  BUDGET_LEVELS,
  BUDGET_SCOPES,
  BUDGET_SPANS,
  BUDGET_UNITS,
  type BudgetView,
} from '../core/budgets.ts';
import { CALL_STATUSES, type Call } from '../core/calls.ts';
import { PAUSE_CAUSES } from '../core/pauses.ts';
import { POLICY_ACTIONS } from '../core/rules.ts';
import { type Interruption, SEVERITIES } from '../core/interruptions.ts';
import type { AgentDetail, AgentView, ConversationView, FleetView } from '../core/model/types.ts';
import type { PolicyRow } from '../core/reactor/policy/table.ts';
import type { SilenceView } from '../core/reactor/silences/view.ts';
import { type Episode, type Lock, POLICY_LEVELS, POLICY_ORIGINS, type SignalRecord } from '../core/reactor/types.ts';
import { RUN_KINDS } from '../core/runs.ts';
import { SESSION_STATES } from '../core/sessions.ts';
import { type Advisory, FATES, MODES, SIGNAL_ORIGINS, type Silence } from '../core/signals.ts';
import { CHECKPOINTERS, LEFT_OUT_WHYS, SNAPSHOT_KINDS, SNAPSHOT_MAKERS, type SnapshotView } from '../core/snapshots.ts';
import type { SkipDetail } from '../core/source-reasons.ts';
import { HEALTH_STATES, MEDIUM_NAMES } from '../core/sources.ts';
import type { EngineView, SourceView, TriedPath, WorkspaceView } from '../engine/types.ts';
import { wordAvailability } from '../wording/checkpointers.ts';
import { wordElsewhere } from '../wording/elsewhere.ts';
import { wordCause, wordDowngrade, wordFate } from '../wording/fates.ts';
import { wordWriteCause } from '../wording/files.ts';
import { wordChoice } from '../wording/refusals.ts';
import { wordSkip } from '../wording/records.ts';
import { wordLocate, wordSource } from '../wording/sources.ts';
import { wordStatus } from '../wording/workspaces.ts';

/** Rows of one list that a console holds, at most; an engine's own bounds lie below. */
const MAX_ROWS = 20_000;

const text = z.string();
const name = z.string().nullable().default(null);
const number = z.number().default(0);
const known = z.number().nullable().default(null);
const ns = z.bigint();
const yes = z.boolean().default(false);

/** The checked values, by the object that came: a part of a view that did not change is not checked again, and stays itself. */
const CHECKED = new WeakMap<object, WeakMap<object, unknown>>();

function once<T>(by: object, value: object, check: () => T): T {
  const results = CHECKED.get(value) ?? new WeakMap<object, unknown>();
  CHECKED.set(value, results);
  if (!results.has(by)) results.set(by, check());
  return results.get(by) as T;
}

/** A list without the rows that are none. */
function rows<T>(row: z.ZodType<T>) {
  const parse = (one: unknown): T | null => row.safeParse(one).data ?? null;
  const check = (one: unknown): T | null =>
    typeof one === 'object' && one !== null ? once(row, one, () => parse(one)) : parse(one);
  return z
    .custom<readonly unknown[]>((list) => Array.isArray(list) && list.length <= MAX_ROWS)
    .default([])
    .transform((list): readonly T[] => once(check, list, () => list.flatMap((one) => check(one) ?? [])));
}

/** A reason that `word` can word; `other` for one of a newer version, or of which facts are missing. */
function reason<R extends { readonly code: string }>(word: (reason: R) => string, other: R) {
  return z.looseObject({ code: text }).transform((given): R => {
    // The facts of a reason have no schema of their own: what cannot be worded is not known.
    const it = given as unknown as R;
    try {
      const words: unknown = word(it);
      return typeof words === 'string' && !/undefined|NaN|\[object/u.test(words) ? it : other;
    } catch {
      return other;
    }
  });
}

const recorded = { code: 'recorded', text: 'not known to this version' } as const;

const cost = z.object({ pico: z.bigint(), priced: number, unpriced: number });
const spentSum = { cost, unsureOutput: z.number().exactOptional() };
const spentIn = z.object({ at: number, endsAt: number, ...spentSum });
const spentMinutes = z.array(z.object({ at: number, ...spentSum }));
const spending = {
  days: z.array(spentIn).default([]),
  hours: z.array(spentIn).default([]),
  minutes: spentMinutes.default([]),
  before: z.object(spentSum).exactOptional(),
};
const totals = z.object({
  calls: number,
  failed: number,
  pending: number,
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens: number,
  cacheCreationTokens: number,
  promptTokens: number,
  cacheRatio: known,
  unsureOutput: z.number().exactOptional(),
  cost: cost.exactOptional(),
});
const summary = z.object({ calls: number, inputTokens: number, outputTokens: number }).nullable().default(null);
const recent = z
  .object({ newestAt: number, calls: z.array(z.number()), failed: z.array(z.number()) })
  .nullable()
  .default(null);
const outcomes = {
  lately: z.array(z.boolean()).default([]),
  failedAt: z.array(z.number()).default([]),
  succeededAt: known,
};
const names = z.array(text).default([]);

const minute = z.object({
  at: number,
  calls: number,
  failed: number,
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens: number,
  cacheCreationTokens: number,
  promptTokens: number,
  cacheKnownTokens: number,
  unsureOutput: z.number().exactOptional(),
  cost: cost.exactOptional(),
});

const agent: z.ZodType<AgentView> = z.object({
  name: text,
  pids: z.array(z.number()).default([]),
  models: names,
  sources: names,
  totals,
  summary,
  recent,
  window: z
    .object({ startedAt: number, inputTokens: number, cacheSeen: yes, cacheReported: yes })
    .nullable()
    .default(null),
  minutes: z.array(minute).default([]),
  day: spentIn.exactOptional(),
  ...outcomes,
  firstCallAt: known,
  lastCallAt: known,
  lastEndAt: known,
});

const context = z.object({ usedTokens: known, windowTokens: known, windowKnown: yes });

const session = z.object({
  sessionId: text,
  agent: text,
  parentId: name,
  forkedFrom: name,
  cwd: name,
  title: name,
  context: context.nullable().default(null),
  compactions: number,
  retries: number,
  state: z.enum(SESSION_STATES).nullable().catch(null),
  pid: known,
  open: z
    .object({ type: z.enum(['call', 'tool']), name, since: number })
    .nullable()
    .catch(null),
  quota: z.array(z.object({ name: text, usedPercent: number, windowMinutes: known, resetsAt: known })).default([]),
  startedAt: known,
  lastAt: known,
  pidStart: z.string().exactOptional(),
});

const conversation: z.ZodType<ConversationView> = z.object({
  conversationId: text,
  sessionId: name,
  agent: text,
  models: names,
  sources: names,
  totals,
  summary,
  recent,
  ...outcomes,
  openSince: known,
  firstCallAt: known,
  lastCallAt: known,
  userQuery: name,
  day: spentIn.exactOptional(),
  minutes: spentMinutes.exactOptional(),
  limit: z.object({ at: number, resetsAt: known, resets: name }).exactOptional(),
  flags: names,
  session: session.nullable().default(null),
  context: context.exactOptional(),
});

const fleet: z.ZodType<FleetView> = z.object({
  totals,
  spending: z
    .object({
      ...spending,
      models: z
        .array(
          z.object({
            name: z.string().nullable(),
            day: spentIn.nullable(),
            minutes: spentMinutes.default([]),
            total: z.object(spentSum),
          }),
        )
        .default([]),
    })
    .exactOptional(),
  summary,
  recent,
  agents: number,
  conversations: number,
  interruptions: number,
  evicted: z.object({ calls: number, agents: number, conversations: number, interruptions: number }),
});

const interruption: z.ZodType<Interruption> = z.object({
  interruptionId: name,
  type: text,
  severity: z.enum(SEVERITIES),
  agent: text,
  pid: known,
  conversationId: name,
  sessionId: name,
  callId: name,
  occurredNs: ns,
  resolved: yes,
  detail: z.object({
    error: name,
    statusCode: known,
    exitCode: known,
    signal: known,
    coreDump: z.boolean().nullable().default(null),
    oom: yes,
    callIds: names,
    text,
  }),
  recorded: z.literal(true).exactOptional(),
});

const advisory: z.ZodType<Advisory> = z.object({
  type: z.literal('no_prompt_cache'),
  agent: text,
  at: number,
  inputTokens: number,
  cacheReported: yes,
});

const leftOut = z.object({
  count: number,
  bytes: number,
  reasons: z.array(z.object({ why: z.enum(LEFT_OUT_WHYS), count: number, bytes: number, examples: names })),
});
const changed = z.object({ files: number, addedLines: number, removedLines: number });
const contents = { leftOut: leftOut.exactOptional(), changed: changed.exactOptional() };

const signalRecord: z.ZodType<SignalRecord> = z.object({
  signal: z.object({
    signalId: text,
    type: text,
    origin: z.enum(SIGNAL_ORIGINS),
    severity: z.enum(SEVERITIES),
    agent: name,
    processName: name,
    pid: known,
    conversationId: name,
    callId: name,
    interruptionId: name,
    workspace: name,
    at: z.number(),
    historical: yes,
    downgraded: reason(wordDowngrade, recorded).nullable().default(null),
    cause: reason(wordCause, recorded),
    recorded: z.literal(true).exactOptional(),
  }),
  fate: z
    .object({
      kind: z.enum(FATES),
      settled: yes,
      reason: reason(wordFate, recorded),
      at: z.number(),
      snapshot: name,
      durationMs: known,
      ...contents,
    })
    .nullable()
    .default(null),
  seq: z.number(),
  reports: z.object({ count: number, lastAt: number }),
  why: z
    .object({
      at: number,
      mode: z.enum(MODES),
      policy: z.object({
        action: z.enum(POLICY_ACTIONS),
        rule: z.enum(POLICY_LEVELS),
        from: z.enum(POLICY_ORIGINS),
      }),
      debounceMs: number,
      graceMs: number,
      trailing: yes,
      windowEndsAt: known,
      windowSnapshot: name,
      holdEndsAt: known,
      backoffEndsAt: known,
      failures: number,
      breakerOpen: yes,
      queued: number,
      guard: z.object({ made: number, limit: number }).exactOptional(),
      silenceId: name,
    })
    .exactOptional(),
});

const episode: z.ZodType<Episode> = z.object({
  type: text,
  conversationId: text,
  agent: name,
  pid: known,
  startNs: ns,
  lastNs: ns,
  endNs: ns.nullable().default(null),
  signalId: text,
  interruptionId: name,
});

const budget: z.ZodType<BudgetView> = z.object({
  id: text,
  name: text,
  per: z.enum(BUDGET_SCOPES),
  every: z.enum(BUDGET_SPANS),
  unit: z.enum(BUDGET_UNITS),
  action: z.enum(BUDGET_ACTIONS),
  warnAt: number,
  subject: text,
  agent: name,
  conversationId: name,
  workspace: name,
  spent: z.bigint(),
  limit: z.bigint(),
  unknown: number,
  isAtLeast: yes,
  periodAt: number,
  endsAt: known,
  level: z.enum(BUDGET_LEVELS),
  since: known,
  isChanged: yes,
  isAccepted: yes,
  hold: z.object({ startedAt: number, endsAt: z.number(), isOver: yes }).nullable().default(null),
});

const silence: z.ZodType<Silence> = z.object({
  id: text,
  matcher: z.object({
    conversation: text.exactOptional(),
    agent: text.exactOptional(),
    signal: text.exactOptional(),
    workspace: text.exactOptional(),
  }),
  createdAt: number,
  endsAt: number,
  createdBy: text,
  reason: name,
  heldBack: number,
});

const scope = {
  conversation: z.string().exactOptional(),
  agent: z.string().exactOptional(),
  signal: z.string().exactOptional(),
  workspace: z.string().exactOptional(),
};

const ack: z.ZodType<Ack> = z.object({
  id: text,
  by: text,
  at: z.number(),
  endsAt: known,
  endsMono: known,
  note: name,
  signals: z.record(text, z.enum(SEVERITIES)),
  older: z
    .object({ ...scope, ids: z.array(text).exactOptional(), before: z.number() })
    .nullable()
    .default(null),
});

const owner = z.object({ user: text, pid: z.number(), startedAt: number });
const lock: z.ZodType<Lock> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('none') }),
  z.object({ type: z.literal('ours') }),
  z.object({ type: z.literal('other'), owner }),
  z.object({ type: z.literal('outside') }),
  z.object({ type: z.literal('gone'), since: z.number() }),
]);

export const snapshotSchema: z.ZodType<SnapshotView> = z.object({
  id: text,
  at: z.number(),
  message: name,
  metadata: z.record(text, z.unknown()).nullable().default(null),
  pinned: yes,
  ...contents,
  maker: z.enum(SNAPSHOT_MAKERS).catch('unknown'),
  kind: z.enum(SNAPSHOT_KINDS).catch('unknown'),
  rollbackTo: name,
  cause: z.object({ signal: name, signalId: name, agent: name, callId: name }).nullable().default(null),
});

const folder = z.object({ path: text, uid: z.number(), user: z.string().nullable().exactOptional() });

const workspaceSpent = z.object({
  totals: z.object({ cost: cost.exactOptional(), unsureOutput: z.number().exactOptional() }),
  day: spentIn.exactOptional(),
  minutes: spentMinutes.exactOptional(),
  isPlan: yes,
  isPart: yes,
});

const workspace: z.ZodType<WorkspaceView> = z.object({
  path: text,
  agents: names,
  spent: workspaceSpent.exactOptional(),
  availability: z
    .looseObject({
      state: z.enum(['available', 'unavailable', 'unmanaged']),
      name: z.enum(CHECKPOINTERS),
      version: name,
      usedRatio: known,
      freeSpaceHint: name,
    })
    .transform((given): WorkspaceView['availability'] => {
      const it = given as unknown as WorkspaceView['availability'];
      try {
        wordAvailability(it);
        return { ...it, reason: it.reason ?? null };
      } catch {
        return { ...it, reason: null };
      }
    }),
  folder: folder.nullable().default(null),
  why: reason(wordChoice, { code: 'embedded', text: recorded.text }),
  status: z.object({
    state: z.enum(WORKSPACE_STATES),
    endsAt: known,
    reason: reason(wordStatus, { code: 'not_asked_yet' }),
  }),
  lock,
  waiting: names,
  hold: z
    .object({ startedMono: z.number(), trigger: text, over: yes, startedAt: number, endsAt: z.number() })
    .nullable()
    .default(null),
  run: z
    .object({
      runId: text,
      kind: z.enum(RUN_KINDS),
      snapshot: text,
      startedAt: number,
      deadlineAt: known,
      signals: names,
      trigger: name,
    })
    .nullable()
    .default(null),
  queuedManual: yes,
  windowEndsAt: known,
  windowSnapshot: name,
  backoffEndsAt: known,
  failures: number,
  lastSnapshot: z.object({ id: text, at: number, trigger: text }).nullable().default(null),
  snapshots: rows(snapshotSchema),
  rollbacks: z.array(z.object({ at: number, snapshot: text, changedSince: z.number().exactOptional() })).default([]),
  capabilities: z.object({ list: yes, diff: yes, rollback: yes, remove: yes }),
  canInit: yes,
});

const source: z.ZodType<SourceView> = z.object({
  health: z.object({
    uri: text,
    medium: z.enum(MEDIUM_NAMES),
    status: z.enum(HEALTH_STATES),
    detail: reason(wordSource, { code: 'nothing' }),
    caughtUp: yes,
    recentRead: z.boolean().exactOptional(),
    ended: yes,
    cursor: name,
    lagMs: known,
    skipped: z.object({ malformed: number, oversized: number, unsupported: number }),
    lastSkip: reason<SkipDetail>(wordSkip, { code: 'quoted', text: recorded.text }).nullable().default(null),
    unknownKinds: z.array(z.object({ version: name, kind: text, count: number })).exactOptional(),
    gaps: z.array(text).exactOptional(),
    older: z.object({ from: number, files: number, bytes: number, reading: number }).nullable().exactOptional(),
    since: number,
    retryAt: z.number().nullable().exactOptional(),
  }),
  position: z
    .discriminatedUnion('code', [
      z.object({ code: z.literal('rows'), call: name, interruption: name }),
      z.object({ code: z.literal('byte'), offset: number, line: number }),
      z.object({ code: z.literal('time'), at: number }),
    ])
    .nullable()
    .catch(null),
  counts: z.object({ calls: number, interruptions: number, lastEventAt: known }),
  historicalSignals: number,
});

const policyRow: z.ZodType<PolicyRow> = z.discriminatedUnion('scope', [
  z.object({
    scope: z.literal('type'),
    name: text,
    severity: z.enum(SEVERITIES),
    action: z.enum(POLICY_ACTIONS),
    rule: z.enum(POLICY_LEVELS),
    from: z.enum(POLICY_ORIGINS),
  }),
  z.object({
    scope: z.literal('severity'),
    name: z.enum(SEVERITIES),
    action: z.enum(POLICY_ACTIONS).nullable(),
    from: z.enum(POLICY_ORIGINS),
  }),
]);

const tried: z.ZodType<TriedPath> = z.object({ path: text, why: reason(wordLocate, { code: 'not_there' }) });

const unwritten = reason(
  (problem: NonNullable<EngineView['stateProblem']>) => {
    if (problem.code === 'state_in_use') return wordElsewhere({ code: 'other_engine', owner: problem.owner });
    return wordWriteCause(problem.reason);
  },
  { code: 'state_not_written', path: '', reason: { code: 'quoted', text: recorded.text } },
);

/** The view of an engine, by one of this or of another minor version. */
export const viewSchema: z.ZodType<EngineView> = z.object({
  at: z.number(),
  mono: z.number(),
  host: text,
  version: text,
  started: yes,
  mode: z.enum(MODES),
  readOnly: yes,
  debounceMs: number,
  graceMs: number,
  timeoutMs: number,
  pricesDate: name,
  plans: names,
  pausing: z
    .object({
      enabled: yes,
      maxMs: number,
      paused: rows(
        z.object({
          pid: number,
          agent: name,
          conversations: names,
          processes: number,
          at: number,
          resumesAt: number,
          cause: z.enum(PAUSE_CAUSES).catch('operator'),
          by: name,
          isOurs: yes,
        }),
      ),
    })
    .exactOptional(),
  hooks: z
    .array(
      z.object({
        name: text,
        waiting: number,
        dropped: number,
        failing: z.object({ since: number, why: text }).nullable(),
      }),
    )
    .exactOptional(),
  advisory: z.object({ windowMs: number, inputTokens: number }),
  trouble: z.object({
    failingCalls: number,
    failingAtLeast: number,
    failingShare: number,
    stuckMs: number,
    quietMs: number,
    contextShare: z.number().default(1),
  }),
  sources: rows(source),
  tried: rows(tried),
  model: z.object({
    version: number,
    fleet,
    agents: rows(agent),
    conversations: rows(conversation),
    interruptions: rows(interruption),
    advisories: rows(advisory),
  }),
  signals: rows(signalRecord),
  derived: rows(interruption),
  episodes: rows(episode),
  episodeQuietMs: number,
  budgets: rows(budget),
  silences: rows(silence),
  acks: rows(ack),
  workspaces: rows(workspace),
  elsewhere: workspaceSpent.exactOptional(),
  stateProblem: unwritten.nullable().default(null),
  policy: rows(policyRow),
});

const usage = z.object({
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens: known,
  cacheCreationTokens: known,
  cacheCreation1hTokens: z.number().exactOptional(),
  cacheApart: z.literal(true).exactOptional(),
});

/** A call, as a pane of calls shows it. */
export const callSchema: z.ZodType<Call> = z.object({
  callId: text,
  startNs: ns,
  endNs: ns.nullable().default(null),
  status: z.enum(CALL_STATUSES),
  conversationId: name,
  sessionId: name,
  agent: text,
  processName: name,
  pid: known,
  provider: name,
  model: name,
  kind: text,
  statusCode: known,
  error: name,
  usage: usage.nullable().default(null),
  finishReason: name,
  tools: names,
  userQuery: name,
  interruptionType: name,
  cost: z.bigint().nullable().exactOptional(),
  recorded: z
    .object({
      failed: yes,
      errorClass: name,
      sharesId: yes,
      outputIsLowerBound: yes,
      requestId: z.string().exactOptional(),
      telemetry: z.enum(['verified', 'unverified']).exactOptional(),
    })
    .exactOptional(),
});
export const callsSchema = rows(callSchema);

/** More of an agent than its row. */
export const agentDetailSchema: z.ZodType<AgentDetail> = z.object({
  name: text,
  minutes: z.array(minute).default([]),
  models: z.array(z.object({ name: z.string().nullable(), totals })).default([]),
  processes: z.array(z.object({ name: z.union([z.number(), z.literal('unknown'), z.null()]), totals })).default([]),
  spending: z.object(spending).default({ days: [], hours: [], minutes: [] }),
  lastFailure: callSchema.nullable().catch(null),
});

export const silencesSchema: z.ZodType<readonly SilenceView[]> = rows(
  z.object({ silence, leftMs: number, withheld: names, wouldHaveFired: number }),
);
