/** agentsight's databases for benches, and a process that writes them as agentsight does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { GENAI_FILE, GENAI_SCHEMA, INTERRUPTION_FILE, INTERRUPTION_SCHEMA } from '../../../src/feeds/demo/schema.ts';

const AGENTS = 20;
const CALLS_PER_CONVERSATION = 200;
/** Bytes of the whole event beside the columns: it must not matter, as it is not read. */
const EVENT_BYTES = 1_024;
const NS_PER_MS = 1_000_000n;
/** Time between two calls of a history, ms. */
const STEP_MS = 250;
const ROWS_PER_COMMIT = 10_000;

/** Both databases, empty; the calls are left open for writing. */
export function createDatabases(folder: string): DatabaseSync {
  const interruptions = new DatabaseSync(join(folder, INTERRUPTION_FILE));
  interruptions.exec(INTERRUPTION_SCHEMA);
  interruptions.close();
  return openForWriting(folder);
}

/** With agentsight's pragmas; the tables are made where there are none. */
export function openForWriting(folder: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, GENAI_FILE));
  db.exec(GENAI_SCHEMA);
  db.exec('PRAGMA busy_timeout = 500');
  return db;
}

/** Inserts call number `n`, in a commit of its own unless a transaction is open. */
export function inserter(db: DatabaseSync): (n: number, endMs: number, callId?: string) => void {
  const columns = Object.keys(callRow(0, 0, ''));
  const marks = columns.map(() => '?').join(', ');
  const insert = db.prepare(`INSERT INTO genai_events (${columns.join(', ')}) VALUES (${marks})`);
  return (n, endMs, callId = `msg_01${n.toString(36).padStart(16, '0')}`) => {
    insert.run(...Object.values(callRow(n, endMs, callId)));
  };
}

const EVENT = JSON.stringify({ LLMCall: { call_id: 'x', request: 'y'.repeat(EVENT_BYTES) } });

/** Call number `n`: column → value. */
function callRow(n: number, endMs: number, callId: string): Readonly<Record<string, string | number | bigint>> {
  const agent = n % AGENTS;
  const conversation = Math.floor(n / AGENTS / CALLS_PER_CONVERSATION) * AGENTS + agent;
  const endNs = BigInt(Math.trunc(endMs)) * NS_PER_MS;
  return {
    event_type: 'llm_call',
    status: 'complete',
    call_id: callId,
    conversation_id: conversation.toString(16).padStart(32, '0'),
    session_id: `3b2f9c1e-0000-4000-8000-${conversation.toString(16).padStart(12, '0')}`,
    start_timestamp_ns: endNs - 1_500_000_000n,
    end_timestamp_ns: endNs,
    pid: 4_000 + agent,
    process_name: 'node',
    agent_name: `Agent ${agent}`,
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    input_tokens: 120 + (n % 1_000),
    output_tokens: 8 + (n % 90),
    cache_read_tokens: n % 3 === 0 ? 0 : 1_800,
    cache_creation_tokens: 0,
    finish_reasons: '["end_turn"]',
    user_query: `list the files of ${conversation}`,
    status_code: n % 50 === 49 ? 429 : 200,
    event_json: EVENT,
  };
}

/** A history of so many calls that ends now. */
export function fill(folder: string, rows: number): void {
  const db = createDatabases(folder);
  const insert = inserter(db);
  const first = Date.now() - rows * STEP_MS;
  for (let n = 0; n < rows; n += 1) {
    if (n % ROWS_PER_COMMIT === 0) db.exec(n === 0 ? 'BEGIN' : 'COMMIT; BEGIN');
    insert(n, first + n * STEP_MS);
  }
  db.exec('COMMIT');
  db.close();
}

/** This bench once more, in a process of its own, as the named arm of it. */
export type Arm = {
  readonly child: ChildProcess;
  /** The next line that it prints. */
  readonly line: () => Promise<string>;
  readonly say: (line: string) => void;
  readonly end: () => Promise<void>;
};

export function startArm(...args: readonly string[]): Arm {
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  return {
    child,
    line: async () => String((await lines.next()).value),
    say: (line) => void child.stdin.write(`${line}\n`),
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** What the other side says, line by line, until it has nothing more to say. */
export function heard(): AsyncIterable<string> {
  return createInterface({ input: process.stdin });
}

export function tell(what: unknown): void {
  process.stdout.write(`${typeof what === 'string' ? what : JSON.stringify(what)}\n`);
}
