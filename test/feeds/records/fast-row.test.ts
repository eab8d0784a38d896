import { describe, expect, test } from 'vitest';
import { resultRow } from '../../../src/feeds/records/claude/fast-row.ts';

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

const EXPECTED = { isSidechain: false, cwd: '/work', toolUseId: 'toolu_1', ...NAMED };

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
    ['an answer', Buffer.from(JSON.stringify({ ...BASE, type: 'assistant', message: {}, ...NAMED }))],
    ['a folder beyond ASCII', Buffer.from(String(row('ok', NAMED)).replace('/work', '/über'))],
  ])('leaves %s to the parser', (_what, line) => {
    expect(resultRow(line)).toBeNull();
  });
});
