/**
 * The facts that only a source's summary holds. A conversation has what its summary reports beyond the calls that are known, so
 * nothing is counted twice, whichever source reported these calls. All of it is laid over the views: calls know nothing of it.
 */
import type { Summary, SummaryEvent } from '../feed.ts';
import type { SourceUri } from '../sources.ts';
import { type Ns, nsToMs } from '../units.ts';
import { flagsOf } from './interruptions/apply.ts';
import { NO_OUTCOMES } from './meters/outcomes.ts';
import type { ModelState, Summed } from './state.ts';
import type { AgentView, ConversationView, ModelView, SummaryPart, Totals } from './types.ts';

/** Part of a full collection that is kept, so that room is made seldom. */
const KEEP = 0.8;

/** Takes in a summary, or takes one back; true when that changed anything. */
export function applySummary({ summaries, limits }: ModelState, uri: SourceUri, event: SummaryEvent): boolean {
  const { conversationId, summary } = event;
  const bySource = new Map(summaries.get(conversationId)?.bySource);
  if (summary !== null) bySource.set(uri, summary);
  else if (!bySource.delete(uri)) return false;
  const [widest] = [...bySource.values()].sort((a, b) => b.calls - a.calls);
  if (widest === undefined) summaries.delete(conversationId);
  else summaries.set(conversationId, { bySource, widest, row: null });
  if (summaries.size > limits.summaries) forgetOldest(summaries, Math.floor(limits.summaries * KEEP));
  return true;
}

function forgetOldest(summaries: ModelState['summaries'], keep: number): void {
  const oldestFirst = [...summaries].sort(([, a], [, b]) => (lastNs(a.widest) < lastNs(b.widest) ? -1 : 1));
  for (const [id] of oldestFirst.slice(0, summaries.size - keep)) summaries.delete(id);
}

type Views = Pick<ModelView, 'fleet' | 'agents' | 'conversations'>;

/** The views of the known calls, with what only summaries tell on top. Equal rows keep their reference. */
export function withSummaries(state: ModelState, former: ModelView | null, known: Views): Views {
  const { summaries } = state;
  if (summaries.size === 0) return known;
  const rows = known.conversations.map((row) => {
    const summed = summaries.get(row.conversationId);
    return summed === undefined ? row : rowOf(summed, row, row.flags);
  });
  for (const [id, summed] of summaries)
    if (!state.conversations.has(id)) rows.push(rowOf(summed, null, flagsOf(state, id)));
  const rest = restByAgent(rows);
  if (rest.size === 0) return known;
  const agents = agentsWith(rest, known.agents, former?.agents ?? []);
  const part = emptyPart();
  for (const one of rest.values()) add(part, one.part);
  const totals = plus(known.fleet.totals, part);
  const conversations = rows.sort(mostRecentFirst);
  const counts = { agents: agents.length, conversations: conversations.length };
  return { conversations, agents, fleet: { ...known.fleet, ...counts, totals, summary: part } };
}

// A row is made anew when the calls, the flags or the summary have changed.
function rowOf(summed: Summed, known: ConversationView | null, flags: readonly string[]): ConversationView {
  const { row } = summed;
  if (row?.known === known && sameList(row.view.flags, flags)) return row.view;
  const view = known === null ? untoldRow(summed, flags) : partialRow(summed, known);
  summed.row = { known, view };
  return view;
}

function untoldRow({ widest, bySource }: Summed, flags: readonly string[]): ConversationView {
  const { conversationId, sessionId, agent, model, userQuery, startNs } = widest;
  const summary = partBeyond(widest, NO_TOTALS);
  return {
    conversationId,
    sessionId,
    agent,
    models: model === null ? [] : [model],
    sources: [...bySource.keys()].sort(),
    totals: plus(NO_TOTALS, summary),
    summary,
    recent: null,
    ...NO_OUTCOMES,
    openSince: null,
    firstCallAt: nsToMs(startNs),
    lastCallAt: nsToMs(lastNs(widest)),
    userQuery,
    flags,
    session: null,
  };
}

function partialRow({ widest, bySource }: Summed, known: ConversationView): ConversationView {
  const summary = partBeyond(widest, known.totals);
  if (isNothing(summary)) return known;
  const firstAt = nsToMs(widest.startNs);
  const lastAt = nsToMs(lastNs(widest));
  return {
    ...known,
    sources: [...new Set([...known.sources, ...bySource.keys()])].sort(),
    totals: plus(known.totals, summary),
    summary,
    firstCallAt: Math.min(known.firstCallAt ?? firstAt, firstAt),
    lastCallAt: Math.max(known.lastCallAt ?? lastAt, lastAt),
  };
}

/** The part of one agent that only summaries report. */
type Rest = {
  readonly part: MutablePart;
  firstAt: number;
  lastAt: number;
  readonly models: Set<string>;
  readonly sources: Set<SourceUri>;
};

