import { createHmac } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { WebhookTarget } from '../../src/config/hooks.ts';
import type { HookEvent } from '../../src/hooks/events.ts';
import { slackRequest } from '../../src/hooks/shapes.ts';
import { send } from '../../src/hooks/webhook.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { hooksSchema } from '../../src/config/file-schema.ts';

type Got = { readonly headers: IncomingMessage['headers']; readonly url: string; readonly body: string };

/** A server that keeps what it is told; `tls`: over TLS, with this certificate. */
async function receiver(
  answer: (response: ServerResponse) => void,
  tls: { readonly key: Buffer; readonly cert: Buffer } | null = null,
) {
  const got: Got[] = [];
  const listener: RequestListener = (request, response) => {
    void text(request).then((body) => {
      got.push({ headers: request.headers, url: request.url ?? '', body });
      answer(response);
    });
  };
  const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    got,
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
  };
}

function target(url: string, given: Partial<WebhookTarget> = {}): WebhookTarget {
  return { type: 'webhook', url, shape: 'event', tokenFile: null, secretFile: null, caFile: null, ...given };
}

const REQUEST = { method: 'POST', path: '', body: { a: 'é' } } as const;

test('a request carries its id, the token, and a signature over time and body', async () => {
  const { got, url } = await receiver((response) => response.end('ok'));
  const folder = tempDir();
  writeFileSync(join(folder, 'key'), 'secret\n', { mode: 0o600 });
  writeFileSync(join(folder, 'token'), 'tok\n', { mode: 0o600 });
  const files = { secretFile: join(folder, 'key'), tokenFile: join(folder, 'token') };
  expect(await send(target(url, files), REQUEST, 'e1', 5_000)).toMatchObject({ ok: true });
  const { headers, body } = got[0] as Got;
  expect(headers).toMatchObject({ 'x-sightline-event': 'e1', authorization: 'Bearer tok' });
  const signed = createHmac('sha256', 'secret')
    .update(`${String(headers['x-sightline-timestamp'])}.${body}`)
    .digest('hex');
  expect(headers['x-sightline-signature']).toBe(`sha256=${signed}`);
  expect(JSON.parse(body)).toEqual({ a: 'é' });
});

test('a redirect is a failure: it would take the token elsewhere', async () => {
  const other = await receiver((response) => response.end());
  const { url } = await receiver((response) => response.writeHead(307, { location: other.url }).end());
  expect(await send(target(url), REQUEST, 'e', 5_000)).toMatchObject({
    ok: false,
    why: 'HTTP status 307',
    isFinal: true,
  });
  expect(other.got).toEqual([]);
});

/** A certificate authority of our own, and a certificate of it for a name. */
function certificates(name: string) {
  const folder = tempDir();
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=ours');
  openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', `/CN=${name}`);
  writeFileSync(join(folder, 'names'), `subjectAltName=${/^[\d.]+$/u.test(name) ? 'IP' : 'DNS'}:${name}\n`);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'cert.pem', ...signed);
  const file = (one: string): string => join(folder, one);
  return { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')), caFile: file('ca.pem') };
}

test('over TLS a server is believed by its authority and its name alone, and gets nothing before', async () => {
  const { key, cert, caFile } = certificates('127.0.0.1');
  const { got, url } = await receiver((response) => response.end('ok'), { key, cert });
  expect(await send(target(url), REQUEST, 'e', 5_000)).toMatchObject({
    ok: false,
    why: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    isFinal: false,
  });
  expect(await send(target(url, { caFile: certificates('127.0.0.1').caFile }), REQUEST, 'e', 5_000)).toMatchObject({
    ok: false,
  });
  expect(got).toEqual([]);
  expect(await send(target(url, { caFile }), REQUEST, 'e', 5_000)).toEqual({ ok: true, answer: 'ok' });
  expect(got).toMatchObject([{ body: JSON.stringify(REQUEST.body) }]);
  const other = certificates('elsewhere.example');
  const misnamed = await receiver((response) => response.end('ok'), { key: other.key, cert: other.cert });
  expect(await send(target(misnamed.url, { caFile: other.caFile }), REQUEST, 'e', 5_000)).toMatchObject({
    ok: false,
    why: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(misnamed.got).toEqual([]);
  expect(await send(target(url, { caFile: join(tempDir(), 'absent') }), REQUEST, 'e', 5_000)).toMatchObject({
    ok: false,
    why: expect.stringContaining('is not there') as string,
    isFinal: false,
  });
});

test('of an endless answer 64 KiB are read', async () => {
  const { url } = await receiver((response) => {
    const timer = setInterval(() => response.write('x'.repeat(16_384)), 1);
    response.on('close', () => clearInterval(timer));
  });
  const attempt = await send(target(url), REQUEST, 'e', 20_000);
  expect(attempt.ok && attempt.answer.length <= 65_536).toBe(true);
});

test('a server that does not answer is given up at the timeout; one that is not there at once', async () => {
  const { url } = await receiver(() => undefined);
  expect(await send(target(url), REQUEST, 'e', 100)).toMatchObject({ ok: false, isFinal: false });
  expect(await send(target('http://127.0.0.1:1'), REQUEST, 'e', 5_000)).toMatchObject({
    ok: false,
    why: 'ECONNREFUSED',
  });
});

test.each([
  ['http to another machine', { url: 'http://example.com/x' }],
  ['a password in the URL', { url: 'https://a:b@example.com/' }],
  ['another scheme', { url: 'file:///etc/passwd' }],
  ['both a command and a URL', { url: 'https://example.com', command: ['x'] }],
  ['neither', {}],
])('the configuration refuses %s', (_, given) => {
  expect(hooksSchema.safeParse([{ name: 'a', on: ['signal'], ...given }]).success).toBe(false);
});

test('text of an agent calls nobody in Slack', () => {
  const event = { host: 'h', kind: 'signal', text: '<!channel> & <@U1>' } as HookEvent;
  expect(slackRequest(event).body).toEqual({ text: 'sightline on h (signal): &lt;!channel&gt; &amp; &lt;@U1&gt;' });
});
