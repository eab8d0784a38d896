import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { run, type RunResult } from '../../../src/effects/process/run.ts';
import { isAlive } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';
import { worded } from '../../helpers/reasons.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

const dir = mkdtempSync(join(tmpdir(), 'sightline-run-'));
afterAll(() => removeTree(dir));

const child = (name: string): string => join(import.meta.dirname, '../../fixtures/children', name);
const sh = (script: string, options: Partial<Parameters<typeof run>[2]> = {}): Promise<RunResult> =>
  run('sh', ['-c', script], { timeoutMs: 10_000, ...options });

const pidsOf = (result: RunResult): number[] =>
  'stdout' in result ? result.stdout.trim().split(/\s+/u).map(Number) : [];

test('a child that ends by itself is reported with its code and its output, ANSI stripped', async () => {
  const result = await sh(String.raw`printf '\033[32mok\033[0m\nsecond\n'; printf '\033[31mbad\033[0m\a' >&2; exit 3`);
  expect(result).toMatchObject({ type: 'exited', code: 3, signal: null, stdout: 'ok\nsecond\n', stderr: 'bad' });
});

test('raw output is left as it came', async () => {
  expect(await sh(String.raw`printf 'a\0b\0'`, { raw: true })).toMatchObject({ stdout: 'a\0b\0' });
});

test('a child that a signal ended is reported with the signal', async () => {
  expect(await sh('kill -KILL $$')).toMatchObject({ type: 'exited', code: null, signal: 'SIGKILL' });
});

test('arguments reach the child as they are, never through a shell', async () => {
  const result = await run('printf', ['%s|', '$(id)', '`id`', 'a b', '-n; rm'], { timeoutMs: 10_000 });
  expect(result).toMatchObject({ stdout: '$(id)|`id`|a b|-n; rm|' });
});

test('where our own folder is gone, as after a rollback of it, a child starts all the same', async () => {
  const here = vi.spyOn(process, 'cwd').mockReturnValue(join(dir, 'gone'));
  const result = await sh('pwd');
  here.mockRestore();
  expect(result).toMatchObject({ type: 'exited', code: 0, stdout: '/\n' });
});

test('input is written to stdin, which is empty otherwise', async () => {
  expect(await sh('cat', { input: 'hello' })).toMatchObject({ stdout: 'hello' });
  expect(await sh('cat')).toMatchObject({ type: 'exited', code: 0, stdout: '' });
});

test('a child that never reads its input does not fail the run', async () => {
  expect(await sh('exit 0', { input: 'x'.repeat(1_000_000) })).toMatchObject({ type: 'exited', code: 0 });
});

test('no child inherits the token of a server', async () => {
  process.env['SIGHTLINE_TOKEN'] = 'secret';
  const result = await sh('echo "[$SIGHTLINE_TOKEN]"');
  delete process.env['SIGHTLINE_TOKEN'];
  expect(result).toMatchObject({ type: 'exited', stdout: '[]\n' });
});

test('cwd and env are handed over, and undefined takes a variable away', async () => {
  process.env['SIGHTLINE_TEST_GONE'] = 'yes';
  const env = { SIGHTLINE_TEST_SET: '1', SIGHTLINE_TEST_GONE: undefined };
  const result = await sh('pwd; echo "$SIGHTLINE_TEST_SET-$SIGHTLINE_TEST_GONE"', { cwd: '/', env });
  delete process.env['SIGHTLINE_TEST_GONE'];
  expect(result).toMatchObject({ stdout: '/\n1-\n' });
});

test('a program that is not there is a value that says what to do', async () => {
  const result = await run('no-such-program', [], { timeoutMs: 1_000 });
  expect(worded(result)).toMatchObject({ type: 'not_found', reason: expect.stringContaining('install it') });
});

test('a directory that is not there is told apart from a missing program', async () => {
  const result = await run('true', [], { timeoutMs: 1_000, cwd: join(dir, 'gone') });
  expect(worded(result)).toMatchObject({ type: 'spawn_failed', reason: expect.stringContaining('no such directory') });
});

test('a file that is not executable is a value', async () => {
  const file = join(dir, 'plain');
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o644);
  const result = await run(file, [], { timeoutMs: 1_000 });
  expect(worded(result)).toMatchObject({ type: 'spawn_failed', reason: expect.stringContaining('permission denied') });
});

test('arguments that are too long, or hold a NUL, are values', async () => {
  expect(worded(await run('true', ['x'.repeat(5_000_000)], { timeoutMs: 1_000 }))).toMatchObject({
    type: 'spawn_failed',
    reason: expect.stringContaining('too long'),
  });
  expect(await run('true', ['a\0b'], { timeoutMs: 1_000 })).toMatchObject({ type: 'spawn_failed' });
});

test('at the deadline a child gets SIGTERM and may end by it', async () => {
  const result = await run(child('polite.sh'), [], { timeoutMs: 600 });
  expect(result).toMatchObject({ type: 'timed_out', stdout: expect.stringContaining('terminated') });
  expect(result.durationMs).toBeGreaterThanOrEqual(590);
});

