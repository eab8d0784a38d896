/** The rules of the contract (`agent-records`, section 3) by their numbers, on files as Claude Code writes them. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { claudeSession, nextUuid } from '../../helpers/claude-session.ts';
import { CLAUDE } from '../../../src/feeds/records/claude/index.ts';
import { auditRecords, recordsFeed } from '../../../src/feeds/records/index.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { until } from '../../helpers/until.ts';
import { recordWorld } from '../../helpers/record-files.ts';
import { readRecords, sumsOf, type Sums } from '../../helpers/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const T0 = Date.UTC(2026, 8, 1);
const ID = 'msg_0123456789abcdef';

async function sums(root: string): Promise<Readonly<Record<string, Sums>>> {
  return sumsOf(await readRecords('claude', root), true);
}

function usage(output: number): Readonly<Record<string, unknown>> {
  const counts = { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 };
  return { usage: { ...counts, output_tokens: output } };
}

describe('C1: a call is its message.id', () => {
  test('over all rows, whatever their requestId', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    for (const requestId of ['req_1', 'req_1', undefined, 'req_2']) {
      session.row({ type: 'assistant', requestId, message: { id: ID, model: 'claude-opus-4-8', ...usage(5) } });
    }
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 1, tokens: [10, 5, 100, 20, 130] } });
  });

  test('in an aside that repeats its parent’s answer', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(ID);
    const aside = claudeSession(root, { id: 'agent-aside', folder: `-work/${session.id}/subagents`, startsAt: T0 });
    aside.row({
      type: 'assistant',
      isSidechain: true,
      requestId: 'other',
      message: { id: ID, model: 'm', ...usage(5) },
    });
    aside.answer(`${ID}-2`);
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 2, subAgents: { aside: 1 } } });
  });
});

test('C2: a short id is none: a call is a run of rows with it, ended by a user’s row', async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  for (let turn = 0; turn < 3; turn += 1) {
    session.prompt();
    session.answer('ocgo', usage(1));
    session.answer('ocgo', usage(7));
  }
  expect(await sums(root)).toMatchObject({ [session.id]: { calls: 3, tokens: [30, 21, 300, 60, 390] } });
});

describe('C3: of one id the snapshot with the most output', () => {
  test('is the whole of it, of equals the later', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(ID, { usage: { input_tokens: 1, output_tokens: 5 } });
    session.answer(ID, { usage: { input_tokens: 2, output_tokens: 90 } });
    session.answer(ID, { usage: { input_tokens: 3, output_tokens: 90 } });
    session.answer(ID, { usage: { input_tokens: 4, output_tokens: 8 } });
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 1, tokens: [3, 90, 0, 0, 3], unsureOutput: 0 } });
  });

  test('is a lower bound where no row has a stop_reason', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(ID, { stop_reason: null });
    session.answer(ID, { stop_reason: null });
    session.answer(`${ID}-2`, { stop_reason: null });
    session.answer(`${ID}-2`, { stop_reason: 'tool_use' });
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 2, unsureOutput: 1 } });
  });
});

describe('C4: who owns what several files hold', () => {
  /** Copies a session's rows into a new one, as a fork does; `first` are fields of its first row. */
  function fork(root: string, file: string, first: Readonly<Record<string, unknown>> = {}) {
    const copy = claudeSession(root, { startsAt: T0 + 3_600_000 });
    const rows = readFileSync(file, 'utf8').trimEnd().split('\n');
    for (const [at, line] of rows.entries()) {
      const row = { ...(JSON.parse(line) as object), sessionId: copy.id, ...(at === 0 && first) };
      copy.text(`${JSON.stringify(row)}\n`);
    }
    return copy;
  }

  test.each([{ sessionKind: 'bg' }, { forkedFrom: { sessionId: 'x', messageUuid: 'y' } }])(
    'not one that is marked as a copy (%j)',
    async (mark) => {
      const root = tempDir();
      const session = claudeSession(root, { startsAt: T0 });
      session.answer(ID);
      const copy = fork(root, session.file, mark);
      // The copy went on, the session did too.
      copy.answer(`${ID}-copy`);
      session.answer(`${ID}-own`);
      const found = await sums(root);
      expect(found).toMatchObject({ [session.id]: { calls: 2 }, [copy.id]: { calls: 1, context: 130 } });
    },
  );

  test('its count is the most that any of them tells (C3), live too, and audited', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(ID, { ...usage(3), stop_reason: null });
    const copy = fork(root, session.file, { sessionKind: 'bg' });
    copy.answer(ID, usage(900));
    expect(await sums(root)).toMatchObject({
      [session.id]: { calls: 1, tokens: [10, 900, 100, 20, 130], unsureOutput: 0 },
      [copy.id]: { calls: 0 },
    });
    const audit = await auditRecords(
      { medium: 'claude', roots: [root], uri: 'claude:', since: null },
      new AbortController().signal,
    );
    for (const { naive, ours, differences } of audit.sessions) {
      const told = differences.reduce((sum, { tokens }) => sum + tokens.output, 0);
      expect(naive.tokens.output - ours.tokens.output).toBe(told);
    }
    const feed = followFeed(recordsFeed({ medium: 'claude', roots: [root], uri: 'claude:' }));
    await feed.caughtUp();
    copy.answer(ID, usage(950));
    await until(() => feed.events.some((event) => event.type === 'call' && event.call.usage?.outputTokens === 950));
    expect(new Set(feed.calls().map((call) => call.split(' ')[0]))).toEqual(new Set([ID]));
  });

  test('one that the others continue, whatever their names', async () => {
    const root = tempDir();
    const session = claudeSession(root, { id: 'zzzzzzzz-0000-4000-8000-000000000000', startsAt: T0 });
    session.answer(ID);
    session.failure('API Error: 500');
    session.retry(1);
    const copy = fork(root, session.file);
    copy.answer(`${ID}-copy`);
    expect(await sums(root)).toMatchObject({
      [session.id]: { calls: 2, failed: 1, retries: 1 },
      [copy.id]: { calls: 1, failed: 0, retries: 0 },
    });
  });

  test('the one whose first row of its own is earliest', async () => {
    const root = tempDir();
    const session = claudeSession(root, { id: 'zzzzzzzz-0000-4000-8000-000000000000', startsAt: T0 });
    session.answer(ID);
    const copy = fork(root, session.file);
    copy.answer(`${ID}-copy`);
    session.answer(`${ID}-own`);
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 2 }, [copy.id]: { calls: 1 } });
  });

  test('of two alike the smaller session id', async () => {
    const root = tempDir();
    const folder = join(root, 'projects', '-work');
    const session = claudeSession(root, { id: 'bbbbbbbb-0000-4000-8000-000000000000', startsAt: T0 });
    session.answer(ID);
    mkdirSync(folder, { recursive: true });
    const other = 'aaaaaaaa-0000-4000-8000-000000000000';
    copyFileSync(session.file, join(folder, `${other}.jsonl`));
    expect(await sums(root)).toMatchObject({ [other]: { calls: 1 }, [session.id]: { calls: 0 } });
  });
});

