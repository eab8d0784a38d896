import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Owner, LockNote } from '../../core/runs.ts';
import { findHolders, type OpenFolder, openFolder } from './folder.ts';
import { flockDescriptor } from './flock.ts';
import {
  isInitialPidNamespace,
  isInOurPidNamespace,
  isRunning,
  type ProcessIdentity,
  startOf,
  thisOwner,
  uidsOf,
} from './identity.ts';
import { takeOldSocket } from './old-socket.ts';
import {
  type HeldRecord,
  type InheritedWindow,
  isInView,
  isOwnedBy,
  isOwnerAlive,
  type LockClock,
  type OwnerRecord,
  readRecord,
  type RecordedWindow,
  takeRecord,
} from './record.ts';
import { RUNTIME_FOLDERS, type RuntimeFolders } from './runtime-folder.ts';

/** The workspace to lock; `isManaged`: by ws-ckpt, whose workspace id outlives a rollback and the folder does not. */
export type LockSubject = { readonly workspace: string; readonly isManaged: boolean };

/** The reason why a workspace is not ours to act on. */
export type LockRefusal =
  | {
      readonly type: 'engine';
      readonly owner: Owner;
      /** Null where the owner's pid means nothing here (another container). */
      readonly process: ProcessIdentity | null;
      /** `findOwner` finds it too, until it gives the lock back. */
      readonly isRecorded: boolean;
    }
  /** The folder is locked by a process that is not in view. */
  | { readonly type: 'outside' };

/** The lock of one workspace. After a refusal from `check`, `confirm` or `renew` only `release` is left to do. */
export type WorkspaceLock = {
  /** The rest of the last owner's window; null for none. */
  readonly inherited: InheritedWindow | null;
  readonly notes: readonly LockNote[];
  /** Keeps our window in the record, for the next owner. */
  readonly setWindow: (window: RecordedWindow | null) => void;
  /** To be called each second: checks the record, and whether an engine of root's has begun. Null: still ours. */
  readonly check: () => Promise<LockRefusal | null>;
  /** To be called before each spawn: locks the folder that the path names now, where it is another one. */
  readonly confirm: () => Promise<LockRefusal | null>;
  /** Closes the folder, because an open one keeps btrfs from cleaning up; the record stays. `renew` opens it again. */
  readonly suspend: () => void;
  readonly renew: (subject: LockSubject) => Promise<LockRefusal | null>;
  readonly release: () => Promise<void>;
};

export type Acquired =
  { readonly ok: true; readonly lock: WorkspaceLock } | { readonly ok: false; readonly refusal: LockRefusal };

/** The state of a workspace's lock, for a caller that takes none. */
export type LockState = {
  /** The owner that keeps us out; null for none. */
  readonly refusal: LockRefusal | null;
  readonly notes: readonly LockNote[];
};

export type Locks = {
  /** Takes both locks of a workspace, or none. Never waits for another engine, never throws. */
  readonly acquire: (subject: LockSubject) => Promise<Acquired>;
  /** The engine that acts now, by the records alone; null for none in view. Takes nothing. */
  readonly findOwner: (subject: LockSubject) => Promise<LockRefusal | null>;
  /** Reports without taking a lock for longer than a moment. */
  readonly inspect: (subject: LockSubject) => Promise<LockState>;
  readonly isRunning: (process: ProcessIdentity) => boolean;
};

export type LocksOptions = {
  readonly clock: LockClock;
  /** `record`: a folder that is held by a process out of view does not keep us from acting. */
  readonly mode: 'folder' | 'record';
  readonly runtimeFolders?: RuntimeFolders;
};

/** The clocks of this machine. */
export const MACHINE_CLOCK: LockClock = {
  wall: () => Date.now(),
  mono: () => Number(process.hrtime.bigint()) / 1e6,
};

/** While the folder is held by a process that is no engine, it is tried again after this, ms. */
const RETRY_FOLDER_MS = 5_000;

