import { describe, expect, test } from 'vitest';
import type { Moment } from '../../../src/core/moments.ts';
import type { RecordMedium } from '../../../src/core/sources.ts';
import { createBook } from '../../../src/feeds/records/book.ts';
import { Sessions } from '../../../src/feeds/records/opencode/sessions.ts';
import type { FileName, ItemSink } from '../../../src/feeds/records/provider.ts';
import { PROVIDERS } from '../../../src/feeds/records/registry.ts';

const AT = '2026-11-30T12:00:00.000Z';
let rows = 0;

/** A file of records that is being written: the moments that each batch of rows tells of. */
function file(
  medium: Exclude<RecordMedium, 'opencode'>,
  name: Partial<FileName> = {},
  arrival: 'live' | 'historical' = 'live',
) {
  const { book, taken, add } = empty(arrival);
  const path = {
    claude: ['p', 's.jsonl'],
    codex: ['sessions', 'x'],
    gemini: ['tmp', 'p', 'chats', 'x'],
    qwen: ['p', 'x'],
  };
  const whole = {
    path: path[medium],
    format: 'lines',
    kind: 'session',
    sessionId: 's',
    agentId: null,
    ...name,
  } as const;
  const store = PROVIDERS[medium].store();
  if (store.type !== 'files') throw new Error(`${medium} has no files`);
  const decoder = store.decoder(whole, add(whole).sink);
  return (...values: readonly unknown[]): readonly string[] => {
    for (const value of values) decoder.record(value, { offset: 0, index: 0 });
    return book.isDirty() ? taken() : [];
  };
}

function empty(arrival: 'live' | 'historical') {
  const none = (): void => undefined;
  const book = createBook({ agent: 'A', copies: null, unknown: none, malformed: none });
  const taken = (): readonly string[] =>
    book.take(() => arrival).flatMap((event) => (event.type === 'moment' ? [wordsOf(event.moment)] : []));
  return { book, taken, add: book.add };
}

function wordsOf({ type, key, conversationId, cause }: Moment): string {
  const what = cause.code === 'risky_tool' ? ` ${cause.tool}: ${cause.command}` : '';
  return `${conversationId} ${type}${what} ${key.split(':').at(-1)}`;
}

function claude(fields: Readonly<Record<string, unknown>>): unknown {
  rows += 1;
  return { uuid: `uuid-${rows}`, timestamp: AT, sessionId: 's', cwd: '/w', version: '2', ...fields };
}

const says = (content: unknown, more: Readonly<Record<string, unknown>> = {}): unknown =>
  claude({ type: 'user', message: { role: 'user', content }, ...more });
const asks = (id: string, name: string, input: unknown, more: Readonly<Record<string, unknown>> = {}): unknown =>
  claude({
    type: 'assistant',
    message: { id: `msg_${id.padEnd(20, '0')}`, content: [{ type: 'tool_use', id, name, input }] },
    ...more,
  });
const ends = (id: string): unknown => says([{ type: 'tool_result', tool_use_id: id, content: 'ok' }]);

describe('Claude Code', () => {
  test('a person’s prompt begins a turn; bookkeeping, results and a command’s output do not', () => {
    const add = file('claude');
    expect(add(says('do it', { uuid: 'one' }))).toEqual(['s turn_start one']);
    expect(add(says('meta', { isMeta: true }), says('summary', { isCompactSummary: true }))).toEqual([]);
    expect(add(says('<local-command-stdout>x</local-command-stdout>'))).toEqual([]);
    expect(add(says('<task-notification>\n<task-id>b1</task-id>\n</task-notification>'))).toEqual([]);
    expect(add(says([{ type: 'text', text: '[Request interrupted by user]' }]))).toEqual([]);
    expect(add(asks('t1', 'Read', { file_path: '/w/a' }), ends('t1'))).toEqual([]);
    // The program may put a report of its own before what a person wrote.
    const both = ['<task-notification>x</task-notification>', 'do it'].map((text) => ({ type: 'text', text }));
    expect(add(says(both, { uuid: 'both' }))).toEqual(['s turn_start both']);
    expect(add(says(both.slice(0, 1)))).toEqual([]);
    // Of several at a time the last one counts.
    expect(add(says('a', { uuid: 'two' }), says('b', { uuid: 'three' }))).toEqual(['s turn_start three']);
  });

  test('a risky tool is told while it is open, and once', () => {
    const add = file('claude');
    expect(add(asks('t1', 'Bash', { command: 'rm -rf x' }))).toEqual(['s risky_tool Bash: rm -r t1']);
    expect(add(asks('t1', 'Bash', { command: 'rm -rf x' }), ends('t1'))).toEqual([]);
    expect(add(asks('t2', 'Bash', { command: 'rm -rf x' }), ends('t2'))).toEqual([]);
    expect(
      add(asks('t3', 'Bash', { command: 'rm -rf x' }), says('[Request interrupted by user for tool use]')),
    ).toEqual([]);
  });

  test('a sub-agent begins no turn, and its tools are told', () => {
    const add = file('claude', { agentId: 'a1', kind: 'sub_agent' });
    const side = { isSidechain: true, agentId: 'a1' };
    expect(add(says('task', side), asks('t1', 'Bash', { command: 'git reset --hard' }, side))).toEqual([
      's#agent-a1 risky_tool Bash: git reset --hard t1',
    ]);
  });

  test('a history tells of none', () => {
    const add = file('claude', {}, 'historical');
    expect(add(says('do it'), asks('t1', 'Bash', { command: 'rm -rf x' }))).toEqual([]);
  });

  test('whatever stands in the place of a command is no reason to stop', () => {
    const add = file('claude');
    const odd = [
      null,
      7,
      '',
      [],
      ['rm', 7, null],
      { command: { a: 1 } },
      { command: 'x'.repeat(1_000_000) },
      { command: '\u0000$(' },
    ];
    expect(add(...odd.map((input, at) => asks(`t${at}`, 'Bash', input)))).toEqual([]);
  });
});

