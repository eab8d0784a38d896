import { describe, expect, test } from 'vitest';
import { type FastRow, fastRows, type ResultRow } from '../../../src/feeds/records/claude/fast-row.ts';
import { idNumber } from '../../../src/feeds/records/values.ts';
import { lineView } from '../../helpers/line-view.ts';

const BASE = {
  parentUuid: null,
  isSidechain: false,
  userType: 'external',
  cwd: '/work',
  sessionId: 's',
  version: '2.1.200',
  gitBranch: 'main',
};
const NAMED = { uuid: '00000000-0000-4000-8000-000000000001', timestamp: '2026-09-05T01:06:58.360Z' };

function row(content: unknown, more: object = {}, behind: object = {}): Buffer {
  const message = { role: 'user', content: [{ tool_use_id: 'toolu_1', type: 'tool_result', content, ...behind }] };
  return Buffer.from(JSON.stringify({ ...BASE, type: 'user', message, ...more }));
}

// Between other lines, as in a window.
function fastRow(line: Buffer): FastRow | null {
  return fastRows()(lineView(line, 'a line before\n', '\n"}{"'));
}

function resultRow(line: Buffer): ResultRow | null {
  const found = fastRow(line);
  return found?.type === 'result' ? found : null;
}

const KNOWN = { isSidechain: false, cwd: '/work', row: idNumber(NAMED.uuid), at: Date.parse(NAMED.timestamp) };
const EXPECTED = { ...KNOWN, toolUseId: 'toolu_1' };

describe('a row with one tool’s result', () => {
  test.each([
    ['with its id behind the message', row('ok', NAMED)],
    ['with the tool’s own account behind the id', row('ok', { ...NAMED, toolUseResult: { stdout: 'ok', uuid: 'x' } })],
    ['with the tool’s own account before the id', row('ok', { toolUseResult: { stdout: 'ok' }, ...NAMED })],
    ['with a slug', Buffer.from(String(row('ok', NAMED)).replace('"type":"user"', '"slug":"a \\" b","type":"user"'))],
  ])('is read %s', (_how, line) => {
    expect(resultRow(line)).toMatchObject({ ...EXPECTED, result: 'false\nok' });
  });

  test('tells an error from a result of the same text', () => {
    expect(resultRow(row('ok', NAMED, { is_error: true }))?.result).toBe('true\nok');
  });

  test('has its result up to the quote that ends it', () => {
    const text = 'a "quoted" \\ path \\" ","uuid":"x"';
    expect(resultRow(row(text, NAMED))).toMatchObject(EXPECTED);
    const long = 'x'.repeat(5_000);
    expect(resultRow(row(long, NAMED))?.result).toBe(resultRow(row(long, NAMED))?.result);
    expect(resultRow(row(long, NAMED))?.result).not.toBe(resultRow(row(`${long}y`, NAMED))?.result);
  });

  test.each([
    [
      'a prompt',
      Buffer.from(JSON.stringify({ ...BASE, type: 'user', message: { role: 'user', content: 'hi' }, ...NAMED })),
    ],
    ['a result in parts', row([{ type: 'text', text: 'ok' }], NAMED)],
    ['a record glued to it', Buffer.concat([row('ok', NAMED), Buffer.from('{"type":"summary","summary":"x"}')])],
    ['a torn row', row('ok', NAMED).subarray(0, -20)],
    ['a row that names its session’s fork', row('ok', { ...NAMED, forkedFrom: { sessionId: 'a' } }).fill(' ', 0, 1)],
    ['an answer without a message', Buffer.from(JSON.stringify({ ...BASE, type: 'assistant', message: {}, ...NAMED }))],
    ['a folder beyond ASCII', Buffer.from(String(row('ok', NAMED)).replace('/work', '/über'))],
  ])('leaves %s to the parser', (_what, line) => {
    expect(fastRow(line)).toBeNull();
  });
});

const USAGE = {
  input_tokens: 4,
  cache_read_input_tokens: 30_000,
  output_tokens: 7,
  cache_creation: { ephemeral_1h_input_tokens: 1 },
};

const ID = 'msg_0123456789abcdef';

function answer(part: object, more: object = {}): Buffer {
  const message = { model: 'claude-x', id: ID, type: 'message', role: 'assistant', content: [part] };
  const counts = { stop_reason: 'end_turn', stop_sequence: null, usage: USAGE };
  const named = { ...BASE, message: { ...message, ...counts }, requestId: 'req_1', type: 'assistant', ...NAMED };
  return Buffer.from(JSON.stringify({ ...named, ...more }));
}

