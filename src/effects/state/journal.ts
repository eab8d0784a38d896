import { join } from 'node:path';
import { cleanLine } from '../../core/text.ts';
import { openStateFolder, type StateFolder } from './folder.ts';
import { type Loaded, moveAside, readJournal, setAside } from './journal-file.ts';
import { createJournalWriter } from './journal-writer.ts';
import type { Owner } from '../../core/signals.ts';
import { takeOldSocket } from '../lock/old-socket.ts';
import { thisOwner } from '../lock/identity.ts';
import { takeStateLock, type StateLock } from './state-lock.ts';

/** State that survives a restart: keys with JSON values. Who reads a value validates it. */
export type Journal = {
  /** False when puts stay in memory: another process writes here, or nothing can be written. */
  readonly persistent: boolean;
  /** True when another process wrote here at opening: what it has open is its own business. */
  readonly shared: boolean;
  /** Lines that could not be read at opening. */
  readonly skipped: number;
  readonly get: (key: string) => unknown;
  /** In the order in which they were first put. */
  readonly entries: (prefix: string) => readonly (readonly [key: string, value: unknown])[];
  /** Kept at once, also against a crash of ours; null takes the key away. Never throws for what the disk does. */
  readonly put: (key: string, value: unknown) => void;
  /** Flushes to the disk and lets go of the directory. */
  readonly close: () => Promise<void>;
};

export type Notice = (text: string) => void;

/** Writing is tried again this long after it failed, ms. */
const RETRY_MS = 10_000;
/** Between two looks whether the folder and the file are still there, and whether another process is still at work, ms. */
const WATCH_MS = 500;
/** An engine of 0.1.0 is known by its socket alone; finding its holder looks through all processes, so not each time, ms. */
const OLD_ENGINE_MS = 5_000;

/**
 * Opens (and makes) the state folder. One process writes there; a second one reads what is there and keeps its own puts in
 * memory until the first is gone. Everything that a person should know about it goes to `onNotice`, also later on.
 */
export async function openJournal(stateDir: string, onNotice: Notice = () => undefined): Promise<Journal> {
  const notice = (text: string): void => onNotice(cleanLine(text, 500));
  const folder = openFolder(stateDir, notice);
  const lock = folder === null ? null : await lockFolder(folder, notice);
  const { values, skipped } = folder === null ? NOTHING() : load(folder, lock?.type !== 'other', notice);
  return createJournal({ stateDir, folder, lock, values, skipped, notice });
}

const NOTHING = (): Loaded => ({ values: new Map(), skipped: 0 });

function openFolder(stateDir: string, notice: Notice): StateFolder | null {
  try {
    return openStateFolder(stateDir, notice);
  } catch (error) {
    notice(`${stateDir} cannot be used (${reasonOf(error)}): nothing is kept over a restart; give another --state-dir`);
    return null;
  }
}

type Lock =
  | (StateLock & { readonly type: 'ours' })
  /** `isOld`: an engine of 0.1.0. */
  | (StateLock & { readonly type: 'other' } & { readonly isOld: boolean });

async function lockFolder(folder: StateFolder, notice: Notice): Promise<Lock> {
  const own = takeStateLock(folder, thisOwner(Date.now()));
  if (own.type === 'other') {
    notice(inUse(folder.path, own.owner));
    return { ...own, isOld: false };
  }
  if (own.type === 'impossible') notice(`${folder.path} cannot be locked (${own.reason}); start one engine only`);
  const release = own.type === 'ours' ? own.release : (): void => undefined;
  // 0.1.0 would write the same file: for one release its lock is held too, and respected where such an engine holds it.
  const old = await takeOldSocket(`state ${folder.path}`, thisOwner(Date.now()));
  switch (old.type) {
    case 'engine':
      release();
      notice(inUse(folder.path, old.owner));
      return { type: 'other', owner: old.owner, isOld: true };
    case 'taken':
      return {
        type: 'ours',
        release: () => {
          release();
          void old.release();
        },
      };
    case 'ignored':
      // Any user can take that name and then say anything: that holds up nobody.
      notice(`${folder.path}: ${squatted(old.pid)}`);
      return { type: 'ours', release };
    case 'none':
      return { type: 'ours', release };
  }
}

function squatted(pid: number | null): string {
  const by = pid === null ? 'a process out of view' : `pid ${pid}`;
  return `the lock of sightline 0.1.0 is held by ${by}, which is no engine: ignored`;
}

function load(folder: StateFolder, mayWrite: boolean, notice: Notice): Loaded {
  const aside = (keep: typeof setAside): string => (mayWrite ? keptAside(folder, keep) : '');
  try {
    const loaded = readJournal(folder);
    if (loaded.skipped > 0) {
      const kept = aside(setAside);
      notice(`${folder.path}: ${loaded.skipped} unreadable lines of the journal were skipped${kept}`);
    }
    return loaded;
  } catch (error) {
    const kept = aside(moveAside);
    notice(`${folder.path}: the journal cannot be read (${reasonOf(error)})${kept}: starting without what it holds`);
    return NOTHING();
  }
}

// What is damaged may still be of use to a person; where it cannot be kept, that must not cost what is whole.
function keptAside(folder: StateFolder, keep: typeof setAside): string {
  try {
    return `; as it was: ${join(folder.path, keep(folder))}`;
  } catch (error) {
    return `; it cannot be kept aside (${reasonOf(error)})`;
  }
}

type Parts = Loaded & {
  readonly stateDir: string;
  /** Null where the folder cannot be used. */
  readonly folder: StateFolder | null;
  readonly lock: Lock | null;
  readonly notice: Notice;
};

