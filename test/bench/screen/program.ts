/** The built program in a terminal of its own: start, keys while much is read, and standing idle. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { callLineOf } from '../../helpers/agentsight-lines.ts';
import { median, pause, percentile, PROGRAM, report } from '../measure.ts';

const [, , helloFile = ''] = process.argv;
const STARTS = 7;
const PRESSES = 120;
const HISTORY_BYTES = Number(process.env['BENCH_HISTORY_MB'] ?? 1_024) * 1024 * 1024;
const EVENTS_PER_SECOND = 5_000;
const IDLE_MS = 15_000;
/** By then a start has kept what it compiled. */
const KEPT_MS = 5_000;
/** Nothing on the screen is younger than a minute any more. */
const AGED_MS = 62_000;

const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

type Opened = {
  readonly pid: number;
  readonly startedAt: number;
  /** Resolves when a text is written, with the time of it. */
  readonly says: (text: string) => Promise<number>;
  readonly press: (keys: string) => void;
  readonly end: () => Promise<void>;
};

function open(args: readonly string[]): Opened {
  const startedAt = performance.now();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    NODE_ENV: 'production',
  };
  const pty = spawn(process.execPath, [...args], { cols: 120, rows: 40, cwd: folder, env });
  let tail = '';
  let waiting: { readonly text: string; readonly tell: (at: number) => void } | null = null;
  pty.onData((data) => {
    // A text may come in two pieces.
    tail = (tail + data).slice(-100_000);
    if (waiting === null || !tail.includes(waiting.text)) return;
    waiting.tell(performance.now());
    waiting = null;
  });
  const exited = new Promise<void>((done) => {
    pty.onExit(() => done());
  });
  return {
    pid: pty.pid,
    startedAt,
    says: (text) => {
      const said = new Promise<number>((tell) => {
        if (tail.includes(text)) return tell(performance.now());
        waiting = { text, tell };
      });
      return withPatience(said, text);
    },
    press: (keys) => {
      tail = '';
      pty.write(keys);
    },
    end: async () => {
      process.kill(pty.pid, 'SIGKILL');
      await exited;
    },
  };
}

async function withPatience(said: Promise<number>, text: string): Promise<number> {
  const patience = setTimeout(() => {
    throw new Error(`the screen did not say ${text}`);
  }, 20_000);
  const at = await said;
  clearTimeout(patience);
  return at;
}

function screenOver(feed: string): Opened {
  return open([PROGRAM, '--source', `jsonl:${feed}`, '--state-dir', join(folder, 'state'), '--checkpointer', 'none']);
}

async function firstFrame(start: () => Opened, text: string): Promise<number> {
  const opened = start();
  const took = (await opened.says(text)) - opened.startedAt;
  await opened.end();
  return took;
}

/** Key → frame: help opens and closes; its title is written by nothing else. */
async function pressKeys(opened: Opened): Promise<readonly number[]> {
  const took: number[] = [];
  for (let press = 0; press < PRESSES; press += 1) {
    await pause(30 + (press % 7) * 5);
    const start = performance.now();
    opened.press('?');
    took.push((await opened.says('Keys')) - start);
    await pause(30);
    opened.press('?');
    // The rest of a title that the help covered.
    await opened.says('ersations');
  }
  return took;
}

/** Measured in turns with the bare app, which answers the same key under the same load. */
async function reportKeys(name: string, opened: Opened, bare: Opened): Promise<void> {
  const took = await pressKeys(opened);
  const floor = await pressKeys(bare);
  for (const [part, limit] of [
    [0.5, 12],
    [0.99, 30],
  ] as const) {
    const value = percentile(took, part);
    report({
      name: part === 0.5 ? `key → frame ${name}, p50` : '… p99',
      value,
      unit: 'ms',
      floor: percentile(floor, part),
      target: `≤ ${limit} ms`,
      ok: value <= limit,
    });
  }
}

