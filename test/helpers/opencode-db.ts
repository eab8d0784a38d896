import { DatabaseSync } from 'node:sqlite';

/** A writer of OpenCode's database, as another process would write it. */
export type OpencodeWriter = {
  readonly session: (id: string, fields?: Readonly<Record<string, string | number | null>>) => void;
  readonly message: (id: string, sessionId: string, data: object) => void;
  readonly part: (id: string, messageId: string, data: unknown) => void;
  /** Writes a message again under its id. */
  readonly rewrite: (id: string, data: object) => void;
  readonly run: (sql: string) => void;
  readonly close: () => void;
};

const SCHEMA = `
  CREATE TABLE session (id text PRIMARY KEY, project_id text, parent_id text, directory text NOT NULL, title text NOT NULL,
    version text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL);
  CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
  CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
  CREATE INDEX part_message_id_id_idx ON part (message_id, id);`;

/** Makes or opens a database of OpenCode. Times count up by a second from `from` (Unix ms). */
export function opencodeWriter(file: string, from = 1_788_501_100_000): OpencodeWriter {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL');
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'part'").get() === undefined) db.exec(SCHEMA);
  let now = from;
  const tick = (): number => (now += 1_000);
  const session = db.prepare('INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const message = db.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?)');
  const part = db.prepare('INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)');
  return {
    session: (id, fields = {}) => {
      const { directory = '/work/shop', parent_id: parent = null, title = 'New session' } = fields;
      session.run(id, 'prj', parent, directory, title, '1.4.2', tick(), now);
    },
    message: (id, sessionId, data) => message.run(id, sessionId, tick(), now, JSON.stringify(data)),
    part: (id, messageId, data) =>
      part.run(id, messageId, 'ses', tick(), now, typeof data === 'string' ? data : JSON.stringify(data)),
    rewrite: (id, data) => db.prepare('UPDATE message SET data = ? WHERE id = ?').run(JSON.stringify(data), id),
    run: (sql) => db.exec(sql),
    close: () => db.close(),
  };
}
