/**
 * The folder below which an agent's records lie, and the one way to open what is in it: no link is followed out of it, only
 * regular files are read, and each must belong to the owner of the folder.
 */
import { constants, readlinkSync, type BigIntStats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type Root = {
  /** Its path without links. */
  readonly path: string;
  readonly uid: number;
};

/** An opened file with what it was when it was opened. */
export type OpenedFile = { readonly handle: FileHandle; readonly stats: BigIntStats };

/** Why a file of a root is not read. */
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
  const stats = await stat(real);
  if (!stats.isDirectory()) throw Object.assign(new Error(`${real} is no folder`), { code: 'ENOTDIR' });
  return { path: real, uid: stats.uid };
}

/** Opens a file below a root for reading. Rejects with `RefusedFileError` or the system's error. */
export async function openBelow(root: Root, path: readonly string[]): Promise<OpenedFile> {
  const full = join(root.path, ...path);
  const handle = await openNoLink(full);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new RefusedFileError('not_regular');
    if (Number(stats.uid) !== root.uid) throw new RefusedFileError('foreign');
    if ((await whereIs(handle, full)) !== full) throw new RefusedFileError('link');
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openNoLink(full: string): Promise<FileHandle> {
  try {
    return await open(full, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') throw new RefusedFileError('link');
    throw error;
  }
}

// The last step was no link; one on the way shows where the open file really is.
async function whereIs(handle: FileHandle, full: string): Promise<string> {
  if (process.platform !== 'linux') return realpath(full);
  // Of this process's own table: it never waits for a disk.
  const target = readlinkSync(`/proc/self/fd/${handle.fd}`);
  // Deleted while it was opened: its last bytes can still be read.
  return target.endsWith(' (deleted)') ? full : target;
}
