import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Project } from './script/cast.ts';

/** The demo's temporary directory and what lies where in it. */
export type Stage = {
  readonly root: string;
  /** The folder of the simulated agentsight's databases. */
  readonly feedDir: string;
  readonly stateDir: string;
  /** The parent of all workspaces. */
  readonly workspaces: string;
  readonly workspace: (project: Project) => string;
};

const PREFIX = 'sightline-demo-';

/** Makes a new, private directory for one run of the demo. Rejects if the folder for temporary files is not writable. */
export async function makeStage(parent: string = tmpdir()): Promise<Stage> {
  const stage = stageAt(await mkdtemp(join(await realpath(parent), PREFIX)));
  await mkdir(stage.feedDir, { mode: 0o700 });
  await mkdir(stage.stateDir, { mode: 0o700 });
  return stage;
}

/** The paths of a stage that exists already. */
export function stageAt(root: string): Stage {
  const workspaces = join(root, 'workspaces');
  return {
    root,
    workspaces,
    feedDir: join(root, 'agentsight'),
    stateDir: join(root, 'state'),
    workspace: (project) => join(workspaces, project),
  };
}

/** Removes a stage and everything in it; refuses any directory that isn't one. */
export async function removeStage(root: string): Promise<void> {
  if (!basename(root).startsWith(PREFIX)) throw new Error(`${root} is no directory of the demo: not removed`);
  await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
