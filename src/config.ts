import { homedir, hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Config, ScreenConfig } from './core/config-type.ts';
import { MAX_NAME_LENGTH } from './core/limits.ts';
import { cleanLine } from './core/text.ts';
import { readAgentsightSection } from './config/layers/agentsight.ts';
import {
  type Environment,
  readEnvironment,
  TOKEN_VARIABLE,
  unknownVariables,
  variableOf,
} from './config/layers/environment.ts';
import { explained, type Explained } from './config/explain.ts';
import { configPath, fileSettings, readConfigFile } from './config/layers/file.ts';
import { type Layers, pick } from './config/layers/layers.ts';
import { chooseMode, requireWorkspace } from './config/mode.ts';
import { type Flags, optionName, parseFlags } from './config/settings.ts';
import { fileValues, requireCommand, screenValues, sharedValues, talkValues } from './config/values.ts';
import { logicalDirectory } from './config/workspace.ts';
import { resolveWorkspaces } from './config/workspaces.ts';

export { ConfigError } from './config/error.ts';
export type { Flags } from './config/settings.ts';

/** What the machine says; tests give their own. */
export type Surroundings = {
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  readonly hostname: string;
};

const MAX_NOTICE = 600;

/**
 * Flags > environment > file > agentsight's own reactive section > defaults → one frozen, validated Config. `acts` is
 * false for a front end that never acts: what only arming needs is no error there. Throws ConfigError.
 */
export function loadConfig(flags: Flags, acts: boolean, around: Surroundings = surroundings()): Config {
  const { layers, file, agentsight } = readLayers(flags, around);
  const values = { ...sharedValues(layers), ...fileValues(file) };
  requireCommand(values.checkpointer, values.command);
  const workspaces = resolveWorkspaces(layers, file, around);
  const chosen = chooseMode(layers);
  const { mode, readOnly, notices } = acts ? requireWorkspace(chosen, workspaces.usable) : chosen;
  return freeze({
    ...values,
    workspaces: workspaces.map,
    mode,
    readOnly,
    http: httpAccess(layers, around),
    screen: screenValues(layers, file),
    talk: talkValues(layers, around.cwd),
    stateDir: resolve(around.cwd, pick(layers, 'stateDir')?.value ?? defaultStateDir(around)),
    host: cleanLine(file?.content.host ?? around.hostname, MAX_NAME_LENGTH) || 'localhost',
    notices: [
      ...unknownVariables(around.env),
      ...(file?.notices ?? []),
      ...agentsight.notices,
      ...notices,
      ...workspaces.notices,
    ].map((notice) => cleanLine(notice, MAX_NOTICE)),
  });
}

/** A configuration that can be read again. */
export type ConfigSource = {
  /** The file, whether it is there or not. */
  readonly path: string;
  /** Throws ConfigError. */
  readonly load: () => Config;
};

/** Where the configuration of these flags comes from. Throws ConfigError. */
export function configSource(flags: Flags, acts: boolean, around: Surroundings = surroundings()): ConfigSource {
  const path = configPath(flags.config ?? readEnvironment(around.env).config, around);
  return { path, load: () => loadConfig(flags, acts, around) };
}

/** The resolved configuration, value by value, each with who said so. Throws ConfigError. */
export function explainConfig(
  flags: Flags,
  around: Surroundings = surroundings(),
): { readonly config: Config; readonly rows: readonly Explained[] } {
  const config = loadConfig(flags, false, around);
  const { layers, file } = readLayers(flags, around);
  const said = flags.config ?? readEnvironment(around.env).config;
  const origin = said === undefined ? 'default' : flags.config === undefined ? variableOf('config') : '--config';
  return { config, rows: [{ name: 'config', value: file?.path ?? null, origin }, ...explained(config, layers, file)] };
}

/** How a screen looks that flags and environment alone configure: the demo's. Throws ConfigError. */
export function loadScreen(flags: Flags, { env }: Pick<Surroundings, 'env'> = process): ScreenConfig {
  return screenValues(saidLayers(flags, readEnvironment(env)), null);
}

function readLayers(flags: Flags, around: Surroundings) {
  const variables = readEnvironment(around.env);
  const file = readConfigFile(flags.config ?? variables.config, around);
  const agentsight = readAgentsightSection(around.env);
  const layers: Layers = [
    ...saidLayers(flags, variables),
    {
      origin: 'file',
      nameOf: (option) => `${file?.path}: ${option}`,
      settings: file ? fileSettings(file, around.home) : {},
    },
    { origin: 'agentsight', nameOf: () => 'AGENTSIGHT_WORKSPACE', settings: referenceWorkspace(around.env) },
    { origin: 'agentsight', nameOf: () => `${agentsight.path}: reactive`, settings: agentsight.settings },
  ];
  return { layers, file, agentsight };
}

function saidLayers(flags: Flags, variables: Flags): Layers {
  return [
    { origin: 'flag', nameOf: optionName, settings: parseFlags(flags, optionName) },
    { origin: 'environment', nameOf: variableOf, settings: parseFlags(variables, variableOf) },
  ];
}

function surroundings(): Surroundings {
  const cwd = currentDirectory(process.env['PWD']);
  return { env: process.env, cwd, home: homedir(), hostname: hostname() };
}

// A rollback takes away the folder in which a shell stands; the path by which the shell knows it is as good then.
function currentDirectory(pwd: string | undefined): string {
  try {
    return logicalDirectory(process.cwd(), pwd);
  } catch {
    return pwd !== undefined && isAbsolute(pwd) ? pwd : '/';
  }
}

function referenceWorkspace(env: Environment): { workspace?: string } {
  const workspace = env['AGENTSIGHT_WORKSPACE'];
  return workspace === undefined || workspace === '' ? {} : { workspace };
}

// The token itself, in the environment, outranks every file but the one of the command line.
function httpAccess(layers: Layers, { env, cwd }: Surroundings): NonNullable<Config['http']> {
  const token = pick(layers, 'tokenFile');
  const isOutranked = (env[TOKEN_VARIABLE] ?? '') !== '' && token?.layer.origin !== 'flag';
  const ca = pick(layers, 'caFile');
  return {
    tokenFile: token === null || isOutranked ? null : resolve(cwd, token.value),
    caFile: ca === null ? null : resolve(cwd, ca.value),
    intervalMs: pick(layers, 'intervalMs')?.value ?? null,
  };
}

function defaultStateDir({ env, home }: Surroundings): string {
  const base = env['XDG_STATE_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.local', 'state'), 'sightline');
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
