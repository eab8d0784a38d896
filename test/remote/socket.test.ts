import { once } from 'node:events';
import { chownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/effects/clock.ts';
import type { RuntimeFolders } from '../../src/effects/lock/runtime-folder.ts';
import { attach } from '../../src/remote/client.ts';
import { findEngines, findRootsEngines } from '../../src/remote/find.ts';
import { connectToEngine, type LocalDoors, openLocalDoors } from '../../src/remote/local.ts';
import { connectTo, listenAt, MAX_SOCKET_PATH } from '../../src/remote/socket.ts';
import { encode, type Request, WIRE_VERSION } from '../../src/remote/wire.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { ScreenWorld, settle } from '../helpers/view.ts';

const uid = process.getuid?.() ?? 0;
const isRoot = uid === 0;
const NAME = { run: 'run-1', pid: process.pid, user: 'root', version: '0.3.0', command: 'headless' };
const OPS = { user: 'ops', tty: null };
const HELLO = encode({ type: 'hello', wire: WIRE_VERSION, version: '0.3.0', who: OPS });

/** A runtime folder of the test's own. */
function place(): { readonly folder: string; readonly folders: RuntimeFolders } {
  const folder = join(tempDir(), 'run');
  return { folder, folders: { root: folder, ofUser: () => (isRoot ? [] : [folder]) } };
}

type Opened = { readonly world: ScreenWorld; readonly doors: LocalDoors; readonly folders: RuntimeFolders };

/** An engine whose doors are open: timers are real ones. */
async function opened(group: string | null = null): Promise<Opened> {
  const { folders } = place();
  const world = await ScreenWorld.started('hold');
  const clock = { ...systemClock, now: () => world.clock.now() };
  const doors = await openLocalDoors(world.engine, NAME, { clock, group, folders });
  if (!doors.ok) throw new Error(doors.reason);
  onTestFinished(doors.value.close);
  return { world, doors: doors.value, folders };
}

/** The end of a connection; an errno is one, too. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()));

async function raw({ doors }: Opened): Promise<Socket> {
  const socket = connect(doors.paths[0] ?? '');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function consoleOf({ doors }: Opened, path = doors.paths[0] ?? '') {
  const channel = await connectToEngine({ pid: process.pid, path });
  if (!channel.ok) throw new Error(channel.reason);
  let ids = 0;
  const newId = (): string => `id-${(ids += 1)}`;
  const attached = await attach(channel.value, { clock: systemClock, version: '0.3.0', who: OPS, newId });
  if (!attached.ok) throw new Error(attached.reason);
  onTestFinished(attached.value.close);
  return attached.value;
}

/** A console that is well behaved still sees what happens, and its action is done. */
async function goesOn(one: Opened): Promise<void> {
  const console = await consoleOf(one);
  one.world.call({ conversationId: 'still' });
  one.world.engine.commit();
  await until(() => console.store.getState().model.conversations.length > 0);
  expect(await console.dispatch({ type: 'mode', mode: 'observe' })).toMatchObject({ ok: true });
  expect(one.world.engine.store.getState().mode).toBe('observe');
}

describe('a hostile client costs itself the connection, and the engine nothing', () => {
  test.each([
    ['garbage', Buffer.from([0, 255, 10, 13, 10])],
    ['a line without an end', Buffer.alloc(1024 * 1024, 'x')],
    ['a thousand levels of nesting in a line', Buffer.from(`${'['.repeat(60_000)}\n`)],
    ['an action before hello', Buffer.from(encode({ type: 'resync' }))],
    ['two hellos', Buffer.from(HELLO + HELLO)],
    ['many requests', Buffer.from(HELLO + encode({ type: 'resync' }).repeat(10_000))],
  ])('%s', async (_, bytes) => {
    const one = await opened();
    const socket = await raw(one);
    socket.resume();
    const ended = closed(socket);
    socket.write(bytes);
    await ended;
    await goesOn(one);
  });

  test('a gigabyte: no more of it is taken than the longest request', async () => {
    const one = await opened();
    const socket = await raw(one);
    let isOver = false;
    socket.on('close', () => {
      isOver = true;
    });
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent < 1024 && !isOver; sent += 1) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => null);
    }
    expect(isOver).toBe(true);
    // What one side has written may lie in the buffers of both.
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(16 * chunk.length);
    await goesOn(one);
  });

  test('ten thousand actions: at most its budget of them is done', async () => {
    const one = await opened();
    const socket = await raw(one);
    socket.resume();
    const ended = closed(socket);
    const act = (n: number): Request => ({
      type: 'act',
      id: `n${n}`,
      run: 'run-1',
      until: Number.MAX_SAFE_INTEGER,
      action: { type: 'silence', matcher: { agent: `a${n}` }, durationMs: 60_000, reason: null },
    });
    socket.write(HELLO + Array.from({ length: 10_000 }, (_, n) => encode(act(n))).join(''));
    await ended;
    expect(one.world.engine.queries.silences().length).toBeLessThan(400);
    await goesOn(one);
  });

  test('half a frame, no hello, and a client that never reads wait for themselves alone', async () => {
    const one = await opened();
    const half = await raw(one);
    half.write(HELLO.slice(0, 20));
    await raw(one);
    const deaf = await raw(one);
    deaf.pause();
    deaf.write(HELLO);
    for (let n = 0; n < 30; n += 1) {
      one.world.call({ conversationId: `c${n}` });
      one.world.engine.commit();
      await settle();
    }
    await goesOn(one);
  });

  test('one that asks and never reads is dropped before its answers fill the memory', async () => {
    const folder = tempDir();
    const answer = `${'x'.repeat(1024 * 1024)}\n`;
    let waiting = 0;
    const door = await listenAt(join(folder, '1.sock'), {
      mode: 0o600,
      maxBytes: 1024,
      serve: (channel) => {
        channel.onClose(() => (waiting = -1));
        channel.onLine(() => {
          for (let n = 0; n < 100 && waiting >= 0; n += 1) channel.send(answer);
        });
      },
    });
    if (!door.ok) throw new Error(door.reason);
    onTestFinished(door.value.close);
    const socket = connect(door.value.path);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('ask\n');
    await until(() => waiting < 0);
    socket.destroy();
  });
});

