import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { GENAI_FILE, GENAI_SCHEMA, INTERRUPTION_FILE, INTERRUPTION_SCHEMA } from '../../src/feeds/demo/schema.ts';
import type { WriterReply, WriterRequest } from '../fixtures/agentsight-writer.ts';

type Value = string | number | bigint | null;
export type Fields = Readonly<Record<string, Value>>;

/** agentsight's schema of v0.5: without the columns that came later. */
export const GENAI_SCHEMA_0_5 = GENAI_SCHEMA.split('\n')
  .filter((line) => !/first_output_timestamp_ns|call_kind|pending_origin|pending_match_key/.test(line))
  .join('\n');

/** A process of its own that writes agentsight's databases in `folder`; ended by `end`. */
export class AgentsightWriter {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: WriterReply) => void>();
  #next = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: WriterReply) => this.#waiting.get(reply.id)?.(reply));
  }

  static async start(folder: string, options: { readonly schema?: string | null } = {}): Promise<AgentsightWriter> {
    const execArgv = ['--disable-warning=ExperimentalWarning'];
    const child = fork(new URL('../fixtures/agentsight-writer.ts', import.meta.url), [folder], { execArgv });
    await once(child, 'message');
    const writer = new AgentsightWriter(child);
    if (options.schema !== null) await writer.createTables(options.schema);
    return writer;
  }

  async createTables(schema = GENAI_SCHEMA): Promise<void> {
    await this.exec(GENAI_FILE, schema);
    await this.exec(INTERRUPTION_FILE, INTERRUPTION_SCHEMA);
  }

  /** Inserts a call, complete unless `fields` say otherwise; its id and when it was committed (monotonic ns). */
  async call(fields: Fields = {}): Promise<{ readonly id: number; readonly at: bigint }> {
    return this.#insert(GENAI_FILE, 'genai_events', { ...callDefaults(this.#next), ...fields });
  }

  async interruption(fields: Fields = {}): Promise<{ readonly id: number; readonly at: bigint }> {
    return this.#insert(INTERRUPTION_FILE, 'interruption_events', { ...interruptionDefaults(this.#next), ...fields });
  }

  async updateCall(id: number, fields: Fields): Promise<void> {
    await this.#update(GENAI_FILE, 'genai_events', id, fields);
  }

  async updateInterruption(id: number, fields: Fields): Promise<void> {
    await this.#update(INTERRUPTION_FILE, 'interruption_events', id, fields);
  }

  /** Runs any SQL in one of the files; throws what SQLite says. */
  async exec(file: string, sql: string): Promise<void> {
    await this.#send(file, sql, []);
  }

  /** Closes the databases as a clean end of agentsight does. */
  async close(): Promise<void> {
    await this.exec(GENAI_FILE, 'CLOSE');
    await this.exec(INTERRUPTION_FILE, 'CLOSE');
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #insert(file: string, table: string, fields: Fields): Promise<{ readonly id: number; readonly at: bigint }> {
    const columns = Object.keys(fields);
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    const { rowId, at } = await this.#send(file, sql, Object.values(fields));
    return { id: Number(rowId), at: BigInt(at) };
  }

  async #update(file: string, table: string, id: number, fields: Fields): Promise<void> {
    const columns = Object.keys(fields).map((column) => `${column} = ?`);
    await this.#send(file, `UPDATE ${table} SET ${columns.join(', ')} WHERE id = ?`, [...Object.values(fields), id]);
  }

  async #send(file: string, sql: string, values: readonly Value[]): Promise<WriterReply & { readonly ok: true }> {
    const id = this.#next++;
    // Integers beyond 2^53 travel as text; an INTEGER column makes integers of them again.
    const parameters = values.map((value) => (typeof value === 'bigint' ? String(value) : value));
    const reply = await new Promise<WriterReply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, file, sql, parameters } satisfies WriterRequest);
    });
    this.#waiting.delete(id);
    if (!reply.ok) throw new Error(reply.error);
    return reply;
  }
}

/** A complete call of a moment ago. */
export function callDefaults(n: number): Fields {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    event_type: 'llm_call',
    status: 'complete',
    call_id: `msg_${n}`,
    conversation_id: 'c0ffee00c0ffee00c0ffee00c0ffee00',
    session_id: '3b2f9c1e-0000-4000-8000-00000000abcd',
    start_timestamp_ns: now - 1_500_000_123n,
    end_timestamp_ns: now - 123n,
    pid: 4242,
    process_name: 'node',
    agent_name: 'Claude',
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    input_tokens: 120,
    output_tokens: 8,
    cache_read_tokens: 1_800,
    cache_creation_tokens: 0,
    finish_reasons: '["end_turn"]',
    user_query: 'list the files',
    status_code: 200,
    event_json: '{}',
  };
}

/** An unresolved failure of now. */
export function interruptionDefaults(n: number): Fields {
  return {
    interruption_id: `${n}`.padStart(32, '0'),
    session_id: '3b2f9c1e-0000-4000-8000-00000000abcd',
    conversation_id: 'c0ffee00c0ffee00c0ffee00c0ffee00',
    pid: 4242,
    agent_name: 'Claude',
    interruption_type: 'llm_error',
    severity: 'high',
    occurred_at_ns: BigInt(Date.now()) * 1_000_000n,
    detail: '{"model":"claude-sonnet-4-5","status_code":500,"error":"upstream failed"}',
    resolved: 0,
  };
}
