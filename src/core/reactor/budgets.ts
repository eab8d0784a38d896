/** The rule book of budgets: what a level that was reached does, and what an operator may do about it. */
import type { ActionOf } from '../actions.ts';
import {
  type Budget,
  type BudgetFact,
  type BudgetReading,
  type BudgetState,
  budgetId,
  budgetKey,
  levelOf,
} from '../budgets.ts';
import { MAX_BUDGET_STATES } from '../limits.ts';
import type { PauseSubject } from '../pauses.ts';
import type { Refusal } from '../reasons.ts';
import type { Signal } from '../signals.ts';
import { stableHash } from '../stable-hash.ts';
import { wallOf } from '../units.ts';
import type { News } from '../model/types.ts';
import { raise } from './detect/raise.ts';
import { cancel, type Draft, notice, schedule } from './draft.ts';
import { defaultSeverity, workspaceFor } from './signals.ts';
import type { Notice } from './messages.ts';

/** Timers of this prefix end the countdown of a budget that asks. */
export const BUDGET_TIMER = 'budget:';

/** Returns what was decided about a budget in the time that it counts now; null for nothing. */
export function budgetStateOf(
  states: ReadonlyMap<string, BudgetState>,
  reading: Pick<BudgetReading, 'id' | 'subject' | 'periodAt'>,
): BudgetState | null {
  const known = states.get(budgetKey(reading));
  return known?.periodAt === reading.periodAt ? known : null;
}

/** Returns what counts as spent, and the limit, with the operator's changes. */
export function effective(
  state: BudgetState | null,
  { spent, budget }: Pick<BudgetReading, 'spent' | 'budget'>,
): { readonly spent: bigint; readonly limit: bigint } {
  const since = spent - BigInt(state?.base ?? 0);
  return { spent: since < 0n ? 0n : since, limit: BigInt(state?.raisedTo ?? budget.limit) };
}

/** Returns a reading as the reactor takes it. */
export function factOf(state: BudgetState | null, reading: BudgetReading): BudgetFact {
  const { subject, agent, conversationId, workspace, id, budget, periodAt, endsAt, isAtLeast, by } = reading;
  const { name, per, every, unit, action, askMs, pause, warnAt } = budget;
  const { spent, limit } = effective(state, reading);
  const about = { subject, agent, conversationId, workspace, id, name, per, every, unit, action, askMs, pause };
  const known = { periodAt, endsAt, isAtLeast, by };
  return {
    ...about,
    ...known,
    spent: String(spent),
    limit: String(limit),
    level: levelOf(spent, limit, warnAt, state?.level),
  };
}

/**
 * Returns the level that a reading has come to, with whether live calls brought it there; null where it is the one that is
 * known. What was reached in history is shown and does nothing.
 */
export function newsOf(
  states: ReadonlyMap<string, BudgetState>,
  reading: BudgetReading,
): { readonly fact: BudgetFact; readonly news: News } | null {
  const state = budgetStateOf(states, reading);
  const fact = factOf(state, reading);
  if (fact.level === (state?.level ?? 'none') && (state !== null || !states.has(budgetKey(reading)))) return null;
  const { spent, limit } = effective(state, reading);
  const without = levelOf(spent - reading.fresh, limit, reading.budget.warnAt, state?.level);
  return { fact, news: without === fact.level ? 'historical' : 'live' };
}

/** A budget has come to another level. */
export function takeBudget(draft: Draft, fact: BudgetFact, news: News): void {
  const known = draft.state.budgets.get(budgetKey(fact));
  const before = known?.periodAt === fact.periodAt ? known : null;
  // Its time is over: what was asked then is not asked any more.
  if (known !== undefined && before === null) forget(draft, known);
  const isChanged = before !== null && (before.raisedTo !== null || before.base !== '0');
  if (fact.level === 'none' && !isChanged) {
    if (before !== null) forget(draft, before);
    return;
  }
  const state: BudgetState = {
    ...fact,
    at: draft.at,
    raisedTo: before?.raisedTo ?? null,
    base: before?.base ?? '0',
    // What was let be at the advisory may still ask at the limit.
    isAccepted: before?.level === fact.level && before.isAccepted,
    hold: fact.level === 'reached' ? (before?.hold ?? null) : null,
  };
  if (before?.hold && state.hold === null) cancel(draft, BUDGET_TIMER + budgetKey(state));
  put(draft, state);
  if (news !== 'live' || state.isAccepted || fact.level === 'none') return;
  if (fact.level === 'warned') return tell(draft, state, 'warned');
  if (state.pause) draft.commands.push({ type: 'pause', subject: pausedBy(state), budget: state.name });
  if (state.action === 'ask') return ask(draft, state);
  tell(draft, state, 'reached');
  if (state.action === 'checkpoint') raise(draft, signalOf(draft, state));
}

function ask(draft: Draft, state: BudgetState): void {
  const endsMono = draft.mono + state.askMs;
  const asking = { ...state, hold: { startedAt: draft.at, startedMono: draft.mono, endsMono, isOver: false } };
  put(draft, asking);
  schedule(draft, BUDGET_TIMER + budgetKey(state), endsMono);
  tell(draft, asking, 'asked');
}

