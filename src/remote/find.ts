/** Finds the engines of this machine. Apart from what speaks with them: most starts find none. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readableFolders, RUNTIME_FOLDERS, type RuntimeFolders } from '../effects/lock/runtime-folder.ts';

/** An engine's socket. */
export type LocalEngine = { readonly pid: number; readonly path: string };

/** Engines that are looked for at most. */
const MAX_ENGINES = 64;
/** Files of a runtime folder that are looked at, at most: locks lie there, too. */
const MAX_FILES = 4_096;

/**
 * Returns the sockets of the engines that this user may steer, by their process ids; of one that has died, too: it refuses the
 * connection. Those of other users are not looked at: what they show would be believed.
 */
export function findEngines({
  folders = RUNTIME_FOLDERS,
  uid = process.getuid?.() ?? 0,
}: { readonly folders?: RuntimeFolders; readonly uid?: number } = {}): readonly LocalEngine[] {
  const found = readableFolders(folders, uid, '/').flatMap((folder) =>
    namesIn(folder).flatMap((file) => {
      const pid = /^([1-9]\d{0,9})\.sock$/u.exec(file)?.[1];
      const path = join(folder, file);
      return pid !== undefined && isOwnSocket(path, uid) ? [{ pid: Number(pid), path }] : [];
    }),
  );
  return found.toSorted((a, b) => a.pid - b.pid).slice(0, MAX_ENGINES);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).slice(0, MAX_FILES);
  } catch {
    return [];
  }
}

function isOwnSocket(path: string, uid: number): boolean {
  try {
    const stats = lstatSync(path);
    return stats.isSocket() && stats.uid === uid;
  } catch {
    return false;
  }
}
