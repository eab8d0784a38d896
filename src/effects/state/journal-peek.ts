import { loadJournal } from './journal-file.ts';
import type { Journal } from './journal.ts';

/**
 * The state that other runs keep, for one that only looks: nothing is locked or written, puts are forgotten. `keys` says
 * (by their beginning) what is to be seen.
 */
export function peekJournal(stateDir: string, keys: readonly string[]): Journal {
  const { values, skipped } = loadJournal(stateDir, () => undefined);
  const seen = [...values].filter(([key]) => keys.some((prefix) => key.startsWith(prefix)));
  const visible = new Map(seen);
  return {
    persistent: false,
    shared: true,
    skipped,
    get: (key) => visible.get(key),
    entries: (prefix) => seen.filter(([key]) => key.startsWith(prefix)),
    put: () => undefined,
    close: () => Promise.resolve(),
  };
}
