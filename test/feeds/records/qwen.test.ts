import { expect, test } from 'vitest';
import { QWEN } from '../../../src/feeds/records/qwen/index.ts';
import { type RecordWorld, recordWorld } from '../../helpers/record-files.ts';

const SESSION = '9ac9a7c3-0000-4000-8000-000000000000';
const CHAT = `projects/-work-shop/chats/${SESSION}.jsonl`;

test('an answer with counts is a call; its telemetry is not one more', () => {
  const telemetry = { uiEvent: { 'event.name': 'qwen-code.api_response', input_token_count: 100 } };
  const world = chat(
    row('user', {}),
    row('system', { subtype: 'ui_telemetry', systemPayload: telemetry }),
    answer(100, 10),
  );
  expect(world.tokens()).toEqual(['100 10']);
  expect(world.session(SESSION)).toMatchObject({ cwd: '/work/shop', context: { usedTokens: 100 } });
});

test('the thoughts are added only where the total does not hold them already', () => {
  const world = chat(
    row('assistant', {
      usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 40, thoughtsTokenCount: 20, totalTokenCount: 140 },
    }),
    row('assistant', {
      usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 40, thoughtsTokenCount: 20, totalTokenCount: 160 },
    }),
  );
  expect(world.tokens()).toEqual(['100 40', '100 60']);
});

test('a branch holds the records of its origin under the same ids: copies', () => {
  const said = [answer(100, 10, { uuid: 'u1' }), answer(50, 5, { uuid: 'u2' })];
  const fork = { forkedFrom: { sessionId: SESSION, messageUuid: 'u1' } };
  const world = recordWorld(QWEN, {
    'projects/-work-shop/chats/branch.jsonl': [
      ...said.map((one) => ({ ...one, ...fork })),
      answer(20, 2, { uuid: 'u3' }),
    ],
    [CHAT]: said,
  });
  expect(world.tokens(SESSION)).toEqual(['100 10', '50 5']);
  expect(world.tokens('branch')).toEqual(['20 2']);
});

test('failed attempts before an answer are retries; before a prompt the call was given up', () => {
  const failed = { uiEvent: { 'event.name': 'qwen-code.api_error', status_code: 503, error: 'overloaded' } };
  const error = (): object => row('system', { subtype: 'ui_telemetry', systemPayload: failed });
  const world = chat(row('user', {}), error(), error(), answer(100, 10), error(), row('user', {}));
  expect(world.calls().map(({ recorded, statusCode }) => [recorded?.failed, statusCode])).toEqual([
    [false, null],
    [true, 503],
  ]);
  expect(world.session(SESSION)?.retries).toBe(2);
});

test('a compression is a compaction, a sub-agent a conversation below its session', () => {
  const world = chat(
    row('system', { subtype: 'chat_compression' }),
    answer(7, 1, { agentId: 'explore-1', isSidechain: true }),
  );
  expect(world.session(SESSION)?.compactions).toBe(1);
  expect(world.session(`${SESSION}#agent-explore-1`)).toMatchObject({ sessionId: SESSION, parentId: SESSION });
});

test('unknown rows are counted, and fields of other types are none', () => {
  const world = chat(row('quantum', {}), row('assistant', { usageMetadata: 7, message: [] }), answer(1, 1));
  expect(world.unknown).toEqual(['quantum 0.22.2']);
  expect(world.tokens()).toEqual(['1 1']);
});

function chat(...records: readonly unknown[]): RecordWorld {
  return recordWorld(QWEN, { [CHAT]: records });
}

let rows = 0;

function row(type: string, fields: object): object {
  rows += 1;
  const timestamp = new Date(1_000_000 + rows * 1_000).toISOString();
  return { uuid: `row-${rows}`, sessionId: SESSION, timestamp, type, cwd: '/work/shop', version: '0.22.2', ...fields };
}

function answer(input: number, output: number, fields: object = {}): object {
  const usageMetadata = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
  return row('assistant', { model: 'qwen3-coder-plus', usageMetadata, ...fields });
}
