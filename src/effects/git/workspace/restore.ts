import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, lchown, lstat, mkdir, readFile, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import { type BytePath, join, parentOf, under } from './byte-path.ts';
import type { ManifestEntry } from './manifest.ts';
import type { RestorePlan } from './restore-plan.ts';

export type Failure = { readonly path: BytePath; readonly error: unknown };

/** What a restore did: things written or made, permissions or owners alone set right, things deleted. */
export type Restored = {
  readonly written: number;
  readonly modes: number;
  readonly deleted: number;
  readonly failures: readonly Failure[];
};

/** True where it changed something. */
type Act<T> = (root: BytePath, item: T) => Promise<boolean>;
type Each = <T extends { readonly path: BytePath }>(items: readonly T[], act: Act<T>) => Promise<number>;

/**
 * Carries out a plan and goes on after a failure, so that as much as possible is as it was. `contentOf` names the file
 * that has the content of an object.
 */
export async function restore(
  root: BytePath,
  plan: RestorePlan,
  contentOf: (oid: string) => string,
): Promise<Restored> {
  const failures: Failure[] = [];
  const each: Each = async (items, act) => {
    let done = 0;
    for (const item of items) {
      try {
        if (await withAccess(root, item.path, () => act(root, item))) done += 1;
      } catch (error) {
        failures.push({ path: item.path, error });
      }
    }
    return done;
  };
  const deleted = (await each(plan.deletions, deleteFile)) + (await each(plan.folderDeletions, deleteFolder));
  const made = new Set<BytePath>();
  await each(plan.folders, async (_, entry) => {
    const isNew = await makeFolder(root, entry);
    if (isNew) made.add(entry.path);
    return isNew;
  });
  const setFolderMode: Act<ManifestEntry> = async (_, entry) => (await setMode(root, entry)) && !made.has(entry.path);
  const written = await each(plan.contents, (_, entry) => write(root, entry, contentOf));
  const modes = (await each(plan.modes, setMode)) + (await each(plan.folders.toReversed(), setFolderMode));
  return { written: made.size + written, modes, deleted, failures };
}

/** Where the folder around it resists, it is opened to its owner and tried again; its mode is set at the end. */
async function withAccess<T>(root: BytePath, path: BytePath, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error;
    await chmod(under(root, parentOf(path)), 0o700);
    return act();
  }
}

async function deleteFile(root: BytePath, { path }: { readonly path: BytePath }): Promise<boolean> {
  try {
    await unlink(under(root, path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** A folder stays where something that is left out of snapshots lies in it. */
async function deleteFolder(root: BytePath, { path }: { readonly path: BytePath }): Promise<boolean> {
  try {
    await rmdir(under(root, path));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function makeFolder(root: BytePath, { path }: ManifestEntry): Promise<boolean> {
  const target = under(root, path);
  const present = await lstat(target).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (present?.isDirectory() === true) return false;
  if (present !== null) await unlink(target);
  await mkdir(target, { mode: 0o700 });
  return true;
}

/** Beside it first, then in its place: a reader sees the old file or the new one, never half of it. */
async function write(root: BytePath, entry: ManifestEntry, contentOf: (oid: string) => string): Promise<boolean> {
  if (entry.oid === null) return false;
  const content = contentOf(entry.oid);
  const name = `.sightline-${randomBytes(6).toString('hex')}`;
  const temporary = under(root, join(parentOf(entry.path), name));
  try {
    if (entry.kind === 'link') await symlink(await readFile(content), temporary);
    else await copyFile(content, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await own(temporary, entry);
    if (entry.kind === 'file') await chmod(temporary, entry.mode);
    await rename(temporary, under(root, entry.path));
    return true;
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function setMode(root: BytePath, entry: ManifestEntry): Promise<boolean> {
  const target = under(root, entry.path);
  const { mode, uid, gid } = await lstat(target);
  const owned = uid === entry.uid && gid === entry.gid;
  if (!owned) await own(target, entry);
  // A change of owner takes set-user-id away, so the mode comes last. Links have none.
  const fits = entry.kind === 'link' || (owned && (mode & 0o7777) === entry.mode);
  if (!fits) await chmod(target, entry.mode);
  return !fits || (!owned && mayGiveAway());
}

/** Only root gives files away; for everybody else what they write is theirs. */
async function own(target: Buffer, { uid, gid }: ManifestEntry): Promise<void> {
  if (mayGiveAway()) await lchown(target, uid, gid);
}

function mayGiveAway(): boolean {
  return process.getuid?.() === 0;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
