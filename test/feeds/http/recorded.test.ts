import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import { sqliteFeed } from '../../../src/feeds/sqlite/sqlite-feed.ts';
import { serve, serveAgentsight, send } from '../../helpers/agentsight-server.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { callsOf, followHttp, interruptionsOf } from '../../helpers/http-world.ts';
import { recorded } from '../../helpers/recorded.ts';

vi.setConfig({ testTimeout: 30_000 });

const TRACED = 'agentsight-0.5-traced';

test("what the real tracer of 0.5 recorded is read to SQLite's token, all of it historical", async () => {
  const folder = recorded(TRACED);
  const { base } = await serveAgentsight(folder, { version: '0.5' });
  const [http, sqlite] = [followHttp(base), followFeed(sqliteFeed({ path: folder }))];
  await Promise.all([http.caughtUp(), sqlite.caughtUp()]);
  expect(totals(http.events.flatMap((event) => (event.type === 'call' ? [event.call] : [])))).toEqual(truthOf(TRACED));
  expect(interruptionsOf(http.events)).toEqual(interruptionsOf(sqlite.events));
  expect(new Set(http.events.map(({ arrival }) => arrival))).toEqual(new Set(['historical']));
  // The order makes a storm of failures, so it is the databases' though the latest conversation was read first.
  expect(http.events.map(({ type, record }) => [type, record])).toEqual(
    sqlite.events.map(({ type, record }) => [type, record]),
  );
  expect(http.health()).toMatchObject({ medium: 'http', status: 'ok', lagMs: 0, ended: false });
});

test('every call is as SQLite has it, but for what a detail row has no field for', async () => {
  const folder = recorded(TRACED);
  const { base } = await serveAgentsight(folder, { version: '0.5' });
  const [http, sqlite] = [followHttp(base), followFeed(sqliteFeed({ path: folder }))];
  await Promise.all([http.caughtUp(), sqlite.caughtUp()]);
  for (let record = 1; record <= 23; record++) {
    const [ours, theirs] = [callsOf(http.events, record)[0], callsOf(sqlite.events, record)[0]];
    // The provider of a call without its end is in a column only, and SQLite reads no tools of old calls.
    const isCutOff = theirs?.status === 'interrupted';
    expect({ ...ours, tools: [] }).toEqual({ ...theirs, tools: [], ...(isCutOff && { provider: null }) });
  }
});

test('the answers that 0.5 gave are understood as they are, their nanoseconds exact', async () => {
  const { base } = await serve((_request, response, path) => {
    const name = recordedAnswer(path);
    if (name === null) return send(response, 200, '<html></html>', 'text/html');
    if (name === '') return send(response, 200, '[]');
    return send(response, 200, fixture(name));
  });
  const feed = followHttp(base);
  await feed.caughtUp();
  expect(feed.events).toHaveLength(3 + 19);
  expect(callsOf(feed.events, 398)).toMatchObject([
    {
      callId: 'chatcmpl-c1e4ac468404f5c0d5d838',
      startNs: 1_780_013_878_179_428_388n,
      endNs: 1_780_013_884_199_277_222n,
      status: 'complete',
      conversationId: '05835d2d069b463dd31914da705e9d2a',
      sessionId: '8f24d1c3-4d32-43ea-a807-19e0be7ccbc6',
      agent: 'OpenClaw',
      processName: 'node',
      pid: 2666,
      provider: 'openai',
      model: 'qwen3-max',
      kind: 'main',
      statusCode: 200,
      error: null,
      usage: { inputTokens: 7_589, outputTokens: 562, cacheReadTokens: null, cacheCreationTokens: null },
      finishReason: 'tool_calls',
      tools: ['Grep'],
      userQuery: 'draft the release notes',
    },
  ]);
  expect(interruptionsOf(feed.events).find(({ record }) => record === '19')).toMatchObject({
    interruptionId: '18eab62ffc22742d18eac9d2ba261b9d',
    type: 'context_overflow',
    severity: 'high',
    occurredNs: 1_780_013_832_592_648_633n,
    resolved: false,
    detail: { statusCode: 400, error: 'prompt is too long: 214512 tokens > 200000 maximum' },
  });
});

const SESSION = '8f24d1c3-4d32-43ea-a807-19e0be7ccbc6';
const CONVERSATION = '05835d2d069b463dd31914da705e9d2a';

// The recording has one session's conversations and one conversation's calls.
function recordedAnswer(path: string): string | null {
  if (path === '/api/sessions') return 'sessions';
  if (path === '/api/interruptions') return 'interruptions';
  if (path.startsWith('/api/sessions/')) return path.includes(SESSION) ? 'session-traces' : '';
  return path === `/api/conversations/${CONVERSATION}` ? 'conversation' : null;
}

function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/agentsight-0.5-api/${name}.json`, import.meta.url), 'utf8');
}

function totals(calls: readonly Call[]): Record<string, number> {
  const sum = (of: (call: Call) => number | null | undefined): number =>
    calls.reduce((total, call) => total + (of(call) ?? 0), 0);
  return {
    calls: calls.length,
    failed: calls.filter((call) => call.status === 'interrupted' || (call.statusCode ?? 0) >= 400).length,
    input_tokens: sum((call) => call.usage?.inputTokens),
    output_tokens: sum((call) => call.usage?.outputTokens),
    cache_read_tokens: sum((call) => call.usage?.cacheReadTokens),
    cache_creation_tokens: sum((call) => call.usage?.cacheCreationTokens),
  };
}

function truthOf(name: string): Record<string, number> {
  const file = new URL(`../../fixtures/${name}/truth.json`, import.meta.url);
  const truth = JSON.parse(readFileSync(file, 'utf8')) as { readonly agents: Record<string, Record<string, number>> };
  const agent = Object.values(truth.agents)[0] ?? {};
  const keys = ['calls', 'failed', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens'];
  return Object.fromEntries(keys.map((key) => [key, agent[key] ?? 0]));
}
