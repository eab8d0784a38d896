import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, processesWith } from '../helpers/processes.ts';
import { PROGRAM } from '../helpers/program.ts';
import { until } from '../helpers/until.ts';
import { removeTree } from '../helpers/temp-dir.ts';

/** Everything of a run happens in a place for temporary files of its own, so that what is left behind shows. */
let place = '';

beforeEach(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'sightline-e2e-')));
});

afterEach(async () => {
  removeTree(place);
});

test(
  'without a terminal it shows the whole chain, checks itself, and leaves nothing behind',
  { timeout: 120_000 },
  async () => {
    const demo = start([]);
    const [code] = await once(demo.child, 'close');
    expect(demo.errors()).toBe('');
    expect(code).toBe(0);
    const text = demo.output();
    for (const promised of PROMISED) expect(text).toMatch(promised);
    expect(text).not.toMatch(/^ {2}FAILED/m);
    expect(isAlive(Number(/process (\d+) hangs and ignores SIGTERM/.exec(text)?.[1]))).toBe(false);
    await expectNothingLeft();
  },
);

const PROMISED: readonly RegExp[] = [
  /^ *\d+\.\ds {2}agent +Claude edits billing\/src\//m,
  /signal +retry_storm of OpenClaw \(critical, derived\): 5 failed calls in a row/,
  /fate +retry_storm of OpenClaw -> checkpointed as auto-\d{8}T\d{6}-retry_storm in \d+ ms/,
  /update +agentsight's row \w+ is the same cause as the retry_storm above/,
  /fate +context_overflow of Hermes -> checkpointed as auto-\d{8}T\d{6}-context_overflow/,
  /fate +agent_crash of Codex -> checkpointed as auto-\d{8}T\d{6}-agent_crash/,
  /fate +agent_crash of Cosh -> flagged \(downgraded/,
  /advisory +AgentScope read 248000 input tokens within an hour: no prompt caching/,
  /fate +context_overflow of Runloop -> suppressed \(silence/,
  /fate +dead_loop of QwenCode -> coalesced, waiting/,
  /fate +dead_loop of QwenCode -> checkpointed as auto-\d{8}T\d{6}-dead_loop/,
  /fate +context_overflow of QwenCode -> coalesced into auto-\d{8}T\d{6}-dead_loop/,
  /checkpoint +auto-\S+-context_overflow of archive timed out after [34]\d{3} ms/,
  /fate +context_overflow of CoshNG -> timed_out/,
  /fate +context_overflow of CoshNG -> checkpointed/,
  /fate +context_overflow of Claude -> historical/,
  /^ {2}importer +auto-\d{8}T\d{6}-dead_loop +changed: src\//m,
  /^Signals by fate\n {2}checkpointed +6$/m,
];

test('one part alone plays fast, and the same seed tells the same', async () => {
  const tell = async (): Promise<readonly string[]> => {
    const demo = start(['--scenario', 'crash', '--speed', '20', '--seed', '5']);
    await once(demo.child, 'close');
    return demo
      .output()
      .split('\n')
      .filter((line) => / {2}agent {2}/.test(line))
      .map((line) => line.slice('00.0s'.length));
  };
  const told = await tell();
  expect(told).toHaveLength(3);
  expect(await tell()).toEqual(told);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s stops it at once, also while a checkpoint hangs', async (signal, exitCode) => {
  const demo = start(['--scenario', 'stuck', '--speed', '5']);
  await until(() => demo.output().includes('started (auto)'), 20_000);
  demo.child.kill(signal);
  const [code] = await once(demo.child, 'close');
  expect(code).toBe(exitCode);
  expect(demo.errors()).toContain(`stopped by ${signal}`);
  await expectNothingLeft();
});

test('even when it is killed, its player and its hanging child end and its directory goes', async () => {
  const demo = start(['--scenario', 'stuck', '--speed', '5']);
  await until(() => demo.output().includes('started (auto)'), 20_000);
  demo.child.kill('SIGKILL');
  await once(demo.child, 'close');
  await expectNothingLeft();
});

test('a reader that goes away ends it', async () => {
  const demo = start(['--scenario', 'storm']);
  await until(() => demo.output().includes('\n'), 20_000);
  demo.child.stdout.destroy();
  await once(demo.child, 'exit');
  await expectNothingLeft();
});

test('an unknown scenario is a usage error that names the known ones', async () => {
  const demo = start(['--scenario', 'teapot']);
  const [code] = await once(demo.child, 'close');
  expect(code).toBe(2);
  expect(demo.errors()).toMatch(/--scenario: expected all, calm, storm, .* or stuck, got 'teapot'/);
});

type Demo = {
  readonly child: ChildProcessWithoutNullStreams;
  readonly output: () => string;
  readonly errors: () => string;
};

function start(args: readonly string[]): Demo {
  const env = { ...process.env, TMPDIR: place };
  const child = spawn(process.execPath, [PROGRAM, 'demo', ...args], { env, stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return { child, output: () => output, errors: () => errors };
}

/** No file in the place for temporary files, and no process that was started with it. */
async function expectNothingLeft(): Promise<void> {
  await until(async () => (await readdir(place)).length === 0, 10_000);
  if (process.platform === 'linux')
    await until(async () => (await processesWith(`TMPDIR=${place}`)).length === 0, 10_000);
}
