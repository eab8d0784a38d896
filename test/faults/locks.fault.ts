/** The locks of a workspace: what takes them in an engine's place, and two engines that must not both act. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { oldAddress } from '../../src/effects/lock/old-socket.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli.js');
const SQUATTER = resolve(import.meta.dirname, '../fixtures/children/squats-locks.ts');
const PATIENCE_MS = 30_000;
/** An owner's death is noticed each 500 ms; the rest is for a busy machine, ms. */
const NOTICED_MS = 1_500;
/** How long the engine is watched beside a squatter, and the processor time that it may take meanwhile, ms. */
const WATCHED_MS = 2_000;
const MAX_CPU_MS = 400;
/** Of one tick in /proc/PID/stat: USER_HZ is 100 on every Linux that node runs on. */
const TICK_MS = 10;
/** Nobody; any user but root and us. */
const STRANGER = 65_534;
const isRoot = process.getuid?.() === 0;

type Place = {
  readonly dir: string;
  readonly workspace: string;
  readonly feed: string;
  /** Ends when the attempt ends. */
  readonly children: ChildProcess[];
  /** Undone when the attempt ends. */
  readonly mounts: string[];
};

async function inPlace(attempt: (place: Place) => Promise<string | null>): Promise<string | null> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-fault-locks-')));
  chmodSync(dir, 0o755);
  const [workspace, feed] = [join(dir, 'project'), join(dir, 'feed.jsonl')];
  const place: Place = { dir, workspace, feed, children: [], mounts: [] };
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'notes.txt'), 'one\n');
  writeFileSync(feed, `${callLineOf({ id: 'before' })}\n`);
  try {
    return await attempt(place);
  } finally {
    await Promise.all(place.children.map(killed));
    for (const mount of place.mounts) execFileSync('umount', [mount]);
    removeTree(dir);
  }
}

/** Kills a child and all that it has started. */
async function killed(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await exited;
}

type Engine = { readonly child: ChildProcess; readonly said: () => string; readonly fates: () => readonly string[] };

type EngineOptions = { readonly launcher?: readonly string[]; readonly workspace?: string };

