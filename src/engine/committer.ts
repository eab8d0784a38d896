import type { Clock } from '../effects/clock.ts';

export type Committer = {
  /** Something changed: commit soon, at most once in `commitMs`. */
  readonly changed: () => void;
  /** Commit at once. */
  readonly commit: () => void;
  readonly stop: () => void;
};

/**
 * Brings the store up to date at a pace that a screen can follow, however fast the feed is. `commitMs` null commits only
 * when asked.
 */
export function createCommitter(clock: Clock, commitMs: number | null, write: () => void): Committer {
  let takeBack: (() => void) | null = null;
  const commit = (): void => {
    takeBack?.();
    takeBack = null;
    write();
  };
  return {
    commit,
    changed: () => {
      if (commitMs !== null) takeBack ??= clock.after(commitMs, commit);
    },
    stop: () => {
      takeBack?.();
      takeBack = null;
      write();
    },
  };
}
