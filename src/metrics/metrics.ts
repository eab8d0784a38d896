import { HEALTH_STATES } from '../core/sources.ts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Call, Usage } from '../core/calls.ts';
import { INTERRUPTION_TYPES } from '../core/interruptions.ts';
import { isFailed } from '../core/model/meters/totals.ts';
import { WORKSPACE_STATES } from '../core/reactor/view.ts';
import { type FateName, MODES } from '../core/signals.ts';
import { VERSION } from '../core/version.ts';
import type { EngineEvent, EngineView } from '../engine/types.ts';
import { boundedLabel } from './labels.ts';
import { moneyGauges } from './money.ts';

/** Different values of each label; the rest is `other`. A machine has some ten agents, models and workspaces. */
const MAX_AGENTS = 50;
const MAX_MODELS = 50;
const MAX_SIGNAL_TYPES = 50;
const MAX_WORKSPACES = 100;
const MAX_SOURCES = 50;
const MAX_SUBJECTS = 100;
/** Upper bounds of a checkpoint's duration, s: the deadline is 10 s unless configured. */
const DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Names of the client's own metrics that promtool refuses: gauges that end like counters. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
/** Fates that the alert rules watch. */
const ALERTED_FATES: readonly FateName[] = ['failed', 'timed_out', 'unavailable'];

export type Metrics = {
  /** Counts a call that was received live, or more of one; `previous` null: it is new. */
  readonly call: (call: Call, previous: Call | null) => void;
  readonly event: (event: EngineEvent) => void;
  /** Counts an attempt of a hook; dropped: the queue was full, or the server has refused the event for good. */
  readonly hook: (hook: string, outcome: 'delivered' | 'failed' | 'dropped') => void;
  /** Returns all of it as text: for Prometheus, or in the OpenMetrics format. */
  readonly text: (
    view: EngineView,
    queued: ReadonlyMap<string, number>,
    format: 'prometheus' | 'openmetrics',
  ) => Promise<Page>;
};

export type Page = { readonly type: string; readonly text: string };

