import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createLocks, type LockRefusal, type Locks, MACHINE_CLOCK } from '../../../src/effects/lock/locks.ts';
import { oldAddress } from '../../../src/effects/lock/old-socket.ts';
import type { RuntimeFolders } from '../../../src/effects/lock/runtime-folder.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

const dir = mkdtempSync(join(tmpdir(), 'sightline-locks-'));
const runtime = join(dir, 'run');
mkdirSync(runtime, { mode: 0o755 });
/** Records lie in a folder of the test: the engines of this machine have theirs in /run. */
const places: RuntimeFolders = { root: join(runtime, 'root'), ofUser: (uid) => [join(runtime, `user-${uid}`)] };
const ours = (): string => join(runtime, process.getuid?.() === 0 ? 'root' : `user-${process.getuid?.()}`);
const isRoot = process.getuid?.() === 0;

const HOLDER = join(import.meta.dirname, '../../fixtures/children/holds-lock.ts');
const children: ChildProcess[] = [];
const path = process.env['PATH'];
afterEach(() => {
  for (const child of children.splice(0)) end(child);
  process.env['PATH'] = path;
});
afterAll(() => removeTree(dir));

function end({ pid }: ChildProcess): void {
  try {
    // Each leads a group of its own: what it has started goes with it.
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

let folders = 0;
function newWorkspace(): string {
  const workspace = join(dir, `workspace-${(folders += 1)}`);
  mkdirSync(workspace);
  return workspace;
}

function locksOf(facts: { readonly mode?: 'folder' | 'record'; readonly clock?: typeof MACHINE_CLOCK } = {}): Locks {
  return createLocks({ clock: MACHINE_CLOCK, mode: 'folder', runtimeFolders: places, ...facts });
}

const subject = (workspace: string) => ({ workspace, isManaged: false });

async function take(workspace: string, locks = locksOf()) {
  const acquired = await locks.acquire(subject(workspace));
  if (!acquired.ok) throw new Error(`refused: ${JSON.stringify(acquired.refusal)}`);
  return acquired.lock;
}

async function refusalOf(workspace: string, locks = locksOf()): Promise<LockRefusal | null> {
  const acquired = await locks.acquire(subject(workspace));
  if (!acquired.ok) return acquired.refusal;
  await acquired.lock.release();
  return null;
}

type EngineOptions = { readonly launcher?: readonly string[]; readonly env?: Readonly<Record<string, string>> };

/** Another process that holds the lock until it is killed. */
async function engine(workspace: string, { launcher = [], env = {} }: EngineOptions = {}): Promise<ChildProcess> {
  const [file, ...args] = [...launcher, process.execPath, '--disable-warning=ExperimentalWarning', HOLDER];
  const child = spawn(file, [...args, workspace, runtime], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    detached: true,
  });
  children.push(child);
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  expect(String(said)).toBe('held\n');
  return child;
}

async function saidBy([file = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  children.push(child);
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return String(text);
}

async function killed(child: ChildProcess): Promise<void> {
  end(child);
  await once(child, 'exit');
}

/** A process that only holds an flock on the folder. */
async function squatter(folder: string, launcher: readonly string[] = []): Promise<number> {
  const [file, ...args] = [...launcher, 'flock', '-x', folder, 'sh', '-c', 'echo $PPID; exec sleep 60'];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  children.push(child);
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return Number(String(said));
}

describe('one engine a workspace', () => {
  test('a second engine is refused and learns who the first is; a killed one leaves no lock', async () => {
    const workspace = newWorkspace();
    const first = await engine(workspace);
    expect(await refusalOf(workspace)).toMatchObject({ type: 'engine', owner: { pid: first.pid }, isRecorded: true });
    expect(await locksOf().findOwner(subject(workspace))).toMatchObject({ owner: { pid: first.pid } });
    await killed(first);
    expect(await locksOf().findOwner(subject(workspace))).toBeNull();
    expect(await refusalOf(workspace)).toBeNull();
  });

  test('a released lock can be taken at once; two engines of one process keep each other out', async () => {
    const workspace = newWorkspace();
    const lock = await take(workspace);
    expect(await refusalOf(workspace)).toMatchObject({ type: 'engine', owner: { pid: process.pid } });
    await lock.release();
    expect(await refusalOf(workspace)).toBeNull();
  });

  test('of many that try at once, one wins', async () => {
    const workspace = newWorkspace();
    const tries = await Promise.all(Array.from({ length: 8 }, () => locksOf().acquire(subject(workspace))));
    expect(tries.filter(({ ok }) => ok)).toHaveLength(1);
    for (const one of tries) if (one.ok) await one.lock.release();
  });

  test('a link is the same workspace, another folder is not', async () => {
    const workspace = newWorkspace();
    const link = `${workspace}-link`;
    symlinkSync(workspace, link);
    const first = await engine(workspace);
    expect(await refusalOf(link)).toMatchObject({ owner: { pid: first.pid } });
    expect(await refusalOf(newWorkspace())).toBeNull();
  });

  test.runIf(isRoot)('so is a bind mount, also seen from another network namespace', async () => {
    const workspace = newWorkspace();
    const mounted = newWorkspace();
    execFileSync('mount', ['--bind', workspace, mounted]);
    try {
      const first = await engine(mounted, { launcher: ['unshare', '-n'] });
      expect(await refusalOf(workspace)).toMatchObject({ owner: { pid: first.pid } });
    } finally {
      for (const child of children.splice(0)) await killed(child);
      execFileSync('umount', [mounted]);
    }
  });

  test.runIf(isRoot)(
    'an engine in a container with a /run and pids of its own is seen by its lock on the folder',
    async () => {
      const workspace = newWorkspace();
      await engine(workspace, {
        launcher: ['unshare', '-p', '-f', '--mount-proc'],
        env: { OTHER_RUNTIME: `${dir}/inner` },
      });
      const refusal = await refusalOf(workspace);
      expect(refusal).toMatchObject({ type: 'engine', owner: { user: 'root' }, isRecorded: false });
      const pid = refusal?.type === 'engine' ? refusal.owner.pid : 0;
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('holds-lock');
      expect(refusal?.type === 'engine' && refusal.process !== null && locksOf().isRunning(refusal.process)).toBe(true);
      process.kill(pid, 'SIGKILL');
    },
  );

  test('a workspace of ws-ckpt is known by its id, whatever folder its link leads to', async () => {
    const [before, after] = [join(newWorkspace(), 'ws-1a2b'), join(newWorkspace(), 'ws-1a2b')];
    mkdirSync(before);
    mkdirSync(after);
    const link = `${newWorkspace()}-managed`;
    symlinkSync(before, link);
    const acquired = await locksOf().acquire({ workspace: link, isManaged: true });
    if (!acquired.ok) throw new Error('refused');
    acquired.lock.suspend();
    rmSync(link);
    symlinkSync(after, link);
    expect(await locksOf().acquire({ workspace: link, isManaged: true })).toMatchObject({ ok: false });
    expect(await acquired.lock.renew({ workspace: link, isManaged: true })).toBeNull();
    expect(await acquired.lock.check()).toBeNull();
    await acquired.lock.release();
  });

  test('both locks or none: a refusal leaves the other one free', async () => {
    const workspace = newWorkspace();
    // It keeps its record where we do not look: the socket of 0.1.0, the last of our locks, tells of it.
    const first = await engine(workspace, { env: { OTHER_RUNTIME: `${dir}/elsewhere` } });
    expect(await refusalOf(workspace)).toMatchObject({ owner: { pid: first.pid }, isRecorded: false });
    await killed(first);
    expect(holds(workspace)).toBe(false);
    const { dev, ino } = statSync(workspace);
    expect(existsSync(join(ours(), `${dev}-${ino}.json`))).toBe(false);
  });
});

describe('a holder that is no engine', () => {
  test('of our own user: is reported, and we act under our record', async () => {
    const workspace = newWorkspace();
    const pid = await squatter(workspace);
    const lock = await take(workspace);
    expect(lock.notes).toEqual([{ type: 'stranger', what: 'folder', pid, uid: process.getuid?.() }]);
    expect(await refusalOf(workspace)).toMatchObject({ type: 'engine', owner: { pid: process.pid } });
    expect(await lock.confirm()).toBeNull();
    await lock.release();
  });

  test.runIf(isRoot)('of another user: the same', async () => {
    const workspace = newWorkspace();
    chmodSync(dir, 0o755);
    const pid = await squatter(workspace, ['setpriv', '--reuid', '65534', '--clear-groups']);
    const lock = await take(workspace);
    expect(lock.notes).toEqual([{ type: 'stranger', what: 'folder', pid, uid: 65_534 }]);
    await lock.release();
  });

  test('when it is gone, its lock becomes ours within 5 s', async () => {
    const workspace = newWorkspace();
    await squatter(workspace);
    let mono = 1_000;
    const lock = await take(workspace, locksOf({ clock: { wall: () => Date.now(), mono: () => mono } }));
    for (const child of children.splice(0)) end(child);
    mono += 5_000;
    await expect
      .poll(async () => {
        mono += 5_000;
        await lock.check();
        return holds(workspace);
      })
      .toBe(true);
    await lock.release();
    expect(holds(workspace)).toBe(false);
  });
});

function holds(folder: string): boolean {
  try {
    execFileSync('flock', ['-n', folder, 'true']);
    return false;
  } catch {
    return true;
  }
}

describe('the record', () => {
  const files = () => readdirSync(ours()).filter((name) => !name.startsWith('.'));

  test('can be read by all, its lock file only by us; both lie outside the workspace', async () => {
    const workspace = newWorkspace();
    const before = new Set(files());
    const lock = await take(workspace);
    const [record = '', lockFile = ''] = files()
      .filter((name) => !before.has(name))
      .toSorted();
    expect(statSync(join(ours(), record)).mode & 0o777).toBe(0o644);
    expect(statSync(join(ours(), lockFile)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(ours(), record), 'utf8'))).toMatchObject({ pid: process.pid, window: null });
    expect(readdirSync(workspace)).toEqual([]);
    await lock.release();
    expect(existsSync(join(ours(), record))).toBe(false);
    expect(readdirSync(ours()).filter((name) => name.startsWith(record.replace('.json', '')))).toEqual([]);
  });

  test('that is missing, or whose lock file is another, is made anew', async () => {
    const workspace = newWorkspace();
    const { dev, ino } = statSync(workspace);
    const [lockFile, record] = [join(ours(), `${dev}-${ino}.lock`), join(ours(), `${dev}-${ino}.json`)];
    const lock = await take(workspace);
    rmSync(record);
    expect(await lock.check()).toBeNull();
    expect(existsSync(record)).toBe(true);
    renameSync(lockFile, `${lockFile}.away`);
    expect(await lock.check()).toBeNull();
    expect(existsSync(lockFile)).toBe(true);
    rmSync(lockFile);
    writeFileSync(lockFile, '', { mode: 0o600 });
    expect(await lock.check()).toBeNull();
    expect(await refusalOf(workspace)).toMatchObject({ owner: { pid: process.pid } });
    await lock.release();
  });

  test('whose lock file was replaced and locked by another engine is lost', async () => {
    const workspace = newWorkspace();
    const { dev, ino } = statSync(workspace);
    const lockFile = join(ours(), `${dev}-${ino}.lock`);
    const lock = await take(workspace);
    rmSync(lockFile);
    writeFileSync(lockFile, '', { mode: 0o600 });
    await squatter(lockFile);
    expect(await lock.check()).not.toBeNull();
    await lock.release();
  });

  test.each([
    ['garbage', 'not json'],
    ['a flood', 'x'.repeat(1_000_000)],
    ['another shape', '{"pid":1}'],
  ])('of %s counts for nothing', async (_, text) => {
    const workspace = newWorkspace();
    const { dev, ino } = statSync(workspace);
    mkdirSync(ours(), { recursive: true });
    writeFileSync(join(ours(), `${dev}-${ino}.json`), text);
    expect(await locksOf().findOwner(subject(workspace))).toBeNull();
    expect(await refusalOf(workspace)).toBeNull();
  });

  test('hands the window on to whoever takes over, measured by the monotonic clock', async () => {
    const workspace = newWorkspace();
    let [wall, mono] = [1_700_000_000_000, 50_000];
    const locks = locksOf({ clock: { wall: () => wall, mono: () => mono } });
    const lock = await take(workspace, locks);
    lock.setWindow({ leftMs: 10_000, snapshot: 'auto-1' });
    mono += 2_700;
    wall += 3_600_000;
    await lock.release();
    const next = await take(workspace, locks);
    expect(next.inherited).toEqual({ window: { leftMs: 7_300, snapshot: 'auto-1' }, isGivenBack: true });
    mono += 7_300;
    await next.release();
    const last = await take(workspace, locks);
    expect(last.inherited).toBeNull();
    await last.release();
  });

  test('of a killed owner hands its window on too, but not to another folder', async () => {
    const workspace = newWorkspace();
    const child = await engine(workspace, { env: { WINDOW_MS: '20000' } });
    await killed(child);
    const lock = await take(workspace);
    expect(lock.inherited).toMatchObject({ window: { snapshot: 'auto-x' }, isGivenBack: false });
    expect(lock.inherited?.window.leftMs).toBeGreaterThan(1);
    await lock.release();
    const { dev, ino } = statSync(workspace);
    const record = join(ours(), `${dev}-${ino}.json`);
    const kept = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
    writeFileSync(record, JSON.stringify({ ...kept, folder: '/another', birth: '1' }));
    const other = await take(workspace);
    expect(other.inherited).toBeNull();
    await other.release();
  });
});

describe('the folder under the path', () => {
  test('is locked before a spawn where it is another one', async () => {
    const workspace = newWorkspace();
    const lock = await take(workspace);
    renameSync(workspace, `${workspace}-old`);
    mkdirSync(workspace);
    expect(holds(workspace)).toBe(false);
    expect(await lock.confirm()).toBeNull();
    expect(holds(workspace)).toBe(true);
    expect(holds(`${workspace}-old`)).toBe(false);
    await lock.release();
    expect(holds(workspace)).toBe(false);
  });

  test('that another engine has ends in a refusal', async () => {
    const [workspace, other] = [newWorkspace(), newWorkspace()];
    const lock = await take(workspace);
    const child = await engine(other);
    renameSync(workspace, `${workspace}-old`);
    renameSync(other, workspace);
    expect(await lock.confirm()).toMatchObject({ type: 'engine', owner: { pid: child.pid } });
    await lock.release();
    expect(holds(`${workspace}-old`)).toBe(false);
    expect(await refusalOf(`${workspace}-old`)).toBeNull();
  });

  test('that is gone for a moment stays locked', async () => {
    const workspace = newWorkspace();
    const lock = await take(workspace);
    renameSync(workspace, `${workspace}-away`);
    expect(await lock.confirm()).toBeNull();
    expect(holds(`${workspace}-away`)).toBe(true);
    await lock.release();
  });
});

describe('without flock(1)', () => {
  test('pid and start time of the record alone keep a second engine out, and that is said', async () => {
    const workspace = newWorkspace();
    const child = await engine(workspace, { env: { PATH: '/nowhere' } });
    process.env['PATH'] = '/nowhere';
    expect(await refusalOf(workspace)).toMatchObject({ owner: { pid: child.pid } });
    await killed(child);
    const lock = await take(workspace);
    expect(lock.notes).toContainEqual({ type: 'without_flock' });
    process.env['PATH'] = path;
    // An engine that has flock(1) respects it.
    expect(await saidBy([process.execPath, HOLDER, workspace, runtime])).toBe('refused\n');
    await lock.release();
  });
});

describe.runIf(isRoot)("root's engine comes before a user's", () => {
  const asUser = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const makeRuntime = (): void => {
    chmodSync(dir, 0o755);
    const folder = join(runtime, 'user-65534');
    mkdirSync(folder, { recursive: true });
    execFileSync('chown', ['65534', folder]);
  };

  test("a user's engine does not start beside it", async () => {
    makeRuntime();
    const workspace = newWorkspace();
    const lock = await take(workspace);
    expect(await saidBy([...asUser, process.execPath, HOLDER, workspace, runtime])).toBe('refused\n');
    await lock.release();
  });

  test("it acts beside a user's engine, which gives way within a second", async () => {
    makeRuntime();
    const workspace = newWorkspace();
    const child = await engine(workspace, { launcher: asUser });
    const lost = once(child.stdout ?? child, 'data');
    const lock = await take(workspace);
    expect(lock.notes).toContainEqual({ type: 'stranger', what: 'folder', pid: child.pid, uid: 65_534 });
    const startedAt = performance.now();
    const [line] = (await lost) as [Buffer];
    expect(String(line)).toBe(`lost to ${process.pid}\n`);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await lock.release();
  });
});

describe.runIf(process.platform === 'linux')('the abstract socket of 0.1.0', () => {
  const me = () => ({ user: 'root', pid: process.pid, startedAt: Date.now() });

  async function holding(workspace: string, answer: (socket: Socket) => void) {
    const server = createServer((client) => answer(client.on('error', () => undefined)));
    server.listen(oldAddress(workspace));
    await once(server, 'listening');
    return () => {
      server.close();
    };
  }

  test('is held too, and tells an engine of 0.1.0 who we are', async () => {
    const workspace = newWorkspace();
    const lock = await take(workspace);
    const client = connect(oldAddress(workspace));
    const [line] = (await once(client, 'data')) as [Buffer];
    expect(JSON.parse(String(line))).toMatchObject({ pid: process.pid });
    client.destroy();
    await lock.release();
  });

  test('an engine of 0.1.0 that holds it keeps us out', async () => {
    const workspace = newWorkspace();
    const close = await holding(workspace, (client) => client.write(`${JSON.stringify(me())}\n`));
    expect(await refusalOf(workspace)).toMatchObject({
      type: 'engine',
      owner: { pid: process.pid },
      isRecorded: false,
    });
    expect(holds(workspace)).toBe(false);
    close();
    expect(await refusalOf(workspace)).toBeNull();
  });

  test.each([
    ['says nothing', () => undefined],
    ['talks without end', (client) => void client.write('x'.repeat(1_000_000))],
    ['closes at once', (client) => void client.end()],
    ['says something else', (client) => void client.write('{"pid":"\u001b[31m"}\n')],
    ['names another process', (client) => void client.write(`${JSON.stringify({ ...me(), pid: 1 })}\n`)],
  ] satisfies readonly (readonly [string, (client: Socket) => void])[])(
    'a holder that %s is ignored, and that is told',
    async (_, answer) => {
      const workspace = newWorkspace();
      const close = await holding(workspace, answer);
      const lock = await take(workspace);
      expect(lock.notes).toEqual([{ type: 'stranger', what: 'socket', pid: process.pid, uid: process.getuid?.() }]);
      await lock.release();
      close();
    },
  );
});
