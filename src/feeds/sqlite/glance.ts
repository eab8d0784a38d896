import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file seen from outside. It is never opened by us: closing it would drop SQLite's locks of this process. */
export type Glance = {
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

/** Looks at a database file. Null when there is none; throws EACCES and the like. */
export function glanceAt(file: string): Glance | null {
  const main = statSync(file, { throwIfNoEntry: false, bigint: true });
  if (main === undefined) return null;
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false, bigint: true });
  const shm = statSync(`${file}-shm`, { throwIfNoEntry: false });
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

/** Is there a folder of this name, as far as we may know? */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

// root may write anywhere, but a folder without any write bit says that nobody should.
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return (statSync(folder).mode & ANY_WRITE_BIT) !== 0;
  } catch {
    return false;
  }
}

const ANY_WRITE_BIT = 0o222;
