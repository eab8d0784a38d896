import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { acquireLock, readOwner, thisOwner, UNKNOWN_OWNER, waitForRelease } from '../../../src/effects/state/lock.ts';
import { hold, lockAddress } from '../../../src/effects/state/lock-socket.ts';
import { until } from '../../helpers/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'sightline-lock-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

let keys = 0;
const newKey = (): string => `${dir}/workspace-${(keys += 1)}`;
const me = { user: 'ada', pid: 42, startedAt: 1_700_000_000_000 };

async function holder(key: string): Promise<ChildProcess> {
  const fixture = join(import.meta.dirname, '../../fixtures/children/holds-state-lock.ts');
  const child = spawn(process.execPath, [fixture, key], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(String(said)).toBe('held\n');
  return child;
}

test('a second engine is refused and learns who the first is', async () => {
  const key = newKey();
  const child = await holder(key);
  const lock = await acquireLock(key, me);
  expect(lock).toMatchObject({ ok: false, owner: { pid: child.pid, user: thisOwner().user } });
  expect((await readOwner(key))?.startedAt).toBeGreaterThan(Date.now() - 60_000);
});

test('a killed owner leaves no lock behind', async () => {
  const key = newKey();
  const child = await holder(key);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readOwner(key)).toBeNull();
  const lock = await acquireLock(key, me);
  expect(lock.ok).toBe(true);
  if (lock.ok) await lock.release();
});

test('a released lock can be taken at once, and the owner is told as given', async () => {
  const key = newKey();
  const first = await acquireLock(key, me);
  expect(await readOwner(key)).toEqual(me);
  if (first.ok) await first.release();
  expect(await readOwner(key)).toBeNull();
  const second = await acquireLock(key, me);
  expect(second.ok).toBe(true);
  if (second.ok) await second.release();
});

test('of many that try at once, one wins', async () => {
  const key = newKey();
  const locks = await Promise.all(Array.from({ length: 8 }, () => acquireLock(key, me)));
  expect(locks.filter((lock) => lock.ok)).toHaveLength(1);
  for (const lock of locks) if (lock.ok) await lock.release();
});

test('locks of different workspaces do not meet', async () => {
  const locks = await Promise.all([acquireLock(newKey(), me), acquireLock(newKey(), me)]);
  expect(locks.map((lock) => lock.ok)).toEqual([true, true]);
  for (const lock of locks) if (lock.ok) await lock.release();
});

test('who waits learns that the owner is gone', async () => {
  const key = newKey();
  const child = await holder(key);
  let gone = false;
  const waiting = waitForRelease(key, new AbortController().signal).then(() => (gone = true));
  await readOwner(key);
  expect(gone).toBe(false);
  child.kill('SIGKILL');
  await waiting;
  expect(await readOwner(key)).toBeNull();
});

test('waiting ends with its signal while the owner lives on', async () => {
  const key = newKey();
  const lock = await acquireLock(key, me);
  const controller = new AbortController();
  const waiting = waitForRelease(key, controller.signal);
  controller.abort();
  await waiting;
  expect(await readOwner(key)).toEqual(me);
  if (lock.ok) await lock.release();
});

test('waiting for a lock that nobody holds ends at once', async () => {
  await waitForRelease(newKey(), new AbortController().signal);
});

test('an owner that does not answer still holds its lock', async () => {
  const key = newKey();
  const child = await holder(key);
  child.kill('SIGSTOP');
  expect(await acquireLock(key, me)).toEqual({ ok: false, owner: UNKNOWN_OWNER });
  child.kill('SIGKILL');
});

test.each([
  ['garbage', 'not json\n'],
  ['a flood', 'x'.repeat(100_000)],
  ['another shape', '{"user":7}\n'],
])('a stranger that answers %s is an unknown owner', async (_, answer) => {
  const key = newKey();
  const server = createServer((client) => client.on('error', () => undefined).end(answer));
  server.listen(lockAddress(key));
  await once(server, 'listening');
  expect(await readOwner(key)).toEqual(UNKNOWN_OWNER);
  server.close();
});

test('control characters in a name are not passed on', async () => {
  const key = newKey();
  const lock = await acquireLock(key, { ...me, user: '\u001b[31mroot\u001b[0m\n' });
  expect((await readOwner(key))?.user).toBe('root');
  if (lock.ok) await lock.release();
});

test('clients that talk, or come by the hundred, do not wear the owner out', async () => {
  const key = newKey();
  const lock = await acquireLock(key, me);
  const clients: Socket[] = [];
  for (let n = 0; n < 200; n += 1) {
    const client = connect(lockAddress(key));
    client.on('error', () => undefined);
    client.write('x'.repeat(10_000));
    clients.push(client);
  }
  await until(async () => (await readOwner(key))?.pid === me.pid);
  for (const client of clients) client.destroy();
  if (lock.ok) await lock.release();
});

test('where the lock is a file, one that a killed owner left is cleared away, and a live one is respected', async () => {
  const file = join(dir, 'left.sock');
  writeFileSync(file, '');
  const release = await hold(file, me);
  expect(release).not.toBeNull();
  expect(await hold(file, me)).toBeNull();
  await release?.();
});

test('addresses fit the limits of the systems', () => {
  expect(lockAddress('/srv/ws', 'linux')).toMatch(/^\0sightline-[0-9a-f]{32}$/u);
  expect(lockAddress('/srv/ws', 'win32')).toMatch(/^\\\\\.\\pipe\\sightline-/u);
  expect(lockAddress('/srv/ws', 'darwin')).toMatch(/sightline-[0-9a-f]{32}\.sock$/u);
});
