import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Availability } from '../../core/snapshots.ts';
import { DistrustError } from '../own-files.ts';
import { MIN_GIT } from './limits.ts';
import { reasonOf, ReasonError } from './reason.ts';
import { freeSpaceLine } from './store/free-space.ts';
import { git, output, problem } from './store/git.ts';
import { checkStore, type Store } from './store/layout.ts';
import { rightsFor, situation } from './helper/rights.ts';
import { findFolder, type Workspace } from './workspace/open.ts';

/** Probes git, the workspace and the store: whether git is there, the workspace may be kept, and how full the store's file system is. */
export async function probe(store: Store, workspace: Workspace): Promise<Availability> {
  const result = await git('/', ['--version']);
  const version = /(\d+)\.(\d+)[.\w-]*/u.exec(output(result) ?? '');
  const base = { name: 'git', version: version?.[0] ?? null } as const;
  const reason = (version === null ? problem(result) : tooOld(version)) ?? (await unfit(store, workspace));
  if (reason !== null) return { ...base, state: 'unavailable', reason, usedRatio: null, freeSpaceHint: null };
  return {
    ...base,
    state: 'available',
    reason: null,
    usedRatio: await usedRatio(store.dir),
    freeSpaceHint: await freeSpaceLine(store),
  };
}

function tooOld(version: RegExpExecArray): CheckpointerReason | null {
  const [wantedMajor, wantedMinor] = MIN_GIT;
  const [, major, minor] = version.map(Number);
  const old = Number(major) < wantedMajor || (Number(major) === wantedMajor && Number(minor) < wantedMinor);
  return old ? { code: 'git_too_old', version: version[0], needed: MIN_GIT.join('.') } : null;
}

async function unfit(store: Store, workspace: Workspace): Promise<CheckpointerReason | null> {
  try {
    checkStore(store);
    const found = await findFolder(workspace);
    rightsFor(found.uid, situation());
    await access(workspace.path, constants.R_OK | constants.X_OK);
    await access(await nearest(workspace.storeDir), constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    if (error instanceof DistrustError) return { code: 'state_folder_distrusted', why: error.distrust };
    return reasonOf(error);
  }
}

/** The folder itself, or its nearest ancestor that exists: a question makes nothing. */
async function nearest(path: string): Promise<string> {
  const there = await stat(path).catch(() => null);
  if (there !== null && !there.isDirectory()) {
    throw new ReasonError({ code: 'state_folder_no_folder', path });
  }
  return there !== null || path === dirname(path) ? path : nearest(dirname(path));
}

/** Of the file system that holds `path`, or its nearest ancestor that exists. */
async function usedRatio(path: string): Promise<number | null> {
  try {
    const { blocks, bavail, bfree } = await statfs(path);
    // As `df` counts: what is reserved for root is neither used nor free.
    const used = blocks - bfree;
    return used + bavail > 0 ? used / (used + bavail) : null;
  } catch {
    return path === dirname(path) ? null : usedRatio(dirname(path));
  }
}
