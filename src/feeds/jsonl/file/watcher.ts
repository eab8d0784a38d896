import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Ms } from '../../../core/units.ts';
import { pause } from '../../pause.ts';

/** Waits for something to happen to one path. */
export type FileWatcher = {
  /**
   * Resolves when the path changed since the last call, when the time is up, or when the signal aborts. It may resolve
   * for nothing; without change notification (NFS, watch limits) it resolves when the time is up.
   */
  readonly wait: (ms: Ms, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
};

// How often we check that the directories are still the ones that we watch.
const REWATCH_EVERY_MS = 1_000;
// How long we sleep if nothing notifies us of changes.
const UNWATCHED_POLL_MS = 250;

type Watched = { readonly watcher: FSWatcher; readonly identity: string };

/** Watches the directories of a path and, where it is a symbolic link, of what it points to. */
export function watchFile(path: string): FileWatcher {
  const watched = new Map<string, Watched>();
  let changed = false;
  let wake = (): void => undefined;
  let rewatchAt = 0;

  function notify(): void {
    changed = true;
    wake();
  }

  function unwatch(directory: string): void {
    watched.get(directory)?.watcher.close();
    watched.delete(directory);
  }

  async function rewatch(): Promise<void> {
    if (performance.now() < rewatchAt) return;
    rewatchAt = performance.now() + REWATCH_EVERY_MS;
    const targets = await directoriesOf(path);
    for (const directory of watched.keys()) if (!targets.has(directory)) unwatch(directory);
    for (const [directory, { names, identity }] of targets) {
      if (watched.get(directory)?.identity === identity) continue;
      unwatch(directory);
      const watcher = tryWatch(directory, names, notify, () => unwatch(directory));
      if (watcher === null) continue;
      watched.set(directory, { watcher, identity });
      // What happened before the watch began was not reported.
      notify();
    }
  }

  return {
    wait: async (ms, signal) => {
      await rewatch();
      const limit = watched.size === 0 ? Math.min(ms, UNWATCHED_POLL_MS) : ms;
      if (!changed) await pause(limit, signal, (resume) => (wake = resume));
      changed = false;
    },
    close: () => {
      for (const directory of watched.keys()) unwatch(directory);
    },
  };
}

type Target = { readonly names: ReadonlySet<string>; readonly identity: string };

async function directoriesOf(path: string): Promise<ReadonlyMap<string, Target>> {
  const target = await realpath(path).catch(() => path);
  const targets = new Map<string, Target>();
  for (const directory of new Set([dirname(path), dirname(target)])) {
    const stats = await stat(directory, { bigint: true }).catch(() => null);
    // A directory that was removed and made again is another one under the same name.
    const identity = stats === null ? null : `${stats.dev}:${stats.ino}`;
    if (identity !== null) targets.set(directory, { names: new Set([basename(path), basename(target)]), identity });
  }
  return targets;
}

function tryWatch(
  directory: string,
  names: ReadonlySet<string>,
  notify: () => void,
  fail: () => void,
): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name === null || names.has(name)) notify();
    });
    watcher.on('error', fail);
    return watcher;
  } catch {
    return null;
  }
}