describe('C5: context', () => {
  test('is the last call’s of the main conversation, not a side chain’s', async () => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(ID);
    session.row({
      type: 'assistant',
      isSidechain: true,
      message: { id: `${ID}-2`, model: 'm', usage: { input_tokens: 9_000 } },
    });
    session.failure('API Error: 500');
    expect(await sums(root)).toMatchObject({ [session.id]: { context: 130, calls: 3 } });
  });

  test.each([
    [{ trigger: 'auto', preTokens: 150_000, postTokens: 5_156 }, 5_156],
    [{ trigger: 'auto', preTokens: 150_000 }, null],
  ])('begins anew at a compaction (%j)', async (compactMetadata, context) => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.answer(ID);
    const row = readFileSync(session.file, 'utf8');
    session.row({ type: 'system', subtype: 'compact_boundary', compactMetadata });
    // A row that was kept is written again with its old time.
    session.text(row);
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 1, compactions: 1, context } });
    session.answer(`${ID}-2`, { usage: { input_tokens: 70 } });
    expect(await sums(root)).toMatchObject({ [session.id]: { calls: 2, context: 70 } });
  });
});

test('C6: sub-agents are in their session’s sums; what repeats their rows or their last call is not', async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  session.answer(ID);
  const below = `-work/${session.id}/subagents`;
  for (const [name, parent] of [
    ['a1', null],
    ['a2', 'a1'],
  ] as const) {
    const agent = claudeSession(root, { id: `agent-${name}`, folder: below, startsAt: T0 });
    agent.row({
      type: 'assistant',
      isSidechain: true,
      message: { id: `${ID}-${name}`, model: 'm', stop_reason: 'end_turn', ...usage(3) },
    });
    const meta = { agentType: 'Explore', toolUseId: 'toolu_1', ...(parent !== null && { parentAgentId: parent }) };
    writeFileSync(agent.file.replace('.jsonl', '.meta.json'), JSON.stringify(meta));
  }
  const message = { message: { id: `${ID}-a1`, usage: { input_tokens: 999 } } };
  session.row({ type: 'progress', data: { type: 'agent_progress', agentId: 'a1', message } });
  session.row({
    type: 'user',
    message: { role: 'user', content: [] },
    toolUseResult: { totalTokens: 999, usage: { input_tokens: 999 } },
  });
  const view = await readRecords('claude', root);
  expect(sumsOf(view, true)).toMatchObject({
    [session.id]: { calls: 3, tokens: [30, 11, 300, 60, 390], context: 130 },
  });
  const parents = view.conversations.map(({ conversationId, session: facts }) => [conversationId, facts?.parentId]);
  expect(parents).toContainEqual([`${session.id}#agent-a2`, `${session.id}#agent-a1`]);
  expect(parents).toContainEqual([`${session.id}#agent-a1`, session.id]);
});

