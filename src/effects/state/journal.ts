import { join } from 'node:path';
import { type FileReason } from '../../core/errno.ts';
import { cleanLine } from '../../core/text.ts';
import { wordFileCause, wordFileRemedy, wordWriteCause } from '../../wording/files.ts';
import { openStateFolder, type StateFolder } from './folder.ts';
import { type Loaded, moveAside, readJournal, setAside } from './journal-file.ts';
import {
  openFolder,
  waitForFolder,
  lockFolder,
  takeBackAsking,
  askedAt,
  reasonOf,
  type Opened,
  type Lock,
  type Notice,
} from './acquire.ts';
import { createJournalWriter } from './journal-writer.ts';
import type { Owner } from '../../core/runs.ts';
import { thisOwner } from '../lock/identity.ts';
import { takeStateLock } from './state-lock.ts';

/** State that survives a restart: keys with JSON values. Who reads a value validates it. */
export type Journal = {
  /** False when puts stay in memory: another process writes here, or nothing can be written. */
  readonly persistent: boolean;
  /** True when another process wrote here at opening: what it has open is its own business. */
  readonly shared: boolean;
  /** Lines that could not be read at opening. */
  readonly skipped: number;
  /** The process that writes here now, where it is another one. */
  readonly other: () => OtherWriter | null;
  /** Returns why nothing is kept over a restart now; null while all is. */
  readonly problem: () => StateProblem | null;
  /** Calls back when the folder has become ours, before what the other process left there is written again. */
  readonly onAdopted: (listener: Adopted) => void;
  readonly get: (key: string) => unknown;
  /** In the order in which they were first put. */
  readonly entries: (prefix: string) => readonly (readonly [key: string, value: unknown])[];
  /** Kept at once, also against a crash of ours; null takes the key away. Never throws for what the disk does. */
  readonly put: (key: string, value: unknown) => void;
  /** Flushes to the disk and lets go of the directory. */
  readonly close: () => Promise<void>;
};

/** `left`: what the other process, `owner`, left in the folder. */
type Adopted = (left: ReadonlyMap<string, unknown>, owner: Owner) => void;

export type OtherWriter = {
  readonly owner: Owner;
  /** Reads what it has written so far. */
  readonly read: () => ReadonlyMap<string, unknown>;
};

/** The reason why nothing is kept over a restart. */
export type StateProblem =
  /** It cannot be opened, or is not trusted. */
  | { readonly code: 'state_refused'; readonly path: string; readonly reason: FileReason }
  | { readonly code: 'state_not_written'; readonly path: string; readonly reason: FileReason }
  | { readonly code: 'state_in_use'; readonly path: string; readonly owner: Owner };

export type JournalOptions = {
  /** The time that a folder that another process has is waited for, ms: it may be ending, or give it up (`yields`). */
  readonly waitMs?: number;
  /** Give the folder up for a process that asks for it: what that one prints must be kept, what is only shown need not. */
  readonly yields?: boolean;
};

/** Writing is tried again this long after it failed, ms. */
const RETRY_MS = 10_000;
/** Interval between two polls whether the folder and the file are still there, and whether another process is still at work, ms. */
const WATCH_MS = 500;
/** An engine of 0.1.0 is known by its socket alone; finding its holder reads all processes, so not each time, ms. */
const OLD_ENGINE_MS = 5_000;
/** In a folder that was given up for a process that asked for it, nothing is tried for this long, ms. */
const YIELD_MS = 2_000;
const UNKNOWN_OWNER: Owner = { user: 'unknown', pid: 0, startedAt: 0 };

/**
 * Opens (and makes) the state folder. One process writes there; a second one reads what is there and keeps its own puts in
 * memory until the first is gone. Everything that a person should know about it goes to `onNotice`, also later on.
 */
export async function openJournal(
  stateDir: string,
  onNotice: Notice = () => undefined,
  { waitMs = 0, yields = false }: JournalOptions = {},
): Promise<Journal> {
  const notice = (text: string): void => onNotice(cleanLine(text, 500));
  const opened = openFolder(stateDir, notice);
  const { folder } = opened;
  const lock = folder === null ? null : await waitForFolder(folder, notice, waitMs);
  const { values, skipped } = folder === null ? NOTHING() : load(folder, lock?.type !== 'other', notice);
  return createJournal({ stateDir, ...opened, lock, values, skipped, notice, yields });
}

