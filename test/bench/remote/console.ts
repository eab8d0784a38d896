/**
 * What an attached console costs its engine: two engines over one feed at the same time, of which one has the dashboard
 * attached in a terminal. 300 conversations and 1 000 signals are known; ten calls a second come, of which each twentieth
 * fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { RUNTIME_FOLDERS } from '../../../src/effects/lock/runtime-folder.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { pause, PROGRAM, report } from '../measure.ts';

const CONVERSATIONS = 300;
/** Calls before that, of which each second fails: a signal each. */
const HISTORY = 2_000;
const CALLS_PER_SECOND = 10;
const FAIL_EVERY = 20;
const MEASURED_MS = 20_000;
/** What runs a dozen times a second takes its time to be compiled. */
const WARM_MS = 10_000;
const PATIENCE_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
const feed = join(folder, 'feed.jsonl');
const runtime = join(folder, 'sightline');
mkdirSync(runtime, { mode: 0o755 });
const IS_ROOT = process.getuid?.() === 0;
if (IS_ROOT) mkdirSync(RUNTIME_FOLDERS.root, { recursive: true, mode: 0o755 });
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  NODE_ENV: 'production',
  XDG_RUNTIME_DIR: folder,
};

/** The command that starts the program where no engine is found but ours: root's runtime folder has a fixed place. */
function command(args: readonly string[]): readonly [string, readonly string[]] {
  const whole = [process.execPath, ...args] as const;
  if (!IS_ROOT) return [process.execPath, args];
  const over = `mount --bind "$0" '${RUNTIME_FOLDERS.root}' && exec "$@"`;
  return ['unshare', ['-m', 'sh', '-c', over, runtime, ...whole]];
}

function engine(name: string): ChildProcess {
  const acts = ['--state-dir', join(folder, name), '--checkpointer', 'none', '--mode', 'observe'];
  const [file, args] = command([PROGRAM, 'headless', '--source', `jsonl:${feed}`, ...acts]);
  return spawn(file, args, { cwd: folder, env, stdio: 'ignore' });
}

function console(pid: number) {
  const [file, args] = command([PROGRAM, `--attach=${pid}`]);
  return spawnInTerminal(file, [...args], { cols: 120, rows: 40, cwd: folder, env });
}

let written = 0;
const FIRST_NS = BigInt(Date.now() - 600_000) * 1_000_000n;

function write(count: number, isLive: boolean): void {
  const lines = Array.from({ length: count }, () => {
    const n = (written += 1);
    const endNs = isLive ? BigInt(Date.now()) * 1_000_000n : FIRST_NS + BigInt(n) * 1_000_000n;
    const fails = isLive ? n % FAIL_EVERY === 0 : Math.floor(n / CONVERSATIONS) % 2 === 1;
    return callLineOf({ id: `msg_${n}`, ...(fails && { status: 529, error: 'Overloaded' }) })
      .replace('1780012345678901234', `${endNs - 1_000_000_000n}`)
      .replace('1780012349178901235', `${endNs}`)
      .replace('0f1e2d3c4b5a69788796a5b4c3d2e1f0', `conversation ${n % CONVERSATIONS}`)
      .replace('"agent_name":"Claude"', `"agent_name":"Agent ${n % 10}"`);
  });
  appendFileSync(feed, `${lines.join('\n')}\n`);
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await pause(20);
  }
}

/** CPU time of a process so far, all its threads, ms: in nanoseconds where `stat` counts hundredths of a second. */
function cpuOf(pid: number): number {
  const threads = `/proc/${pid}/task`;
  const ns = readdirSync(threads).map((id) => Number(readFileSync(`${threads}/${id}/schedstat`, 'utf8').split(' ')[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}

writeFileSync(feed, '');
write(HISTORY, false);
const [watched, alone] = [engine('watched'), engine('alone')];
const pids = [watched.pid ?? 0, alone.pid ?? 0] as const;
let seen = '';
let bytes = 0;
try {
  await until(() => pids.every((pid) => existsSync(join(runtime, `${pid}.sock`))), 'the sockets');
  const screen = console(pids[0]);
  screen.onData((text) => {
    bytes += text.length;
    seen = (seen + text).slice(-100_000);
  });
  await until(() => seen.includes('ATTACHED'), `the console: ${seen.slice(-2_000)}`);
  const writer = setInterval(() => write(1, true), 1_000 / CALLS_PER_SECOND);
  await pause(WARM_MS);
  const at = performance.now();
  const before = [...pids, screen.pid].map(cpuOf);
  const drawn = bytes;
  await pause(MEASURED_MS);
  const took = performance.now() - at;
  const [withConsole, without, itself] = [...pids, screen.pid].map(
    (pid, place) => ((cpuOf(pid) - (before[place] ?? 0)) / took) * 100,
  ) as [number, number, number];
  clearInterval(writer);
  if (bytes === drawn) throw new Error('the console showed nothing new');
  const cost = withConsole - without;
  report({
    name: `an attached console at ${CALLS_PER_SECOND} calls/s costs its engine`,
    value: cost,
    unit: '% core',
    target: '≤ 1 %',
    ok: cost <= 1,
  });
  report({ name: '… the engine with it', value: withConsole, unit: '% core', floor: without, target: '–', ok: true });
  report({ name: '… the console itself', value: itself, unit: '% core', target: '–', ok: true });
  screen.kill('SIGTERM');
} finally {
  const ended = [watched, alone].filter((one) => one.exitCode === null).map((one) => once(one, 'exit'));
  for (const one of [watched, alone]) one.kill('SIGTERM');
  await Promise.all(ended);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
