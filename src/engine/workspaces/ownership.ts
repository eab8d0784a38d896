import type { Clock } from '../../effects/clock.ts';
import type { RecordedWindow } from '../../effects/lock/record.ts';
import type { LockRefusal, Locks, LockSubject, WorkspaceLock } from '../../effects/lock/locks.ts';
import type { Elsewhere } from '../../core/runs.ts';
import { wordElsewhere, wordLockNote } from '../../wording/elsewhere.ts';
import type { Loop } from '../loop.ts';
import { createOwnerWatch, elsewhereOf, TAKE_OVER_MS } from './owner-watch.ts';

/** A lock of ours is looked after this often, ms. */
const CHECK_MS = 1_000;

export type OwnershipDeps = {
  readonly locks: Locks;
  readonly clock: Clock;
  readonly loop: Loop;
  readonly log: (line: string) => void;
  /** Take over unasked; false: only by `acquire`. */
  readonly takeOver: boolean;
  readonly isManaged: (workspace: string) => boolean;
  /** A workspace was taken over unasked. */
  readonly tookOver: (workspace: string) => void;
};

/** The owner of each workspace: takes and gives back its lock, and watches over those that are another engine's. */
export type Ownership = HeldLocks & {
  /** It is another engine's: tells the core, and watches for the end of that one. */
  readonly observe: (workspace: string, refusal: LockRefusal) => void;
  /** Ends all watching; locks stay. */
  readonly forgetOthers: () => void;
  /** Finds out at once whether the owners in view still run, so that no fate names one that is gone. */
  readonly refresh: () => void;
};

export function createOwnership(deps: OwnershipDeps): Ownership {
  const { loop, clock, locks } = deps;
  const subjectOf = (workspace: string): LockSubject => ({ workspace, isManaged: deps.isManaged(workspace) });
  const watch = createOwnerWatch({
    locks,
    clock,
    takeOver: deps.takeOver,
    subjectOf,
    onOwner: (workspace, refused) => {
      deps.log(`${workspace}: ${wordElsewhere(elsewhereOf(refused))}; we observe`);
      const lock =
        refused.type === 'engine' ? { type: 'other' as const, owner: refused.owner } : { type: 'outside' as const };
      loop.dispatch({ type: 'lock', workspace, lock });
    },
    onGone: (workspace) => {
      const unasked = `it is taken over in ${TAKE_OVER_MS / 1_000} s unless one is back`;
      deps.log(`${workspace}: the engine that acted here is gone; ${deps.takeOver ? unasked : 'take it over by key'}`);
      loop.dispatch({ type: 'lock', workspace, lock: { type: 'gone', since: loop.now().at } });
    },
    onDue: (workspace) => void takeOver(workspace),
  });
  const held = createHeldLocks(deps, {
    subjectOf,
    isWatched: watch.isWatched,
    onTaken: watch.stop,
    onLost: watch.observe,
  });
  const takeOver = async (workspace: string): Promise<void> => {
    const refused = await held.acquire(workspace);
    // Going to *observe* meanwhile has ended the watch; taking the lock ends it too.
    if (refused === null && loop.state().mode === 'observe') return held.release(workspace);
    if (refused === null) return deps.tookOver(workspace);
    if (watch.isWatched(workspace)) watch.observe(workspace, refused);
  };
  return { ...held, observe: watch.observe, forgetOthers: watch.stopAll, refresh: watch.refresh };
}

/** The locks that are ours. */
type HeldLocks = {
  readonly held: () => readonly string[];
  /** Null when it is ours from now on; tells the core so. */
  readonly acquire: (workspace: string) => Promise<LockRefusal | null>;
  /** Watches the lock from now on. */
  readonly keep: (workspace: string) => void;
  readonly release: (workspace: string) => Promise<void>;
  /** Compares the folder that the path names with the locked one; resolves to why another engine may act there, or null. */
  readonly confirm: (workspace: string) => Promise<Elsewhere | null>;
  /** Before and after ws-ckpt puts another folder instead of the locked one. */
  readonly suspend: (workspace: string) => void;
  readonly renew: (workspace: string) => Promise<void>;
  /** Keeps the windows of our workspaces in their records. */
  readonly recordWindows: () => void;
};

