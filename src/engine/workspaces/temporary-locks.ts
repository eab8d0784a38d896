import type { Refusal } from '../../core/reasons.ts';
import type { Result } from '../../core/result.ts';
import { actsElsewhere } from '../../core/reactor/acting/gates.ts';
import type { Loop } from '../loop.ts';
import { elsewhereOf } from './owner-watch.ts';
import type { Ownership } from './ownership.ts';

export type TemporaryLocks = {
  readonly has: (workspace: string) => boolean;
  /** Takes the workspace's lock for a while, armed or not; the value gives it back. A reason where another engine has it. */
  readonly acquireTemporarily: (workspace: string) => Promise<Result<() => Promise<void>, Refusal>>;
  /** Returns why the lock cannot be taken now; null when it can. */
  readonly whyUnavailable: (workspace: string) => Promise<Refusal | null>;
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
    if (held.has(workspace)) return { ok: false, reason: { code: 'busy', kind: 'operation' } };
    // Armed, but not here: to take over is an act of its own.
    const lock = loop.state().workspaces.get(workspace)?.lock;
    if (lock?.type === 'gone') return { ok: false, reason: { code: 'owner_gone' } };
    const elsewhere = lock === undefined ? null : actsElsewhere(lock);
    if (elsewhere !== null) return { ok: false, reason: { code: 'acts_elsewhere', by: elsewhere } };
    held.add(workspace);
    const refusal = await acquire(workspace);
    if (refusal === null) return { ok: true, value: () => giveBack(workspace) };
    held.delete(workspace);
    return { ok: false, reason: { code: 'acts_elsewhere', by: elsewhereOf(refusal) } };
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
