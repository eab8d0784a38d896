import { chmodSync, lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/errno.ts';
import type { Result } from '../../core/result.ts';

/** The folders in which the owner records of a user may lie; replaced in tests. */
export type RuntimeFolders = {
  /** Root's folder, which every user may read. */
  readonly root: string;
  /** The folders of an ordinary user, the best first. */
  readonly ofUser: (uid: number) => readonly string[];
};

/** The folders of this machine. */
export const RUNTIME_FOLDERS: RuntimeFolders = {
  root: '/run/sightline',
  ofUser: (uid) => {
    const given = process.env['XDG_RUNTIME_DIR'];
    return [
      ...(given?.startsWith('/') === true && uid === process.getuid?.() ? [join(given, 'sightline')] : []),
      `/run/user/${uid}/sightline`,
      `/tmp/sightline-${uid}`,
    ];
  },
};

/** Makes and checks the folder of our own records: ours, no link, writable by us alone. */
export function prepareRuntimeFolder(folders: RuntimeFolders, uid: number): Result<string> {
  const tried: string[] = [];
  for (const folder of foldersOf(folders, uid)) {
    const why = prepare(folder, uid, folder === folders.root ? 0o755 : 0o700);
    if (why === null) return { ok: true, value: folder };
    tried.push(`${folder}: ${why}`);
  }
  return { ok: false, reason: tried.join('; ') };
}

/** Returns the folders in which a user's records may be read: those that are that user's own and no link. */
export function readableFolders(candidates: RuntimeFolders, uid: number, root: string): readonly string[] {
  const folders = foldersOf(candidates, uid).map((path) => join(root, path));
  return folders.filter((folder) => {
    try {
      return problemOf(lstatSync(folder), uid) === null;
    } catch {
      return false;
    }
  });
}

// Root without /run (macOS) keeps them where a user does.
function foldersOf({ root, ofUser }: RuntimeFolders, uid: number): readonly string[] {
  return uid === 0 ? [root, ...ofUser(0).slice(-1)] : ofUser(uid);
}

function prepare(folder: string, uid: number, mode: number): string | null {
  try {
    const above = dirname(folder);
    const parent = statSync(above);
    const isSticky = (parent.mode & 0o1000) !== 0;
    if ([parent.uid, lstatSync(above).uid].some((owner) => owner !== 0 && owner !== uid)) return `${above} is not ours`;
    if ((parent.mode & 0o022) !== 0 && !isSticky) return `others may write to ${above}`;
    // Not recursive: a missing /run or /run/user/UID is not ours to make.
    if (makeFolder(folder, mode)) chmodSync(folder, mode);
    return problemOf(lstatSync(folder), uid);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// The umask may take away that other users can read root's records.
function makeFolder(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function problemOf(stats: Stats, uid: number): string | null {
  if (!stats.isDirectory()) return 'it is no folder';
  if (stats.uid !== uid) return `it belongs to uid ${stats.uid}`;
  return (stats.mode & 0o022) === 0 ? null : 'others may write to it';
}
