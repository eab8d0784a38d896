import { wordRefusal } from '../../src/wording/refusals.ts';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openEngine } from '../../src/engine/wire.ts';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { engineConfig } from '../helpers/engine-config.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli.js');
/** A user that this machine does not know: what the agent runs as. */
const AGENT = 54_321;
const PATIENCE_MS = 20_000;

/** An agent's home with a workspace in it, and a folder of root's that it would like to reach. */
type Place = {
  readonly dir: string;
  readonly workspace: string;
  readonly secret: string;
  readonly feed: string;
  readonly stateDir: string;
};

/** What the agent does to its own folders, as shell lines; `$S` is root's folder. */
const SWAPS = {
  'a link takes its place': 'mv proj proj.bak && ln -s "$S/proj" proj',
  'the folder above becomes a link': 'cd .. && mv code code.bak && ln -s "$S" code',
  'a new folder takes its place': 'mv proj proj.bak && mkdir proj && echo planted > proj/notes.txt',
} as const;

type Swap = keyof typeof SWAPS;
/** A new folder of the same owner at the same path is the same workspace after a restart. */
const AWAY: readonly Swap[] = ['a link takes its place', 'the folder above becomes a link'];
const ARMED = Object.keys(SWAPS) as readonly Swap[];

function makePlace(): Place {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-pin-')));
  chmodSync(dir, 0o755);
  const place = {
    dir,
    workspace: join(dir, 'agent/code/proj'),
    secret: join(dir, 'private'),
    feed: join(dir, 'feed.jsonl'),
    stateDir: join(dir, 'state'),
  };
  mkdirSync(join(place.secret, 'proj'), { recursive: true, mode: 0o700 });
  writeFileSync(join(place.secret, 'proj/key'), 'of root\n', { mode: 0o600 });
  mkdirSync(place.workspace, { recursive: true });
  writeFileSync(join(place.workspace, 'notes.txt'), 'one\n');
  for (const path of ['agent', 'agent/code', 'agent/code/proj', 'agent/code/proj/notes.txt'])
    chownSync(join(dir, path), AGENT, AGENT);
  writeFileSync(place.feed, `${callLineOf({ id: 'before' })}\n`);
  return place;
}

