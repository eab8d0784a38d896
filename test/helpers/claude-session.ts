import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A session of Claude Code that is being written: rows as it writes them, in order, each with its time. */
export type ClaudeSession = {
  readonly id: string;
  readonly file: string;
  /** A row of any kind; returns its uuid. */
  readonly row: (fields: Readonly<Record<string, unknown>>) => string;
  readonly prompt: (text?: string) => string;
  /** An answer; `fields` are its message's. */
  readonly answer: (id: string, fields?: Readonly<Record<string, unknown>>) => string;
  /** A call that was given up. */
  readonly failure: (text: string, fields?: Readonly<Record<string, unknown>>) => string;
  readonly retry: (attempt: number, status?: number) => string;
  readonly tool: (id: string, name: string, input: unknown) => string;
  readonly result: (id: string, content: unknown) => string;
  /** Any text, as it is. */
  readonly text: (text: string) => void;
};

export type ClaudeSessionOptions = {
  readonly id?: string;
  readonly folder?: string;
  readonly cwd?: string;
  readonly version?: string;
  /** Time of the first row; each one after it is a second later. Default: now, and the present of each row. */
  readonly startsAt?: number;
};

let names = 0;

/** A uuid that no other row of this process has. */
export function nextUuid(): string {
  names += 1;
  return `00000000-0000-4000-8000-${String(names).padStart(12, '0')}`;
}

/** Begins a session's file below `root`, as `$CLAUDE_CONFIG_DIR` would name it. */
export function claudeSession(root: string, options: ClaudeSessionOptions = {}): ClaudeSession {
  const { id = nextUuid(), folder = '-work', cwd = '/work', version = '2.1.200', startsAt } = options;
  const file = join(root, 'projects', folder, `${id}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  let rows = 0;
  let latest = 0;
  const text = (one: string): void => appendFileSync(file, one);
  const row: ClaudeSession['row'] = (fields) => {
    // No two rows of a session have one time.
    latest = startsAt === undefined ? Math.max(Date.now(), latest + 1) : startsAt + rows * 1_000;
    const at = latest;
    rows += 1;
    const base = { parentUuid: null, isSidechain: false, userType: 'external', cwd, sessionId: id, version };
    const whole = { ...base, uuid: nextUuid(), timestamp: new Date(at).toISOString(), ...fields };
    text(`${JSON.stringify(whole)}\n`);
    return whole.uuid;
  };
  const message = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
    role: 'assistant',
    model: 'claude-opus-4-8',
    stop_reason: 'end_turn',
    content: [{ type: 'text', text: 'done' }],
    usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 },
    ...fields,
  });
  return {
    id,
    file,
    row,
    text,
    prompt: (said = 'go on') => row({ type: 'user', message: { role: 'user', content: said } }),
    answer: (messageId, fields = {}) => row({ type: 'assistant', message: message({ id: messageId, ...fields }) }),
    failure: (said, fields = {}) =>
      row({
        type: 'assistant',
        isApiErrorMessage: true,
        message: message({ id: nextUuid(), model: '<synthetic>', content: [{ type: 'text', text: said }] }),
        ...fields,
      }),
    retry: (retryAttempt, status = 529) =>
      row({
        type: 'system',
        subtype: 'api_error',
        retryAttempt,
        maxRetries: 10,
        error: { status, message: 'Overloaded' },
      }),
    tool: (toolId, name, input) =>
      row({
        type: 'assistant',
        message: message({ id: `msg_${nextUuid()}`, content: [{ type: 'tool_use', id: toolId, name, input }] }),
      }),
    result: (toolId, content) =>
      row({
        type: 'user',
        message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: toolId, content }] },
      }),
  };
}