// There may be thousands of rows, and a view is made many times a second: one walk, nothing made anew on the way.
function restByAgent(rows: readonly ConversationView[]): Map<string, Rest> {
  const rest = new Map<string, Rest>();
  for (const { agent, summary, models, sources, firstCallAt, lastCallAt } of rows) {
    if (summary === null) continue;
    let one = rest.get(agent);
    if (one === undefined) rest.set(agent, (one = emptyRest()));
    add(one.part, summary);
    if (firstCallAt !== null && firstCallAt < one.firstAt) one.firstAt = firstCallAt;
    if (lastCallAt !== null && lastCallAt > one.lastAt) one.lastAt = lastCallAt;
    for (const model of models) one.models.add(model);
    for (const source of sources) one.sources.add(source);
  }
  return rest;
}

function emptyRest(): Rest {
  return { part: emptyPart(), firstAt: Infinity, lastAt: -Infinity, models: new Set(), sources: new Set() };
}

function agentsWith(
  rest: ReadonlyMap<string, Rest>,
  known: readonly AgentView[],
  former: readonly AgentView[],
): readonly AgentView[] {
  const before = new Map(former.map((row) => [row.name, row]));
  const untold = new Map(rest);
  const rows = known.map((agent) => {
    const one = untold.get(agent.name);
    untold.delete(agent.name);
    return one === undefined ? agent : sameAgent(before.get(agent.name), agentWith(agent, one));
  });
  for (const [name, one] of untold) rows.push(sameAgent(before.get(name), agentWith(noCallsYet(name), one)));
  return rows.sort(mostRecentFirst);
}

function agentWith(known: AgentView, { part, firstAt, lastAt, models, sources }: Rest): AgentView {
  return {
    ...known,
    models: known.models.length > 0 ? known.models : [...models],
    sources: [...new Set([...known.sources, ...sources])].sort(),
    totals: plus(known.totals, part),
    summary: part,
    firstCallAt: Math.min(known.firstCallAt ?? Infinity, firstAt),
    lastCallAt: Math.max(known.lastCallAt ?? -Infinity, lastAt),
    lastEndAt: Math.max(known.lastEndAt ?? -Infinity, lastAt),
  };
}

function noCallsYet(agent: string): AgentView {
  return {
    name: agent,
    pids: [],
    models: [],
    sources: [],
    totals: NO_TOTALS,
    summary: null,
    recent: null,
    ...NO_OUTCOMES,
    minutes: NO_MINUTES,
    window: null,
    firstCallAt: null,
    lastCallAt: null,
    lastEndAt: null,
  };
}

// What is derived from many rows is made each time; it is the same as long as it rests on the same.
function sameAgent(before: AgentView | undefined, now: AgentView): AgentView {
  if (before === undefined || now.summary === null || before.summary === null) return now;
  const isSame =
    before.recent === now.recent &&
    before.window === now.window &&
    before.lastCallAt === now.lastCallAt &&
    sameList(before.sources, now.sources) &&
    sameTotals(before.totals, now.totals);
  return isSame ? before : now;
}

// No summary tells how its calls ended.
const NO_MINUTES: AgentView['minutes'] = [];

const NO_TOTALS: Totals = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  failed: 0,
  pending: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  promptTokens: 0,
  cacheRatio: null,
};

/** A summary may lag behind the calls as well: nothing is ever taken away. */
function partBeyond({ calls, inputTokens, outputTokens }: Summary, known: SummaryPart): SummaryPart {
  return {
    calls: Math.max(0, calls - known.calls),
    inputTokens: Math.max(0, inputTokens - known.inputTokens),
    outputTokens: Math.max(0, outputTokens - known.outputTokens),
  };
}

function isNothing({ calls, inputTokens, outputTokens }: SummaryPart): boolean {
  return calls === 0 && inputTokens === 0 && outputTokens === 0;
}

type MutablePart = { -readonly [K in keyof SummaryPart]: SummaryPart[K] };

function emptyPart(): MutablePart {
  return { calls: 0, inputTokens: 0, outputTokens: 0 };
}

function add(sum: MutablePart, part: SummaryPart): void {
  sum.calls += part.calls;
  sum.inputTokens += part.inputTokens;
  sum.outputTokens += part.outputTokens;
}

function sameTotals(a: Totals, b: Totals): boolean {
  const [one, other] = [a, b].map(({ cost, ...sums }) => [Object.values(sums), Object.values(cost ?? {})].flat());
  return sameList(one ?? [], other ?? []);
}

// What a cache read or created beside the input, no summary tells.
function plus(totals: Totals, part: SummaryPart): Totals {
  return {
    ...totals,
    calls: totals.calls + part.calls,
    inputTokens: totals.inputTokens + part.inputTokens,
    outputTokens: totals.outputTokens + part.outputTokens,
    promptTokens: totals.promptTokens + part.inputTokens,
    ...(totals.cost && { cost: { ...totals.cost, unpriced: totals.cost.unpriced + part.calls } }),
  };
}

function lastNs({ startNs, endNs }: Summary): Ns {
  return endNs ?? startNs;
}

function mostRecentFirst<Row extends { readonly lastCallAt: number | null }>(a: Row, b: Row): number {
  return (b.lastCallAt ?? -Infinity) - (a.lastCallAt ?? -Infinity);
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