test("C6: a sub-agent of an older version, which wrote nothing beside its file, is its session's", async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  session.answer(ID);
  const agent = claudeSession(root, { id: 'agent-a1', folder: `-work/${session.id}/subagents`, startsAt: T0 });
  const message = { id: `${ID}-a1`, model: 'm', stop_reason: 'end_turn', ...usage(3) };
  agent.row({ type: 'assistant', isSidechain: true, sessionId: session.id, message });
  const view = await readRecords('claude', root);
  const parents = view.conversations.map(({ conversationId, session: facts }) => [conversationId, facts?.parentId]);
  expect(parents).toContainEqual([`${session.id}#agent-a1`, session.id]);
  expect(parents).toContainEqual([session.id, null]);
});

test.each([
  ['the usual one', 'claude-opus-4-8', 5_000, 200_000],
  ['the long one', 'claude-sonnet-5[1m]', 5_000, 1_000_000],
  ['raised by what is in use', 'claude-opus-4-8', 300_000, 1_000_000],
])('C7: the window is taken from a catalogue: %s', async (_which, model, used, windowTokens) => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  session.answer(ID, { model, usage: { input_tokens: used } });
  const [row] = (await readRecords('claude', root)).conversations;
  expect(row?.session?.context).toMatchObject({ usedTokens: used, windowTokens, windowKnown: false });
});

describe('C8: what a session waits for', () => {
  async function openOf(write: (session: ReturnType<typeof claudeSession>) => void) {
    const root = tempDir();
    write(claudeSession(root, { startsAt: T0 }));
    return (await readRecords('claude', root)).conversations[0]?.session?.open;
  }

  test('the model, after a prompt and after a tool’s result', async () => {
    expect(await openOf((session) => session.prompt())).toMatchObject({ type: 'call' });
    const after = await openOf((session) => {
      session.prompt();
      session.tool('toolu_1', 'Bash', {});
      session.result('toolu_1', 'ok');
    });
    expect(after).toMatchObject({ type: 'call' });
  });

  test('a tool without a result, whatever the stop_reason says', async () => {
    const open = await openOf((session) => {
      session.prompt();
      session.tool('toolu_1', 'Bash', { command: 'make' });
    });
    expect(open).toMatchObject({ type: 'tool', name: 'Bash' });
  });

  test('nothing, after an answer, a failure, or a stop by hand', async () => {
    expect(await openOf((session) => [session.prompt(), session.answer(ID)])).toBeNull();
    expect(await openOf((session) => [session.prompt(), session.failure('API Error: 500')])).toBeNull();
    expect(await openOf((session) => [session.prompt(), session.prompt('[Request interrupted by user]')])).toBeNull();
  });
});

