/** Finds the engines of this machine. Apart from what speaks with them: most starts find none. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../core/errno.ts';
import { readableFolders, RUNTIME_FOLDERS, type RuntimeFolders } from '../effects/lock/runtime-folder.ts';

/** An engine's socket. */
export type LocalEngine = { readonly pid: number; readonly path: string };

/** Sockets that are looked at for one whose engine has died, at most, at one start. */
const MAX_SWEPT = 256;
const SOCKET = /^([1-9]\d{0,9})(\.view)?\.sock$/u;

/** Engines that are looked for at most. */
const MAX_ENGINES = 64;
/** Files of a runtime folder that are looked at, at most: locks lie there, too. */
const MAX_FILES = 4_096;

type Search = { readonly folders?: RuntimeFolders; readonly uid?: number };

/**
 * Returns the sockets of the engines that this user may steer, by their process ids; of one that has died, too: it refuses the
 * connection. Those of other users are not looked at: what they show would be believed.
 */
export function findEngines({
  folders = RUNTIME_FOLDERS,
  uid = process.getuid?.() ?? 0,
}: Search = {}): readonly LocalEngine[] {
  const found = enginesAt(socketsOf(folders, uid), false);
  return found.toSorted((a, b) => a.pid - b.pid).slice(0, MAX_ENGINES);
}

/**
 * Returns root's engines for a user who is not root: the pids, and the sockets on which that user's group may look. What
 * root shows is believed; what other users show is not.
 */
export function findRootsEngines({ folders = RUNTIME_FOLDERS, uid = process.getuid?.() ?? 0 }: Search = {}): {
  readonly pids: readonly number[];
  readonly views: readonly LocalEngine[];
} {
  if (uid === 0) return { pids: [], views: [] };
  const living = socketsOf({ ...folders, ofUser: () => [] }, 0)
    .filter(({ pid }) => isAlive(pid))
    .slice(0, MAX_ENGINES);
  return {
    pids: enginesAt(living, false).map(({ pid }) => pid),
    views: enginesAt(living, true),
  };
}

type FoundSocket = LocalEngine & { readonly isView: boolean };

/** Returns the engines behind the sockets of one kind: for a group, which may look, or for the user. */
function enginesAt(sockets: readonly FoundSocket[], ofGroup: boolean): readonly LocalEngine[] {
  return sockets.flatMap(({ pid, path, isView }) => (isView === ofGroup ? [{ pid, path }] : []));
}

/** Returns the sockets of engines in a user's runtime folders, which are that user's own. */
function socketsOf(folders: RuntimeFolders, uid: number): readonly FoundSocket[] {
  return readableFolders(folders, uid, '/').flatMap((folder) =>
    namesIn(folder).flatMap((file) => {
      const [, pid, view] = SOCKET.exec(file) ?? [];
      const path = join(folder, file);
      return pid !== undefined && isOwnSocket(path, uid)
        ? [{ pid: Number(pid), path, isView: view !== undefined }]
        : [];
    }),
  );
}

/** Returns the sockets in our own runtime folder whose process has died: an engine that is killed leaves them. */
export function deadSockets(folder: string, uid: number): readonly string[] {
  return namesIn(folder)
    .filter((file) => !isAlive(Number(SOCKET.exec(file)?.[1] ?? process.pid)))
    .map((file) => join(folder, file))
    .filter((path) => isOwnSocket(path, uid))
    .slice(0, MAX_SWEPT);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
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
