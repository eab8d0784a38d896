import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PlannedCall, PlannedInterruption } from './script/action.ts';
import { completedColumns, interruptionRow, pendingRow, type Row, type ToNs } from './rows.ts';
import { GENAI_FILE, GENAI_SCHEMA, INTERRUPTION_FILE, INTERRUPTION_SCHEMA } from './schema.ts';

/** agentsight's two databases, written as agentsight writes them: every method is one commit. */
export type Recorder = {
  readonly open: (call: PlannedCall, origin: string) => void;
  readonly complete: (call: PlannedCall) => void;
  readonly interrupt: (call: PlannedCall, stamp: string) => void;
  readonly stamp: (call: PlannedCall, stamp: string) => void;
  readonly session: (call: PlannedCall, sessionId: string) => void;
  readonly interruption: (row: PlannedInterruption) => void;
  /** Folds the WAL into the databases and closes them, as agentsight does when it ends. */
  readonly close: () => void;
};

/** Opens the databases in `directory`, which must exist, and makes them where they are missing. Throws SQLite's errors. */
export function openRecorder(directory: string, toNs: ToNs): Recorder {
  const genai = openDatabase(join(directory, GENAI_FILE), GENAI_SCHEMA);
  const interruptions = openDatabase(join(directory, INTERRUPTION_FILE), INTERRUPTION_SCHEMA);
  const update = (call: PlannedCall, columns: Row, where = ''): void => {
    const names = Object.keys(columns);
    const sets = names.map((name) => `${name} = ?`).join(', ');
    genai
      .prepare(`UPDATE genai_events SET ${sets} WHERE call_id = ?${where}`)
      .run(...Object.values(columns), call.callId);
  };
  return {
    open: (call, origin) => insert(genai, 'genai_events', pendingRow(call, origin, toNs)),
    complete: (call) => {
      if (call.end === null) return;
      update(call, completedColumns(call, call.end, toNs), " AND status IN ('pending', 'interrupted')");
    },
    interrupt: (call, stamp) => update(call, { status: 'interrupted', interruption_type: stamp }),
    stamp: (call, stamp) => update(call, { interruption_type: stamp }),
    session: (call, sessionId) => update(call, { session_id: sessionId }),
    interruption: (row) => insert(interruptions, 'interruption_events', interruptionRow(row, toNs)),
    close: () => {
      for (const database of [genai, interruptions]) closeDatabase(database);
    },
  };
}

function openDatabase(file: string, schema: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 500 });
  database.exec(schema);
  return database;
}

function insert(database: DatabaseSync, table: string, row: Row): void {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(row));
}

function closeDatabase(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}
