import type { Call, Usage } from '../../calls.ts';
import type { PastSums } from '../../past/past.ts';
import type { Totals } from '../types.ts';
import { type PicoSum, addPico, picoOf } from './pico.ts';

/** Sums that are added to and taken from in place. */
export type MutableTotals = PicoSum & {
  calls: number;
  failed: number;
  pending: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
  promptTokens: number;
  unsureOutput: number;
  /** Prompt tokens and number of the calls whose cache counters are known. */
  knownPromptTokens: number;
  knownReadTokens: number;
  /** The calls that have a price, and those whose price is not known; the sum of the first is in `pico` and `morePico`. */
  priced: number;
  unpriced: number;
};

export function emptyTotals(): MutableTotals {
  return {
    calls: 0,
    failed: 0,
    pending: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    promptTokens: 0,
    unsureOutput: 0,
    knownPromptTokens: 0,
    knownReadTokens: 0,
    pico: 0,
    morePico: 0n,
    priced: 0,
    unpriced: 0,
  };
}

/** Counts a call in (`sign` 1) or out again (`sign` -1). */
export function count(totals: MutableTotals, call: Call, sign: 1 | -1): void {
  totals.calls += sign;
  if (isFailed(call)) totals.failed += sign;
  if (call.status === 'pending') totals.pending += sign;
  if (call.recorded?.outputIsLowerBound === true) totals.unsureOutput += sign;
  if (call.cost !== undefined) addCost(totals, call.cost, sign);
  const { usage } = call;
  if (usage === null) return;
  const prompt = promptTokens(call.provider, usage);
  totals.inputTokens += sign * usage.inputTokens;
  totals.outputTokens += sign * usage.outputTokens;
  totals.cacheReadTokens += sign * (usage.cacheReadTokens ?? 0);
  totals.cacheCreationTokens += sign * (usage.cacheCreationTokens ?? 0);
  totals.promptTokens += sign * prompt;
  if (!reportsCache(usage)) return;
  totals.knownPromptTokens += sign * prompt;
  totals.knownReadTokens += sign * (usage.cacheReadTokens ?? 0);
}

/** Counts the price of so many calls; null: not known. */
export function addCost(totals: MutableTotals, cost: bigint | null, calls: number): void {
  if (cost === null) totals.unpriced += calls;
  else {
    addPico(totals, calls < 0 ? -cost : cost);
    totals.priced += calls;
  }
}

/** Counts the sums of finished, successful calls in. */
export function countSums(totals: MutableTotals, sums: PastSums): void {
  totals.calls += sums.calls;
  totals.inputTokens += sums.inputTokens;
  totals.outputTokens += sums.outputTokens;
  totals.cacheReadTokens += sums.cacheReadTokens;
  totals.cacheCreationTokens += sums.cacheCreationTokens;
  totals.promptTokens += sums.promptTokens;
  totals.knownPromptTokens += sums.knownPromptTokens;
  totals.knownReadTokens += sums.knownReadTokens;
}

/** The sums as an immutable snapshot with their ratio. */
export function totalsOf(totals: MutableTotals): Totals {
  const { knownPromptTokens, knownReadTokens, unsureOutput, pico, morePico, priced, unpriced, ...sums } = totals;
  return {
    ...sums,
    ...(unsureOutput > 0 && { unsureOutput }),
    ...(priced + unpriced > 0 && { cost: { pico: picoOf({ pico, morePico }), priced, unpriced } }),
    cacheRatio: knownPromptTokens > 0 ? knownReadTokens / knownPromptTokens : null,
  };
}

/** Interrupted, answered with HTTP status 400 and above, or given up by the agent's own account. */
export function isFailed(call: Pick<Call, 'status' | 'statusCode' | 'recorded'>): boolean {
  if (call.recorded?.failed === true) return true;
  return call.status === 'interrupted' || (call.statusCode !== null && call.statusCode >= 400);
}

/** Returns true where the input leaves out what the cache read or created: Anthropic's, and where the call says so. */
export function isCacheApart(provider: string | null, usage: Pick<Usage, 'cacheApart'> | null): boolean {
  return usage?.cacheApart === true || provider?.toLowerCase() === 'anthropic';
}

/**
 * The whole prompt: Anthropic's input leaves out what the cache read or created, all others' includes it. Some gateways
 * leave the cached tokens out all the same: more tokens read from the cache than input can mean nothing else.
 */
export function promptTokens(provider: string | null, usage: Usage): number {
  const { inputTokens, cacheCreationTokens, cacheReadTokens } = usage;
  const read = cacheReadTokens ?? 0;
  if (isCacheApart(provider, usage)) return inputTokens + (cacheCreationTokens ?? 0) + read;
  return read > inputTokens ? inputTokens + read : inputTokens;
}

/** Returns true if the provider reported a cache counter. */
export function reportsCache(usage: Usage): boolean {
  return usage.cacheReadTokens !== null || usage.cacheCreationTokens !== null;
}
