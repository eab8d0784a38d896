import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PROGRAM } from '../helpers/program.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { ended, environment, failedCall, fatesOf, headless, inFolder, linesOf } from './program.ts';

const logged = (folder: string, words: string): number =>
  existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').split(words).length - 1 : 0;

const SIGNALS = 400;

/** 400 signals settle while nobody reads standard output, and the process is killed. */
function stalledReader(): Promise<string | null> {
  return inFolder(async (folder) => {
    const feed = join(folder, 'feed.jsonl');
    writeFileSync(feed, '');
    const first = headless(folder, 'pipe');
    let text = '';
    const read = (chunk: Buffer): void => void (text += chunk.toString('utf8'));
    first.child.stdout?.on('data', read);
    await until(() => text.includes('"started"'), 20_000);
    first.child.stdout?.off('data', read).pause();
    appendFileSync(feed, Array.from({ length: SIGNALS }, (_, n) => failedCall(`${n}`)).join(''));
    await until(() => logged(folder, ': no_workspace,') >= SIGNALS, 20_000);
    first.child.stdout?.on('data', read).resume();
    await ended(first, 'SIGKILL');
    await until(() => first.child.stdout?.readableEnded === true, 5_000);
    // The line that it was about to write when it was killed may be torn.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const second = headless(folder, 'pipe');
    let more = '';
    second.child.stdout?.on('data', (chunk: Buffer) => (more += chunk.toString('utf8')));
    await until(() => more.includes('"started"'), 20_000);
    await ended(second, 'SIGTERM');
    const printed = new Set([...fatesOf(whole), ...fatesOf(more)]);
    const unmarked = linesOf(more).filter((line) => line.kind === 'fate' && line.repeated !== true);
    if (printed.size !== SIGNALS) return `${SIGNALS - printed.size} of ${SIGNALS} fates were never printed`;
    return unmarked.length === 0 ? null : `${unmarked.length} fates of before are not marked as repeated`;
  });
}

/** Standard output is a file on a disk that fills in the middle of a line, and is freed. Odd tries append. */
function fullDisk(n: number): Promise<string | null> {
  return inFolder(async (folder) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      return await fillAndFree(folder, disk, n % 2 === 1 ? 'a' : 'w');
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
}

async function fillAndFree(folder: string, disk: string, flag: 'a' | 'w'): Promise<string | null> {
  const [feed, out] = [join(folder, 'feed.jsonl'), join(disk, 'out')];
  writeFileSync(feed, '');
  const descriptor = openSync(out, flag);
  const run = headless(folder, descriptor);
  closeSync(descriptor);
  const text = (): string => readFileSync(out, 'utf8');
  try {
    await until(() => existsSync(out) && text().includes('"started"'), 20_000);
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=1k', 'count=52'], { stdio: 'ignore' });
    appendFileSync(feed, Array.from({ length: 30 }, (_, call) => failedCall(`${call}`)).join(''));
    await until(() => run.errors().includes('standard output cannot be written'), 20_000);
    await until(() => logged(folder, ': no_workspace,') >= 30, 20_000);
    if (!text().endsWith('\n')) return `the file ends with half a line while the disk is full: ${text().slice(-60)}`;
    rmSync(join(disk, 'ballast'));
    await until(() => run.errors().includes('is written again'), 20_000);
    appendFileSync(feed, failedCall('after'));
    await until(() => fatesOf(text()).size >= 31, 10_000).catch(() => undefined);
    const fates = fatesOf(text()).size;
    if (fates !== 31) return `${31 - fates} of 31 fates are missing`;
    return text().includes('\0') ? 'the file has a hole' : null;
  } finally {
    await ended(run, 'SIGTERM');
  }
}

const HOSTILE = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u200b\u{e0041}\u202e\u00ad\u2060';
// What no byte that leaves the process may be: C0 but line feed and tab, DEL, C1, bidi, tags, zero-width characters.
const FORBIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

const COMMANDS: readonly (readonly string[])[] = [
  ['once'],
  ['once', '--json'],
  ['doctor'],
  ['doctor', '--json'],
  ['config'],
  ['config', '--json'],
  ['headless', '--history', '--debug'],
  ['headless', '--mode', HOSTILE],
  [HOSTILE],
];

/** A path with escape sequences, and a workspace that is a link to it, in every command; the log file too. */
function hostilePath(n: number): Promise<string | null> {
  return inFolder(async (folder) => {
    const hostile = join(folder, `feed${HOSTILE}`);
    mkdirSync(hostile);
    symlinkSync(hostile, join(folder, 'link'));
    writeFileSync(join(hostile, 'f.jsonl'), `${failedCall('x', `boom ${HOSTILE}`)}{"broken ${HOSTILE}\n`);
    const log = join(folder, 'log');
    const paths = ['--source', `jsonl:${join(hostile, 'f.jsonl')}`, '--source', `jsonl:${hostile}/none`];
    const places = ['--workspace', join(folder, 'link'), '--state-dir', join(hostile, 'state'), '--log-file', log];
    const command = COMMANDS[n % COMMANDS.length] ?? [];
    const child = spawn(process.execPath, [PROGRAM, ...command, ...paths, ...places], { env: environment(folder) });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (said += part));
    const closed = once(child, 'close');
    const isOver = (): boolean => child.exitCode !== null || said.includes('"started"');
    await until(isOver, 20_000);
    child.kill('SIGTERM');
    await closed;
    const found = FORBIDDEN.exec(said + (existsSync(log) ? readFileSync(log, 'utf8') : ''));
    if (found === null) return said === '' ? 'nothing was printed at all' : null;
    return `${command[0]} let U+${found[0].codePointAt(0)?.toString(16)} out: ${JSON.stringify(said.slice(0, 200))}`;
  });
}

export const faults: readonly Fault[] = [
  {
    name: 'the reader of standard output stops reading, then SIGKILL',
    needs: [],
    tries: { short: 1, full: 10 },
    attempt: stalledReader,
  },
  {
    name: 'the disk under standard output fills and is freed',
    needs: ['linux', 'root'],
    tries: { short: 2, full: 10 },
    attempt: fullDisk,
  },
  {
    name: 'escape sequences and invisible characters in every path',
    needs: [],
    tries: { short: COMMANDS.length, full: COMMANDS.length },
    attempt: hostilePath,
  },
];
