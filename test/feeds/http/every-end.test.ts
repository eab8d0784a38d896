import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpFeed } from '../../../src/feeds/http/index.ts';
import { createClient } from '../../../src/feeds/http/request/client.ts';
import { HttpProblem } from '../../../src/feeds/http/request/problem.ts';
import { tokensFrom } from '../../../src/feeds/http/request/token.ts';
import { followFeed } from '../../helpers/follow-feed.ts';
import { type HostileServer, MISDEEDS, startHostile } from '../../helpers/hostile-server.ts';
import { whyNoServer } from '../../../src/feeds/locate.ts';

const DEADLINE_MS = 400;
/** What a loaded machine may add, ms. */
const SLACK_MS = 3_000;
const BOUNDS = { maxBytes: 1024 * 1024, maxItemBytes: 1024, deadlineMs: DEADLINE_MS };
const NO_TOKENS = tokensFrom({ file: null, value: null, ownFile: null });

test.each(Object.entries(MISDEEDS))(
  '%s is a problem within the deadline, and asking again is safe',
  async (_, misdeed) => {
    const { base } = await hostile(misdeed);
    const client = clientOf(base);
    for (let time = 0; time < 2; time += 1) {
      const startedAt = performance.now();
      await expect(client.list('/x', BOUNDS, () => undefined, never())).rejects.toBeInstanceOf(HttpProblem);
      expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + SLACK_MS);
    }
  },
);

test.each(Object.entries(MISDEEDS))('a feed that meets %s ends as soon as it is told to', async (_, misdeed) => {
  const { base, connections } = await hostile(misdeed);
  const feed = followFeed(httpFeed({ base }));
  await expect.poll(connections).toBeGreaterThan(0);
  const startedAt = performance.now();
  await feed.stop();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(feed.health().caughtUp).toBe(false);
});

test.each(Object.entries(MISDEEDS))('%s is no agentsight on this machine, within a second', async (_, misdeed) => {
  const { base } = await hostile(misdeed);
  const startedAt = performance.now();
  expect(['other_program', 'no_reply']).toContain((await whyNoServer(base))?.code);
  expect(performance.now() - startedAt).toBeLessThan(500 + SLACK_MS);
});

test('a server that speaks before it is asked is a problem', async () => {
  const { base } = await hostile(
    (socket) => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'.repeat(50)),
    true,
  );
  const client = clientOf(base);
  for (let time = 0; time < 3; time += 1)
    await expect(client.list('/x', BOUNDS, () => undefined, never())).rejects.toBeInstanceOf(HttpProblem);
});

test.each<[string, string]>([
  ['an alert', '15030100020228'],
  ['half a handshake', '160303'],
  ['no TLS', Buffer.from('HTTP/1.1 400 Bad\r\n\r\n').toString('hex')],
  ['silence', ''],
])('TLS: %s is a problem within the deadline', async (_, answer) => {
  const { base } = await hostile((socket) => socket.write(Buffer.from(answer, 'hex')));
  const client = clientOf(base.replace('http:', 'https:'));
  await expect(client.list('/x', BOUNDS, () => undefined, never())).rejects.toBeInstanceOf(HttpProblem);
});

test('requests that wait for a connection are not late by that', async () => {
  const server = createServer((socket) => {
    socket.on('data', () => {
      setTimeout(
        () => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]'),
        150,
      );
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = clientOf(`http://127.0.0.1:${port}`, 300);
  const asked = Array.from({ length: 16 }, () =>
    client.list('/x', { ...BOUNDS, deadlineMs: 20_000 }, () => undefined, never()),
  );
  await expect(Promise.all(asked)).resolves.toHaveLength(16);
});

async function hostile(...args: Parameters<typeof startHostile>): Promise<HostileServer> {
  const server = await startHostile(...args);
  onTestFinished(server.close);
  return server;
}

function clientOf(base: string, silenceMs = 200) {
  const client = createClient({ base, tokens: NO_TOKENS, ca: null, silenceMs });
  onTestFinished(client.close);
  return client;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
