import type { Ack } from '../../core/acks.ts';
import { ackOf, ackOfInterruption } from '../../core/reactor/acks/covers.ts';
import { wordAvailability } from '../../wording/checkpointers.ts';
import type { Call } from '../../core/calls.ts';
import type { Interruption, Severity } from '../../core/interruptions.ts';
import { isDark, type SourceUri } from '../../core/sources.ts';
import { type Ms, nsToMs } from '../../core/units.ts';
import { MAX_ONCE_CONVERSATIONS } from '../../core/limits.ts';
import { agentActivity } from '../../core/model/meters/activity.ts';
import { isFailed } from '../../core/model/meters/totals.ts';
import {
  type Trouble,
  contextFillOf,
  contextUseOf,
  failingOf,
  nearlyFullOf,
  troubleOf,
  worstTroubles,
} from '../../core/model/meters/trouble.ts';
import {
  type Money,
  agentsOnPlan,
  fleetHour,
  fleetToday,
  hourMoney,
  isOnPlan,
  moneyOf,
  plusCost,
  rowToday,
  workspaceMoney,
} from '../../core/model/meters/money.ts';
import { type Families, familiesOf, familyIndex, rollUp } from '../../core/model/families.ts';
import { type Hour, hourOf } from '../../core/model/meters/hour.ts';
import { accountsOf } from '../../core/model/meters/quota.ts';
import { projectionOf } from '../../core/model/meters/projection.ts';
import { dollarsOf } from '../../core/prices.ts';
import type { AgentView, ConversationView, Cost, ModelView, Spending, Totals } from '../../core/model/types.ts';
import { errorClass } from '../../core/reactor/detect/error-text.ts';
import { downgradeRule } from '../../core/reactor/policy/policy.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import type { Paused } from '../../core/pauses.ts';
import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import { budgetJson } from '../budget-json.ts';
import { isoTime } from '../iso-time.ts';
import type { SinceModel } from './since.ts';
import type {
  AckJson,
  AgentJson,
  ContentsJson,
  ConversationJson,
  InterruptionJson,
  IsoTime,
  MeterJson,
  OnceState,
  SignalJson,
  SilenceJson,
  SourceJson,
  WorkspaceJson,
} from './schema.ts';
import type { Snapshot } from '../../core/snapshots.ts';
import { wordDowngrade, wordFate } from '../../wording/fates.ts';
import { wordSkip } from '../../wording/records.ts';
import { wordLeftOutReason } from '../../wording/snapshots.ts';
import { wordPosition, wordSource } from '../../wording/sources.ts';

/** The input of the document. */
export type OnceInput = {
  readonly view: Pick<
    EngineView,
    | 'at'
    | 'host'
    | 'version'
    | 'mode'
    | 'trouble'
    | 'pausing'
    | 'sources'
    | 'model'
    | 'signals'
    | 'derived'
    | 'silences'
    | 'acks'
    | 'pricesDate'
    | 'plans'
    | 'workspaces'
    | 'budgets'
  >;
  /** The sources that report an interruption. */
  readonly sourcesOf: (interruption: Interruption) => readonly SourceUri[];
  /** The engine's calls by conversation. */
  readonly calls?: {
    /** The calls of a conversation that are held, oldest first. */
    readonly of: (conversationId: string) => readonly Call[];
    readonly lastFailure: (agent: string) => Call | null;
  };
  /** Keep what began or occurred at `from` or later; null keeps everything. */
  readonly since: { readonly from: Ms; readonly model: SinceModel } | null;
  /** The user of an engine whose acknowledgements cannot be read; left out where there is none. */
  readonly acksHidden?: string;
  /** With what the users asked; false where it is left out. */
  readonly content?: boolean;
};

