/** The model: agents, conversations, calls, interruptions and advisories, merged from any number of sources. */
import type { FeedEvent } from '../feed.ts';
import type { SourceUri } from '../sources.ts';
import type { Ms } from '../units.ts';
import { applyCall, withdrawCall } from './calls/apply.ts';
import { awaitsOther } from './calls/doors.ts';
import { applyPast } from './calls/past.ts';
import { pastBefore } from './calls/eviction.ts';
import { callsMeant, recordsOfCall, sourcesOfCall } from './calls/call-index.ts';
import { type Budget, budgetId } from '../budgets.ts';
import { countBudgets } from './budgets/count.ts';
import { clearFresh, newTally, readBudgets } from './budgets/ledger.ts';
import { takeChanges } from './budgets/saved.ts';
import { applyInterruption, listInterruptions, sourcesOfInterruption } from './interruptions/apply.ts';
import { fillLinked } from './interruptions/links.ts';
import { minuteOf } from './meters/series.ts';
import { applySession, withSessions } from './sessions.ts';
import { advisoriesOf } from './windows/spending.ts';
import { type ModelState, emptyState } from './state.ts';
import { applySummary, withSummaries } from './summaries.ts';
import type { Model, ModelChange, ModelOptions, ModelView, SourceCounts } from './types.ts';
import { agentDetailOf, callsOf, fleetOf, listAgents, listConversations } from './views.ts';

/** An empty model. It is changed in place by `apply` and owned by the caller of that; all it hands out is immutable. */
export function createModel(options: ModelOptions): Model {
  const state = emptyState(options);
  let last: ModelView | null = null;
  const view = (): ModelView => {
    if (last?.version !== state.version) last = viewOf(state, last);
    return last;
  };
  return {
    version: () => state.version,
    apply: (source, event, receivedAt) => apply(state, source, event, receivedAt),
    awaitsOther: (event) => awaitsOther(state, event),
    view,
    fleet: () => view().fleet,
    agents: () => view().agents,
    conversations: () => view().conversations,
    interruptions: () => view().interruptions,
    advisories: () => view().advisories,
    calls: (conversationId) => callsOf(state, conversationId),
    sumsBefore: (receivedAt, following) => pastBefore(state, receivedAt, following),
    sourceCounts: (source) => countsOf(state, source),
    recordsOf: (call) => recordsOfCall(state, call),
    callMeant: (callId, by) => callsMeant(state, [callId], by)[0] ?? null,
    agentDetail: (agent) => agentDetailOf(state, agent),
    budgets: budgetSums(state),
    sourcesOf: (fact) => ('occurredNs' in fact ? sourcesOfInterruption(state, fact) : sourcesOfCall(state, fact)),
  };
}

function apply(state: ModelState, source: SourceUri, event: FeedEvent, receivedAt: Ms): readonly ModelChange[] {
  state.newestMinute = Math.max(state.newestMinute, minuteOf(receivedAt, receivedAt));
  if (event.type === 'summary') {
    if (applySummary(state, source, event)) state.version += 1;
    // Nothing that is only summed up asks to be acted upon.
    return NO_CHANGES;
  }
  if (event.type === 'session') {
    const moment = applySession(state, source, event);
    return moment === null ? NO_CHANGES : [{ type: 'moment', moment }];
  }
  if (event.type === 'withdrawn') {
    if (withdrawCall(state, source, event.record)) state.version += 1;
    return NO_CHANGES;
  }
  if (event.type === 'past') {
    applyPast(state, source, event, receivedAt);
    state.version += 1;
    return NO_CHANGES;
  }
  // No fact that anything counts.
  if (event.type === 'moment') return [{ type: 'moment', moment: event.moment }];
  const changes =
    event.type === 'call'
      ? followed(state, applyCall(state, source, event, receivedAt))
      : applyInterruption(state, source, event, receivedAt);
  if (changes.length > 0) state.version += 1;
  return changes;
}

const NO_CHANGES: readonly ModelChange[] = [];

function followed(state: ModelState, changes: readonly ModelChange[]): readonly ModelChange[] {
  if (state.linked.size === 0) return changes;
  const linked = changes.flatMap((change) => (change.type === 'call' ? fillLinked(state, change.call) : []));
  return linked.length === 0 ? changes : [...changes, ...linked];
}

function viewOf(state: ModelState, last: ModelView | null): ModelView {
  const { fleet, agents, conversations } = withSummaries(state, last, {
    fleet: fleetOf(state),
    agents: listAgents(state),
    conversations: listConversations(state),
  });
  const rows = withSessions(state, conversations);
  // Sessions without a call of their own are rows too.
  const untold = rows.length - conversations.length;
  return {
    version: state.version,
    fleet: untold === 0 ? fleet : { ...fleet, conversations: fleet.conversations + untold },
    agents: reuse(last?.agents, agents),
    conversations: reuse(last?.conversations, rows),
    interruptions: reuse(last?.interruptions, listInterruptions(state)),
    advisories: advisoriesOf(state),
  };
}

/** The former list where the new one holds the very same entities. */
function reuse<T>(former: readonly T[] | undefined, list: readonly T[]): readonly T[] {
  const unchanged = former?.length === list.length && list.every((entity, index) => entity === former[index]);
  return unchanged ? former : list;
}

function countsOf(state: ModelState, uri: SourceUri): SourceCounts {
  const source = state.sources.get(uri);
  return {
    calls: source?.callRecords ?? 0,
    interruptions: source?.interruptionRecords ?? 0,
    lastEventAt: source?.lastEventAt ?? null,
  };
}

function budgetSums(state: ModelState): Model['budgets'] {
  const { budgets } = state;
  return {
    read: (now, workspaceOf) => readBudgets(budgets, now, workspaceOf),
    settle: () => clearFresh(budgets),
    hasFresh: () => budgets.hasFresh,
    changes: () => takeChanges(budgets),
    set: (list, now) => setBudgets(state, list, now),
    begins: () => budgets.tallies.map(({ id, since }) => ({ id, since })),
  };
}

// The calls that are known are what a new budget knows of its day or hour: those that were let go are missing then.
function setBudgets(state: ModelState, list: readonly Budget[], now: Ms): void {
  const { budgets, conversations, remembered, evicted, pricer } = state;
  const before = new Map(budgets.tallies.map((tally) => [tally.id, tally]));
  const tallies = list.map((budget) => {
    const known = before.get(budgetId(budget));
    return known === undefined ? newTally(budget, now, budgets.localDay) : { ...known, budget };
  });
  const added = tallies.filter(({ id }) => !before.has(id));
  const entries = [...[...conversations.values()].flatMap(({ held }) => held), ...remembered];
  for (const { call, minute } of entries)
    countBudgets({ budgets: { ...budgets, tallies: added }, pricer }, call, minute, 1, false);
  if (evicted.calls > remembered.length) for (const tally of added) tally.isTorn = tally.budget.every !== 'total';
  budgets.tallies = tallies;
}
