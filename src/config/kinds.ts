import { alternatives } from '../wording/units.ts';
import { resolve } from 'node:path';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { parseListenAddress } from '../core/address.ts';
import type { PolicyAction } from '../core/rules.ts';
import { parseSource, type PathKind, type SourceUri, withHome } from '../core/sources.ts';
import { wordSourceUri } from '../wording/sources.ts';
import { formatDuration, MAX_SECONDS, parseDuration } from './duration.ts';
import { ConfigError, quote } from './error.ts';
import type { Budget } from '../core/budgets.ts';
import type { PricedModel } from '../core/prices.ts';
import { budgetsFrom, budgetsToFile } from './budgets.ts';
import { pricesFrom, pricesToFile } from './prices.ts';
import { type HookConfig, hooksFrom, hooksToFile } from './hooks.ts';
import { didYouMean } from './suggest.ts';

/** The kind of an option's value. Texts of flags and variables, values of the file and help derive from it. */
export type Kind =
  /** True or false; `negatable`: the command line also has `--no-…`. */
  | { readonly type: 'switch'; readonly negatable?: true }
  /** Seconds in the file and as a bare number, or a duration with units (`90s`, `1h30m`); ms in the configuration. */
  | { readonly type: 'duration'; readonly min: number; readonly max?: number }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  /** A path, made absolute: from the working directory, or from the file's own folder. `optional`: '' where none is given. */
  | { readonly type: 'path'; readonly names: 'file' | 'folder'; readonly optional?: true }
  /** `max`: characters that it may have. */
  | { readonly type: 'text'; readonly max?: number }
  /** A whole number from 1. */
  | { readonly type: 'count'; readonly max: number }
  /** From 0 to 1. */
  | { readonly type: 'ratio' }
  | { readonly type: 'number'; readonly min: number; readonly max: number; readonly whole?: true }
  /** Host and port to listen on. */
  | { readonly type: 'address' }
  /** Programs and servers that are notified of events. */
  | { readonly type: 'hooks' }
  /** The most that may be spent. */
  | { readonly type: 'budgets' }
  /** Models with what their tokens cost. */
  | { readonly type: 'prices' }
  | { readonly type: 'sources' }
  | { readonly type: 'patterns' }
  /** A list of names, as they are. */
  | { readonly type: 'names' }
  /** A list of folders. */
  | { readonly type: 'folders' }
  /** A program and its arguments. */
  | { readonly type: 'argv' }
  | { readonly type: 'paths' }
  /** Interruption types or severities with what is done about them; `keys`: the only ones, or any. */
  | { readonly type: 'actions'; readonly keys: readonly string[] | null }
  /** An engine on this machine: `any`, `none`, or a process id. Given without a value: `any`; `--no-…`: `none`. */
  | { readonly type: 'engine' }
  /** Actions of the screen with their keys. */
  | { readonly type: 'keys' };

/** The value of a kind in the configuration. */
export type ValueOf<K extends Kind> = K extends { type: 'switch' }
  ? boolean
  : K extends { type: 'duration' | 'count' | 'ratio' | 'number' }
    ? number
    : K extends { type: 'choice'; choices: readonly (infer W)[] }
      ? W
      : K extends { type: 'path' | 'text' | 'address' | 'engine' }
        ? string
        : K extends { type: 'hooks' }
          ? readonly HookConfig[]
          : K extends { type: 'budgets' }
            ? readonly Budget[]
            : K extends { type: 'prices' }
              ? readonly PricedModel[]
              : K extends { type: 'sources' }
                ? readonly SourceUri[]
                : K extends { type: 'patterns' | 'names' | 'argv' | 'folders' }
                  ? readonly string[]
                  : K extends { type: 'actions' }
                    ? Readonly<Record<string, PolicyAction>>
                    : Readonly<Record<string, string>>;

/** Any value of any kind. */
export type Value = ValueOf<Kind>;

/** The folders at which relative paths and `~/` start. */
export type Bases = { readonly folder: string; readonly home: string };

export const POLICY_ACTIONS: readonly PolicyAction[] = ['checkpoint', 'flag', 'ignore'];

