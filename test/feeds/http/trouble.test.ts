import type { ServerResponse } from 'node:http';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { retryAfterMs } from '../../../src/feeds/http/request/problem.ts';
import { send, serve, serveAgentsight, type Intercept, type TestServer } from '../../helpers/agentsight-server.ts';
import type { Followed } from '../../helpers/follow-feed.ts';
import { callFields, callsOf, countRequests, followHttp } from '../../helpers/http-world.ts';
import { folderWith } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const WAIT_MS = 15_000;
const TOKEN = 'f'.repeat(64);

test.each<[string, (response: ServerResponse) => void, string]>([
  ['401', (response) => send(response, 401, '{}'), 'requires a token; give --token-file FILE'],
  ['403', (response) => send(response, 403, '{}'), 'forbids our requests (HTTP 403); use a loopback address'],
  ['404', (response) => send(response, 404, '{}'), 'has no such path (HTTP 404); name the address of agentsight'],
  ['400', (response) => send(response, 400, 'bad', 'text/plain'), 'does not understand our request (HTTP 400)'],
  ['500', (response) => send(response, 500, '{}'), "fails (HTTP 500); check agentsight's log"],
  ['503', (response) => send(response, 503, '{}'), 'is busy or has no database (HTTP 503)'],
  ['429', (response) => send(response, 429, '{}'), 'limits our requests (HTTP 429)'],
  ['302', (response) => void response.writeHead(302, { location: '/x' }).end(), 'redirects us (HTTP 302)'],
  ['a web page', (response) => send(response, 200, '<html></html>', 'text/html'), 'answers with a web page'],
  ['text', (response) => send(response, 200, 'hello', 'text/plain'), 'answers with data that is not JSON'],
  ['other JSON', (response) => send(response, 200, '{"a":1}'), 'answers with JSON of an unknown shape'],
  ['half an answer', (response) => send(response, 200, '[{"session_id":"a'), 'broke off in the middle'],
  ['a broken connection', (response) => void response.socket?.destroy(), 'broke the connection'],
])('%s has its own text', async (_name, answer, words) => {
  const { base } = await serve((_request, response) => answer(response));
  const feed = followHttp(base);
  await until(() => (feed.healths.at(-1)?.status ?? 'ok') !== 'ok', WAIT_MS);
  expect(feed.words()).toContain(words);
  expect(feed.health()).toMatchObject({ caughtUp: false, retryAt: expect.any(Number) });
});

test('reports a server that accepts and then sends nothing as slow', async () => {
  const { base } = await serve(() => undefined);
  const feed = followHttp(base, { silenceMs: 100 });
  await until(() => feed.words().includes('does not answer in time'), WAIT_MS);
  expect(feed.health().status).toBe('degraded');
  await until(() => feed.healths.at(-1)?.status === 'lost', WAIT_MS);
});

test('reports an answer that stops in the middle as slow', async () => {
  const { base } = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('[{"a":');
  });
  const feed = followHttp(base, { silenceMs: 100 });
  await until(() => feed.words().includes('does not answer in time'), WAIT_MS);
});

test('a hiccup is passing: degraded, then well again', async () => {
  let failures = 1;
  const { feed } = await open({
    intercept: (_request, response) => failures-- > 0 && answered(() => send(response, 502, 'x')),
  });
  await feed.caughtUp();
  expect(feed.healths.map(({ status }) => status)).toContain('degraded');
  expect(feed.healths.map(({ status }) => status)).not.toContain('lost');
  expect(feed.health()).toMatchObject({ status: 'ok', retryAt: null });
});

test('Retry-After is kept to', async () => {
  const times: number[] = [];
  const { base } = await serve((_request, response) => {
    times.push(performance.now());
    response.writeHead(503, { 'retry-after': '2' }).end();
  });
  const feed = followHttp(base);
  await until(() => times.length >= 2, WAIT_MS);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_900);
  await feed.stop();
});

test.each([
  ['120', 120_000],
  ['Wed, 25 Nov 2026 10:00:30 GMT', 30_000],
  ['Wed, 25 Nov 2026 09:00:00 GMT', 0],
  ['99999999', 3_600_000],
  ['soon', null],
  [undefined, null],
])('Retry-After: %s is understood', (value, ms) => {
  expect(retryAfterMs(value, Date.parse('2026-11-25T10:00:00Z'))).toBe(ms);
});

