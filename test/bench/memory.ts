/**
 * The memory of the built program: headless when it has nothing to read, after a history, and after as many live calls.
 * Each is a process of its own, read from `/proc` a while after its last call.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pause, report } from './measure.ts';
import { createDatabases, fill, inserter } from './sqlite/rows.ts';

const CALLS = 100_000;
const LIVE_PER_COMMIT = 100;
const LIVE_EVERY_MS = 20;
/** What was read is given back at once, and what came since within a minute. */
const SETTLE_MS = 5_000;
const UPKEEP_MS = 65_000;
const PROGRAM = resolve(process.cwd(), 'dist/cli.js');

const NOTHING = (): void => undefined;

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
try {
  say('headless, nothing to read', await rssOf('empty', NOTHING), 80);
  say(`headless after ${CALLS} calls of history`, await rssOf('history', (data) => fill(data, CALLS)), 80);
  say(`headless after ${CALLS} live calls`, await rssOf('live', NOTHING, CALLS), 95);
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
      await writeLive(data, live);
      await pause(UPKEEP_MS);
    }
    const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1] ?? Number.NaN) / 1_024;
  } finally {
    program.child.kill('SIGTERM');
    await once(program.child, 'exit');
  }
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

async function writeLive(data: string, calls: number): Promise<void> {
  const db = createDatabases(data);
  const insert = inserter(db);
  for (let n = 0; n < calls; n += LIVE_PER_COMMIT) {
    db.exec('BEGIN');
    for (let one = n; one < n + LIVE_PER_COMMIT; one += 1) insert(one, Date.now());
    db.exec('COMMIT');
    await pause(LIVE_EVERY_MS);
  }
  db.close();
}
