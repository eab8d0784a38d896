import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../../../core/errno.ts';

/** A name that nobody else uses and that tells whether its maker is still running. */
export function uniqueName(): string {
  return [pidSpace(), process.pid, startOf(process.pid) ?? 0, randomBytes(6).toString('hex')].join('-');
}

/** Does the process that made this name run? `unknown` where it ran in another container, or the name is none of ours. */
export function makerState(name: string): 'running' | 'gone' | 'unknown' {
  const [, space, pid, start] = /^(\d+)-(\d+)-(\d+)-[0-9a-f]+$/u.exec(name) ?? [];
  if (space === undefined || space !== pidSpace()) return 'unknown';
  if (process.platform === 'linux') return startOf(Number(pid)) === start ? 'running' : 'gone';
  return isThere(Number(pid)) ? 'running' : 'gone';
}

/** Start time in clock ticks, field 22 of `stat`; the name before it may hold blanks and brackets. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function pidSpace(): string {
  try {
    return /\d+/u.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
