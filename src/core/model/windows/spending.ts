/** Keeps each agent's S4 log in step with its calls. */
import type { Call } from '../../calls.ts';
import type { PastSpent } from '../../past/past.ts';
import type { Advisory } from '../../signals.ts';
import { type Ms, nsToMs, restOfNs } from '../../units.ts';
import { MAX_WINDOW_CALLS } from '../../limits.ts';
import type { AgentState, ModelState } from '../state.ts';
import type { ModelChange, UncachedWindow } from '../types.ts';
import { type Fired, type Spent, byEnd, cacheUse } from './fold.ts';
import { addSpent, dropSpent, isWorthSettling, settle, unsettled } from './log.ts';

/** Calls that even the busiest fleet lets each agent keep for S4. */
const MIN_WINDOW_CALLS = 64;

/** The observation of a call: live or not, and when. */
export type Sighting = { readonly live: boolean; readonly receivedAt: Ms };

/** A call as it was counted before, and the agent that it was counted for. */
export type Former = { readonly call: Call; readonly agent: AgentState };

/**
 * Brings S4 up to date with an entry, of a call that is new where there is no `before`; returns the advisories that this call,
 * observed live, gave rise to.
 */
export function spend(
  state: ModelState,
  { call, agent }: Former,
  sighting: Sighting,
  before: Former | null,
): readonly ModelChange[] {
  const last = before === null ? null : spentBy(before.call);
  const next = spentBy(call);
  const former = before?.agent ?? agent;
  if (former === agent && sameSpent(last, next)) return [];
  // History that still waits to be computed came before this call.
  if (sighting.live && unsettled(agent.log) > 0 && !agent.log.isPutOff) settled(state, agent);
  if (last !== null) dropSpent(former.log, last);
  if (next !== null) addSpent(agent.log, next);
  former.view = null;
  agent.view = null;
  state.advisories = null;
  if (sighting.live ? !isWorthSettling(agent.log) : unsettled(agent.log) <= shareOf(state)) return [];
  const fired = settled(state, agent);
  if (!sighting.live) return [];
  return fired.map((one) => ({ type: 'advisory', advisory: advisory(agent.name, one), news: 'live' }));
}

/** Takes in what old calls of an agent spent that are only counted. */
export function spendPast(state: ModelState, agent: AgentState, past: readonly PastSpent[]): void {
  for (const spent of past) addSpent(agent.log, spent);
  if (past.length > 0) state.advisories = null;
  if (unsettled(agent.log) > shareOf(state)) settled(state, agent);
}

/** All advisories, most recent first. */
export function advisoriesOf(state: ModelState): readonly Advisory[] {
  state.advisories ??= [...state.agents.values()]
    .flatMap((agent) => {
      settled(state, agent);
      return agent.log.fold.fired.map((one) => advisory(agent.name, one));
    })
    .sort((a, b) => b.at - a.at || (a.agent < b.agent ? -1 : 1));
  return state.advisories;
}

/** The hour that is filling for an agent, null before its first call with a known usage. */
export function windowOf(state: ModelState, agent: AgentState): UncachedWindow | null {
  settled(state, agent);
  const { start, inputTokens, cacheSeen, cacheReported } = agent.log.fold;
  return start === null ? null : { startedAt: start.endMs, inputTokens, cacheSeen, cacheReported };
}

/** Takes a call out that is not known any more. */
export function unspend({ call, agent }: Former): void {
  const spent = spentBy(call);
  if (spent !== null) dropSpent(agent.log, spent);
}

/** The log of an agent that is let go holds no more calls. */
export function dropLog(state: ModelState, { log }: AgentState): void {
  state.windowCalls -= log.items.length;
}

function settled(state: ModelState, { log }: AgentState): readonly Fired[] {
  const before = log.items.length;
  // What the others leave free is anyone's; an agent that came first has to give back what is more than its share.
  const free = MAX_WINDOW_CALLS - (state.windowCalls - before);
  const fired = settle(log, state.rules, Math.max(shareOf(state), free));
  state.windowCalls += log.items.length - before;
  return fired;
}

function shareOf(state: ModelState): number {
  return Math.max(MIN_WINDOW_CALLS, Math.floor(MAX_WINDOW_CALLS / Math.max(1, state.agents.size)));
}

function advisory(agent: string, fired: Fired): Advisory {
  const { endMs, inputTokens, cacheReported } = fired;
  return { type: 'no_prompt_cache', agent, at: endMs, inputTokens, cacheReported };
}

function spentBy(call: Call): Spent | null {
  const { usage, endNs, startNs, callId } = call;
  if (usage === null || endNs === null) return null;
  return {
    endMs: nsToMs(endNs),
    endRest: restOfNs(endNs),
    startMs: nsToMs(startNs),
    startRest: restOfNs(startNs),
    callId,
    inputTokens: usage.inputTokens,
    cache: cacheUse(usage),
  };
}

function sameSpent(a: Spent | null, b: Spent | null): boolean {
  if (a === null || b === null) return a === b;
  return byEnd(a, b) === 0 && a.inputTokens === b.inputTokens && a.cache === b.cache;
}
