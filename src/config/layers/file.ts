import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type * as z from 'zod';
import type { Environment } from './environment.ts';
import { ConfigError, fileProblem, quote } from '../error.ts';
import { type FileContent, fileSchema, knownKeys } from './file-schema.ts';
import type { Settings } from '../settings.ts';
import { parseSource } from '../source.ts';
import { didYouMean } from '../suggest.ts';

/** A configuration file that was read: its path, what it says, and what in it means nothing to us. */
export type ConfigFile = {
  readonly path: string;
  readonly content: FileContent;
  readonly notices: readonly string[];
};

type Places = { readonly cwd: string; readonly home: string; readonly env: Environment };

type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys;

const MAX_FILE_BYTES = 1_048_576;
const MAX_ISSUES = 5;

/**
 * Reads the file that was asked for, else the one in the user's configuration folder if there is one. A key that we
 * don't know is a notice: a newer file must not stop an older program. Throws ConfigError where the file cannot be read
 * or a value is wrong.
 */
export function readConfigFile(asked: string | undefined, places: Places): ConfigFile | null {
  const path = configPath(asked, places);
  const text = readText(path, asked === undefined);
  if (text === null) return null;
  const said = parseJson(text, path);
  const first = fileSchema.safeParse(said, { reportInput: true });
  if (first.success) return { path, content: first.data, notices: [] };
  const unknown = first.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  const notices = limited(unknown.flatMap((issue) => unknownKeys(issue, path)));
  const second = fileSchema.safeParse(without(said, unknown), { reportInput: true });
  if (second.success) return { path, content: second.data, notices };
  throw new ConfigError(...limited(second.error.issues.map((issue) => wrongValue(issue, path))));
}

/** The file that is read: the one that was asked for, else the user's own, whether it is there or not. */
export function configPath(asked: string | undefined, { cwd, home, env }: Places): string {
  if (asked?.trim() === '') throw new ConfigError('--config wants a file');
  if (asked !== undefined) return resolve(cwd, asked);
  const base = env['XDG_CONFIG_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.config'), 'sightline', 'config.json');
}

/** What the file says of the options that the command line has too. Paths are taken from the file's own folder. */
export function fileSettings({ path, content }: ConfigFile, home: string): Settings {
  return {
    ...(content.sources && {
      sources: [...new Set(content.sources.map((uri) => parseSource(uri, `${path}: sources`)))],
    }),
    ...(content.workspace !== undefined && { workspace: filePath(content.workspace, path, home) }),
    ...(content.checkpointer !== undefined && { checkpointer: content.checkpointer }),
    ...(content.mode !== undefined && { mode: content.mode }),
    ...(content.debounce !== undefined && { debounceMs: milliseconds(content.debounce) }),
    ...(content.timeout !== undefined && { timeoutMs: milliseconds(content.timeout) }),
    ...(content.grace !== undefined && { graceMs: milliseconds(content.grace) }),
    ...(content.trailing !== undefined && { trailing: content.trailing }),
    ...(content.token_file !== undefined && { tokenFile: filePath(content.token_file, path, home) }),
    ...(content.ca_file !== undefined && { caFile: filePath(content.ca_file, path, home) }),
    ...(content.state_dir !== undefined && { stateDir: filePath(content.state_dir, path, home) }),
    ...(content.read_only !== undefined && { readOnly: content.read_only }),
    ...(content.ui?.theme !== undefined && { theme: content.ui.theme }),
    ...(content.ui?.mouse !== undefined && { mouse: content.ui.mouse }),
    ...(content.ui?.ascii !== undefined && { ascii: content.ui.ascii }),
    ...(content.ui?.screen_reader !== undefined && { screenReader: content.ui.screen_reader }),
    ...(content.interval !== undefined && { intervalMs: milliseconds(content.interval) }),
    ...(content.log_file !== undefined && { logFile: filePath(content.log_file, path, home) }),
  };
}

/** A path as a configuration file writes it: `~/` is the home folder, anything relative starts at the file's folder. */
export function filePath(text: string, file: string, home: string): string {
  if (text === '~' || text.startsWith('~/')) return join(home, text.slice(1));
  return resolve(dirname(file), text);
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000);
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
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (mayBeAbsent && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    throw new ConfigError(`cannot read the configuration file ${path}: ${fileProblem(error)}`);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function wrongValue(issue: z.core.$ZodIssue, path: string): string {
  const place = issue.path.join('.');
  return place === '' ? `${path}: wants one JSON object` : `${path}: ${place} ${words(issue)}`;
}

function unknownKeys({ path: at, keys }: UnknownKeys, path: string): readonly string[] {
  const place = at.join('.');
  const known = knownKeys(place);
  return keys.map((key) => {
    const where = place === '' ? '' : ` in '${place}'`;
    const suggestion = didYouMean(key, known) || `; known are ${known.join(', ')}`;
    return `${path}: unknown key ${quote(key)}${where} is ignored${suggestion}`;
  });
}

/** The same without the keys that nobody knows. */
function without(said: unknown, unknown: readonly UnknownKeys[]): unknown {
  const copy: unknown = structuredClone(said);
  for (const { path, keys } of unknown) {
    let place: unknown = copy;
    for (const step of path) place = (place as Record<PropertyKey, unknown>)[step];
    for (const key of keys) Reflect.deleteProperty(place as object, key);
  }
  return copy;
}

function limited(lines: readonly string[]): readonly string[] {
  const more = lines.length - MAX_ISSUES;
  return more > 0 ? [...lines.slice(0, MAX_ISSUES), `and ${more} more`] : lines;
}

function words(issue: z.core.$ZodIssue): string {
  return issue.input === undefined ? issue.message : `${issue.message}, got ${quote(issue.input)}`;
}
