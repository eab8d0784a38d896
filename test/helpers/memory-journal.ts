import type { Journal } from '../../src/effects/state/journal.ts';

/** A journal that is gone with its process. */
export function memoryJournal(): Journal {
  const values = new Map<string, unknown>();
  return {
    persistent: true,
    shared: false,
    skipped: 0,
    other: () => null,
    problem: () => null,
    onAdopted: () => undefined,
    get: (key) => values.get(key),
    entries: (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
    put: (key, value) => {
      values.set(key, value);
    },
    close: async () => undefined,
  };
}
