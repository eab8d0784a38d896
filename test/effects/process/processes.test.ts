import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scanProcesses } from '../../../src/effects/process/processes.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

/** A process that works in `cwd` and holds a file open as the shell's redirection says. */
async function worker(cwd: string, redirection = ''): Promise<number> {
  const child = spawn('sh', ['-c', `exec ${redirection}; echo ready; read line`], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

test('who works in a folder is found, and who works beside it is not', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'ws/deep'), { recursive: true });
  mkdirSync(join(dir, 'ws-other'));
  const [inside, deep] = [await worker(join(dir, 'ws')), await worker(join(dir, 'ws/deep'))];
  await worker(join(dir, 'ws-other'));
  const { occupants, complete } = await scanProcesses(join(dir, 'ws'));
  expect(complete).toBe(true);
  expect(new Set(occupants.map(({ pid }) => pid))).toEqual(new Set([inside, deep]));
  expect(occupants.find(({ pid }) => pid === deep)).toMatchObject({
    name: 'sh',
    cwd: join(dir, 'ws/deep'),
    fileCount: 0,
    isOurs: false,
  });
});

test('open files count too, told apart by whether they are written', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'ws'));
  writeFileSync(join(dir, 'ws/log'), 'x');
  const reader = await worker('/', `7<${join(dir, 'ws/log')}`);
  const writer = await worker('/', `7>>${join(dir, 'ws/log')}`);
  const { occupants } = await scanProcesses(join(dir, 'ws'));
  const of = (pid: number): unknown => occupants.find((one) => one.pid === pid);
  expect(of(reader)).toMatchObject({
    cwd: null,
    files: [join(dir, 'ws/log')],
    fileCount: 1,
    writes: false,
  });
  expect(of(writer)).toMatchObject({ cwd: null, fileCount: 1, writes: true });
});

test('a workspace that is a link into a store: who works in the store works in it', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'store/ws-1'), { recursive: true });
  symlinkSync(join(dir, 'store/ws-1'), join(dir, 'ws'));
  const pid = await worker(join(dir, 'ws'));
  expect((await scanProcesses(join(dir, 'ws'))).occupants.map((one) => one.pid)).toEqual([pid]);
});

test('our own descriptor of the folder itself is its lock and counts for nothing; of a file in it, it does', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'file'), '');
  const fds = [openSync(dir, 'r')];
  onTestFinished(() => fds.forEach((fd) => closeSync(fd)));
  expect((await scanProcesses(dir)).occupants).toEqual([]);
  expect((await scanProcesses(dir, { self: 1 })).occupants).toMatchObject([{ pid: process.pid, fileCount: 1 }]);
  fds.push(openSync(join(dir, 'file'), 'r'));
  expect((await scanProcesses(dir)).occupants).toMatchObject([{ pid: process.pid, fileCount: 1, isOurs: true }]);
});

test('our own process is told from others', async () => {
  const dir = tempDir();
  const pid = await worker(dir);
  expect((await scanProcesses(dir, { self: pid })).occupants).toMatchObject([{ pid, isOurs: true }]);
});

test('a process that has ended works nowhere any more', async () => {
  const dir = tempDir();
  const pid = await worker(dir);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await scanProcesses(dir)).occupants.length === 0);
});

test('without a list of processes it says that it saw none, not that there are none', async () => {
  expect(await scanProcesses('/x', { proc: join(tempDir(), 'none') })).toEqual({
    occupants: [],
    unreadable: 0,
    complete: false,
  });
});

test('names of processes and files are cleaned and bounded', async () => {
  const dir = tempDir();
  const proc = join(dir, 'proc');
  mkdirSync(join(proc, '12/fd'), { recursive: true });
  mkdirSync(join(dir, 'ws'));
  symlinkSync(join(dir, 'ws'), join(proc, '12/cwd'));
  writeFileSync(join(proc, '12/comm'), '\u001b[31mev\u0007il\n');
  for (let n = 0; n < 9; n += 1) symlinkSync(join(dir, `ws/\u001b[2Jfile${n}`), join(proc, `12/fd/${n}`));
  const { occupants } = await scanProcesses(join(dir, 'ws'), { proc });
  expect(occupants).toMatchObject([{ pid: 12, name: 'ev il', fileCount: 9 }]);
  expect(occupants[0]?.files).toHaveLength(5);
  expect(JSON.stringify(occupants)).not.toContain('u001b');
});
