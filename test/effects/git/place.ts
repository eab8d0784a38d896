import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  CheckpointControl,
  Checkpointer,
  CheckpointMetadata,
  CheckpointRequest,
  Outcome,
} from '../../../src/core/snapshots.ts';
import { gitCheckpointer, type GitCheckpointerOptions } from '../../../src/effects/git/index.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

/** A workspace and a store beside it, both gone after the test. */
export type Place = {
  readonly dir: string;
  readonly workspace: string;
  readonly storeDir: string;
  readonly checkpointer: Checkpointer;
  /** Writes a file of the workspace, with the folders that it needs. */
  readonly write: (path: string, content: string | Buffer) => void;
  readonly path: (path: string) => string;
  /** A snapshot that has to succeed; its id. */
  readonly snapshot: (id: string, metadata?: Partial<CheckpointMetadata>) => Promise<string>;
};

export function makePlace(options: Partial<GitCheckpointerOptions> = {}): Place {
  const dir = tempDir();
  const workspace = join(dir, 'workspace');
  const storeDir = join(dir, 'state');
  mkdirSync(workspace);
  const checkpointer = gitCheckpointer({ workspace, storeDir, keep: 50, exclude: null, ...options });
  const path = (name: string): string => join(workspace, name);
  return {
    dir,
    workspace,
    storeDir,
    checkpointer,
    path,
    write: (name, content) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content);
    },
    snapshot: async (id, metadata) => {
      const outcome = await checkpointer.checkpoint(request(workspace, id, metadata), control());
      if (outcome.type !== 'created') throw new Error(JSON.stringify(outcome));
      return outcome.snapshot;
    },
  };
}

export function request(
  workspace: string,
  snapshot: string,
  metadata: Partial<CheckpointMetadata> = {},
  timeoutMs = 30_000,
): CheckpointRequest {
  const run_id = metadata.run_id ?? `run-of-${snapshot}`;
  return {
    runId: run_id,
    workspace,
    snapshot,
    message: `reactive: agent_crash (conv=unknown)`,
    metadata: { auto: true, type: 'reactive', tool: 'sightline', version: '0.1.0', host: 'box', run_id, ...metadata },
    timeoutMs,
  };
}

export function control(signals: Partial<CheckpointControl> = {}): CheckpointControl {
  return { abort: new AbortController().signal, stopping: new AbortController().signal, ...signals };
}

/** How a checkpoint ended, for those that need not succeed. */
export async function attempt(place: Place, id: string, timeoutMs = 30_000): Promise<Outcome> {
  return place.checkpointer.checkpoint(request(place.workspace, id, {}, timeoutMs), control());
}

/** Everything below a folder: path (as latin1) → kind, mode, content. */
export function treeOf(root: string, skip: (path: string) => boolean = () => false): ReadonlyMap<string, string> {
  const tree = new Map<string, string>();
  const visit = (path: string): void => {
    const full = Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1');
    const stats = lstatSync(full);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) tree.set(path, `link ${readlinkSync(full, 'latin1')}`);
    else if (stats.isFile()) tree.set(path, `file ${mode} ${sha(readFileSync(full))}`);
    else if (!stats.isDirectory()) tree.set(path, 'special');
    else {
      tree.set(path, `folder ${mode}`);
      for (const name of readdirSync(full, 'latin1').toSorted()) {
        const child = path === '' ? name : `${path}/${name}`;
        if (!skip(child)) visit(child);
      }
    }
  };
  visit('');
  return tree;
}

/** Contents and times of a folder that must not be touched at all. */
export function fingerprint(root: string): string {
  const times = [...treeOf(root)].map(([path, what]) => {
    const { mtimeMs, ctimeMs, ino } = lstatSync(Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1'));
    return `${path} ${what} ${mtimeMs} ${ctimeMs} ${ino}`;
  });
  return sha(Buffer.from(times.join('\n')));
}

/** Files of the store that a run must not leave behind. */
export function leftovers(place: Place): readonly string[] {
  return [...treeOf(place.storeDir).keys()].filter((path) => /\.lock$|\.keep$|tmp_|\/runs\/./u.test(path));
}

/** git as the user would run it, with an identity of their own. */
export function userGit(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function sha(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}
