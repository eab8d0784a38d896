import { expect, test } from 'vitest';
import type { TextHit } from '../../../src/core/story.ts';
import { httpFeed } from '../../../src/feeds/http/index.ts';
import { send, serve, serveAgentsight } from '../../helpers/agentsight-server.ts';
import { folderWith } from '../../helpers/sqlite-world.ts';

async function search(base: string, text: string, { since = 0, signal = new AbortController().signal } = {}) {
  const hits: TextHit[] = [];
  const unread: string[] = [];
  const control = { progress: () => undefined, hit: (one: TextHit) => void hits.push(one) };
  await httpFeed({ base }).search?.({ text, since, unread: (what) => void unread.push(what), ...control }, signal);
  return { hits, unread };
}

const said = (role: string, content: string): string => JSON.stringify([{ role, content }]);

test('finds what was asked and answered in the conversations of a server, whatever its case', async () => {
  const folder = folderWith([
    { conversation_id: 'a', trace_id: 'a1', call_id: 'a1', input_messages: said('user', 'why is "Refund" slow?') },
    { conversation_id: 'b', trace_id: 'b1', call_id: 'b1', output_messages: said('assistant', 'the REFUND queue') },
    { conversation_id: 'c', trace_id: 'c1', call_id: 'c1', output_messages: said('assistant', 'nothing to see') },
  ]);
  const { base } = await serveAgentsight(folder);
  const { hits, unread } = await search(base, 'refund');
  expect(hits.map(({ conversationId, part }) => `${conversationId} ${part}`).toSorted()).toEqual([
    'a prompt',
    'b answer',
  ]);
  expect(hits.map(({ excerpt }) => excerpt)).toContain('why is "Refund" slow?');
  expect(unread).toEqual([]);
  expect((await search(base, 'is "refund"')).hits).toHaveLength(1);
  expect((await search(base, 'refund', { since: Date.UTC(2200, 0) })).hits).toEqual([]);
  expect((await search(base, 'refund', { signal: AbortSignal.abort() })).hits).toEqual([]);
});

test('a server that refuses, or cannot tell of one conversation, is named as not searched whole', async () => {
  const refusing = await serve((_request, response) => send(response, 401, '{}'));
  expect(await search(refusing.base, 'refund')).toEqual({ hits: [], unread: [refusing.base] });
  const folder = folderWith([
    { conversation_id: 'a', trace_id: 'a1', call_id: 'a1', input_messages: said('user', 'refund') },
    { conversation_id: 'b', trace_id: 'b1', call_id: 'b1', input_messages: said('user', 'refund') },
  ]);
  const whole = await serveAgentsight(folder);
  const partial = await serve((request, response) => {
    if (request.url === '/api/conversations/a') return send(response, 500, '{}');
    void fetch(`${whole.base}${request.url ?? ''}`).then(async (answer) => {
      send(response, answer.status, await answer.text());
    });
  });
  expect(await search(partial.base, 'refund')).toMatchObject({
    hits: [{ conversationId: 'b', part: 'prompt', excerpt: 'refund' }],
    unread: [partial.base],
  });
});
