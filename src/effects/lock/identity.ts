import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { userName } from '../person.ts';
import { readIds, readStat } from '../process/table.ts';
import type { Owner } from '../../core/runs.ts';
import type { Ms } from '../../core/units.ts';

/** One process, distinct from any later one with the same pid. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Start time: clock ticks since boot on Linux, the text of `ps -o lstart` elsewhere. */
  readonly start: string;
};

/** Inode of the initial pid namespace: PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';
/** ps answers from the kernel's tables; one that does not is given this long, ms. */
const PS_MS = 1_000;

/** Returns the start time of a running process; null where there is none (a zombie counts as none). */
export function startOf(pid: number): string | null {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

/** Returns true while this very process runs. */
export function isRunning({ pid, start }: ProcessIdentity): boolean {
  return startOf(pid) === start;
}

/** Returns our own identity. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, start: startOf(process.pid) ?? '' };
}

/** Returns this process as the owner of a lock; `now` by the wall clock, ms. */
export function thisOwner(now: Ms): Owner {
  return { user: userName(), pid: process.pid, startedAt: Math.round(now - process.uptime() * 1_000) };
}

/** Returns the four user ids (real, effective, saved, file system) of a process; null where they cannot be read. */
export function uidsOf(pid: number): readonly number[] | null {
  return readIds(pid)?.uids ?? null;
}

/** Returns the pids of a process, from the namespace of /proc inward; null where they cannot be read. */
export function namespacePids(pid: number | 'self'): readonly number[] | null {
  return readIds(pid)?.namespacePids ?? null;
}

/** Returns true where the process lives in our pid namespace, and not in a container inside it. */
export function isInOurPidNamespace(pid: number): boolean {
  return namespacePids(pid)?.length === namespacePids('self')?.length;
}

/** Returns true outside all containers that have pids of their own. */
export function isInitialPidNamespace(): boolean {
  return pidNamespace() === INITIAL_PID_NAMESPACE;
}

/** Names our pid namespace; pids mean something only within it. '' where there are none. */
export function pidNamespace(): string {
  return asked('/proc/self/ns/pid', readlinkSync);
}

/** Names this boot of the machine; '' where the kernel gives no name. */
export function bootId(): string {
  return asked('/proc/sys/kernel/random/boot_id', (path) => readFileSync(path, 'latin1').trim());
}

/** The kernel's answers: a process lives in one boot and one pid namespace, and asks for them every second. */
const named = new Map<string, string>();

function asked(path: string, read: (path: string) => string): string {
  try {
    const name = named.get(path) ?? read(path);
    named.set(path, name);
    return name;
  } catch {
    return '';
  }
}

function startFromProc(pid: number): string | null {
  const stat = readStat(pid);
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : stat.start;
}

function startFromPs(pid: number): string | null {
  try {
    const options = { encoding: 'utf8', timeout: PS_MS, env: { PATH: process.env['PATH'], LC_ALL: 'C' } } as const;
    const [state = '', ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      ...options,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/u);
    return state === '' || state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}