test('a long Retry-After does not delay the first state', async () => {
  const { base } = await serve((_request, response) => {
    response.writeHead(503, { 'retry-after': '600' }).end();
  });
  const feed = followHttp(base);
  await until(() => feed.healths.at(-1)?.status === 'lost', WAIT_MS);
  expect((feed.health().retryAt ?? 0) - Date.now()).toBeGreaterThan(590_000);
});

test('without interruptions the calls are read all the same', async () => {
  const { feed } = await open({
    intercept: (_request, response, path) =>
      path === '/api/interruptions' && answered(() => send(response, 503, '{"error":"store unavailable"}')),
  });
  await feed.caughtUp();
  expect(callsOf(feed.events, 1)).toHaveLength(1);
  expect(feed.health().status).toBe('degraded');
  expect(feed.words()).toContain('without interruptions: ');
});

test('a conversation that cannot be read is given up and counted; the others are read', async () => {
  const { feed, server } = await open({
    intercept: (_request, response, path) =>
      path === '/api/conversations/bad' && answered(() => send(response, 200, '[{"id":1,"call', 'application/json')),
  });
  await until(() => feed.healths.at(-1)?.status === 'degraded', WAIT_MS);
  expect(feed.words()).toContain('broke off in the middle');
  await until(() => feed.healths.at(-1)?.skipped.malformed === 1 && feed.health().status === 'ok', WAIT_MS);
  expect(callsOf(feed.events, 1)).toHaveLength(1);
  expect(feed.lastSkip()).toContain('conversation bad: its calls cannot be read (cut off)');
  expect(countRequests(server, '/api/conversations/bad')).toBe(4);
});

test('items that are not what they should be are skipped and counted', async () => {
  const { feed } = await open({
    intercept: (_request, response, path) =>
      path === '/api/interruptions' && answered(() => send(response, 200, '[1, null, {"id":1}, {"id":"x"}, "y"]')),
  });
  await feed.caughtUp();
  await until(() => (feed.healths.at(-1)?.skipped.malformed ?? 0) >= 5, WAIT_MS);
  expect(feed.lastSkip()).toContain('an interruption without a usable id');
  expect(callsOf(feed.events, 1)).toHaveLength(1);
});

test('a broken event_json costs the event, not the row', async () => {
  const folder = folderWith([{ ...callFields('one'), event_json: '{"LLMCall":{"call_id"' }]);
  const { base } = await serveAgentsight(folder);
  const feed = followHttp(base);
  await feed.caughtUp();
  expect(callsOf(feed.events, 1)).toMatchObject([{ callId: 'one', usage: { inputTokens: 120 }, provider: null }]);
  expect(feed.lastSkip()).toContain('call row 1: event_json: invalid JSON');
});

test('a compressed answer is understood', async () => {
  const { base } = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('[]'));
  });
  const feed = followHttp(base);
  await feed.caughtUp();
  expect(feed.health().status).toBe('ok');
});

test('ids that are made to lead elsewhere are only ever one part of a path', async () => {
  const evil = '../../health?x=1#y/\u0000\u001b[31m';
  const folder = folderWith([callFields('one', { session_id: evil, conversation_id: evil })]);
  const { base, requests } = await serveAgentsight(folder, { version: 'new' });
  const feed = followHttp(base);
  await feed.caughtUp();
  expect(callsOf(feed.events, 1)).toMatchObject([{ conversationId: '../../health?x=1#y/' }]);
  expect(requests.every((request) => request.startsWith('/api/'))).toBe(true);
});

test('a token from a file is sent; it is read again when agentsight has made a new one', async () => {
  const file = tokenFile(TOKEN);
  const { server, feed } = await open({ token: TOKEN }, { file });
  await feed.caughtUp();
  await server.stop();
  const next = 'e'.repeat(64);
  writeFileSync(file, `${next}\n`);
  await until(() => feed.healths.at(-1)?.status === 'lost', WAIT_MS);
  await serveAgentsight(oneCall(), { token: next, port: server.port });
  await until(() => feed.healths.at(-1)?.status === 'ok', WAIT_MS);
  expect(JSON.stringify(feed.healths)).not.toContain(TOKEN);
});