/** The state as `sightline.state/1`; lists are most recent first. */
export function onceDocument(input: OnceInput): OnceState {
  const { view } = input;
  const from = input.since?.from ?? -Infinity;
  const model = input.since?.model.keep(view.model) ?? view.model;
  const conversations = model.conversations.slice(0, MAX_ONCE_CONVERSATIONS);
  const families = familiesOf(familyIndex(model.conversations));
  const omitted = omittedFrom(input, model.conversations.length - conversations.length);
  const troubleIn = worstTroubles(model.conversations, view.trouble, view.at);
  // A stopped process makes no call: it is neither stuck nor failing.
  const paused = view.pausing?.paused ?? [];
  const pauseOf = (isMeant: (one: Paused) => boolean): Wrong | null => {
    const one = paused.find(isMeant);
    return one === undefined ? null : { kind: 'paused', since: one.at };
  };
  const troubleWith = (agent: AgentView): Wrong | null =>
    pauseOf((one) => one.agent === agent.name) ??
    failingOf(agent, view.trouble, view.at) ??
    troubleIn.get(agent.name) ??
    null;
  const all: Pick<Totals, 'cost'> = input.since === null ? view.model.fleet.totals : allOf(model.agents);
  const onPlan = agentsOnPlan(model, view.plans);
  const lost = new Set(view.sources.filter(isDark).map(({ health }) => health.uri));
  return {
    schema: 'sightline.state/1',
    host: view.host,
    generated_at: isoTime(view.at),
    version: view.version,
    sources: view.sources.map((source) => sourceJson(source, false)),
    agents: model.agents.map((agent) => ({
      ...agentJson(agent, { now: view.at, lost, tableDate: view.pricesDate, isPlan: onPlan.has(agent.name) }),
      trouble: troubleJson(troubleWith(agent), () => input.calls?.lastFailure(agent.name) ?? null),
    })),
    conversations: conversations.map((conversation) => ({
      ...conversationJson(conversation, input.content ?? false, view),
      ...rollUpJson(conversation, families, view),
      trouble: troubleJson(
        pauseOf((one) => one.conversations.includes(conversation.conversationId)) ??
          troubleOf(conversation, view.trouble, view.at),
        () => input.calls?.of(conversation.conversationId).findLast(isFailed) ?? null,
      ),
    })),
    ...(omitted > 0 && { conversations_omitted: omitted }),
    interruptions: interruptionsJson([...model.interruptions, ...view.derived], input, from),
    advisories: advisoriesJson(model, view),
    ...(view.budgets.length > 0 && { budgets: view.budgets.map(budgetJson) }),
    ...(all.cost && { cost: costJson(all, view.pricesDate, false) }),
    ...spendingJson(view),
    ...accountsJson(view),
    signals: view.signals
      .filter(({ signal }) => signal.at >= from)
      .map((record) => signalJson(record, ackOf(view.acks, record))),
    ...(input.acksHidden !== undefined && { acks_hidden: input.acksHidden }),
    reactor: {
      mode: view.mode,
      workspaces: view.workspaces.map((row) => ({ ...workspaceJson(row), ...workspaceCostJson(row, view) })),
      silences: view.silences.map(silenceJson),
    },
  };
}

// Those that the model has let go are counted again where they came back.
function omittedFrom({ view, since }: OnceInput, unprinted: number): number {
  return unprinted + (since === null ? view.model.fleet.evicted.conversations : since.model.evicted());
}

/** 0 all well, 1 something critical or high is unresolved, 3 no source could be read. (2 is for usage errors.) */
export function onceExitCode(
  doc: OnceState,
  sources: readonly SourceView[],
  failOn: FailOn = 'high',
  includeAcked = false,
): 0 | 1 | 3 {
  if (!sources.some(wasRead)) return 3;
  return doc.interruptions.some((one) => isAlarming(one, failOn, includeAcked)) ? 1 : 0;
}

