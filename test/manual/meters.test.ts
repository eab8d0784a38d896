import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Call } from '../../src/core/calls.ts';
import { createModel } from '../../src/core/model/model.ts';
import type { ConversationView, Model } from '../../src/core/model/types.ts';
import { loadPricer } from '../../src/effects/prices.ts';
import { feedOf } from '../helpers/open-source.ts';
import { recorded } from '../helpers/recorded.ts';
import { opencodeWriter } from '../helpers/opencode-db.ts';
import { FIXTURES } from '../helpers/records.ts';
import { folderWith } from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';

type Rows = { readonly row: ConversationView; readonly calls: readonly Call[] };
type Is = (rows: Rows) => boolean;

/** The facts of the manual's table: how a conversation that tells each of them is known. */
const FACTS: Readonly<Record<string, Is>> = {
  'tokens in, out': ({ calls }) =>
    calls.some(({ usage }) => (usage?.inputTokens ?? 0) * (usage?.outputTokens ?? 0) > 0),
  'read from a cache': ({ calls }) => calls.some(({ usage }) => (usage?.cacheReadTokens ?? 0) > 0),
  'written to a cache': ({ calls }) => calls.some(({ usage }) => (usage?.cacheCreationTokens ?? 0) > 0),
  'of it for an hour': ({ calls }) => calls.some(({ usage }) => (usage?.cacheCreation1hTokens ?? 0) > 0),
  model: ({ row }) => row.models.length > 0,
  'price of a call': ({ row }) => (row.totals.cost?.priced ?? 0) > 0,
  'failed calls': ({ row }) => row.totals.failed > 0,
  'HTTP status': ({ calls }) => calls.some(({ statusCode }) => (statusCode ?? 0) >= 400),
  'error text': ({ calls }) => calls.some(({ error }) => error !== null),
  retries: ({ row }) => (row.session?.retries ?? 0) > 0,
  'start of a call': ({ calls }) => calls.some(({ startNs, endNs }) => endNs !== null && endNs > startNs),
  'open call': ({ row }) => row.openSince !== null || row.session?.open?.type === 'call',
  'open tool': ({ row }) => row.session?.open?.type === 'tool',
  'working folder': ({ row }) => (row.session?.cwd ?? null) !== null,
  title: ({ row }) => (row.session?.title ?? null) !== null,
  'context used': ({ row }) => (row.session?.context?.usedTokens ?? null) !== null,
  'context window': ({ row }) => (row.session?.context?.windowTokens ?? null) !== null,
  compactions: ({ row }) => (row.session?.compactions ?? 0) > 0,
  'sub-agents': ({ row }) => (row.session?.parentId ?? null) !== null,
  'quota windows': ({ row }) => (row.session?.quota.length ?? 0) > 0,
  'reset of a limit': ({ row }) => (row.limit?.resets ?? row.limit?.resetsAt ?? null) !== null,
};

const LIMIT = "You've hit your session limit · resets 3pm (Europe/Berlin)";

/** A source of each column, with all that it can tell: recorded, and where the recordings lack something, a few rows more. */
const SOURCES: Readonly<Record<string, () => readonly string[]>> = {
  'agentsight 0.5': () => [`sqlite:${recorded('agentsight-0.5-traced')}`, `sqlite:${folderWith(AGENTSIGHT)}`],
  'agentsight 0.14': () => [`sqlite:${folderWith(AGENTSIGHT)}`],
  'Claude Code': () => [`claude:${join(FIXTURES, 'claude')}`, `claude:${written('projects/-w/s.jsonl', CLAUDE)}`],
  Codex: () => [`codex:${join(FIXTURES, 'codex')}`, `codex:${written(ROLLOUT, CODEX)}`],
  'Gemini CLI': () => [`gemini:${join(FIXTURES, 'gemini')}`],
  OpenCode: () => [`opencode:${recorded('agent-records/opencode')}`, `opencode:${openTool()}`],
  'Qwen Code': () => [`qwen:${written('projects/-w/chats/s.jsonl', QWEN)}`],
};

const AGENTSIGHT = [
  { model: 'claude-sonnet-4-5', provider: 'anthropic', cache_read_tokens: 9, cache_creation_tokens: 8 },
  {
    status_code: 429,
    input_tokens: null,
    output_tokens: null,
    event_json: `{"LLMCall":{"error":${JSON.stringify(LIMIT)}}}`,
  },
  { status: 'pending', conversation_id: 'open', end_timestamp_ns: null, status_code: null },
];

const AT = '2026-11-01T10:00:00.000Z';
const CLAUDE = [
  {
    type: 'assistant',
    uuid: 'a1',
    timestamp: AT,
    sessionId: 's',
    message: {
      id: 'msg_0123456789abcdef',
      model: 'claude-sonnet-4-5',
      stop_reason: 'end_turn',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }],
      usage: {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation_input_tokens: 5,
        cache_creation: { ephemeral_1h_input_tokens: 5 },
      },
    },
  },
];

