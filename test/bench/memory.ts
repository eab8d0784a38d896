/**
 * The memory of the built program: headless when it has nothing to read, after a history, and after as many live calls; the
 * dashboard after a million live calls, and after three. Each is a process of its own, read from `/proc` a while after its
 * last call.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { PROGRAM, pause, report } from './measure.ts';
import { createDatabases, fill, inserter } from './sqlite/rows.ts';

const CALLS = 100_000;
const LIVE_PER_COMMIT = 100;
const LIVE_EVERY_MS = 20;
/** As many a second as the dashboard keeps up with; ten million of them would take half an hour. */
const MANY_PER_COMMIT = 200;
const MANY_CALLS = 1_000_000;
const MORE_CALLS = 3_000_000;
const FLAT = 0.05;
/** What was read is given back at once, and what came since within a minute. */
const SETTLE_MS = 5_000;
const UPKEEP_MS = 65_000;

const NOTHING = (): void => undefined;

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
try {
  say('headless, nothing to read', await rssOf('empty', NOTHING), 80);
  say(`headless after ${CALLS} calls of history`, await rssOf('history', (data) => fill(data, CALLS)), 80);
  say(`headless after ${CALLS} live calls`, await rssOf('live', NOTHING, CALLS), 95);
  await measureDashboard();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function say(name: string, value: number, limit: number): void {
  report({ name, value, unit: 'MB', target: `≤ ${limit} MB`, ok: value <= limit });
}

async function rssOf(name: string, prepare: (data: string) => void, live = 0): Promise<number> {
  const data = join(folder, name);
  mkdirSync(data);
  createDatabases(data).close();
  prepare(data);
  const program = startHeadless(data);
  try {
    await program.says('started');
    await pause(SETTLE_MS);
    if (live > 0) {
      await writeLive(data, 0, live, LIVE_PER_COMMIT);
      await pause(UPKEEP_MS);
    }
    return rssOfProcess(program.child.pid);
  } finally {
    program.child.kill('SIGTERM');
    await once(program.child, 'exit');
  }
}

async function measureDashboard(): Promise<void> {
  const data = join(folder, 'dashboard');
  mkdirSync(data);
  createDatabases(data).close();
  const env = { PATH: process.env['PATH'] ?? '', HOME: data, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const args = [PROGRAM, '--source', `sqlite:${data}`, '--state-dir', join(data, 'state'), '--checkpointer', 'none'];
  const screen = spawnInTerminal(process.execPath, args, { cols: 120, rows: 40, cwd: data, env });
  const exited = new Promise<void>((done) => {
    screen.onExit(() => done());
  });
  let seen = '';
  const shown = new Promise<void>((done) => {
    screen.onData((text) => {
      if (seen.includes('Conversations')) return;
      seen += text;
      if (seen.includes('Conversations')) done();
    });
  });
  try {
    await shown;
    await writeLive(data, 0, MANY_CALLS, MANY_PER_COMMIT);
    await pause(UPKEEP_MS);
    const many = rssOfProcess(screen.pid);
    say(`dashboard after ${MANY_CALLS} live calls`, many, 130);
    await writeLive(data, MANY_CALLS, MORE_CALLS, MANY_PER_COMMIT);
    await pause(UPKEEP_MS);
    const more = rssOfProcess(screen.pid);
    say(`dashboard after ${MORE_CALLS} live calls`, more, 130);
    const value = more / many;
    const target = `1.00 ± ${FLAT}`;
    report({ name: '… beside after a third of them', value, unit: '×', target, ok: Math.abs(value - 1) <= FLAT });
  } finally {
    screen.kill('SIGTERM');
    await exited;
  }
}

function rssOfProcess(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

function startHeadless(data: string): { readonly child: ChildProcess; readonly says: (kind: string) => Promise<void> } {
  const args = [PROGRAM, 'headless', '--source', `sqlite:${data}`, '--state-dir', join(data, 'state')];
  const child = spawn(process.execPath, [...args, '--checkpointer', 'none'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const said = new Set<string>();
  lines.on('line', (line) => said.add((JSON.parse(line) as { readonly kind: string }).kind));
  const says = async (kind: string): Promise<void> => {
    while (!said.has(kind)) await once(lines, 'line');
  };
  return { child, says };
}

async function writeLive(data: string, from: number, to: number, perCommit: number): Promise<void> {
  const db = createDatabases(data);
  const insert = inserter(db);
  for (let n = from; n < to; n += perCommit) {
    db.exec('BEGIN');
    for (let one = n; one < n + perCommit; one += 1) insert(one, Date.now());
    db.exec('COMMIT');
    await pause(LIVE_EVERY_MS);
  }
  db.close();
}