/** The lowest severity that is taken for a failure. */
export type FailOn = Severity | 'none';
const WORST_FIRST: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** Unresolved, at least as severe as that, not downgraded, and not acknowledged unless those count, too. */
export function isAlarming(
  { severity, resolved, downgraded, acked }: InterruptionJson,
  failOn: FailOn = 'high',
  includeAcked = false,
): boolean {
  if (resolved || downgraded !== null || failOn === 'none') return false;
  if (acked !== null && !includeAcked) return false;
  return WORST_FIRST.indexOf(severity) <= WORST_FIRST.indexOf(failOn);
}

/** A source as `once` and `headless` print it; `isFollowed` distinguishes them. */
export function sourceJson(
  { health, position, counts, historicalSignals }: SourceView,
  isFollowed: boolean,
): SourceJson {
  return {
    uri: health.uri,
    medium: health.medium,
    health: health.status,
    detail: wordSource(health.detail, isFollowed),
    calls: counts.calls,
    interruptions: counts.interruptions,
    historical_signals: historicalSignals,
    skipped: health.skipped,
    last_skip: health.lastSkip && wordSkip(health.lastSkip),
    position: position && wordPosition(position),
    unknown_kinds: health.unknownKinds ?? [],
    lag_ms: health.lagMs,
    last_event_at: maybeTime(counts.lastEventAt),
  };
}

/** A workspace as `once` prints it; `headless` prints the first three fields. */
export function workspaceJson(view: WorkspaceView): WorkspaceJson {
  const { availability, status, lastSnapshot } = view;
  return {
    workspace: view.path,
    agents: view.agents,
    checkpointer: {
      name: availability.name,
      version: availability.version,
      available: availability.state === 'available',
      reason: wordAvailability(availability),
    },
    state: status.state,
    state_ends_at: maybeTime(status.endsAt),
    waiting: view.waiting.length,
    last_snapshot: lastSnapshot && { ...lastSnapshot, at: isoTime(lastSnapshot.at) },
  };
}

function workspaceCostJson(
  { spent }: WorkspaceView,
  { at, pricesDate }: Pick<EngineView, 'at' | 'pricesDate'>,
): Pick<WorkspaceJson, 'cost' | 'cost_today' | 'cost_last_hour'> {
  const { total, hour, today } = workspaceMoney(spent, at);
  return {
    ...(total !== null && { cost: moneyJson(total, pricesDate) }),
    ...(today !== null && { cost_today: moneyJson(today, pricesDate) }),
    ...(hour !== null && { cost_last_hour: moneyJson(hour, pricesDate) }),
  };
}

type AgentFacts = {
  readonly now: Ms;
  readonly lost: ReadonlySet<SourceUri>;
  readonly tableDate: string | null;
  readonly isPlan: boolean;
};

function agentJson(agent: AgentView, { now, lost, tableDate, isPlan }: AgentFacts): Omit<AgentJson, 'trouble'> {
  return {
    agent: agent.name,
    pids: agent.pids,
    models: agent.models,
    ...meterJson(agent, tableDate, isPlan),
    uncached_window: agent.window && {
      started_at: isoTime(agent.window.startedAt),
      input_tokens: agent.window.inputTokens,
      cache_seen: agent.window.cacheSeen,
    },
    last_hour: hourJson(hourOf(agent, now)),
    ...recentJson(agent, now, isPlan, tableDate),
    last_call_at: maybeTime(agent.lastCallAt),
    state: agentActivity(agent, now, lost),
    sources: agent.sources,
  };
}

function conversationJson(
  conversation: ConversationView,
  content: boolean,
  { at, pricesDate, plans }: Pick<EngineView, 'at' | 'pricesDate' | 'plans'>,
): Omit<ConversationJson, 'trouble'> {
  const isPlan = isOnPlan(conversation, plans);
  return {
    conversation_id: conversation.conversationId,
    session_id: conversation.sessionId,
    agent: conversation.agent,
    models: conversation.models,
    ...meterJson(conversation, pricesDate, isPlan),
    ...recentJson(conversation, at, isPlan, pricesDate),
    first_call_at: maybeTime(conversation.firstCallAt),
    last_call_at: maybeTime(conversation.lastCallAt),
    flags: conversation.flags,
    ...sessionJson(conversation),
    sources: conversation.sources,
    ...(content ? { user_query: conversation.userQuery } : {}),
  };
}

