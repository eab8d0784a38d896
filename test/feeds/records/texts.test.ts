/** Issue 13, part 5: what a conversation says is read from its records again, on demand. */
import { appendFileSync, cpSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordMedium } from '../../../src/core/sources.ts';
import { claudeSession } from '../../helpers/claude-session.ts';
import { opencodeWriter } from '../../helpers/opencode-db.ts';
import { FIXTURES } from '../../helpers/records.ts';
import { type RecordTexts, recordTexts } from '../../helpers/record-texts.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const T0 = Date.UTC(2026, 8, 1);

describe('every call of the recorded sessions', () => {
  test.each(['claude', 'codex', 'gemini', 'opencode'] as const)('of %s has its content again', async (agent) => {
    // SQLite makes files beside a database that it reads.
    const root = join(tempDir(), agent);
    cpSync(join(FIXTURES, agent), root, { recursive: true });
    const texts = await recordTexts(agent, root);
    const calls = texts.calls();
    const problems = await Promise.all(calls.map(async ({ record }) => [record, await texts.problem(record)] as const));
    expect(calls.length).toBeGreaterThan(10);
    expect(problems.filter(([, problem]) => problem !== null)).toEqual([]);
    for (const { conversationId } of texts.model.conversations()) {
      const { calls: told } = await texts.story(conversationId);
      const known = new Set(calls.map(({ record }) => record));
      // What is told by a call that is a copy is counted elsewhere.
      expect(
        texts.model.calls(conversationId).length === 0 ||
          told.size === 0 ||
          [...told.keys()].some((key) => known.has(key)),
      ).toBe(true);
    }
  });
});

