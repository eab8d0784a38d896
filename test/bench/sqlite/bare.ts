import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GENAI_FILE } from '../../../src/feeds/demo/schema.ts';
import { callTable } from '../../../src/feeds/sqlite/rows/call-row.ts';

const COLUMNS = [...callTable(GENAI_FILE).columns, 'user_query'].join(', ');
const SLICE = 1_024;

/** Reads the columns that we read of every call, and does nothing with them; the number of calls. */
export function bareSelect(folder: string): number {
  const db = new DatabaseSync(join(folder, GENAI_FILE), { readOnly: true });
  const select = db.prepare(`SELECT ${COLUMNS} FROM genai_events WHERE id > ? ORDER BY id LIMIT ${SLICE}`);
  select.setReadBigInts(true);
  select.setReturnArrays(true);
  let calls = 0;
  for (let last: unknown = 0n; typeof last === 'bigint';) {
    const rows = select.all(last) as unknown as readonly (readonly unknown[])[];
    calls += rows.length;
    last = rows.at(-1)?.[0];
  }
  db.close();
  return calls;
}
