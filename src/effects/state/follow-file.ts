import { existsSync, type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Interval between two polls, ms. Looking finds what any editor does (rename, link, another folder), and on any file system. */
const LOOK_MS = 1_000;
/** An editor may write in several goes: what it leaves after this time is read, ms. */
const SETTLE_MS = 150;

export type Followed = {
  /** True while the file is there. */
  readonly exists: () => boolean;
  readonly end: () => void;
};

/** Calls back when the file has become another, has come or has gone. */
export function followFile(path: string, changed: () => void): Followed {
  // Known before we return: what happens from now on is a change.
  let known = identity(statSync(path, { throwIfNoEntry: false }));
  let isOver = false;
  let timer: NodeJS.Timeout;
  const wait = (ms: number, act: () => void): void => {
    if (!isOver) timer = setTimeout(act, ms).unref();
  };
  const poll = async (): Promise<void> => {
    const now = identity(await stat(path).catch(() => undefined));
    const isNew = now !== known;
    known = now;
    if (!isNew) return wait(LOOK_MS, next);
    wait(SETTLE_MS, () => {
      changed();
      next();
    });
  };
  const next = (): void => void poll();
  wait(LOOK_MS, next);
  return {
    exists: () => existsSync(path),
    end: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

// What is only read has another atime.
function identity(stats: Stats | undefined): string {
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}:${stats.mtimeMs}:${stats.size}`;
}