describe('Claude', () => {
  test('prompt, answer, thinking, tools with arguments, results and duration', async () => {
    const { texts, session } = await claude(({ prompt, row, result, answer }) => {
      prompt('fix the refund test');
      row(message('msg_0123456789abcdef', [{ type: 'thinking', thinking: 'cents or euros?' }]));
      row(message('msg_0123456789abcdef', [{ type: 'text', text: 'I run it first.' }]));
      row(message('msg_0123456789abcdef', [tool('t1', 'Bash', { command: 'npm test -- refund', timeout: 5 })]));
      row(message('msg_0123456789abcdef', [tool('t2', 'Grep', { pattern: 'refund(', path: '/work/src' })]));
      result('t1', 'Exit code 1\nFAIL test/refund.test.ts');
      row({
        type: 'user',
        toolUseResult: { mode: 'content', numLines: 14, numFiles: 0 },
        message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't2', content: 'src/a.ts' }] },
      });
      answer('msg_fedcba9876543210', { content: [{ type: 'text', text: 'It compares\ncents with euros.' }] });
    });
    const content = await texts.content('msg_0123456789abcdef');
    expect(content.response).toMatchObject([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'cents or euros?' },
          { type: 'text', text: 'I run it first.' },
          { type: 'tool_call', id: 't1', name: 'Bash' },
          { type: 'tool_call', id: 't2', name: 'Grep' },
        ],
      },
    ]);
    expect(content.response[0]?.parts[2]).toMatchObject({ text: expect.stringContaining('"npm test -- refund"') });
    expect(content.toolRuns).toMatchObject([
      { id: 't1', text: expect.stringContaining('FAIL'), tookMs: 2_000, outcome: { exitCode: 1, failed: true } },
      { id: 't2', text: 'src/a.ts', outcome: { matches: 14, failed: false } },
    ]);
    expect(content.request).toMatchObject([{ role: 'user', at: T0, parts: [{ text: 'fix the refund test' }] }]);
    const later = await texts.content('msg_fedcba9876543210');
    expect(later.request.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool']);

    const story = await texts.story(session.id);
    expect(story.marks).toEqual([{ type: 'prompt', at: T0, text: 'fix the refund test' }]);
    expect(story.calls.get('msg_0123456789abcdef')).toMatchObject({
      answer: 'I run it first.',
      tools: [
        { name: 'Bash', argument: 'npm test -- refund', startedAt: T0 + 3_000, endedAt: T0 + 5_000 },
        { name: 'Grep', argument: '"refund("' },
      ],
    });
    expect(story.calls.get('msg_fedcba9876543210')).toEqual({
      answer: 'It compares cents with euros.',
      answerWords: 5,
      tools: [],
    });
  });

  test('retries, compactions and a tool that is open; what was asked before a compaction is no part of the request', async () => {
    const { texts, session } = await claude(({ prompt, retry, answer, row, tool: call }) => {
      prompt('before');
      retry(1);
      answer('msg_0000000000000001');
      const compactMetadata = { trigger: 'auto', preTokens: 171_000, postTokens: 31_200, durationMs: 18_000 };
      row({ type: 'system', subtype: 'compact_boundary', compactMetadata });
      row({ type: 'user', isCompactSummary: true, message: { role: 'user', content: 'summary of it all' } });
      prompt('after');
      answer('msg_0000000000000002');
      call('t9', 'Bash', { command: 'npm test' });
    });
    const { marks, calls } = await texts.story(session.id);
    expect(marks).toEqual([
      { type: 'prompt', at: T0, text: 'before' },
      { type: 'retry', at: T0 + 1_000, attempt: 1, of: 10, text: '529 Overloaded' },
      { type: 'compaction', at: T0 + 3_000, cause: 'auto', before: 171_000, after: 31_200, tookMs: 18_000 },
      { type: 'prompt', at: T0 + 5_000, text: 'after' },
    ]);
    const [step] = [...calls.values()].at(-1)?.tools ?? [];
    expect(step).toMatchObject({ argument: 'npm test', endedAt: null, outcome: null });
    const { request } = await texts.content('msg_0000000000000002');
    expect(request.map(({ parts }) => parts[0]?.text)).toEqual(['after']);
  });

  test('the files that its tools wrote, not those of a run that failed', async () => {
    const { texts, session } = await claude(({ tool: call, result, row }) => {
      call('w1', 'Write', { file_path: '/work/a.ts', content: 'one\ntwo\n' });
      result('w1', 'ok');
      call('e1', 'Edit', { file_path: '/work/a.ts', old_string: 'x\none', new_string: 'x\n1\n2' });
      result('e1', 'ok');
      call('e2', 'Edit', { file_path: '/work/b.ts', old_string: 'a', new_string: 'b' });
      row({
        type: 'user',
        message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'e2', is_error: true, content: 'no' }] },
      });
      call('e3', 'MultiEdit', { file_path: '/work/c.ts', edits: [{ old_string: 'a', new_string: 'b\nc' }] });
      result('e3', 'ok');
      call('r1', 'Read', { file_path: '/work/d.ts' });
      result('r1', 'text');
    });
    expect((await texts.story(session.id)).files).toMatchObject([
      { path: '/work/c.ts', operation: 'edited', times: 1, added: 2, removed: 1 },
      { path: '/work/a.ts', operation: 'written', times: 2, added: null, removed: null },
    ]);
  });

  test('a call in the middle of a session of many megabytes is found, and only its surroundings are read', async () => {
    const { texts, session } = await claude(({ prompt, answer, text }) => {
      const filler = (): void => {
        const padding = 'x'.repeat(1_000_000);
        for (let row = 0; row < 7; row += 1) text(`${JSON.stringify({ type: 'attachment', padding })}\n`);
      };
      prompt('long ago');
      filler();
      prompt('just before');
      answer('msg_0000000000000001');
      filler();
      answer('msg_0000000000000002');
    });
    const content = await texts.content('msg_0000000000000001');
    expect(content.request.map(({ parts }) => parts[0]?.text)).toEqual(['just before']);
    expect(content.notes).toMatchObject([{ code: 'earlier_unread' }]);
    const { calls, unreadBytes } = await texts.story(session.id);
    expect([...calls.keys()]).toEqual(['msg_0000000000000002']);
    expect(unreadBytes).toBeGreaterThan(9_000_000);
  });

  test('rows of a sub-agent are told in its own conversation', async () => {
    const { texts, session } = await claude(({ prompt, row, answer }) => {
      prompt('look');
      answer('msg_0000000000000001');
      const said = { id: 'msg_0000000000000002', content: [{ type: 'text', text: 'found' }], usage: USAGE };
      row({ type: 'user', isSidechain: true, agentId: 'a1', message: { role: 'user', content: 'find it' } });
      row({ type: 'assistant', isSidechain: true, agentId: 'a1', message: said });
    });
    expect((await texts.story(session.id)).marks).toMatchObject([{ text: 'look' }]);
    expect((await texts.story(`${session.id}#agent-a1`)).marks).toMatchObject([{ text: 'find it' }]);
    const { request } = await texts.content('msg_0000000000000002');
    expect(request.map(({ parts }) => parts[0]?.text)).toEqual(['find it']);
  });
});