describe('Codex', () => {
  const line = (type: string, payload: Readonly<Record<string, unknown>>): unknown => ({
    timestamp: AT,
    type,
    payload,
  });

  test('a turn starts with its task; a tool is told until its output', () => {
    const add = file('codex', { sessionId: 's' });
    add(line('session_meta', { id: 's', timestamp: AT, cwd: '/w' }));
    const started = line('event_msg', { type: 'task_started', turn_id: 'turn1' });
    expect(add(started, line('event_msg', { type: 'user_message', message: 'do it' }))).toEqual(['s turn_start turn1']);
    const shell = (id: string, args: unknown): unknown =>
      line('response_item', { type: 'function_call', name: 'shell', arguments: JSON.stringify(args), call_id: id });
    expect(add(shell('c1', { command: ['bash', '-lc', 'git clean -fd'] }))).toEqual([
      's risky_tool shell: git clean c1',
    ]);
    const output = line('response_item', { type: 'function_call_output', call_id: 'c1', output: 'ok' });
    expect(add(output, shell('c2', { cmd: 'ls' }))).toEqual([]);
  });

  test('a version without tasks starts a turn with the message', () => {
    const add = file('codex');
    add(line('session_meta', { id: 's', timestamp: AT, cwd: '/w' }));
    expect(add(line('event_msg', { type: 'user_message', message: 'do it' }))).toEqual([
      `s turn_start ${Date.parse(AT)}`,
    ]);
  });
});

describe('Gemini CLI', () => {
  const meta = { sessionId: 's', projectHash: 'h', startTime: AT };
  const asked = { id: 'm1', timestamp: AT, type: 'user', content: 'do it' };
  const answer = (status: string): unknown => ({
    id: 'm2',
    timestamp: AT,
    type: 'gemini',
    toolCalls: [{ id: 'c1', name: 'run_shell_command', args: { command: 'rm -r x' }, status }],
  });

  test('a message of the person begins a turn; a tool is told where the record shows it open', () => {
    const add = file('gemini');
    expect(add(meta, asked)).toEqual(['s turn_start m1']);
    expect(add(answer('executing'))).toEqual(['s risky_tool run_shell_command: rm -r c1']);
    expect(add(answer('success'))).toEqual([]);
  });
});

describe('Qwen Code', () => {
  const row = (fields: Readonly<Record<string, unknown>>): unknown => ({
    uuid: 'u1',
    timestamp: AT,
    sessionId: 's',
    cwd: '/w',
    ...fields,
  });
  const call = { functionCall: { id: 'c1', name: 'run_shell_command', args: { command: 'rm -r x' } } };

  test('a prompt begins a turn; a tool is told until its result', () => {
    const add = file('qwen');
    expect(add(row({ type: 'user', message: { parts: [{ text: 'do it' }] } }))).toEqual(['s turn_start u1']);
    expect(add(row({ uuid: 'u2', type: 'assistant', message: { parts: [call] } }))).toEqual([
      's risky_tool run_shell_command: rm -r c1',
    ]);
    const result = { parts: [{ functionResponse: { id: 'c1', response: {} } }] };
    expect(add(row({ uuid: 'u3', type: 'tool_result', message: result }))).toEqual([]);
  });
});

describe('OpenCode', () => {
  /** A store of which messages are read. */
  function store(parentId: string | null) {
    const { taken, add } = empty('live');
    const name = { path: ['s'], format: 'document', kind: 'session', sessionId: 's', agentId: null } as const;
    const sink: ItemSink = add(name).sink;
    const none = (): void => undefined;
    const host = { session: () => sink, deliver: none, ok: none, caughtUp: none, trouble: none };
    const sessions = new Sessions(host);
    sessions.session({ id: 's', parentId, directory: '/w', title: 't', version: '1', createdAt: 1 });
    const tells = (id: string, data: unknown, parts: readonly unknown[]): readonly string[] => {
      const stored = { id, sessionId: 's', createdAt: Date.parse(AT), data };
      sessions.message(
        stored,
        parts.map((part, at) => ({ id: `${id}-p${at}`, createdAt: Date.parse(AT), data: part })),
      );
      return taken();
    };
    return tells;
  }
  const tool = (status: string): unknown => ({
    type: 'tool',
    callID: 'c',
    tool: 'bash',
    state: { status, input: { command: 'rm -r x' } },
  });

  test('a message of the person begins a turn; a tool is told while it runs', () => {
    const tells = store(null);
    expect(tells('m1', { role: 'user' }, [{ type: 'text', text: 'do it' }])).toEqual(['s turn_start m1']);
    expect(tells('m2', { role: 'assistant', time: { created: Date.parse(AT) } }, [tool('running')])).toEqual([
      's risky_tool bash: rm -r m2-p0',
    ]);
    expect(tells('m2', { role: 'assistant', time: { created: Date.parse(AT) } }, [tool('completed')])).toEqual([]);
    expect(tells('m3', { role: 'user' }, [{ type: 'compaction', auto: true }])).toEqual([]);
  });

  test('a sub-agent begins no turn', () => {
    expect(store('parent')('m1', { role: 'user' }, [{ type: 'text', text: 'task' }])).toEqual([]);
  });
});
