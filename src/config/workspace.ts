import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileProblem, quote } from './error.ts';

/** A canonical workspace, and what is wrong with it (null: nothing). */
export type Checked = { readonly path: string; readonly problem: string | null };

/**
 * The path under which ws-ckpt, the lock and we all know a workspace: the parent resolved, the last part kept, because
 * a managed workspace is itself a symlink, and its target would be another name. `name` says who asked for it.
 */
export function checkWorkspace(path: string, cwd: string, name: string): Checked {
  const absolute = resolve(cwd, path);
  try {
    const canonical = join(realpathSync(dirname(absolute)), basename(absolute));
    return { path: canonical, problem: folderProblem(canonical, name) };
  } catch (error) {
    return {
      path: absolute,
      problem: `${name}: the workspace ${quote(absolute)} cannot be used: ${fileProblem(error)}`,
    };
  }
}

/** The working directory as the user's shell names it, so that `.` inside a managed workspace is its registered path. */
export function logicalDirectory(cwd: string, pwd: string | undefined): string {
  if (pwd === undefined || !pwd.startsWith('/')) return cwd;
  try {
    const [named, actual] = [statSync(pwd), statSync(cwd)];
    return named.ino === actual.ino && named.dev === actual.dev ? resolve(pwd) : cwd;
  } catch {
    return cwd;
  }
}

function folderProblem(path: string, name: string): string | null {
  const target = statSync(path, { throwIfNoEntry: false });
  // The link of a managed workspace dangles while ws-ckpt's store is not mounted: no mistake of the configuration.
  if (target === undefined && lstatSync(path).isSymbolicLink()) return null;
  if (target?.isDirectory() === true) return null;
  return `${name}: the workspace ${quote(path)} is no folder; name the folder itself`;
}
