import { lstatSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Owner } from '../../core/runs.ts';
import { MAX_NAME_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { checkFile } from '../own-files.ts';
import type { StateFolder } from './folder.ts';

const FILE = 'lock.db';

export type StateLock =
  | { readonly type: 'ours'; readonly release: () => void }
  | { readonly type: 'other'; readonly owner: Owner }
  /** The file system has no locks (some network file systems): there we act as if we were alone. */
  | { readonly type: 'impossible'; readonly reason: string };

const ownerSchema = z.object({
  user: z.string().transform((user) => cleanLine(user, MAX_NAME_LENGTH)),
  pid: z.int().nonnegative(),
  startedAt: z.number(),
});

/**
 * Takes the lock of the state folder: a file in it, which only we may open, so that no other user can hold it against us.
 * It is SQLite's own file lock (a transaction that stays open), on every system that we run on; it is gone with the
 * process, however that ends. Others can read meanwhile who holds it.
 */
export function takeStateLock(folder: StateFolder, owner: Owner): StateLock {
  try {
    return attempt(folder, owner);
  } catch (error) {
    if (!isDamaged(error)) return { type: 'impossible', reason: reasonOf(error) };
  }
  // Nothing in it is of value.
  try {
    rmSync(folder.at(FILE), { force: true });
    return attempt(folder, owner);
  } catch (error) {
    return { type: 'impossible', reason: reasonOf(error) };
  }
}

function attempt(folder: StateFolder, owner: Owner): StateLock {
  const path = folder.at(FILE);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats !== undefined) checkFile(path, stats, true);
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('BEGIN IMMEDIATE');
    db.exec('CREATE TABLE IF NOT EXISTS owner (id INTEGER PRIMARY KEY, user TEXT, pid INTEGER, startedAt INTEGER)');
    db.prepare('INSERT OR REPLACE INTO owner VALUES (1, ?, ?, ?)').run(owner.user, owner.pid, owner.startedAt);
    db.exec('COMMIT');
    db.exec('BEGIN IMMEDIATE');
    return { type: 'ours', release: () => db.close() };
  } catch (error) {
    const holder = isBusy(error) ? holderIn(db) : null;
    db.close();
    if (holder !== null) return { type: 'other', owner: holder };
    throw error;
  }
}

/** Returns who took the lock last, whether that process still has it or not; null where no one is named. Takes nothing. */
export function lastOwner(folder: StateFolder): Owner | null {
  const path = folder.at(FILE);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  checkFile(path, stats, true);
  const db = new DatabaseSync(path, { timeout: 0, readOnly: true });
  try {
    return ownerSchema.safeParse(db.prepare('SELECT user, pid, startedAt FROM owner WHERE id = 1').get()).data ?? null;
  } finally {
    db.close();
  }
}

const UNKNOWN: Owner = { user: 'unknown', pid: 0, startedAt: 0 };

function holderIn(db: DatabaseSync): Owner {
  try {
    const row = db.prepare('SELECT user, pid, startedAt FROM owner WHERE id = 1').get();
    return ownerSchema.safeParse(row).data ?? UNKNOWN;
  } catch {
    // It is writing that row at this moment.
    return UNKNOWN;
  }
}

/** SQLite's result code, without its extended part. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function isBusy(error: unknown): boolean {
  return codeOf(error) === SQLITE_BUSY;
}

function isDamaged(error: unknown): boolean {
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(codeOf(error)) || !(error instanceof Error && 'errcode' in error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
