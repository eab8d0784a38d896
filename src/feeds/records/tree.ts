/**
 * The record files below a root, as they come and change: one walk at the beginning, then what the system tells of each
 * folder. Where it tells nothing (too many folders, a network file system) the folders are looked at in turn.
 */
import { type FSWatcher, lstatSync, type Stats, watch } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errnoOf } from '../../core/errno.ts';
import type { Ms } from '../../core/units.ts';
import type { FileName, FilesStore } from './provider.ts';
import type { Root } from './root.ts';
import { pause } from '../pause.ts';

/** Record files of one root; more are not read, and counted. */
const MAX_FILES = 200_000;
/** Folders of one root; more are not entered. */
const MAX_FOLDERS = 50_000;
/** Folders that the system watches for us, at most: its own limit is often 8 192 for all programs of a user. */
const MAX_WATCHED = 4_096;
/** Folders looked at in one turn of the slow round, and the time between two turns, ms. */
const ROUND_FOLDERS = 64;
const ROUND_MS = 5_000;
/** Files that are looked at together. */
const PARALLEL = 32;

/** Longest piece of work, ms, before timers, keys and children get their turn. */
const SLICE_MS = 4;

/** A record file as the walk found it; `key`: its path in one text, shared with the tree. */
export type FoundFile = { readonly key: string; readonly name: FileName; readonly mtimeMs: Ms; readonly size: number };

export type Tree = {
  /** Walks all folders; the files come as they are found. */
  readonly walk: (found: (file: FoundFile) => void, signal: AbortSignal) => Promise<void>;
  /** Returns what has come about since the last call. */
  readonly changed: () => Promise<Changes>;
  /** Resolves when something changed, when the time is up, or when the signal aborts. */
  readonly wait: (ms: Ms, signal: AbortSignal) => Promise<void>;
  /** Ends a `wait` early. */
  readonly wake: () => void;
  /** Files or folders were too many. */
  readonly isFull: () => boolean;
  /** Number of folders that the system does not watch for us. */
  readonly unwatched: () => number;
  readonly close: () => void;
};

/** Files that the system announced, and those of folders that had to be listed again: these may be as they were. */
export type Changes = { readonly changed: readonly FileName[]; readonly listed: readonly FileName[] };

type Folder = { readonly path: readonly string[]; watcher: ReturnType<WatchFor>; mtimeMs: Ms; isUnreadable: boolean };

/** Watches a path; `name` below it, null where the system tells none. Null where it cannot be watched. */
export type WatchFor = (
  path: string,
  recursive: boolean,
  notify: (name: string | null) => void,
) => Pick<FSWatcher, 'on' | 'close'> | null;

type TreeOptions = {
  /** With one watch in place of one for each folder. */
  readonly watchesWhole?: boolean;
  readonly unreadable?: Unreadable;
  readonly watchFor?: WatchFor;
};

/** Takes a folder that cannot be listed, by its path below the root: once, until it could be. */
type Unreadable = (path: readonly string[], error: unknown) => void;

const SEPARATOR = '/';

type State = {
  readonly root: Root;
  readonly store: Pick<FilesStore<unknown>, 'identify' | 'enters'>;
  readonly unreadable: Unreadable;
  readonly watchFor: WatchFor;
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, FileName>;
  readonly pendingFiles: Map<string, FileName>;
  readonly pendingFolders: Map<string, readonly string[]>;
  isFull: boolean;
  wake: () => void;
  watched: number;
  readonly watchesWhole: boolean;
  /** One watch for the whole tree, where the system has that. */
  whole: ReturnType<WatchFor>;
  roundAt: number;
  round: string[];
};

/** One watch covers a whole tree there: FSEvents of macOS, and Windows. */
const WATCHES_WHOLE = process.platform === 'darwin' || process.platform === 'win32';