/** CPU seconds of a process so far. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function idleShare(opened: Opened): Promise<number> {
  const before = cpuOf(opened.pid);
  await pause(IDLE_MS);
  return ((cpuOf(opened.pid) - before) / IDLE_MS) * 1_000 * 100;
}

function spawnMs(args: readonly string[]): number {
  const took = Array.from({ length: STARTS }, () => {
    const start = performance.now();
    execFileSync(process.execPath, args, { stdio: 'ignore' });
    return performance.now() - start;
  });
  return median(took);
}

const FIRST_START = 1_780_012_345_678_901_234n;
const FIRST_END = 1_780_012_349_178_901_235n;

/** A call that ended a millisecond after the one with the number before, as calls of one agent do: never at one time. */
function lineOf(id: string, number: number): string {
  const later = BigInt(number) * 1_000_000n;
  return callLineOf({ id })
    .replace(`${FIRST_START}`, `${FIRST_START + later}`)
    .replace(`${FIRST_END}`, `${FIRST_END + later}`);
}

function writeHistory(file: string): void {
  let written = 0;
  for (let block = 0; written < HISTORY_BYTES; block += 1) {
    const lines = Array.from({ length: 4_000 }, (_, at) => lineOf(`msg_${block}_${at}`, block * 4_000 + at)).join('\n');
    appendFileSync(file, `${lines}\n`);
    written += lines.length;
  }
}

const node = spawnMs(['-e', '0']);
const version = spawnMs([PROGRAM, '--version']);
report({
  name: '--version',
  value: version,
  unit: 'ms',
  floor: node,
  target: '≤ node + 15 ms',
  ok: version <= node + 15,
});

const feed = join(folder, 'feed.jsonl');
writeFileSync(feed, '');
// The first start of an installation compiles; what it keeps, the next ones take.
const compiling = screenOver(feed);
const unprepared = (await compiling.says('Conversations')) - compiling.startedAt;
await pause(KEPT_MS);
await compiling.end();
// In turns, because a busy machine changes its pace from one second to the next.
const starts = { hello: [] as number[], first: [] as number[] };
for (let turn = 0; turn < STARTS; turn += 1) {
  starts.hello.push(await firstFrame(() => open([helloFile]), 'hello'));
  starts.first.push(await firstFrame(() => screenOver(feed), 'Conversations'));
}
const [hello, first] = [median(starts.hello), median(starts.first)];
report({
  name: 'first frame',
  value: first,
  unit: 'ms',
  floor: hello,
  target: '≤ 1.25 × hello-world',
  ok: first <= 1.25 * hello,
});
report({
  name: '… at the very first start',
  value: unprepared,
  unit: 'ms',
  floor: hello,
  target: '–',
  ok: true,
});

const idle = screenOver(feed);
const bare = open([helloFile]);
await idle.says('Conversations');
await pause(1_000);
await reportKeys('in a terminal', idle, bare);
await pause(AGED_MS);
const [share, floor] = await Promise.all([idleShare(idle), idleShare(bare)]);
report({ name: 'idle', value: share, unit: '% core', floor, target: '≤ 0.5 %', ok: share <= 0.5 });
await idle.end();

const live = screenOver(feed);
await live.says('Conversations');
await pause(500);
let sent = 0;
const writer = setInterval(() => {
  const lines = Array.from({ length: EVENTS_PER_SECOND / 50 }, () => lineOf(`live_${(sent += 1)}`, sent));
  appendFileSync(feed, `${lines.join('\n')}\n`);
}, 20);
await pause(500);
await reportKeys(`at ${EVENTS_PER_SECOND} events/s`, live, bare);
clearInterval(writer);
await live.end();

const history = join(folder, 'history.jsonl');
writeHistory(history);
const reading = screenOver(history);
await reading.says('Conversations');
await reportKeys(`while ${HISTORY_BYTES / 1024 / 1024} MiB are read`, reading, bare);
await Promise.all([reading.end(), bare.end()]);