// Beside its own sums, which together are those of all.
function rollUpJson(
  conversation: ConversationView,
  families: Families,
  { pricesDate, plans }: Pick<EngineView, 'pricesDate' | 'plans'>,
): Pick<ConversationJson, 'with_sub_agents'> {
  if (!families.children.has(conversation.conversationId)) return {};
  const all = rollUp(conversation, families);
  return {
    with_sub_agents: { sub_agents: all.subAgents, ...meterJson(all, pricesDate, isOnPlan(conversation, plans)) },
  };
}

// The text of an error may hold a part of the prompt; its class does not.
type Wrong = Trouble | { readonly kind: 'paused'; readonly since: Ms };

function troubleJson(trouble: Wrong | null, lastFailure: () => Call | null): AgentJson['trouble'] {
  if (trouble === null) return null;
  const { kind, since } = trouble;
  const [failed, of] = kind === 'failing' ? [trouble.failed, trouble.of] : [null, null];
  const failure = kind === 'failing' ? lastFailure() : null;
  return {
    kind,
    failed,
    of,
    since_at: Number.isFinite(since) ? isoTime(since) : null,
    error: failure && errorClass(failure.error, failure.statusCode),
  };
}

function sessionJson(conversation: ConversationView) {
  const { session, totals } = conversation;
  const { unsureOutput = 0 } = totals;
  return {
    parent_id: session?.parentId ?? null,
    forked_from: session?.forkedFrom ?? null,
    cwd: session?.cwd ?? null,
    title: session?.title ?? null,
    context: contextJson(conversation),
    compactions: session?.compactions ?? null,
    retries: session?.retries ?? null,
    output_is_lower_bound: unsureOutput > 0,
    unsure_output: unsureOutput,
  };
}

// A context that is nearly full is one for as long as it is so.
function advisoriesJson(
  { advisories, conversations }: Pick<ModelView, 'advisories' | 'conversations'>,
  { trouble, at: now }: Pick<EngineView, 'trouble' | 'at'>,
): OnceState['advisories'] {
  return [
    ...advisories.map(({ at, type, agent, inputTokens, cacheReported }) => {
      return { type, agent, at: isoTime(at), input_tokens: inputTokens, cache_reported: cacheReported };
    }),
    ...conversations.flatMap((conversation) => {
      const { agent, conversationId, lastCallAt } = conversation;
      const context = contextJson(conversation);
      if (nearlyFullOf(conversation, trouble, now) === null || context === null || lastCallAt === null) return [];
      const facts = { agent, conversation_id: conversationId, at: isoTime(lastCallAt) };
      return [{ type: 'context' as const, ...facts, ...context }];
    }),
  ];
}

function contextJson(conversation: ConversationView): ConversationJson['context'] {
  const context = contextUseOf(conversation);
  if (context === null) return null;
  const { usedTokens, windowTokens, windowKnown } = context;
  const fill = contextFillOf(conversation);
  return { used_tokens: usedTokens, window_tokens: windowTokens, window_known: windowKnown, fill };
}

function allOf(agents: readonly AgentView[]): Pick<Totals, 'cost'> {
  const cost = agents.reduce<Cost | undefined>((sum, { totals }) => plusCost(sum, totals.cost), undefined);
  return cost === undefined ? {} : { cost };
}

/** The exact cost of some calls. */
function costJson(
  totals: Pick<Totals, 'cost' | 'unsureOutput'>,
  tableDate: string | null,
  isPlan: boolean,
): MeterJson['cost'] {
  const money = moneyOf(totals, isPlan);
  return money === null ? null : moneyJson(money, tableDate);
}

