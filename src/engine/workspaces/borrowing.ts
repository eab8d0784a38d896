import type { Result } from '../../core/result.ts';
import { actsElsewhere } from '../../core/reactor/acting/gates.ts';
import { wordElsewhere } from '../../wording/fates.ts';
import type { Loop } from '../loop.ts';
import { refusalWords } from './lock-words.ts';
import type { Ownership } from './ownership.ts';

export type Borrowing = {
  readonly has: (workspace: string) => boolean;
  /** The workspace's lock for a while, armed or not; the value gives it back. A reason where another engine has it. */
  readonly borrow: (workspace: string) => Promise<Result<() => Promise<void>>>;
  /** Why it cannot be had right now; null when it can. */
  readonly whyNot: (workspace: string) => Promise<string | null>;
  /** From now on what is given back is released, whatever the mode. */
  readonly close: () => void;
};

/** Lends out the locks of workspaces that are not armed, and keeps those that are from being released meanwhile. */
export function createBorrowing(loop: Loop, { acquire, release }: Pick<Ownership, 'acquire' | 'release'>): Borrowing {
  const borrowed = new Set<string>();
  let closed = false;
  const giveBack = async (workspace: string): Promise<void> => {
    borrowed.delete(workspace);
    if (!closed && loop.state().mode !== 'observe') return;
    if (!closed) loop.dispatch({ type: 'lock', workspace, lock: { type: 'none' } });
    await release(workspace);
  };
  const borrow: Borrowing['borrow'] = async (workspace) => {
    if (borrowed.has(workspace)) return { ok: false, reason: 'something is running here; wait for its end' };
    // Armed, but not here: to take over is an act of its own.
    const lock = loop.state().workspaces.get(workspace)?.lock;
    if (lock?.type === 'gone') return { ok: false, reason: 'the engine that acted here is gone: take over first' };
    const elsewhere = lock === undefined ? null : actsElsewhere(lock);
    if (elsewhere !== null) return { ok: false, reason: stopIt(wordElsewhere(elsewhere)) };
    borrowed.add(workspace);
    const refusal = await acquire(workspace);
    if (refusal === null) return { ok: true, value: () => giveBack(workspace) };
    borrowed.delete(workspace);
    return { ok: false, reason: stopIt(refusalWords(refusal)) };
  };
  return {
    whyNot: async (workspace) => {
      const lock = await borrow(workspace);
      if (!lock.ok) return lock.reason;
      await lock.value();
      return null;
    },
    has: (workspace) => borrowed.has(workspace),
    borrow,
    close: () => {
      closed = true;
    },
  };
}

function stopIt(elsewhere: string): string {
  return `${elsewhere}; stop it, then take over`;
}
