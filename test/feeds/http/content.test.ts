import { expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import { httpFeed } from '../../../src/feeds/http/index.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { send, serve, serveAgentsight } from '../../helpers/agentsight-server.ts';
import { makeCall } from '../../helpers/feed-events.ts';
import { folderWith } from '../../helpers/sqlite-world.ts';

const read = async (base: string, record: string, call: Partial<Call>) =>
  httpFeed({ base }).content?.(record, makeCall(call));

test('a call is asked for by its trace', async () => {
  const folder = folderWith([{}, { trace_id: 'm', call_id: 'm', event_json: callLineOf({ id: 'm' }) }]);
  const { base, requests } = await serveAgentsight(folder);
  expect(await read(base, '2', { callId: 'm', conversationId: 'c' })).toMatchObject({
    ok: true,
    value: { callId: 'm', startNs: 1780012345678901234n, response: [{ role: 'assistant' }] },
  });
  expect(requests).toEqual(['/api/traces/m']);
});

test('where no trace is called so, it is found in its conversation; without an event its columns are shown', async () => {
  const row = {
    conversation_id: 'c',
    status: 'interrupted',
    event_json: '{}',
    input_messages: '[{"role":"user","content":"q"}]',
  };
  const { base } = await serveAgentsight(folderWith([{ conversation_id: 'c' }, row]));
  expect(await read(base, '2', { callId: 'x', conversationId: 'c' })).toMatchObject({
    ok: true,
    value: {
      request: [{ role: 'user', parts: [{ text: 'q' }] }],
      notes: [{ code: 'event_missing' }],
    },
  });
});

test('a call that the server has no more, and a server that refuses, are reasons', async () => {
  const { base } = await serveAgentsight(folderWith([]));
  expect(await read(base, '2', { callId: 'x' })).toMatchObject({
    ok: false,
    reason: { code: 'call_not_served' },
  });
  const refusing = await serve((_request, response) => send(response, 401, '{}'));
  expect(await read(refusing.base, '2', {})).toMatchObject({
    ok: false,
    reason: { code: 'http', failure: { code: 'status', status: 401 } },
  });
});
