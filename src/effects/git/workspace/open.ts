import { lstat, realpath, stat } from 'node:fs/promises';
import type { FolderIdentity } from '../../../core/folder.ts';
import { type BytePath, fromText } from './byte-path.ts';
import { compileExcludes, type Excludes } from './exclude.ts';
import { refusal } from './refusal.ts';

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

/** The folder is not there, or none that may be kept and rolled back as a whole. */
export class UnfitWorkspaceError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnfitWorkspaceError';
  }
}

/** Resolves the workspace for a walk. Throws `UnfitWorkspaceError`. */
export async function openWorkspace(
  workspace: Workspace,
): Promise<{ readonly root: BytePath; readonly excludes: Excludes }> {
  const root = await realpath(workspace.path, 'latin1').catch(() => null);
  if (root === null || !(await stat(Buffer.from(root, 'latin1'))).isDirectory())
    throw new UnfitWorkspaceError(`there is no folder ${workspace.path}: make it, or name another workspace`);
  if (!(await isThatOne(root, workspace)))
    throw new UnfitWorkspaceError(`${workspace.path} is another folder now: put the right one back, or pin this one`);
  const refused = await refusal(workspace.path);
  if (refused !== null) throw new UnfitWorkspaceError(refused);
  const store = await realpath(workspace.storeDir, 'latin1').catch(() => fromText(workspace.storeDir));
  const inside = store.startsWith(`${root}/`) ? store.slice(root.length + 1) : null;
  return { root, excludes: compileExcludes(workspace.exclude, inside) };
}

async function isThatOne(root: BytePath, { identity }: Workspace): Promise<boolean> {
  const pinned = identity();
  if (pinned === null) return true;
  const { dev, ino } = await lstat(Buffer.from(root, 'latin1'), { bigint: true });
  return String(dev) === pinned.dev && String(ino) === pinned.ino;
}
