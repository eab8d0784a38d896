/**
 * agentsight's newest schema (feed contract, 3.2 and 3.3), as statements that make an empty database of it. For those
 * who play agentsight: the demo and the tests. The feed itself discovers columns and never reads this.
 */

/** Statements for `genai_events.db`; run once on an empty file. */
export const GENAI_SCHEMA = `
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS genai_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_type TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'complete',
  call_id TEXT,
  trace_id TEXT,
  conversation_id TEXT,
  session_id TEXT,
  instance TEXT,
  start_timestamp_ns INTEGER NOT NULL,
  end_timestamp_ns INTEGER,
  duration_ns INTEGER,
  first_output_timestamp_ns INTEGER,
  pid INTEGER,
  process_name TEXT,
  agent_name TEXT,
  operation_name TEXT,
  provider TEXT,
  model TEXT,
  request_model TEXT,
  response_model TEXT,
  temperature REAL,
  max_tokens INTEGER,
  top_p REAL,
  frequency_penalty REAL,
  presence_penalty REAL,
  finish_reasons TEXT,
  server_address TEXT,
  input_tokens INTEGER,
  output_tokens INTEGER,
  total_tokens INTEGER,
  cache_creation_tokens INTEGER,
  cache_read_tokens INTEGER,
  system_instructions TEXT,
  input_messages TEXT,
  output_messages TEXT,
  user_query TEXT,
  http_method TEXT,
  http_path TEXT,
  status_code INTEGER,
  is_sse INTEGER,
  sse_event_count INTEGER,
  interruption_type TEXT,
  call_kind TEXT NOT NULL DEFAULT 'main',
  pending_origin TEXT NOT NULL DEFAULT 'request_capture',
  pending_match_key TEXT,
  event_json TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  tool_call_ids TEXT
);
${indexes('genai_events', [
  'session_id',
  'trace_id',
  'conversation_id',
  'instance',
  'start_timestamp_ns',
  'pid',
  'model',
  'call_id',
  'provider',
  'status',
  'interruption_type',
  'call_kind',
  'pending_origin',
  'pending_match_key',
])}
`;

/** Statements for `interruption_events.db`; run once on an empty file. */
export const INTERRUPTION_SCHEMA = `
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS interruption_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  interruption_id TEXT NOT NULL UNIQUE,
  session_id TEXT,
  trace_id TEXT,
  conversation_id TEXT,
  call_id TEXT,
  pid INTEGER,
  agent_name TEXT,
  interruption_type TEXT NOT NULL,
  severity TEXT NOT NULL,
  occurred_at_ns INTEGER NOT NULL,
  detail TEXT,
  resolved INTEGER NOT NULL DEFAULT 0,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
${indexes('interruption_events', [
  'session_id',
  'occurred_at_ns',
  'interruption_type',
  'agent_name',
  'resolved',
  'conversation_id',
])}
`;

/** The two files of a feed directory. */
export const GENAI_FILE = 'genai_events.db';
export const INTERRUPTION_FILE = 'interruption_events.db';

function indexes(table: string, columns: readonly string[]): string {
  return columns
    .map((column) => `CREATE INDEX IF NOT EXISTS idx_${table}_${column} ON ${table}(${column});`)
    .join('\n');
}
