/**
 * The built program in a terminal over a large tree of Claude's records, 5 GB in 20 000 files (RECORDS_TREE_MB gives another
 * size, RECORDS_TREE a tree that is there): first screen, newest 24 h, standing idle, an appended record on the screen.
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { spawn } from '@lydell/node-pty';
import { pause, percentile, report } from '../measure.ts';
import { writeHistory } from './tree.ts';

const PROGRAM = resolve(process.cwd(), 'dist/cli.js');
const BYTES = Number(process.env['RECORDS_TREE_MB'] ?? 5_000) * 1_000_000;
const FILES = 20_000;
const APPENDED = 300;
const IDLE_MS = 20_000;
/** Ticks of `/proc/PID/stat` in a second. */
const TICKS = 100;
/** The first that is more than the terminal's setup, bytes. */
const FRAME_BYTES = 200;

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const tree = process.env['RECORDS_TREE'] ?? join(folder, 'claude');
if (process.env['RECORDS_TREE'] === undefined) writeHistory(tree, BYTES, FILES);

const startedAt = performance.now();
const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
const pty = spawn(process.execPath, [PROGRAM, '--source', `claude:${tree}`, '--checkpointer', 'none'], {
  cols: 140,
  rows: 45,
  cwd: folder,
  env,
});
let tail = '';
let firstAt = Infinity;
let listener: () => void = () => undefined;
pty.onData((data) => {
  if (data.length > FRAME_BYTES) firstAt = Math.min(firstAt, performance.now());
  tail = (tail + data).slice(-200_000);
  listener();
});

await shown(/[●*] live/u);
const liveMs = performance.now() - startedAt;
const firstMs = firstAt - startedAt;
report({ name: 'records: first screen', value: firstMs, unit: 'ms', target: '≤ 1000 ms', ok: firstMs <= 1_000 });
report({ name: 'records: newest 24 h complete', value: liveMs, unit: 'ms', target: '≤ 3000 ms', ok: liveMs <= 3_000 });
// What is young on the screen counts seconds.
await pause(65_000);
const before = cpuMs();
await pause(IDLE_MS);
const idle = ((cpuMs() - before) / IDLE_MS) * 100;
report({ name: 'records: idle on the screen', value: idle, unit: '% core', target: '≤ 0.5 %', ok: idle <= 0.5 });
const took = await appendAll();
for (const [part, most] of [
  [0.5, 20],
  [0.99, 150],
] as const) {
  const value = percentile(took, part);
  const name = `records: appended → screen, p${part * 100}`;
  report({ name, value, unit: 'ms', target: `≤ ${most} ms`, ok: value <= most });
}
pty.kill('SIGKILL');

async function appendAll(): Promise<readonly number[]> {
  const [project = ''] = readdirSync(join(tree, 'projects'));
  const file = join(tree, 'projects', project, `${randomUUID()}.jsonl`);
  const times: number[] = [];
  for (let call = 0; call < APPENDED; call += 1) {
    // Each cell differs from the one before, so that the whole title is written.
    const title = String.fromCodePoint(65 + (call % 26)).repeat(6);
    const usage = { input_tokens: 5, output_tokens: 5 };
    const message = { id: `msg_bench_${randomUUID()}`, model: 'm', stop_reason: 'end_turn', content: [], usage };
    const rows = [
      { type: 'custom-title', customTitle: title },
      { type: 'assistant', uuid: randomUUID(), timestamp: new Date(), cwd: '/home/dev/work/p0', message },
    ];
    tail = '';
    const at = performance.now();
    appendFileSync(file, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
    await shown(new RegExp(title, 'u'));
    times.push(performance.now() - at);
    await pause(150 + (call % 7) * 20);
  }
  rmSync(file);
  return times;
}

async function shown(text: RegExp): Promise<void> {
  const patience = setTimeout(() => {
    throw new Error(`the screen did not show ${String(text)}`);
  }, 60_000);
  await new Promise<void>((done) => {
    listener = () => (text.test(tail) ? done() : undefined);
    listener();
  });
  clearTimeout(patience);
}

function cpuMs(): number {
  const stat = readFileSync(`/proc/${pty.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1_000;
}
