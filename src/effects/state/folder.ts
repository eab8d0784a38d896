import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  accessSync,
  constants,
  statfsSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, type FileReason, fileReasonOf } from '../../core/errno.ts';
import { canonicalOwnPath, DistrustError, openOwnFolder, othersMayWrite } from '../own-files.ts';

/** Any of these names in a folder shows that it is a state folder, which we may close to other users. */
const OUR_NAMES = ['journal.jsonl', 'lock.db'];

/** The state folder, held open: what replaces it under its name is not taken for it. */
export type StateFolder = {
  /** Without links. */
  readonly path: string;
  /** The path of a file in it, which leads to this very folder where the system has such paths (Linux). */
  readonly at: (name: string) => string;
  /** True while its path leads to it. */
  readonly isThere: () => boolean;
  readonly close: () => void;
};

/**
 * Makes the state folder for us alone, or opens the one that is there. Throws DistrustError where it, or a link on the
 * way to it, is another user's, and else the error of the file system.
 */
export function openStateFolder(dir: string, notice: (text: string) => void): StateFolder {
  const path = canonicalOwnPath(dir);
  makeFolder(path);
  const folder = hold(path);
  try {
    closeToOthers(path, folder.descriptor, notice);
    return folder;
  } catch (error) {
    folder.close();
    throw error;
  }
}

/** Opens the state folder to read in it; null where there is nothing. Changes nothing. Throws as `openStateFolder`. */
export function peekStateFolder(dir: string): StateFolder | null {
  const path = canonicalOwnPath(dir);
  return statSync(path, { throwIfNoEntry: false }) === undefined ? null : hold(path);
}

/** Makes a folder in the state folder for us alone, or opens it. Throws as `openStateFolder`; a link is an error. */
export function openSubfolder(parent: StateFolder, name: string): StateFolder {
  const path = parent.at(name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 });
  const folder = hold(path);
  const { mode, uid } = fstatSync(folder.descriptor);
  if ((mode & 0o077) !== 0 && uid === process.geteuid?.()) fchmodSync(folder.descriptor, 0o700);
  return { ...folder, path: join(parent.path, name) };
}

/** Opens a folder in the state folder to read in it; null where there is none. Throws as `openSubfolder`. */
export function peekSubfolder(parent: StateFolder, name: string): StateFolder | null {
  const path = parent.at(name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  return { ...hold(path), path: join(parent.path, name) };
}

function hold(path: string): StateFolder & { readonly descriptor: number } {
  const descriptor = openOwnFolder(path);
  const { dev, ino } = fstatSync(descriptor);
  const held = `/proc/self/fd/${descriptor}`;
  const base = process.platform === 'linux' && existsSync(held) ? held : path;
  return {
    path,
    descriptor,
    at: (name) => join(base, name),
    isThere: () => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.dev === dev && stats.ino === ino;
    },
    close: () => closeSync(descriptor),
  };
}

// Only a folder that is ours alone is closed to others: never /tmp or a home given by mistake.
function closeToOthers(path: string, descriptor: number, notice: (text: string) => void): void {
  const stats = fstatSync(descriptor);
  if ((stats.mode & 0o077) === 0 || stats.uid !== (process.geteuid?.() ?? stats.uid)) return;
  const names = readdirSync(path);
  if (names.length === 0 || OUR_NAMES.some((name) => names.includes(name))) return fchmodSync(descriptor, 0o700);
  if (othersMayWrite(stats)) throw new DistrustError({ code: 'writable_by_others', path });
  notice(`${path} can be entered by other users; chmod 700 it, or give a --state-dir of its own`);
}

// Not `recursive`: where a file system refuses new names as not found (/proc), Node would try for ever.
function makeFolder(dir: string): void {
  if (isFolder(dir)) return;
  makeFolder(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another of us may have made it a moment ago.
    if (isFolder(dir)) return;
    // The folder above is there: this file system (/proc) refuses new names as not found.
    throw errnoOf(error) === 'ENOENT' ? Object.assign(new Error(`${dir} cannot be made`), { code: 'ENOTSUP' }) : error;
  }
}

function isFolder(dir: string): boolean {
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The reason why a folder cannot be used, and the folder on the way that it concerns. */
export type NotWritable = { readonly folder: string; readonly reason: FileReason };

/** File systems of the kernel (proc, sysfs, cgroup), which refuse new folders to every user; from linux/magic.h. */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x9fa0, 0x62_65_65_72, 0x63_67_72_70, 0x27_e0_eb]);

/** Returns why nothing could be written in a folder that may not exist yet; null where it could. Creates nothing. */
export function whyNotWritable(folder: string): NotWritable | null {
  const no = (reason: FileReason): NotWritable => ({ folder, reason });
  try {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats === undefined && dirname(folder) !== folder) return whyNotWritable(dirname(folder));
    if (stats?.isDirectory() !== true) return no({ code: 'errno', errno: 'ENOTDIR' });
    if (KERNEL_FILE_SYSTEMS.has(statfsSync(folder).type)) return no({ code: 'errno', errno: 'ENOTSUP' });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return no(fileReasonOf(error));
  }
}
