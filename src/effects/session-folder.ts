import type { SessionFolder } from '../core/folder.ts';
import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** Folders above a working folder that are searched for the top of its git repository. */
const MAX_LEVELS = 64;

/** The rules by which a folder that records name becomes a workspace. */
export type FolderRules = {
  /** Below these a folder is taken without asking. */
  readonly roots: readonly string[];
  /** `/`, or the home of a person. */
  readonly isForbidden: (path: string) => boolean;
  /** A person, or an earlier run, has pinned the folder. */
  readonly isConfirmed: (path: string) => boolean;
};

/**
 * Returns the workspace of a session that works in `cwd`: the top of its git repository, else the folder itself. The path is
 * a claim of records that belong to `ownerUid`: the folder must be theirs, no home, and below a root or confirmed.
 */
export async function sessionWorkspace(
  cwd: string,
  ownerUid: number | null,
  rules: FolderRules,
): Promise<SessionFolder> {
  const refused = (code: 'absent' | 'foreign' | 'forbidden' | 'unconfirmed', path: string): SessionFolder => ({
    type: 'refused',
    code,
    path,
  });
  const folder = await realpath(cwd).catch(() => null);
  if (folder === null || !(await isFolder(folder))) return refused('absent', cwd);
  const top = await topLevel(folder, rules.isForbidden);
  const path = top !== null && (await isOwnedBy(top, ownerUid)) ? top : folder;
  if (rules.isForbidden(path)) return refused('forbidden', path);
  if (!(await isOwnedBy(path, ownerUid))) return refused('foreign', path);
  const isBelow = (await Promise.all(rules.roots.map((root) => realpath(root).catch(() => root)))).some((root) =>
    path.startsWith(root.endsWith(sep) ? root : root + sep),
  );
  return isBelow || rules.isConfirmed(path) ? { type: 'workspace', path } : refused('unconfirmed', path);
}

// Where `.git` is, as git itself finds it: a folder, or the file of a worktree. No home is the top of a repository here.
async function topLevel(folder: string, isForbidden: (path: string) => boolean): Promise<string | null> {
  let at = folder;
  for (let level = 0; level < MAX_LEVELS && !isForbidden(at); level += 1) {
    const git = await lstat(join(at, '.git')).catch(() => null);
    if (git?.isDirectory() === true || git?.isFile() === true) return at;
    at = dirname(at);
  }
  return null;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

async function isOwnedBy(path: string, uid: number | null): Promise<boolean> {
  return uid !== null && (await stat(path).catch(() => null))?.uid === uid;
}
