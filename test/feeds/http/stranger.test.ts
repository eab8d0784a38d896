import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acceptorOf } from '../../../src/feeds/http/request/acceptor.ts';
import { until } from '../../helpers/until.ts';
import { serveAgentsight } from '../../helpers/agentsight-server.ts';
import { followHttp } from '../../helpers/http-world.ts';
import { folderWith } from '../../helpers/sqlite-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const TOKEN = 'c'.repeat(64);
const WAIT_MS = 10_000;
const NOBODY = 65_534;
/** Asks everybody for a token, and prints what it gets; the first line is its port. */
const THIEF = `
  const server = require('node:http').createServer((request, response) => {
    console.log('request ' + (request.headers.authorization ?? 'without a token'));
    response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen({ host: process.argv[1], port: 0 }, () => console.log(server.address().port));
`;
// Needs a second user, and a Node.js that this user may run.
const canBeNobody = process.getuid?.() === 0 && (await thief('127.0.0.1').then(ended, () => false));
if (!canBeNobody) console.log('skipped, needs root: 4 tests with a server of another user');

test.runIf(canBeNobody).each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '::'],
  ['localhost', '127.0.0.1'],
])('sends the token that it found to no other user who listens at agentsight: %s on %s', async (host, listens) => {
  const stranger = await thief(listens).catch(() => null);
  // A machine without IPv6 has no such listener.
  if (stranger === null) return expect(listens).toBe('::');
  onTestFinished(stranger.end);
  const feed = followHttp(`http://${host}:${stranger.port}`, { token: places({ own: true }) });
  await until(() => feed.healths.at(-1)?.status === 'lost', WAIT_MS);
  expect(feed.words()).toContain(`belongs to user ${NOBODY}, not to root or to us`);
  expect(feed.words()).toContain('give --token-file FILE');
  expect(feed.words()).not.toContain(TOKEN);
  // And not later either.
  const { length } = stranger.requests;
  await until(() => stranger.requests.length > length, WAIT_MS);
  expect(new Set(stranger.requests)).toEqual(new Set(['request without a token']));
});

test.runIf(canBeNobody)('sends a token that the operator gave for this server, whoever listens there', async () => {
  const stranger = await thief('127.0.0.1');
  onTestFinished(stranger.end);
  followHttp(`http://127.0.0.1:${stranger.port}`, { token: places({ own: false }) });
  await until(() => stranger.requests.includes(`request Bearer ${TOKEN}`), WAIT_MS);
});

test('sends the token that it found to a server of root or ours, also over TLS', async () => {
  const tls = { key: pem('server.key'), cert: pem('server.pem') };
  const folder = folderWith([]);
  const plain = await serveAgentsight(folder, { version: 'new', token: TOKEN });
  const secure = await serveAgentsight(folder, { version: 'new', token: TOKEN, tls });
  const feeds = [plain, secure].map(({ base }) =>
    followHttp(base, { token: places({ own: true }), caFile: fixturePath('ca.pem') }),
  );
  for (const feed of feeds) await feed.caughtUp();
});

test('knows no owner of a connection that does not end on this machine', async () => {
  expect(await acceptorOf(new Socket())).toBe(null);
});

function fixturePath(name: string): string {
  return join(import.meta.dirname, '../../fixtures/tls', name);
}

function pem(name: string): string {
  return readFileSync(fixturePath(name), 'utf8');
}

function places({ own }: { readonly own: boolean }) {
  const file = join(tempDir(), 'token');
  writeFileSync(file, TOKEN);
  return own
    ? { file: null, value: null, ownFile: async () => Promise.resolve(file) }
    : { file, value: null, ownFile: null };
}

type Thief = { readonly port: number; readonly requests: readonly string[]; readonly end: () => Promise<void> };

async function thief(host: string): Promise<Thief> {
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const child = spawn(process.execPath, ['-e', THIEF, host], { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: [...stdio] });
  const lines: string[] = [];
  child.stdout?.on('data', (text: Buffer) => lines.push(...text.toString().trim().split('\n')));
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  await Promise.race([until(() => lines.length > 0, WAIT_MS), exited]);
  if (lines.length === 0) throw new Error('it cannot listen');
  const port = Number(lines.shift());
  return {
    port,
    requests: lines,
    end: async () => {
      child.kill();
      await exited;
    },
  };
}

async function ended(stranger: Thief): Promise<boolean> {
  await stranger.end();
  return true;
}