const NOTHING = (): Loaded => ({ values: new Map(), skipped: 0 });

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
    notice(
      `${folder.path}: the journal cannot be read (${wordFileCause(reasonOf(error))})${kept}: starting without what it holds`,
    );
    return NOTHING();
  }
}

// What is damaged may still be of use to a person; where it cannot be kept, that must not cost what is whole.
function keptAside(folder: StateFolder, keep: typeof setAside): string {
  try {
    return `; as it was: ${join(folder.path, keep(folder))}`;
  } catch (error) {
    return `; it cannot be kept aside (${wordWriteCause(reasonOf(error))})`;
  }
}

type Parts = Loaded &
  Opened & {
    readonly stateDir: string;
    readonly lock: Lock | null;
    readonly notice: Notice;
    readonly yields: boolean;
  };

function createJournal({ stateDir, folder: found, refusal, lock, values, skipped, notice, yields }: Parts): Journal {
  const shared = lock?.type === 'other';
  const location: Location = { folder: found, lock };
  const keeper = keepWritten({ stateDir, location, values, notice });
  const adopted: Adopted[] = [];
  const life = { isClosed: false };
  const watch = shareFolder({ stateDir, values, notice, yields, location, keeper, adopted, life });
  if (!shared && found !== null) keeper.rewrite();
  const timer = setInterval(watch, WATCH_MS).unref();
  return {
    get persistent() {
      return keeper.isKept();
    },
    shared,
    skipped,
    other: () => {
      const { folder, lock: held } = location;
      if (folder === null || held?.type !== 'other') return null;
      return { owner: held.owner, read: () => load(folder, false, () => undefined).values };
    },
    problem: () => {
      if (refusal !== null) return { code: 'state_refused', path: stateDir, reason: refusal };
      if (location.lock?.type === 'other') return { code: 'state_in_use', path: stateDir, owner: location.lock.owner };
      const reason = keeper.failure();
      return reason === null ? null : { code: 'state_not_written', path: stateDir, reason };
    },
    onAdopted: (listener) => void adopted.push(listener),
    get: (name) => values.get(name),
    entries: (prefix) => [...values].filter(([name]) => name.startsWith(prefix)),
    put: (name, value) => {
      if (value === null || value === undefined) values.delete(name);
      else values.set(name, value);
      keeper.write(name, value ?? null);
    },
    close: () => {
      clearInterval(timer);
      if (!life.isClosed) keeper.close();
      life.isClosed = true;
      return Promise.resolve();
    },
  };
}

/** The folder in use; another one when the first was taken away under us. */
type Location = { folder: StateFolder | null; lock: Lock | null };

type Shared = Pick<Parts, 'stateDir' | 'values' | 'notice' | 'yields'> & {
  readonly location: Location;
  readonly keeper: Keeper;
  readonly adopted: readonly Adopted[];
  readonly life: { readonly isClosed: boolean };
};

/** Returns the check that is due each WATCH_MS: takes the folder over, gives it up, or sees after what is in it. */
function shareFolder({ stateDir, values, notice, yields, location, keeper, adopted, life }: Shared): () => void {
  /** The state that we found while another process wrote here: what is still the same is not ours to write. */
  let before = location.lock?.type === 'other' ? new Map(values) : new Map<string, unknown>();
  let isBusy = false;
  /** The questions and answers; a process that was killed meanwhile does not take its asking back. */
  let answered: string | null = null;
  /** The time when the lock is tried again. */
  let triesFrom = location.lock?.type === 'other' && location.lock.isOld ? performance.now() + OLD_ENGINE_MS : 0;

  const takeOver = async (folder: StateFolder): Promise<void> => {
    isBusy = true;
    const next = await lockFolder(folder, () => undefined);
    isBusy = false;
    if (life.isClosed) return next.type === 'ours' ? next.release() : undefined;
    const owner = location.lock?.type === 'other' ? location.lock.owner : UNKNOWN_OWNER;
    location.lock = next;
    if (next.type !== 'ours') {
      triesFrom = next.isOld ? performance.now() + OLD_ENGINE_MS : 0;
      return;
    }
    takeBackAsking(folder);
    const left = load(folder, true, notice).values;
    for (const [name, value] of left) {
      if (values.get(name) === before.get(name)) values.set(name, value);
    }
    before.clear();
    for (const listener of adopted) listener(left, owner);
    keeper.rewrite();
    notice(`${stateDir} is free: what happens here is kept over a restart from now on`);
  };
  const giveUp = (asking: string): void => {
    answered = asking;
    before = new Map(values);
    keeper.rest();
    location.lock = { type: 'other', owner: UNKNOWN_OWNER, isOld: false };
    triesFrom = performance.now() + YIELD_MS;
    notice(`${stateDir} is given up for an engine that prints: until that is gone, what happens here is not kept`);
  };
  return () => {
    if (location.lock?.type === 'other') {
      const isDue = !isBusy && performance.now() >= triesFrom;
      if (location.folder !== null && isDue) void takeOver(location.folder);
      return;
    }
    const asking = yields && location.folder !== null ? askedAt(location.folder) : null;
    if (asking === null || asking === answered) keeper.check();
    else giveUp(asking);
  };
}

