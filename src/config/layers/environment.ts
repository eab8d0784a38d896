import { ConfigError, quote } from '../error.ts';
import { type Flags, OPTION_KINDS } from '../settings.ts';
import { splitSources } from '../source.ts';
import { didYouMean } from '../suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SIGHTLINE_';
/** The token of HTTP sources itself. It is read where it is used, and no part of the configuration. */
export const TOKEN_VARIABLE = 'SIGHTLINE_TOKEN';
/** Switches that have a `--no-…` of their own. */
const NEGATABLE: readonly string[] = ['trailing', 'color'];
// What the command checkpointer tells its child; we may have been started by such a child.
const OF_THE_CHILD: ReadonlySet<string> = new Set(['SIGHTLINE_SNAPSHOT', 'SIGHTLINE_MESSAGE', 'SIGHTLINE_METADATA']);

// What only some commands have; they read it themselves.
const OF_COMMANDS: ReadonlySet<string> = new Set(
  ['json', 'since', 'content', 'failOn', 'history', 'speed', 'scenario', 'seed', 'list', 'schema'].map(variableOf),
);

/** The variable of an option: `tokenFile` → `SIGHTLINE_TOKEN_FILE`. */
export function variableOf(option: string): string {
  return `${PREFIX}${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The options that the environment sets; an empty variable counts as unset. Throws ConfigError. */
export function readEnvironment(env: Environment): Flags {
  const said = Object.entries(OPTION_KINDS).flatMap(([option, kind]) => {
    const value = valueOf(env, option, kind);
    return value === undefined ? [] : [[option, value]];
  });
  return Object.fromEntries(said) as Flags;
}

function valueOf(env: Environment, option: string, kind: 'text' | 'list' | 'switch') {
  const text = env[variableOf(option)] || undefined;
  if (kind === 'switch') return readSwitch(env, option);
  return text === undefined || kind === 'text' ? text : splitSources(text);
}

/** A switch: `SIGHTLINE_COLOR`, or the contrary as `SIGHTLINE_NO_COLOR`. Throws ConfigError. */
export function readSwitch(env: Environment, option: string): boolean | undefined {
  const said = parseFlag(env[variableOf(option)], variableOf(option));
  if (said !== undefined || !NEGATABLE.includes(option)) return said;
  const negated = parseFlag(env[negativeOf(option)], negativeOf(option));
  return negated === undefined ? undefined : !negated;
}

function negativeOf(option: string): string {
  return variableOf(`no${option.charAt(0).toUpperCase()}${option.slice(1)}`);
}

/** Variables with our prefix that mean nothing to us: most likely misspelt. */
export function unknownVariables(env: Environment): readonly string[] {
  const shared = Object.keys(OPTION_KINDS).map(variableOf);
  const known = [...shared, ...NEGATABLE.map(negativeOf), ...OF_COMMANDS, TOKEN_VARIABLE];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !OF_THE_CHILD.has(name))
    .map((name) => `the variable ${name} is none of ours and is ignored${didYouMean(name, known)}`);
}

function parseFlag(text: string | undefined, name: string): boolean | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new ConfigError(`${name} wants true or false, got ${quote(text)}`);
}
