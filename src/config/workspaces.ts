import type { WorkspaceMap } from '../core/folder.ts';
import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { homesOfPeople } from '../core/homes.ts';
import { fileReasonOf } from '../core/errno.ts';
import { wordFileCause } from '../wording/files.ts';
import { ConfigError, quote } from './error.ts';
import { dictionary } from './kinds.ts';
import { type Layers, pick } from './layers.ts';

/** The workspaces by agent and process, how many of them can be used, and what is wrong with the others. */
export type Workspaces = {
  readonly map: WorkspaceMap;
  readonly usable: number;
  readonly notices: readonly string[];
};

/** A workspace, and what is wrong with it (null: nothing); a refused one is not used at all. */
type Checked = { readonly path: string; readonly problem: string | null; readonly isRefused: boolean };

/**
 * Resolves the maps by agent and by process of the file, and the fallback: the most specific of `--workspace`, the file's
 * default, AGENTSIGHT_WORKSPACE and agentsight's section. A wrong folder is an error where it was typed for this very
 * run, else a notice: one project that is gone must not cost the others their guard. Throws ConfigError.
 */
export function resolveWorkspaces(layers: Layers, { cwd }: { readonly cwd: string }): Workspaces {
  const agents = checkMap(layers, 'workspaceOfAgents', 'workspaces.agents', cwd);
  const processes = checkMap(layers, 'workspaceOfProcesses', 'workspaces.processes', cwd);
  const fallback = checkFallback(layers, cwd);
  const all = [...agents.values(), ...processes.values(), ...(fallback ? [fallback] : [])];
  const notices = all.map(({ problem }) => problem).filter((problem) => problem !== null);
  return {
    map: {
      agents: pathsOf(agents),
      processes: pathsOf(processes),
      fallback: fallback === null || fallback.isRefused ? null : fallback.path,
      ...(isGiven(layers) && { isFallbackGiven: true }),
    },
    usable: all.length - notices.length,
    notices,
  };
}

// Typed for this run, not only configured.
function isGiven(layers: Layers): boolean {
  const origin = pick(layers, 'workspace')?.layer.origin;
  return origin === 'flag' || origin === 'environment';
}

function checkMap(
  layers: Layers,
  id: 'workspaceOfAgents' | 'workspaceOfProcesses',
  key: string,
  cwd: string,
): ReadonlyMap<string, Checked> {
  const picked = pick(layers, id);
  const name = `${picked?.layer.path}: ${key}`;
  return new Map(
    Object.entries(picked?.value ?? {}).map(([who, path]) => [who, checkWorkspace(path, cwd, `${name}.${who}`)]),
  );
}

function checkFallback(layers: Layers, cwd: string): Checked | null {
  const picked = pick(layers, 'workspace');
  if (picked === null) return null;
  const { origin, nameOf } = picked.layer;
  const checked = checkWorkspace(picked.value, cwd, nameOf('workspace'));
  if (checked.problem !== null && (origin === 'flag' || origin === 'environment'))
    throw new ConfigError(checked.problem);
  return checked;
}

/**
 * Checks the folder of a workspace, and keeps the path as it was given: its links are followed where the folder is pinned,
 * because a link that leads elsewhere than it did must not become another workspace unnoticed. `name` is who asked for it.
 */
function checkWorkspace(path: string, cwd: string, name: string): Checked {
  const absolute = resolve(cwd, path);
  try {
    const canonical = join(realpathSync(dirname(absolute)), basename(absolute));
    const what = forbiddenAs(canonical);
    if (what !== null) {
      const problem = `${name}: ${quote(absolute)} is ${FORBIDDEN[what]}, not a workspace; name a folder inside it`;
      return { path: absolute, problem, isRefused: true };
    }
    return { path: absolute, problem: folderProblem(canonical, name), isRefused: false };
  } catch (error) {
    return {
      path: absolute,
      problem: `${name}: the workspace ${quote(absolute)} cannot be used: ${wordFileCause(fileReasonOf(error))}; name an existing folder`,
      isRefused: false,
    };
  }
}

/** Returns the working directory as the user's shell names it, so that `.` inside a managed workspace is its registered path. */
export function logicalDirectory(cwd: string, pwd: string | undefined): string {
  if (pwd === undefined || !pwd.startsWith('/')) return cwd;
  try {
    const [named, actual] = [statSync(pwd), statSync(cwd)];
    return named.ino === actual.ino && named.dev === actual.dev ? resolve(pwd) : cwd;
  } catch {
    return cwd;
  }
}

const FORBIDDEN = {
  root: 'the root folder',
  home: 'a home folder',
  holds_homes: 'a folder of home folders',
} as const;

/** Returns true for a folder that is no workspace: a rollback would put everything of a person, or of all, back in time. */
export function isForbidden(path: string): boolean {
  return forbiddenAs(path) !== null;
}

function forbiddenAs(path: string): keyof typeof FORBIDDEN | null {
  const folder = resolved(path);
  if (folder === '/') return 'root';
  const people = homes();
  if ([resolved(homedir()), ...people].includes(folder)) return 'home';
  return people.some((home) => home.startsWith(`${folder}/`)) ? 'holds_homes' : null;
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const USERS = '/etc/passwd';

let known: { readonly readAt: number; readonly homes: readonly string[] } = { readAt: -1, homes: [] };

// Asked once a workspace: the list is read again only when it was changed.
function homes(): readonly string[] {
  const changedAt = statSync(USERS, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (known.readAt !== changedAt) known = { readAt: changedAt, homes: homesOfPeople(userList()).map(resolved) };
  return known.homes;
}

function userList(): string {
  try {
    return readFileSync(USERS, 'utf8');
  } catch {
    return '';
  }
}

function folderProblem(path: string, name: string): string | null {
  const target = statSync(path, { throwIfNoEntry: false });
  // The link of a managed workspace dangles while ws-ckpt's store is not mounted: no mistake of the configuration.
  if (target === undefined && lstatSync(path).isSymbolicLink()) return null;
  if (target?.isDirectory() === true) return null;
  return `${name}: the workspace ${quote(path)} is not a folder; name the folder itself`;
}

function pathsOf(entries: ReadonlyMap<string, Checked>): Readonly<Record<string, string>> {
  const used = [...entries].filter(([, { isRefused }]) => !isRefused);
  return dictionary(Object.fromEntries(used.map(([who, { path }]) => [who, path])));
}
