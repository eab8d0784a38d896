import { ConfigError, quote } from '../error.ts';
import type { Flags } from '../settings.ts';
import { splitSources } from '../source.ts';
import { didYouMean } from '../suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SIGHTLINE_';
const VARIABLES: Readonly<Record<keyof Flags, string>> = {
  source: 'SIGHTLINE_SOURCE',
  workspace: 'SIGHTLINE_WORKSPACE',
  checkpointer: 'SIGHTLINE_CHECKPOINTER',
  mode: 'SIGHTLINE_MODE',
  arm: 'SIGHTLINE_ARM',
  debounce: 'SIGHTLINE_DEBOUNCE',
  timeout: 'SIGHTLINE_TIMEOUT',
  grace: 'SIGHTLINE_GRACE',
  trailing: 'SIGHTLINE_TRAILING',
  tokenFile: 'SIGHTLINE_TOKEN_FILE',
  caFile: 'SIGHTLINE_CA_FILE',
  stateDir: 'SIGHTLINE_STATE_DIR',
  config: 'SIGHTLINE_CONFIG',
  readOnly: 'SIGHTLINE_READ_ONLY',
  theme: 'SIGHTLINE_THEME',
  mouse: 'SIGHTLINE_MOUSE',
};
/** The token of HTTP sources itself. It is read where it is used, and no part of the configuration. */
export const TOKEN_VARIABLE = 'SIGHTLINE_TOKEN';
// What the command checkpointer tells its child; we may have been started by such a child.
const OF_THE_CHILD: ReadonlySet<string> = new Set(['SIGHTLINE_SNAPSHOT', 'SIGHTLINE_MESSAGE', 'SIGHTLINE_METADATA']);

/** The variable of an option: `debounce` → `SIGHTLINE_DEBOUNCE`. */
export function variableOf(option: keyof Flags): string {
  return VARIABLES[option];
}

/** The options that the environment sets; an empty variable counts as unset. Throws ConfigError. */
export function readEnvironment(env: Environment): Flags {
  const text = (option: keyof Flags): string | undefined => env[VARIABLES[option]] || undefined;
  const flag = (option: keyof Flags): boolean | undefined => parseFlag(text(option), VARIABLES[option]);
  const source = text('source');
  return withoutUndefined({
    source: source === undefined ? undefined : splitSources(source),
    workspace: text('workspace'),
    checkpointer: text('checkpointer'),
    mode: text('mode'),
    arm: flag('arm'),
    debounce: text('debounce'),
    timeout: text('timeout'),
    grace: text('grace'),
    trailing: flag('trailing'),
    tokenFile: text('tokenFile'),
    caFile: text('caFile'),
    stateDir: text('stateDir'),
    config: text('config'),
    readOnly: flag('readOnly'),
    theme: text('theme'),
    mouse: flag('mouse'),
  });
}

/** Variables with our prefix that mean nothing to us: most likely misspelt. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = [...Object.values(VARIABLES), TOKEN_VARIABLE];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !OF_THE_CHILD.has(name))
    .map((name) => `the variable ${name} is none of ours and is ignored${didYouMean(name, known)}`);
}

function parseFlag(text: string | undefined, name: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new ConfigError(`${name} wants true or false, got ${quote(text)}`);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>;
}