function accountsJson({ model, at }: OnceInput['view']): Pick<OnceState, 'accounts'> {
  const accounts = accountsOf(model.conversations, at).map(({ agent, account, windows, reached }) => ({
    agent,
    account,
    windows: windows.map(({ name, usedPercent, windowMinutes, resetsAt }) => ({
      name,
      used_percent: usedPercent,
      window_minutes: windowMinutes,
      resets_at: maybeTime(resetsAt),
    })),
    limit_reached: reached && {
      at: isoTime(reached.at),
      resets_at: maybeTime(reached.resetsAt),
      resets: reached.resets,
    },
  }));
  return accounts.length === 0 ? {} : { accounts };
}

// By the day of the host, of the whole history: `--since` changes no day.
function spendingJson({ model, at, pricesDate }: OnceInput['view']): Pick<OnceState, 'spending'> {
  const { spending } = model.fleet;
  if (spending === undefined) return {};
  const cost = (one: Pick<Totals, 'cost' | 'unsureOutput'> | undefined): MeterJson['cost'] =>
    one === undefined ? null : costJson(one, pricesDate, false);
  const today = (one: Money | null): MeterJson['cost'] => (one === null ? null : moneyJson(one, pricesDate));
  const spans = (all: Spending['days']) =>
    all.map((one) => ({ from: isoTime(one.at), to: isoTime(one.endsAt), cost: cost(one) }));
  const projection = projectionOf(spending, at);
  return {
    spending: {
      today: today(fleetToday(model, at)),
      last_hour: today(fleetHour(model, at)),
      projected_today: projection && { usd: dollarsOf(projection.pico), error_usd: dollarsOf(projection.error) },
      days: spans(spending.days),
      hours: spans(spending.hours),
      before: cost(spending.before),
      models: spending.models.map(({ name, day, minutes, total }) => ({
        model: name,
        today: today(rowToday({ ...(day !== null && { day }), totals: total }, at, false)),
        last_hour: today(hourMoney({ minutes, totals: total }, at, false)),
        total: cost(total),
      })),
    },
  };
}

/** An amount. */
export function moneyJson(
  { pico, basis, unpriced, isAtLeast }: Money,
  tableDate: string | null,
): NonNullable<MeterJson['cost']> {
  return { usd: dollarsOf(pico), basis, unpriced_calls: unpriced, lower_bound: isAtLeast, table_date: tableDate };
}

// Today and the last hour, which `--since` does not change: a known zero where none was billed then, left out where none ever was.
function recentJson(
  row: Pick<AgentView, 'day' | 'totals'> & Parameters<typeof hourMoney>[0],
  now: Ms,
  isPlan: boolean,
  tableDate: string | null,
): Pick<AgentJson, 'cost_today' | 'cost_last_hour'> {
  const today = rowToday(row, now, isPlan);
  const hour = hourMoney(row, now, isPlan);
  return {
    ...(today !== null && { cost_today: moneyJson(today, tableDate) }),
    ...(hour !== null && { cost_last_hour: moneyJson(hour, tableDate) }),
  };
}

function hourJson(hour: Hour): AgentJson['last_hour'] {
  return {
    calls: hour.calls,
    failed: hour.failed,
    input_tokens: hour.inputTokens,
    output_tokens: hour.outputTokens,
    prompt_tokens: hour.promptTokens,
    cache_read_tokens: hour.cacheReadTokens,
    cache_creation_tokens: hour.cacheCreationTokens,
  };
}

function meterJson(
  { totals, summary }: Pick<ConversationView, 'totals' | 'summary'>,
  tableDate: string | null,
  isPlan: boolean,
): MeterJson {
  return {
    calls: totals.calls,
    failed: totals.failed,
    pending: totals.pending,
    input_tokens: totals.inputTokens,
    output_tokens: totals.outputTokens,
    cache_read_tokens: totals.cacheReadTokens,
    cache_creation_tokens: totals.cacheCreationTokens,
    prompt_tokens: totals.promptTokens,
    cache_ratio: totals.cacheRatio,
    cost: costJson(totals, tableDate, isPlan),
    ...(summary && {
      summary: { calls: summary.calls, input_tokens: summary.inputTokens, output_tokens: summary.outputTokens },
    }),
  };
}