/** Counts what happens, and shows the state at each scrape. Names by Prometheus' conventions, labels by OpenTelemetry's. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const calls = callCounters(registers);
  const events = eventCounters(registers);
  const hooks = new Counter({
    name: 'sightline_hook_deliveries_total',
    help: 'Attempts to tell a hook of an event, by outcome, and events that were dropped.',
    labelNames: ['hook', 'outcome'],
    registers,
  });
  const queue = new Gauge({
    name: 'sightline_hook_queue_length',
    help: 'Events that wait for a hook.',
    labelNames: ['hook'],
    registers,
  });
  const showState = stateGauges(registers);
  let last: Promise<unknown> = Promise.resolve();
  return {
    call: calls,
    event: events,
    hook: (hook, outcome) => hooks.inc({ hook, outcome }),
    text: (view, queued, format) => {
      // The format is the registry's own: one page at a time.
      const page = last.then(async () => {
        showState(view);
        for (const [hook, length] of queued) queue.set({ hook }, length);
        if (format === 'openmetrics') registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
        else registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
        return { type: registry.contentType, text: await registry.metrics() };
      });
      last = page.catch(() => undefined);
      return page;
    },
  };
}

type Registers = Registry[];

const PICO_PER_DOLLAR = 1e12;

function callCounters(registers: Registers): Metrics['call'] {
  const labelNames = ['gen_ai_agent_name', 'gen_ai_request_model'] as const;
  const calls = new Counter({
    name: 'sightline_calls_total',
    help: 'Finished LLM calls that were received live.',
    labelNames,
    registers,
  });
  const failures = new Counter({
    name: 'sightline_call_failures_total',
    help: 'Those of them that were interrupted or answered with an error.',
    labelNames,
    registers,
  });
  const tokens = new Counter({
    name: 'sightline_tokens_total',
    help: 'Tokens of calls that were received live, as the provider reported them.',
    labelNames: [...labelNames, 'gen_ai_token_type'],
    registers,
  });
  const dollars = new Counter({
    name: 'sightline_cost_dollars_total',
    help: 'List price of calls that were received live, as far as it is known.',
    labelNames,
    registers,
  });
  const unpriced = new Counter({
    name: 'sightline_calls_unpriced_total',
    help: 'Calls that were received live and whose price is not known.',
    labelNames,
    registers,
  });
  const agentOf = boundedLabel(MAX_AGENTS);
  const modelOf = boundedLabel(MAX_MODELS);
  return (call, previous) => {
    const labels = { gen_ai_agent_name: agentOf(call.agent), gen_ai_request_model: modelOf(call.model) };
    const wasFinished = previous !== null && previous.status !== 'pending';
    if (call.status !== 'pending' && !wasFinished) calls.inc(labels);
    if (isFailed(call) && !(previous !== null && isFailed(previous))) failures.inc(labels);
    const price = (call.cost ?? 0n) - (previous?.cost ?? 0n);
    if (price > 0n) dollars.inc(labels, Number(price) / PICO_PER_DOLLAR);
    if (call.cost === null && previous?.cost !== null) unpriced.inc(labels);
    for (const [type, count] of tokensOf(call.usage)) {
      const before = new Map(tokensOf(previous?.usage ?? null)).get(type) ?? 0;
      if (count > before) tokens.inc({ ...labels, gen_ai_token_type: type }, count - before);
    }
  };
}

function tokensOf(usage: Usage | null): readonly (readonly [type: string, count: number])[] {
  if (usage === null) return [];
  return [
    ['input', usage.inputTokens],
    ['output', usage.outputTokens],
    ['cache_read', usage.cacheReadTokens ?? 0],
    ['cache_creation', usage.cacheCreationTokens ?? 0],
  ];
}

function eventCounters(registers: Registers): Metrics['event'] {
  const signals = new Counter({
    name: 'sightline_signals_total',
    help: 'Signals that were raised live, by interruption type and severity.',
    labelNames: ['type', 'severity'],
    registers,
  });
  const fates = new Counter({
    name: 'sightline_signal_fates_total',
    help: 'Settled fates of live signals, by interruption type.',
    labelNames: ['type', 'fate'],
    registers,
  });
  const durations = new Histogram({
    name: 'sightline_checkpoint_duration_seconds',
    help: 'Duration of checkpoints that ended, by outcome.',
    labelNames: ['outcome'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const typeOf = boundedLabel(MAX_SIGNAL_TYPES);
  // Prometheus sees no increase in a counter that begins at 1: those that alerts watch begin at 0.
  for (const [type, { severity }] of Object.entries(INTERRUPTION_TYPES)) {
    signals.inc({ type: typeOf(type), severity }, 0);
    for (const fate of ALERTED_FATES) fates.inc({ type: typeOf(type), fate }, 0);
  }
  return (event) => {
    if (event.type !== 'notice') return;
    const { notice } = event;
    switch (notice.type) {
      case 'signal':
        if (!notice.signal.historical)
          signals.inc({ type: typeOf(notice.signal.type), severity: notice.signal.severity });
        return;
      case 'fate':
        if (!notice.signal.historical && notice.fate.settled)
          fates.inc({ type: typeOf(notice.signal.type), fate: notice.fate.kind });
        return;
      case 'ended':
        // A hold that was vetoed has had no run.
        if (notice.snapshot !== null) durations.observe({ outcome: notice.outcome }, notice.durationMs / 1_000);
        return;
      case 'update':
      case 'budget':
      case 'held':
      case 'started':
      case 'foreign':
      case 'operator':
      case 'refused':
        return;
    }
  };
}

function stateGauges(registers: Registers): (view: EngineView) => void {
  new Gauge({
    name: 'sightline_build_info',
    help: 'Always 1, with the version.',
    labelNames: ['version'],
    registers,
  }).set({ version: VERSION }, 1);
  const mode = new Gauge({
    name: 'sightline_mode',
    help: '1 for the mode that is set, 0 for the others.',
    labelNames: ['mode'],
    registers,
  });
  const agents = new Gauge({ name: 'sightline_agents', help: 'Agents that are known.', registers });
  const conversations = new Gauge({
    name: 'sightline_conversations',
    help: 'Conversations that are known.',
    registers,
  });
  const problem = new Gauge({
    name: 'sightline_state_problem',
    help: '1 while nothing is kept over a restart.',
    registers,
  });
  const showWorkspaces = workspaceGauges(registers);
  const showSources = sourceGauges(registers);
  const showMoney = moneyGauges(registers);
  const showBudgets = budgetGauges(registers);
  return (view) => {
    for (const name of MODES) mode.set({ mode: name }, name === view.mode ? 1 : 0);
    agents.set(view.model.fleet.agents);
    conversations.set(view.model.fleet.conversations);
    problem.set(view.stateProblem === null ? 0 : 1);
    showWorkspaces(view);
    showSources(view);
    showMoney(view);
    showBudgets(view);
  };
}

function workspaceGauges(registers: Registers): (view: EngineView) => void {
  const labelNames = ['workspace'] as const;
  const state = new Gauge({
    name: 'sightline_workspace_state',
    help: '1 for the state that a workspace is in (ready, debouncing, guarded, breaker_open and so on), 0 for the others.',
    labelNames: ['workspace', 'state'],
    registers,
  });
  const snapshots = new Gauge({
    name: 'sightline_snapshots',
    help: 'Snapshots of a workspace that are known, of every maker.',
    labelNames,
    registers,
  });
  const latest = new Gauge({
    name: 'sightline_last_snapshot_timestamp_seconds',
    help: 'Time of the latest snapshot that sightline made.',
    labelNames,
    registers,
  });
  const waiting = new Gauge({
    name: 'sightline_waiting_signals',
    help: 'Signals that wait behind a checkpoint, a window or a hold.',
    labelNames,
    registers,
  });
  const nameOf = boundedLabel(MAX_WORKSPACES);
  return ({ workspaces }) => {
    for (const gauge of [state, snapshots, latest, waiting]) gauge.reset();
    for (const { path, status, snapshots: known, lastSnapshot, waiting: signals } of workspaces) {
      const workspace = nameOf(path);
      for (const name of WORKSPACE_STATES) state.inc({ workspace, state: name }, name === status.state ? 1 : 0);
      snapshots.inc({ workspace }, known.length);
      waiting.inc({ workspace }, signals.length);
      if (lastSnapshot !== null) latest.set({ workspace }, lastSnapshot.at / 1_000);
    }
  };
}

function budgetGauges(registers: Registers): (view: EngineView) => void {
  const labelNames = ['budget', 'subject'] as const;
  const gauge = (name: string, help: string): Gauge<(typeof labelNames)[number]> =>
    new Gauge({ name, help, labelNames, registers });
  const of = '; subject: the agent, conversation or workspace that it is kept for.';
  const gauges = {
    usd: {
      spent: gauge('sightline_budget_spent_dollars', `List price of what was spent of a budget${of}`),
      limit: gauge('sightline_budget_limit_dollars', `Limit of a budget${of}`),
      unit: PICO_PER_DOLLAR,
    },
    tokens: {
      spent: gauge('sightline_budget_spent_tokens', `Tokens that were spent of a budget${of}`),
      limit: gauge('sightline_budget_limit_tokens', `Limit of a budget${of}`),
      unit: 1,
    },
  };
  const subjectOf = boundedLabel(MAX_SUBJECTS);
  return ({ budgets }) => {
    for (const { spent, limit } of Object.values(gauges)) {
      spent.reset();
      limit.reset();
    }
    for (const view of budgets) {
      const { spent, limit, unit } = gauges[view.unit];
      const labels = { budget: view.name, subject: view.subject === '' ? 'all' : subjectOf(view.subject) };
      spent.inc(labels, Number(view.spent) / unit);
      limit.set(labels, Number(view.limit) / unit);
    }
  };
}

function sourceGauges(registers: Registers): (view: EngineView) => void {
  const health = new Gauge({
    name: 'sightline_source_health',
    help: '1 for the health of a source (ok, degraded, lost, absent), 0 for the others.',
    labelNames: ['source', 'state'],
    registers,
  });
  const lag = new Gauge({
    name: 'sightline_source_lag_seconds',
    help: 'Age of the oldest fact that is not read yet; none where it is not known.',
    labelNames: ['source'],
    registers,
  });
  const skipped = new Counter({
    name: 'sightline_source_skipped_total',
    help: 'Records that could not be used, by reason.',
    labelNames: ['source', 'reason'],
    registers,
  });
  const nameOf = boundedLabel(MAX_SOURCES);
  return ({ sources }) => {
    for (const metric of [health, lag, skipped]) metric.reset();
    for (const { health: found } of sources) {
      const source = nameOf(found.uri);
      for (const state of HEALTH_STATES) health.inc({ source, state }, state === found.status ? 1 : 0);
      if (found.lagMs !== null) lag.set({ source }, found.lagMs / 1_000);
      for (const [reason, count] of Object.entries(found.skipped)) skipped.inc({ source, reason }, count);
    }
  };
}