type Keeper = {
  readonly isKept: () => boolean;
  /** Returns why nothing can be written now. */
  readonly failure: () => FileReason | null;
  /** Lets go of the file and the lock, until `rewrite`. */
  readonly rest: () => void;
  readonly write: (name: string, value: unknown) => void;
  readonly rewrite: () => void;
  /** Makes again what is missing; what could not be written is tried again. */
  readonly check: () => void;
  readonly close: () => void;
};

/** Writes what is put, and reports once when that fails, and once when it works again. */
function keepWritten({
  stateDir,
  location,
  values,
  notice,
}: Pick<Parts, 'stateDir' | 'values' | 'notice'> & { readonly location: Location }): Keeper {
  let started = false;
  let failedAt: number | null = null;
  let failure: FileReason | null = null;
  let checkedAt = performance.now();

  const fail = (error: unknown): void => {
    failure = reasonOf(error);
    if (failedAt === null) {
      const remedy = wordFileRemedy(failure, 'let this user write its files');
      notice(
        `cannot write the journal in ${stateDir}: ${wordWriteCause(failure)}; ${remedy}: until then nothing is kept over a restart`,
      );
    }
    failedAt = performance.now();
  };
  const attempt = (write: () => void): void => {
    try {
      write();
      if (failedAt !== null) notice(`${stateDir}: the journal is written again`);
      failedAt = null;
      failure = null;
    } catch (error) {
      fail(error);
    }
  };
  const writer = createJournalWriter(values, fail);
  // From the values that we have: whatever happened to the file, nothing of it is lost.
  const rewrite = (): void => {
    started = true;
    attempt(() => {
      if (location.folder?.isThere() !== true) reopen(stateDir, location);
      if (location.folder !== null) writer.rewrite(location.folder);
    });
  };
  const check = (): void => {
    checkedAt = performance.now();
    if (!started) return;
    if (failedAt !== null) return checkedAt - failedAt > RETRY_MS ? rewrite() : undefined;
    if (location.folder?.isThere() === true && writer.isThere()) return;
    notice(`${stateDir}: the state folder or the journal in it was removed or replaced; it is made again`);
    rewrite();
  };
  const rest = (): void => {
    attempt(() => writer.close());
    started = false;
    if (location.lock?.type === 'ours') location.lock.release();
  };
  return {
    isKept: () => started && failedAt === null,
    failure: () => failure,
    rest,
    rewrite,
    check,
    write: (name, value) => {
      // A busy loop leaves the timer no time.
      if (performance.now() - checkedAt > WATCH_MS) check();
      if (!started || failedAt !== null) return;
      try {
        writer.append(name, value);
      } catch (error) {
        // A fast writer fills the file up before the next check of its folder.
        if (location.folder?.isThere() === true) fail(error);
        else check();
      }
    },
    close: () => {
      if (failedAt !== null) rewrite();
      // What comes later (a fate whose line leaves us only now) is not kept.
      rest();
      location.folder?.close();
    },
  };
}

// The folder may be deleted, moved or replaced at any moment: what is appended then goes into a file without a name.
function reopen(stateDir: string, location: Location): void {
  const folder = openStateFolder(stateDir, () => undefined);
  const own = takeStateLock(folder, thisOwner(Date.now()));
  if (own.type === 'other') {
    folder.close();
    throw new Error(`in use by ${own.owner.user}, process ${own.owner.pid}`);
  }
  // The lock of the folder that is gone means nothing any more; 0.1.0's goes by the path, and stays.
  const before = location.lock;
  const release = (): void => {
    if (before?.type === 'ours') before.release();
    if (own.type === 'ours') own.release();
  };
  location.folder?.close();
  location.folder = folder;
  location.lock = { type: 'ours', release };
}