function interruptionsJson(
  all: readonly Interruption[],
  { view, sourcesOf }: Pick<OnceInput, 'view' | 'sourcesOf'>,
  from: Ms,
): readonly InterruptionJson[] {
  return all
    .filter(({ occurredNs }) => nsToMs(occurredNs) >= from)
    .sort((a, b) => Number(b.occurredNs - a.occurredNs))
    .map((one) => interruptionJson(one, sourcesOf(one), ackOfInterruption(view.acks, one, view.signals)));
}

function interruptionJson(
  interruption: Interruption,
  sources: readonly SourceUri[],
  ack: Ack | null,
): InterruptionJson {
  const rule = downgradeRule(interruption.type, interruption);
  return {
    interruption_id: interruption.interruptionId,
    type: interruption.type,
    severity: interruption.severity,
    agent: interruption.agent,
    pid: interruption.pid,
    conversation_id: interruption.conversationId,
    session_id: interruption.sessionId,
    call_id: interruption.callId,
    occurred_at: isoTime(nsToMs(interruption.occurredNs)),
    resolved: interruption.resolved,
    derived: interruption.interruptionId === null,
    downgraded: rule && wordDowngrade(rule),
    acked: ack && ackJson(ack),
    sources,
  };
}

/** An acknowledgement as it is printed beside what it covers. */
export function ackJson({ by, at, endsAt, note }: Ack): NonNullable<AckJson> {
  return { by, at: isoTime(at), until: maybeTime(endsAt), note };
}

/** A signal as `once` prints it. */
export function signalJson({ signal, fate, reports }: SignalRecord, ack: Ack | null): SignalJson {
  return {
    signal_id: signal.signalId,
    signal: signal.type,
    origin: signal.origin,
    from_records: signal.recorded === true,
    severity: signal.severity,
    agent: signal.agent,
    conversation_id: signal.conversationId,
    call_id: signal.callId,
    interruption_id: signal.interruptionId,
    at: isoTime(signal.at),
    fate: fate?.kind ?? null,
    settled: fate?.settled ?? false,
    reason: fate && wordFate(fate.reason),
    count: reports.count,
    last_at: isoTime(reports.lastAt),
    acked: ack && ackJson(ack),
    ...(fate && contentsJson(fate)),
  };
}

/** The known contents of a snapshot; empty if it lacks nothing and no count is known. */
export function contentsJson({ leftOut, changed }: Pick<Snapshot, 'leftOut' | 'changed'>): ContentsJson {
  return {
    ...(leftOut && {
      left_out: { count: leftOut.count, bytes: leftOut.bytes, reasons: leftOut.reasons.map(wordLeftOutReason) },
    }),
    ...(changed && {
      changed: { files: changed.files, added_lines: changed.addedLines, removed_lines: changed.removedLines },
    }),
  };
}

/** A silence as `once` prints it. */
export function silenceJson(silence: EngineView['silences'][number]): SilenceJson {
  const { id, matcher, reason } = silence;
  const { conversation = null, agent = null, signal = null, workspace = null } = matcher;
  return {
    id,
    matcher: { conversation, agent, signal, workspace },
    created_at: isoTime(silence.createdAt),
    ends_at: isoTime(silence.endsAt),
    reason,
    held_back: silence.heldBack,
  };
}

// A source that merely never failed, as a server that answers too slowly, was not read.
function wasRead({ health: { status: health, caughtUp }, counts }: SourceView): boolean {
  return counts.calls + counts.interruptions > 0 || (caughtUp && (health === 'ok' || health === 'degraded'));
}

function maybeTime(at: Ms | null): IsoTime | null {
  return at === null ? null : isoTime(at);
}
