import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createModel } from '../../../src/core/model/model.ts';
import { accountsOf } from '../../../src/core/model/meters/quota.ts';
import type { Call } from '../../../src/core/calls.ts';
import { feedOf } from '../../helpers/open-source.ts';
import { wordSource } from '../../../src/wording/sources.ts';
import { followFeed, type Followed } from '../../helpers/follow-feed.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/otlp');
const TOKEN = 'a-token-of-the-test';

describe('the exporter of the OpenTelemetry SDK', () => {
  test.each(['none', 'gzip'] as const)('sends JSON that is read (compression %s)', async (compression) => {
    const { feed, url } = await listening({ token: true });
    const provider = exporter(url, { compression, headers: { authorization: `Bearer ${TOKEN}` } });
    const attributes = { 'session.id': 's1', 'event.name': 'api_request', output_tokens: 310, input_tokens: 4 };
    provider.getLogger('x').emit({ body: 'claude_code.api_request', attributes });
    await provider.forceFlush();
    await feed.count(1);
    expect(calls(feed)).toMatchObject([
      { agent: 'Claude', sessionId: 's1', usage: { outputTokens: 310 }, recorded: { telemetry: 'verified' } },
    ]);
  });
});

describe('what agents send', () => {
  test('Claude: a call with its final output, and one that was given up', async () => {
    const { feed, post } = await listening({ token: true });
    expect((await post(fixture('claude'), { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    await feed.count(2);
    expect(calls(feed)).toMatchObject([
      { callId: 'req_011CX0000000000000000001', usage: { inputTokens: 4, outputTokens: 310, cacheReadTokens: 18_240 } },
      { statusCode: 529, error: 'Overloaded', recorded: { failed: true } },
    ]);
    expect(Number((calls(feed)[0]?.endNs ?? 0n) - (calls(feed)[0]?.startNs ?? 0n))).toBe(5_120_000_000);
  });

  test('Codex: each attempt is a retry, the completed response the call; `tool_token_count` is the total', async () => {
    const { feed, post, sessions } = await listening({ token: true });
    await post(fixture('codex'), { authorization: `Bearer ${TOKEN}` });
    await feed.count(1);
    expect(calls(feed)).toMatchObject([{ agent: 'Codex', usage: { inputTokens: 15_012, outputTokens: 420 } }]);
    expect(sessions()).toEqual({ '019f0000-0001-7000-8000-00000000c001': 1 });
  });

  test('Gemini: the thoughts are output', async () => {
    const { feed, post, sessions } = await listening({ token: true });
    await post(fixture('gemini'), { authorization: `Bearer ${TOKEN}` });
    await feed.count(1);
    expect(calls(feed)).toMatchObject([{ agent: 'Gemini', usage: { inputTokens: 12_000, outputTokens: 420 } }]);
    expect(sessions()).toEqual({ '9c1f3a52-0001-4000-8000-00000000b001': 1 });
  });

  test('what an exporter sends twice counts once', async () => {
    const { feed, post } = await listening({ token: true });
    for (let times = 0; times < 2; times += 1) await post(fixture('codex'), { authorization: `Bearer ${TOKEN}` });
    await feed.count(1);
    expect(calls(feed)).toHaveLength(1);
  });

  test('no account, user or organisation is kept', async () => {
    const { feed, post } = await listening({ token: true });
    const secret = { 'user.email': 'x@secret', 'user.account_id': 'secret', 'organization.id': 'secret' };
    await post(log('claude_code.api_request', { 'session.id': 's1', output_tokens: '1', ...secret }), {
      authorization: `Bearer ${TOKEN}`,
    });
    await feed.count(1);
    expect(
      JSON.stringify([feed.events, feed.healths], (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    ).not.toContain('secret');
  });

  test("the limit of a plan is the account's until a call succeeds", async () => {
    const { feed, post } = await listening({ token: true });
    const authorization = `Bearer ${TOKEN}`;
    const error = "You've hit your session limit · resets 3pm (Europe/Berlin)";
    const told = { 'session.id': 's1', status_code: '429', 'event.timestamp': '2026-09-04T05:33:20.000Z' };
    await post(log('claude_code.api_error', { ...told, error, attempt: '1' }), { authorization });
    await feed.count(1);
    const model = createModel({ advisory: { windowMs: 1, inputTokens: 1 }, evict: false });
    const apply = (): void => {
      for (const event of feed.events) model.apply('otlp:', event, Date.now());
    };
    apply();
    const account = { agent: 'Claude', account: null, windows: [] };
    expect(accountsOf(model.conversations(), Date.now())).toMatchObject([
      { ...account, reached: { resets: '3pm (Europe/Berlin)', resetsAt: null } },
    ]);
    await post(
      log('claude_code.api_request', { ...told, output_tokens: '5', 'event.timestamp': '2026-09-04T06:00:00.000Z' }),
      {
        authorization,
      },
    );
    await feed.count(2);
    apply();
    expect(accountsOf(model.conversations(), Date.now())).toMatchObject([{ ...account, reached: null }]);
  });

  test('five failed attempts in a row are a storm until a call succeeds', async () => {
    const { feed, post } = await listening({ token: true });
    const failed = { 'conversation.id': 'c1', 'http.response.status_code': '503' };
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await post(log('codex.api_request', { ...failed, attempt: String(attempt) }), {
        authorization: `Bearer ${TOKEN}`,
      });
    }
    await feed.count(1);
    const completed = { 'conversation.id': 'c1', 'event.kind': 'response.completed', output_token_count: '5' };
    await post(log('codex.sse_event', completed), { authorization: `Bearer ${TOKEN}` });
    await feed.count(3);
    const rows = feed.events.flatMap((event) => (event.type === 'interruption' ? [event.interruption] : []));
    expect(rows).toMatchObject([
      { type: 'retry_storm', conversationId: 'c1', resolved: false, recorded: true },
      { type: 'retry_storm', resolved: true },
    ]);
  });

  test('unknown events are counted by version', async () => {
    const { feed, post } = await listening({});
    await post(log('claude_code.quantum', { 'session.id': 's1', 'app.version': '9.9' }));
    await until(() => feed.health().unknownKinds);
    expect(feed.health().unknownKinds).toEqual([{ version: '9.9', kind: 'claude_code.quantum', count: 1 }]);
  });
});

describe('a sender without the token', () => {
  test('tells numbers only: no failure, no storm', async () => {
    const { feed, post } = await listening({});
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await post(
        log('claude_code.api_error', {
          'session.id': 's1',
          status_code: '529',
          error: 'crash',
          attempt: String(attempt),
        }),
      );
      await post(
        log('codex.api_request', {
          'conversation.id': 'c1',
          'http.response.status_code': '503',
          attempt: String(attempt),
        }),
      );
    }
    await post(log('claude_code.api_request', { 'session.id': 's1', output_tokens: '7' }));
    await feed.count(1);
    expect(feed.events).toMatchObject([{ type: 'call', call: { error: null, recorded: { telemetry: 'unverified' } } }]);
  });

  test('is refused where the address is not loopback, and so is a wrong token everywhere', async () => {
    const { post } = await listening({ token: true });
    expect((await post(fixture('claude'), { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post(fixture('claude'), { authorization: 'Basic eA==' })).status).toBe(401);
    const open = await listening({ host: '0.0.0.0', token: true });
    expect((await open.post(fixture('claude'))).status).toBe(401);
    expect((await open.post(fixture('claude'), { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  test('an address that is not loopback is not served without a token', async () => {
    const feed = followFeed(await feedOf('otlp:0.0.0.0:0', withToken(null)));
    await until(() => feed.healths.at(-1)?.status === 'lost');
    expect(wordSource(feed.health().detail)).toContain('--otlp-token-file FILE');
  });
});

describe('hostile requests', () => {
  test.each([
    ['of a web page', { origin: 'http://evil.example' }, 403],
    ['to another name of this address', { host: 'evil.example:4318' }, 403],
    ['as text, which a page may send without asking', { 'content-type': 'text/plain' }, 415],
    ['without a type', { 'content-type': '' }, 415],
    ['with an unknown compression', { 'content-encoding': 'br' }, 415],
  ])('%s are refused', async (_, headers, status) => {
    const { feed, post } = await listening({});
    expect((await post(fixture('claude'), headers)).status).toBe(status);
    expect(feed.events).toEqual([]);
  });

  test('protobuf is refused with the line that sets JSON', async () => {
    const { post } = await listening({});
    const { status, body } = await post(Buffer.from([10, 0]), { 'content-type': 'application/x-protobuf' });
    expect([status, body]).toEqual([415, expect.stringContaining('OTEL_EXPORTER_OTLP_PROTOCOL=http/json')]);
  });

  test.each([
    ['GET', '/v1/logs', 405],
    ['POST', '/', 404],
    ['POST', '/v1/metrics', 200],
    ['POST', '/v1/traces', 200],
  ])('%s %s: %i', async (method, path, status) => {
    const { post } = await listening({});
    expect((await post('{}', {}, { method, path })).status).toBe(status);
  });

  test('a body that unpacks to too much is refused, and the next one is read', async () => {
    const { feed, post } = await listening({});
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32));
    expect((await post(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post(gzipSync('{}').subarray(0, 9), { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post(gzipSync(fixture('claude')), { 'content-encoding': 'gzip' })).status).toBe(200);
    await feed.count(1);
  });

  test('a body that is too large as it comes is refused', async () => {
    const { post } = await listening({});
    expect((await post(Buffer.alloc(2 * 1024 * 1024, 32))).status).toBe(413);
  });

  test.each([
    '',
    'null',
    '[]',
    '7',
    '{"resourceLogs":7}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[7,{}]}]}]}',
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"__proto__","value":{"stringValue":"x"}}]}}]}',
  ])('a body of any shape costs nothing but its answer: %j', async (body) => {
    const { feed, post } = await listening({});
    expect([200, 400]).toContain((await post(body)).status);
    expect(feed.events).toEqual([]);
  });

  test('connections that say nothing keep nobody from being heard', async () => {
    const { feed, post, port } = await listening({});
    const silent = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'));
    onTestFinished(() => silent.forEach((socket) => socket.destroy()));
    await Promise.all(silent.map(async (socket) => once(socket, 'connect')));
    for (const socket of silent) socket.write('POST /v1/logs HTTP/1.1\r\n');
    expect((await post(fixture('claude'))).status).toBe(200);
    await feed.count(1);
  });
});

describe('a sender with the token beside others', () => {
  const authorization = `Bearer ${TOKEN}`;

  test('keeps its row of failures, however many conversations others invent', async () => {
    const { feed, post } = await listening({ token: true });
    const attempt = (at: number) =>
      log('codex.api_request', { 'conversation.id': 'c1', 'http.response.status_code': '503', attempt: String(at) });
    for (let at = 0; at < 4; at += 1) await post(attempt(at), { authorization });
    const records = Array.from({ length: 3_000 }, (_, at) => ({
      timeUnixNano: String(1_788_500_000_000_000_000n + BigInt(at)),
      attributes: Object.entries({
        'event.name': 'codex.api_request',
        'conversation.id': `other-${at}`,
        'http.response.status_code': '503',
      }).map(([key, value]) => ({ key, value: { stringValue: value } })),
    }));
    await post(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] }));
    await post(attempt(4), { authorization });
    await feed.count(1);
    expect(feed.events).toMatchObject([{ type: 'interruption', interruption: { conversationId: 'c1' } }]);
  });

  test('is heard while others send slowly', async () => {
    const { feed, post, port } = await listening({ token: true });
    const head =
      'POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n';
    const slow = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
    onTestFinished(() => slow.forEach((socket) => socket.destroy()));
    const busy = Promise.race(slow.map(async (socket) => String((await once(socket, 'data'))[0])));
    for (const socket of slow) socket.write(`${head}{`);
    expect(await busy).toContain('503');
    expect((await post(fixture('claude'), { authorization })).status).toBe(200);
    await feed.count(1);
  });
});

test('metrics and traces are dropped, and one that never ends is cut off', async () => {
  const { post, port } = await listening({});
  for (const path of ['/v1/metrics', '/v1/traces']) {
    expect((await post('{}', {}, { path })).status).toBe(200);
    const packed = await post('xx', { 'content-type': 'application/x-protobuf' }, { path });
    expect(packed).toEqual({ status: 200, body: '' });
    expect((await post('xx', { 'content-type': 'text/plain' }, { path })).status).toBe(415);
  }
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  const type = 'Host: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  socket.write(`POST /v1/metrics HTTP/1.1\r\n${type}`);
  const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
  for (let at = 0; at < 20; at += 1) socket.write(chunk);
  await closed;
});

test('an address in use is tried again', async () => {
  const { port } = await listening({});
  const feed = followFeed(await feedOf(`otlp:127.0.0.1:${port}`, withToken(null)));
  await until(() => feed.healths.at(-1)?.status === 'lost');
  expect(wordSource(feed.health().detail)).toContain('is in use');
});

describe('with the agent’s own records', () => {
  const recorded = (fields: Partial<Call>): Call => ({ ...call(), ...fields });

  test('one call is one: telemetry lends the final output count by the id of the request', () => {
    const model = createModel({ advisory: { windowMs: 1, inputTokens: 1 }, evict: false });
    const facts = { failed: false, errorClass: null, sharesId: true, outputIsLowerBound: true, requestId: 'req_1' };
    model.apply('claude:', { type: 'session', ownerUid: null, conversationId: 's1', session: session() }, 0);
    model.apply(
      'claude:',
      { type: 'call', record: 'm1', arrival: 'live', call: recorded({ callId: 'msg_1', recorded: facts }) },
      0,
    );
    const told = { ...facts, sharesId: false, outputIsLowerBound: false, telemetry: 'unverified' as const };
    const usage = { inputTokens: 999, outputTokens: 310, cacheReadTokens: null, cacheCreationTokens: null };
    const other = recorded({ callId: 'req_1', startNs: 5n, error: 'crash', usage, recorded: told });
    model.apply('otlp:', { type: 'call', record: 'x', arrival: 'live', call: other }, 0);
    const [row] = model.view().conversations;
    expect(row?.totals).toMatchObject({ calls: 1, inputTokens: 10, outputTokens: 310, failed: 0 });
    expect(row?.totals.unsureOutput ?? 0).toBe(0);
  });

  test('one call is one by session, end and output where no id is known', () => {
    const model = createModel({ advisory: { windowMs: 1, inputTokens: 1 }, evict: false });
    const facts = { failed: false, errorClass: null, sharesId: false, outputIsLowerBound: false };
    const apply = (uri: string, one: Call): void =>
      void model.apply(uri, { type: 'call', record: one.callId, arrival: 'live', call: one }, 0);
    model.apply('codex:', { type: 'session', ownerUid: null, conversationId: 's1', session: session() }, 0);
    apply('otlp:', recorded({ callId: 'x', endNs: 2_000_000_000n, recorded: { ...facts, telemetry: 'verified' } }));
    apply('codex:', recorded({ callId: 'v1', endNs: 3_500_000_000n, recorded: facts }));
    apply('codex:', recorded({ callId: 'v2', endNs: 9_500_000_000n, recorded: facts }));
    expect(model.view().conversations[0]?.totals.calls).toBe(2);
  });

  test('the retries of telemetry are laid over what the records say of the session', () => {
    const model = createModel({ advisory: { windowMs: 1, inputTokens: 1 }, evict: false });
    model.apply(
      'codex:',
      { type: 'session', ownerUid: null, conversationId: 's1', session: { ...session(), cwd: '/work/shop' } },
      0,
    );
    model.apply(
      'otlp:',
      { type: 'session', ownerUid: null, conversationId: 's1', session: { ...session(), retries: 3 } },
      0,
    );
    expect(model.view().conversations[0]?.session).toMatchObject({ cwd: '/work/shop', retries: 3 });
    model.apply(
      'codex:',
      { type: 'session', ownerUid: null, conversationId: 's1', session: { ...session(), cwd: '/work/other' } },
      0,
    );
    expect(model.view().conversations[0]?.session).toMatchObject({ cwd: '/work/other', retries: 3 });
  });
});

// ---------------------------------------------------------------- the world

type Answer = { readonly status: number; readonly body: string };
type Post = (
  body: string | Buffer,
  headers?: Readonly<Record<string, string>>,
  to?: { readonly method?: string; readonly path?: string },
) => Promise<Answer>;

type World = {
  readonly feed: Followed;
  readonly port: number;
  readonly url: string;
  readonly post: Post;
  /** Retries by session. */
  readonly sessions: () => Readonly<Record<string, number>>;
};

async function listening({
  host = '127.0.0.1',
  token = false,
}: {
  readonly host?: string;
  readonly token?: boolean;
}): Promise<World> {
  const file = join(tempDir(), 'token');
  if (token) writeFileSync(file, `${TOKEN}\n`);
  const retries: Record<string, number> = {};
  const source = await feedOf(`otlp:${host}:0`, withToken(token ? file : null));
  const feed = followFeed({
    ...source,
    open: (sink, signal) =>
      source.open(
        {
          ...sink,
          events: (batch) => {
            for (const event of batch)
              if (event.type === 'session') retries[event.conversationId] = event.session?.retries ?? 0;
            sink.events(batch);
          },
        },
        signal,
      ),
  });
  await feed.caughtUp();
  const port = Number(/:(?<port>\d+) /u.exec(wordSource(feed.health().detail))?.groups?.['port']);
  const post: Post = async (body, headers = {}, { method = 'POST', path = '/v1/logs' } = {}) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { 'content-type': 'application/json', ...headers },
    });
    sent.end(body);
    sent.on('error', () => undefined);
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, body: text };
  };
  return { feed, port, url: `http://127.0.0.1:${port}/v1/logs`, post, sessions: () => retries };
}