const LONG = 'he said: "a \\\\ b" \\" },{"stop_reason":"x" … '.repeat(200);

describe('a row with one part of an answer', () => {
  test.each<[string, object, object]>([
    ['a text', { type: 'text', text: LONG }, {}],
    ['a thought', { type: 'thinking', thinking: LONG, signature: 'abc==' }, {}],
    ['an empty text', { type: 'text', text: '' }, {}],
    ['its type before the message', { type: 'text', text: LONG }, { type: 'assistant' }],
  ])('is read without its text: %s', (_what, part, more) => {
    const line = answer(part, more);
    const read = fastRow(line);
    const message = { model: 'claude-x', id: ID, stopReason: 'end_turn', usage: USAGE, content: [] };
    expect(read).toEqual({ type: 'answer', ...KNOWN, requestId: 'req_1', ...message });
  });

  test('is read with its tool', () => {
    const input = { command: 'say "}],\\"stop_reason\\":"', deep: [{ a: [{}] }], text: 'ü' };
    const part = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input };
    expect(fastRow(answer(part))).toMatchObject({ type: 'answer', ...KNOWN, content: [part] });
  });

  test('is read as often as its end changes', () => {
    const rows = fastRows();
    const read = (end: string): unknown => {
      const line = String(answer({ type: 'text', text: 'x' })).replace('"output_tokens":7', `"output_tokens":${end}`);
      const found = rows(lineView(Buffer.from(line)));
      return found?.type === 'answer' ? found.usage : null;
    };
    for (const tokens of [7, 7, 8, 7]) expect(read(String(tokens))).toMatchObject({ output_tokens: tokens });
    expect(read('7.5')).toMatchObject({ output_tokens: 7.5 });
    for (const none of ['x', '07', '', '7 7']) expect(read(none)).toBeNull();
  });

  test('is read with the request of each', () => {
    const rows = fastRows();
    const read = (id: unknown): unknown => {
      const found = rows(lineView(answer({ type: 'text', text: 'x' }, { requestId: id })));
      return found?.type === 'answer' ? found.requestId : undefined;
    };
    for (const id of ['req_1', 'req_22', 'req_1', '', null, 'req_3']) expect(read(id)).toBe(id);
    expect(read('a "b"')).toBeUndefined();
  });

  test.each([
    ['an error, whose text is needed', answer({ type: 'text', text: 'API Error: 529' }, { isApiErrorMessage: true })],
    [
      'a tool whose arguments look like the end',
      answer({ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { a: [{ b: 1 }], stop_reason: 1 } }),
    ],
    [
      'a message that names itself twice',
      Buffer.from(String(answer({ type: 'text', text: 'x' })).replace('"usage":', '"id":"other","usage":')),
    ],
    [
      'a second message',
      Buffer.from(String(answer({ type: 'text', text: 'x' })).replace('"requestId":', '"message":{},"requestId":')),
    ],
    [
      'a key with escapes',
      Buffer.from(
        String(answer({ type: 'text', text: 'x' })).replace('"requestId":', '"m\\u0065ssage":{},"requestId":'),
      ),
    ],
    [
      'another folder behind the message',
      Buffer.from(String(answer({ type: 'text', text: 'x' })).replace('"requestId":', '"cwd":"/b","requestId":')),
    ],
    [
      'an id and a time within the message',
      Buffer.from(
        String(answer({ type: 'text', text: 'x' }))
          .replace(/,"requestId".*/u, '}')
          .replace('"usage":', '"uuid":"a","timestamp":"2026-09-05T01:06:58.360Z","usage":'),
      ),
    ],
    ['counts beyond ASCII', Buffer.from(String(answer({ type: 'text', text: 'x' })).replace('req_1', 'req_ü'))],
    ['a short id', Buffer.from(String(answer({ type: 'text', text: 'x' })).replace(ID, 'ocgo'))],
    ['a text with more about it', answer({ type: 'text', text: 'x', citations: [] })],
    ['a torn row', answer({ type: 'text', text: LONG }).subarray(0, -30)],
    [
      'a row glued to another',
      Buffer.concat([answer({ type: 'text', text: 'x' }), answer({ type: 'text', text: 'x' })]),
    ],
    ['a deep tail', answer({ type: 'text', text: 'x' }, { more: '['.repeat(10_000) })],
  ])('leaves %s to the parser', (_what, line) => {
    expect(fastRow(line)).toBeNull();
  });
});