/** The locks of this process's user. */
export function createLocks({ clock, mode, runtimeFolders = RUNTIME_FOLDERS }: LocksOptions): Locks {
  const uid = process.getuid?.() ?? 0;
  const self = thisOwner(clock.wall());
  const deps: LockDeps = { runtimeFolders, clock, mode, uid, self };
  return {
    acquire: (subject) => acquire(deps, subject),
    findOwner: async (subject) => {
      const opened = await openFolder(subject.workspace);
      if (opened.ok) opened.value.close();
      return recordedOwner(deps, keyOf(subject, opened.ok ? opened.value : null));
    },
    inspect: (subject) => inspect(deps, subject),
    isRunning,
  };
}

type LockDeps = {
  readonly runtimeFolders: RuntimeFolders;
  readonly clock: LockClock;
  readonly mode: 'folder' | 'record';
  readonly uid: number;
  readonly self: Owner;
};

/** The locks of one acquisition. */
type Taken = {
  readonly key: string;
  readonly record: HeldRecord | null;
  /** Null where it cannot be opened; `isLocked` is false where a process that is no engine has it, or none can have it. */
  readonly folder: (OpenFolder & { readonly isLocked: boolean }) | null;
  readonly notes: readonly LockNote[];
};

type TakenOrNot = { readonly ok: true; readonly taken: Taken } | { readonly ok: false; readonly refusal: LockRefusal };

async function acquire(deps: LockDeps, subject: LockSubject): Promise<Acquired> {
  const first = await takeBoth(deps, subject, null);
  if (!first.ok) return first;
  const socket = await takeOldSocket(subject.workspace, deps.self);
  if (socket.type === 'engine') {
    giveBack(first.taken);
    return refused(engine(socket.owner, identityOf(socket.owner.pid), false));
  }
  const strange: readonly LockNote[] =
    socket.type === 'ignored' ? [{ type: 'stranger', what: 'socket', ...strangerOf(socket.pid) }] : [];
  const release = socket.type === 'taken' ? socket.release : async (): Promise<void> => undefined;
  return { ok: true, lock: workspaceLock(deps, { subject, first: first.taken, strange, release }) };
}

type Given = {
  readonly subject: LockSubject;
  readonly first: Taken;
  readonly strange: readonly LockNote[];
  readonly release: () => Promise<void>;
};

function workspaceLock(deps: LockDeps, { subject: wanted, first, strange, release }: Given): WorkspaceLock {
  let subject = wanted;
  let taken = first;
  let folderTriedAt = deps.clock.mono();
  // One thing at a time: a check must not see the folder half swapped.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const next = last.then(act);
    last = next.catch(() => undefined);
    return next;
  };
  const confirm = async (): Promise<LockRefusal | null> => {
    const next = await takeBoth(deps, subject, taken);
    folderTriedAt = deps.clock.mono();
    if (!next.ok) return next.refusal;
    ({ taken } = next);
    return null;
  };
  const check = async (): Promise<LockRefusal | null> => {
    const above = deps.uid === 0 ? null : ownerIn(deps, 0, taken.key);
    if (above !== null) return above;
    const state = (await taken.record?.check()) ?? 'ours';
    if (typeof state === 'object') return refusalOf(state.owner);
    const isDue = deps.clock.mono() - folderTriedAt >= RETRY_FOLDER_MS;
    return taken.folder?.isLocked === false && isDue ? confirm() : null;
  };
  return {
    inherited: first.record?.inherited ?? null,
    notes: [...first.notes, ...strange],
    setWindow: (window) => taken.record?.setWindow(window),
    check: () => inTurn(check),
    confirm: () => inTurn(confirm),
    suspend: () => {
      taken.folder?.close();
      taken = { ...taken, folder: null };
    },
    renew: (next) => {
      subject = next;
      return inTurn(confirm);
    },
    release: () =>
      inTurn(async () => {
        giveBack(taken);
        taken = { ...taken, folder: null, record: null };
        await release();
      }),
  };
}

