import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpointer, Outcome } from '../../src/core/snapshots.ts';
import { gitCheckpointer } from '../../src/effects/git/index.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

/** The agent: a user without an entry in passwd; the number is ours alone, because one attack ends all of its processes. */
const AGENT = 30_000 + (process.pid % 10_000);
const NO_GROUP = 65_534;
const SECRET = `secret-${process.pid}-of-root`;
const FILES = 60;

/** The agent gives up root's rights itself: our Node may lie where it could not start one. */
const AS_AGENT = `
const fs = require('node:fs');
const [workspace, uid] = process.argv.slice(1);
process.chdir(workspace);
process.setgroups([]); process.setgid(${NO_GROUP}); process.setuid(Number(uid));
console.log('at work');
const attempt = (act) => { try { act(); } catch {} };
`;

type Script = { readonly program: string; readonly text: string };

function inNode(text: string): Script {
  return { program: process.execPath, text: AS_AGENT + text };
}

/** Each attack: what is attempted, by a script that runs as the agent, and what must hold then. */
export const faults: readonly Fault[] = [
  race('folder swapped for a link during a checkpoint', exchange('a', 'link'), async (place) => {
    for (const id of ['auto-2', 'auto-3', 'auto-4']) await place.checkpoint(id);
    return place.stored().includes(SECRET) ? "root's file is in the snapshot" : null;
  }),
  race('folder swapped for a link during a rollback', exchange('a', 'link'), async (place) => {
    change(place);
    await place.checkpointer.rollback('auto-1');
    return null;
  }),
  race('temporary file swapped for a link during a rollback', swapTemporaries(), async (place) => {
    change(place);
    await place.checkpointer.rollback('auto-1');
    return null;
  }),
  race("file of the agent's swapped for root's set-user-id program", exchange('a/f1', 'a/tool'), async (place) => {
    await place.checkpoint('auto-2');
    for (const name of ['f1', 'tool']) rmSync(join(place.workspace, 'a', name), { force: true });
    await place.checkpointer.rollback('auto-2');
    const lent = readdirSync(join(place.workspace, 'a')).filter((name) => {
      // The agent still moves them about.
      const found = lstatSync(join(place.workspace, 'a', name), { throwIfNoEntry: false });
      return found !== undefined && ((found.mode & 0o6000) !== 0 || found.uid === 0);
    });
    return lent.length > 0 ? `a/${lent[0]} lends the rights of another` : null;
  }),
  race(
    'helper killed again and again',
    signals('SIGKILL'),
    async (place) => {
      change(place);
      const done = await place.checkpointer.rollback('auto-1');
      const wrong = readdirSync(join(place.workspace, 'a')).find(
        (name) => name.startsWith('f') && !isAsBefore(place, name),
      );
      return done.ok && wrong !== undefined ? `a success, and a/${wrong} is not restored` : null;
    },
    3,
  ),
  race(
    'helper stopped again and again',
    signals('SIGSTOP'),
    async (place) => {
      const startedAt = performance.now();
      const { type } = await place.checkpoint('auto-2', 300);
      const took = performance.now() - startedAt;
      return took > 4_000 ? `${type} after ${Math.round(took)} ms instead of 300` : null;
    },
    3,
  ),
];

type Place = {
  readonly dir: string;
  readonly workspace: string;
  readonly checkpointer: Checkpointer;
  readonly checkpoint: (id: string, timeoutMs?: number) => Promise<Outcome>;
  /** Every content of the store. */
  readonly stored: () => string;
};

function race(name: string, script: Script, act: (place: Place) => Promise<string | null>, short = 10): Fault {
  return {
    name,
    needs: ['linux', 'root'],
    tries: { short, full: 200 },
    attempt: async () => {
      const place = await makePlace();
      try {
        const before = privateState(place);
        const agent = await startAgent(place, script);
        const broken = await act(place).finally(agent.end);
        const after = privateState(place);
        return broken ?? (before === after ? null : `root's own folder changed: ${before} → ${after}`);
      } finally {
        removeTree(place.dir);
      }
    },
  };
}

