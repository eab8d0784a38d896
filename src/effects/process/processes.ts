import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/errno.ts';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from '../../core/limits.ts';
import type { InitWarning } from '../../core/plans.ts';
import { cleanLine } from '../../core/text.ts';

/** A process that works in a folder. */
export type Occupant = {
  readonly pid: number;
  /** Its name (`comm`). */
  readonly name: string;
  /** Its working directory, where that is inside; null otherwise. */
  readonly cwd: string | null;
  /** Open files inside, the first few. */
  readonly files: readonly string[];
  /** Their number. */
  readonly fileCount: number;
  /** Is one of them open for writing? */
  readonly writes: boolean;
  /** It is this very process. */
  readonly isOurs: boolean;
};

/** The processes that work in a folder, as far as we may see. */
export type ProcessScan = {
  readonly occupants: readonly Occupant[];
  /** Processes that we may not inspect (another user's). */
  readonly unreadable: number;
  /** False when there were too many to inspect all of them. */
  readonly complete: boolean;
};

/** Returns what a scan could not see. */
export function scanWarnings({ unreadable, complete }: ProcessScan): readonly InitWarning[] {
  return [
    ...(unreadable > 0 ? [{ code: 'not_inspected', processes: unreadable } as const] : []),
    ...(complete ? [] : [{ code: 'not_all_listed' } as const]),
  ];
}

export type ScanOptions = {
  /** The folder in which processes are listed; `/proc`. */
  readonly proc?: string;
  /** Our own process id. */
  readonly self?: number;
};

/** Processes looked at, and open files of each. */
const MAX_PROCESSES = 20_000;
const MAX_FILES = 4_096;
/** Files named of one process, and processes named at all. */
const MAX_NAMED = 5;
const MAX_OCCUPANTS = 200;
/** Processes looked at side by side. */
const AT_ONCE = 16;
const WRITABLE = 0o3;

/** Finds the processes with their working directory or open files in a folder, by its path or by what that leads to. Never rejects. */
export async function scanProcesses(folder: string, options: ScanOptions = {}): Promise<ProcessScan> {
  const { proc = '/proc', self = process.pid } = options;
  const roots = [...new Set([folder, await realpath(folder).catch(() => folder)])];
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/u.test(name));
  const inspected = pids.slice(0, MAX_PROCESSES);
  const found: Occupant[] = [];
  let unreadable = 0;
  for (let from = 0; from < inspected.length; from += AT_ONCE) {
    const some = await Promise.all(
      // Our own descriptor of the folder itself is its lock, which we let go of where that is called for.
      inspected.slice(from, from + AT_ONCE).map((pid) => inspect(join(proc, pid), roots, pid === String(self))),
    );
    for (const [index, seen] of some.entries()) {
      const pid = Number(inspected[from + index]);
      if (seen === 'unreadable') unreadable += 1;
      else if (seen !== null && found.length < MAX_OCCUPANTS) found.push({ pid, isOurs: pid === self, ...seen });
    }
  }
  return { occupants: found, unreadable, complete: pids.length > 0 && pids.length === inspected.length };
}

/** Null when it is not inside, or gone meanwhile. */
async function inspect(
  location: string,
  roots: readonly string[],
  isOurs: boolean,
): Promise<Omit<Occupant, 'pid' | 'isOurs'> | 'unreadable' | null> {
  const where = await readlink(join(location, 'cwd')).catch((error: unknown) => ({ code: errnoOf(error) }));
  if (typeof where !== 'string') return where.code === 'EACCES' || where.code === 'EPERM' ? 'unreadable' : null;
  const cwd = isInside(where, roots) ? cleanLine(where, MAX_TEXT_LENGTH) : null;
  const open = await openFiles(location, roots, isOurs ? roots : []);
  if (cwd === null && open.fileCount === 0) return null;
  const name = await readFile(join(location, 'comm'), 'utf8').catch(() => '');
  return { name: cleanLine(name.trim(), MAX_NAME_LENGTH) || 'unknown', cwd, ...open };
}

async function openFiles(
  location: string,
  roots: readonly string[],
  except: readonly string[],
): Promise<Pick<Occupant, 'files' | 'fileCount' | 'writes'>> {
  const numbers = (await readdir(join(location, 'fd')).catch(() => [])).slice(0, MAX_FILES);
  const files: string[] = [];
  let fileCount = 0;
  let writes = false;
  for (const number of numbers) {
    const file = await readlink(join(location, 'fd', number)).catch(() => '');
    if (!isInside(file, roots) || except.includes(file)) continue;
    fileCount += 1;
    if (files.length < MAX_NAMED) files.push(cleanLine(file, MAX_TEXT_LENGTH));
    writes ||= await isOpenForWriting(join(location, 'fdinfo', number));
  }
  return { files, fileCount, writes };
}

async function isOpenForWriting(fdinfo: string): Promise<boolean> {
  const text = await readFile(fdinfo, 'utf8').catch(() => '');
  const flags = /^flags:\s*([0-7]+)$/mu.exec(text)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & WRITABLE) !== 0;
}

function isInside(path: string, roots: readonly string[]): boolean {
  const plain = path.replace(/ \(deleted\)$/u, '');
  return roots.some((root) => plain === root || plain.startsWith(root === '/' ? root : `${root}/`));
}

/** Most arguments of a process that are read. */
const MAX_ARGUMENTS = 64;

/** Returns the arguments with which a process was started, its program first; none where that cannot be read. */
export function commandLineOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0', MAX_ARGUMENTS);
  } catch {
    return [];
  }
}