/** Parses the text of a flag or a variable. `name` is how the user spelt the option. Throws ConfigError. */
export function parseText(kind: Kind, text: string, name: string, { folder }: Pick<Bases, 'folder'>): Value {
  switch (kind.type) {
    case 'switch':
      return parseSwitch(text, name);
    case 'duration':
      return inRange(kind, parseSecondsOrDuration(text, kind, name), name, text);
    case 'choice':
      return oneOf(text, kind.choices, name);
    case 'path':
      return resolve(folder, writtenPath(text, name));
    case 'sources':
      return [parseSourceUri(text, name)];
    case 'number':
      return parseNumber(kind, text, name);
    case 'actions':
      return dictionary(Object.fromEntries(text.split(',').map((rule) => parseRule(rule.trim(), name))));
    case 'text':
      if (text.length <= (kind.max ?? Infinity)) return text;
      throw new ConfigError(`${name}: expected at most ${kind.max} characters, got ${text.length}`);
    case 'address':
      return addressText(text, name);
    case 'engine':
      if (/^(?:any|none|[1-9]\d{0,9})$/u.test(text)) return text;
      throw new ConfigError(`${name}: expected the process id of an engine, any or none, got ${quote(text)}`);
    case 'hooks':
    case 'budgets':
    case 'prices':
    case 'count':
    case 'ratio':
    case 'patterns':
    case 'names':
    case 'argv':
    case 'folders':
    case 'paths':
    case 'keys':
      // Structured values stand in the file alone (options.ts gives them no flag).
      throw new ConfigError(`${name}: can be set in the configuration file only`);
  }
}

function parseRule(rule: string, name: string): readonly [type: string, action: PolicyAction] {
  const equals = rule.lastIndexOf('=');
  if (equals <= 0) throw new ConfigError(`${name}: expected TYPE=ACTION, got ${quote(rule)}`);
  return [rule.slice(0, equals), oneOf(rule.slice(equals + 1), POLICY_ACTIONS, `${name} ${rule.slice(0, equals)}`)];
}

/** Converts a value of the file, already checked against its schema, into the configuration's value. Throws ConfigError. */
export function fromFile(kind: Kind, value: unknown, name: string, bases: Bases): Value {
  switch (kind.type) {
    case 'duration':
      return typeof value === 'string'
        ? inRange(kind, parseDuration(value, name), name, value)
        : Math.round((value as number) * 1_000);
    case 'path':
      return filePath(value as string, bases);
    case 'sources':
      return [...new Set((value as readonly string[]).map((uri) => parseSourceUri(uri, name)))];
    case 'folders':
      return (value as readonly string[]).map((path) => filePath(path, bases));
    case 'paths':
      return dictionary(
        Object.fromEntries(
          Object.entries(value as Readonly<Record<string, string>>).map(([key, path]) => [key, filePath(path, bases)]),
        ),
      );
    case 'actions':
    case 'keys':
      return dictionary(value as Readonly<Record<string, string | undefined>>);
    case 'hooks':
      return hooksFrom(value as Parameters<typeof hooksFrom>[0], (path) => filePath(path, bases));
    case 'budgets':
      return budgetsFrom(value as Parameters<typeof budgetsFrom>[0], (path) => filePath(path, bases));
    case 'prices':
      return pricesFrom(value as Parameters<typeof pricesFrom>[0]);
    case 'address':
      return addressText(value as string, name);
    case 'switch':
    case 'choice':
    case 'text':
    case 'engine':
    case 'count':
    case 'ratio':
    case 'number':
    case 'patterns':
    case 'names':
    case 'argv':
      return value as Value;
  }
}

/** Returns the value as the configuration file writes it; null where it is not written: a command needs a program. */
export function toFile(kind: Kind, value: unknown): unknown {
  if (kind.type === 'prices') return pricesToFile(value as readonly PricedModel[]);
  if (kind.type === 'budgets') return budgetsToFile(value as readonly Budget[]);
  if (kind.type === 'hooks') return hooksToFile(value as readonly HookConfig[]);
  if (kind.type === 'argv' && Array.isArray(value) && value.length === 0) return null;
  return kind.type === 'duration' && typeof value === 'number' ? value / 1_000 : value;
}

/** A path as a configuration file writes it: `~/` is the home folder, anything relative starts at the file's folder. */
export function filePath(text: string, { folder, home }: Bases): string {
  return resolve(folder, withHome(text, home));
}