describe('a failed call', () => {
  test.each([
    ['its field', { apiErrorStatus: 429 }, 'Request rejected', 429],
    ['its text', {}, 'API Error: 503 {"type":"error"}', 503],
    ['an error object', { error: { status: 500 } }, 'API Error', 500],
    ['nothing', { error: 'unknown' }, 'API Error: Connection error.', null],
  ])('has its status from %s', async (_where, fields, text, statusCode) => {
    const root = tempDir();
    const session = claudeSession(root, { startsAt: T0 });
    session.failure(text, fields);
    session.row({
      type: 'assistant',
      message: { id: nextUuid(), model: '<synthetic>', content: [{ type: 'text', text: 'No response requested.' }] },
    });
    const rows = readFileSync(session.file, 'utf8').trimEnd().split('\n');
    const world = recordWorld(CLAUDE, {
      [`projects/-work/${session.id}.jsonl`]: rows.map((row) => JSON.parse(row) as unknown),
    });
    expect(world.calls()).toMatchObject([{ statusCode, model: null, recorded: { failed: true } }]);
  });
});

test('a folder that moves is the session’s last one', async () => {
  const root = tempDir();
  const session = claudeSession(root, { cwd: '/work/one', startsAt: T0 });
  session.answer(ID);
  session.row({ type: 'relocated', relocatedCwd: '/work/two', uuid: undefined, cwd: undefined, timestamp: undefined });
  expect(await sums(root)).toMatchObject({ [session.id]: { cwd: '/work/two' } });
  session.row({ type: 'worktree-state', cwd: undefined, worktreeSession: { worktreePath: '/work/three' } });
  expect(await sums(root)).toMatchObject({ [session.id]: { cwd: '/work/three' } });
});

test('a command stands for the title as it was typed, and what it printed does not', async () => {
  const root = tempDir();
  const session = claudeSession(root);
  session.prompt('<local-command-stdout>See you</local-command-stdout>');
  session.prompt(
    '<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>the queue</command-args>',
  );
  session.answer('msg_0000000000000001');
  expect((await readRecords('claude', root)).conversations[0]?.session?.title).toBe('/review the queue');
});

test('what was asked first stands for the title until there is one', async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  session.prompt('fix the \u001b[31mrefund test');
  session.answer(ID);
  session.prompt('and now the queue');
  const titleOf = async (): Promise<string | null> =>
    (await readRecords('claude', root)).conversations[0]?.session?.title ?? null;
  expect(await titleOf()).toBe('fix the refund test');
  session.row({ type: 'ai-title', aiTitle: 'Refunds' });
  session.prompt('go on');
  expect(await titleOf()).toBe('Refunds');
});

test('every kind of row that is known is passed over; unknown ones, of system rows too, are counted by version', async () => {
  const root = tempDir();
  const session = claudeSession(root, { startsAt: T0 });
  const kinds =
    'ai-title custom-title summary agent-name last-prompt permission-mode mode queue-operation pr-link file-history-snapshot attachment started result bridge-session progress';
  for (const type of kinds.split(' ')) session.row({ type });
  const system =
    'api_error compact_boundary microcompact_boundary turn_duration stop_hook_summary api_refusal model_refusal_fallback error agents_killed local_command away_summary';
  for (const subtype of system.split(' ')) session.row({ type: 'system', subtype });
  session.row({ type: 'system', subtype: 'telepathy', version: '9.9.9' });
  session.row({ type: 'quantum-state', version: '9.9.9' });
  const feed = followFeed(recordsFeed({ medium: 'claude', roots: [root], uri: `claude:${root}` }));
  await feed.caughtUp();
  await feed.stop();
  expect(feed.calls()).toEqual([]);
  expect(feed.health().unknownKinds).toEqual([
    { version: '9.9.9', kind: 'system/telepathy', count: 1 },
    { version: '9.9.9', kind: 'quantum-state', count: 1 },
  ]);
});
