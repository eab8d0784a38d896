import type { WorkspaceMap } from '../core/folder.ts';
import { homedir, hostname } from 'node:os';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { MAX_NAME_LENGTH } from '../core/limits.ts';
import { cleanLine } from '../core/text.ts';
import { readAgentsightSection } from './agentsight.ts';
import { fileReasonOf } from '../core/errno.ts';
import { wordFileCause } from '../wording/files.ts';
import { ConfigError, quote } from './error.ts';
import { type AskedFile, configPath, readConfigFile } from './file.ts';
import {
  type Environment,
  parseFlags,
  readEnvironment,
  TOKEN_VARIABLE,
  unknownVariables,
  variableOf,
} from './flags.ts';
import { toFile } from './kinds.ts';
import { type Layers, pick, type Layer } from './layers.ts';
import {
  concernsEngine,
  FLAG_IDS,
  type Flags,
  OPTION_IDS,
  type OptionId,
  optionName,
  optionOf,
  type NestedValues,
} from './options.ts';
import { type Workspaces, logicalDirectory, resolveWorkspaces } from './workspaces.ts';
import type { Mode } from '../core/signals.ts';

export { ConfigError } from './error.ts';
export type { Flags } from './options.ts';

/** Everything that can be configured, validated and frozen. Durations in ms, paths absolute. */
export type Config = Omit<NestedValues, 'stateDir' | 'host'> & {
  readonly stateDir: string;
  /** Name of this machine in the output. */
  readonly host: string;
  readonly workspaces: WorkspaceMap;
  /** Messages about parts that were not understood, or that an operator should know (shown at start). */
  readonly notices: readonly string[];
};

/** The appearance of the screen and what it may do to the terminal around it. */
export type ScreenConfig = Config['screen'];
/** Log messages: where they go and how many there are. */
export type TalkConfig = Config['talk'];
/** The part that the engine needs: screen and log are the front ends' business. */
export type EngineConfig = Omit<Config, 'screen' | 'talk' | 'http' | 'metrics' | 'hooks' | 'consoleGroup' | 'nats'> & {
  readonly http?: Config['http'];
};

/** The machine as the configuration sees it; tests give their own. */
export type Surroundings = {
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string;
  readonly hostname: string;
};

const MAX_NOTICE = 600;

/**
 * Merges flags, environment, file, agentsight's own reactive section and defaults, in this order of precedence, into one
 * frozen, validated configuration. `acts` is false for a front end that never acts: what only arming needs is no error
 * there. Throws ConfigError.
 */
export function loadConfig(flags: Flags, acts: boolean, around: Surroundings = surroundings()): Config {
  return resolveLayers(readLayers(flags, around), acts, around);
}

/** A configuration that can be read again. */
export type ConfigSource = {
  /** The file, whether it exists or not. */
  readonly path: string;
  /** Throws ConfigError. */
  readonly load: () => Config;
  /** Flags or variables say what an engine reads or does. */
  readonly concernsEngine: boolean;
  /** Flags or variables name a broker: what is shown is its fleet. In the file it is for the engine of this machine. */
  readonly namesBroker: boolean;
};

/** Returns where the configuration of these flags comes from. Throws ConfigError. */
export function configSource(flags: Flags, acts: boolean, around: Surroundings = surroundings()): ConfigSource {
  const variables = readEnvironment(around.env);
  const path = configPath(askedFile(flags, variables), around);
  const given = FLAG_IDS.filter((id) => flags[id] !== undefined || variables[id] !== undefined);
  return {
    path,
    load: () => loadConfig(flags, acts, around),
    concernsEngine: given.some(concernsEngine),
    namesBroker: given.includes('nats'),
  };
}

/** One value of the configuration: its key in the file (or its option), its value there, and who gave it. */
export type Explained = {
  readonly name: string;
  /** Seconds, absolute paths, null for nothing; as the configuration file would have it. */
  readonly value: unknown;
  readonly origin: string;
  /** True if the file can hold it. */
  readonly inFile: boolean;
};

/** Returns every value with its origin. There is no secret among them: tokens are read where they are used. */
export function explainConfig(
  flags: Flags,
  around: Surroundings = surroundings(),
): { readonly config: Config; readonly path: string | null; readonly rows: readonly Explained[] } {
  const read = readLayers(flags, around);
  const config = resolveLayers(read, false, around);
  const rows = OPTION_IDS.filter((id) => id !== 'config' && optionOf(id).means === undefined).map((id) =>
    explain(id, config, read.layers),
  );
  const origin = askedFile(flags, readEnvironment(around.env))?.name ?? 'default';
  const path = read.file?.path ?? null;
  return { config, path, rows: [{ name: 'config', value: path, origin, inFile: false }, ...rows] };
}

/** Returns the appearance of a screen that flags and environment alone configure: the demo's. Throws ConfigError. */
export function loadScreen(flags: Flags, { env }: Pick<Surroundings, 'env'> = process): ScreenConfig {
  return valuesOf(givenLayers(flags, readEnvironment(env), '/')).screen;
}

