import { accessSync, type BigIntStats, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The metadata of a database file. It is never opened by us: closing it would drop SQLite's locks of this process. */
export type FileStat = {
  /** Device and inode: another one is another database. */
  readonly identity: string;
  /** Bytes, without the -wal. */
  readonly size: number;
  /** Changes with every write to the file or its -wal. */
  readonly stamp: string;
  readonly wal: { readonly identity: string; readonly size: number } | null;
  readonly hasShm: boolean;
  /** May SQLite create its -shm and -wal in the folder? */
  readonly writable: boolean;
};

/** Thrown for a FIFO, a device or a folder that has the name of a database or of a file beside it. */
export class NotAFile extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not a regular file`);
    this.path = path;
  }
}

/**
 * Reads the metadata of a database file. Returns null if there is none; throws EACCES and the like, and `NotAFile`: SQLite opens whatever
 * has the name, and to open a FIFO blocks for good. (Between this and that another user who may write to the
 * folder could still exchange it; SQLite takes no descriptor of ours.)
 */
export function statDatabase(file: string): FileStat | null {
  const main = statFile(file);
  if (main === undefined) return null;
  const wal = statFile(`${file}-wal`);
  const shm = statFile(`${file}-shm`);
  statFile(`${file}-journal`);
  accessSync(file, constants.R_OK);
  return {
    identity: `${main.dev}:${main.ino}`,
    size: Number(main.size),
    stamp: `${main.size}:${main.mtimeNs}:${wal?.ino ?? '-'}:${wal?.size ?? '-'}:${wal?.mtimeNs ?? '-'}`,
    wal: wal === undefined ? null : { identity: `${wal.dev}:${wal.ino}`, size: Number(wal.size) },
    hasShm: shm !== undefined,
    writable: isWritable(dirname(file)),
  };
}

/** Returns true if the path is a folder that we may see. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

// root may write anywhere, but a folder without any write bit is meant to stay as it is, and in a folder of another user root
// makes and opens nothing for writing.
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { mode, uid } = statSync(folder);
    if (process.getuid?.() === 0 && (uid !== 0 || (mode & OTHERS_WRITE_BITS) !== 0)) return false;
    return (mode & ANY_WRITE_BIT) !== 0;
  } catch {
    return false;
  }
}

const ANY_WRITE_BIT = 0o222;
const OTHERS_WRITE_BITS = 0o022;

function statFile(path: string): BigIntStats | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stats !== undefined && !stats.isFile()) throw new NotAFile(path);
  return stats;
}
