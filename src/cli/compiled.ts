import { lstatSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of compiled code, in that of the built program. */
const COMPILED = '.compiled';
/** Mode bits: group and others. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Lets Node keep what it compiles of our files beside them, as Python does, and use it at the next start. Node checks
 * that it belongs to the file and to itself; where it cannot be kept (a read-only disk), it does without.
 */
export function keepCompiled(): void {
  const program = dirname(import.meta.dirname);
  if (mayKeepIn(program)) enableCompileCache(join(program, COMPILED));
}

/**
 * Returns true for a folder of ours that no other user may write to: compiled code is then trusted as far as the program itself.
 * In another user's folder root would leave files that the owner cannot remove.
 */
export function mayKeepIn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.uid === process.geteuid?.() && (found.mode & WRITABLE_BY_OTHERS) === 0;
}
