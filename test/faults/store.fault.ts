import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { until } from '../helpers/until.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli.js');
const PATIENCE_MS = 20_000;
const FILES = 30;

type Place = { readonly dir: string; readonly workspace: string; readonly stateDir: string; readonly feed: string };

function makePlace(): Place {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-store-')));
  const place = { dir, workspace: join(dir, 'operation'), stateDir: join(dir, 'state'), feed: join(dir, 'feed.jsonl') };
  mkdirSync(place.workspace);
  for (let index = 0; index < FILES; index += 1)
    writeFileSync(join(place.workspace, `f${index}`), `line ${index}\n`.repeat(100 * (index + 1)));
  writeFileSync(place.feed, `${callLineOf({ id: 'before' })}\n`);
  return place;
}

function storeOf({ stateDir }: Place): string {
  const dir = join(stateDir, 'git');
  return join(dir, readdirSync(dir)[0] ?? '');
}

function packs(place: Place, ending: string): readonly string[] {
  const dir = join(storeOf(place), 'objects/pack');
  return readdirSync(dir)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(dir, name));
}

/** Other bytes at a part (0…1) of the file; its times tell of it as after any write. */
function overwrite(file: string, part: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.from('damaged, damaged'), 0, 16, Math.floor(fstatSync(descriptor).size * part));
  closeSync(descriptor);
}

const DAMAGES: readonly ((place: Place, n: number) => void)[] = [
  (place, n) => packs(place, '.pack').forEach((file) => overwrite(file, ((n * 37) % 90) / 100 + 0.05)),
  (place) => packs(place, '.pack').forEach((file) => rmSync(file)),
  (place, n) => packs(place, '.pack').forEach((file) => truncateSync(file, n * 10)),
  (place) => packs(place, '.idx').forEach((file) => truncateSync(file, 0)),
  (place, n) => packs(place, '.idx').forEach((file) => overwrite(file, ((n * 37) % 90) / 100 + 0.05)),
  (place) => removeTree(join(storeOf(place), 'objects')),
  (place) => ['HEAD', 'config'].forEach((name) => writeFileSync(join(storeOf(place), name), '')),
  (place) => writeFileSync(join(storeOf(place), 'stat-cache'), 'damaged'),
  (place) =>
    readdirSync(join(storeOf(place), 'refs/sightline/snapshots')).forEach((id) =>
      truncateSync(join(storeOf(place), 'refs/sightline/snapshots', id), 7),
    ),
];

type Armed = { readonly child: ChildProcess; readonly out: () => string; readonly errors: () => string };

async function arm({ feed, stateDir, workspace, dir }: Place): Promise<Armed> {
  const where = ['--source', `jsonl:${feed}`, '--state-dir', stateDir, '--workspace', workspace];
  const how = ['headless', '--arm', '--checkpointer', 'git', '--debounce', '0.1'];
  const child = spawn(process.execPath, [PROGRAM, ...how, ...where], {
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, AGENTSIGHT_CONFIG: join(dir, 'none.json') },
    cwd: '/',
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  await until(() => out.includes('"kind":"started"') || child.exitCode !== null, PATIENCE_MS);
  return { child, out: () => out, errors: () => errors };
}

async function stop({ child }: Armed): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** A critical signal; resolves to the snapshot of its fate, else throws with the fate. */
async function checkpointed({ feed }: Place, { out, errors, child }: Armed, id: string): Promise<string> {
  const before = fates(out()).length;
  appendFileSync(feed, `${callLineOf({ id, status: 500, error: 'the process crashed (SIGKILL)' })}\n`);
  await until(() => fates(out()).length > before || child.exitCode !== null, PATIENCE_MS);
  const fate = fates(out())[before];
  if (fate?.fate !== 'checkpointed' || fate.snapshot === undefined)
    throw new Error(`${JSON.stringify(fate)} ${errors()}`);
  return fate.snapshot;
}

type Fate = { readonly fate: string; readonly snapshot?: string };

function fates(out: string): readonly Fate[] {
  const settled = out.split('\n').filter((line) => line.includes('"kind":"fate"') && line.includes('"settled":true'));
  return settled.map((line) => JSON.parse(line) as Fate);
}

/** Restores a snapshot by git alone; what differs from the workspace, null where nothing does. */
function differs(place: Place, snapshot: string): string | null {
  const target = mkdtempSync(join(place.dir, 'restored-'));
  const args = [
    `--git-dir=${storeOf(place)}`,
    `--work-tree=${target}`,
    'checkout',
    `refs/sightline/snapshots/${snapshot}`,
  ];
  try {
    const env = { ...process.env, GIT_INDEX_FILE: join(target, '.index') };
    execFileSync('git', [...args, '--', 'workspace'], { env, stdio: 'pipe' });
  } catch (error) {
    return `${snapshot} cannot be restored: ${String(error)}`;
  }
  const differing = readdirSync(place.workspace).filter(
    (name) => !readFileSync(join(place.workspace, name)).equals(readFileSync(join(target, 'workspace', name))),
  );
  return differing.length === 0 ? null : `${snapshot} has other contents: ${differing.join(', ')}`;
}

/** Damages the store, in use or between two runs; a fate that says `checkpointed` must be true all the same. */
async function damaged(n: number, isArmed: boolean): Promise<string | null> {
  const place = makePlace();
  let engine = await arm(place);
  try {
    const first = await checkpointed(place, engine, 'first');
    // Until the store's own list of packs has it: a damage before is one of a pack that nothing knows yet.
    await until(() => readFileSync(join(storeOf(place), 'packs'), 'utf8').split('\n').length > 2, PATIENCE_MS);
    if (differs(place, first) !== null) return differs(place, first);
    if (!isArmed) await stop(engine);
    DAMAGES[n % DAMAGES.length]?.(place, n);
    if (!isArmed) engine = await arm(place);
    writeFileSync(join(place.workspace, 'f3'), `changed ${n}\n`);
    const second = await checkpointed(place, engine, 'second');
    return differs(place, second);
  } finally {
    await stop(engine);
    removeTree(place.dir);
  }
}

export const faults: readonly Fault[] = [
  {
    name: 'the snapshot store is damaged while armed',
    needs: ['linux'],
    tries: { short: 2, full: 4 * DAMAGES.length },
    attempt: (n) => damaged(n, true),
  },
  {
    name: 'the snapshot store is damaged between two runs',
    needs: ['linux'],
    tries: { short: 2, full: 4 * DAMAGES.length },
    attempt: (n) => damaged(n, false),
  },
];
