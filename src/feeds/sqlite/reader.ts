import type { Row } from './rows/cells.ts';
import { type Database, isTooLarge, type Query } from './database.ts';
import type { Table } from './rows/table.ts';
import { columnsOf, hasSequence, NoSuchTable } from './schema.ts';

/** Reads one table of one open database. Each method is one short read. */
export type Reader = {
  /** Rows after `after` up to `end` by id, without details; young and unfinished ones with their fingerprint. */
  readonly history: (after: bigint, end: bigint, limit: number, youngAfter: bigint) => readonly Row[];
  /** The same rows as numbers, for sums; null where the table has none, or numbers that are too large. */
  readonly sums: (after: bigint, end: bigint, limit: number) => readonly Row[] | null;
  /** Rows as `history` reads them. */
  readonly historyById: (ids: readonly (bigint | number)[], youngAfter: bigint) => readonly Row[];
  /** Rows after `after` up to `end` by id, with everything. */
  readonly fresh: (after: bigint, end: bigint, limit: number) => readonly Row[];
  readonly byId: (ids: readonly bigint[]) => readonly Row[];
  readonly fingerprints: (ids: readonly bigint[]) => ReadonlyMap<bigint, string>;
  /** The highest id, 0 for an empty table. */
  readonly end: () => bigint;
  /** The lowest id after another one, 0 for none. */
  readonly next: (after: bigint) => bigint;
  /** The highest id ever given, null where that is not known. */
  readonly sequence: () => bigint | null;
  /** Returns the value that never changes in this row; null if the row is gone. */
  readonly anchor: (id: bigint) => string | null;
  /** Returns where the lookback of `sinceNs` begins: the row before the oldest one in it, between `least` and `most` rows. */
  readonly startOfWindow: (sinceNs: bigint, least: number, most: number) => bigint;
  /** Unfinished rows among the newest `limit` after `after`, newest first. */
  readonly unfinished: (after: bigint, limit: number) => readonly Row[];
};

