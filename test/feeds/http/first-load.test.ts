import type { ServerResponse } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { send, serveAgentsight, type Intercept, type TestServer } from '../../helpers/agentsight-server.ts';
import type { AgentsightWriter, Fields } from '../../helpers/agentsight-writer.ts';
import type { Followed } from '../../helpers/follow-feed.ts';
import { callFields, callsOf, followHttp } from '../../helpers/http-world.ts';
import { startWriter } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const WAIT_MS = 15_000;
const DETAILS_OF = '/api/conversations/';

describe('the first load', () => {
  test('lets news through when the latest conversations are read; the rest is read behind, as history', async () => {
    const { gate, feed, writer } = await world();
    await feed.recentRead();
    expect(callsOf(feed.events, 3).map(({ arrival }) => arrival)).toEqual(['historical']);
    expect(feed.health().caughtUp).toBe(false);
    expect(feed.words()).toContain('of 2 conversations only the sums are known yet');
    const { id } = await writer.call(callFields('live', { conversation_id: 'new' }));
    await until(() => callsOf(feed.events, id).length > 0, WAIT_MS);
    expect(callsOf(feed.events, id).map(({ arrival }) => arrival)).toEqual(['live']);
    expect(feed.health().lagMs).toBe(0);
    gate.open();
    await until(() => callsOf(feed.events, 1).length > 0 && callsOf(feed.events, 2).length > 0, WAIT_MS);
    const old = [...callsOf(feed.events, 1), ...callsOf(feed.events, 2)];
    expect(old.map(({ arrival }) => arrival)).toEqual(['historical', 'historical']);
    await feed.caughtUp();
    expect(feed.words()).toMatch(/^following /u);
  });

  test('emits a call of a conversation that waits for its first reading at once, and the rest as history', async () => {
    const { feed, writer } = await world({ stalled: [`${DETAILS_OF}old-2`] });
    await feed.recentRead();
    const { id } = await writer.call(callFields('back again', { conversation_id: 'old-1' }));
    await until(() => callsOf(feed.events, id).length > 0, WAIT_MS);
    expect(callsOf(feed.events, id).map(({ arrival }) => arrival)).toEqual(['gap']);
    expect(callsOf(feed.events, 1).map(({ arrival }) => arrival)).toEqual(['historical']);
  });

  test('waits for all of it without newestFirst', async () => {
    const { gate, feed } = await world({ newestFirst: false });
    await until(() => gate.waiting() > 0 && feed.summaries.length > 0, WAIT_MS);
    expect(feed.health()).toMatchObject({ caughtUp: false, recentRead: false });
    gate.open();
    await feed.caughtUp();
    expect(feed.events.map(({ record }) => record)).toEqual(['1', '2', '3']);
  });

  test('does not wait for one of the latest that is slow', async () => {
    const { feed } = await world({ stalled: [`${DETAILS_OF}recent`] });
    await feed.recentRead();
    expect(callsOf(feed.events, 3)).toEqual([]);
  });

  test('a call that came while the first reading failed is news all the same', async () => {
    const asked: ServerResponse[] = [];
    const { feed, writer } = await world({
      intercept: (_request, response, path) => path === `${DETAILS_OF}recent` && asked.push(response) === 1,
    });
    await until(() => asked.length === 1, WAIT_MS);
    const { id } = await writer.call(callFields('meanwhile', { conversation_id: 'recent', session_id: 'recent' }));
    await until(() => standing(feed).some(({ conversationId, calls }) => conversationId === 'recent' && calls === 2));
    for (const response of asked) send(response, 500, '{}');
    await until(() => callsOf(feed.events, id).length > 0, WAIT_MS);
    expect(callsOf(feed.events, id).map(({ arrival }) => arrival)).toEqual(['gap']);
    expect(callsOf(feed.events, 3).map(({ arrival }) => arrival)).toEqual(['historical']);
  });
});

