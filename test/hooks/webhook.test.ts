import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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

async function receiver(answer: (response: ServerResponse) => void) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push({ headers: request.headers, url: request.url ?? '', body });
      answer(response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { got, url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
}

function target(url: string, given: Partial<WebhookTarget> = {}): WebhookTarget {
  return { type: 'webhook', url, shape: 'event', tokenFile: null, secretFile: null, ...given };
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