describe('the rights are those of the file', () => {
  test('its user alone may open the socket, and the folder is no one else’s to write to', async () => {
    const { doors } = await opened();
    const [path = ''] = doors.paths;
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(lstatSync(join(path, '..')).mode & 0o022).toBe(0);
  });

  test('a path that is too long for a socket is refused with the number', async () => {
    const folder = join(tempDir(), 'x'.repeat(MAX_SOCKET_PATH));
    const folders = { root: folder, ofUser: () => [folder] };
    const world = await ScreenWorld.started('hold');
    const doors = await openLocalDoors(world.engine, NAME, { clock: systemClock, group: null, folders });
    expect(doors).toMatchObject({ ok: false, reason: expect.stringContaining('is longer than 107 bytes') });
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'kept')],
    ['a link', (path: string) => symlinkSync('/etc/hostname', path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('%s in its place is left, and said', async (_, plant) => {
    const { folder, folders } = place();
    mkdirSync(folder, { mode: 0o755 });
    const path = join(folder, `${process.pid}.sock`);
    plant(path);
    const before = lstatSync(path).ino;
    const world = await ScreenWorld.started('hold');
    const doors = await openLocalDoors(world.engine, NAME, { clock: systemClock, group: null, folders });
    expect(doors).toEqual({ ok: false, reason: `${path} is there and no socket; remove it` });
    expect(lstatSync(path).ino).toBe(before);
  });

  test('a user’s links and files are no engines', () => {
    const { folder, folders } = place();
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, '12.sock'), '');
    symlinkSync('/run/dbus/system_bus_socket', join(folder, '13.sock'));
    expect(findEngines({ folders })).toEqual([]);
  });

  test.skipIf(!isRoot)('a group may look and do nothing, and takes no place of an operator', async () => {
    const one = await opened('0');
    const [, view = ''] = one.doors.paths;
    expect(lstatSync(view).mode & 0o777).toBe(0o660);
    const viewer = await consoleOf(one, view);
    expect(viewer.store.getState().readOnly).toBe(true);
    expect(await viewer.dispatch({ type: 'mode', mode: 'observe' })).toEqual({
      ok: false,
      reason: { code: 'read_only' },
    });
    expect(one.world.engine.store.getState().mode).toBe('hold');
    const more = Array.from({ length: 20 }, () => connectTo(view, 1024));
    for (const channel of await Promise.all(more))
      onTestFinished(() => (channel.ok ? channel.value.close() : undefined));
    await goesOn(one);
  });

  test.skipIf(!isRoot)(
    'a user finds root’s engine, for the line that steers it, and root looks at no user’s',
    async () => {
      const { folders } = await opened('0');
      const { pids, views } = findRootsEngines({ folders, uid: 1000 });
      expect(pids).toEqual([process.pid]);
      expect(views).toMatchObject([{ pid: process.pid, path: expect.stringMatching(/\.view\.sock$/u) }]);
      expect(findEngines({ folders, uid: 1000 })).toEqual([]);
      chownSync(join(folders.root, `${process.pid}.sock`), 1000, 1000);
      expect(findEngines({ folders })).toEqual([]);
      expect(findRootsEngines({ folders, uid: 1000 }).pids).toEqual([]);
    },
  );

  test('a group that is not there is said, and no socket stays', async () => {
    const { folder, folders } = place();
    const world = await ScreenWorld.started('hold');
    const doors = await openLocalDoors(world.engine, NAME, { clock: systemClock, group: 'no-such-group', folders });
    expect(doors).toEqual({ ok: false, reason: 'there is no group no-such-group' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('what a killed engine leaves', () => {
  /** The pid of a process that has ended. */
  const deadPid = (): number => spawnSync('true').pid;
  const stale = (folder: string, pid: number): string => {
    const path = join(folder, `${pid}.sock`);
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    return path;
  };

  test('is removed at the next start: sockets of the dead alone', async () => {
    const { folder, folders } = place();
    mkdirSync(folder, { mode: 0o755 });
    stale(folder, deadPid());
    const [dead, reused] = [deadPid(), process.ppid];
    stale(folder, reused);
    writeFileSync(join(folder, `${dead}.sock`), 'no socket');
    writeFileSync(join(folder, `${dead}.json`), '{}');
    // One that answers is alive, whatever its pid: that may be of another namespace.
    const other = deadPid();
    const server = createServer().listen(join(folder, `${other}.sock`));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const world = await ScreenWorld.started('hold');
    const doors = await openLocalDoors(world.engine, NAME, { clock: systemClock, group: null, folders });
    onTestFinished(() => (doors.ok ? doors.value.close() : undefined));
    expect(readdirSync(folder).toSorted()).toEqual(
      [process.pid, reused, dead, other]
        .map((pid) => `${pid}.sock`)
        .concat(`${dead}.json`)
        .toSorted(),
    );
  });

  test('is taken over by an engine with the same pid, and refuses a console until then', async () => {
    const { folder, folders } = place();
    mkdirSync(folder, { mode: 0o755 });
    const path = stale(folder, process.pid);
    expect(findEngines({ folders })).toEqual([{ pid: process.pid, path }]);
    expect(await connectToEngine({ pid: process.pid, path })).toEqual({ ok: false, reason: 'ECONNREFUSED' });
    const world = await ScreenWorld.started('hold');
    const doors = await openLocalDoors(world.engine, NAME, { clock: systemClock, group: null, folders });
    onTestFinished(() => (doors.ok ? doors.value.close() : undefined));
    expect(await connectToEngine({ pid: process.pid, path })).toMatchObject({ ok: true });
  });
});
