import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import stripJsonComments from 'strip-json-comments';
import type * as z from 'zod';
import { errnoOf, fileReasonOf } from '../core/errno.ts';
import { wordFileCause, wordFileRemedy } from '../wording/files.ts';
import { ConfigError, quote } from './error.ts';
import { fileSchema, knownKeys, valueAt } from './file-schema.ts';
import type { Environment } from './flags.ts';
import { fromFile, type Value, writtenPath } from './kinds.ts';
import { OPTION_IDS, type OptionId, optionOf, type Settings } from './options.ts';
import { didYouMean } from './suggest.ts';

/** A configuration file that was read: its path, its values, and notices about unknown keys in it. */
export type ConfigFile = {
  readonly path: string;
  readonly settings: Settings;
  readonly notices: readonly string[];
};

type Surroundings = { readonly cwd: string; readonly home: string; readonly env: Environment };

type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys;

/** The file that a flag or a variable names, and how that is spelt. */
export type AskedFile = { readonly text: string; readonly name: string };

const MAX_FILE_BYTES = 1_048_576;
const MAX_ISSUES = 5;

/**
 * Reads the file that was asked for, else the one in the user's configuration folder if there is one. An unknown key is
 * a notice: a newer file must not stop an older program. Throws ConfigError where the file cannot be read or a value is
 * wrong.
 */
export function readConfigFile(asked: AskedFile | null, surroundings: Surroundings): ConfigFile | null {
  const path = configPath(asked, surroundings);
  const text = readText(path, asked === null);
  if (text === null) return null;
  const content = parseJson(text, path);
  const bases = { folder: dirname(path), home: surroundings.home };
  const first = fileSchema.safeParse(content, { reportInput: true });
  if (first.success) return { path, settings: settingsOf(first.data, path, bases), notices: [] };
  const unknown = first.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  const notices = limited(unknown.flatMap((issue) => unknownKeys(issue, path)));
  const second = fileSchema.safeParse(without(content, unknown), { reportInput: true });
  if (second.success) return { path, settings: settingsOf(second.data, path, bases), notices };
  throw new ConfigError(...limited(second.error.issues.map((issue) => wrongValue(issue, path))));
}

/** Returns the path of the file that is read, whether it exists or not. */
export function configPath(asked: AskedFile | null, { cwd, home, env }: Surroundings): string {
  if (asked !== null) return resolve(cwd, writtenPath(asked.text, asked.name));
  const base = env['XDG_CONFIG_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.config'), 'sightline', 'config.json');
}

function settingsOf(content: unknown, path: string, bases: { folder: string; home: string }): Settings {
  const settings: Partial<Record<OptionId, Value>> = {};
  for (const id of OPTION_IDS) {
    const { key, kind } = optionOf(id);
    const value = key === null ? undefined : valueAt(content, key);
    if (value !== undefined) settings[id] = fromFile(kind, value, `${path}: ${key}`, bases);
  }
  return settings as Settings;
}

function readText(path: string, mayBeAbsent: boolean): string | null {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) {
      throw new ConfigError(`the configuration file ${path} is larger than 1 MiB; is it the right one?`);
    }
    return bytes.toString('utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = errnoOf(error);
    if (mayBeAbsent && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    const why = fileReasonOf(error);
    const remedy = wordFileRemedy(why, 'name another one with --config FILE');
    throw new ConfigError(`cannot read the configuration file ${path}: ${wordFileCause(why)}; ${remedy}`);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(stripJsonComments(text));
  } catch (error) {
    throw new ConfigError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function wrongValue(issue: z.core.$ZodIssue, path: string): string {
  const key = issue.path.join('.');
  const got = issue.input === undefined ? '' : `, got ${quote(issue.input)}`;
  return key === '' ? `${path}: expected one JSON object` : `${path}: ${key}: ${issue.message}${got}`;
}

function unknownKeys({ path: at, keys }: UnknownKeys, path: string): readonly string[] {
  const part = at.join('.');
  const known = knownKeys(part);
  return keys.map((key) => {
    const where = part === '' ? '' : ` in '${part}'`;
    const suggestion = didYouMean(key, known) || `; known keys: ${known.join(', ')}`;
    return `${path}: unknown key ${quote(key)}${where} ignored${suggestion}`;
  });
}

/** Copies the content without its unknown keys. */
function without(content: unknown, unknown: readonly UnknownKeys[]): unknown {
  const copy: unknown = structuredClone(content);
  for (const { path, keys } of unknown) {
    let part: unknown = copy;
    for (const step of path) part = (part as Record<PropertyKey, unknown>)[step];
    for (const key of keys) Reflect.deleteProperty(part as object, key);
  }
  return copy;
}

function limited(lines: readonly string[]): readonly string[] {
  const more = lines.length - MAX_ISSUES;
  return more > 0 ? [...lines.slice(0, MAX_ISSUES), `and ${more} more`] : lines;
}