/** Creates the tree of a root; nothing is read before `walk`. */
export function createTree(
  root: Root,
  store: Pick<FilesStore<unknown>, 'identify' | 'enters'>,
  { watchesWhole = WATCHES_WHOLE, unreadable = () => undefined, watchFor = tryWatch }: TreeOptions = {},
): Tree {
  const state: State = {
    root,
    store,
    unreadable,
    watchFor,
    watchesWhole,
    folders: new Map(),
    files: new Map(),
    pendingFiles: new Map(),
    pendingFolders: new Map(),
    isFull: false,
    wake: () => undefined,
    watched: 0,
    whole: null,
    roundAt: performance.now() + ROUND_MS,
    round: [],
  };
  return {
    walk: (found, signal) => walk(state, found, signal),
    changed: () => takeChanged(state),
    wait: (ms, signal) => wait(state, ms, signal),
    wake: () => state.wake(),
    isFull: () => state.isFull,
    unwatched: () => (state.whole === null ? state.folders.size - state.watched : 0),
    close: () => {
      state.whole?.close();
      for (const folder of state.folders.values()) unwatch(state, folder);
    },
  };
}

// ---------------------------------------------------------------- listing

async function walk(state: State, found: (file: FoundFile) => void, signal: AbortSignal): Promise<void> {
  const { root } = state;
  let pauseAt = performance.now() + SLICE_MS;
  const visit = async (names: readonly FileName[]): Promise<void> => {
    for (let at = 0; at < names.length; at += PARALLEL) {
      const part = names.slice(at, at + PARALLEL);
      // At once costs a fifth of what it does in another thread.
      const files = root.isLocal
        ? part.map((name) => statSync(root, name))
        : await Promise.all(part.map((name) => statOf(root, name)));
      for (const file of files) if (file !== null) found(file);
      if (!root.isLocal || performance.now() < pauseAt) continue;
      await nextTurn();
      pauseAt = performance.now() + SLICE_MS;
    }
  };
  await walkFrom(state, [], visit, signal);
}

async function walkFrom(
  state: State,
  start: readonly string[],
  found: (names: readonly FileName[]) => Promise<void>,
  signal: AbortSignal | null,
): Promise<void> {
  const open: (readonly string[])[] = [start];
  for (let path = open.pop(); path !== undefined && signal?.aborted !== true; path = open.pop()) {
    const listing = await enter(state, path);
    if (listing === null) continue;
    open.push(...listing.folders);
    await found(listing.files.filter((name) => keep(state, name)));
  }
}

// Watched before it is listed, so that nothing comes between.
async function enter(state: State, path: readonly string[]): Promise<Listing | null> {
  const key = path.join(SEPARATOR);
  const full = join(state.root.path, ...path);
  if ((await realpath(full).catch(() => null)) !== full) {
    forget(state, key);
    return null;
  }
  const folder = state.folders.get(key) ?? { path, watcher: null, mtimeMs: 0, isUnreadable: false };
  if (!state.folders.has(key) && state.folders.size >= MAX_FOLDERS) {
    state.isFull = true;
    return null;
  }
  state.folders.set(key, folder);
  watchFolder(state, folder);
  folder.mtimeMs = (await lstat(full).catch(() => null))?.mtimeMs ?? 0;
  return list(state, folder);
}

async function list({ root, store, unreadable }: State, folder: Folder): Promise<Listing> {
  const listing: Listing = { files: [], folders: [] };
  const { path } = folder;
  const wasUnreadable = folder.isUnreadable;
  folder.isUnreadable = false;
  const entries = await readdir(join(root.path, ...path), { withFileTypes: true }).catch((error: unknown) => {
    folder.isUnreadable = errnoOf(error) !== 'ENOENT';
    if (folder.isUnreadable && !wasUnreadable) unreadable(path, error);
    return [];
  });
  for (const entry of entries) {
    const below = [...path, entry.name];
    if (entry.isDirectory()) {
      if (store.enters(below)) listing.folders.push(below);
    } else if (entry.isFile()) {
      const name = store.identify(below);
      if (name !== null) listing.files.push(name);
    }
  }
  return listing;
}

function keep(state: State, name: FileName): boolean {
  const key = name.path.join(SEPARATOR);
  if (state.files.has(key)) return true;
  if (state.files.size >= MAX_FILES) {
    state.isFull = true;
    return false;
  }
  state.files.set(key, name);
  return true;
}

function forget(state: State, key: string): void {
  for (const [other, folder] of state.folders) {
    if (other !== key && !other.startsWith(`${key}${SEPARATOR}`)) continue;
    unwatch(state, folder);
    state.folders.delete(other);
  }
}