function swap({ workspace, secret }: Place, how: Swap): void {
  const done = spawnSync('sh', ['-c', SWAPS[how]], {
    cwd: join(workspace, '..'),
    env: { PATH: process.env['PATH'] ?? '', S: secret },
    uid: AGENT,
    gid: AGENT,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`the agent could not swap: ${done.stderr}`);
}

/** Root's engine, armed. */
type Armed = { readonly child: ChildProcess; readonly out: () => string; readonly errors: () => string };

async function arm({ feed, stateDir, workspace, dir }: Place, ready: RegExp): Promise<Armed> {
  const where = ['--source', `jsonl:${feed}`, '--state-dir', stateDir, '--workspace', workspace];
  const child = spawn(process.execPath, [PROGRAM, 'headless', '--arm', '--checkpointer', 'git', ...where], {
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, AGENTSIGHT_CONFIG: join(dir, 'none.json') },
    cwd: '/',
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  await until(() => ready.test(out + errors) || child.exitCode !== null, PATIENCE_MS);
  return { child, out: () => out, errors: () => errors };
}

async function stop({ child }: Armed): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** A critical signal; resolves to its settled fate, as it was printed. */
async function crash({ feed }: Place, { out, errors, child }: Armed): Promise<string> {
  appendFileSync(feed, `${callLineOf({ id: 'crashed', status: 500, error: 'the process crashed (SIGKILL)' })}\n`);
  const fate = (): string | undefined =>
    out()
      .split('\n')
      .find((line) => line.includes('"kind":"fate"') && line.includes('"settled":true'));
  await until(() => fate() !== undefined || child.exitCode !== null, PATIENCE_MS);
  return fate() ?? `no fate: ${out()}${errors()}`;
}

/** Goes back to the oldest snapshot, as an operator would; resolves to why not, null where it was done. */
async function rollBack({ workspace, stateDir }: Place): Promise<string | null> {
  const config = engineConfig(workspace, {
    checkpointer: 'git',
    timeoutMs: 20_000,
    stateDir,
    sources: ['jsonl:/none'],
  });
  const options = { evict: true, takeOver: false, commitMs: null, deps: { feeds: () => [] } };
  const engine = await openEngine(config, options, () => undefined);
  try {
    await engine.start();
    engine.commit();
    const name = engine.store.getState().workspaces[0]?.path ?? '';
    const listed = await engine.queries.snapshots(name);
    const first = listed.ok ? listed.value.at(-1) : undefined;
    if (first === undefined) return 'there is no snapshot';
    const done = await engine.intents.rollback(name, first.id);
    return done.ok ? null : wordRefusal(done.reason);
  } finally {
    await engine.close();
  }
}

function whatGaveWay({ secret, stateDir }: Place): string | null {
  const folder = statSync(join(secret, 'proj'));
  const file = statSync(join(secret, 'proj/key'));
  if (readdirSync(join(secret, 'proj')).join(' ') !== 'key') return 'files of root are gone or new ones lie there';
  if (readFileSync(join(secret, 'proj/key'), 'utf8') !== 'of root\n') return 'a file of root was written';
  if (folder.uid !== 0 || (folder.mode & 0o777) !== 0o700)
    return `root's folder is ${folder.uid} ${folder.mode.toString(8)}`;
  if (file.uid !== 0 || (file.mode & 0o777) !== 0o600) return `root's file is ${file.uid} ${file.mode.toString(8)}`;
  const stores = readdirSync(join(stateDir, 'git')).filter((name) => !name.endsWith('.lock'));
  return stores.length === 1 ? null : `more than one workspace was kept: ${stores.join(' ')}`;
}

function verdict(place: Place, fate: string, rolledBack: string | null): string | null {
  if (!fate.includes('"fate":"unavailable"')) return `the checkpoint was not refused: ${fate}`;
  if (!fate.includes('pinned: ')) return `the reason does not name the pinned folder: ${fate}`;
  if (rolledBack === null) return 'the rollback was done';
  if (!rolledBack.includes('pinned: ')) return `the rollback was refused for another reason: ${rolledBack}`;
  return whatGaveWay(place);
}

async function whileArmed(how: Swap): Promise<string | null> {
  const place = makePlace();
  const engine = await arm(place, /first snapshot base-/u);
  try {
    swap(place, how);
    const fate = await crash(place, engine);
    await stop(engine);
    // A new folder of the same owner is told from the pinned one by device and inode, which a restart does not keep.
    return verdict(place, fate, how === 'a new folder takes its place' ? 'pinned: ' : await rollBack(place));
  } finally {
    await stop(engine);
    removeTree(place.dir);
  }
}

async function whileAway(how: Swap): Promise<string | null> {
  const place = makePlace();
  await stop(await arm(place, /first snapshot base-/u));
  swap(place, how);
  const engine = await arm(place, /"kind":"started"/u);
  try {
    const fate = await crash(place, engine);
    await stop(engine);
    return verdict(place, fate, await rollBack(place));
  } finally {
    await stop(engine);
    removeTree(place.dir);
  }
}

export const faults: readonly Fault[] = [
  {
    name: 'workspace replaced while armed (link, link above, new folder)',
    needs: ['linux', 'root'],
    tries: { short: 3, full: 30 },
    attempt: (n) => whileArmed(ARMED[n % ARMED.length] ?? 'a link takes its place'),
  },
  {
    name: 'workspace replaced by a link while not running',
    needs: ['linux', 'root'],
    tries: { short: 2, full: 20 },
    attempt: (n) => whileAway(AWAY[n % AWAY.length] ?? 'a link takes its place'),
  },
];
