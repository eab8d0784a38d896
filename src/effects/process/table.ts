/** The processes of this machine as the kernel lists them in `/proc` (Linux). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MAX_NAME_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';

/** One line of the table, as `/proc/PID/stat` has it. */
export type ProcessStat = {
  readonly pid: number;
  /** Its name (`comm`), cleaned. */
  readonly name: string;
  /** `R`, `S`, `D`, `T` (stopped), `t` (traced), `Z`, `X` … */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Number of its terminal; 0 for none. */
  readonly terminal: number;
  /** The group in the foreground of that terminal. */
  readonly foreground: number;
  /** Its start, clock ticks since boot. */
  readonly start: string;
};

/** Processes that are read; a machine with more of them is not seen whole. */
const MAX_PROCESSES = 20_000;
/** Threads of one process whose names are read. */
const MAX_THREADS = 256;
/** Clock ticks of the kernel in a second: 100 to programs on every machine that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** Reads one process; null where there is none. A zombie is one. */
export function readStat(pid: number, proc = '/proc'): ProcessStat | null {
  const text = textOf(join(proc, String(pid), 'stat'));
  if (text === null) return null;
  // The name may hold blanks and brackets.
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')];
  const fields = text.slice(close + 2).split(' ');
  const [state = '', parent, group, session, terminal, foreground] = fields;
  const start = fields[19];
  if (open < 0 || start === undefined) return null;
  return {
    pid,
    name: cleanLine(text.slice(open + 1, close), MAX_NAME_LENGTH),
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    terminal: Number(terminal),
    foreground: Number(foreground),
    start,
  };
}

/** Reads all processes, by their pid; null where they cannot be seen whole. */
export function readTable(proc = '/proc'): ReadonlyMap<number, ProcessStat> | null {
  let names: readonly string[];
  try {
    names = readdirSync(proc).filter((name) => /^\d+$/u.test(name));
  } catch {
    return null;
  }
  if (names.length === 0 || names.length > MAX_PROCESSES) return null;
  const table = new Map<number, ProcessStat>();
  for (const name of names) {
    const stat = readStat(Number(name), proc);
    if (stat !== null) table.set(stat.pid, stat);
  }
  return table;
}

/** The ids of a process. */
export type ProcessIds = {
  /** Real, effective, saved and that of the file system. */
  readonly uids: readonly number[];
  readonly gid: number;
  /** Its pids, from the namespace of `/proc` inward. */
  readonly namespacePids: readonly number[];
};

/** Reads the ids of a process; null where they cannot be read. */
export function readIds(pid: number | 'self', proc = '/proc'): ProcessIds | null {
  const text = textOf(join(proc, String(pid), 'status'));
  if (text === null) return null;
  const numbers = (name: string): readonly number[] =>
    (new RegExp(`^${name}:\\s*(.+)$`, 'mu').exec(text)?.[1] ?? '').split(/\s+/u).filter(Boolean).map(Number);
  const [uids, gids] = [numbers('Uid'), numbers('Gid')];
  const gid = gids[0];
  if (uids.length !== 4 || gid === undefined) return null;
  return { uids, gid, namespacePids: numbers('NSpid') };
}

/** Returns the arguments of a process, its program first; none where that cannot be read. */
export function argumentsOf(pid: number, proc = '/proc'): readonly string[] {
  return (textOf(join(proc, String(pid), 'cmdline')) ?? '').split('\0').slice(0, -1);
}

/** Returns the names by which a process may be known: its own, those of its threads, its program and its script. */
export function namesOf({ pid, name }: Pick<ProcessStat, 'pid' | 'name'>, proc = '/proc'): ReadonlySet<string> {
  const [program = '', script = ''] = argumentsOf(pid, proc);
  return new Set([name, ...threadNames(pid, proc), programOf(pid, proc), basename(program), basename(script)]);
}

/** Returns the name of the file that a process runs; '' where that cannot be read. */
export function programOf(pid: number, proc = '/proc'): string {
  try {
    return basename(readlinkSync(join(proc, String(pid), 'exe')).replace(/ \(deleted\)$/u, ''));
  } catch {
    return '';
  }
}

function threadNames(pid: number, proc: string): readonly string[] {
  const folder = join(proc, String(pid), 'task');
  try {
    return readdirSync(folder)
      .slice(0, MAX_THREADS)
      .map((thread) => cleanLine((textOf(join(folder, thread, 'comm')) ?? '').trimEnd(), MAX_NAME_LENGTH));
  } catch {
    return [];
  }
}

/** Returns the time since boot, ms; null where it is not told. */
export function uptimeMs(proc = '/proc'): number | null {
  const seconds = Number.parseFloat(textOf(join(proc, 'uptime')) ?? '');
  return Number.isFinite(seconds) ? seconds * 1_000 : null;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