function createJournal({ stateDir, folder: found, lock, values, skipped, notice }: Parts): Journal {
  const shared = lock?.type === 'other';
  const place: Place = { folder: found, lock };
  const keeper = keepWritten({ stateDir, place, values, notice });
  /** What we found while another process wrote here: what is still the same is not ours to write. */
  const before = shared ? new Map(values) : new Map<string, unknown>();
  let isClosed = false;
  let isBusy = false;
  let triedAt = performance.now();

  const takeOver = async (folder: StateFolder): Promise<void> => {
    isBusy = true;
    triedAt = performance.now();
    const next = await lockFolder(folder, () => undefined);
    isBusy = false;
    if (isClosed) return next.type === 'ours' ? next.release() : undefined;
    place.lock = next;
    if (next.type !== 'ours') return;
    for (const [name, value] of load(folder, true, notice).values) {
      if (values.get(name) === before.get(name)) values.set(name, value);
    }
    before.clear();
    keeper.rewrite();
    notice(`${stateDir} is free: what happens here is kept over a restart from now on`);
  };
  const watch = (): void => {
    if (place.lock?.type !== 'other') return keeper.check();
    if (place.lock.isOld && performance.now() - triedAt < OLD_ENGINE_MS) return;
    if (place.folder !== null && !isBusy) void takeOver(place.folder);
  };
  if (!shared && found !== null) keeper.rewrite();
  const timer = setInterval(watch, WATCH_MS).unref();
  return {
    get persistent() {
      return keeper.isKept();
    },
    shared,
    skipped,
    get: (name) => values.get(name),
    entries: (prefix) => [...values].filter(([name]) => name.startsWith(prefix)),
    put: (name, value) => {
      if (value === null || value === undefined) values.delete(name);
      else values.set(name, value);
      keeper.write(name, value ?? null);
    },
    close: () => {
      clearInterval(timer);
      if (!isClosed) keeper.close();
      isClosed = true;
      return Promise.resolve();
    },
  };
}

/** Where we are; another folder when the first one was taken away under us. */
type Place = { folder: StateFolder | null; lock: Lock | null };

type Keeper = {
  readonly isKept: () => boolean;
  readonly write: (name: string, value: unknown) => void;
  readonly rewrite: () => void;
  /** Is everything still in its place? Else it is made again; what could not be written is tried again. */
  readonly check: () => void;
  readonly close: () => void;
};

/** Writes what is put, and says once when that fails, and once when it works again. */
function keepWritten({
  stateDir,
  place,
  values,
  notice,
}: Pick<Parts, 'stateDir' | 'values' | 'notice'> & { readonly place: Place }): Keeper {
  let started = false;
  let failedAt: number | null = null;
  let checkedAt = performance.now();

  const fail = (error: unknown): void => {
    if (failedAt === null)
      notice(
        `${stateDir}: the journal cannot be written (${reasonOf(error)}); free space or fix its permissions: until then nothing is kept over a restart`,
      );
    failedAt = performance.now();
  };
  const attempt = (write: () => void): void => {
    try {
      write();
      if (failedAt !== null) notice(`${stateDir}: the journal is written again`);
      failedAt = null;
    } catch (error) {
      fail(error);
    }
  };
  const writer = createJournalWriter(values, fail);
  // From the values that we have: whatever happened to the file, nothing of it is lost.
  const rewrite = (): void => {
    started = true;
    attempt(() => {
      if (place.folder?.isThere() !== true) reopen(stateDir, place);
      if (place.folder !== null) writer.rewrite(place.folder);
    });
  };
  const check = (): void => {
    checkedAt = performance.now();
    if (!started) return;
    if (failedAt !== null) return checkedAt - failedAt > RETRY_MS ? rewrite() : undefined;
    if (place.folder?.isThere() === true && writer.isThere()) return;
    notice(`${stateDir}: the state folder or the journal in it was removed or replaced; it is made again`);
    rewrite();
  };
  return {
    isKept: () => started && failedAt === null,
    rewrite,
    check,
    write: (name, value) => {
      // A busy loop leaves the timer no time.
      if (performance.now() - checkedAt > WATCH_MS) check();
      if (!started || failedAt !== null) return;
      try {
        writer.append(name, value);
      } catch (error) {
        // A fast writer fills the file up before the next look at its folder.
        if (place.folder?.isThere() === true) fail(error);
        else check();
      }
    },
    close: () => {
      if (failedAt !== null) rewrite();
      attempt(() => writer.close());
      // What comes later (a fate whose line leaves us only now) is not kept.
      started = false;
      if (place.lock?.type === 'ours') place.lock.release();
      place.folder?.close();
    },
  };
}

// The folder may be deleted, moved or replaced at any moment: what is appended then goes into a file without a name.
function reopen(stateDir: string, place: Place): void {
  const folder = openStateFolder(stateDir, () => undefined);
  const own = takeStateLock(folder, thisOwner(Date.now()));
  if (own.type === 'other') {
    folder.close();
    throw new Error(`in use by ${own.owner.user}, process ${own.owner.pid}`);
  }
  // The lock of the folder that is gone means nothing any more; 0.1.0's goes by the path, and stays.
  const before = place.lock;
  const release = (): void => {
    if (before?.type === 'ours') before.release();
    if (own.type === 'ours') own.release();
  };
  place.folder?.close();
  place.folder = folder;
  place.lock = { type: 'ours', release };
}

function inUse(stateDir: string, { user, pid }: Owner): string {
  return `${stateDir} is in use by ${user} (process ${pid}): until that is gone, what happens here is not kept over a restart; give this one a --state-dir of its own`;
}

// The way that we go is a detail: `/proc/self/fd/20/journal.jsonl` says nothing to a person.
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.replaceAll(/\/proc\/self\/fd\/\d+\//gu, '');
}
