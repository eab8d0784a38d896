/**
 * The counts of a rollout: which `token_count` is a call, and what it cost (rules X1, X2, X3 and X6 of the contract).
 * Codex writes running sums, repeats them, loses some, and replaces them.
 */
import type { Usage } from '../../../core/calls.ts';
import { countOf, objectOf } from '../../wire/fields.ts';

/** One count vector of Codex. The cache is part of `input`, `reasoning` of `output`. `total` may be an estimate. */
export type Counts = {
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  readonly total: number;
};

/** The parts of a vector that are counted; `total` is left out, because Codex writes estimates into it. */
const PARTS = ['input', 'cached', 'cacheWrite', 'output', 'reasoning'] as const;

export const NO_COUNTS: Counts = { input: 0, cached: 0, cacheWrite: 0, output: 0, reasoning: 0, total: 0 };

/** Reads a vector; a part that is missing or no count is 0. Returns null for what is no object. */
export function countsOf(value: unknown): Counts | null {
  const vector: {
    readonly input_tokens?: unknown;
    readonly cached_input_tokens?: unknown;
    readonly cache_write_input_tokens?: unknown;
    readonly output_tokens?: unknown;
    readonly reasoning_output_tokens?: unknown;
    readonly total_tokens?: unknown;
  } | null = objectOf(value);
  if (vector === null) return null;
  return {
    input: countOf(vector.input_tokens) ?? 0,
    cached: countOf(vector.cached_input_tokens) ?? 0,
    cacheWrite: countOf(vector.cache_write_input_tokens) ?? 0,
    output: countOf(vector.output_tokens) ?? 0,
    reasoning: countOf(vector.reasoning_output_tokens) ?? 0,
    total: countOf(vector.total_tokens) ?? 0,
  };
}

/**
 * The meaning of a `token_count`. `lost`: it holds more than its last call, so calls before it were never counted: the
 * tokens are right, the number of calls is a lower bound. `full`: the context window is used up.
 */
export type Counted =
  | { readonly kind: 'call'; readonly tokens: Counts; readonly lost: boolean }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'none' }
  | { readonly kind: 'full' };

/**
 * Returns what the sums `total` stand for, after the sums `before` of the same file (null for the first count of a
 * file). `inherits`: the file's first sums go on from a parent's.
 */
export function countedOf(before: Counts | null, total: Counts, last: Counts | null, inherits: boolean): Counted {
  if (before !== null && isSame(before, total)) return { kind: 'repeated' };
  if (isEmpty(total)) return total.total > 0 ? { kind: 'full' } : { kind: 'none' };
  const isReplaced = before !== null && PARTS.some((part) => total[part] < before[part]);
  if (isReplaced || (before === null && inherits)) {
    return last === null || isEmpty(last) ? { kind: 'none' } : { kind: 'call', tokens: last, lost: false };
  }
  const tokens = before === null ? total : differenceOf(total, before);
  if (isEmpty(tokens)) return { kind: 'none' };
  const lost = last !== null && !isEmpty(last) && PARTS.some((part) => tokens[part] > last[part]);
  return { kind: 'call', tokens, lost };
}

/** The tokens of a vector, where the cache is part of the input and the reasoning part of the output (X6). */
export function usageOf({ input, output, cached, cacheWrite }: Counts): Usage {
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cached,
    cacheCreationTokens: cacheWrite,
  };
}

/** The vector as a key: equal vectors have equal keys. */
export function keyOf(counts: Counts): string {
  return `${PARTS.map((part) => counts[part]).join('.')}.${counts.total}`;
}

function isSame(a: Counts, b: Counts): boolean {
  return a.total === b.total && PARTS.every((part) => a[part] === b[part]);
}

/** Returns true if no part was counted. */
export function isEmpty(counts: Counts): boolean {
  return PARTS.every((part) => counts[part] === 0);
}

/** Returns what was counted since `before`. */
export function differenceOf(total: Counts, before: Counts): Counts {
  return {
    input: total.input - before.input,
    cached: total.cached - before.cached,
    cacheWrite: total.cacheWrite - before.cacheWrite,
    output: total.output - before.output,
    reasoning: total.reasoning - before.reasoning,
    total: total.total - before.total,
  };
}
