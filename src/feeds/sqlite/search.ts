import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TextSearch } from '../../core/story.ts';
import { msToNs, nsToMs } from '../../core/units.ts';
import { MAX_CONTENT_BYTES } from '../limits.ts';
import { excerptOfJson, inJson } from '../text-match.ts';
import { idOf } from '../wire/fields.ts';
import { openDatabase } from './database.ts';
import { statDatabase } from './file-stat.ts';
import { columnsOf } from './schema.ts';
import { cutTo, toNs } from './rows/cells.ts';

/** Rows that are searched before others get a turn: each may hold megabytes. */
const SLICE = 16n;
/** Bytes of a text around its match that leave SQLite. */
const AROUND_BYTES = 1_024;
/** The columns that hold the messages, the answer first: a request repeats the earlier ones. */
const TEXTS = ['output_messages', 'input_messages', 'event_json'] as const;

/** Searches the messages of the calls of a database, the newest first. Never rejects. */
export async function searchCalls(file: string, search: TextSearch, signal: AbortSignal): Promise<void> {
  try {
    await searchOnce(file, search, signal);
  } catch {
    // The health of the source explains why.
    search.unread(file);
  }
}

async function searchOnce(file: string, search: TextSearch, signal: AbortSignal): Promise<void> {
  const fileStat = statDatabase(file);
  if (fileStat === null) return;
  const db = openDatabase(file, fileStat);
  try {
    const columns = columnsOf(db, 'genai_events');
    const texts = TEXTS.filter((name) => columns.has(name));
    if (texts.length === 0) return;
    const like = `%${inJson(search.text).replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
    const found = texts.map(
      (name) => `(octet_length(${name}) <= ${MAX_CONTENT_BYTES} AND ${name} LIKE ?1 ESCAPE '\\')`,
    );
    const around = texts.map((name) => {
      const position = `instr(lower(${name}), lower(?2))`;
      return `CASE WHEN ${name} LIKE ?1 ESCAPE '\\' THEN ${cutTo(AROUND_BYTES, `substr(${name}, max(1, ${position} - 64))`)} END`;
    });
    const query = db.prepare(
      `SELECT id, conversation_id, coalesce(end_timestamp_ns, start_timestamp_ns), coalesce(${around.join(', ')})
       FROM genai_events NOT INDEXED WHERE id < ?3 AND id >= ?4 AND (${found.join(' OR ')}) ORDER BY id DESC LIMIT ${SLICE}`,
    );
    const [last] = db.prepare('SELECT id, start_timestamp_ns FROM genai_events NOT INDEXED ORDER BY id DESC LIMIT 1')();
    const newest = typeof last?.[0] === 'bigint' ? last[0] : 0n;
    const age = db.prepare(
      'SELECT start_timestamp_ns FROM genai_events NOT INDEXED WHERE id >= ?1 ORDER BY id LIMIT 1',
    );
    const since = msToNs(search.since);
    for (let before = newest + 1n; before > 0n && !signal.aborted; before -= SLICE) {
      const from = before > SLICE ? before - SLICE : 0n;
      for (const [, conversation, at, text] of query(like, inJson(search.text), before, from)) {
        const [conversationId, ns] = [idOf(conversation), toNs(at)];
        if (conversationId === null || ns === null || ns < since) continue;
        const excerpt = excerptOfJson(typeof text === 'string' ? text : '', search.text) ?? '';
        search.hit({ conversationId, at: nsToMs(ns), part: 'answer', excerpt });
      }
      search.progress({ doneBytes: Number(newest - from), ofBytes: Number(newest) });
      const began = toNs(age(from)[0]?.[0]);
      if (began !== null && began < since) break;
      await nextTurn();
    }
  } finally {
    db.close();
  }
}
