import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import type { Call } from '../../src/core/calls.ts';
import type { FactEvent, FeedEvent } from '../../src/core/feed.ts';
import type { Interruption } from '../../src/core/interruptions.ts';
import { GENAI_FILE, GENAI_SCHEMA, INTERRUPTION_FILE, INTERRUPTION_SCHEMA } from '../../src/feeds/demo/schema.ts';
import { sqliteFeed, type SqliteOptions } from '../../src/feeds/sqlite/sqlite-feed.ts';
import { AgentsightWriter, callDefaults, interruptionDefaults, type Fields } from './agentsight-writer.ts';
import { followFeed, type Followed } from './follow-feed.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

/** A folder with agentsight's databases, the process that writes them, and a feed that has caught up. */
export type World = { readonly folder: string; readonly writer: AgentsightWriter; readonly feed: Followed };

export async function liveWorld(schema?: string): Promise<World> {
  const folder = tempDir();
  const writer = await startWriter(folder, schema);
  const feed = followSqlite(folder);
  await feed.caughtUp();
  return { folder, writer, feed };
}

/** A writer that is ended with the test. `schema` null leaves the folder without tables. */
export async function startWriter(folder: string, schema?: string | null): Promise<AgentsightWriter> {
  const writer = await AgentsightWriter.start(folder, schema === undefined ? {} : { schema });
  onTestFinished(() => writer.end());
  return writer;
}

/** A folder with these rows, written and closed: for what needs no live writer. */
export function folderWith(calls: readonly Fields[], interruptions: readonly Fields[] = []): string {
  const folder = tempDir();
  fill(
    join(folder, GENAI_FILE),
    GENAI_SCHEMA,
    'genai_events',
    calls.map((row, at) => ({ ...callDefaults(at), ...row })),
  );
  const rows = interruptions.map((row, at) => ({ ...interruptionDefaults(at), ...row }));
  fill(join(folder, INTERRUPTION_FILE), INTERRUPTION_SCHEMA, 'interruption_events', rows);
  return folder;
}

export function followSqlite(path: string, options: Partial<SqliteOptions> = {}): Followed {
  return followFeed(sqliteFeed({ path, ...options }));
}

/** What was said about one call row, oldest first. */
export function callsOf(feed: Followed, record: number): readonly (Call & { readonly arrival: string })[] {
  return feed.events.flatMap((event) =>
    event.type === 'call' && event.record === String(record) ? [{ ...event.call, arrival: event.arrival }] : [],
  );
}

export function interruptionsOf(
  feed: Followed,
  record: number,
): readonly (Interruption & { readonly arrival: string })[] {
  return feed.events.flatMap((event) =>
    event.type === 'interruption' && event.record === String(record)
      ? [{ ...event.interruption, arrival: event.arrival }]
      : [],
  );
}

/** `call 1 live`, `interruption 1 gap` … in the order of delivery. */
export function story(events: readonly FeedEvent[]): readonly string[] {
  return events.map((event) =>
    'arrival' in event
      ? `${event.type} ${event.record} ${event.arrival}`
      : `summary ${'conversationId' in event ? event.conversationId : ''}`,
  );
}

/** Waits until a row was told `times` times. */
export async function told(feed: Followed, type: FactEvent['type'], record: number, times = 1): Promise<void> {
  const count = (): number =>
    feed.events.filter((event) => event.type === type && event.record === String(record)).length;
  await until(() => count() >= times, 15_000);
}

function fill(file: string, schema: string, table: string, rows: readonly Fields[]): void {
  const db = new DatabaseSync(file);
  db.exec(schema);
  db.exec('BEGIN');
  for (const row of rows) {
    const columns = Object.keys(row);
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    db.prepare(sql).run(...Object.values(row));
  }
  db.exec('COMMIT');
  db.close();
}
