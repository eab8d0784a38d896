import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { type HeadlessWorld, headlessWorld } from '../helpers/headless-world.ts';
import type { Headless } from '../helpers/headless.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/until.ts';

/** An armed engine whose checkpoint hangs and ignores SIGTERM; `pid` is the child's. */
async function stuck(world: HeadlessWorld, args: readonly string[] = []): Promise<{ run: Headless; pid: number }> {
  const pidFile = join(world.workspace, 'pid');
  const config = join(world.workspace, 'config.json');
  const script = `trap '' TERM; echo $$ > ${pidFile}; while :; do sleep 0.1; done`;
  writeFileSync(config, JSON.stringify({ command: ['/bin/sh', '-c', script] }));
  const way = ['--checkpointer', 'command', '--config', config];
  const run = world.start(['--arm', '--workspace', world.workspace, ...way, ...args]);
  await run.line({ kind: 'started' });
  await world.failedCall('process crashed', { call_id: 'stuck' });
  await run.line({ kind: 'checkpoint', phase: 'started' });
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim() !== '');
  return { run, pid: Number(readFileSync(pidFile, 'utf8')) };
}

test.for(['SIGTERM', 'SIGINT'] as const)('%s stops it cleanly, with `stopped` as the last line', async (signal) => {
  const world = await headlessWorld();
  const headless = await world.armed();
  await world.failedCall('process crashed');
  await headless.line({ fate: 'checkpointed' });
  await world.failedCall('process crashed', { call_id: 'waits' });
  await headless.line({ fate: 'coalesced', settled: false });
  expect(await headless.end(signal)).toMatchObject({ code: 0 });
  expect(headless.all({ fate: 'stopped', settled: true })).toHaveLength(1);
  expect(headless.lines.at(-1)).toMatchObject({ kind: 'stopped', reason: signal, signals: 2, checkpoints: 1 });
});

test('SIGTERM lets a stuck checkpoint have its deadline and not more', async () => {
  const world = await headlessWorld();
  const { run, pid } = await stuck(world, ['--timeout', '2']);
  const { code, tookMs } = await run.end('SIGTERM');
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(4_000);
  expect(isAlive(pid)).toBe(false);
  expect(run.all({ kind: 'fate', settled: true })).toMatchObject([{ fate: 'timed_out' }]);
  expect(run.lines.at(-1)).toMatchObject({ kind: 'stopped', reason: 'SIGTERM' });
});

test.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second %s ends it at once', async ([signal, exitCode]) => {
  const world = await headlessWorld();
  const { run, pid } = await stuck(world, ['--timeout', '20']);
  await world.failedCall('process crashed', { call_id: 'waits' });
  await run.line({ fate: 'coalesced', settled: false });
  run.child.kill('SIGTERM');
  // The first one has been handled: of two that wait for a busy process, the kernel delivers the one with the lower number
  // first, and two of one number once.
  await run.line({ fate: 'stopped', settled: true });
  const { code, tookMs } = await run.end(signal);
  expect(code).toBe(exitCode);
  // Not after the deadline of 20 s.
  expect(tookMs).toBeLessThan(4_500);
  await until(() => !isAlive(pid));
});

test('a stuck checkpoint delays neither the feed nor other signals', async () => {
  const world = await headlessWorld();
  const { run } = await stuck(world, ['--timeout', '3']);
  await world.writer.interruption({ interruption_type: 'llm_error' });
  await run.line({ fate: 'flagged' }, 2_500);
  const ended = await run.line({ phase: 'ended' });
  expect(ended).toMatchObject({ outcome: 'timed_out' });
  expect(ended['duration_ms']).toBeLessThan(6_000);
});

test('SIGTERM while a whole first snapshot is made ends it', async () => {
  const world = await headlessWorld();
  for (let n = 0; n < 1_500; n += 1) writeFileSync(join(world.workspace, `f${n}`), `${n}`.repeat(2_000));
  const headless = world.start(['--arm', '--workspace', world.workspace, '--checkpointer', 'git', '--timeout', '1']);
  await headless.line({ kind: 'started' });
  const { code, tookMs } = await headless.end('SIGTERM');
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(3_000);
  expect(headless.lines.at(-1)).toMatchObject({ kind: 'stopped' });
});

test('the reader goes away: an armed engine acts on, says so, and keeps it in the journal', async () => {
  const world = await headlessWorld();
  const headless = await world.armed(['--debounce', '0']);
  headless.child.stdout?.destroy();
  await world.failedCall('process crashed', { call_id: 'unread' });
  await until(() => headless.errors().includes('reader of standard output is gone'), 15_000);
  expect(headless.errors()).toContain('the journal alone');
  await world.failedCall('process crashed', { call_id: 'unread too' });
  const journal = join(world.stateDir, 'journal.jsonl');
  await until(() => (readFileSync(journal, 'utf8').match(/"fate":"checkpointed"/g)?.length ?? 0) >= 2, 15_000);
  expect(headless.child.exitCode).toBe(null);
  expect(await headless.end('SIGTERM')).toMatchObject({ code: 0 });
});

test('the reader goes away: one that only observes ends with 0', async () => {
  const world = await headlessWorld();
  const headless = world.start(['--workspace', world.workspace]);
  await headless.line({ kind: 'started' });
  headless.child.stdout?.destroy();
  await world.failedCall('process crashed');
  expect(await headless.end()).toMatchObject({ code: 0 });
});

test('through a pipe too', async () => {
  const world = await headlessWorld();
  const command = `"${process.execPath}" "${PROGRAM}" headless --source sqlite:${world.folder} | head -n 1; exit \${PIPESTATUS[0]}`;
  const child = spawn('bash', ['-c', command], { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill());
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  await world.failedCall('process crashed');
  expect(await exited).toEqual([0, null]);
});

test('a reader that does not read stops neither the engine nor its end', async () => {
  const world = await headlessWorld();
  const headless = world.start(['--arm', '--workspace', world.workspace, '--checkpointer', 'git', '--debounce', '0']);
  await headless.line({ kind: 'started' });
  headless.child.stdout?.pause();
  headless.child.stdout?.removeAllListeners('data');
  const words = 'x'.repeat(1_000);
  for (let n = 0; n < 1_500; n += 1) {
    await world.writer.interruption({ interruption_type: 'llm_error', conversation_id: `${words}${n}` });
  }
  await world.failedCall('process crashed', { call_id: 'unread' });
  const journal = join(world.stateDir, 'journal.jsonl');
  await until(() => readFileSync(journal, 'utf8').includes('"fate":"checkpointed"'), 20_000);
  headless.child.kill('SIGTERM');
  await until(() => headless.child.exitCode !== null, 15_000);
  expect(headless.child.exitCode).toBe(0);
});
