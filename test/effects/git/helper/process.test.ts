import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHelper, type Helper } from '../../../../src/effects/git/helper/helper.ts';
import { type HelperProcess, startHelper } from '../../../../src/effects/git/helper/process.ts';
import { listFolder } from '../../../../src/effects/git/helper/tasks.ts';
import { findFolder, type Found } from '../../../../src/effects/git/workspace/open.ts';
import { isAlive } from '../../../helpers/processes.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { until } from '../../../helpers/until.ts';

const isLinux = process.platform === 'linux';
const never = new AbortController().signal;
const LIMITS = { exclude: [], store: null, maxFileBytes: Infinity };

/** A helper whose processes are known. */
function watched(): { readonly helper: Helper; readonly started: HelperProcess[] } {
  const started: HelperProcess[] = [];
  const helper = createHelper(async () => {
    const one = await startHelper();
    started.push(one);
    return one;
  });
  onTestFinished(() => started.forEach(({ end }) => end()));
  return { helper, started };
}

async function folder(): Promise<Found> {
  const workspace = join(tempDir(), 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'a'), 'x');
  return findFolder({ path: workspace, storeDir: '/nowhere', exclude: [], maxFileBytes: 1, identity: () => null });
}

async function list(helper: Helper, found: Found, signal = never): Promise<number> {
  return helper.work(found, signal, async ({ session }) => (await listFolder(session, found, LIMITS)).entries.length);
}

test.runIf(isLinux)('a helper has a session of its own, no environment, and no descriptors but its pipes', async () => {
  const { helper, started } = watched();
  await list(helper, await folder());
  const { pid = 0 } = started[0] ?? {};
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [, , group, session, terminal] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  expect({ group, session, terminal }).toEqual({ group: pid, session: pid, terminal: 0 });
  expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toBe('UV_USE_IO_URING=0\0');
  expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  expect(foreignFiles(pid)).toEqual([]);
});

/** Descriptors of a process beyond its pipes (0 to 3) and what Node opens for itself. */
function foreignFiles(pid: number): readonly string[] {
  const own = /^(?:socket|pipe|anon_inode):|^\/dev\/null$/u;
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => `${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`)
    .filter((line) => !own.test(line.slice(line.indexOf(' ') + 1)));
}

// `>` hands the descriptor on, as a careless service manager or shell does.
test.runIf(isLinux)('descriptor 63 of our caller does not reach the helper', async () => {
  const dir = tempDir();
  const secret = join(dir, 'secret');
  writeFileSync(secret, 'x');
  const found = await folder();
  const script = join(import.meta.dirname, '../../../fixtures/children/starts-helper.ts');
  const descriptor = openSync(secret, 'r');
  onTestFinished(() => closeSync(descriptor));
  const stdio = Array.from({ length: 64 }, (_, fd) => (fd === 63 ? descriptor : fd === 1 ? 'pipe' : 'ignore')) as [];
  const child = spawn(process.execPath, [script, found.path], { stdio });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => text.includes('\n'));
  const { ours, helpers } = JSON.parse(text) as { ours: string; helpers: readonly string[] };
  // The test would prove nothing if it had not reached us.
  expect(ours).toBe(secret);
  expect(helpers.filter((file) => file === secret)).toEqual([]);
});

test.runIf(isLinux)(
  'a helper that is killed fails the task with that reason, and the next task has a new one',
  async () => {
    const { helper, started } = watched();
    const found = await folder();
    const killed = helper.work(found, never, async ({ session }) => {
      process.kill(started[0]?.pid ?? 0, 'SIGKILL');
      return listFolder(session, found, LIMITS);
    });
    await expect(killed).rejects.toMatchObject({ reason: { code: 'killed', signal: 'SIGKILL' } });
    await expect(killed).rejects.toThrow('killed or stopped by a signal not ours');
    expect(await list(helper, found)).toBe(2);
    expect(started).toHaveLength(2);
  },
);

test.runIf(isLinux)('a helper that is killed between tasks is replaced unseen', async () => {
  const { helper, started } = watched();
  const found = await folder();
  await list(helper, found);
  process.kill(started[0]?.pid ?? 0, 'SIGKILL');
  await started[0]?.ended;
  expect(await list(helper, found)).toBe(2);
});

test.runIf(isLinux)(
  'a helper that is stopped is waited for until the deadline, no longer, and is gone then',
  async () => {
    const { helper, started } = watched();
    const found = await folder();
    await list(helper, found);
    const { pid = 0 } = started[0] ?? {};
    process.kill(pid, 'SIGSTOP');
    await until(() => started[0]?.isStopped() === true);
    const startedAt = performance.now();
    const stopped = list(helper, found, AbortSignal.timeout(300));
    await expect(stopped).rejects.toMatchObject({ reason: { code: 'stopped' } });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await until(() => !isAlive(pid));
    expect(await list(helper, found)).toBe(2);
  },
);

test.runIf(isLinux)('a helper ends when the engine is gone, however that ended', async () => {
  const found = await folder();
  const script = join(import.meta.dirname, '../../../fixtures/children/starts-helper.ts');
  const child = spawn(process.execPath, [script, found.path], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => text.includes('\n'));
  const { pid } = JSON.parse(text) as { pid: number };
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

test('three helpers that cannot be ended are the most: then the workspace is unavailable', async () => {
  const found = await folder();
  const hanging: HelperProcess[] = [];
  onTestFinished(() => hanging.forEach(({ end }) => end()));
  // Stands in for processes in the kernel's hands: they are told to end, and do not.
  const { leaveBehind } = await import('../../../../src/effects/git/helper/process.ts');
  const gone = Promise.withResolvers<{ exitCode: null; signal: string }>();
  onTestFinished(() => gone.resolve({ exitCode: null, signal: 'SIGKILL' }));
  for (let count = 0; count < 3; count += 1) leaveBehind(gone.promise.then((ended) => ended));
  const { helper } = watched();
  await expect(list(helper, found)).rejects.toMatchObject({ reason: { code: 'left_behind' }, isUnavailable: true });
  gone.resolve({ exitCode: null, signal: 'SIGKILL' });
  await until(async () => (await list(helper, found).catch(() => 0)) === 2);
});

test('the program of the helper is read once, and found from the sources', async () => {
  const { loadHelper } = await import('../../../../src/effects/git/helper/text.ts');
  const first = loadHelper();
  expect(first).toBeInstanceOf(Buffer);
  expect(loadHelper()).toBe(first);
  expect(existsSync(join(import.meta.dirname, '../../../../dist/git-helper.cjs'))).toBe(true);
});
