import type { Signal } from '../../core/signals.ts';
import { MAX_SIGNALS } from '../../core/limits.ts';
import type { Source } from './source.ts';

/** The number of signals that were there when we attached, on each source. */
export type Historical = {
  /** Counts one on the source that is being read. */
  readonly count: (signal: Signal) => void;
  /** Takes one back that more of the history has disproved. */
  readonly discount: (signalId: string) => void;
};

export function countHistorical(current: () => Source | null): Historical {
  // Only what is derived can be disproved, and only while the core remembers it.
  const derived = new Map<string, Source>();
  return {
    count: ({ signalId, origin }) => {
      const source = current();
      if (source === null) return;
      source.historicalSignals += 1;
      if (origin === 'derived') derived.set(signalId, source);
      if (derived.size > MAX_SIGNALS) derived.delete(derived.keys().next().value ?? '');
    },
    discount: (signalId) => {
      const source = derived.get(signalId);
      if (source !== undefined) source.historicalSignals -= 1;
      derived.delete(signalId);
    },
  };
}
