import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError, type Flags, loadConfig, type Surroundings } from '../../src/config/config.ts';
import type { Config } from '../../src/config/config.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** A machine of a test's own: a home with a project folder in it, and nothing else that configures anything. */
export type Given = Surroundings & {
  readonly project: string;
  readonly load: (flags?: Flags, env?: Surroundings['env'], acts?: boolean) => Config;
  /** The message of the ConfigError that loading ends in. */
  readonly complaint: (flags?: Flags, env?: Surroundings['env'], acts?: boolean) => string;
  /** Writes the user's configuration file. */
  readonly write: (content: unknown) => string;
  /** Writes agentsight's configuration file. */
  readonly agentsight: (content: unknown) => string;
};

export function given(): Given {
  const home = tempDir();
  const project = join(home, 'project');
  mkdirSync(project);
  const agentsightPath = join(home, 'etc', 'agentsight.json');
  const base = { cwd: home, home, hostname: 'box', env: { AGENTSIGHT_CONFIG: save(agentsightPath, {}) } };
  const load: Given['load'] = (flags = {}, env = {}, acts = true) =>
    loadConfig(flags, acts, { ...base, env: { ...base.env, ...env } });
  return {
    ...base,
    project,
    load,
    complaint: (flags, env, acts) => complaintOf(() => load(flags, env, acts)),
    write: (content) => save(join(home, '.config', 'sightline', 'config.json'), content),
    agentsight: (content) => save(agentsightPath, content),
  };
}

function save(path: string, content: unknown): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function complaintOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('a ConfigError was expected');
}
