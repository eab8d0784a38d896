/**
 * `npm run soak -- --minutes N`: the dashboard in a terminal of its own beside a writer of 200 calls a second, of which 5 %
 * fail, with checkpoints on. Prints a row each minute (RSS, descriptors, CPU, key → frame), and at the end what RSS grew by.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { pause, percentile, PROGRAM } from './measure.ts';
import { createDatabases, inserter } from './sqlite/rows.ts';

const CALLS_PER_SECOND = 200;
const WRITE_EVERY_MS = 50;
const FAIL_EVERY = 20;
/** Of the failed ones, those that ask for a checkpoint: one in 5 s. */
const CRITICAL_EVERY = 50;
const PRESS_EVERY_MS = 1_000;
const ANSWER_MS = 5_000;
const MINUTE_MS = 60_000;
/** The first minutes fill what is bounded. */
const WARM_MINUTES = 2;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const minutes = Number(values.minutes);
const folder = mkdtempSync(join(tmpdir(), 'sightline-soak-'));
const [data, workspace, state] = ['data', 'workspace', 'state'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const one of [data, workspace, state]) mkdirSync(one);
writeFileSync(join(workspace, 'file'), 'as it was\n');

const db = createDatabases(data);
const writer = startWriter(db);
const screen = open();
let seen = '';
let total = 0;
screen.onData((text) => {
  total += text.length;
  seen = (seen + text).slice(-100_000);
});
const exited = new Promise<void>((done) => {
  screen.onExit(() => done());
});

try {
  await says('Conversations');
  process.stdout.write('minute   RSS MB   fds   CPU %   key p50   key p99 ms   kB to the terminal   checkpoints\n');
  const rows: { readonly at: number; readonly rss: number }[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) rows.push({ at: minute, rss: await minuteOf(minute) });
  const settled = rows.filter(({ at }) => at > WARM_MINUTES || rows.length <= WARM_MINUTES);
  process.stdout.write(
    `RSS grows by ${slopeOf(settled).toFixed(2)} MB a minute from minute ${settled[0]?.at ?? 0} on\n`,
  );
} finally {
  clearInterval(writer);
  screen.kill('SIGTERM');
  await exited;
  db.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function open() {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const acts = ['--workspace', workspace, '--checkpointer', 'git', '--mode', 'auto', '--state-dir', state];
  const args = [PROGRAM, '--source', `sqlite:${data}`, ...acts];
  return spawn(process.execPath, args, { cols: 120, rows: 40, cwd: folder, env });
}

/** Commits some calls at a time, as agentsight does; an interval, so that the writer never falls behind by itself. */
function startWriter(into: DatabaseSync): NodeJS.Timeout {
  const insert = inserter(into);
  const fail = into.prepare(
    "UPDATE genai_events SET status_code = ?, event_json = json_object('LLMCall', json_object('error', ?)) WHERE id = ?",
  );
  let n = 0;
  return setInterval(() => {
    into.exec('BEGIN');
    for (let one = 0; one < (CALLS_PER_SECOND * WRITE_EVERY_MS) / 1_000; one += 1) {
      insert(n, Date.now());
      n += 1;
      if (n % FAIL_EVERY !== 0) continue;
      const isCritical = (n / FAIL_EVERY) % CRITICAL_EVERY === 0;
      fail.run(isCritical ? 400 : 529, isCritical ? 'context_length_exceeded' : 'Overloaded', n);
    }
    into.exec('COMMIT');
    if (n % CALLS_PER_SECOND === 0) writeFileSync(join(workspace, 'file'), `after ${n} calls\n`);
  }, WRITE_EVERY_MS);
}

async function minuteOf(minute: number): Promise<number> {
  const end = performance.now() + MINUTE_MS;
  const [cpu, begun, written] = [cpuOf(screen.pid), performance.now(), total];
  const took: number[] = [];
  while (performance.now() < end) {
    took.push(await press());
    await pause(PRESS_EVERY_MS);
  }
  const share = ((cpuOf(screen.pid) - cpu) / (performance.now() - begun)) * 1_000 * 100;
  const status = readFileSync(`/proc/${screen.pid}/status`, 'utf8');
  const rss = Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1] ?? Number.NaN) / 1_024;
  const fds = readdirSync(`/proc/${screen.pid}/fd`).length;
  const cells = [
    String(minute).padStart(6),
    rss.toFixed(1).padStart(8),
    String(fds).padStart(5),
    share.toFixed(1).padStart(7),
    percentile(took, 0.5).toFixed(1).padStart(9),
    percentile(took, 0.99).toFixed(1).padStart(12),
    ((total - written) / 1_024).toFixed(0).padStart(20),
    String(checkpoints()).padStart(13),
  ];
  process.stdout.write(`${cells.join(' ')}\n`);
  return rss;
}

/** Help opens and closes: ms until its title stands there. */
async function press(): Promise<number> {
  seen = '';
  const begun = performance.now();
  screen.write('?');
  await says('Keys');
  const took = performance.now() - begun;
  seen = '';
  screen.write('?');
  await pause(WRITE_EVERY_MS);
  return took;
}

async function says(text: string): Promise<void> {
  const until = performance.now() + ANSWER_MS;
  while (!seen.includes(text)) {
    if (performance.now() > until) throw new Error(`the screen did not say ${text}`);
    await pause(1);
  }
}

/** CPU seconds of a process so far. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The snapshots that the state folder holds: refs of the store of git. */
function checkpoints(): number {
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' });
  return new Set(files.flatMap((name) => /auto-\d{8}T\d{6}-[\w-]+$/u.exec(name)?.[0] ?? [])).size;
}

/** Least squares, MB a minute. */
function slopeOf(rows: readonly { readonly at: number; readonly rss: number }[]): number {
  const mean = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const [at, rss] = [mean((row) => row.at), mean((row) => row.rss)];
  const spread = rows.reduce((sum, row) => sum + (row.at - at) ** 2, 0);
  return spread === 0 ? 0 : rows.reduce((sum, row) => sum + (row.at - at) * (row.rss - rss), 0) / spread;
}
