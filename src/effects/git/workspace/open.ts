import { lstat, readFile, realpath } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { homedir } from 'node:os';
import { ReasonError } from '../reason.ts';
import type { FolderIdentity } from '../../../core/folder.ts';
import { isStoreLink } from '../../canonical.ts';
import { HelperError } from '../helper/reason.ts';
import { type BytePath, fromText } from './byte-path.ts';
import type { GitReason } from '../../../core/checkpointer-reasons.ts';
import { homesOfPeople } from '../../../core/homes.ts';

export type Workspace = {
  /** Canonical. */
  readonly path: string;
  /** Our own store, left out where it lies inside. */
  readonly storeDir: string;
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
  /** The folder that `path` must lead to; null where any will do. */
  readonly identity: () => FolderIdentity | null;
};

/** The folder that a workspace's path leads to, looked at from outside: nothing of it was opened. */
export type Found = FolderIdentity & {
  /** `path` as bytes. */
  readonly root: BytePath;
  /** Our own store where it lies inside, relative. */
  readonly store: BytePath | null;
};

/** The folder is none that may be kept and rolled back as a whole. */
export class UnfitWorkspaceError extends ReasonError {
  override readonly name = 'UnfitWorkspaceError';
}

/** Finds the folder of a workspace. Throws `UnfitWorkspaceError` and `HelperError`. */
export async function findFolder(workspace: Workspace): Promise<Found> {
  const { path, storeDir, identity } = workspace;
  const root = await realpath(path, 'latin1').catch(() => null);
  const folder = root === null ? null : await lstat(Buffer.from(root, 'latin1'), { bigint: true }).catch(() => null);
  if (root === null || folder === null || !folder.isDirectory()) throw new HelperError({ code: 'folder_gone', path });
  const found = {
    path,
    root,
    dev: `${folder.dev}`,
    ino: `${folder.ino}`,
    uid: Number(folder.uid),
    gid: Number(folder.gid),
  };
  const pinned = identity();
  const isRight =
    pinned === null
      ? root === fromText(path) || (await isOwnLink(path, folder))
      : pinned.dev === found.dev && pinned.ino === found.ino;
  if (!isRight) throw new HelperError({ code: 'folder_replaced', path });
  const refused = await refusal(path);
  if (refused !== null) throw new UnfitWorkspaceError(refused);
  const store = await realpath(storeDir, 'latin1').catch(() => fromText(storeDir));
  return { ...found, store: store.startsWith(`${root}/`) ? store.slice(root.length + 1) : null };
}

/**
 * A path that was canonical leads through a link now. Only the link that ws-ckpt makes is one that we expect; who has
 * made it must not lead us into a folder of another user.
 */
async function isOwnLink(path: string, folder: BigIntStats): Promise<boolean> {
  const link = await lstat(path, { bigint: true }).catch(() => null);
  if (link?.isSymbolicLink() !== true || !(await isStoreLink(path))) return false;
  return link.uid === folder.uid || link.uid === 0n || Number(link.uid) === process.geteuid?.();
}

/** Returns why this folder must not be snapshotted (and rolled back!) as a whole, with the way out; null where it may. */
export async function refusal(workspace: string): Promise<GitReason | null> {
  const path = await resolved(workspace);
  if (path === '/') return { code: 'root_folder' };
  for (const home of await homes()) if (path === (await resolved(home))) return { code: 'home_folder', workspace };
  return null;
}

async function homes(): Promise<readonly string[]> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const people = homesOfPeople(passwd);
  return [homedir(), process.env['HOME'] ?? '', ...people].filter((home) => home.startsWith('/') && home !== '/');
}

async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