test('a token from the environment is sent', async () => {
  const { feed } = await open({ token: TOKEN }, { value: TOKEN });
  await feed.caughtUp();
});

test("on this machine agentsight's own token is used if the server requires one, and only then", async () => {
  let lookedUp = 0;
  const ownFile = async (): Promise<string> => {
    lookedUp += 1;
    return Promise.resolve(tokenFile(TOKEN));
  };
  const open1 = await open({}, { ownFile });
  await open1.feed.caughtUp();
  expect(lookedUp).toBe(0);
  const open2 = await open({ token: TOKEN }, { ownFile });
  await open2.feed.caughtUp();
  expect(lookedUp).toBeGreaterThan(0);
});

test.each([
  ['a wrong one', 'x', /refuses the token from the file .*; agentsight may have a new one/u],
  ['an empty file', '', /requires a token, and the file .* does not hold one/u],
  ['no file', null, /requires a token, and the file .* cannot be read: it does not exist/u],
])('with %s the text names the problem, and never the token', async (_name, content, words) => {
  const file = content === null ? join(tempDir(), 'none') : tokenFile(content && content.repeat(40));
  const { feed } = await open({ token: TOKEN }, { file });
  await until(() => words.test(feed.words()), WAIT_MS);
  expect(feed.health().status).toBe('lost');
  expect(JSON.stringify(feed.healths)).not.toContain('x'.repeat(40));
});

test('a certificate of an own authority is trusted when it is named, and refused with a remedy when it is not', async () => {
  const server = await serveAgentsight(oneCall(), { tls: { key: pem('server.key'), cert: pem('server.pem') } });
  const trusting = followHttp(server.base, { caFile: fixturePath('ca.pem') });
  await trusting.caughtUp();
  expect(callsOf(trusting.events, 1)).toHaveLength(1);
  const wary = followHttp(server.base);
  await until(() => wary.healths.at(-1)?.status === 'lost', WAIT_MS);
  expect(wary.words()).toContain('is not trusted');
  expect(wary.words()).toContain('name its authority with --ca-file FILE');
});

test('reports each of the two protocols taken for the other', async () => {
  const [secure, plain] = await Promise.all([
    serveAgentsight(oneCall(), { tls: { key: pem('server.key'), cert: pem('server.pem') } }),
    serveAgentsight(oneCall()),
  ]);
  const plainToSecure = followHttp(secure.base.replace('https:', 'http:'));
  const secureToPlain = followHttp(plain.base.replace('http:', 'https:'));
  await until(
    () => [plainToSecure, secureToPlain].every((feed) => (feed.healths.at(-1)?.status ?? 'ok') !== 'ok'),
    WAIT_MS,
  );
  expect(secureToPlain.words()).toContain('does not speak TLS; use http:// instead');
  expect(plainToSecure.words()).toMatch(/broke the connection|does not answer in HTTP/u);
});

test('reports a file without a certificate before any request', async () => {
  const feed = followHttp('https://127.0.0.1:1', { caFile: tokenFile('x') });
  await until(() => feed.healths.at(-1)?.status === 'lost', WAIT_MS);
  expect(feed.words()).toContain('holds no certificate (PEM); name another one with --ca-file');
});

type Opening = { readonly token?: string; readonly intercept?: Intercept };
type Places = NonNullable<NonNullable<Parameters<typeof followHttp>[1]>['token']>;

async function open(
  server: Opening,
  token: Partial<Places> = {},
): Promise<{ readonly server: TestServer; readonly feed: Followed }> {
  const served = await serveAgentsight(oneCall(), { version: 'new', ...server });
  const places = { file: null, value: null, ownFile: null, ...token };
  return { server: served, feed: followHttp(served.base, { token: places }) };
}

function oneCall(): string {
  return folderWith([
    callFields('one', { conversation_id: 'good' }),
    callFields('two', { conversation_id: 'bad', session_id: 'other' }),
  ]);
}

function answered(answer: () => void): true {
  answer();
  return true;
}

function tokenFile(content: string): string {
  const file = join(tempDir(), '.dashboard_token');
  writeFileSync(file, content);
  chmodSync(file, 0o600);
  return file;
}

function fixturePath(name: string): string {
  return new URL(`../../fixtures/tls/${name}`, import.meta.url).pathname;
}

function pem(name: string): string {
  return readFileSync(fixturePath(name), 'utf8');
}