/** The options of a source with such a file of tokens. */
function withToken(otlpTokenFile: string | null) {
  return { http: { tokenFile: null, caFile: null, otlpTokenFile } };
}

function exporter(
  url: string,
  { compression, headers }: { readonly compression: 'none' | 'gzip'; readonly headers: Record<string, string> },
) {
  const exporting = new OTLPLogExporter({ url, headers, compression: compression as never });
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: exporting })] });
  onTestFinished(() => provider.shutdown());
  return provider;
}

function calls({ events }: Followed): readonly Call[] {
  return events.flatMap((event) => (event.type === 'call' ? [event.call] : []));
}

function fixture(agent: string): string {
  return readFileSync(join(FIXTURES, `${agent}.json`), 'utf8');
}

let moment = 1_788_500_000_000_000_000n;

function log(name: string, attributes: Readonly<Record<string, string>>): string {
  moment += 1_000_000_000n;
  const all = Object.entries({ 'event.name': name, ...attributes }).map(([key, value]) => ({
    key,
    value: { stringValue: value },
  }));
  return JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: String(moment), attributes: all }] }] }],
  });
}

function call(): Call {
  return {
    callId: 'c',
    startNs: 1n,
    endNs: 2n,
    status: 'complete',
    conversationId: 's1',
    sessionId: 's1',
    agent: 'Claude',
    processName: null,
    pid: null,
    provider: null,
    model: null,
    kind: 'main',
    statusCode: null,
    error: null,
    usage: { inputTokens: 10, outputTokens: 1, cacheReadTokens: null, cacheCreationTokens: null },
    finishReason: null,
    tools: [],
    userQuery: null,
    interruptionType: null,
  };
}

function session() {
  return { ...NO_FACTS, sessionId: 's1' };
}