/** Returns the value of one option in a configuration, in the form of the file. */
export function configuredValue(id: OptionId, config: Config): unknown {
  if (id === 'workspace') return config.workspaces.fallback;
  if (id === 'workspaceOfAgents') return config.workspaces.agents;
  if (id === 'workspaceOfProcesses') return config.workspaces.processes;
  const { at, kind } = optionOf(id);
  const value = at?.split('.').reduce<unknown>((part, step) => (part as Record<string, unknown>)[step], config);
  return toFile(kind, value ?? null);
}

function explain(id: OptionId, config: Config, layers: Layers): Explained {
  const { key, flag } = optionOf(id);
  const layer = pick(layers, id)?.layer;
  const origin = layer === undefined ? 'default' : flag ? layer.nameOf(id) : (layer.path ?? 'default');
  return {
    name: key ?? optionName(id).slice(2),
    value: configuredValue(id, config),
    origin,
    inFile: key !== null,
  };
}

function resolveLayers(
  { layers, file, agentsight }: ReturnType<typeof readLayers>,
  acts: boolean,
  around: Surroundings,
): Config {
  const values = valuesOf(layers);
  requireCommand(values);
  requirePause(values);
  const http = {
    ...values.http,
    tokenFile: isTokenOutranked(layers, around.env) ? null : values.http.tokenFile,
  };
  requireReadable(layers, {
    ...http,
    natsCreds: values.nats.credsFile,
    natsNkey: values.nats.nkeyFile,
    natsPasswordFile: values.nats.passwordFile,
    natsCaFile: values.nats.caFile,
    natsCertFile: values.nats.certFile,
    natsKeyFile: values.nats.keyFile,
  });
  requireBroker(values.nats);
  const workspaces = resolveWorkspaces(layers, around);
  const chosen = chooseMode(layers);
  const { mode, readOnly, notices } =
    acts && !values.fromSessions.enabled ? requireWorkspace(chosen, workspaces) : chosen;
  return freeze({
    ...values,
    workspaces: workspaces.map,
    mode,
    readOnly,
    http,
    stateDir: values.stateDir ?? defaultStateDir(around),
    host: cleanLine(values.host ?? around.hostname, MAX_NAME_LENGTH) || 'localhost',
    notices: [
      ...unknownVariables(around.env),
      ...(file?.notices ?? []),
      ...agentsight.notices,
      ...notices,
      ...workspaces.notices,
    ].map((notice) => cleanLine(notice, MAX_NOTICE)),
  });
}

/** Puts the value of each option, or its default, at its key. */
function valuesOf(layers: Layers): NestedValues {
  const values: Record<string, unknown> = {};
  for (const id of OPTION_IDS) {
    const { at, default: fallback } = optionOf(id);
    if (at === null) continue;
    setAt(values, at, pick(layers, id)?.value ?? fallback);
  }
  return values as NestedValues;
}

/** Sets a value at a path with steps separated by dots (`screen.theme`), making the objects on the way. */
export function setAt(target: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  let part = target;
  for (const step of steps) part = (part[step] ??= {}) as Record<string, unknown>;
  part[last] = value;
}

function readLayers(flags: Flags, around: Surroundings) {
  const variables = readEnvironment(around.env);
  const file = readConfigFile(askedFile(flags, variables), around);
  const agentsight = readAgentsightSection(around.env);
  const layers: Layers = [
    ...givenLayers(flags, variables, around.cwd),
    {
      origin: 'file',
      path: file?.path ?? null,
      nameOf: (option) => `${file?.path}: ${optionOf(option).key ?? option}`,
      settings: file?.settings ?? {},
    },
    {
      origin: 'agentsight',
      path: null,
      nameOf: () => 'AGENTSIGHT_WORKSPACE',
      settings: referenceWorkspace(around.env),
    },
    { origin: 'agentsight', path: null, nameOf: () => `${agentsight.path}: reactive`, settings: agentsight.settings },
  ];
  return { layers, file, agentsight };
}

function askedFile(flags: Flags, variables: Flags): AskedFile | null {
  if (flags.config !== undefined) return { text: flags.config, name: optionName('config') };
  return variables.config === undefined ? null : { text: variables.config, name: variableOf('config') };
}

function givenLayers(flags: Flags, variables: Flags, cwd: string): Layers {
  return [
    { origin: 'flag', path: null, nameOf: optionName, settings: parseFlags(flags, optionName, cwd) },
    { origin: 'environment', path: null, nameOf: variableOf, settings: parseFlags(variables, variableOf, cwd) },
  ];
}

function surroundings(): Surroundings {
  const cwd = currentDirectory(process.env['PWD']);
  return { env: process.env, cwd, home: homedir(), hostname: hostname() };
}

// A rollback removes the folder in which a shell stands; the path by which the shell knows it is as good then.
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

/** The command checkpointer needs its command. Throws ConfigError. */
function requireCommand({ checkpointer, command }: Pick<Config, 'checkpointer' | 'command'>): void {
  if (checkpointer !== 'command' || command.length > 0) return;
  throw new ConfigError(
    'the checkpointer command has no command: put "command": ["/path/to/program", "argument"] in the configuration file',
  );
}

