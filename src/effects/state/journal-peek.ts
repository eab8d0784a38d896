import { peekStateFolder } from './folder.ts';
import { readJournal } from './journal-file.ts';
import type { Journal } from './journal.ts';

/**
 * The state that other runs keep, for one that only reads: nothing is locked or written, puts are forgotten. `keys` names
 * (by their beginning) what is to be seen. A folder that cannot be trusted or read counts as empty.
 */
export function peekJournal(stateDir: string, keys: readonly string[]): Journal {
  const { values, skipped } = peek(stateDir);
  const seen = [...values].filter(([key]) => keys.some((prefix) => key.startsWith(prefix)));
  const visible = new Map(seen);
  return {
    persistent: false,
    shared: true,
    skipped,
    other: () => null,
    problem: () => null,
    onAdopted: () => undefined,
    get: (key) => visible.get(key),
    entries: (prefix) => seen.filter(([key]) => key.startsWith(prefix)),
    put: () => undefined,
    close: () => Promise.resolve(),
  };
}

function peek(stateDir: string): ReturnType<typeof readJournal> {
  const nothing = { values: new Map<string, unknown>(), skipped: 0 };
  try {
    const folder = peekStateFolder(stateDir);
    if (folder === null) return nothing;
    try {
      return readJournal(folder);
    } finally {
      folder.close();
    }
  } catch {
    // `doctor` reports what is wrong with it.
    return nothing;
  }
}
