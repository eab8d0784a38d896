import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { flockDescriptor } from './flock.ts';
import { bootId, isRunning, ownIdentity, pidNamespace, type ProcessIdentity } from './identity.ts';
import { prepareRuntimeFolder, readableFolders, type RuntimeFolders } from './runtime-folder.ts';

/** Bytes read of a record; a real one has about 500. */
const MAX_RECORD_BYTES = 8_192;
/** The record of a lock that is held is read this often, ms apart, until it names its owner. */
const MAX_READS = 5;
const READ_AGAIN_MS = 20;
/** A lock file that is replaced while we lock it is opened again this often. */
const MAX_TRIES = 3;

/** The two clocks of the lock. `mono` is the machine's monotonic clock, ms: the same in every process of this boot. */
export type LockClock = { readonly wall: () => number; readonly mono: () => number };

/** The debounce window of a workspace, as its owner last knew it. */
export type RecordedWindow = { readonly leftMs: number; readonly snapshot: string | null };

/** A window that was still open at its owner's end. */
export type InheritedWindow = {
  readonly window: RecordedWindow;
  /** The owner gave its lock back, and was not killed. */
  readonly isGivenBack: boolean;
};

const recordSchema = z.object({
  uid: z.int().nonnegative(),
  user: z.string().transform((user) => cleanLine(user, MAX_NAME_LENGTH)),
  /** 0: given back; the record stays for its window alone. */
  pid: z.int().nonnegative(),
  start: z.string().max(MAX_ID_LENGTH),
  startedAt: z.number(),
  pidNamespace: z.string().max(MAX_ID_LENGTH),
  boot: z.string().max(MAX_ID_LENGTH),
  folder: z.string(),
  birth: z.string().max(MAX_ID_LENGTH),
  window: z
    .object({
      endsAt: z.number(),
      endsMono: z.number(),
      snapshot: z
        .string()
        .transform((id) => cleanLine(id, MAX_ID_LENGTH))
        .nullable(),
    })
    .nullable(),
});

/** The owner of a workspace, where every user can read it. */
export type OwnerRecord = z.output<typeof recordSchema>;

/** The facts of a record that its writer does not find out by itself. */
export type RecordFacts = Pick<OwnerRecord, 'uid' | 'user' | 'startedAt' | 'folder' | 'birth'>;

export type RecordDeps = { readonly runtimeFolders: RuntimeFolders; readonly clock: LockClock };

export type HeldRecord = {
  readonly key: string;
  /** The window that the last owner left open; null for none. */
  readonly inherited: InheritedWindow | null;
  readonly setWindow: (window: RecordedWindow | null) => void;
  /** Watches lock file and record; resolves to the owner that has taken them from us, or to `ours`. */
  readonly check: () => Promise<'ours' | 'unusable' | { readonly owner: OwnerRecord | null }>;
  readonly release: () => void;
};

export type RecordTaken =
  | { readonly type: 'taken'; readonly record: HeldRecord }
  | { readonly type: 'held'; readonly owner: OwnerRecord | null }
  /** There is no folder for records, or it cannot be written. */
  | { readonly type: 'unusable'; readonly reason: string };

/** Keys that this process holds: without flock(1), pid and start time do not tell two engines of one process apart. */
const heldHere = new Set<string>();

