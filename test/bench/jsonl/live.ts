/**
 * From the write of a line in another process to the core's word on it, p50 and p99, through a file, a FIFO and a pipe;
 * and what following each of them costs while nothing comes.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSightline } from '../../../src/engine/embed.ts';
import type { Feed } from '../../../src/core/feed.ts';
import { jsonlFeed } from '../../../src/feeds/jsonl/index.ts';
import { stdinFeed } from '../../../src/feeds/jsonl/stdin.ts';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { pause, percentile, report } from '../measure.ts';

const LINES = 300;
const EVERY_MS = 50;
const IDLE_MS = 10_000;
const FIRST_MS = 500;

const [, , role, target = ''] = process.argv;
if (role === 'write') await write(target);
else await follow();

/** One failed call each 50 ms, whose id is the moment of its write. Keeps the target open for another while. */
async function write(path: string): Promise<void> {
  await pause(FIRST_MS);
  for (let line = 0; line < LINES; line += 1) {
    const now = performance.timeOrigin + performance.now();
    const ns = BigInt(Math.round(now)) * 1_000_000n;
    const text = callLineOf({ id: String(now), status: 400, error: 'context_length_exceeded' })
      .replace('1780012345678901234', String(ns))
      .replace('1780012349178901235', String(ns));
    if (path === '-') process.stdout.write(`${text}\n`);
    else appendFileSync(path, `${text}\n`);
    await pause(EVERY_MS);
  }
  await pause(FIRST_MS + IDLE_MS);
}

async function follow(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  try {
    const file = join(folder, 'feed.jsonl');
    writeFileSync(file, '');
    await measure('a file', folder, jsonlFeed({ path: file, format: 'jsonl' }), writer(file));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await measure('a FIFO', folder, jsonlFeed({ path: fifo, format: 'jsonl' }), writer(fifo));
    const piped = writer('-');
    if (piped.stdout === null) throw new Error('no pipe');
    await measure('a pipe', folder, stdinFeed({ input: piped.stdout }), piped);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writer(path: string): ChildProcess {
  return spawn(process.execPath, [process.argv[1] ?? '', 'write', path], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function measure(name: string, folder: string, feed: Feed, child: ChildProcess): Promise<void> {
  const engine = await openSightline({ feeds: [feed], stateDir: join(folder, name), checkpointer: 'none' });
  const took: number[] = [];
  const all = Promise.withResolvers<undefined>();
  engine.listen((event) => {
    if (event.type !== 'notice' || event.notice.type !== 'signal') return;
    const { type: signal, callId } = event.notice.signal;
    if (signal !== 'context_overflow') return;
    took.push(performance.timeOrigin + performance.now() - Number(callId));
    if (took.length === LINES) all.resolve(undefined);
  });
  await engine.start();
  await all.promise;
  reportLatency(name, took);
  await pause(FIRST_MS);
  const before = process.cpuUsage();
  await pause(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  child.kill();
  await engine.close();
  const share = ((user + system) / 1_000 / IDLE_MS) * 100;
  report({ name: `idle, ${name}`, value: share, unit: '% core', target: '≤ 0.5 %', ok: share <= 0.5 });
}

function reportLatency(name: string, took: readonly number[]): void {
  for (const [part, limit] of [
    [0.5, 5],
    [0.99, 60],
  ] as const) {
    const value = percentile(took, part);
    const title = part === 0.5 ? `line written → signal, ${name}, p50` : '… p99';
    report({ name: title, value, unit: 'ms', target: `≤ ${limit} ms`, ok: value <= limit });
  }
}
