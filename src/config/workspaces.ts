import type { WorkspaceMap } from '../core/config-type.ts';
import { ConfigError } from './error.ts';
import { type ConfigFile, filePath } from './layers/file.ts';
import { type Layers, pick } from './layers/layers.ts';
import { type Checked, checkWorkspace } from './workspace.ts';

/** Which workspace belongs to whom, how many of them can be used, and what is wrong with the others. */
export type Workspaces = {
  readonly map: WorkspaceMap;
  readonly usable: number;
  readonly notices: readonly string[];
};

type Places = { readonly cwd: string; readonly home: string };

/**
 * The maps by agent and by process come from the file; the fallback is the most specific of `--workspace`, the file's
 * default, AGENTSIGHT_WORKSPACE and agentsight's section. A wrong folder is an error where it was typed for this very
 * run, else a notice: one project that is gone must not cost the others their guard. Throws ConfigError.
 */
export function resolveWorkspaces(layers: Layers, file: ConfigFile | null, places: Places): Workspaces {
  const agents = checkMap(file, 'agents', places);
  const processes = checkMap(file, 'processes', places);
  const fallback = checkFallback(layers, places);
  const all = [...agents.values(), ...processes.values(), ...(fallback ? [fallback] : [])];
  const notices = all.map(({ problem }) => problem).filter((problem) => problem !== null);
  return {
    map: { agents: dictionary(agents), processes: dictionary(processes), fallback: fallback?.path ?? null },
    usable: all.length - notices.length,
    notices,
  };
}

function checkMap(file: ConfigFile | null, kind: 'agents' | 'processes', places: Places): Map<string, Checked> {
  const checked = new Map<string, Checked>();
  if (file === null) return checked;
  for (const [who, text] of Object.entries(file.content.workspaces?.[kind] ?? {})) {
    const path = filePath(text, file.path, places.home);
    checked.set(who, checkWorkspace(path, places.cwd, `${file.path}: workspaces.${kind}.${who}`));
  }
  return checked;
}

function checkFallback(layers: Layers, { cwd }: Places): Checked | null {
  const picked = pick(layers, 'workspace');
  if (picked === null) return null;
  const { origin, nameOf } = picked.layer;
  const checked = checkWorkspace(picked.value, cwd, nameOf('workspace'));
  if (checked.problem !== null && (origin === 'flag' || origin === 'environment'))
    throw new ConfigError(checked.problem);
  return checked;
}

/** Without a prototype: an agent may call itself `constructor`. */
function dictionary(entries: ReadonlyMap<string, Checked>): Readonly<Record<string, string>> {
  const paths = Object.create(null) as Record<string, string>;
  for (const [who, { path }] of entries) paths[who] = path;
  return paths;
}
