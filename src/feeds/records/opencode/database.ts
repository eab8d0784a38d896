/**
 * OpenCode's database: its tables by rowid, newest first, and each message with its parts. Written by another process all
 * the time; opened read-only, as agentsight's is (`feeds/sqlite`).
 */
import { type Database, openDatabase, type Query } from '../../sqlite/database.ts';
import type { FileStat } from '../../sqlite/file-stat.ts';
import type { Row } from '../../sqlite/rows/cells.ts';
import { NoSuchTable, plainColumnsOf } from '../../sqlite/schema.ts';
import { idOf } from '../../wire/fields.ts';
import { timeOf } from '../values.ts';
import type { StoredMessage, StoredPart } from './message.ts';
import type { StoredSession } from './sessions.ts';

/** Bytes of one row's JSON that are read; a larger part is a tool's output, and left out. */
const MAX_DATA = 1_048_576;
/** Parts of one read, and their bytes, over all its messages: a read holds up everything else. */
const MAX_PARTS = 50_000;
const MAX_PARTS_BYTES = 64 * 1_048_576;
/** Without an index on its message, parts are only searched in a table as small as this. */
const MAX_UNINDEXED_PARTS = 50_000n;
/** Bytes of the texts of one read. */
const MAX_TEXTS_BYTES = 4 * 1_048_576;

/** A message's key in its table, and what it takes to read it. */
export type MessageRow = StoredMessage & { readonly rowId: bigint };

/** Reads one open database. Each method is one short read, and may throw what SQLite throws. */
export type OpencodeReader = {
  readonly db: Database;
  /** Sessions that changed at `since` (ms) or later, and their number. */
  readonly sessions: (since: number) => readonly StoredSession[];
  /** Up to `limit` messages below `before`, the newest first. */
  readonly messagesBefore: (before: bigint, limit: number) => readonly MessageRow[];
  /** Up to `limit` messages after `after`, the oldest first. */
  readonly messagesAfter: (after: bigint, limit: number) => readonly MessageRow[];
  readonly messagesById: (ids: readonly string[]) => readonly MessageRow[];
  /** The messages of up to `limit` parts after `after`, and the last of those parts. */
  readonly partsAfter: (
    after: bigint,
    limit: number,
  ) => { readonly messages: readonly string[]; readonly last: bigint };
  readonly partsOf: (messages: readonly string[]) => ReadonlyMap<string, readonly StoredPart[]>;
  /** The same with the messages, up to a few megabytes. */
  readonly textsOf: (messages: readonly string[]) => ReadonlyMap<string, readonly StoredPart[]>;
  /** Up to `limit` messages of a session that were made before `before` (ms), the newest first; null: they cannot be found. */
  readonly sessionMessages: (sessionId: string, before: number, limit: number) => readonly MessageRow[] | null;
  /** The messages of those parts below `before` and not below `from` whose JSON holds a text, upper and lower case alike. */
  readonly partsWith: (text: string, from: bigint, before: bigint) => readonly string[];
  /** The highest rowids, and the ids of those rows: another id there means that rows were deleted and numbers given anew. */
  readonly end: (table: 'message' | 'part') => { readonly rowId: bigint; readonly id: string | null };
  readonly idAt: (table: 'message' | 'part', rowId: bigint) => string | null;
};

const REQUIRED = {
  session: ['id', 'directory'],
  message: ['id', 'session_id', 'time_created', 'data'],
  part: ['id', 'message_id', 'data'],
} as const;

