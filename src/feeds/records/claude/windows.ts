/**
 * Context windows of Claude's models: the records have none (contract, C7). 200 000 tokens unless the model is listed, or
 * more than that is in use, which only the long context allows.
 */
const USUAL_WINDOW = 200_000;
const LONG_WINDOW = 1_000_000;
/** Models whose usual window is the long one; `[1m]` is Claude Code's own mark for the beta. */
const LONG: readonly RegExp[] = [/\[1m\]/iu, /-1m\b/iu];

/** Tokens of the window of a model in which `used` tokens stand. */
export function windowOf(model: string | null, used: number): number {
  const isLong = used > USUAL_WINDOW || (model !== null && LONG.some((pattern) => pattern.test(model)));
  return isLong ? Math.max(LONG_WINDOW, used) : USUAL_WINDOW;
}