const THREAD = '01a00000-0000-7000-8000-00000000000a';
const ROLLOUT = `sessions/2026/11/01/rollout-2026-11-01T10-00-00-${THREAD}.jsonl`;
const counts = {
  input_tokens: 100,
  cached_input_tokens: 0,
  output_tokens: 10,
  reasoning_output_tokens: 0,
  total_tokens: 110,
};
const CODEX = [
  ['session_meta', { id: THREAD, timestamp: AT, cwd: '/srv/shop', cli_version: '0.158.0' }],
  ['turn_context', { model: 'gpt-5.2-codex' }],
  ['event_msg', { type: 'task_started', turn_id: 't', started_at: Date.parse(AT) / 1_000 }],
  [
    'event_msg',
    {
      type: 'token_count',
      info: { total_token_usage: counts, last_token_usage: counts, model_context_window: 272_000 },
    },
  ],
  ['response_item', { type: 'function_call', call_id: 'c', name: 'shell', arguments: '{}' }],
].map(([type, payload]) => ({ timestamp: AT, type, payload }));

function openTool(): string {
  const file = join(tempDir(), 'opencode.db');
  const writer = opencodeWriter(file);
  writer.session('ses');
  writer.message('msg', 'ses', {
    role: 'assistant',
    modelID: 'm',
    providerID: 'p',
    time: { created: 1_788_501_100_000 },
  });
  writer.part('prt', 'msg', { type: 'tool', callID: 'c', tool: 'bash', state: { status: 'running' } });
  writer.close();
  return file;
}

const qwen = (uuid: string, fields: object): object => ({
  uuid,
  sessionId: 's',
  timestamp: AT.replace('10:00', `10:0${uuid}`),
  cwd: '/srv/shop',
  version: '0.22.2',
  ...fields,
});
const usageMetadata = {
  promptTokenCount: 100,
  candidatesTokenCount: 10,
  totalTokenCount: 110,
  cachedContentTokenCount: 9,
};
const failed = { uiEvent: { 'event.name': 'qwen-code.api_error', status_code: 503, error: 'overloaded' } };
const QWEN = [
  qwen('1', { type: 'user', message: { parts: [{ text: 'index the tickets' }] } }),
  qwen('2', { type: 'system', subtype: 'ui_telemetry', systemPayload: failed }),
  qwen('3', { type: 'assistant', model: 'gemini-2.5-flash', usageMetadata, contextWindowSize: 1_000_000 }),
  qwen('4', { type: 'system', subtype: 'chat_compression' }),
  qwen('5', { type: 'system', subtype: 'ui_telemetry', systemPayload: failed }),
  qwen('6', { type: 'user', message: { parts: [{ text: 'again' }] } }),
  qwen('7', {
    type: 'assistant',
    model: 'gemini-2.5-flash',
    agentId: 'explore-1',
    isSidechain: true,
    usageMetadata,
    message: { parts: [{ functionCall: { id: 'f', name: 'shell' } }] },
  }),
];

function written(path: string, rows: readonly object[]): string {
  const root = tempDir();
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return root;
}

async function read(uris: readonly string[]): Promise<Model> {
  const model = createModel({
    advisory: { windowMs: 3_600_000, inputTokens: 200_000 },
    evict: false,
    pricer: loadPricer(),
  });
  for (const uri of uris) {
    const stop = new AbortController();
    const present = Promise.withResolvers<undefined>();
    const feed = await feedOf(uri);
    const ended = feed.open(
      {
        events: (batch) => {
          for (const event of batch) model.apply(uri, event, Date.parse('2026-11-30'));
        },
        health: ({ caughtUp }) => (caughtUp ? present.resolve(undefined) : undefined),
      },
      stop.signal,
    );
    await present.promise;
    stop.abort();
    await ended;
  }
  return model;
}

/** Cells of the name of a fact, and of each column, in the manual's table. */
const NAME_WIDTH = 20;
const COLUMN_WIDTH = 8;

/** The table of the manual: by fact, what stands under each source. */
function tableOf(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const text = readFileSync(resolve(import.meta.dirname, '../../src/manual/meters.md'), 'utf8');
  const [, , ...lines] = (/```text\n[^]*?(?=```)/u.exec(text)?.[0] ?? '').trimEnd().split('\n');
  const cell = (line: string, at: number): string =>
    line.slice(NAME_WIDTH + at * COLUMN_WIDTH, NAME_WIDTH + (at + 1) * COLUMN_WIDTH).trim();
  const sources = Object.keys(SOURCES);
  return new Map(
    lines.map((line) => [line.slice(0, NAME_WIDTH).trim(), new Map(sources.map((name, at) => [name, cell(line, at)]))]),
  );
}

test.each(Object.keys(SOURCES))('the manual’s table says of %s what its calls and records tell', async (source) => {
  const model = await read(SOURCES[source]?.() ?? []);
  const rows = model.conversations().map((row): Rows => ({ row, calls: model.calls(row.conversationId) }));
  const told = Object.fromEntries(Object.entries(FACTS).map(([fact, is]) => [fact, rows.some(is)]));
  const table = tableOf();
  const claimed = Object.fromEntries(
    [...table].map(([fact, by]) => [fact, ['exact', 'derived'].includes(by.get(source) ?? '')]),
  );
  expect(claimed).toEqual(told);
  const contexts = rows.flatMap(({ row }) => row.session?.context ?? []);
  const windows = contexts.filter(({ windowTokens }) => windowTokens !== null);
  if (windows.length > 0) {
    const isKnown = windows.some(({ windowKnown }) => windowKnown);
    expect(table.get('context window')?.get(source)).toBe(isKnown ? 'exact' : 'derived');
  }
  const cells = [...table.values()].map((by) => by.get(source));
  expect(cells.filter((cell) => !['exact', 'derived', 'unknown'].includes(cell ?? ''))).toEqual([]);
});