/** Prepares the reads for the columns that this database has. Throws `NoSuchTable` when the essential ones are missing. */
export function createReader(db: Database, table: Table): Reader {
  const present = readableColumns(db, table);
  const select = statements(table, present);
  const from = `${table.table} NOT INDEXED`;
  const history = db.prepare(`${select.bulk} WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`);
  const historyById = db.prepare(`${select.bulk} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`);
  const sums =
    select.sums === null
      ? null
      : db.prepareNumbers(`SELECT ${select.sums} FROM ${from} WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`);
  const fresh = db.prepare(`${select.whole} WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`);
  const byId = db.prepare(`${select.whole} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`);
  const fingerprints = db.prepare(
    `SELECT id, ${select.fingerprint} FROM ${from} WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const end = db.prepare(`SELECT max(id) FROM ${from}`);
  const next = db.prepare(`SELECT min(id) FROM ${from} WHERE id > ?`);
  const anchor = db.prepare(`SELECT ${table.anchor} FROM ${from} WHERE id = ?`);
  const youngest = `SELECT id FROM ${from} WHERE id > ? ORDER BY id DESC LIMIT ?`;
  const unfinished = db.prepare(`${select.bulk} WHERE id IN (${youngest}) AND ${table.unfinished} ORDER BY id DESC`);
  return {
    history: (after, last, limit, youngAfter) => ascending(history(youngAfter, after, last, limit), after),
    sums: (after, last, limit) => (sums === null || last > MAX_EXACT ? null : numbered(sums, after, last, limit)),
    historyById: (ids, youngAfter) => historyById(youngAfter, toJson(ids)),
    fresh: (after, last, limit) => ascending(fresh(after, last, limit), after),
    byId: (ids) => byId(toJson(ids)),
    fingerprints: (ids) => new Map(fingerprints(toJson(ids)).map((row) => [rowId(row), String(row[1])])),
    end: () => rowId(end()[0] ?? []),
    next: (after) => rowId(next(after)[0] ?? []),
    sequence: sequenceOf(db, table.table),
    anchor: (id) => anchorText(anchor(id)),
    startOfWindow: (sinceNs, least, most) => startOfWindow(db, table, sinceNs, least, most),
    unfinished: (after, limit) => unfinished(after, after, limit),
  };
}

/** The integer id that every row begins with. */
export function rowId(row: Row): bigint {
  return typeof row[0] === 'bigint' ? row[0] : 0n;
}

/** The fingerprint that every row ends with; null where the read left it out. */
export function fingerprintOf(row: Row): string | null {
  const fingerprint = row.at(-1);
  return typeof fingerprint === 'string' ? fingerprint : null;
}

function readableColumns(db: Database, table: Table): ReadonlySet<string> {
  const columns = columnsOf(db, table.table);
  const missing = table.required.filter((column) => !columns.has(column));
  if (missing.length > 0) throw new NoSuchTable({ code: 'no_columns', table: table.table, columns: missing });
  return columns;
}

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

function numbered(sums: Query, after: bigint, last: bigint, limit: number): readonly Row[] | null {
  try {
    const rows = sums(after, last, limit);
    return rows.every((row, index) => Number(row[0]) > Number(rows[index - 1]?.[0] ?? after)) ? rows : null;
  } catch (error) {
    if (isTooLarge(error)) return null;
    throw error;
  }
}

type Statements = {
  readonly sums: string | null;
  readonly bulk: string;
  readonly whole: string;
  readonly fingerprint: string;
};

function statements(table: Table, present: ReadonlySet<string>): Statements {
  const has = (column: string) => present.has(column);
  const columns = table.columns.map((column) => (has(column) ? valueOf(column, table.usual[column]) : 'NULL'));
  const common = [...columns, ...table.computed(has)].join(', ');
  const fingerprint = fingerprintOfColumns(table.compared.filter(has));
  const from = `${table.table} NOT INDEXED`;
  return {
    fingerprint,
    sums: table.sums?.columns(has) ?? null,
    bulk: `SELECT ${common}, NULL, CASE WHEN id > ? OR ${table.unfinished} THEN ${fingerprint} END FROM ${from}`,
    whole: `SELECT ${common}, ${table.detail(has)}, ${fingerprint} FROM ${from}`,
  };
}

function valueOf(column: string, usual: string | undefined): string {
  return usual === undefined ? column : `nullif(${column}, '${usual}')`;
}

function fingerprintOfColumns(columns: readonly string[]): string {
  return `printf('${columns.map(() => '%s').join('|')}', ${columns.join(', ')})`;
}

// The pages of a damaged or forged table may lead back to rows that were read: SQLite does not notice, and a reader that
// continues from the last row would go in a circle.
function ascending(rows: readonly Row[], after: bigint): readonly Row[] {
  let last = after;
  for (const [index, row] of rows.entries()) {
    if (rowId(row) <= last) return rows.slice(0, index);
    last = rowId(row);
  }
  return rows;
}

function toJson(ids: readonly (bigint | number)[]): string {
  return `[${ids.join(',')}]`;
}

function sequenceOf(db: Database, table: string): () => bigint | null {
  if (!hasSequence(db)) return () => null;
  const sequence: Query = db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?');
  return () => {
    const seq = sequence(table)[0]?.[0];
    return typeof seq === 'bigint' ? seq : 0n;
  };
}

function anchorText(rows: readonly Row[]): string | null {
  const cell = rows[0]?.[0];
  return cell === undefined || cell === null ? null : String(cell);
}

// Newest first and in steps, so that no more is read than the lookback holds. Clocks may be wrong (7.1), hence bounds.
function startOfWindow(db: Database, table: Table, sinceNs: bigint, least: number, most: number): bigint {
  const step = db.prepare(
    `SELECT id, ${table.time} FROM ${table.table} NOT INDEXED WHERE id < ? ORDER BY id DESC LIMIT ${LOOK_BACK_STEP}`,
  );
  let oldest = MAX_ID;
  for (let seen = 0; seen < most; seen += LOOK_BACK_STEP) {
    const rows = step(oldest);
    const last = rows.at(-1);
    if (last === undefined) return oldest === MAX_ID ? 0n : oldest - 1n;
    oldest = rowId(last);
    const newest = rows.reduce((time, row) => (typeof row[1] === 'bigint' && row[1] > time ? row[1] : time), 0n);
    if (seen + rows.length >= least && newest < sinceNs) return oldest - 1n;
  }
  return oldest - 1n;
}

const LOOK_BACK_STEP = 512;
/** The highest id that SQLite can give. */
export const MAX_ID = 0x7fff_ffff_ffff_ffffn;