describe('a summary', () => {
  test('stands for a conversation until its calls are emitted, and is then retracted', async () => {
    const { gate, feed } = await world();
    await feed.recentRead();
    expect(feed.summaries.filter(({ conversationId }) => conversationId === 'old-1')).toMatchObject([
      {
        summary: {
          agent: 'Claude',
          sessionId: 'session-1',
          model: 'claude-sonnet-4-5',
          calls: 1,
          inputTokens: 120,
          outputTokens: 8,
          userQuery: 'list the files',
        },
      },
    ]);
    gate.open();
    await until(() => standing(feed).length === 0, WAIT_MS);
    expect(callsOf(feed.events, 1)).toHaveLength(1);
  });

  test('moves with its conversation while that waits', async () => {
    const { feed, writer } = await world();
    await feed.recentRead();
    await writer.call(callFields('one more', { conversation_id: 'old-1', session_id: 'session-1' }));
    await until(() => standing(feed).some(({ calls }) => calls === 2), WAIT_MS);
  });

  test('stands for what is new in a large conversation, which is not read with each of its calls', async () => {
    const large = { system_instructions: 'x'.repeat(20_000_000), conversation_id: 'large', session_id: 'large' };
    const { gate, feed, writer } = await world();
    gate.open();
    await writer.call(callFields('first', large));
    await until(() => feed.events.some((event) => event.type === 'call' && event.call.callId === 'first'), WAIT_MS);
    await writer.call(callFields('second', { conversation_id: 'large', session_id: 'large' }));
    await until(() => standing(feed).some(({ calls }) => calls === 2), WAIT_MS);
  });

  test('counts no call twice whose session was learnt later', async () => {
    const { feed, writer } = await world();
    await feed.recentRead();
    const stray = { conversation_id: 'old-1', session_id: 'a'.repeat(32) };
    const { id } = await writer.call(callFields('stray', stray));
    await writer.call(callFields('other', { ...stray, conversation_id: 'other' }));
    await until(() => standing(feed).some(({ calls }) => calls === 2), WAIT_MS);
    await writer.updateCall(id, { session_id: 'session-1', input_tokens: 7 });
    await until(() => standing(feed).some(({ calls, inputTokens }) => calls === 2 && inputTokens === 127), WAIT_MS);
  });

  test('stays where the calls cannot be read at all', async () => {
    const { gate, feed } = await world({
      newestFirst: false,
      intercept: (_request, response, path) => {
        if (path !== `${DETAILS_OF}old-1`) return false;
        send(response, 200, '[{"id":1,"call', 'application/json');
        return true;
      },
    });
    gate.open();
    await feed.recentRead();
    expect(standing(feed).map(({ conversationId }) => conversationId)).toEqual(['old-1']);
  });

  test('is not emitted for conversations that are read at once', async () => {
    const { gate, feed, writer } = await world();
    gate.open();
    await until(() => feed.healths.at(-1)?.detail.code === 'following', WAIT_MS);
    const { id } = await writer.call(callFields('quick', { conversation_id: 'quick' }));
    await until(() => callsOf(feed.events, id).length > 0, WAIT_MS);
    expect(feed.summaries.some(({ conversationId }) => conversationId === 'quick')).toBe(false);
  });
});

/** What is known by summaries alone. */
function standing({ summaries }: Followed) {
  const last = new Map(summaries.map(({ conversationId, summary }) => [conversationId, summary]));
  return [...last.values()].filter((summary) => summary !== null);
}

type Gate = { readonly open: () => void; readonly waiting: () => number };

type World = {
  readonly gate: Gate;
  readonly server: TestServer;
  readonly feed: Followed;
  readonly writer: AgentsightWriter;
};

type Options = {
  /** Answers to these wait for the gate; the two old conversations where it is left out. */
  readonly stalled?: readonly string[];
  readonly intercept?: Intercept;
  readonly newestFirst?: boolean;
};

/** Two conversations of an hour ago (rows 1 and 2) and one of now (row 3), and a server that stalls some of them. */
async function world({ stalled, intercept, newestFirst = true }: Options = {}): Promise<World> {
  const folder = tempDir();
  const writer = await startWriter(folder);
  for (const n of [1, 2]) await writer.call(callFields(`old-${n}`, hourAgo(n)));
  await writer.call(callFields('recent', { conversation_id: 'recent', session_id: 'recent' }));
  const { gate, isStalled } = gateFor(stalled ?? [`${DETAILS_OF}old-1`, `${DETAILS_OF}old-2`]);
  const server = await serveAgentsight(folder, {
    version: 'new',
    intercept: (request, response, path) => intercept?.(request, response, path) === true || isStalled(response, path),
  });
  return { gate, server, writer, feed: followHttp(server.base, { newestFirst, silenceMs: 20_000 }) };
}

function hourAgo(n: number): Fields {
  const ns = BigInt(Date.now() - 3_600_000) * 1_000_000n;
  return {
    conversation_id: `old-${n}`,
    session_id: `session-${n}`,
    start_timestamp_ns: ns,
    end_timestamp_ns: ns + 5_000_000_000n,
  };
}

function gateFor(paths: readonly string[]) {
  let isOpen = false;
  const waiting: ServerResponse[] = [];
  const isStalled = (response: ServerResponse, path: string): boolean => {
    if (isOpen || !paths.includes(path)) return false;
    waiting.push(response);
    return true;
  };
  const gate: Gate = {
    open: () => {
      isOpen = true;
      // A failed reading is tried again.
      for (const response of waiting.splice(0)) send(response, 500, '{}');
    },
    waiting: () => waiting.length,
  };
  return { gate, isStalled };
}
