import type { Call } from '../../calls.ts';
import { msToNs, type Ns } from '../../units.ts';
import type { CachingEstimate } from '../types.ts';
import { promptTokens } from './totals.ts';

/** What a token costs that is read from a cache or written to it, as a part of an uncached one (Anthropic's prices). */
export const READ_PRICE = 0.1;
export const WRITE_PRICE = 1.25;
/** Lifetime of a cached prefix after its last use, ms. */
export const CACHE_LIFE_MS = 300_000;
const CACHE_LIFE_NS = msToNs(CACHE_LIFE_MS);

type Counted = { readonly prompt: number; readonly read: number; readonly written: number };

/**
 * What prompt caching would have saved over these calls, one list a conversation, each oldest first. An estimate: a
 * conversation's prompt is taken to begin with the prompt before it, as agents build theirs.
 */
export function cachingEstimate(conversations: Iterable<readonly Call[]>): CachingEstimate {
  const sum = { calls: 0, spent: 0, cached: 0, repeated: 0, prompt: 0, read: 0, written: 0 };
  for (const calls of conversations) {
    let before: { readonly call: Call; readonly prompt: number } | null = null;
    for (const call of calls) {
      const counted = countedOf(call);
      if (counted === null) continue;
      const repeated = before !== null && isContinued(before.call, call) ? Math.min(before.prompt, counted.prompt) : 0;
      const spent = priceOf(counted);
      sum.calls += 1;
      sum.spent += spent;
      // A provider that caches better than this estimate is left with what it did.
      sum.cached += Math.min(
        spent,
        priceOf({ prompt: counted.prompt, read: repeated, written: counted.prompt - repeated }),
      );
      sum.repeated += repeated;
      sum.prompt += counted.prompt;
      sum.read += counted.read;
      sum.written += counted.written;
      before = { call, prompt: counted.prompt };
    }
  }
  const saved = Math.round(sum.spent - sum.cached);
  return {
    calls: sum.calls,
    spentTokens: Math.round(sum.spent),
    cachedTokens: Math.round(sum.cached),
    savedTokens: saved,
    savedRatio: sum.spent > 0 ? (sum.spent - sum.cached) / sum.spent : null,
    repeatedTokens: sum.repeated,
    promptTokens: sum.prompt,
    readTokens: sum.read,
    writtenTokens: sum.written,
  };
}

function countedOf({ usage, provider, status }: Call): Counted | null {
  if (usage === null || status === 'pending') return null;
  const prompt = promptTokens(provider, usage);
  const read = Math.min(prompt, usage.cacheReadTokens ?? 0);
  return { prompt, read, written: Math.min(prompt - read, usage.cacheCreationTokens ?? 0) };
}

function priceOf({ prompt, read, written }: Counted): number {
  return prompt - read - written + READ_PRICE * read + WRITE_PRICE * written;
}

function isContinued(before: Call, call: Call): boolean {
  const pause: Ns = call.startNs - (before.endNs ?? before.startNs);
  return before.model === call.model && before.provider === call.provider && pause <= CACHE_LIFE_NS;
}