/** An armed engine with a state folder of its own, which has taken its first snapshot or found that it observes. */
async function engine(
  { dir, feed, workspace: named, children }: Place,
  name: string,
  { launcher = [], workspace = named }: EngineOptions = {},
): Promise<Engine> {
  const where = ['--source', `jsonl:${feed}`, '--state-dir', join(dir, name), '--workspace', workspace];
  const args = [process.execPath, PROGRAM, 'headless', '--arm', '--checkpointer', 'git', ...where];
  const [file = '', ...rest] = [...launcher, ...args];
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, AGENTSIGHT_CONFIG: join(dir, 'none.json') };
  const child = spawn(file, rest, { env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  await until(() => /first snapshot base-|we observe/u.test(errors) || child.exitCode !== null, PATIENCE_MS);
  await until(() => out.includes('"kind":"started"') || child.exitCode !== null, PATIENCE_MS);
  return {
    child,
    said: () => out + errors,
    fates: () => out.match(/(?<="settled":true,"fate":")\w+|(?<="fate":")\w+(?=",[^\n]*"settled":true)/gu) ?? [],
  };
}

function crash({ feed }: Place): void {
  appendFileSync(feed, `${callLineOf({ id: 'crashed', status: 500, error: 'the process crashed (SIGKILL)' })}\n`);
}

async function fatesOf(place: Place, engines: readonly Engine[]): Promise<string> {
  crash(place);
  await until(() => engines.every(({ fates }) => fates().length > 0), PATIENCE_MS).catch(() => undefined);
  return engines
    .map(({ fates }) => fates().join('+') || 'none')
    .toSorted()
    .join(' and ');
}

// `(name) S ppid … utime stime …`: fields 14 and 15.
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

const WAYS = ['silent', 'talkative', 'accept and close', 'wrong data'] as const;

/** One try shows one way at the workspace and another at the state folder: two tries show all four. */
async function squatted(n: number): Promise<string | null> {
  return inPlace(async (place) => {
    const [way, other] = [WAYS[n % WAYS.length] ?? 'silent', WAYS[(n + 2) % WAYS.length] ?? 'silent'];
    await squat(place, way, place.workspace, place.workspace);
    await squat(place, other, `state ${join(place.dir, 'state')}`);
    const own = await engine(place, 'state');
    const before = cpuMs(own.child.pid ?? 0);
    await delay(WATCHED_MS);
    const used = cpuMs(own.child.pid ?? 0) - before;
    const fates = await fatesOf(place, [own]);
    const where = `${way} at the workspace, ${other} at the state`;
    if (fates !== 'checkpointed') return `${where}: ${fates}: ${own.said()}`;
    if (own.said().includes('SQUATTER')) return `${where}: its words are repeated: ${own.said()}`;
    if (!own.said().includes('which is no engine: ignored')) return `${where}: it is not told: ${own.said()}`;
    if (!readFileSync(join(place.dir, 'state/journal.jsonl'), 'utf8').includes('checkpointed'))
      return `${where}: no state is kept`;
    return used > MAX_CPU_MS ? `${where}: ${used} ms of processor time in ${WATCHED_MS} ms` : null;
  });
}

async function squat({ children }: Place, way: string, key: string, folder = ''): Promise<void> {
  const args = [way, oldAddress(key).slice(1), folder];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SQUATTER, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...(isRoot ? { SQUATTER_UID: String(STRANGER) } : {}) },
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
}

async function ownerKilled(): Promise<string | null> {
  return inPlace(async (place) => {
    const first = await engine(place, 'first');
    const second = await engine(place, 'second');
    const wasOwner = await fatesOf(place, [second]);
    if (wasOwner !== 'observer') return `beside a living owner: ${wasOwner}`;
    const at = performance.now();
    await killed(first.child);
    await until(() => second.said().includes('is gone'), PATIENCE_MS);
    const noticedMs = Math.round(performance.now() - at);
    return noticedMs > NOTICED_MS ? `noticed after ${noticedMs} ms` : null;
  });
}

type Twice = { readonly name: string; readonly first?: readonly string[]; readonly second?: readonly string[] };

/** A container: processes and a /run of its own, and no network. */
const CONTAINER = 'unshare -n -m -p -f --mount-proc --kill-child sh -c'
  .split(' ')
  .concat('mount -t tmpfs none /run && exec "$@"', 'sh');
const TWICE: readonly Twice[] = [
  { name: 'the second in another network namespace, by a bind mount', second: ['unshare', '-n'] },
  { name: 'the first in a container, by a bind mount', first: CONTAINER },
  { name: 'the second in a container, by a bind mount', second: CONTAINER },
  { name: 'each in a container, by a bind mount', first: CONTAINER, second: CONTAINER },
];

async function twice(n: number): Promise<string | null> {
  const { name, first = [], second = [] } = TWICE[n % TWICE.length] ?? { name: '' };
  return inPlace(async (place) => {
    const bound = join(place.dir, 'bound');
    mkdirSync(bound);
    execFileSync('mount', ['--bind', place.workspace, bound]);
    place.mounts.push(bound);
    const engines = [
      await engine(place, 'first', { launcher: first }),
      await engine(place, 'second', { launcher: second, workspace: bound }),
    ];
    const fates = await fatesOf(place, engines);
    return fates === 'checkpointed and observer' ? null : `${name}: ${fates}`;
  });
}

export const faults: readonly Fault[] = [
  {
    name: "the locks' names and the folder squatted (silent, talkative, closing, wrong data)",
    needs: ['linux'],
    tries: { short: 2, full: 12 },
    attempt: squatted,
  },
  {
    name: 'owner of a workspace killed: noticed at once by the engine that observes',
    needs: ['linux'],
    tries: { short: 1, full: 10 },
    attempt: ownerKilled,
  },
  {
    name: 'two armed engines on one folder (network namespace, bind mount, containers)',
    needs: ['linux', 'root'],
    tries: { short: 2, full: 12 },
    attempt: twice,
  },
];
