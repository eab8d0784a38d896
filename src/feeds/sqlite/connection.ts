import { openDatabase, type Database } from './database.ts';
import type { FileStat } from './file-stat.ts';
import { createReader, type Reader } from './reader.ts';
import type { Table } from './rows/table.ts';

/** A database that is open, and what reads its table. */
export type Opened = { readonly db: Database; readonly reader: Reader };

/** The connection to one table's file: knows whether it still is that file, and whether it has a writer. */
export class Connection {
  readonly #table: Table;
  #opened: Opened | null = null;
  #walSeen: string | null = null;
  #version: bigint | null = null;
  #isWithoutWal = false;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The open database; null while there is none. */
  get opened(): Opened | null {
    return this.#opened;
  }

  /** May rows be missing that stood in a -wal beside the file once? */
  get isWithoutWal(): boolean {
    return this.#opened !== null && this.#isWithoutWal;
  }

  /** Returns true if the file of this name is the one that is open. */
  isCurrent(fileStat: FileStat): boolean {
    if (this.#opened === null) return false;
    const { db } = this.#opened;
    if (db.fileStat.identity !== fileStat.identity) return false;
    // A reader does not notice that the file was emptied under it: it continues with the pages that it remembers.
    if (fileStat.size === 0 && db.fileStat.size > 0) return false;
    if (db.access === 'still') return db.fileStat.stamp === fileStat.stamp;
    const wal = fileStat.wal?.identity ?? null;
    const isSameWal = this.#walSeen === null || this.#walSeen === wal;
    this.#walSeen = wal;
    return isSameWal;
  }

  /** Opens the file again; it counts as open once `attach` has done with it. Throws what they throw. */
  open(fileStat: FileStat, attach: (reader: Reader) => void): void {
    this.close();
    const db = openDatabase(this.#table.file, fileStat);
    try {
      const reader = createReader(db, this.#table);
      attach(reader);
      this.#opened = { db, reader };
    } catch (error) {
      db.close();
      throw error;
    }
    this.#isWithoutWal = fileStat.wal === null && db.isWal;
  }

  /** Returns true if the database has changed since the last call. Throws if it cannot be read. */
  hasChanged(): boolean {
    const version = this.#opened?.db.version() ?? null;
    const isOther = version !== this.#version;
    // There is a writer: all that is in the -wal is in it now.
    if (this.#version !== null && isOther) this.#isWithoutWal = false;
    this.#version = version;
    return isOther;
  }

  close(): void {
    this.#opened?.db.close();
    this.#opened = null;
    this.#walSeen = null;
    this.#version = null;
  }
}
