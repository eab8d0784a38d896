import { randomBytes } from 'node:crypto';
import {
  type BigIntStats,
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  linkSync,
  chownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { type BytePath, nameOf, parentOf } from '../../workspace/byte-path.ts';
import type { Rights, Step } from '../protocol.ts';
import { errnoOf } from '../../../../core/errno.ts';
import { type Folders, isGone, openFolder, type Folder, withAccess } from './folder.ts';

/** The mode bits that a file may be given: no set-user-id and no set-group-id, which would lend its owner's rights to others. */
const FILE_MODE = 0o1777;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** The bytes of a `write` step, chunk by chunk. */
export type NextChunk = () => Buffer;

/**
 * Does one step of a restore; true where it changed something. Throws the error of `node:fs`. The content is read to its
 * end whatever happens.
 */
export function restoreStep(folders: Folders, step: Step, nextChunk: NextChunk): boolean {
  if (step.do === 'write') return write(folders, step, nextChunk);
  if (step.do === 'hard-link') return makeHardLink(folders, step);
  const folder = folders.enter(parentOf(step.path));
  const name = folder.at(nameOf(step.path));
  folders.atMoment('found', step.path);
  return withAccess(folder, true, () => {
    switch (step.do) {
      case 'delete':
        return succeeds(() => unlinkSync(name), ['ENOENT']);
      case 'delete-folder':
        // A folder stays where something that is left out of snapshots lies in it.
        return succeeds(() => rmdirSync(name), ['ENOENT', 'ENOTEMPTY', 'EEXIST']);
      case 'make-folder':
        return makeFolder(name);
      case 'link':
        return makeLink(folders, folder, step);
      case 'set':
        return step.kind === 'folder' ? setFolder(folders, step) : setFile(name, step);
    }
  });
}

/** Could the helper change what lies in this folder, forcing it open where it is its owner? */
export function isClosed(folders: Folders, path: BytePath): boolean {
  let folder = folders.root;
  const isOurs = (): boolean => fstatSync(folder.fd).uid === process.geteuid?.();
  try {
    for (let end = 0; end < path.length;) {
      const next = path.indexOf('/', end + 1);
      end = next === -1 ? path.length : next;
      folder = folders.enter(path.slice(0, end));
    }
    if (!isOurs()) accessSync(folder.self, constants.W_OK | constants.X_OK);
    return false;
  } catch (error) {
    // A folder that is not there yet is made; one that its owner closed is opened by a restore.
    return !isGone(error) && !isOurs();
  }
}

function succeeds(act: () => void, harmless: readonly string[]): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (harmless.includes(errnoOf(error))) return false;
    throw error;
  }
}

function makeFolder(name: Buffer): boolean {
  const present = lstatSync(name, { throwIfNoEntry: false });
  if (present?.isDirectory() === true) return false;
  if (present !== undefined) unlinkSync(name);
  mkdirSync(name, { mode: 0o700 });
  return true;
}

/** Written beside it first, then renamed over it: a reader sees the old file or the new one, never half of it. */
function write(folders: Folders, step: Extract<Step, { do: 'write' }>, nextChunk: NextChunk): boolean {
  let left = step.size;
  const next = (): Buffer => {
    const chunk = nextChunk();
    left -= chunk.length;
    return chunk;
  };
  try {
    const folder = folders.enter(parentOf(step.path));
    const temporary = folder.at(temporaryName());
    const fd = withAccess(folder, true, () => openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    try {
      while (left > 0) writeWhole(fd, next());
      folders.atMoment('written', step.path);
      own(step, (uid, gid) => fchownSync(fd, uid, gid), fstatSync(fd));
      fchmodSync(fd, step.mode & FILE_MODE);
      setTime(step, fstatSync(fd), (atime, mtime) => futimesSync(fd, atime, mtime));
      move(folders, folder, { temporary, path: step.path, fd });
      return true;
    } finally {
      closeSync(fd);
    }
  } finally {
    while (left > 0) next();
  }
}

function makeLink(folders: Folders, folder: Folder, step: Extract<Step, { do: 'link' }>): boolean {
  const temporary = folder.at(temporaryName());
  symlinkSync(Buffer.from(step.target, 'latin1'), temporary);
  folders.atMoment('written', step.path);
  own(step, (uid, gid) => lchownSync(temporary, uid, gid), lstatSync(temporary));
  setTime(step, lstatSync(temporary), (atime, mtime) => lutimesSync(temporary, atime, mtime));
  move(folders, folder, { temporary, path: step.path, fd: null });
  return true;
}

/** Gives a file another name. */
function makeHardLink(folders: Folders, { path, to }: Extract<Step, { do: 'hard-link' }>): boolean {
  // Held apart: the folders of the other name are opened next.
  const from = openFolder(folders.enter(parentOf(to)).at('.'));
  try {
    const folder = folders.enter(parentOf(path));
    const [file, name, temporary] = [from.at(nameOf(to)), folder.at(nameOf(path)), folder.at(temporaryName())];
    folders.atMoment('found', path);
    const source = lstatSync(file, { bigint: true });
    if (!source.isFile()) throw staleError('no longer a file');
    const isSame = (stats?: BigIntStats): boolean => stats?.ino === source.ino && stats.dev === source.dev;
    if (isSame(lstatSync(name, { bigint: true, throwIfNoEntry: false }))) return false;
    withAccess(folder, true, () => linkSync(file, temporary));
    const fits = isSame(lstatSync(temporary, { bigint: true }));
    if (fits) move(folders, folder, { temporary, path, fd: null });
    else unlinkSync(temporary);
    if (!fits) throw staleError('replaced by another process meanwhile');
    return true;
  } finally {
    closeSync(from.fd);
  }
}

/** An error of a file that is not the one that was meant. */
export function staleError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ESTALE' });
}