/** A budget stops agents only where that is allowed. Throws ConfigError. */
function requirePause({ budgets, pause }: Pick<Config, 'budgets' | 'pause'>): void {
  const pausing = budgets.find((budget) => budget.pause);
  if (pausing === undefined || pause.enabled) return;
  throw new ConfigError(
    `budgets: budget ${pausing.name} pauses its agent, which is not allowed; put "pause": {"enabled": true} in the configuration file`,
  );
}

/** The options that name a file which opens another program's door. */
const DOOR_FILES = [
  'tokenFile',
  'caFile',
  'otlpTokenFile',
  'natsCreds',
  'natsNkey',
  'natsPasswordFile',
  'natsCaFile',
  'natsCertFile',
  'natsKeyFile',
] as const satisfies readonly OptionId[];

/** The files of the access to HTTP sources and to a broker must be there when they are named. Throws ConfigError. */
function requireReadable(layers: Layers, paths: Readonly<Record<(typeof DOOR_FILES)[number], string | null>>): void {
  for (const id of DOOR_FILES) {
    const path = paths[id];
    if (path === null) continue;
    const why = whyUnreadable(path);
    if (why === null) continue;
    const name = pick(layers, id)?.layer.nameOf(id) ?? optionName(id);
    throw new ConfigError(`${name}: cannot read ${path}: ${why}; name a file that this user may read`);
  }
}

/** Servers of one cluster, separated by commas. */
const BROKER = /^(?:nats|tls):\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/iu;

/** Throws ConfigError. */
function requireBroker({ url, user, passwordFile, certFile, keyFile }: Config['nats']): void {
  const wrong = url?.split(',').find((one) => !BROKER.test(one) || !URL.canParse(one));
  if (wrong !== undefined) {
    const hasSecret = wrong.includes('@');
    throw new ConfigError(
      hasSecret
        ? '--nats: an address holds no user or password, which other users could read; give --nats-user and --nats-password-file'
        : `--nats: expected nats://HOST:PORT or tls://HOST:PORT, got ${quote(wrong)}`,
    );
  }
  if ((user === null) !== (passwordFile === null))
    throw new ConfigError('--nats-user and --nats-password-file go together; give both, or neither');
  if ((certFile === null) !== (keyFile === null))
    throw new ConfigError('--nats-cert-file and --nats-key-file go together; give both, or neither');
}

function whyUnreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? null : 'it is not a regular file';
  } catch (error) {
    return wordFileCause(fileReasonOf(error));
  }
}

// The token itself, in the environment, outranks every file but the one of the command line.
function isTokenOutranked(layers: Layers, env: Environment): boolean {
  return (env[TOKEN_VARIABLE] ?? '') !== '' && pick(layers, 'tokenFile')?.layer.origin !== 'flag';
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

/** The mode to start in; `by` is null if none was given (observe). */
type ModeChoice = {
  readonly mode: Mode;
  readonly by: Layer | null;
  readonly readOnly: boolean;
  readonly notices: readonly string[];
};

/**
 * Read-only is observe. A mode that acts, given at the same level or at a more specific one, contradicts it: an error
 * rather than a guess. Throws ConfigError.
 */
function chooseMode(layers: Layers): ModeChoice {
  const mode = pick(layers, 'mode');
  const readOnly = pick(layers, 'readOnly');
  const choice = {
    mode: mode?.value ?? 'observe',
    by: mode?.layer ?? null,
    readOnly: readOnly?.value ?? false,
  } as const;
  if (!choice.readOnly || choice.mode === 'observe') return { ...choice, notices: armedByAgentsight(choice) };
  const name = readOnly?.layer.nameOf('readOnly');
  if (mode !== null && readOnly !== null && mode.rank <= readOnly.rank) {
    const acting = `${mode.layer.nameOf('mode')} ${mode.value}`;
    throw new ConfigError(`${name} never acts and contradicts ${acting} (--arm); leave one of them out`);
  }
  return { ...choice, mode: 'observe', notices: [`${name} outranks mode ${choice.mode}: nothing will act`] };
}

function armedByAgentsight({ mode, by }: Pick<ModeChoice, 'mode' | 'by'>): readonly string[] {
  if (by?.origin !== 'agentsight' || mode === 'observe') return [];
  return [`armed by ${by.nameOf('mode')}.enabled; give --mode observe to watch only`];
}

/** Checks that there is a workspace if the mode acts. If only agentsight's section arms us, its lack is a notice. Throws ConfigError. */
function requireWorkspace(choice: ModeChoice, { usable, notices }: Pick<Workspaces, 'usable' | 'notices'>): ModeChoice {
  if (choice.mode === 'observe' || usable > 0) return choice;
  const remedy = 'name an existing folder with --workspace DIR or in the configuration file';
  if (choice.by?.origin === 'agentsight') {
    return { ...choice, mode: 'observe', notices: [`not armed as agentsight asks: there is no workspace; ${remedy}`] };
  }
  // One that cannot be used explains itself.
  const why = notices[0] ?? `there is no workspace to checkpoint; ${remedy}`;
  throw new ConfigError(`mode ${choice.mode} cannot be armed: ${why}`);
}
