import type { ActionOf, Operator } from '../../core/actions.ts';
import type { CheckpointerChoice } from '../../core/snapshots.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Notice } from '../../core/reactor/messages.ts';
import type { Loop } from '../loop.ts';
import type { EngineDeps } from '../deps.ts';
import { type Ownership, createOwnership } from './ownership.ts';
import type { Runs } from './runs.ts';
import type { Workspaces } from './workspaces.ts';
import type { Result } from '../../core/result.ts';
import { actsElsewhere } from '../../core/reactor/acting/gates.ts';
import { elsewhereOf } from './owner-watch.ts';

export type WorkspaceLocks = Pick<Ownership, 'refresh' | 'confirm' | 'suspend' | 'renew' | 'recordWindows'> & {
  /** Resolves to null, or to why the mode cannot be set. */
  readonly setMode: (action: ActionOf<'mode'>) => Promise<Refusal | null>;
  readonly takeOver: (workspace: string, by?: Operator) => Promise<Refusal | null>;
  /** One workspace more: where the engine is armed, its lock is taken and its first snapshot made. */
  readonly add: (workspace: string) => Promise<void>;
  readonly acquireTemporarily: TemporaryLocks['acquireTemporarily'];
  readonly whyUnavailable: TemporaryLocks['whyUnavailable'];
  readonly close: () => Promise<void>;
};

export type WorkspaceLocksDeps = {
  readonly names: readonly string[];
  readonly workspaces: Pick<Workspaces, 'get' | 'all'>;
  readonly choice: CheckpointerChoice;
  readonly readOnly: boolean;
  /** More workspaces may come while we run: arming needs none. */
  readonly mayGrow: boolean;
  readonly takeOver: boolean;
  readonly locks: EngineDeps['locks'];
  readonly clock: EngineDeps['clock'];
  readonly runs: Pick<Runs, 'prepare'>;
  readonly loop: Loop;
  readonly notice: (notice: Notice) => void;
  readonly log: (line: string) => void;
};

/** Keeps one armed engine a workspace: takes the machine's locks on arming, gives them back on going to *observe*. */
export function createWorkspaceLocks(deps: WorkspaceLocksDeps): WorkspaceLocks {
  const { loop, runs, workspaces } = deps;
  const names = [...deps.names];
  const ownership = createOwnership({
    ...deps,
    isManaged: (workspace) => workspaces.get(workspace)?.checkpointer.name === 'ws-ckpt',
    tookOver: (workspace) => tookOver(workspace),
  });
  const take = async (workspace: string): Promise<boolean> => {
    const elsewhere = await ownership.acquire(workspace);
    if (elsewhere === null) ownership.keep(workspace);
    else ownership.observe(workspace, elsewhere);
    return elsewhere === null;
  };
  const tookOver = (workspace: string, by?: Operator): void => {
    ownership.keep(workspace);
    deps.notice({
      type: 'operator',
      action: 'takeover',
      target: workspace,
      reason: { code: 'owner_gone' },
      ...(by && { by }),
    });
    runs.prepare(workspace);
  };
  const releaseAll = async (): Promise<void> => {
    ownership.forgetOthers();
    await Promise.all(
      ownership
        .held()
        .filter((workspace) => !temporary.has(workspace))
        .map(ownership.release),
    );
  };
  const temporary = createTemporaryLocks(loop, ownership);
  const arm = async (action: ActionOf<'mode'>): Promise<Refusal | null> => {
    const refused = whyNotArmed(deps);
    if (refused !== null) return refused;
    const ours: string[] = [];
    for (const workspace of names) if (await take(workspace)) ours.push(workspace);
    loop.dispatch(action);
    for (const workspace of ours) runs.prepare(workspace);
    return null;
  };
  return {
    ...ownership,
    setMode: async (action) => {
      const { mode } = action;
      if (mode !== 'observe' && loop.state().mode === 'observe') return arm(action);
      loop.dispatch(action);
      if (mode !== 'observe') return null;
      for (const workspace of names) loop.dispatch({ type: 'lock', workspace, lock: { type: 'none' } });
      await releaseAll();
      return null;
    },
    add: async (workspace) => {
      if (names.includes(workspace)) return;
      names.push(workspace);
      if (loop.state().mode !== 'observe' && (await take(workspace))) runs.prepare(workspace);
    },
    takeOver: async (workspace, by) => {
      if (!(await take(workspace))) return { code: 'still_owned' };
      tookOver(workspace, by);
      return null;
    },
    acquireTemporarily: temporary.acquireTemporarily,
    whyUnavailable: temporary.whyUnavailable,
    close: () => {
      temporary.close();
      return releaseAll();
    },
  };
}

function whyNotArmed({ readOnly, names, mayGrow, workspaces, choice, loop }: WorkspaceLocksDeps): Refusal | null {
  if (readOnly) return { code: 'read_only' };
  if (names.length === 0 && !mayGrow) return { code: 'no_workspaces' };
  if (choice === 'auto' || choice === 'none') return null;
  for (const workspace of workspaces.all().keys()) {
    const availability = loop.state().workspaces.get(workspace)?.availability;
    // A folder that waits for being pinned by hand ends each signal as `unavailable`: the rest may be acted upon.
    const isAboutFolder = choice !== 'ws-ckpt' && availability?.problem !== undefined;
    if (availability && availability.state !== 'available' && !isAboutFolder)
      return { code: 'choice_unavailable', workspace, choice, why: availability.reason };
  }
  return null;
}

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