/** Takes record and folder of what the path names now; `before` is what we have, and stays ours where it is the same. */
async function takeBoth(deps: LockDeps, subject: LockSubject, before: Taken | null): Promise<TakenOrNot> {
  const opened = await openFolder(subject.workspace);
  // A folder that is gone for a moment is not another one; what acts there will find out.
  if (!opened.ok && before !== null) return { ok: true, taken: before };
  const found = opened.ok ? opened.value : null;
  const key = keyOf(subject, found);
  const isSame = before?.folder?.isLocked === true && found !== null && isSameFolder(before.folder, found);
  if (isSame && before?.key === key) {
    found.close();
    return { ok: true, taken: before };
  }
  const above = deps.uid === 0 ? null : ownerIn(deps, 0, key);
  if (above !== null) return abandon(found, null, above);
  const kept = before?.key === key ? before.record : null;
  const record = kept === null ? await takeRecord(deps, key, factsOf(deps, subject, { key, found })) : null;
  if (record?.type === 'held') return abandon(found, null, refusalOf(record.owner));
  const newRecord = record?.type === 'taken' ? record.record : null;
  const folder = isSame ? ({ type: 'taken', notes: [] } as const) : await lockFolder(deps, key, found);
  if (folder.type === 'refused') return abandon(found, newRecord, folder.refusal);
  if (kept === null) before?.record?.release();
  // Two descriptors of ours would keep each other out: of the same folder the locked one stays.
  const stays = isSame ? before.folder : null;
  (stays === null ? before?.folder : found)?.close();
  const notes: readonly LockNote[] = [
    ...(record?.type === 'unusable' ? [{ type: 'without_record', reason: record.reason } as const] : []),
    ...(opened.ok ? folder.notes : [{ type: 'without_folder', reason: opened.reason } as const]),
  ];
  const locked = stays ?? (found === null ? null : { ...found, isLocked: folder.type === 'taken' });
  return { ok: true, taken: { key, record: kept ?? newRecord, folder: locked, notes } };
}

function abandon(found: OpenFolder | null, record: HeldRecord | null, refusal: LockRefusal): TakenOrNot {
  found?.close();
  record?.release();
  return { ok: false, refusal };
}

type FolderLocked =
  | { readonly type: 'taken' | 'record_only'; readonly notes: readonly LockNote[] }
  | { readonly type: 'refused'; readonly refusal: LockRefusal };

async function lockFolder(deps: LockDeps, key: string, found: OpenFolder | null): Promise<FolderLocked> {
  if (found === null) return { type: 'record_only', notes: [] };
  if (process.platform !== 'linux') return unlockable(`folders are not locked on ${process.platform}`);
  const flocked = await flockDescriptor(found.fd);
  switch (flocked.type) {
    case 'taken':
      return { type: 'taken', notes: [] };
    case 'missing':
      return { type: 'record_only', notes: [{ type: 'without_flock' }] };
    case 'unsupported':
      return unlockable(flocked.reason);
    case 'held':
      return heldFolder(deps, key, found);
  }
}

function unlockable(reason: string): FolderLocked {
  return { type: 'record_only', notes: [{ type: 'without_folder', reason }] };
}

async function heldFolder(deps: LockDeps, key: string, found: OpenFolder): Promise<FolderLocked> {
  const { candidates, strangers } = await findHolders(found);
  const refusal = candidates.map((pid) => engineOf(deps, key, pid)).find((one) => one !== null);
  if (refusal !== undefined && refusal !== null) return { type: 'refused', refusal };
  const [pid = null] = [...candidates, ...strangers];
  // A descriptor that travels through a socket is in no process's table: no engine does that.
  const mayAct = pid !== null || deps.mode === 'record' || (deps.uid === 0 && isInitialPidNamespace());
  if (!mayAct) return { type: 'refused', refusal: { type: 'outside' } };
  return { type: 'record_only', notes: [{ type: 'stranger', what: 'folder', ...strangerOf(pid) }] };
}

