import { accessSync, constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { HealthState } from '../../core/sources.ts';
import { cleanLine, shellWord } from '../../core/text.ts';
import { failureOf } from './database.ts';
import { type FileStat, isFolder, NotAFile } from './file-stat.ts';
import { NoSuchTable } from './schema.ts';

/** The state of one database, and a line with the remedy. */
export type Condition = { readonly state: HealthState; readonly words: string };

/** Read without trouble. */
export const HEALTHY: Condition = { state: 'ok', words: '' };

/** The file is not there; `wasOpen` tells lost from never seen. */
export function missing(file: string, wasOpen: boolean): Condition {
  const folder = dirname(file);
  const what = isFolder(folder) ? `${basename(file)} is not in ${folder}` : `there is no folder ${folder}`;
  if (wasOpen) return condition('lost', `${what} any more; followed again as soon as it is back`);
  return condition('absent', `${what}; start agentsight, or name its folder with --source sqlite:DIR`);
}

/** A lock that did not go away for `ms`. */
export function locked(file: string, ms: number): Condition {
  const seconds = Math.round(ms / 1_000);
  return condition('degraded', `${file} is locked by another program for ${seconds} s; read as soon as it lets go`);
}

/** Rows in the -wal of a folder that we may not write are out of reach without its -shm. */
export function walOutOfReach(file: string): Condition {
  const words = `the newest rows are in ${file}-wal, which cannot be read without its -shm in a read-only folder`;
  return condition('degraded', `${words}; copy the folder to a place that you may write`);
}

/** Describes a database in WAL mode without its -wal, where the newest rows would be. */
export function withoutWal(file: string): string {
  return `no ${basename(file)}-wal lies beside it: agentsight is not running, or this is a copy without its newest rows`;
}

/** The file could not be opened. */
export function notOpened(file: string, error: unknown, fileStat: FileStat | null, wasOpen: boolean): Condition {
  if (error instanceof NoSuchTable) {
    const half = fileStat !== null && fileStat.size > 0 && fileStat.wal === null ? ' (a copy needs its -wal too)' : '';
    const words = `${file} is no database of agentsight: ${error.message}${half}`;
    return condition(wasOpen ? 'lost' : 'absent', `${words}; looked at again as soon as it changes`);
  }
  if (error instanceof NotAFile) {
    return condition(wasOpen ? 'lost' : 'absent', `${error.message}; looked at again every second`);
  }
  const { kind, words } = failureOf(error);
  if (isDenied(error) || kind === 'denied' || kind === 'gone') return denied(file);
  if (kind === 'damaged') return condition('lost', `${file} is damaged or no database (${words}); ${REPAIR}`);
  return condition('lost', `${file} cannot be read: ${words}; tried again every second`);
}

/** Reading from an open database failed. */
export function interrupted(file: string, error: unknown): Condition {
  const { kind, words } = failureOf(error);
  const remedy = kind === 'damaged' ? REPAIR : 'opened anew';
  return condition('degraded', `reading ${file} failed: ${words}; ${remedy}`);
}

const REPAIR = 'if agentsight did not just replace it, stop agentsight, move the file away and start agentsight again';

// The default entry (-d) is for the -wal and -shm files that the next start of agentsight makes.
function denied(file: string): Condition {
  const folder = dirname(file);
  const closed = closedAbove(folder);
  const enter = closed === null ? '' : `sudo setfacl -m u:$USER:x ${shellWord(closed)} && `;
  const acl = `u:$USER:rX ${shellWord(folder)}`;
  const remedy = `run sightline as root, or: ${enter}sudo setfacl -R -m ${acl} && sudo setfacl -R -d -m ${acl}`;
  return condition('lost', `no permission to read ${file}; ${remedy}`);
}

// The outermost folder on the way that may not be entered; what lies below it cannot be known.
function closedAbove(folder: string): string | null {
  const parent = dirname(folder);
  if (parent === folder) return null;
  const above = closedAbove(parent);
  if (above !== null) return above;
  try {
    accessSync(parent, constants.X_OK);
    return null;
  } catch (error) {
    return isDenied(error) ? parent : null;
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

function condition(state: HealthState, words: string): Condition {
  return { state, words: cleanLine(words, MAX_WORDS) };
}

const MAX_WORDS = 600;
