import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../core/errno.ts';
import type { DatabaseProblem, SourceDetail } from '../../core/source-reasons.ts';
import type { HealthState } from '../../core/sources.ts';
import { failureOf } from './database.ts';
import { type FileStat, isFolder, NotAFile } from './file-stat.ts';
import { NoSuchTable } from './schema.ts';

/** The state of one database, and why it is not better. */
export type Condition = { readonly state: HealthState; readonly detail: SourceDetail };

/** Read without a problem. */
export const HEALTHY: Condition = { state: 'ok', detail: { code: 'nothing' } };

/** The file does not exist; `wasRead`: it is lost, not absent. */
export function missing(file: string, wasRead: boolean): Condition {
  const folder = dirname(file);
  const detail = { code: 'database_not_there', file, folder, isFolderThere: isFolder(folder), wasRead } as const;
  return { state: wasRead ? 'lost' : 'absent', detail };
}

/** A lock that did not go away for `ms`. */
export function locked(file: string, ms: number): Condition {
  return { state: 'degraded', detail: { code: 'database_locked', file, ms } };
}

/** Rows in the -wal of a folder that we may not write are out of reach without its -shm. */
export function walOutOfReach(file: string): Condition {
  return { state: 'degraded', detail: { code: 'wal_out_of_reach', file } };
}

/** The file could not be opened. */
export function notOpened(file: string, error: unknown, fileStat: FileStat | null, wasRead: boolean): Condition {
  const state = wasRead ? 'lost' : 'absent';
  if (error instanceof NoSuchTable) {
    const isWithoutWal = fileStat !== null && fileStat.size > 0 && fileStat.wal === null;
    return { state, detail: { code: 'other_database', file, writer: 'agentsight', why: error.problem, isWithoutWal } };
  }
  if (error instanceof NotAFile) return { state, detail: { code: 'database_no_file', path: error.path } };
  return { state: 'lost', detail: failedToOpen(file, error) };
}

function failedToOpen(file: string, error: unknown): DatabaseProblem {
  const { kind, why } = failureOf(error);
  if (isDenied(error) || kind === 'denied' || kind === 'gone') {
    const folder = dirname(file);
    return { code: 'database_denied', file, folder, closed: closedAbove(folder) };
  }
  return { code: kind === 'damaged' ? 'database_damaged' : 'database_failed', file, why };
}

/** Reading from an open database failed. */
export function interrupted(file: string, error: unknown): Condition {
  const { kind, why } = failureOf(error);
  return { state: 'degraded', detail: { code: 'read_failed', file, why, isDamaged: kind === 'damaged' } };
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
  const code = errnoOf(error);
  return code === 'EACCES' || code === 'EPERM';
}
