/** The messages between the thread that follows a database and the one that reads its past ahead of it. */
import type { FileStat } from '../file-stat.ts';
import type { PackedRows } from '../rows/table.ts';

/** The program of that thread, beside the built one. */
export const WORKER_FILE = 'sqlite-worker.js';

/** The part of the past to read: rows after `last` up to `end`. */
export type Ahead = {
  readonly file: string;
  /** Device and inode of the file that is followed: no other one of its name is read. */
  readonly identity: FileStat['identity'];
  readonly last: bigint;
  readonly end: bigint;
};

/** The next rows, those that follow row `after` up to row `last`. */
export type Block = {
  readonly after: bigint;
  readonly last: bigint;
  readonly packed: PackedRows;
  readonly isEnd: boolean;
};

/** Null: what comes next is better read by the thread that follows the file. */
export type Answer = Block | null;
