import type { CheckpointerChoice } from '../../core/config-type.ts';
import type { Mode, Owner } from '../../core/signals.ts';
import type { Notice } from '../../core/reactor/messages.ts';
import type { Acting } from './acting.ts';
import { type Borrowing, createBorrowing } from './borrowing.ts';
import type { Loop } from '../loop.ts';
import type { EngineDeps } from '../deps.ts';

export type Arming = {
  /** Resolves to null, or to why the mode cannot be had. */
  readonly setMode: (mode: Mode, reason: string | null) => Promise<string | null>;
  readonly takeOver: (workspace: string) => Promise<string | null>;
  readonly borrow: Borrowing['borrow'];
  readonly whyNot: Borrowing['whyNot'];
  readonly close: () => Promise<void>;
};

export type ArmingDeps = {
  readonly workspaces: readonly string[];
  readonly choice: CheckpointerChoice;
  readonly readOnly: boolean;
  readonly takeOver: boolean;
  readonly locks: EngineDeps['locks'];
  readonly acting: Acting;
  readonly loop: Loop;
  readonly notice: (notice: Notice) => void;
  readonly talk: (line: string) => void;
};

/** One armed engine a workspace: takes the machine's locks on arming, gives them back on going to *observe*. */
export function createArming(deps: ArmingDeps): Arming {
  const held = new Map<string, () => Promise<void>>();
  let waiting = new AbortController();

  /** Null when it is ours, else whose it is. */
  const acquire = async (workspace: string): Promise<Owner | null> => {
    if (held.has(workspace)) return null;
    const lock = await deps.locks.acquire(workspace);
    if (!lock.ok) return lock.owner;
    held.set(workspace, lock.release);
    deps.loop.dispatch({ type: 'lock', workspace, lock: { type: 'ours' } });
    return null;
  };
  const take = async (workspace: string): Promise<boolean> => {
    const owner = await acquire(workspace);
    if (owner === null) return true;
    deps.loop.dispatch({ type: 'lock', workspace, lock: { type: 'other', owner } });
    deps.talk(`${workspace}: pid ${owner.pid} of ${owner.user} acts here; we observe`);
    if (deps.takeOver) void takeWhenFree(workspace, waiting.signal);
    return false;
  };
  const takeWhenFree = async (workspace: string, signal: AbortSignal): Promise<void> => {
    await deps.locks.waitForRelease(workspace, signal);
    if (signal.aborted) return;
    if (await take(workspace)) tookOver(workspace);
  };
  const tookOver = (workspace: string): void => {
    deps.notice({ type: 'operator', action: 'takeover', target: workspace, reason: 'the other engine is gone' });
    deps.acting.prepare(workspace);
  };
  const releaseAll = async (): Promise<void> => {
    waiting.abort();
    waiting = new AbortController();
    await Promise.all([...held.keys()].filter((workspace) => !borrowing.has(workspace)).map(release));
  };
  const release = async (workspace: string): Promise<void> => {
    const giveBack = held.get(workspace);
    held.delete(workspace);
    await giveBack?.();
  };
  const borrowing = createBorrowing(deps.loop, acquire, release);
  const arm = async (mode: Mode, reason: string | null): Promise<string | null> => {
    const refused = refusal(deps);
    if (refused !== null) return refused;
    const ours: string[] = [];
    for (const workspace of deps.workspaces) if (await take(workspace)) ours.push(workspace);
    deps.loop.dispatch({ type: 'mode', mode, reason });
    for (const workspace of ours) deps.acting.prepare(workspace);
    return null;
  };
  return {
    setMode: async (mode, reason) => {
      if (mode !== 'observe' && deps.loop.state().mode === 'observe') return arm(mode, reason);
      deps.loop.dispatch({ type: 'mode', mode, reason });
      if (mode !== 'observe') return null;
      for (const workspace of deps.workspaces) deps.loop.dispatch({ type: 'lock', workspace, lock: { type: 'none' } });
      await releaseAll();
      return null;
    },
    takeOver: async (workspace) => {
      if (!(await take(workspace))) return 'the other engine still acts here';
      tookOver(workspace);
      return null;
    },
    borrow: borrowing.borrow,
    whyNot: borrowing.whyNot,
    close: () => {
      borrowing.close();
      return releaseAll();
    },
  };
}

function refusal({ readOnly, workspaces, choice, acting, loop }: ArmingDeps): string | null {
  if (readOnly) return 'read-only: start without --read-only to act';
  if (workspaces.length === 0) {
    return 'no workspace is configured: give --workspace DIR, or a map of agents to workspaces in the configuration file';
  }
  if (choice === 'auto' || choice === 'none') return null;
  for (const workspace of acting.slots.keys()) {
    const availability = loop.state().workspaces.get(workspace)?.availability;
    // A folder that waits for being pinned by hand ends each signal as `unavailable`: the rest may be acted upon.
    const isAboutFolder = choice !== 'ws-ckpt' && availability?.problem !== undefined;
    if (availability && availability.state !== 'available' && !isAboutFolder)
      return `${workspace}: ${choice} was asked for, but ${availability.reason}`;
  }
  return null;
}
