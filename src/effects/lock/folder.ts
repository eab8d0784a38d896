import { type BigIntStats, closeSync, constants, fstat, open, readdirSync, readFileSync, stat } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Result } from '../../core/result.ts';
import { uidsOf } from './identity.ts';

/** A file system that does not answer (a FUSE mount, a server that is gone) is given this long, ms. */
const ANSWER_MS = 2_000;
/** Descriptors of processes that cannot be engines; they are looked at for the report alone. */
const MAX_STRANGE_DESCRIPTORS = 16_384;

/** The folder behind a path, kept open. */
export type OpenFolder = {
  readonly fd: number;
  readonly dev: bigint;
  readonly ino: bigint;
  /** The time when the folder was made, ns; '' where the file system does not tell. */
  readonly birth: string;
  /** Gives the lock back too. A second call does nothing: the number may be another file's by then. */
  readonly close: () => void;
};

/** Opens the folder that a path names now. */
export async function openFolder(path: string): Promise<Result<OpenFolder>> {
  try {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK;
    const fd = await answered<number>((done) => open(path, flags, done), closeQuietly);
    try {
      const stats = await answered<BigIntStats>((done) => fstat(fd, { bigint: true }, done));
      const birth = stats.birthtimeNs > 0n ? String(stats.birthtimeNs) : '';
      return {
        ok: true,
        value: { fd, dev: stats.dev, ino: stats.ino, birth, close: onceOnly(() => closeQuietly(fd)) },
      };
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function onceOnly(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Closing reports errors of earlier writes; there were none.
  }
}

/** The processes in view that hold an flock on a folder, by pid. */
export type FolderHolders = {
  /** Their four user ids are root's or ours. */
  readonly candidates: readonly number[];
  /** All others: they may hold what they like, and are no engines. */
  readonly strangers: readonly number[];
};

/**
 * Finds who holds an flock on the folder, by the fdinfo of each process: `/proc/locks` names the process that asked for the lock, and
 * that is a child that has long ended. Costs some ten ms for each thousand descriptors, in slices.
 */
export async function findHolders({ dev, ino }: OpenFolder): Promise<FolderHolders> {
  const candidates: number[] = [];
  const strangers: number[] = [];
  let strange = 0;
  for (const pid of processes()) {
    await nextTurn();
    const isCandidate = mayBeEngine(pid);
    for (const fd of descriptors(pid)) {
      if (!isCandidate && (strange += 1) > MAX_STRANGE_DESCRIPTORS) break;
      const lock = flockLine(pid, fd);
      if (lock === null) continue;
      // A stranger's descriptor may lie on a file system that never answers; the inode number is enough for a report.
      if (!isCandidate && lock.ino === ino) strangers.push(pid);
      if (isCandidate && (await isFolder(`/proc/${pid}/fd/${fd}`, { dev, ino }))) candidates.push(pid);
    }
  }
  return { candidates: [...new Set(candidates)], strangers: [...new Set(strangers)] };
}

/** Returns true where all four user ids of a process are root's or ours. */
export function mayBeEngine(pid: number): boolean {
  const trusted = new Set([0, process.getuid?.() ?? 0]);
  return uidsOf(pid)?.every((uid) => trusted.has(uid)) === true;
}

/** The pids of all processes in view. */
export function processes(): readonly number[] {
  return names('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
}

function descriptors(pid: number): readonly string[] {
  return names(`/proc/${pid}/fdinfo`);
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

// `lock:	1: FLOCK  ADVISORY  WRITE 12345 fe:00:131073 0 EOF`: the pid there is that of the process that asked.
function flockLine(pid: number, fd: string): { readonly ino: bigint } | null {
  try {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
    const inode = /^lock:.* FLOCK .* [0-9a-f]+:[0-9a-f]+:(\d+) /mu.exec(info)?.[1];
    return inode === undefined ? null : { ino: BigInt(inode) };
  } catch {
    return null;
  }
}

// By stat, not by the numbers in fdinfo: all subvolumes of btrfs share the device and the inode number there.
async function isFolder(path: string, { dev, ino }: Pick<OpenFolder, 'dev' | 'ino'>): Promise<boolean> {
  try {
    const stats = await answered<BigIntStats>((done) => stat(path, { bigint: true }, done));
    return stats.dev === dev && stats.ino === ino;
  } catch {
    return false;
  }
}

/** Gives a file system call `ANSWER_MS`; what comes later goes to `late`. */
function answered<T>(
  call: (done: (error: NodeJS.ErrnoException | null, value: T) => void) => void,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    reject(new Error(`the file system does not answer within ${ANSWER_MS / 1_000} s`));
  }, ANSWER_MS);
  call((error, value) => {
    clearTimeout(timer);
    if (error !== null) return reject(error);
    if (isOver) late(value);
    else resolve(value);
  });
  return promise;
}