/** The engine that a holder of the folder is; null for any other process. Its user ids are root's or ours. */
function engineOf(deps: LockDeps, key: string, pid: number): LockRefusal | null {
  const process = identityOf(pid);
  const uid = uidsOf(pid)?.[0];
  if (process === null || uid === undefined) return null;
  const user = uid === deps.uid ? deps.self.user : `uid ${uid}`;
  if (!isInOurPidNamespace(pid)) return engine({ user: uid === 0 ? 'root' : user, pid, startedAt: 0 }, process, false);
  // An engine with a /run of its own keeps its record there.
  const records = ['/', `/proc/${pid}/root`].map((root) => readRecord(deps.runtimeFolders, uid, key, root));
  const at = records.findIndex((record) => isOwnedBy(record, process));
  const own = records[at];
  return own === undefined || own === null ? null : engine(own, process, at === 0);
}

function recordedOwner(deps: LockDeps, key: string): LockRefusal | null {
  return ownerIn(deps, 0, key) ?? (deps.uid === 0 ? null : ownerIn(deps, deps.uid, key));
}

/** The running engine of a user, by its record. */
function ownerIn({ runtimeFolders }: LockDeps, uid: number, key: string): LockRefusal | null {
  const record = readRecord(runtimeFolders, uid, key);
  return record !== null && isOwnerAlive(record) ? refusalOf(record) : null;
}

function refusalOf(record: OwnerRecord | null): LockRefusal {
  if (record === null || record.pid === 0) return { type: 'outside' };
  const { user, pid, start, startedAt } = record;
  return engine({ user, pid, startedAt }, isInView(record) ? { pid, start } : null, isInView(record));
}

function engine(owner: Owner, process: ProcessIdentity | null, isRecorded: boolean): LockRefusal {
  return { type: 'engine', owner, process, isRecorded };
}

function refused(refusal: LockRefusal): Acquired {
  return { ok: false, refusal };
}

function identityOf(pid: number): ProcessIdentity | null {
  const start = startOf(pid);
  return start === null ? null : { pid, start };
}

function strangerOf(pid: number | null): { readonly pid: number | null; readonly uid: number | null } {
  return { pid, uid: pid === null ? null : (uidsOf(pid)?.[0] ?? null) };
}

function giveBack({ record, folder }: Taken): void {
  folder?.close();
  record?.release();
}

function isSameFolder(a: OpenFolder, b: OpenFolder): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** The name of a record: the workspace id of ws-ckpt, else device and inode, else (no folder there) the path. */
function keyOf({ workspace, isManaged }: LockSubject, found: OpenFolder | null): string {
  const id = isManaged ? workspaceId(workspace) : null;
  if (id !== null) return `ws-${short(id)}`;
  return found === null ? `path-${short(workspace)}` : `${found.dev}-${found.ino}`;
}

// `init` leaves a link whose target is named after the workspace id.
function workspaceId(workspace: string): string | null {
  try {
    return lstatSync(workspace).isSymbolicLink() ? basename(readlinkSync(workspace)) : null;
  } catch {
    return null;
  }
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function factsOf(
  { uid, self }: LockDeps,
  { workspace }: LockSubject,
  { key, found }: { readonly key: string; readonly found: OpenFolder | null },
) {
  // A rollback of ws-ckpt replaces the folder by a new one: the workspace stays the same.
  const birth = key.startsWith('ws-') ? key : (found?.birth ?? '');
  return { uid, user: self.user, startedAt: self.startedAt, folder: workspace, birth };
}

async function inspect(deps: LockDeps, subject: LockSubject): Promise<LockState> {
  const opened = await openFolder(subject.workspace);
  const found = opened.ok ? opened.value : null;
  const key = keyOf(subject, found);
  const recorded = recordedOwner(deps, key);
  const folder = recorded === null ? await lockFolder(deps, key, found) : null;
  found?.close();
  const refusal = recorded ?? (folder?.type === 'refused' ? folder.refusal : null);
  const notes = folder?.type === 'record_only' ? folder.notes : [];
  return { refusal, notes };
}
