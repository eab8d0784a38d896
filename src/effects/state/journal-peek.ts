import { peekStateFolder } from './folder.ts';
import { readJournal } from './journal-file.ts';
import { lastOwner } from './state-lock.ts';
import { reasonOf } from './acquire.ts';
import type { Journal, StateProblem } from './journal.ts';

/**
 * The state that other runs keep, for one that only reads: nothing is locked or written, puts are forgotten. `keys` names
 * (by their beginning) what is to be seen. A folder that cannot be trusted or read is a problem, and counts as empty.
 */
export function peekJournal(stateDir: string, keys: readonly string[]): Journal {
  const { values, skipped, problem } = peek(stateDir);
  const seen = [...values].filter(([key]) => keys.some((prefix) => key.startsWith(prefix)));
  const visible = new Map(seen);
  return {
    persistent: false,
    shared: true,
    skipped,
    other: () => null,
    problem: () => problem,
    onAdopted: () => undefined,
    get: (key) => visible.get(key),
    entries: (prefix) => seen.filter(([key]) => key.startsWith(prefix)),
    put: () => undefined,
    close: () => Promise.resolve(),
  };
}

/**
 * Returns the process that writes in a state folder, as it names itself there: one that has ended, too. Null where none
 * ever did, or where that cannot be read.
 */
export function peekOwner(stateDir: string): number | null {
  try {
    const folder = peekStateFolder(stateDir);
    if (folder === null) return null;
    try {
      return lastOwner(folder)?.pid ?? null;
    } finally {
      folder.close();
    }
  } catch {
    return null;
  }
}

type Peeked = ReturnType<typeof readJournal> & { readonly problem: StateProblem | null };

function peek(stateDir: string): Peeked {
  const nothing = { values: new Map<string, unknown>(), skipped: 0, problem: null };
  try {
    const folder = peekStateFolder(stateDir);
    if (folder === null) return nothing;
    try {
      return { ...readJournal(folder), problem: null };
    } finally {
      folder.close();
    }
  } catch (error) {
    return { ...nothing, problem: { code: 'state_refused', path: stateDir, reason: reasonOf(error) } };
  }
}
