import type { Result } from '../../core/result.ts';
import { actsElsewhere } from '../../core/reactor/acting/gates.ts';
import { wordElsewhere } from '../../wording/fates.ts';
import type { Loop } from '../loop.ts';
import { refusalWords } from './lock-words.ts';
import type { Ownership } from './ownership.ts';

export type TemporaryLocks = {
  readonly has: (workspace: string) => boolean;
  /** Takes the workspace's lock for a while, armed or not; the value gives it back. A reason where another engine has it. */
  readonly acquireTemporarily: (workspace: string) => Promise<Result<() => Promise<void>>>;
  /** Returns why the lock cannot be taken now; null when it can. */
  readonly whyUnavailable: (workspace: string) => Promise<string | null>;
  /** From now on a lock that is given back is released in every mode. */
  readonly close: () => void;
};

/** Takes locks of workspaces for one operation, and keeps an armed workspace's lock from being released meanwhile. */
export function createTemporaryLocks(
  loop: Loop,
  { acquire, release }: Pick<Ownership, 'acquire' | 'release'>,
): TemporaryLocks {
  const held = new Set<string>();
  let closed = false;
  const giveBack = async (workspace: string): Promise<void> => {
    held.delete(workspace);
    if (!closed && loop.state().mode !== 'observe') return;
    if (!closed) loop.dispatch({ type: 'lock', workspace, lock: { type: 'none' } });
    await release(workspace);
  };
  const acquireTemporarily: TemporaryLocks['acquireTemporarily'] = async (workspace) => {
    if (held.has(workspace)) return { ok: false, reason: 'something is running here; wait for its end' };
    // Armed, but not here: to take over is an act of its own.
    const lock = loop.state().workspaces.get(workspace)?.lock;
    if (lock?.type === 'gone') return { ok: false, reason: 'the engine that acted here is gone: take over first' };
    const elsewhere = lock === undefined ? null : actsElsewhere(lock);
    if (elsewhere !== null) return { ok: false, reason: stopIt(wordElsewhere(elsewhere)) };
    held.add(workspace);
    const refusal = await acquire(workspace);
    if (refusal === null) return { ok: true, value: () => giveBack(workspace) };
    held.delete(workspace);
    return { ok: false, reason: stopIt(refusalWords(refusal)) };
  };
  return {
    whyUnavailable: async (workspace) => {
      const lock = await acquireTemporarily(workspace);
      if (!lock.ok) return lock.reason;
      await lock.value();
      return null;
    },
    has: (workspace) => held.has(workspace),
    acquireTemporarily,
    close: () => {
      closed = true;
    },
  };
}

function stopIt(elsewhere: string): string {
  return `${elsewhere}; stop it, then take over`;
}
