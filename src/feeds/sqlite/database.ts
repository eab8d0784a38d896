import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type FileReason, fileReasonOf } from '../../core/errno.ts';
import type { Row } from './rows/cells.ts';
import type { FileStat } from './file-stat.ts';

/** A prepared SELECT; each run is one short read transaction. */
export type Query = (...parameters: readonly (bigint | number | string)[]) => readonly Row[];

/** One open connection, read-only. Every method may throw `SqliteError`-shaped errors: see `failureOf`. */
export type Database = {
  /** The file's metadata when it was opened. */
  readonly fileStat: FileStat;
  readonly access: Access;
  /** True if new rows are written to a -wal beside the file. */
  readonly isWal: boolean;
  readonly prepare: (sql: string) => Query;
  /** The same with integers as numbers. A run throws where one is too large for that: see `isTooLarge`. */
  readonly prepareNumbers: (sql: string) => Query;
  /** Changes when another connection has committed; cheap. */
  readonly version: () => bigint;
  readonly close: () => void;
};

/**
 * The way in which a file is opened. `shared` is the ordinary way. Where the folder is not ours to write, `guest` reads along with
 * the writer without touching its shared memory, and `still` reads a file that no process has open, as it is now.
 */
export type Access = 'shared' | 'guest' | 'still';

/** The kind of a failed read; `busy` passes by itself, after the others the file is polled again. */
export type Failure = {
  readonly kind: 'busy' | 'damaged' | 'denied' | 'gone' | 'other';
  readonly why: FileReason;
};

/** Opens a database read-only. SQLite may create its own -shm and -wal (`shared` only), nothing else is written. */
export function openDatabase(file: string, fileStat: FileStat): Database {
  const access = accessOf(fileStat);
  const url = pathToFileURL(file);
  url.search = ACCESS_FLAGS[access];
  const db = new DatabaseSync(url, { readOnly: true });
  try {
    // Nothing in the schema may call what reaches beyond the database.
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA trusted_schema = OFF`);
    const version = prepare(db, 'PRAGMA data_version');
    return {
      fileStat,
      access,
      // An immutable file does not tell the journal mode; agentsight's are in WAL mode.
      isWal: access === 'still' || prepare(db, 'PRAGMA journal_mode')()[0]?.[0] === 'wal',
      prepare: (sql) => prepare(db, sql),
      prepareNumbers: (sql) => prepare(db, sql, false),
      version: () => toVersion(version()[0]?.[0]),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Returns true if rows in the -wal cannot be read because the folder does not let us make a -shm. */
export function isWalOutOfReach(fileStat: FileStat): boolean {
  return accessOf(fileStat) === 'still' && hasWal(fileStat);
}

/** Classifies an error of `node:sqlite`; any other one is `other`. */
export function failureOf(error: unknown): Failure {
  const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : -1;
  return { kind: FAILURES[code & PRIMARY_CODE] ?? 'other', why: fileReasonOf(error) };
}

/** Returns true for the error of a read whose integers do not fit into numbers. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE';
}

/** Returns the result of `read`, or `otherwise` where the database is damaged there. Throws any other error. */
export function unlessDamaged<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (failureOf(error).kind !== 'damaged') throw error;
    return otherwise;
  }
}

// Short because it blocks our event loop; the caller retries later.
const BUSY_TIMEOUT_MS = 5;
const ACCESS_FLAGS: Readonly<Record<Access, string>> = {
  shared: '',
  guest: '?mode=ro&readonly_shm=1',
  still: '?immutable=1',
};
// The low byte of an extended result code is the primary one.
const PRIMARY_CODE = 0xff;
const FAILURES: Readonly<Record<number, Failure['kind']>> = {
  3: 'denied',
  5: 'busy',
  6: 'busy',
  11: 'damaged',
  14: 'gone',
  23: 'denied',
  26: 'damaged',
};

function accessOf(fileStat: FileStat): Access {
  if (fileStat.writable) return 'shared';
  return hasWal(fileStat) && fileStat.hasShm ? 'guest' : 'still';
}

function hasWal(fileStat: FileStat): boolean {
  return fileStat.wal !== null && fileStat.wal.size > 0;
}

function prepare(db: DatabaseSync, sql: string, asBigInts = true): Query {
  const statement = db.prepare(sql);
  statement.setReadBigInts(asBigInts);
  // Arrays cost half of what objects cost; older Node has only these.
  if (typeof statement.setReturnArrays !== 'function') {
    return (...parameters) => statement.all(...parameters).map((row) => Object.values(row));
  }
  statement.setReturnArrays(true);
  return (...parameters) => statement.all(...parameters) as unknown as readonly Row[];
}

function toVersion(cell: Row[number]): bigint {
  return typeof cell === 'bigint' ? cell : 0n;
}
