import { CACHE_LIFE_MS, READ_PRICE, WRITE_PRICE } from '../core/model/meters/caching.ts';
import type { CachingEstimate } from '../core/model/types.ts';
import { counted } from './units.ts';

/** Formats the arithmetic of what prompt caching would have saved, with its numbers and assumptions, line by line. */
export function wordCaching(estimate: CachingEstimate): readonly string[] {
  const { calls, spentTokens, cachedTokens, savedTokens, repeatedTokens, promptTokens, readTokens, writtenTokens } =
    estimate;
  const plain = promptTokens - readTokens - writtenTokens;
  const fresh = promptTokens - repeatedTokens;
  const cached = Math.round(READ_PRICE * repeatedTokens + WRITE_PRICE * fresh);
  return [
    `spent = uncached ${plain} + ${READ_PRICE} × read ${readTokens} + ${WRITE_PRICE} × written ${writtenTokens} = ${spentTokens}, over ${counted(calls, 'call')}`,
    `with caching = ${READ_PRICE} × repeated ${repeatedTokens} + ${WRITE_PRICE} × new ${fresh} = ${cached}, each call at most what it cost: ${cachedTokens}`,
    `saved = spent − with caching = ${savedTokens}, in tokens at the price of uncached input`,
    `repeated = the smaller of a call's prompt and the one before it in its conversation, same model, within ${CACHE_LIFE_MS / 60_000} min`,
    `prices: a token read from the cache costs ${READ_PRICE}, one written to it ${WRITE_PRICE} of an uncached one (Anthropic's; others differ)`,
  ];
}