/** Describes what an option expects, as its help calls it: `<seconds>`; null where nothing follows the flag. */
export function placeholderOf(kind: Kind): string | null {
  switch (kind.type) {
    case 'switch':
      return null;
    case 'duration':
      return '<seconds>';
    case 'path':
      return kind.names === 'file' ? '<file>' : '<dir>';
    case 'sources':
      return '<uri>';
    case 'number':
      return '<number>';
    case 'address':
      return '<host:port>';
    case 'engine':
      return '<pid>';
    case 'text':
      return kind.max === undefined ? '<name>' : '<text>';
    case 'hooks':
    case 'budgets':
    case 'prices':
    case 'choice':
    case 'count':
    case 'ratio':
    case 'patterns':
    case 'names':
    case 'argv':
    case 'folders':
    case 'paths':
    case 'keys':
      return '<name>';
    case 'actions':
      return '<type=action>';
  }
}

/** Returns one of a few choices, or throws a ConfigError that lists them. */
export function oneOf<T extends string>(text: string, allowed: readonly T[], name: string): T {
  const found = allowed.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  throw new ConfigError(`${name}: expected ${alternatives(allowed)}, got ${quote(text)}${didYouMean(text, allowed)}`);
}

/** Reads a switch's variable. Throws ConfigError. */
export function parseSwitch(text: string, name: string): boolean {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new ConfigError(`${name}: expected true or false, got ${quote(text)}`);
}

/** Returns the URI of what names a source, a bare path included. Throws ConfigError. */
export function parseSourceUri(text: string, name: string): SourceUri {
  const parsed = parseSource(text, pathKind);
  if (!parsed.ok) throw new ConfigError(`${name}: ${wordSourceUri(parsed.reason)}`);
  return parsed.value.uri;
}

/** Copies entries without a prototype: names of the feed are looked up in it, and one may be called `constructor`. */
export function dictionary<T>(entries: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  const own = Object.create(null) as Record<string, T>;
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) own[key] = value;
  return own;
}

function addressText(text: string, name: string): string {
  if (parseListenAddress(text) !== null) return text.trim();
  throw new ConfigError(`${name}: expected HOST:PORT, for example 127.0.0.1:9464, got ${quote(text)}`);
}

function parseNumber(kind: Extract<Kind, { type: 'number' }>, text: string, name: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const fits = value >= kind.min && value <= kind.max && (kind.whole !== true || Number.isInteger(value));
  if (fits) return value;
  const what = kind.whole === true ? 'a whole number' : 'a number';
  throw new ConfigError(`${name}: expected ${what} between ${kind.min} and ${kind.max}, got ${quote(text)}`);
}

function parseSecondsOrDuration(text: string, kind: { readonly min: number }, name: string): number {
  const bare = /^(?:\d+\.?\d*|\.\d+)$/.test(text.trim());
  if (bare) return Math.round(Number(text) * 1_000);
  if (text.trim().startsWith('-')) {
    throw new ConfigError(`${name}: expected at least ${kind.min} seconds, got ${quote(text)}`);
  }
  return parseDuration(text, name, 'seconds or a duration such as 90s, 15m or 1h');
}

function inRange(
  { min, max = MAX_SECONDS }: { readonly min: number; readonly max?: number },
  ms: number,
  name: string,
  text: string,
): number {
  if (ms < min * 1_000) throw new ConfigError(`${name}: expected at least ${min} seconds, got ${quote(text)}`);
  if (ms <= max * 1_000) return ms;
  throw new ConfigError(`${name}: expected at most ${formatDuration(max * 1_000)}, got ${quote(text)}`);
}

/** Returns a path of a flag or a variable as it was given. Throws ConfigError where it is none. */
export function writtenPath(text: string, name: string): string {
  if (text.trim() === '' || text.includes('\0')) throw new ConfigError(`${name}: expected a path, got ${quote(text)}`);
  // A shell replaces the tilde of `--workspace ~/x`, but not that of `--workspace=~/x` in every shell, nor in a unit file.
  if (!/^~[^/]*(?:\/|$)/u.test(text)) return text;
  throw new ConfigError(
    `${name}: '~' in ${quote(text)} was not expanded by a shell; write the home folder out (a name that begins with ~: ./~…)`,
  );
}

function pathKind(path: string): PathKind {
  try {
    const stats = statSync(withHome(path, homedir()));
    if (stats.isDirectory()) return 'folder';
    if (stats.isFIFO()) return 'fifo';
    return stats.isFile() ? 'file' : null;
  } catch {
    return null;
  }
}
