import type { TableProblem } from '../../core/source-reasons.ts';
import type { Database } from './database.ts';

/** Thrown when the file is a database, but not one that we can read. */
export class NoSuchTable extends Error {
  readonly problem: TableProblem;

  constructor(problem: TableProblem) {
    super(`${problem.table}: ${problem.code}`);
    this.problem = problem;
  }
}

/**
 * Returns the columns of a table that can be read without running anything that the database's author wrote.
 *
 * A file of agentsight's name may hold anything under the table's name, and a SELECT over a view, a virtual table or a
 * generated column is a program of its author's, which may run for ever; `node:sqlite` can stop neither it nor the
 * thread that runs it. So only a plain table with an integer primary key counts, which makes each of our reads a walk
 * over as many rows as its LIMIT allows; generated columns count as absent. Triggers never run: we only read.
 *
 * `sqlite_schema` is asked before anything that compiles the name: views upon views take for ever to compile as well.
 * SQLite itself refuses a schema whose `type` and `name` are not those of the statement beside them.
 * Throws `NoSuchTable`.
 */
export function columnsOf(db: Database, table: string): ReadonlySet<string> {
  const names = plainColumnsOf(db, table);
  if (!names.has('id') || !isWalkedById(db, table)) {
    throw new NoSuchTable({ code: 'no_primary_key', table });
  }
  return names;
}

/** The same for any plain table, without a condition on its key. */
export function plainColumnsOf(db: Database, table: string): ReadonlySet<string> {
  const objects = db.prepare('SELECT type, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE LIMIT 2')(table);
  if (objects.length === 0) throw new NoSuchTable({ code: 'no_table', table });
  for (const [type, sql] of objects) {
    const isPlain = type === 'table' && typeof sql === 'string' && /^CREATE TABLE[\s"'`[]/iu.test(sql);
    if (!isPlain) throw new NoSuchTable({ code: 'no_plain_table', table });
  }
  const columns = db.prepare("SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0")(table);
  return new Set(columns.map(([name]) => String(name)));
}

/** Returns true if the database has a plain table of the highest ids given. */
export function hasSequence(db: Database): boolean {
  const [object] = db.prepare("SELECT type, sql FROM sqlite_schema WHERE name = 'sqlite_sequence'")();
  return object?.[0] === 'table' && /^CREATE TABLE\b/iu.test(String(object[1]));
}

// Without it, each read would sort the whole table.
function isWalkedById(db: Database, table: string): boolean {
  const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT id FROM ${table} NOT INDEXED WHERE id > 1 ORDER BY id`)();
  const [step, ...more] = plan.map((row) => String(row[3]));
  return more.length === 0 && step !== undefined && step.includes('USING INTEGER PRIMARY KEY');
}
