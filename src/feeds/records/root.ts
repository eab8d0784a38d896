/**
 * The folder below which an agent's records lie, and the one way to open what is in it: no link is followed out of it, only
 * regular files are read, and each must belong to the owner of the folder.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync } from 'node:fs';
import { access, type FileHandle, open, realpath, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

export type Root = {
  /** Its path without links. */
  readonly path: string;
  readonly uid: number;
  /** Device and inode: another folder may take its name. */
  readonly id: string;
  /** It lies in a file system of this machine, which answers at once: the state of a file may be asked for synchronously. */
  readonly isLocal: boolean;
};

/** Types of file systems that no other machine and no other program can hold up: ext, btrfs, XFS, tmpfs, overlay, ZFS, F2FS. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef_53, 0x91_23_68_3e, 0x58_46_53_42, 0x01_02_19_94, 0x79_4c_76_30, 0x2f_c1_2f_c1, 0xf2_f5_20_10,
]);

/** An opened file with what it was when it was opened. */
export type OpenedFile = { readonly handle: FileHandle; readonly stats: BigIntStats };

/** The reason why a file of a root is not read. */
export type RefusedFile = 'link' | 'foreign' | 'not_regular';

/** The file is not what may be read below this root. */
export class RefusedFileError extends Error {
  override readonly name = 'RefusedFileError';
  readonly why: RefusedFile;
  constructor(why: RefusedFile) {
    super(why);
    this.why = why;
  }
}

/** Finds the folder of a root. Rejects with the system's error, or `ENOTDIR` for anything but a folder. */
export async function openRoot(path: string): Promise<Root> {
  const real = await realpath(path);
  const stats = await stat(real, { bigint: true });
  // It may be there and closed to us: nothing in it would ever be missed.
  await access(real, constants.R_OK | constants.X_OK);
  if (!stats.isDirectory()) throw Object.assign(new Error(`${real} is no folder`), { code: 'ENOTDIR' });
  const isLocal = process.platform === 'linux' && LOCAL.has((await statfs(real)).type);
  return { path: real, uid: Number(stats.uid), id: `${stats.dev}:${stats.ino}`, isLocal };
}

/** Returns true while a path leads to the folder that was opened. */
export async function isStillRoot(path: string, root: Root): Promise<boolean> {
  const now = await openRoot(path).catch(() => null);
  return now !== null && now.path === root.path && now.id === root.id;
}

/** Opens a file below a root for reading. Rejects with `RefusedFileError` or the system's error. */
export async function openBelow(root: Root, path: readonly string[]): Promise<OpenedFile> {
  const full = join(root.path, ...path);
  const handle = await openNoLink(full);
  try {
    const stats = await handle.stat({ bigint: true });
    check(root, stats, full, placeOf(handle.fd) ?? (await realpath(full)));
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openNoLink(full: string): Promise<FileHandle> {
  try {
    return await open(full, FLAGS);
  } catch (error) {
    throw isLoop(error) ? new RefusedFileError('link') : error;
  }
}

/** Opens a file as `openBelow` does, at once: for threads that do nothing else. Throws what that rejects with. */
export function openBelowSync(
  root: Root,
  path: readonly string[],
): { readonly fd: number; readonly stats: BigIntStats } {
  const full = join(root.path, ...path);
  const fd = openNoLinkSync(full);
  try {
    const stats = fstatSync(fd, { bigint: true });
    check(root, stats, full, placeOf(fd) ?? realpathSync(full));
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openNoLinkSync(full: string): number {
  try {
    return openSync(full, FLAGS);
  } catch (error) {
    throw isLoop(error) ? new RefusedFileError('link') : error;
  }
}

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

function isLoop(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOOP';
}

function check(root: Root, stats: BigIntStats, full: string, place: string): void {
  if (!stats.isFile()) throw new RefusedFileError('not_regular');
  if (Number(stats.uid) !== root.uid) throw new RefusedFileError('foreign');
  // Deleted while it was opened: its last bytes can still be read.
  if (place !== full && !place.endsWith(' (deleted)')) throw new RefusedFileError('link');
}

// The last step was no link; one on the way shows where the open file really is. Of this process's own table: it never
// waits for a disk. Null where the system has no such table.
function placeOf(fd: number): string | null {
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${fd}`) : null;
}
