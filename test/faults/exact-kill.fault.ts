import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openJournal } from '../../src/effects/state/journal.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { ended, failedCall, headless, inFolder, type Line, linesOf } from './program.ts';

const CHILDREN = resolve(import.meta.dirname, '../fixtures/children');
const KILLER = ['--import', join(CHILDREN, 'kill-at-write.ts')];
const HOWS = ['before', 'middle', 'after'] as const;
/** With values of this size the state file is rewritten after some hundred puts, bytes. */
const LARGE = 40_000;
/** Kills that are spread over all that happens before the second rewrite; each step meets another write. */
const STEP = 7;

const killing = (at: number): Record<string, string> => ({
  KILL_AT: String(at),
  KILL_HOW: HOWS[at % HOWS.length] ?? 'before',
});

/** The writer puts n, then a key with the same n, and says n once both have been put. */
function writerKilled(n: number): Promise<string | null> {
  return inFolder(async (folder) => {
    const dir = join(folder, 'state');
    const env = { ...process.env, ...killing(1 + n * STEP) };
    const child = spawn(process.execPath, [...KILLER, join(CHILDREN, 'writes-journal.ts'), dir, String(LARGE)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (signal !== 'SIGKILL') return `the writer was not killed: ${errors.slice(-300)}`;
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1) ?? 0);
    const journal = await openJournal(dir);
    const values = new Map(journal.entries(''));
    const { persistent } = journal;
    await journal.close();
    if (!persistent) return 'the folder is not written any more';
    const there = Number(values.get('n') ?? 0);
    if (there < last || there > last + 1) return `${last} was put, ${there} is there`;
    for (let put = Math.max(1, last - 99); put <= last; put += 1) {
      const value = values.get(`key ${put % 100}`) as { readonly n?: number } | undefined;
      if (value?.n !== put && value?.n !== there) return `key ${put % 100} is of ${value?.n}, not of ${put}`;
    }
    return null;
  });
}

const SIGNALS = 12;

/** The program is killed at a write while signals settle; the next run prints what it has not. */
function programKilled(n: number): Promise<string | null> {
  return inFolder(async (folder) => {
    const feed = join(folder, 'feed.jsonl');
    mkdirSync(join(folder, 'state'), { mode: 0o700 });
    writeFileSync(feed, '');
    const texts = ['', ''];
    const read = (at: number, run: ReturnType<typeof headless>): void => {
      run.child.stdout?.on('data', (chunk: Buffer) => (texts[at] += chunk.toString('utf8')));
    };
    const first = headless(folder, 'pipe', { node: KILLER, env: killing(3 + n) });
    read(0, first);
    const isOver = (): boolean => first.child.exitCode !== null || first.child.signalCode !== null;
    await until(() => isOver() || texts[0]?.includes('"started"') === true, 20_000);
    let written = 0;
    for (let signal = 0; signal < SIGNALS && !isOver(); signal += 1) {
      appendFileSync(feed, failedCall(`${n}-${signal}`));
      written += 1;
      if (signal % 4 === 3) await until(() => isOver() || fates(texts[0]).length > signal, 20_000);
    }
    await ended(first, 'SIGTERM');
    const isStarted = texts[0]?.includes('"started"') === true;
    const second = headless(folder, 'pipe');
    read(1, second);
    await until(() => texts[1]?.includes('"started"') === true, 20_000);
    const printed = (): number => new Set([...fates(texts[0]), ...fates(texts[1])].map(idOf)).size;
    // What was written before `started` is history.
    if (isStarted) await until(() => printed() >= written, 3_000).catch(() => undefined);
    await ended(second, 'SIGTERM');
    if (isStarted && printed() < written) return `${written - printed()} of ${written} fates were never printed`;
    return exactlyOnce(fates(texts[0]), fates(texts[1]));
  });
}

const idOf = ({ signal_id }: Line): string => signal_id ?? '';

function fates(text = ''): readonly Line[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return linesOf(whole).filter((line) => line.kind === 'fate' && line.settled === true);
}

function exactlyOnce(before: readonly Line[], after: readonly Line[]): string | null {
  const known = new Set(before.map(idOf));
  if (known.size !== before.length) return 'a fate was printed twice by one run';
  for (const line of after) {
    if (known.has(idOf(line)) && line.repeated !== true) return `${idOf(line)} was settled again`;
  }
  const said = new Map([...after, ...before].map((line) => [idOf(line), line.fate]));
  const changed = after.find((line) => said.get(idOf(line)) !== line.fate);
  return changed === undefined ? null : `${idOf(changed)} has another fate: ${changed.fate}`;
}

export const faults: readonly Fault[] = [
  {
    name: 'SIGKILL before, in and after an exact write, rename or flush of the state',
    needs: ['linux'],
    tries: { short: 6, full: 120 },
    attempt: writerKilled,
  },
  {
    name: 'SIGKILL of the program at an exact write while signals settle',
    needs: ['linux'],
    tries: { short: 3, full: 45 },
    attempt: (n) => programKilled(n * 2),
  },
];
