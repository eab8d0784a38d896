import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from '../helpers/program.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { ended, environment, failedCall, fatesOf, headless, inFolder } from './program.ts';

/** The state of a flood stays below this; the newest 10 000 signals take some 10 MB, bytes. */
const MAX_STATE = 40 * 1024 * 1024;
/** Memory of a process whose bounds hold; without them each signal costs 2 kB, kB. */
const MAX_PEAK_KB = 500 * 1024;
const AT_ONCE = 2_000;

/** Distinct critical signals: 30 000, then 60 000, … */
function flood(n: number): Promise<string | null> {
  return inFolder(async (folder) => {
    const [feed, count] = [join(folder, 'feed.jsonl'), 30_000 * (n + 1)];
    writeFileSync(feed, '');
    const run = headless(folder, 'pipe');
    let printed = 0;
    let tail = '';
    let isStarted = false;
    run.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (tail + chunk).split('\n');
      tail = lines.pop() ?? '';
      isStarted ||= lines.some((line) => line.includes('"kind":"started"'));
      const fates = lines.filter((line) => line.includes('"kind":"fate"'));
      printed += fatesOf(fates.map((line) => `${line}\n`).join('')).size;
    });
    try {
      await until(() => isStarted, 20_000);
      for (let sent = 0; sent < count; sent += AT_ONCE) {
        appendFileSync(feed, Array.from({ length: AT_ONCE }, (_, one) => failedCall(`${n}-${sent + one}`)).join(''));
        await until(() => sent - printed < 5 * AT_ONCE, 60_000);
      }
      await until(() => printed >= count, 60_000).catch(() => undefined);
      if (printed !== count) return `${printed} of ${count} fates were printed`;
      const peak = Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${run.child.pid}/status`, 'utf8'))?.[1]);
      if (peak > MAX_PEAK_KB) return `it took ${Math.round(peak / 1024)} MiB of memory`;
    } finally {
      await ended(run, 'SIGTERM');
    }
    const { size } = statSync(join(folder, 'state', 'journal.jsonl'));
    if (size > MAX_STATE) return `the state file has ${size} bytes`;
    return startsAgain(folder);
  });
}

async function startsAgain(folder: string): Promise<string | null> {
  const run = headless(folder, 'pipe');
  let text = '';
  run.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await until(() => text.includes('"kind":"started"'), 20_000);
  await ended(run, 'SIGTERM');
  if (fatesOf(text).size > 0) return `the next run prints ${fatesOf(text).size} fates again`;
  return run.errors().includes('cannot be read') ? `the next run: ${run.errors()}` : null;
}

/** Node itself needs about 20 open files; what we open beyond that is refused one later with each try. */
const FEWEST_FILES = 21;
const FILES_SPAN = 30;
const COMMANDS = [['headless'], ['headless', '--arm', '--checkpointer', 'git'], ['once', '--json']] as const;

/** Open files run out while the program starts or works: one line and exit 2, or it works; never a crash, never a hang. */
function fewFiles(n: number): Promise<string | null> {
  return inFolder(async (folder) => {
    const [feed, workspace] = [join(folder, 'feed.jsonl'), join(folder, 'workspace')];
    mkdirSync(workspace);
    writeFileSync(feed, failedCall('before'));
    const files = FEWEST_FILES + ((n * 7) % FILES_SPAN);
    const command = COMMANDS[n % COMMANDS.length] ?? ['headless'];
    const options = ['--source', `jsonl:${feed}`, '--workspace', workspace, '--state-dir', join(folder, 'state')];
    const script = 'ulimit -n "$0" && exec "$@"';
    const argv = [String(files), process.execPath, PROGRAM, ...command, ...options];
    const child = spawn('sh', ['-c', script, ...argv], { env: environment(folder), stdio: ['ignore', 'pipe', 'pipe'] });
    const run = { child, errors: () => errors };
    let errors = '';
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const closed = once(child, 'close');
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
    await until(() => isOver() || text.includes('"kind":"started"'), 30_000);
    if (!isOver()) appendFileSync(feed, failedCall('after'));
    if (!isOver()) await until(() => isOver() || fatesOf(whole(text)).size > 0, 20_000);
    await ended(run, 'SIGTERM');
    await closed;
    const told = `${command.join(' ')} with ${files} files`;
    if (child.signalCode !== null) return `${told}: ended by ${child.signalCode}: ${errors.slice(-300)}`;
    if (child.exitCode === 2)
      return /too many open files|EMFILE/u.test(errors) ? null : `${told}: ${errors.slice(-300)}`;
    const good: readonly (number | null)[] = command[0] === 'once' ? [0, 1, 3] : [0];
    return good.includes(child.exitCode) ? null : `${told}: exit ${child.exitCode}: ${errors.slice(-300)}`;
  });
}

const whole = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);

export const faults: readonly Fault[] = [
  { name: 'a flood of distinct critical signals', needs: ['linux'], tries: { short: 1, full: 4 }, attempt: flood },
  { name: 'no more open files (ulimit -n)', needs: ['linux'], tries: { short: 3, full: 30 }, attempt: fewFiles },
];
