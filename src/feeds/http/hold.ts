import type { FactEvent } from '../../core/feed.ts';
import { MAX_CALLS } from '../../core/limits.ts';

/** Keeps what is read until it can be told in agentsight's order. */
export type Hold = {
  readonly take: (batch: readonly FactEvent[]) => void;
  /** Tells what is held. */
  readonly flush: () => void;
  /** Tells what is held, and from now on everything at once. */
  readonly end: () => void;
};

/**
 * The past is read the latest conversation first. Told so, failures would not be in the order that makes a storm of
 * them, nor calls before the interruptions that name them; so it is told by rows, as the databases give it.
 */
export function createHold(events: (batch: readonly FactEvent[]) => void): Hold {
  let held: FactEvent[] = [];
  let isHolding = true;
  const flush = (): void => {
    const batch = held.toSorted(byRow);
    held = [];
    if (batch.length > 0) events(batch);
  };
  return {
    take: (batch) => {
      if (!isHolding) return events(batch);
      held.push(...batch);
      if (held.length > MAX_CALLS) flush();
    },
    flush,
    end: () => {
      isHolding = false;
      flush();
    },
  };
}

function byRow(a: FactEvent, b: FactEvent): number {
  if (a.type !== b.type) return a.type === 'call' ? -1 : 1;
  return Number(a.record) - Number(b.record);
}
