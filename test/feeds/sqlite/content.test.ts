import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { chmodSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ContentAnswer } from '../../../src/core/content.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { GENAI_SCHEMA_0_5 } from '../../helpers/agentsight-writer.ts';
import { makeCall } from '../../helpers/feed-events.ts';
import { folderWith, liveWorld } from '../../helpers/sqlite-world.ts';

const contentOf = (folder: string, record: string): Promise<ContentAnswer> =>
  sqliteFeed({ path: folder }).content?.(record, makeCall({})) ?? Promise.reject(new Error('no content'));

test('a row is read with its event, its columns, and without its bodies', async () => {
  const request = { messages: [{ role: 'user', parts: [{ type: 'text', content: 'q' }] }], raw_body: 'SECRET' };
  const folder = folderWith([
    {
      event_json: callLineOf({ id: 'm', request }),
      start_timestamp_ns: 1780012345678901234n,
      end_timestamp_ns: 1780012349178901235n,
      first_output_timestamp_ns: 1780012346678901234n,
      http_path: '/v1/messages',
    },
  ]);
  const answer = await contentOf(folder, '1');
  expect(answer).toMatchObject({
    ok: true,
    value: {
      startNs: 1780012345678901234n,
      durationMs: 3500,
      firstOutputMs: 1000,
      usage: { inputTokens: 120, outputTokens: 8, cacheReadTokens: 1_800, cacheCreationTokens: 0 },
      request: [{ role: 'user', parts: [{ type: 'text', text: 'q' }] }],
      response: [{ role: 'assistant', finishReason: 'tool_use' }],
      notes: [],
    },
  });
  expect(answer.ok && answer.value.facts).toContainEqual({ name: 'http_path', value: '/v1/messages' });
  expect(answer.ok && JSON.stringify(answer.value.request)).not.toContain('SECRET');
});

test.each([
  ['pending', 'call_pending'],
  ['interrupted', 'call_interrupted'],
])('a row that is %s has no event: what its columns hold is shown, raw provider messages too', async (status, code) => {
  const row = {
    status,
    event_json: '{}',
    end_timestamp_ns: null,
    input_messages: '[{"role":"user","content":[{"type":"text","text":"q"}]}]',
    output_messages: '[{"role":"assistant","parts":[{"Text":{"content":"half an ans"}}]}]',
    system_instructions: 'Be brief.',
  };
  expect(await contentOf(folderWith([row]), '1')).toMatchObject({
    ok: true,
    value: {
      durationMs: null,
      request: [
        { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', parts: [{ type: 'text', text: 'q' }] },
      ],
      response: [{ role: 'assistant', parts: [{ type: 'text', text: 'half an ans' }] }],
      notes: [{ code }],
    },
  });
});

test('an event of more than 16 MiB is left alone: the latest round is shown from the columns', async () => {
  const request = { messages: [], raw_body: 'x'.repeat(17 * 1024 * 1024) };
  const row = { event_json: callLineOf({ id: 'm', request }), input_messages: '[{"role":"user","content":"q"}]' };
  const answer = await contentOf(folderWith([row]), '1');
  expect(answer).toMatchObject({
    ok: true,
    value: { request: [{ role: 'user' }], notes: [{ code: 'event_too_large' }] },
  });
});

test('an event that is no JSON costs nothing but itself', async () => {
  const answer = await contentOf(folderWith([{ event_json: '{"LLMCall":', input_messages: 'no json' }]), '1');
  expect(answer).toMatchObject({ ok: true, value: { request: [{ parts: [{ type: 'text', text: 'no json' }] }] } });
});

test('the schema of 0.5, while its writer is at work', async () => {
  const { folder, writer } = await liveWorld(GENAI_SCHEMA_0_5);
  await writer.call({ event_json: callLineOf({ id: 'm' }) });
  expect(await contentOf(folder, '1')).toMatchObject({ ok: true, value: { response: [{ role: 'assistant' }] } });
});

test('a row that is gone, a record that is none, a file that is gone or unreadable: each is a reason', async () => {
  const folder = folderWith([{}]);
  expect(await contentOf(folder, '2')).toMatchObject({
    ok: false,
    reason: { code: 'row_gone' },
  });
  expect(await contentOf(folder, 'x:1')).toMatchObject({ ok: false });
  const file = join(folder, 'genai_events.db');
  if (process.getuid?.() !== 0) {
    chmodSync(file, 0);
    expect(await contentOf(folder, '1')).toMatchObject({
      ok: false,
      reason: { code: 'file_unreadable' },
    });
  }
  rmSync(file);
  expect(await contentOf(folder, '1')).toMatchObject({
    ok: false,
    reason: { code: 'database_gone' },
  });
});

test('a database that is locked for good is a reason, after a moment', async () => {
  const folder = folderWith([{}]);
  const db = new DatabaseSync(join(folder, 'genai_events.db'));
  db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  expect(await contentOf(folder, '1')).toMatchObject({ ok: false, reason: { code: 'database_busy' } });
  db.close();
});