// ---------------------------------------------------------------- changes

async function takeChanged(state: State): Promise<Changes> {
  const { pendingFiles, pendingFolders } = state;
  const listed: FileName[] = [];
  await listAll(state);
  for (const [key, path] of pendingFolders) {
    pendingFolders.delete(key);
    await walkFrom(state, path, async (names) => void listed.push(...names), null);
  }
  const names = [...pendingFiles.values()].filter((name) => keep(state, name));
  pendingFiles.clear();
  return { changed: names, listed };
}

// Some folders at a time, for what the system does not tell: of one that it watches a new time means a new name; of the
// others the files may have grown as well.
async function listAll(state: State): Promise<void> {
  if (performance.now() < state.roundAt) return;
  state.roundAt = performance.now() + ROUND_MS;
  if (state.round.length === 0) state.round = [...state.folders.keys()];
  for (const key of state.round.splice(0, ROUND_FOLDERS)) {
    const folder = state.folders.get(key);
    if (folder === undefined) continue;
    const stats = await lstat(join(state.root.path, ...folder.path)).catch(() => null);
    if (stats === null) forget(state, key);
    else if (folder.watcher === null && state.whole === null) state.pendingFolders.set(key, folder.path);
    else if (stats.mtimeMs !== folder.mtimeMs) state.pendingFolders.set(key, folder.path);
  }
}

async function wait(state: State, ms: Ms, signal: AbortSignal): Promise<void> {
  if (state.pendingFiles.size > 0 || state.pendingFolders.size > 0) return;
  await pause(ms, signal, (resume) => (state.wake = resume));
  state.wake = () => undefined;
}

// The system reported a change at a path.
function markChanged(state: State, path: readonly string[]): void {
  const key = path.join(SEPARATOR);
  const name = state.files.get(key) ?? state.store.identify(path);
  if (name !== null) state.pendingFiles.set(key, name);
  else if (state.store.enters(path)) state.pendingFolders.set(key, path);
  else return;
  state.wake();
}

function watchFolder(state: State, folder: Folder): void {
  if (folder.watcher !== null || watchWhole(state) || state.watched >= MAX_WATCHED) return;
  const { path } = folder;
  const watcher = state.watchFor(join(state.root.path, ...path), false, (name) =>
    markChanged(state, name === null ? path : [...path, name]),
  );
  if (watcher === null) return;
  folder.watcher = watcher;
  state.watched += 1;
  watcher.on('error', () => unwatch(state, folder));
}

function watchWhole(state: State): boolean {
  if (state.whole !== null) return true;
  if (!state.watchesWhole) return false;
  const whole = state.watchFor(state.root.path, true, (name) =>
    markChanged(state, name === null ? [] : name.split(/[\\/]/u)),
  );
  state.whole = whole;
  // Until a folder is entered the next time, all are looked at in turn.
  whole?.on('error', () => {
    whole.close();
    if (state.whole === whole) state.whole = null;
  });
  return whole !== null;
}

function unwatch(state: State, folder: Folder): void {
  if (folder.watcher === null) return;
  folder.watcher.close();
  folder.watcher = null;
  state.watched -= 1;
}

type Listing = { readonly files: FileName[]; readonly folders: (readonly string[])[] };

async function statOf(root: Root, name: FileName): Promise<FoundFile | null> {
  const key = name.path.join(SEPARATOR);
  return foundFile(key, name, await lstat(join(root.path, key)).catch(() => undefined));
}

function statSync(root: Root, name: FileName): FoundFile | null {
  const key = name.path.join(SEPARATOR);
  try {
    return foundFile(key, name, lstatSync(join(root.path, key), { throwIfNoEntry: false }));
  } catch {
    return null;
  }
}

function foundFile(key: string, name: FileName, stats: Stats | undefined): FoundFile | null {
  return stats?.isFile() === true ? { key, name, mtimeMs: stats.mtimeMs, size: stats.size } : null;
}

function tryWatch(path: string, recursive: boolean, notify: (name: string | null) => void): FSWatcher | null {
  try {
    return watch(path, { persistent: false, recursive }, (_event, name) => notify(name));
  } catch {
    return null;
  }
}
