import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What agentsight's server answers to a path, from the databases in a folder; null for a path that it has not. */
export type Api = (path: string, query: URLSearchParams) => string | null;

type Row = Record<string, unknown>;

/** agentsight's read interface over its databases. `isNew` has the fields and filters that came after 0.5. */
export function agentsightApi(folder: string, isNew: boolean): Api {
  const calls = new DatabaseSync(join(folder, 'genai_events.db'), { readOnly: true });
  const interruptions = join(folder, 'interruption_events.db');
  const rows = (sql: string, ...values: (string | bigint)[]): Row[] => {
    const statement = calls.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...values);
  };
  return (path, query) => {
    const [, api, what, id, part] = path.split('/').map(decodeURIComponent);
    if (api !== 'api') return path === '/health' ? HEALTH : null;
    const window = [BigInt(query.get('start_ns') ?? 0), BigInt(query.get('end_ns') ?? MAX_NS)] as const;
    const kinds = isNew && query.get('include_auxiliary') !== 'true' ? "AND call_kind = 'main'" : '';
    if (what === 'sessions' && id === undefined) return json(rows(sessionsSql(kinds), ...window));
    if (what === 'sessions' && part === 'traces') {
      const found = rows(tracesSql(kinds), id ?? '', ...window);
      return json(isNew ? found : found.map((row) => ({ trace_id: row['conversation_id'], ...row })));
    }
    if (what === 'conversations' && part === undefined)
      return json(rows(DETAIL('conversation_id'), id ?? '').map(slim));
    if (what === 'traces') return json(rows(DETAIL('trace_id'), id ?? '').map(slim));
    if (what === 'interruptions' && id === undefined) return interruptionsIn(interruptions, query, window, isNew);
    return null;
  };
}

const HEALTH = '{"status":"ok","uptime_seconds":2,"version":"0.5.0"}';
const MAX_NS = '9223372036854775807';

function sessionsSql(kinds: string): string {
  return `SELECT session_id, count(DISTINCT conversation_id) conversation_count, min(start_timestamp_ns) first_seen_ns,
    max(start_timestamp_ns) last_seen_ns, coalesce(sum(input_tokens), 0) total_input_tokens,
    coalesce(sum(output_tokens), 0) total_output_tokens, max(model) model,
    coalesce(max(agent_name), max(process_name)) agent_name
    FROM genai_events WHERE session_id IS NOT NULL AND start_timestamp_ns BETWEEN ? AND ? ${kinds}
    GROUP BY session_id ORDER BY last_seen_ns DESC`;
}

function tracesSql(kinds: string): string {
  return `SELECT conversation_id, count(*) call_count, coalesce(sum(input_tokens), 0) total_input_tokens,
    coalesce(sum(output_tokens), 0) total_output_tokens, min(start_timestamp_ns) start_ns,
    max(end_timestamp_ns) end_ns, max(model) model, max(user_query) user_query
    FROM genai_events WHERE session_id = ? AND conversation_id IS NOT NULL AND start_timestamp_ns BETWEEN ? AND ? ${kinds}
    GROUP BY conversation_id ORDER BY start_ns DESC`;
}

const DETAIL = (by: string): string => `SELECT id, call_id, start_timestamp_ns, end_timestamp_ns, model,
  coalesce(input_tokens, 0) input_tokens, coalesce(output_tokens, 0) output_tokens,
  coalesce(total_tokens, 0) total_tokens, input_messages, output_messages, system_instructions, agent_name,
  process_name, pid, user_query, event_json, trace_id, conversation_id, cache_read_tokens, status, interruption_type
  FROM genai_events WHERE ${by} = ? ORDER BY start_timestamp_ns`;

const LEFT_OUT_WHEN_NULL: ReadonlySet<string> = new Set([
  'trace_id',
  'conversation_id',
  'cache_read_tokens',
  'status',
  'interruption_type',
]);

function slim(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([key, value]) => value !== null || !LEFT_OUT_WHEN_NULL.has(key)),
  );
}

function interruptionsIn(
  file: string,
  query: URLSearchParams,
  window: readonly [bigint, bigint],
  isNew: boolean,
): string {
  if (!existsSync(file)) return '[]';
  const asked = Number(query.get('limit') ?? 200);
  const limit = isNew ? Math.min(asked <= 0 ? 200 : asked, 1_000) : asked;
  const db = new DatabaseSync(file, { readOnly: true });
  const statement = db.prepare(
    `SELECT id, interruption_id, session_id, trace_id, conversation_id, call_id, pid, agent_name, interruption_type,
      severity, occurred_at_ns, detail, resolved FROM interruption_events WHERE occurred_at_ns BETWEEN ? AND ?
      ORDER BY occurred_at_ns DESC LIMIT ?`,
  );
  statement.setReadBigInts(true);
  const rows = statement.all(...window, limit) as Row[];
  db.close();
  return json(rows.map((row) => ({ ...row, resolved: row['resolved'] !== 0n })));
}

// Integers as they are, however large.
function json(rows: readonly Row[]): string {
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'bigint' ? (JSON as unknown as RawJson).rawJSON(String(value)) : value,
  );
}

type RawJson = { readonly rawJSON: (text: string) => unknown };