type Moved = { readonly temporary: Buffer; readonly path: BytePath; readonly fd: number | null };

/** Renames what was made to its final name; what was swapped for it meanwhile is reported, not taken for it. */
function move(folders: Folders, folder: Folder, { temporary, path, fd }: Moved): void {
  const target = folder.at(nameOf(path));
  try {
    renameSync(temporary, target);
  } catch (error) {
    succeeds(() => unlinkSync(temporary), ['ENOENT', 'EISDIR', 'EPERM']);
    throw error;
  }
  folders.atMoment('placed', path);
  if (fd === null) return;
  const made = fstatSync(fd, { bigint: true });
  const found = lstatSync(target, { bigint: true, throwIfNoEntry: false });
  if (found?.ino !== made.ino || found.dev !== made.dev) throw staleError('replaced by another process meanwhile');
}

/** By descriptor, so that the mode and the owner go to the file that was looked at. */
function setFile(name: Buffer, step: Extract<Step, { do: 'set' }>): boolean {
  if (step.kind === 'link') {
    const stats = lstatSync(name);
    if (!stats.isSymbolicLink()) return false;
    const owned = own(step, (uid, gid) => lchownSync(name, uid, gid), stats);
    return setTime(step, stats, (atime, mtime) => lutimesSync(name, atime, mtime)) || owned;
  }
  const pinned = openPinned(name);
  try {
    const stats = fstatSync(pinned.fd);
    if (!stats.isFile()) throw staleError('no longer a file');
    const owned = own(step, (uid, gid) => chownSync(pinned.self, uid, gid), stats);
    // A change of owner takes set-user-id away, so the mode comes last.
    const mode = step.mode & FILE_MODE;
    const isOther = (stats.mode & 0o7777) !== mode;
    if (isOther) chmodSync(pinned.self, mode);
    return setTime(step, stats, (atime, mtime) => utimesSync(pinned.self, atime, mtime)) || isOther || owned;
  } finally {
    closeSync(pinned.fd);
  }
}

function setFolder(folders: Folders, step: Extract<Step, { do: 'set' }>): boolean {
  const folder = folders.enter(step.path);
  const stats = fstatSync(folder.fd);
  const owned = own(step, (uid, gid) => chownSync(folder.self, uid, gid), stats);
  const isOther = (stats.mode & 0o7777) !== step.mode;
  if (isOther) chmodSync(folder.self, step.mode);
  // The restore itself has changed it: no change to be counted.
  setTime(step, stats, (atime, mtime) => utimesSync(folder.self, atime, mtime));
  return isOther || owned;
}

/**
 * Sets the time of modification where the step names one and we may: only a file's owner can. Half a microsecond more,
 * because Node takes seconds as a fraction and rounds down.
 */
function setTime(
  { mtimeUs }: Rights,
  stats: { readonly uid: number; readonly atimeMs: number; readonly mtimeMs: number },
  change: (atime: number, mtime: number) => void,
): boolean {
  const us = process.geteuid?.() ?? 0;
  if (mtimeUs === null || (us !== 0 && stats.uid !== us)) return false;
  const isOther = Math.abs(stats.mtimeMs * 1_000 - mtimeUs) >= 1;
  change(stats.atimeMs / 1_000, (mtimeUs + 0.5) / 1e6);
  return isOther;
}

/** Needs no permission on the file itself, follows no link; its `self` names the very file. */
function openPinned(name: Buffer): Folder {
  const O_PATH = 0o10000000;
  return openFolder(
    name,
    (process.platform === 'linux' ? O_PATH : constants.O_RDONLY | constants.O_NONBLOCK) | O_NOFOLLOW,
  );
}

/** Sets the owner where the step names another than there is. */
function own(
  { uid, gid }: Rights,
  change: (uid: number, gid: number) => void,
  now: { readonly uid: number; readonly gid: number },
): boolean {
  const [newUid, newGid] = [uid ?? now.uid, gid ?? now.gid];
  if (newUid === now.uid && newGid === now.gid) return false;
  change(newUid, newGid);
  return true;
}

function writeWhole(fd: number, data: Buffer): void {
  for (let done = 0; done < data.length;) done += writeSync(fd, data, done);
}

function temporaryName(): string {
  return `.sightline-${randomBytes(6).toString('hex')}`;
}
