import { ConfigError, quote } from './error.ts';
import { splitSources } from '../core/sources.ts';
import { parseText, parseSwitch, type Value } from './kinds.ts';
import {
  COMMAND_OPTIONS,
  type CommandOption,
  FLAG_IDS,
  type FlagId,
  type Flags,
  optionOf,
  OPTIONS,
  type OptionValue,
  type Settings,
} from './options.ts';
import { didYouMean } from './suggest.ts';

type NameOf = (option: FlagId) => string;
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SIGHTLINE_';
/** The token of HTTP sources itself. It is read where it is used, and is no part of the configuration. */
export const TOKEN_VARIABLE = 'SIGHTLINE_TOKEN';
// Variables that we set for our children; we may have been started by such a child.
const OF_THE_CHILD: ReadonlySet<string> = new Set([
  'SIGHTLINE_SNAPSHOT',
  'SIGHTLINE_MESSAGE',
  'SIGHTLINE_METADATA',
  'SIGHTLINE_RUN',
]);
// Options of single commands, which read their variables themselves.
const OF_COMMANDS = Object.values(COMMAND_OPTIONS).flatMap((options) =>
  Object.entries<CommandOption>(options).flatMap(([id, { typed }]) => (typed === true ? [] : [variableOf(id)])),
);

/**
 * Turns flags, or the variables in the form of flags, into settings. `nameOf` spells an option as its user did
 * (`--debounce`, `SIGHTLINE_DEBOUNCE`); relative paths start at `folder`. Throws ConfigError.
 */
export function parseFlags(flags: Flags, nameOf: NameOf, folder: string): Settings {
  const settings: Partial<Record<FlagId, Value>> = {};
  for (const id of FLAG_IDS) {
    const given: unknown = flags[id];
    const { means } = optionOf(id);
    if (given === undefined || means !== undefined) continue;
    settings[id] = valueOf(id, given, nameOf(id), folder);
  }
  return { ...settings, ...modeOf(flags, settings.mode as OptionValue<'mode'> | undefined, nameOf) } as Settings;
}

// Embedding programs are not held to the types: a number where text belongs is an error of the configuration.
function valueOf(id: FlagId, given: unknown, name: string, folder: string): Value {
  const { kind } = OPTIONS[id];
  if (kind.type === 'switch') {
    if (typeof given === 'boolean') return given;
    throw new ConfigError(`${name}: expected true or false, got ${quote(given)}`);
  }
  if (kind.type === 'engine' && typeof given === 'boolean') return given ? 'any' : 'none';
  const texts: readonly unknown[] = kind.type === 'sources' && Array.isArray(given) ? given : [given];
  const values = texts.map((text) => {
    if (typeof text === 'string') return parseText(kind, text, name, { folder });
    throw new ConfigError(`${name}: expected text, got ${quote(text)}`);
  });
  return kind.type === 'sources' ? [...new Set(values.flat() as string[])] : (values[0] ?? '');
}

/** `--mode` and the switches that stand for one, which must not contradict each other. */
function modeOf(flags: Flags, mode: OptionValue<'mode'> | undefined, nameOf: NameOf): Pick<Settings, 'mode'> {
  const given = [
    ...(mode === undefined ? [] : [{ by: nameOf('mode'), text: `${nameOf('mode')} ${mode}`, mode }]),
    ...(['arm', 'dryRun'] as const).filter((id) => isOn(flags, id, nameOf)).map((id) => shortForm(id, nameOf)),
  ];
  const [last, other] = [given.at(-1), given.find((one) => one.mode !== given.at(-1)?.mode)];
  if (last !== undefined && other !== undefined) {
    throw new ConfigError(
      `${last.text} and contradicts ${other.by === nameOf('mode') ? other.text : other.by}; leave one of them out`,
    );
  }
  return last === undefined ? {} : { mode: last.mode };
}

function isOn(flags: Flags, id: 'arm' | 'dryRun', nameOf: NameOf): boolean {
  const given: unknown = flags[id];
  if (given === undefined || typeof given === 'boolean') return given === true;
  throw new ConfigError(`${nameOf(id)}: expected true or false, got ${quote(given)}`);
}

function shortForm(id: 'arm' | 'dryRun', nameOf: NameOf) {
  const mode = OPTIONS[id].means.value;
  return { by: nameOf(id), text: `${nameOf(id)} means ${nameOf('mode')} ${mode}`, mode };
}

/** Spells the variable of an option: `tokenFile` → `SIGHTLINE_TOKEN_FILE`. */
export function variableOf(option: string): string {
  return `${PREFIX}${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Reads the options that the environment sets; an empty variable counts as unset. Throws ConfigError. */
export function readEnvironment(env: Environment): Flags {
  const entries = FLAG_IDS.flatMap((id) => {
    const value = variableValue(env, id);
    return value === undefined ? [] : [[id, value]];
  });
  return Object.fromEntries(entries) as Flags;
}

function variableValue(env: Environment, id: FlagId): boolean | string | readonly string[] | undefined {
  const { kind } = optionOf(id);
  if (kind.type === 'switch') return readSwitch(env, id);
  const text = env[variableOf(id)] || undefined;
  return text === undefined || kind.type !== 'sources' ? text : splitSources(text);
}

/** Reads a switch: `SIGHTLINE_COLOR`, or its contrary `SIGHTLINE_NO_COLOR`. Throws ConfigError. */
export function readSwitch(env: Environment, option: string): boolean | undefined {
  const text = env[variableOf(option)] || undefined;
  if (text !== undefined) return parseSwitch(text, variableOf(option));
  const negated = NEGATABLE.includes(option) ? env[negativeOf(option)] || undefined : undefined;
  return negated === undefined ? undefined : !parseSwitch(negated, negativeOf(option));
}

const NEGATABLE: readonly string[] = FLAG_IDS.filter((id) => {
  const { kind } = optionOf(id);
  return kind.type === 'switch' && kind.negatable === true;
});

function negativeOf(option: string): string {
  return variableOf(`no${option.charAt(0).toUpperCase()}${option.slice(1)}`);
}

/** Lists variables with our prefix that set nothing: most likely misspelt. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = [...FLAG_IDS.map(variableOf), ...NEGATABLE.map(negativeOf), ...OF_COMMANDS, TOKEN_VARIABLE];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !OF_THE_CHILD.has(name))
    .map((name) => `unknown variable ${name} ignored${didYouMean(name, known)}`);
}
