import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { tokensFrom } from '../../../src/feeds/http/request/token.ts';
import { send, serveAgentsight, type Intercept } from '../../helpers/agentsight-server.ts';
import { callFields, callsOf, countRequests, followHttp } from '../../helpers/http-world.ts';
import { folderWith } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const WAIT_MS = 15_000;

test('Retry-After of a conversation is kept to by all requests', async () => {
  const times: number[] = [];
  const { server } = await world((_request, response, path) => {
    times.push(performance.now());
    if (!path.startsWith('/api/conversations/')) return false;
    response.writeHead(429, { 'retry-after': '2' }).end();
    return true;
  });
  await until(() => countRequests(server, '/api/conversations/') >= 2, WAIT_MS);
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  expect(Math.max(...pauses)).toBeGreaterThan(1_500);
});

test('one session whose list cannot be read costs the others nothing, is reported, and is retried', async () => {
  let isIll = true;
  const { feed, server } = await world((_request, response, path) => {
    if (!isIll || path !== '/api/sessions/bad/traces') return false;
    send(response, 500, '{}');
    return true;
  });
  await feed.caughtUp();
  expect(feed.health()).toMatchObject({ status: 'degraded' });
  expect(feed.words()).toContain('fails (HTTP 500)');
  expect(callsOf(feed.events, 1)).toHaveLength(1);
  await until(() => countRequests(server, '/api/sessions/bad/traces') >= 2, WAIT_MS);
  isIll = false;
  await until(() => callsOf(feed.events, 2).length === 1, WAIT_MS);
  expect(callsOf(feed.events, 2)[0]?.arrival).toBe('historical');
  await until(() => feed.health().status === 'ok', WAIT_MS);
});

test('one that stays so is counted once, and the feed is well without it', async () => {
  const { feed } = await world((_request, response, path) => {
    if (path !== '/api/sessions/bad/traces') return false;
    send(response, 200, '<html></html>', 'text/html');
    return true;
  });
  await until(() => feed.healths.at(-1)?.skipped.malformed === 1, WAIT_MS);
  await until(() => feed.health().status === 'ok', WAIT_MS);
  expect(feed.lastSkip()).toBe('session bad: its conversations cannot be listed');
});

test('requests that were refused together are all asked again with the new token', async () => {
  const file = join(tempDir(), 'token');
  writeFileSync(file, 'old');
  const tokens = tokensFrom({ file, value: null, ownFile: null });
  const used = await tokens.current();
  writeFileSync(file, 'new');
  expect(await tokens.renew(used)).toBe(true);
  expect(await tokens.renew(used)).toBe(true);
  expect(await tokens.renew({ text: 'new', isOwn: false })).toBe(false);
});

/** A session that is read, one that is called `bad`, and a server that may answer otherwise. */
async function world(intercept: Intercept) {
  const folder = folderWith([
    callFields('one', { conversation_id: 'good' }),
    callFields('two', { conversation_id: 'other', session_id: 'bad' }),
  ]);
  const server = await serveAgentsight(folder, { version: 'new', intercept });
  return { server, feed: followHttp(server.base) };
}