async function makePlace(): Promise<Place> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-fault-')));
  chmodSync(dir, 0o755);
  const workspace = join(dir, 'workspace');
  mkdirSync(join(workspace, 'a'), { recursive: true });
  mkdirSync(join(dir, 'private'), { mode: 0o700 });
  writeFileSync(join(dir, 'private/file'), SECRET, { mode: 0o600 });
  // The names that the agent's folder has too.
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(workspace, `a/f${index}`), `before ${index}`);
  symlinkSync('../private', join(workspace, 'link'));
  execFileSync('chown', ['-Rh', `${AGENT}:${NO_GROUP}`, workspace]);
  writeFileSync(join(workspace, 'a/tool'), 'tool of root');
  chmodSync(join(workspace, 'a/tool'), 0o4755);
  const checkpointer = gitCheckpointer({ workspace, storeDir: join(dir, 'state'), keep: 50, exclude: [] });
  const { signal } = new AbortController();
  const checkpoint = (id: string, timeoutMs = 20_000): Promise<Outcome> => {
    const metadata = { auto: true, type: 'reactive', tool: 'sightline', version: '0', host: 'h', run_id: id } as const;
    const request = { runId: id, workspace, snapshot: id, message: id, metadata, timeoutMs };
    return checkpointer.checkpoint(request, { abort: signal, stopping: signal });
  };
  const made = await checkpoint('auto-1');
  if (made.type !== 'created') throw new Error(`no first snapshot: ${JSON.stringify(made)}`);
  const stored = (): string => {
    const git = join(dir, 'state/git');
    return readdirSync(git)
      .map((store) => spawnSync('git', [`--git-dir=${join(git, store)}`, 'cat-file', '--batch-all-objects', '--batch']))
      .map(({ stdout }) => stdout.toString('latin1'))
      .join('');
  };
  return { dir, workspace, checkpointer, checkpoint, stored };
}

function change({ workspace }: Place): void {
  for (let index = 0; index < FILES; index += 1) {
    // The agent moves the folder about meanwhile.
    try {
      writeFileSync(join(workspace, `a/f${index}`), 'changed', { flag: 'r+' });
    } catch {
      continue;
    }
  }
}

function isAsBefore({ workspace }: Place, name: string): boolean {
  return readFileSync(join(workspace, 'a', name), 'utf8') === `before ${name.slice(1)}`;
}

function privateState({ dir }: Place): string {
  const [folder, file] = [lstatSync(join(dir, 'private')), lstatSync(join(dir, 'private/file'))];
  const names = readdirSync(join(dir, 'private')).join();
  const content = readFileSync(join(dir, 'private/file'), 'utf8');
  return `${folder.uid} ${(folder.mode & 0o7777).toString(8)} ${names} ${file.uid} ${(file.mode & 0o7777).toString(8)} ${content}`;
}

/** Runs `script` as the agent until `end`; its first line says that it is at work. */
async function startAgent({ workspace }: Place, { program, text }: Script): Promise<{ readonly end: () => void }> {
  const code = program === 'python3' ? '-c' : '-e';
  const child = spawn(program, [code, text, workspace, String(AGENT)], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return { end: () => void child.kill('SIGKILL') };
}

/** Exchanges two entries for as long as it runs: in one step where there is a Python, which can, else one by one. */
function exchange(one: string, other: string): Script {
  const inOneStep = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.chdir(sys.argv[1]); os.setgroups([]); os.setgid(${NO_GROUP}); os.setuid(int(sys.argv[2]))
print('at work', flush=True)
AT_FDCWD, RENAME_EXCHANGE = -100, 2
while True: libc.renameat2(AT_FDCWD, b'${one}', AT_FDCWD, b'${other}', RENAME_EXCHANGE)
`;
  if (hasPython()) return { program: 'python3', text: inOneStep };
  return inNode(`
for (;;) {
  attempt(() => fs.renameSync('${one}', '${one}.x'));
  attempt(() => fs.renameSync('${other}', '${one}'));
  attempt(() => fs.renameSync('${one}', '${other}'));
  attempt(() => fs.renameSync('${one}.x', '${one}'));
}`);
}

function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import ctypes; ctypes.CDLL(None).renameat2']).status === 0;
}

/** Puts a link into the place of each temporary file that it sees. */
function swapTemporaries(): Script {
  return inNode(`
for (;;) for (const name of fs.readdirSync('a')) if (name.startsWith('.sightline-')) attempt(() => {
  fs.renameSync('a/' + name, 'a/moved');
  fs.symlinkSync('../../private/file', 'a/' + name);
});`);
}

/** Sends a signal to every other process of the agent's. */
function signals(signal: 'SIGKILL' | 'SIGSTOP'): Script {
  return inNode(`
for (;;) { attempt(() => process.kill(-1, '${signal}')); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); }`);
}
