/** Takes in old calls that a feed has summed up: the same as `skip` makes of each of them, without the calls. */
import type { PastEvent } from '../../feed.ts';
import type { PastGroup } from '../../past/past.ts';
import type { SourceUri } from '../../sources.ts';
import { HOUR_MS, type Ms } from '../../units.ts';
import type { Group } from '../group.ts';
import { countPastBudgets } from '../budgets/count.ts';
import { addSuccesses } from '../meters/outcomes.ts';
import { addMinute, minuteOf } from '../meters/series.ts';
import { shareSums } from '../meters/shares.ts';
import type { Place } from '../meters/spent.ts';
import { type MutableTotals, addCost, countSums } from '../meters/totals.ts';
import { addName } from '../names.ts';
import { addRecords } from '../record-ranges.ts';
import { type ModelState, sourceOf } from '../state.ts';
import { spendPast } from '../windows/spending.ts';
import { evictGroups } from './eviction.ts';
import { countEverywhere } from './ledger.ts';

/**
 * Counts the sums. Each conversation and agent has told a call of its own before: one that is not known any more was idle
 * longest and has been let go, so that only the fleet counts it.
 */
export function applyPast(state: ModelState, uri: SourceUri, event: PastEvent, receivedAt: Ms): void {
  const { past, records } = event;
  const source = sourceOf(state, uri);
  source.callRecords += past.calls;
  state.evicted.calls += past.calls;
  if (records !== null) addRecords(source.forgottenCalls, records.from, records.to, records.newestNs);
  for (const group of past.groups) countGroup(state, group, receivedAt);
  for (const { conversationId, agent, ends } of past.ends) {
    const conversation = state.conversations.get(conversationId);
    if (conversation !== undefined) addSuccesses(conversation.outcomes, ends);
    const ofAgent = state.agents.get(agent);
    if (ofAgent !== undefined) addSuccesses(ofAgent.outcomes, ends);
  }
  for (const { agent: name, spent, minutes } of past.agents) {
    const agent = state.agents.get(name);
    if (agent === undefined) continue;
    for (const { minute, sums } of minutes) addMinute(agent.series, minute, sums, state.pricer !== null);
    spendPast(state, agent, spent);
  }
  evictGroups(state);
}

function countGroup(state: ModelState, group: PastGroup, receivedAt: Ms): void {
  const { sums, billed, model, pid, unsure } = group;
  const agent = state.agents.get(group.agent);
  const conversation = state.conversations.get(group.conversationId);
  const cost = state.pricer?.costOfSums(group);
  const bill = (totals: MutableTotals): void => {
    if (cost === undefined) return;
    addCost(totals, cost, billed);
    // An answer without tokens has no price.
    addCost(totals, null, sums.calls - billed);
  };
  countSums(state.fleet.totals, sums);
  state.fleet.totals.unsureOutput += unsure;
  bill(state.fleet.totals);
  if (state.budgets.tallies.length > 0) countPastBudgets(state, group, cost, receivedAt);
  if (cost !== undefined) {
    const priced = cost === null ? 0 : billed;
    const spent = { pico: cost ?? 0n, priced, unpriced: sums.calls - priced, unsure };
    const minute = minuteOf(group.lastAt, receivedAt);
    const when = { place: placeOf(state, group, receivedAt), minute, spent };
    countEverywhere(state, { agent, conversation, model }, when, 1);
  }
  if (agent !== undefined) {
    joinGroup(agent, group, state.limits.names, receivedAt);
    bill(agent.totals);
    addName(agent.pids, pid, state.limits.names, sums.calls);
    for (const share of [shareSums(agent.perModel, model, sums), shareSums(agent.perPid, pid, sums)]) {
      share.unsureOutput += unsure;
      bill(share);
    }
    agent.view = null;
  }
  if (conversation === undefined) return;
  joinGroup(conversation, group, state.limits.names, receivedAt);
  bill(conversation.totals);
  conversation.view = null;
}

// All of it ended in one hour by UTC; in a zone that is half an hour apart this may be two, or two days.
function placeOf({ calendar }: ModelState, { hour, lastAt }: PastGroup, receivedAt: Ms): Place | null {
  const first = calendar(minuteOf(hour * HOUR_MS, receivedAt));
  const last = calendar(minuteOf(lastAt, receivedAt));
  if (first.day.at !== last.day.at) return null;
  return first.hour === last.hour ? last : { day: last.day, hour: null };
}

function joinGroup(
  group: Group,
  { sums, unsure, model, firstAt, lastAt }: PastGroup,
  names: number,
  receivedAt: Ms,
): void {
  countSums(group.totals, sums);
  group.totals.unsureOutput += unsure;
  addName(group.models, model, names, sums.calls);
  if (group.firstAt === null || firstAt < group.firstAt) group.firstAt = firstAt;
  if (group.lastAt === null || lastAt > group.lastAt) group.lastAt = lastAt;
  group.touchedAt = Math.max(group.touchedAt, Math.min(lastAt, receivedAt));
}
