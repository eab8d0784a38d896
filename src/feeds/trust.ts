import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf } from '../core/errno.ts';
import type { TrustProblem } from '../core/source-reasons.ts';

/** Links on the way to a path beyond which it is taken for a circle, as the kernel does. */
const MAX_LINKS = 40;
const OTHERS_MAY_WRITE = 0o002;
const NOT_ONLY_OWNER_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Returns why `path` must not be followed unless an operator names it, null where it may be. A user who can make or
 * replace it, or a folder or link on the way to it, decides what we read: all of that must belong to root or to us.
 * From the first folder on that any user may write to (/tmp), nothing may be a link, nor writable by others, nor be
 * absent: another user could put it there. What is absent elsewhere is no reason.
 */
export async function whyNotTrusted(path: string): Promise<TrustProblem | null> {
  const us = process.getuid?.() ?? 0;
  let left = partsOf(resolve(path));
  let at = '/';
  let isPublic = false;
  for (let links = 0; left.length > 0;) {
    const [name = '', ...rest] = left;
    const next = join(at, name);
    const stats = await lstatOrNull(next);
    if (stats === null) return isPublic ? { code: 'could_be_made', path: next } : null;
    if (stats.uid !== 0 && stats.uid !== us) return { code: 'of_another_user', path: next, uid: stats.uid };
    if (stats.isSymbolicLink()) {
      if (isPublic) return { code: 'link_in_public_folder', path: next };
      links += 1;
      if (links > MAX_LINKS) return { code: 'too_many_links', path: next };
      const target = resolve(at, await readlink(next));
      [at, left] = ['/', [...partsOf(target), ...rest]];
      continue;
    }
    if (isPublic && (stats.mode & NOT_ONLY_OWNER_MAY_WRITE) !== 0) return { code: 'writable_by_others', path: next };
    if (stats.isDirectory() && (stats.mode & OTHERS_MAY_WRITE) !== 0) {
      if ((stats.mode & STICKY) === 0) return { code: 'replaceable', folder: next };
      isPublic = true;
    }
    [at, left] = [next, rest];
  }
  return null;
}

/**
 * Opens a regular file for reading. Rejects with the system's error, or an `ENOTREG` one for anything else: a FIFO of
 * that name would block a thread for good, and a device may never end.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw Object.assign(new Error(`${path} is not a regular file`), { code: 'ENOTREG' });
}

/** Reads the first `bytes` of a regular file as text. Rejects as `openRegular` does. */
export async function readHead(path: string, bytes: number): Promise<string> {
  const handle = await openRegular(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = errnoOf(error);
    // What we may not see we cannot follow either: opening it reports that.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
}
