import { watch as watchPath, type FSWatcher } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Snapshot } from '../../core/snapshots.ts';
import { pause } from '../pause.ts';
import type { Tool } from './checkpoint.ts';
import { listSnapshots } from './snapshots.ts';

/** Interval between two polls where nothing announces a change, ms. */
const POLL_MS = 10_000;
/** A snapshot's directory appears before its entry in the list; also keeps us out of a running checkpoint's way, ms. */
const SETTLE_MS = 50;
/** Searches for the entry of a new directory; one without an entry after that is no snapshot. */
const MAX_LOOKS = 10;
/** Deadline of a list, ms. */
const LIST_MS = 10_000;

type OnSnapshot = (snapshot: Snapshot) => void;

/**
 * Calls back for each snapshot that appears from now on, of any maker. The store's directory announces new ones
 * where it can be read; without it, and for what an announcement missed, there is a poll every 10 s.
 */
export async function watchSnapshots(tool: Tool, onSnapshot: OnSnapshot, abort: AbortSignal): Promise<void> {
  let known: ReadonlySet<string> | null = null;
  while (!abort.aborted) {
    const store = await storeOf(tool.subject.workspace);
    const changed = new AbortController();
    // Before the poll: what appears in between is not missed.
    const watcher = store === null ? null : watchStore(store, () => changed.abort());
    known = await poll(tool, store, { known, onSnapshot, abort });
    await pause(POLL_MS, AbortSignal.any([abort, changed.signal]));
    watcher?.close();
    await pause(SETTLE_MS, abort);
  }
}

type Looking = {
  /** Ids seen so far; null at the first poll, which announces nothing. */
  readonly known: ReadonlySet<string> | null;
  readonly onSnapshot: OnSnapshot;
  readonly abort: AbortSignal;
};

/** Announces what is new and returns the ids that are there now. */
async function poll(tool: Tool, store: string | null, looking: Looking): Promise<ReadonlySet<string> | null> {
  const { known, onSnapshot, abort } = looking;
  const names = store === null ? null : await readdir(store).catch(() => null);
  if (names === null) return pollList(tool, looking);
  const seen = known;
  const fresh = new Set(seen === null ? [] : names.filter((name) => !seen.has(name)));
  for (let polls = 0; polls < MAX_LOOKS && fresh.size > 0 && !abort.aborted; polls += 1) {
    const list = await listSnapshots(tool.client, tool.subject, { timeoutMs: LIST_MS, abort });
    const found = list.ok ? list.value.filter(({ id }) => fresh.has(id)) : [];
    for (const snapshot of found) onSnapshot(snapshot);
    for (const { id } of found) fresh.delete(id);
    if (fresh.size > 0) await pause(SETTLE_MS, abort);
  }
  return new Set(names);
}

async function pollList(tool: Tool, { known, onSnapshot, abort }: Looking): Promise<ReadonlySet<string> | null> {
  const list = await listSnapshots(tool.client, tool.subject, { timeoutMs: LIST_MS, abort });
  if (!list.ok) return known;
  for (const snapshot of list.value) if (known !== null && !known.has(snapshot.id)) onSnapshot(snapshot);
  return new Set(list.value.map(({ id }) => id));
}

/** Returns where the snapshots of a managed workspace lie; null while it is not managed. */
async function storeOf(workspace: string): Promise<string | null> {
  const live = await realpath(workspace).catch(() => null);
  return live === null || live === workspace ? null : join(dirname(live), 'snapshots', basename(live));
}

/** The first snapshot makes the directory; until then its parent announces it. Null where nothing can be watched. */
function watchStore(store: string, onChange: () => void): FSWatcher | null {
  for (const path of [store, dirname(store)]) {
    try {
      const watcher = watchPath(path, { persistent: false }, onChange);
      watcher.on('error', onChange);
      return watcher;
    } catch {
      // Not there, not ours to read, or the system's limit of watches is reached: the slow poll remains.
    }
  }
  return null;
}
