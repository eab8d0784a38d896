import type { SkipDetail } from '../../../core/source-reasons.ts';
import type { SkipReason } from '../../../core/sources.ts';
import type { Ns } from '../../../core/units.ts';
import { MAX_HTTP_LIST_BYTES } from '../../limits.ts';
import type { AnswerBounds, Client } from '../request/client.ts';

/** Dependencies of reading a list: the client, and the handler of skipped items. */
export type ListDeps = {
  readonly client: Client;
  readonly skip: (reason: SkipReason, detail: SkipDetail) => void;
};

/**
 * Reads the list at `path`, one item's JSON at a time; the bytes that it had. Rejects with the `HttpProblem` of the
 * request.
 */
export async function readList(
  { client, skip }: ListDeps,
  path: string,
  signal: AbortSignal,
  onItem: (text: string) => void,
): Promise<{ readonly bytes: number }> {
  const received = await client.list(path, BOUNDS, onItem, signal);
  if (received.oversized > 0) skip('oversized', { code: 'large_item', maxBytes: MAX_ITEM_BYTES });
  return received;
}

/** The end of every window, ns: in the year 2255, because agentsight's clock may be ahead (feed contract 7.1). */
export const END_NS: Ns = 9_000_000_000_000_000_000n;

/** An item of a list holds sums, or one interruption: kilobytes. */
const MAX_ITEM_BYTES = 1024 * 1024;
const BOUNDS: AnswerBounds = { maxBytes: MAX_HTTP_LIST_BYTES, maxItemBytes: MAX_ITEM_BYTES, deadlineMs: 60_000 };

/** The earlier of two times. */
export function earlier(a: Ns, b: Ns): Ns {
  return a < b ? a : b;
}
