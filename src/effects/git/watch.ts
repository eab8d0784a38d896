import { type FSWatcher, readdirSync, watch as watchFolder } from 'node:fs';
import type { Snapshot } from '../../core/snapshots.ts';
import { WATCH_POLL_MS } from './limits.ts';
import type { Store } from './store/layout.ts';
import { listSnapshots, snapshotsDir, toSnapshot } from './store/refs.ts';

/** Calls back for every snapshot that appears from now on, until `abort`. */
export function watchSnapshots(store: Store, onSnapshot: (snapshot: Snapshot) => void, abort: AbortSignal): void {
  if (abort.aborted) return;
  let known = names(store);
  let looking = false;
  let watcher: FSWatcher | null = null;

  const poll = async (): Promise<void> => {
    watcher ??= watchRefs(store, () => void poll());
    if (looking) return;
    looking = true;
    for (let now = names(store); !abort.aborted; now = names(store)) {
      const fresh = now.difference(known);
      if (fresh.size === 0) break;
      const snapshots = await listSnapshots(store);
      if (!snapshots.ok) break;
      known = now;
      for (const snapshot of snapshots.value) if (fresh.has(snapshot.id)) onSnapshot(toSnapshot(snapshot));
    }
    looking = false;
  };
  const timer = setInterval(() => void poll(), WATCH_POLL_MS);
  timer.unref();
  void poll();
  abort.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      watcher?.close();
    },
    { once: true },
  );
}

function names(store: Store): ReadonlySet<string> {
  try {
    return new Set(readdirSync(snapshotsDir(store)));
  } catch {
    return new Set();
  }
}

/** Null where there is no store yet, or the system has no watches left: the slow poll goes on. */
function watchRefs(store: Store, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watchFolder(snapshotsDir(store), { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