/** The countdown of a budget is over: nobody answered, so a checkpoint is taken, and it goes on to ask. */
export function budgetUnanswered(draft: Draft, key: string): void {
  const state = draft.state.budgets.get(key);
  if (!state?.hold || state.hold.isOver) return;
  const over = { ...state, hold: { ...state.hold, isOver: true } };
  put(draft, over);
  tell(draft, over, 'unanswered');
  raise(draft, signalOf(draft, over));
}

/** Starts the countdowns that an earlier run left open. */
export function startBudgetTimers(draft: Draft): void {
  for (const [key, { hold }] of draft.state.budgets)
    if (hold !== null && !hold.isOver) schedule(draft, BUDGET_TIMER + key, hold.endsMono);
}

/** Forgets the budgets that are configured no more. */
export function keepBudgets(draft: Draft, budgets: readonly Budget[]): void {
  const ids = new Set(budgets.map(budgetId));
  for (const state of draft.state.budgets.values()) if (!ids.has(state.id)) forget(draft, state);
}

/** An operator answers a budget, or changes it before it asks. The engine states the budget as it is. */
export function changeBudget(draft: Draft, { name, subject, change, fact, why }: ActionOf<'budget'>): void {
  const whose = fact?.subject ?? subject ?? '';
  const target = whose === '' ? name : `${name} of ${whose}`;
  const refuse = (reason: Refusal): void => notice(draft, { type: 'refused', action: 'budget', target, reason });
  if (fact === undefined) return refuse(why ?? { code: 'no_such_budget', name });
  const known = draft.state.budgets.get(budgetKey(fact));
  const before = known?.periodAt === fact.periodAt ? known : null;
  if (change.type === 'raise' && BigInt(change.limit) <= BigInt(fact.limit))
    return refuse({ code: 'budget_not_raised', unit: fact.unit, limit: fact.limit });
  if (change.type === 'accept' && fact.level === 'none') return refuse({ code: 'budget_not_near', name });
  if (change.type === 'reset' && fact.every === 'hour') return refuse({ code: 'budget_slides', name });
  const limit = change.type === 'raise' ? change.limit : fact.limit;
  const spent = change.type === 'reset' ? '0' : fact.spent;
  const state: BudgetState = {
    ...fact,
    limit,
    spent,
    level: change.type === 'accept' ? fact.level : levelOf(BigInt(spent), BigInt(limit), 1),
    at: draft.at,
    raisedTo: change.type === 'raise' ? limit : (before?.raisedTo ?? null),
    base: change.type === 'reset' ? String(BigInt(before?.base ?? 0) + BigInt(fact.spent)) : (before?.base ?? '0'),
    isAccepted: change.type === 'accept',
    hold: null,
  };
  cancel(draft, BUDGET_TIMER + budgetKey(state));
  put(draft, state);
  const reason = { code: 'budget_changed', change: change.type, unit: fact.unit, limit } as const;
  notice(draft, { type: 'operator', action: 'budget', target, reason });
  // Whatever the answer is, the agent need not wait for it any longer.
  if (fact.pause) draft.commands.push({ type: 'resume', subject: pausedBy(state) });
}

// The agent or conversation that it is kept for, or else that of the call which was counted last.
function pausedBy({ agent, conversationId, by }: BudgetState): PauseSubject {
  if (conversationId !== null) return { conversationId };
  if (agent !== null) return { agent };
  return by === null ? {} : by.conversationId === null ? { agent: by.agent } : { conversationId: by.conversationId };
}

function put(draft: Draft, state: BudgetState): void {
  const budgets = new Map(draft.state.budgets);
  const key = budgetKey(state);
  // The one that changed longest ago gives way.
  budgets.delete(key);
  budgets.set(key, state);
  const [oldest] = budgets.values();
  draft.state = { ...draft.state, budgets };
  if (budgets.size > MAX_BUDGET_STATES && oldest !== undefined) forget(draft, oldest);
}

function forget(draft: Draft, state: BudgetState): void {
  const budgets = new Map(draft.state.budgets);
  budgets.delete(budgetKey(state));
  draft.state = { ...draft.state, budgets };
  cancel(draft, BUDGET_TIMER + budgetKey(state));
}

function tell(draft: Draft, state: BudgetState, phase: (Notice & { type: 'budget' })['phase']): void {
  const { at: _at, raisedTo: _raisedTo, base: _base, isAccepted: _isAccepted, hold, ...fact } = state;
  const asksUntil = hold === null || hold.isOver ? null : wallOf(draft, hold.endsMono);
  notice(draft, { type: 'budget', phase, budget: fact, asksUntil });
}

// Of the workspace that it is kept for, or else of the call that was counted last.
function signalOf(draft: Draft, state: BudgetState): Signal {
  const { id, subject, periodAt, workspace, by, name, every, unit, spent, limit } = state;
  const owner = by ?? { agent: state.agent, processName: null, conversationId: state.conversationId, sessionId: null };
  return {
    signalId: stableHash('budget', id, subject, String(periodAt), String(draft.at)),
    type: 'budget',
    origin: 'derived',
    severity: defaultSeverity('budget'),
    agent: owner.agent,
    processName: owner.processName,
    pid: by?.pid ?? null,
    conversationId: owner.conversationId,
    callId: by?.callId ?? null,
    interruptionId: null,
    workspace: workspace ?? workspaceFor(draft.state.settings.workspaces, owner),
    at: draft.at,
    historical: false,
    downgraded: null,
    cause: { code: 'budget', name, subject, every, unit, spent, limit },
  };
}