/** Opens the database. Throws what SQLite throws, and `NoSuchTable` where it is no database of OpenCode. */
export function openOpencode(file: string, fileStat: FileStat): OpencodeReader {
  const db = openDatabase(file, fileStat);
  try {
    return createReader(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createReader(db: Database): OpencodeReader {
  const [session, , part] = (['session', 'message', 'part'] as const).map((table) => columns(db, table));
  const optional = (has: ReadonlySet<string> | undefined, name: string): string => (has?.has(name) ? name : 'NULL');
  const data = `CASE WHEN octet_length(data) <= ${MAX_DATA} THEN data END`;
  const message = `SELECT rowid, id, session_id, time_created, ${data} FROM message NOT INDEXED`;
  const updated = optional(session, 'time_updated');
  const sessions = db.prepare(
    `SELECT id, ${['parent_id', 'directory', 'title', 'version', 'time_created'].map((name) => optional(session, name)).join(', ')}
     FROM session NOT INDEXED WHERE rowid > ? AND (${updated} IS NULL OR ${updated} >= ?) ORDER BY rowid LIMIT ?`,
  );
  const before = db.prepare(`${message} WHERE rowid < ? ORDER BY rowid DESC LIMIT ?`);
  const after = db.prepare(`${message} WHERE rowid > ? ORDER BY rowid LIMIT ?`);
  const byId = db.prepare(
    `${message.replace(' NOT INDEXED', '')} WHERE id IN (SELECT value FROM json_each(?)) LIMIT ?`,
  );
  const partsAfter = db.prepare(
    `SELECT rowid, message_id FROM part NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ?`,
  );
  const partsOf = partQuery(db, optional(part, 'time_created'), 'counts');
  const textsOf = partQuery(db, optional(part, 'time_created'), 'texts');
  const sessionMessages = sessionQuery(db, message);
  const partsWith = db.prepare(
    `SELECT DISTINCT message_id FROM part NOT INDEXED WHERE rowid < ? AND rowid >= ? AND octet_length(data) <= ${MAX_DATA}
     AND data LIKE ? ESCAPE '\\' LIMIT ${MAX_PARTS}`,
  );
  const ends = { message: endOf(db, 'message'), part: endOf(db, 'part') };
  const ids = { message: idQuery(db, 'message'), part: idQuery(db, 'part') };
  return {
    db,
    sessions: (since) => walkSessions(sessions, since),
    messagesBefore: (rowId, limit) => rows(before(rowId, limit), rowId, (a, b) => a < b),
    messagesAfter: (rowId, limit) => rows(after(rowId, limit), rowId, (a, b) => a > b),
    messagesById: (wanted) =>
      byId(JSON.stringify(wanted), wanted.length * 2)
        .map(messageOf)
        .filter((one) => one !== null),
    partsAfter: (rowId, limit) => changedParts(partsAfter(rowId, limit), rowId),
    partsOf: (messages) => groupParts(partsOf(messages)),
    textsOf: (messages) => groupParts(textsOf(messages)),
    sessionMessages,
    partsWith: (text, from, below) =>
      partsWith(below, from, `%${text.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`).flatMap(([id]) => idOf(id) ?? []),
    end: (table) => {
      const [row] = ends[table]();
      return { rowId: rowIdOf(row), id: idOf(row?.[1]) };
    },
    idAt: (table, rowId) => idOf(ids[table](rowId)[0]?.[0]),
  };
}

function columns(db: Database, table: keyof typeof REQUIRED): ReadonlySet<string> {
  const names = plainColumnsOf(db, table);
  const missing = REQUIRED[table].filter((name) => !names.has(name));
  if (missing.length > 0) throw new NoSuchTable({ code: 'no_columns', table, columns: missing });
  // Without a rowid, or with a column of that name, each read would sort the whole table.
  const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT rowid FROM ${table} NOT INDEXED WHERE rowid > 1 ORDER BY rowid`)();
  if (plan.length !== 1 || !String(plan[0]?.[3]).includes('USING INTEGER PRIMARY KEY')) {
    throw new NoSuchTable({ code: 'no_rowid', table });
  }
  return names;
}

const MAX_SESSIONS = 100_000;

function walkSessions(query: Query, since: number): readonly StoredSession[] {
  const found: StoredSession[] = [];
  // The rows are few and small: no JSON stands in them.
  for (const row of query(-1n, since, MAX_SESSIONS)) {
    const [id, parentId, directory, title, version, createdAt] = row;
    const known = idOf(id);
    if (known === null) continue;
    found.push({
      id: known,
      parentId: idOf(parentId),
      directory,
      title,
      version,
      createdAt: timeOf(Number(createdAt ?? 0)),
    });
  }
  return found;
}

// Messages are most of a database, and none of it is counted.
const TEXT = `substr(data, 1, 22) GLOB '{"type":"text"*' OR substr(data, 1, 22) GLOB '{"type":"reasoning"*'`;

function partQuery(
  db: Database,
  createdAt: string,
  wanting: 'counts' | 'texts',
): (messages: readonly string[]) => readonly Row[] {
  const where = 'WHERE message_id IN (SELECT value FROM json_each(?)) LIMIT ?';
  const select = `SELECT rowid, message_id, id, ${createdAt}, octet_length(data) FROM part ${where}`;
  const plan = db
    .prepare(`EXPLAIN QUERY PLAN ${select}`)('[]', 1)
    .map((row) => String(row[3]));
  const isIndexed = plan.some((step) => step.startsWith('SEARCH part USING INDEX'));
  if (!isIndexed && rowIdOf(endOf(db, 'part')()[0]) > MAX_UNINDEXED_PARTS) {
    throw new NoSuchTable({ code: 'no_index', table: 'part', column: 'message_id' });
  }
  const list = db.prepare(select);
  const [value, maxBytes] =
    wanting === 'texts' ? ['data', MAX_TEXTS_BYTES] : [`CASE WHEN ${TEXT} THEN NULL ELSE data END`, MAX_PARTS_BYTES];
  const data = db.prepare(`SELECT rowid, ${value} FROM part NOT INDEXED
    WHERE rowid IN (SELECT value FROM json_each(?)) LIMIT ?`);
  return (messages) => {
    const found = list(JSON.stringify(messages), MAX_PARTS);
    const wanted: bigint[] = [];
    let bytes = 0n;
    for (const row of found) {
      const size = typeof row[4] === 'bigint' ? row[4] : 0n;
      if (size > MAX_DATA || bytes + size > maxBytes) continue;
      bytes += size;
      wanted.push(rowIdOf(row));
    }
    const texts = new Map(data(`[${wanted.join(',')}]`, wanted.length).map((row) => [rowIdOf(row), row[1]]));
    return found.map((row) => [row[1], row[2], row[3], texts.get(rowIdOf(row)) ?? null]);
  };
}

// Without an index a session is only looked for in a small table.
function sessionQuery(db: Database, message: string): OpencodeReader['sessionMessages'] {
  const select = `${message.replace(' NOT INDEXED', '')} WHERE session_id = ? AND time_created < ?
    ORDER BY time_created DESC, id DESC LIMIT ?`;
  const plan = db
    .prepare(`EXPLAIN QUERY PLAN ${select}`)('', 0, 1)
    .map((row) => String(row[3]));
  const isIndexed = plan.some((step) => step.startsWith('SEARCH message USING INDEX'));
  const isSmall = rowIdOf(endOf(db, 'message')()[0]) <= MAX_UNINDEXED_PARTS;
  if (!isIndexed && !isSmall) return () => null;
  const query = db.prepare(select);
  return (sessionId, before, limit) =>
    query(sessionId, before, limit)
      .map(messageOf)
      .filter((one) => one !== null);
}

function endOf(db: Database, table: string): Query {
  return db.prepare(`SELECT rowid, id FROM ${table} NOT INDEXED ORDER BY rowid DESC LIMIT 1`);
}

function idQuery(db: Database, table: string): Query {
  return db.prepare(`SELECT id FROM ${table} NOT INDEXED WHERE rowid = ?`);
}

// The pages of a damaged or forged table may lead back to rows that were read.
function rows(found: readonly Row[], from: bigint, isNext: (a: bigint, b: bigint) => boolean): readonly MessageRow[] {
  let last = from;
  const messages: MessageRow[] = [];
  for (const row of found) {
    const message = messageOf(row);
    if (!isNext(rowIdOf(row), last)) break;
    last = rowIdOf(row);
    if (message !== null) messages.push(message);
  }
  return messages;
}

function messageOf(row: Row): MessageRow | null {
  const [, id, sessionId, createdAt, data] = row;
  const [known, session] = [idOf(id), idOf(sessionId)];
  if (known === null || session === null) return null;
  return {
    rowId: rowIdOf(row),
    id: known,
    sessionId: session,
    createdAt: timeOf(Number(createdAt ?? 0)) ?? 0,
    data: parsed(data),
  };
}

function changedParts(found: readonly Row[], after: bigint): { messages: readonly string[]; last: bigint } {
  let last = after;
  const messages = new Set<string>();
  for (const row of found) {
    if (rowIdOf(row) <= last) break;
    last = rowIdOf(row);
    const id = idOf(row[1]);
    if (id !== null) messages.add(id);
  }
  return { messages: [...messages], last };
}

// Ids of parts grow with time, and so does their order within a message.
function groupParts(found: readonly Row[]): ReadonlyMap<string, readonly StoredPart[]> {
  const groups = new Map<string, StoredPart[]>();
  for (const [message, id, createdAt, data] of found) {
    const [key, known] = [idOf(message), idOf(id)];
    if (key === null || known === null) continue;
    const part = { id: known, createdAt: timeOf(Number(createdAt ?? 0)), data: parsed(data) };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [part]);
    else group.push(part);
  }
  for (const group of groups.values()) group.sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  return groups;
}

function rowIdOf(row: Row | undefined): bigint {
  return typeof row?.[0] === 'bigint' ? row[0] : 0n;
}

function parsed(data: Row[number]): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return null;
  }
}
