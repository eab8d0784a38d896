import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** The name of a workspace in ws-ckpt's store, which its link points to. */
const STORE_NAME = /^ws-[0-9a-f]{6}(?:-\d+)?$/u;
/** Links followed before we give up; Linux's own limit. */
const MAX_LINKS = 40;

/**
 * The one path that stands for a workspace: its parent resolved, its last part kept. A workspace that ws-ckpt manages
 * is itself a link into the store and is known by that link's path; a link that a person made is followed to it.
 * A path that does not exist is returned absolute.
 */
export async function canonicalWorkspace(path: string): Promise<string> {
  let current = resolve(path);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    try {
      current = join(await realpath(dirname(current)), basename(current));
      if (!(await lstat(current)).isSymbolicLink()) return current;
      const target = await readlink(current);
      if (STORE_NAME.test(basename(target))) return current;
      current = resolve(dirname(current), target);
    } catch {
      return current;
    }
  }
  return current;
}

/** Returns true if a path is a link as ws-ckpt makes one of a workspace that it manages. */
export async function isStoreLink(path: string): Promise<boolean> {
  return readlink(path).then(
    (target) => STORE_NAME.test(basename(target)),
    () => false,
  );
}

/**
 * Reads a path as a shell has it: from the working directory where that lies in a folder, else from the folder, whose names
 * are `names`. Returns it relative to the folder; null for one that is not inside it. Follows no link.
 */
export function pathInside(names: readonly [string, ...string[]], given: string): string | null {
  const isIn = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
  const here = process.cwd();
  const base = names.some((folder) => isIn(`${here}/`, folder)) ? here : names[0];
  const path = resolve(base, given);
  const folder = names.find((one) => isIn(path, one));
  return folder === undefined ? null : path.slice(folder.length + 1);
}