/** Takes the owner record `key` of our own user: locks its lock file, then writes the record. Never waits, never throws. */
export async function takeRecord(deps: RecordDeps, key: string, facts: RecordFacts): Promise<RecordTaken> {
  const folder = prepareRuntimeFolder(deps.runtimeFolders, facts.uid);
  if (!folder.ok) return { type: 'unusable', reason: folder.reason };
  const paths = { lock: join(folder.value, `${key}.lock`), record: join(folder.value, `${key}.json`) };
  const readOwner = (): OwnerRecord | null => readRecordFile(paths.record, facts.uid);
  if (heldHere.has(paths.lock)) return { type: 'held', owner: await ownerOf(readOwner) };
  heldHere.add(paths.lock);
  try {
    const locked = await lockFile(paths.lock, facts.uid);
    const former = readOwner();
    // An engine without flock(1) is known by its record alone.
    const isOwned = former !== null && isOwnerAlive(former) && former.pid !== process.pid;
    if (locked.type === 'held' || isOwned) {
      if (locked.type === 'taken') closeSync(locked.fd);
      heldHere.delete(paths.lock);
      return { type: 'held', owner: await ownerOf(readOwner) };
    }
    const inherited = windowOf(former, facts, deps.clock);
    const fd = locked.type === 'taken' ? locked.fd : null;
    const record = heldRecord({ deps, key, facts, paths, inherited, fd });
    if (record.write()) return { type: 'taken', record };
    record.release();
    return { type: 'unusable', reason: `${paths.record} cannot be written` };
  } catch (error) {
    heldHere.delete(paths.lock);
    return { type: 'unusable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Reads the record `key` of a user; null where there is none of that user's own. `root` is where the file system of the
 * reader, or of another process (`/proc/PID/root`), begins.
 */
export function readRecord(folders: RuntimeFolders, uid: number, key: string, root = '/'): OwnerRecord | null {
  for (const folder of readableFolders(folders, uid, root)) {
    const record = readRecordFile(join(folder, `${key}.json`), uid);
    if (record !== null) return record;
  }
  return null;
}

/** Returns true while the process that wrote the record runs; false also where its pid means nothing here. */
export function isOwnerAlive(record: OwnerRecord): boolean {
  return isInView(record) && isRunning(record);
}

/** Returns true where the pid of a record can be looked up: it is of our pid namespace and of this boot. */
export function isInView({ pid, boot, pidNamespace: space }: OwnerRecord): boolean {
  return pid > 0 && boot === bootId() && space === pidNamespace();
}

/** Returns true where the record names this very process. */
export function isOwnedBy(record: OwnerRecord | null, { pid, start }: ProcessIdentity): boolean {
  return record !== null && isInView(record) && record.pid === pid && record.start === start;
}

// Between the lock and the record of an engine that starts just now lies a moment.
async function ownerOf(readOwner: () => OwnerRecord | null): Promise<OwnerRecord | null> {
  for (let tries = 1; tries < MAX_READS; tries += 1) {
    const owner = readOwner();
    if (owner !== null && (isOwnerAlive(owner) || !isInView(owner)) && owner.pid > 0) return owner;
    await delay(READ_AGAIN_MS);
  }
  return readOwner();
}

type Paths = { readonly lock: string; readonly record: string };

type Holding = {
  readonly deps: RecordDeps;
  readonly key: string;
  readonly facts: RecordFacts;
  readonly paths: Paths;
  readonly inherited: InheritedWindow | null;
  readonly fd: number | null;
};

function heldRecord({ deps, key, facts, paths, inherited, fd: first }: Holding) {
  let fd = first;
  let window = inherited?.window ?? null;
  let windowSetAt = deps.clock.mono();
  const own = { ...ownIdentity(), pidNamespace: pidNamespace(), boot: bootId() };

  const content = (pid: number): OwnerRecord => {
    const leftMs = window === null ? 0 : window.leftMs - (deps.clock.mono() - windowSetAt);
    const open = window !== null && leftMs > 0;
    const ends = { endsAt: deps.clock.wall() + leftMs, endsMono: deps.clock.mono() + leftMs };
    return { ...facts, ...own, pid, window: open ? { ...ends, snapshot: window?.snapshot ?? null } : null };
  };
  const write = (): boolean => replaceFile(paths.record, content(own.pid));
  const restore = async (): Promise<'ours' | 'unusable' | { readonly owner: OwnerRecord | null }> => {
    const again = await lockFile(paths.lock, facts.uid);
    if (again.type === 'held') return { owner: readRecordFile(paths.record, facts.uid) };
    if (fd !== null) closeSync(fd);
    fd = again.type === 'taken' ? again.fd : null;
    return write() ? 'ours' : 'unusable';
  };
  return {
    key,
    inherited,
    write,
    setWindow: (next: RecordedWindow | null): void => {
      window = next;
      windowSetAt = deps.clock.mono();
      write();
    },
    check: async () => {
      const record = readRecordFile(paths.record, facts.uid);
      if (fd === null && record !== null && isOwnerAlive(record) && !isOwnedBy(record, own)) return { owner: record };
      const isOurs = fd === null || isSameFile(fd, paths.lock);
      if (isOurs && isOwnedBy(record, own)) return 'ours' as const;
      if (isOurs && write()) return 'ours' as const;
      return restore().catch(() => 'unusable' as const);
    },
    release: (): void => {
      heldHere.delete(paths.lock);
      // What is left of the window outlives us; without one nothing needs to stay.
      const last = content(0);
      if (fd === null || isSameFile(fd, paths.lock)) {
        if (last.window === null) rmSync(paths.record, { force: true });
        else replaceFile(paths.record, last);
      }
      // Still locked: a process that has it open and locks it next finds another file, or none, under the name, and tries anew.
      if (fd !== null && isSameFile(fd, paths.lock)) rmSync(paths.lock, { force: true });
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

type Locked =
  { readonly type: 'taken'; readonly fd: number } | { readonly type: 'held' } | { readonly type: 'without' };

/** Opens, locks, and then compares: a file that is not the one under that name any more locks no process out. */
async function lockFile(path: string, uid: number): Promise<Locked> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const fd = openSync(
      path,
      constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      0o600,
    );
    const stats = fstatSync(fd);
    const isProper = stats.isFile() && stats.uid === uid;
    const flocked = isProper ? await flockDescriptor(fd) : null;
    if (flocked?.type === 'taken' && isSameFile(fd, path)) return { type: 'taken', fd };
    closeSync(fd);
    if (!isProper) throw new Error(`${path} is no file of ours`);
    if (flocked?.type === 'held') return { type: 'held' };
    if (flocked?.type !== 'taken') return { type: 'without' };
  }
  return { type: 'held' };
}

function isSameFile(fd: number, path: string): boolean {
  try {
    const [open, named] = [fstatSync(fd, { bigint: true }), lstatSync(path, { bigint: true })];
    return open.dev === named.dev && open.ino === named.ino;
  } catch {
    return false;
  }
}

function replaceFile(path: string, record: OwnerRecord): boolean {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    rmSync(draft, { force: true });
    const fd = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);
    try {
      fchmodSync(fd, 0o644);
      writeSync(fd, `${JSON.stringify(record)}\n`);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
    return true;
  } catch {
    return false;
  }
}

function readRecordFile(path: string, uid: number): OwnerRecord | null {
  let fd: number | null = null;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.uid !== uid) return null;
    const bytes = Buffer.alloc(MAX_RECORD_BYTES);
    const length = readSync(fd, bytes, 0, MAX_RECORD_BYTES, 0);
    const record = recordSchema.safeParse(JSON.parse(bytes.toString('utf8', 0, length))).data;
    return record?.uid === uid ? record : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

// A new folder may get the inode of one that is gone: its birth tells, and where the file system keeps none, its path.
function windowOf(former: OwnerRecord | null, facts: RecordFacts, clock: LockClock): InheritedWindow | null {
  if (former === null || former.window === null) return null;
  const isSameFolder = facts.birth === '' ? former.folder === facts.folder : former.birth === facts.birth;
  if (!isSameFolder) return null;
  const { endsAt, endsMono, snapshot } = former.window;
  const leftMs = former.boot === bootId() ? endsMono - clock.mono() : endsAt - clock.wall();
  if (leftMs <= 0) return null;
  return { window: { leftMs: Math.ceil(leftMs), snapshot }, isGivenBack: former.pid === 0 };
}
