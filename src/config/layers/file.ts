import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type * as z from 'zod';
import type { Environment } from './environment.ts';
import { ConfigError, fileProblem, quote } from '../error.ts';
import { type FileContent, fileSchema, knownKeys } from './file-schema.ts';
import type { Settings } from '../settings.ts';
import { parseSource } from '../source.ts';
import { didYouMean } from '../suggest.ts';

/** A configuration file that was read: its path and what it says. */
export type ConfigFile = { readonly path: string; readonly content: FileContent };

type Places = { readonly cwd: string; readonly home: string; readonly env: Environment };

const MAX_FILE_BYTES = 1_048_576;
const MAX_ISSUES = 5;

/**
 * Reads the file that was asked for, else the one in the user's configuration folder if there is one. Throws
 * ConfigError where it cannot be read or says something that we don't know.
 */
export function readConfigFile(asked: string | undefined, places: Places): ConfigFile | null {
  if (asked?.trim() === '') throw new ConfigError('--config wants a file');
  const path = asked === undefined ? defaultPath(places) : resolve(places.cwd, asked);
  const text = readText(path, asked === undefined);
  if (text === null) return null;
  const result = fileSchema.safeParse(parseJson(text, path), { reportInput: true });
  if (result.success) return { path, content: result.data };
  const lines = result.error.issues.slice(0, MAX_ISSUES).flatMap((issue) => describe(issue, path));
  throw new ConfigError(...lines);
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

function defaultPath({ home, env }: Places): string {
  const base = env['XDG_CONFIG_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.config'), 'sightline', 'config.json');
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

function describe(issue: z.core.$ZodIssue, path: string): readonly string[] {
  const place = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') {
    return [place === '' ? `${path}: wants one JSON object` : `${path}: ${place} ${words(issue)}`];
  }
  const known = knownKeys(place);
  return issue.keys.map((key) => {
    const where = place === '' ? '' : ` in '${place}'`;
    const suggestion = didYouMean(key, known) || `; known are ${known.join(', ')}`;
    return `${path}: unknown key ${quote(key)}${where}${suggestion}`;
  });
}

function words(issue: z.core.$ZodIssue): string {
  return issue.input === undefined ? issue.message : `${issue.message}, got ${quote(issue.input)}`;
}