test('Codex: a call ends with its count; patches name their files', async () => {
  const root = tempDir();
  const thread = '019a0000-0000-7000-8000-000000000001';
  const file = join(root, 'sessions/2026/09/01', `rollout-2026-09-01T00-00-00-${thread}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  let at = T0;
  const row = (type: string, payload: object): void => {
    appendFileSync(file, `${JSON.stringify({ timestamp: new Date((at += 1_000)).toISOString(), type, payload })}\n`);
  };
  const count = (total: number): void => {
    const usage = { input_tokens: total, cached_input_tokens: 0, output_tokens: 1, total_tokens: total + 1 };
    row('event_msg', { type: 'token_count', info: { total_token_usage: usage, last_token_usage: usage } });
  };
  const patch =
    '*** Begin Patch\n*** Update File: src/a.ts\n@@\n-old\n+new\n+more\n*** Delete File: src/b.ts\n*** End Patch';
  row('session_meta', { id: thread, timestamp: new Date(T0).toISOString(), cwd: '/work', model_provider: 'openai' });
  row('event_msg', { type: 'user_message', message: 'port the screen' });
  row('response_item', { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'AGENTS.md says' }] });
  row('response_item', { type: 'reasoning', summary: [{ type: 'summary_text', text: 'look first' }] });
  row('response_item', {
    type: 'function_call',
    name: 'shell',
    call_id: 'c1',
    arguments: '{"command":["bash","-lc","ls"]}',
  });
  row('response_item', { type: 'custom_tool_call', name: 'apply_patch', call_id: 'c2', input: patch });
  row('response_item', { type: 'function_call_output', call_id: 'c1', output: 'Process exited with code 2\nno' });
  count(100);
  count(100);
  row('response_item', { type: 'custom_tool_call_output', call_id: 'c2', output: 'Success' });
  row('response_item', { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'done' }] });
  count(250);
  row('event_msg', { type: 'compacted' });
  row('response_item', { type: 'function_call', name: 'shell', call_id: 'c3', arguments: '{"command":["make"]}' });
  const texts = await recordTexts('codex', root);
  const [first, second] = texts.calls();
  const content = await texts.content(first?.record ?? '');
  expect(content.response[0]?.parts.map(({ type }) => type)).toEqual(['reasoning', 'tool_call', 'tool_call']);
  expect(content.toolRuns).toMatchObject([
    { id: 'c1', outcome: { exitCode: 2, failed: true }, tookMs: 2_000 },
    { id: 'c2' },
  ]);
  expect(content.request).toMatchObject([{ role: 'user', parts: [{ text: 'port the screen' }] }]);
  const story = await texts.story(thread);
  expect(story.calls.get(first?.record ?? '')?.tools.map(({ argument }) => argument)).toEqual(['ls', 'src/a.ts +1']);
  expect(story.calls.get(second?.record ?? '')).toMatchObject({ answer: 'done' });
  expect(story.open?.tools).toMatchObject([{ name: 'shell', argument: 'make', endedAt: null }]);
  expect(story.files).toMatchObject([
    { path: 'src/b.ts', operation: 'deleted' },
    { path: 'src/a.ts', operation: 'edited', added: 2, removed: 1 },
  ]);
});

test('Gemini: a message that comes again replaces what it said', async () => {
  const root = tempDir();
  const id = 'e8d79f49-0000-4000-8000-000000000000';
  const file = join(root, 'tmp/shop/chats/session-2026-09-01T00-00-e8d79f49.jsonl');
  mkdirSync(dirname(file), { recursive: true });
  const tokens = { input: 10, output: 5, cached: 0, thoughts: 0, tool: 0, total: 15 };
  const said = { id: 'm1', timestamp: new Date(T0 + 2_000).toISOString(), type: 'gemini', model: 'gemini-3', tokens };
  const call = { id: 'run_shell_command-0', name: 'run_shell_command', args: { command: 'make test' } };
  const result = [{ functionResponse: { response: { output: 'Exit Code: 2' } } }];
  const rows = [
    { sessionId: id, projectHash: 'h', startTime: new Date(T0).toISOString() },
    { id: 'u1', timestamp: new Date(T0).toISOString(), type: 'user', content: [{ text: 'index the tickets' }] },
    { ...said, content: 'I will', thoughts: [{ subject: 'Plan', description: 'run it' }] },
    {
      ...said,
      content: 'I will',
      thoughts: [{ subject: 'Plan', description: 'run it' }],
      toolCalls: [{ ...call, status: 'error', result }],
    },
  ];
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const texts = await recordTexts('gemini', root);
  const content = await texts.content(`${id}:m1`);
  expect(content.response[0]?.parts).toMatchObject([
    { type: 'reasoning', text: 'Plan: run it' },
    { type: 'text', text: 'I will' },
    { type: 'tool_call', name: 'run_shell_command' },
  ]);
  expect(content.toolRuns).toMatchObject([{ text: 'Exit Code: 2', outcome: { exitCode: 2, failed: true } }]);
  expect(content.request).toMatchObject([{ role: 'user', parts: [{ text: 'index the tickets' }] }]);
  const story = await texts.story(id);
  expect(story.calls.get(`${id}:m1`)).toMatchObject({ answer: 'I will', tools: [{ argument: 'make test' }] });
});

test('Qwen: thoughts, tools and their results by id', async () => {
  const root = tempDir();
  const id = '9ac9a7c3-0000-4000-8000-000000000000';
  const file = join(root, 'projects/-work/chats', `${id}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  const row = (uuid: string, type: string, seconds: number, fields: object): string =>
    `${JSON.stringify({ uuid, type, sessionId: id, timestamp: new Date(T0 + seconds * 1_000).toISOString(), cwd: '/work', ...fields })}\n`;
  const parts = [
    { text: 'hm', thought: true },
    { text: 'I write it' },
    { functionCall: { id: 'f1', name: 'write_file', args: { file_path: '/work/help.md', content: 'x' } } },
  ];
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
  const response = { functionResponse: { id: 'f1', name: 'write_file', response: { output: 'written' } } };
  writeFileSync(
    file,
    row('u1', 'user', 0, { message: { role: 'user', parts: [{ text: 'translate' }] } }) +
      row('u2', 'assistant', 1, { message: { role: 'model', parts }, usageMetadata, model: 'qwen3-max' }) +
      row('u3', 'tool_result', 3, {
        message: { role: 'user', parts: [response] },
        toolCallResult: { status: 'success' },
      }),
  );
  const texts = await recordTexts('qwen', root);
  const content = await texts.content('u2');
  expect(content.response[0]?.parts.map(({ type }) => type)).toEqual(['reasoning', 'text', 'tool_call']);
  expect(content.toolRuns).toMatchObject([{ id: 'f1', text: 'written', tookMs: 2_000 }]);
  expect((await texts.story(id)).files).toMatchObject([{ path: '/work/help.md', operation: 'written', times: 1 }]);
});

test('OpenCode: each step of a message is a call', async () => {
  const file = join(tempDir(), 'opencode.db');
  const db = opencodeWriter(file);
  db.session('ses_1');
  db.message('msg_1', 'ses_1', { role: 'user', time: { created: T0 } });
  db.part('prt_1', 'msg_1', { type: 'text', text: 'add the tax rules' });
  const tokens = { input: 10, output: 5, reasoning: 0, cache: { read: 0, write: 0 } };
  db.message('msg_2', 'ses_1', {
    role: 'assistant',
    modelID: 'm',
    providerID: 'p',
    time: { created: T0, completed: T0 + 9_000 },
  });
  db.part('prt_2', 'msg_2', { type: 'step-start' });
  db.part('prt_3', 'msg_2', { type: 'text', text: 'first I look' });
  const state = {
    status: 'completed',
    input: { filePath: '/work/tax.ts', content: 'x' },
    output: 'ok',
    time: { start: T0, end: T0 + 900 },
  };
  db.part('prt_4', 'msg_2', { type: 'tool', callID: 'c', tool: 'write', state });
  db.part('prt_5', 'msg_2', { type: 'step-finish', reason: 'tool-calls', tokens });
  db.part('prt_6', 'msg_2', { type: 'text', text: 'done' });
  db.part('prt_7', 'msg_2', { type: 'step-finish', reason: 'stop', tokens });
  db.close();
  const texts = await recordTexts('opencode', file);
  const first = await texts.content('prt_5');
  expect(first.response[0]?.parts).toMatchObject([
    { type: 'text', text: 'first I look' },
    { type: 'tool_call', name: 'write' },
  ]);
  expect(first.toolRuns).toMatchObject([{ text: 'ok', tookMs: 900 }]);
  expect((await texts.content('prt_7')).response[0]?.parts).toMatchObject([{ text: 'done' }]);
  const story = await texts.story('ses_1');
  expect(story.marks).toMatchObject([{ type: 'prompt', text: 'add the tax rules' }]);
  expect(story.files).toMatchObject([{ path: '/work/tax.ts' }]);
  expect(await texts.search('TAX rules')).toMatchObject([{ conversationId: 'ses_1', part: 'prompt' }]);
  expect(await texts.search('100%')).toEqual([]);
});

test('OpenCode, an older version: its tree of files is read and searched where there is no database', async () => {
  const folder = tempDir();
  const put = (path: string, value: object): void => {
    mkdirSync(dirname(join(folder, 'storage', path)), { recursive: true });
    writeFileSync(join(folder, 'storage', path), JSON.stringify(value));
  };
  const tokens = { input: 10, output: 5, reasoning: 0, cache: { read: 0, write: 0 } };
  put('session/prj/ses_1.json', { id: 'ses_1', directory: '/work', title: 'old' });
  put('message/ses_1/msg_1.json', { id: 'msg_1', sessionID: 'ses_1', role: 'user', time: { created: T0 } });
  put('part/msg_1/prt_1.json', { id: 'prt_1', type: 'text', text: 'add the "tax" rules' });
  const time = { created: T0 + 1_000, completed: T0 + 9_000 };
  put('message/ses_1/msg_2.json', { id: 'msg_2', sessionID: 'ses_1', role: 'assistant', modelID: 'm', time });
  put('part/msg_2/prt_2.json', { id: 'prt_2', type: 'text', text: 'done' });
  put('part/msg_2/prt_3.json', { id: 'prt_3', type: 'step-finish', reason: 'stop', tokens });
  put('../secret/msg_9.json', { id: 'msg_9', role: 'user', time: { created: T0 } });
  const texts = await recordTexts('opencode', folder);
  expect((await texts.content('prt_3')).response[0]?.parts).toMatchObject([{ text: 'done' }]);
  expect((await texts.story('ses_1')).marks).toMatchObject([{ type: 'prompt', text: 'add the "tax" rules' }]);
  expect(await texts.search('"TAX" rules')).toMatchObject([{ conversationId: 'ses_1', part: 'prompt' }]);
  expect(await texts.search('tax', T0 + 500)).toEqual([]);
  expect(await texts.search('nothing of the kind')).toEqual([]);
  await expect(texts.story('../../secret')).rejects.toThrow('not_in_records');
});

describe('search', () => {
  test('finds a text in prompts, answers, thinking, arguments and results, whatever its case', async () => {
    const { texts, session } = await claude(({ prompt, row, result, tool: call }) => {
      prompt('why is "Refund" slow?');
      row(message('msg_0000000000000001', [{ type: 'thinking', thinking: 'the REFUND queue' }]));
      row(message('msg_0000000000000001', [{ type: 'text', text: 'the refund retries twice' }]));
      call('t1', 'Bash', { command: 'grep -r refund src' });
      result('t1', 'src/refund.ts');
    });
    const hits = await texts.search('refund');
    expect(hits.map(({ part }) => part)).toEqual(['prompt', 'thinking', 'answer', 'tool', 'result']);
    expect(new Set(hits.map(({ conversationId }) => conversationId))).toEqual(new Set([session.id]));
    expect(hits[0]?.excerpt).toBe('why is "Refund" slow?');
    expect(await texts.search('is "refund"')).toHaveLength(1);
    expect(await texts.search('nothing of the kind')).toEqual([]);
    expect(await texts.search('refund', T0 + 3_500)).toMatchObject([{ part: 'result' }]);
  });

  test('ends when it is cancelled', async () => {
    const { texts } = await claude(({ prompt }) => void prompt('refund'));
    expect(await texts.search('refund', 0, AbortSignal.abort())).toEqual([]);
  });
});

describe('what is hostile', () => {
  const EVIL = 'a\u001b]0;owned\u0007b\u001b[2Jc\u202ed\u0000e';

  test('texts are clean and bounded', async () => {
    const { texts, session } = await claude(({ prompt, tool: call, result, row }) => {
      prompt(EVIL + 'x'.repeat(100_000));
      row(message('msg_0000000000000001', [{ type: 'text', text: `${EVIL}\n${'y'.repeat(3_000_000)}` }]));
      call('t1', EVIL, { command: EVIL, file_path: EVIL });
      result('t1', EVIL.repeat(100_000));
    });
    const story = await texts.story(session.id);
    const said = JSON.stringify([...story.calls.values(), story.marks, story.files]);
    expect(said).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]|\\u00(?:1b|07|00)/u);
    expect(said.length).toBeLessThan(10_000);
    const content = await texts.content('msg_0000000000000001');
    const shown = content.response.flatMap(({ parts }) => parts.map(({ text }) => text)).join('');
    expect(shown).not.toMatch(/[\u001b\u0007\u0000\u202e]/u);
    expect(shown.length).toBeLessThan(70_000);
    expect(content.notes).toMatchObject([{ code: 'parts_cut' }]);
  });

  test('a file that was replaced by a link is not read, nor one that was cut', async () => {
    const { texts, session } = await claude(({ prompt, answer }) => {
      prompt('x');
      answer('msg_0000000000000001');
    });
    const elsewhere = join(tempDir(), 'secret.jsonl');
    renameSync(session.file, elsewhere);
    symlinkSync(elsewhere, session.file);
    expect(await texts.problem('msg_0000000000000001')).toMatchObject({ code: 'record_refused', why: 'link' });
    expect(await texts.search('x')).toEqual([]);
    truncateSync(elsewhere, 0);
    expect(await texts.problem('msg_0000000000000001')).toMatchObject({ code: 'record_refused' });
  });

  test('rows of any shape are passed over', async () => {
    const { texts, session } = await claude(({ row, text, answer }) => {
      for (const content of [
        7,
        [null, 7, { type: 'tool_use' }, { type: 'tool_result', content: { a: 1 } }],
        { x: [] },
      ]) {
        row({ type: 'user', message: { content } });
        row({ type: 'assistant', message: { id: 'msg_0000000000000009', content } });
        row({ type: 'user', message: content, toolUseResult: content });
      }
      row({ type: 'system', subtype: 'api_error', error: 'text' });
      row({ type: 'system', subtype: 'compact_boundary', compactMetadata: [] });
      text(`{"type":"user","message":{"content":${'['.repeat(5_000)}${']'.repeat(5_000)}}}\n`);
      answer('msg_0000000000000001');
    });
    expect((await texts.content('msg_0000000000000001')).response).toHaveLength(1);
    expect((await texts.story(session.id)).calls.get('msg_0000000000000001')).toMatchObject({ answer: 'done' });
  });
});

const USAGE = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };

function message(id: string, content: readonly object[]): Readonly<Record<string, unknown>> {
  return { type: 'assistant', message: { role: 'assistant', id, model: 'claude-opus-4-8', content, usage: USAGE } };
}

function tool(id: string, name: string, input: object): object {
  return { type: 'tool_use', id, name, input };
}

type Session = ReturnType<typeof claudeSession>;

async function claude(
  write: (session: Session) => void,
  medium: RecordMedium = 'claude',
): Promise<{ readonly texts: RecordTexts; readonly session: Session }> {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  write(session);
  return { texts: await recordTexts(medium, root), session };
}