test('a child that ignores SIGTERM is killed a second later, and its grandchild too', async () => {
  const result = await run(child('stubborn.sh'), [], { timeoutMs: 600 });
  expect(result.type).toBe('timed_out');
  expect(result.durationMs).toBeGreaterThanOrEqual(1_590);
  const pids = pidsOf(result);
  expect(pids).toHaveLength(2);
  await until(() => !pids.some(isAlive));
});

test('a stopped child is killed too', async () => {
  const result = await sh('echo $$; kill -STOP $$', { timeoutMs: 600 });
  expect(result.type).toBe('timed_out');
  await until(() => !pidsOf(result).some(isAlive));
});

test('abort kills the whole group at once', async () => {
  const controller = new AbortController();
  const running = run(child('stubborn.sh'), [], { timeoutMs: null, abort: controller.signal });
  setTimeout(() => controller.abort(), 200);
  const result = await running;
  expect(result.type).toBe('aborted');
  await until(() => !pidsOf(result).some(isAlive));
});

test('with an aborted signal nothing is started', async () => {
  const file = join(dir, 'started');
  const result = await sh(`touch ${file}`, { abort: AbortSignal.abort() });
  expect(result.type).toBe('aborted');
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('what a child leaves in its group is ended with it, and does not delay the result', async () => {
  const result = await run(child('leaves-grandchild.sh'), [], { timeoutMs: 20_000 });
  expect(result).toMatchObject({ type: 'exited', code: 0 });
  expect(result.durationMs).toBeLessThan(10_000);
  await until(() => !pidsOf(result).some(isAlive));
});

test('a daemon that holds the pipes open does not delay the result', async () => {
  const result = await run(child('leaves-daemon.sh'), [join(dir, 'daemon')], { timeoutMs: 20_000 });
  for (const pid of pidsOf(result)) process.kill(pid, 'SIGKILL');
  expect(result).toMatchObject({ type: 'exited', code: 0, stdout: expect.stringMatching(/^\d+\n$/u) });
  expect(result.durationMs).toBeLessThan(10_000);
});

test('a flood of 100 MiB is read to its end and kept bounded, first and last lines included', async () => {
  const before = process.memoryUsage().rss;
  const result = await run(child('flood.sh'), [], { timeoutMs: 60_000 });
  const grown = process.memoryUsage().rss - before;
  for (const text of result.type === 'exited' ? [result.stdout, result.stderr] : ['', '']) {
    expect(text.length).toBeLessThan(70_000);
    expect(text).toMatch(/^first\n[^]*bytes left out[^]*\nlast\n$/u);
  }
  expect(grown).toBeLessThan(150 * 1024 * 1024);
});

test('output is whole when our own event loop is busy while the child ends', async () => {
  const running = sh('echo one; sleep 0.2; echo two');
  const busyUntil = performance.now() + 800;
  await new Promise((resolve) => setTimeout(resolve, 50));
  while (performance.now() < busyUntil);
  expect(await running).toMatchObject({ type: 'exited', stdout: 'one\ntwo\n' });
});

test('when our own process exits, a running child is ended with its group', async () => {
  const pids = join(dir, 'pids');
  const script = join(dir, 'runs.sh');
  writeFileSync(script, `#!/bin/sh\ntrap '' TERM\nsleep 600 &\necho "$$ $!" > "$1.part" && mv "$1.part" "$1"\nwait\n`);
  chmodSync(script, 0o755);
  const program = spawn(process.execPath, [child('exits-early.ts'), script, pids], { stdio: 'ignore' });
  const code = await new Promise((resolve) => program.once('exit', resolve));
  expect(code).toBe(7);
  const left = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(left).toHaveLength(2);
  await until(() => !left.some(isAlive));
});

/** A child that starts another one in a session of its own, says its pid, and goes on (or ends). */
const LEAVES_SESSION = `
  const { spawn } = require('node:child_process');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { detached: true, stdio: 'ignore' });
  process.stdout.write(String(other.pid));
  other.unref();
  if (process.argv[1] === 'stay') setInterval(() => 0, 1000);
`;

test.skipIf(process.platform !== 'linux')(
  'the deadline also ends a grandchild that left for a session of its own',
  async () => {
    const result = await run(process.execPath, ['-e', LEAVES_SESSION, 'stay'], { timeoutMs: 1_500 });
    expect(result).toMatchObject({ type: 'timed_out' });
    const [pid = 0] = pidsOf(result);
    expect(pid).toBeGreaterThan(0);
    await until(() => !isAlive(pid));
  },
);

test('a service that a child leaves in a session of its own goes on when the child ends in time', async () => {
  const result = await run(process.execPath, ['-e', LEAVES_SESSION], { timeoutMs: 10_000 });
  expect(result).toMatchObject({ type: 'exited', code: 0 });
  const [pid = 0] = pidsOf(result);
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});
