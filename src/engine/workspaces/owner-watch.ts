import type { Clock } from '../../effects/clock.ts';
import type { LockRefusal, Locks, LockSubject } from '../../effects/lock/locks.ts';
import type { Elsewhere } from '../../core/runs.ts';

/** The owner of a workspace is looked for this often, ms: its death is known within a second. */
const WATCH_MS = 500;
/** An owner out of view is known by its locks alone, which are tried this often, ms. */
const TRY_MS = 5_000;
/** A service that restarts gets its workspace back within this, ms: only then is it taken over unasked. */
export const TAKE_OVER_MS = 30_000;

export type OwnerWatchDeps = {
  readonly locks: Locks;
  readonly clock: Clock;
  /** Take over unasked, `TAKE_OVER_MS` after an owner's end. */
  readonly takeOver: boolean;
  readonly subjectOf: (workspace: string) => LockSubject;
  /** Another engine acts now; it is watched already. */
  readonly onOwner: (workspace: string, refusal: LockRefusal) => void;
  /** The owner is gone; its return is watched for already. */
  readonly onGone: (workspace: string) => void;
  /** Time to take over. */
  readonly onDue: (workspace: string) => void;
};

/** Watches the workspaces that are another engine's, each with a chain of timers of its own. */
export type OwnerWatch = {
  readonly observe: (workspace: string, refusal: LockRefusal) => void;
  readonly isWatched: (workspace: string) => boolean;
  readonly stop: (workspace: string) => void;
  readonly stopAll: () => void;
  /** Finds out at once whether the owners in view still run. */
  readonly refresh: () => void;
};

/** One watch; `refusal` is null once the owner is gone. */
type Watched = {
  readonly workspace: string;
  readonly refusal: LockRefusal | null;
  readonly everyMs: number;
  /** The time when its locks were tried last. */
  triedAt: number;
  stop: () => void;
};

export function createOwnerWatch(deps: OwnerWatchDeps): OwnerWatch {
  const { clock, locks } = deps;
  const watches = new Map<string, Watched>();
  const stop = (workspace: string): void => {
    watches.get(workspace)?.stop();
    watches.delete(workspace);
  };
  const watch = (workspace: string, refusal: LockRefusal | null, everyMs: number): void => {
    stop(workspace);
    const watched: Watched = { workspace, refusal, everyMs, triedAt: clock.mono(), stop: () => undefined };
    watches.set(workspace, watched);
    let cancel = (): void => undefined;
    // An answer that comes after the watch's end changes nothing.
    const again = (): void => {
      cancel = clock.after(everyMs, () => {
        void inspect(deps, watched).then((found) => {
          if (watches.get(workspace) !== watched) return;
          if (found === 'same') again();
          else if (found === 'gone') gone(workspace, everyMs);
          else observe(workspace, found);
        });
      });
    };
    again();
    const isDue = refusal === null && deps.takeOver;
    const cancelDue = isDue ? clock.after(TAKE_OVER_MS, () => deps.onDue(workspace)) : () => undefined;
    watched.stop = () => {
      cancel();
      cancelDue();
    };
  };
  const observe = (workspace: string, refusal: LockRefusal): void => {
    watch(workspace, refusal, refusal.type === 'engine' && refusal.process !== null ? WATCH_MS : TRY_MS);
    deps.onOwner(workspace, refusal);
  };
  const gone = (workspace: string, everyMs: number): void => {
    watch(workspace, null, everyMs);
    deps.onGone(workspace);
  };
  return {
    observe,
    isWatched: (workspace) => watches.has(workspace),
    stop,
    stopAll: () => {
      for (const workspace of watches.keys()) stop(workspace);
    },
    refresh: () => {
      for (const [workspace, { refusal }] of watches) {
        const process = refusal?.type === 'engine' ? refusal.process : null;
        if (process !== null && !locks.isRunning(process)) gone(workspace, WATCH_MS);
      }
    },
  };
}

// An engine that runs may have gone back to *observe*: its record tells, or where that is not to be read, the locks.
async function inspect(deps: OwnerWatchDeps, watched: Watched): Promise<'same' | 'gone' | LockRefusal> {
  const { workspace, refusal, everyMs } = watched;
  const { clock, locks, subjectOf } = deps;
  const process = refusal?.type === 'engine' ? refusal.process : null;
  if (process !== null && !locks.isRunning(process)) return 'gone';
  const isRecorded = refusal === null ? everyMs === WATCH_MS : refusal.type === 'engine' && refusal.isRecorded;
  if (!isRecorded && clock.mono() - watched.triedAt < TRY_MS - WATCH_MS) return 'same';
  if (!isRecorded) watched.triedAt = clock.mono();
  const found = isRecorded ? await locks.findOwner(subjectOf(workspace)) : await tryLocks(deps, workspace);
  if (found === null) return refusal === null ? 'same' : 'gone';
  return refusal !== null && isSameOwner(found, refusal) ? 'same' : found;
}

async function tryLocks({ locks, subjectOf }: OwnerWatchDeps, workspace: string): Promise<LockRefusal | null> {
  const acquired = await locks.acquire(subjectOf(workspace));
  if (!acquired.ok) return acquired.refusal;
  await acquired.lock.release();
  return null;
}

function isSameOwner(one: LockRefusal, other: LockRefusal): boolean {
  if (one.type !== 'engine' || other.type !== 'engine') return one.type === other.type;
  return one.owner.pid === other.owner.pid && one.owner.user === other.owner.user;
}

/** Returns who acts instead of this engine. */
export function elsewhereOf(refusal: LockRefusal): Elsewhere {
  return refusal.type === 'engine' ? { code: 'other_engine', owner: refusal.owner } : { code: 'held_outside' };
}
