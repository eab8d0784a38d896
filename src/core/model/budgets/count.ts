/** The part of a call, or of the sum over some, that counts for a budget. */
import type { Call } from '../../calls.ts';
import type { PastGroup } from '../../past/past.ts';
import type { Ms } from '../../units.ts';
import { minuteOf } from '../meters/series.ts';
import { isFailed, promptTokens } from '../meters/totals.ts';
import type { ModelState } from '../state.ts';
import { timesOf } from '../time.ts';
import { type BudgetLedger, type Counted, countInBudgets } from './ledger.ts';
import type { Amounts } from './sums.ts';

/** Counts a call in or out again; `minute`: the one that it is counted in everywhere. */
export function countBudgets(
  { budgets, pricer }: Pick<ModelState, 'budgets' | 'pricer'>,
  call: Call,
  minute: number,
  sign: 1 | -1,
  live: boolean,
): void {
  const amounts = amountsOf(call, pricer !== null);
  if (amounts !== null) countInBudgets(budgets, countedOf(call, amounts, minute, live), sign);
}

/** Returns a call as budgets count it. */
export function countedOf(call: Call, amounts: Amounts, minute: number, live: boolean): Counted {
  const { agent, processName, conversationId, sessionId, pid, callId } = call;
  const { startAt, lastAt } = timesOf(call);
  const owner = { agent, processName, conversationId, sessionId };
  // A call belongs to its end, as a whole.
  return { ...owner, amounts, call: { pid, callId }, from: Math.max(startAt, lastAt), endAt: lastAt, minute, live };
}

/** Returns the amounts of a call; null for one that costs nothing: it is open, or failed without an answer. */
export function amountsOf(call: Call, hasPrices: boolean): Amounts | null {
  const { usage, cost, status, provider, recorded } = call;
  if (usage === null && (status === 'pending' || isFailed(call))) return null;
  return {
    pico: cost ?? 0n,
    // The whole prompt, what the cache read included, and the answer: IN and OUT of the lists.
    tokens: usage === null ? 0 : promptTokens(provider, usage) + usage.outputTokens,
    unpriced: cost === null || (cost === undefined && !hasPrices) ? 1 : 0,
    untold: usage === null ? 1 : 0,
    unsure: recorded?.outputIsLowerBound === true ? 1 : 0,
  };
}

/** Counts the sums of old calls in; `cost`: what they cost, null where that is not known, undefined without prices. */
export function countPastBudgets(
  { budgets }: { readonly budgets: BudgetLedger },
  { agent, conversationId, sums, billed, firstAt, lastAt }: PastGroup,
  cost: bigint | null | undefined,
  receivedAt: Ms,
): void {
  const amounts = {
    pico: cost ?? 0n,
    tokens: sums.promptTokens + sums.outputTokens,
    unpriced: sums.calls - (typeof cost === 'bigint' ? billed : 0),
    untold: sums.calls - billed,
    unsure: 0,
  };
  const owner = { agent, conversationId, processName: null, sessionId: null };
  const times = { from: firstAt, endAt: lastAt, minute: minuteOf(lastAt, receivedAt) };
  countInBudgets(budgets, { ...owner, ...times, amounts, call: null, live: false }, 1);
}