type HeldEvents = {
  readonly subjectOf: (workspace: string) => LockSubject;
  /** Another engine acted there until now. */
  readonly isWatched: (workspace: string) => boolean;
  readonly onTaken: (workspace: string) => void;
  /** Another engine acts; the lock has been given back. */
  readonly onLost: (workspace: string, refusal: LockRefusal) => void;
};

type Held = { readonly lock: WorkspaceLock; stopChecks: () => void; windowEndsMono: number | null };

function createHeldLocks({ locks, clock, loop, log }: OwnershipDeps, events: HeldEvents): HeldLocks {
  const held = new Map<string, Held>();
  const release = async (workspace: string): Promise<void> => {
    const own = held.get(workspace);
    held.delete(workspace);
    own?.stopChecks();
    await own?.lock.release();
  };
  /** Resolves to who acts there where the refusal ended `own`; a lock that was given back meanwhile has nothing more to lose. */
  const settle = async (workspace: string, own: Held, refusal: LockRefusal | null): Promise<Elsewhere | null> => {
    if (refusal === null || held.get(workspace) !== own) return null;
    held.delete(workspace);
    own.stopChecks();
    // The core first: nothing may begin while the lock is given back.
    events.onLost(workspace, refusal);
    await own.lock.release();
    return elsewhereOf(refusal);
  };
  const keep = (workspace: string): void => {
    const own = held.get(workspace);
    if (own === undefined) return;
    own.stopChecks();
    own.stopChecks = clock.after(CHECK_MS, () => {
      void own.lock.check().then(async (refusal) => {
        const lost = await settle(workspace, own, refusal);
        if (lost === null && held.get(workspace) === own) keep(workspace);
      });
    });
  };
  return {
    held: () => [...held.keys()],
    acquire: async (workspace) => {
      if (held.has(workspace)) return null;
      const acquired = await locks.acquire(events.subjectOf(workspace));
      if (!acquired.ok) return acquired.refusal;
      const { lock } = acquired;
      const window = windowOf(lock, events.isWatched(workspace));
      held.set(workspace, { lock, stopChecks: () => undefined, windowEndsMono: null });
      events.onTaken(workspace);
      for (const note of lock.notes) log(`${workspace}: ${wordLockNote(note)}`);
      loop.dispatch({ type: 'lock', workspace, lock: { type: 'ours' }, window });
      return null;
    },
    keep,
    release,
    confirm: async (workspace) => {
      const own = held.get(workspace);
      return own === undefined ? null : settle(workspace, own, await own.lock.confirm());
    },
    suspend: (workspace) => held.get(workspace)?.lock.suspend(),
    renew: async (workspace) => {
      const own = held.get(workspace);
      if (own !== undefined) await settle(workspace, own, await own.lock.renew(events.subjectOf(workspace)));
    },
    recordWindows: () => {
      for (const [workspace, own] of held) recordWindow(loop, workspace, own);
    },
  };
}

/** A takeover goes on with the owner's window; an engine that is armed after another one was stopped begins anew. */
function windowOf({ inherited }: WorkspaceLock, isTakeover: boolean): RecordedWindow | null {
  return inherited === null || (inherited.isGivenBack && !isTakeover) ? null : inherited.window;
}

function recordWindow(loop: Loop, workspace: string, own: Held): void {
  const { windowEndsMono = null, windowSnapshot = null } = loop.state().workspaces.get(workspace) ?? {};
  if (own.windowEndsMono === windowEndsMono) return;
  own.windowEndsMono = windowEndsMono;
  const leftMs = windowEndsMono === null ? 0 : windowEndsMono - loop.now().mono;
  own.lock.setWindow(leftMs > 0 ? { leftMs, snapshot: windowSnapshot } : null);
}
