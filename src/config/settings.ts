import type { CheckpointerChoice, ThemeChoice } from '../core/config-type.ts';
import type { Mode } from '../core/acting.ts';
import type { SourceUri } from '../core/events.ts';
import { MIN_TIMEOUT_SECONDS, parseSeconds } from './duration.ts';
import { ConfigError, quote } from './error.ts';
import { parseSource } from './source.ts';
import { didYouMean } from './suggest.ts';

/** The options that every front end shares, as the command line and the environment give them: text. */
export type Flags = {
  readonly source?: readonly string[];
  readonly workspace?: string;
  readonly checkpointer?: string;
  readonly mode?: string;
  readonly arm?: boolean;
  readonly dryRun?: boolean;
  readonly debounce?: string;
  readonly timeout?: string;
  readonly grace?: string;
  readonly trailing?: boolean;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly stateDir?: string;
  readonly config?: string;
  readonly readOnly?: boolean;
  readonly theme?: string;
  readonly mouse?: boolean;
  readonly ascii?: boolean;
  readonly screenReader?: boolean;
  readonly color?: boolean;
  readonly interval?: string;
  readonly logFile?: string;
  readonly debug?: boolean;
  readonly quiet?: boolean;
};

/** Every option of `Flags`, and what stands behind it: a value, a list of them, or nothing (a switch). */
export const OPTION_KINDS: Readonly<Record<keyof Flags, 'text' | 'list' | 'switch'>> = {
  source: 'list',
  workspace: 'text',
  checkpointer: 'text',
  mode: 'text',
  arm: 'switch',
  dryRun: 'switch',
  debounce: 'text',
  timeout: 'text',
  grace: 'text',
  trailing: 'switch',
  tokenFile: 'text',
  caFile: 'text',
  stateDir: 'text',
  config: 'text',
  readOnly: 'switch',
  theme: 'text',
  mouse: 'switch',
  ascii: 'switch',
  screenReader: 'switch',
  color: 'switch',
  interval: 'text',
  logFile: 'text',
  debug: 'switch',
  quiet: 'switch',
};

/** The same options understood, whichever layer they come from; a layer leaves out what it does not say. */
export type Settings = {
  readonly sources?: readonly SourceUri[];
  readonly workspace?: string;
  readonly checkpointer?: CheckpointerChoice;
  readonly mode?: Mode;
  readonly debounceMs?: number;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
  readonly trailing?: boolean;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly stateDir?: string;
  readonly readOnly?: boolean;
  readonly theme?: ThemeChoice;
  readonly mouse?: boolean;
  readonly ascii?: boolean;
  readonly screenReader?: boolean;
  readonly color?: boolean;
  readonly intervalMs?: number;
  readonly logFile?: string;
  readonly debug?: boolean;
  readonly quiet?: boolean;
};

export const CHECKPOINTERS: readonly CheckpointerChoice[] = ['auto', 'ws-ckpt', 'git', 'command', 'none'];
export const MODES: readonly Mode[] = ['observe', 'hold', 'auto'];
export const THEMES: readonly ThemeChoice[] = ['auto', 'dark', 'light', 'high-contrast', 'mono'];

/** How long polled sources may stand between two looks, seconds: beyond half a minute what is found is no news. */
export const MIN_INTERVAL_SECONDS = 0.5;
export const MAX_INTERVAL_SECONDS = 30;

/** Text → settings. `nameOf` says how the user wrote an option (`--debounce`, `SIGHTLINE_DEBOUNCE`). Throws ConfigError. */
export function parseFlags(flags: Flags, nameOf: NameOf): Settings {
  const mode = modeOf(flags, nameOf);
  return {
    ...(flags.source && { sources: [...new Set(flags.source.map((uri) => parseSource(uri, nameOf('source'))))] }),
    ...(flags.workspace !== undefined && { workspace: filled(flags.workspace, nameOf('workspace')) }),
    ...(flags.checkpointer !== undefined && {
      checkpointer: oneOf(flags.checkpointer, CHECKPOINTERS, nameOf('checkpointer')),
    }),
    ...(mode !== undefined && { mode }),
    ...(flags.debounce !== undefined && { debounceMs: parseSeconds(flags.debounce, nameOf('debounce'), 0) }),
    ...(flags.timeout !== undefined && {
      timeoutMs: parseSeconds(flags.timeout, nameOf('timeout'), MIN_TIMEOUT_SECONDS),
    }),
    ...(flags.grace !== undefined && { graceMs: parseSeconds(flags.grace, nameOf('grace'), 0) }),
    ...(flags.trailing !== undefined && { trailing: flags.trailing }),
    ...(flags.tokenFile !== undefined && { tokenFile: filled(flags.tokenFile, nameOf('tokenFile')) }),
    ...(flags.caFile !== undefined && { caFile: filled(flags.caFile, nameOf('caFile')) }),
    ...(flags.stateDir !== undefined && { stateDir: filled(flags.stateDir, nameOf('stateDir')) }),
    ...(flags.readOnly !== undefined && { readOnly: flags.readOnly }),
    ...(flags.theme !== undefined && { theme: oneOf(flags.theme, THEMES, nameOf('theme')) }),
    ...(flags.mouse !== undefined && { mouse: flags.mouse }),
    ...(flags.ascii !== undefined && { ascii: flags.ascii }),
    ...(flags.screenReader !== undefined && { screenReader: flags.screenReader }),
    ...(flags.color !== undefined && { color: flags.color }),
    ...(flags.interval !== undefined && { intervalMs: interval(flags.interval, nameOf('interval')) }),
    ...(flags.logFile !== undefined && { logFile: filled(flags.logFile, nameOf('logFile')) }),
    ...(flags.debug !== undefined && { debug: flags.debug }),
    ...(flags.quiet !== undefined && { quiet: flags.quiet }),
  };
}

type NameOf = (option: keyof Flags) => string;

function modeOf(flags: Flags, nameOf: NameOf): Mode | undefined {
  const mode = flags.mode === undefined ? undefined : oneOf(flags.mode, MODES, nameOf('mode'));
  const said = [
    ...(mode === undefined ? [] : [{ by: nameOf('mode'), words: `${nameOf('mode')} ${mode}`, mode }]),
    ...(flags.arm === true ? [shortForm('arm', 'auto', nameOf)] : []),
    ...(flags.dryRun === true ? [shortForm('dryRun', 'observe', nameOf)] : []),
  ];
  const [last, other] = [said.at(-1), said.find((one) => one.mode !== said.at(-1)?.mode)];
  if (last !== undefined && other !== undefined) {
    throw new ConfigError(
      `${last.words} and contradicts ${other.by === nameOf('mode') ? other.words : other.by}; leave one of them out`,
    );
  }
  return last?.mode;
}

function shortForm(option: 'arm' | 'dryRun', mode: Mode, nameOf: NameOf) {
  return { by: nameOf(option), words: `${nameOf(option)} means ${nameOf('mode')} ${mode}`, mode };
}

function interval(text: string, name: string): number {
  const ms = parseSeconds(text, name, MIN_INTERVAL_SECONDS);
  if (ms <= MAX_INTERVAL_SECONDS * 1_000) return ms;
  throw new ConfigError(`${name} wants at most ${MAX_INTERVAL_SECONDS} seconds, got ${quote(text)}`);
}

/** One of a few words, or a ConfigError that says which there are. */
export function oneOf<T extends string>(text: string, allowed: readonly T[], name: string): T {
  const found = allowed.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  throw new ConfigError(`${name} wants one of ${allowed.join(', ')}, got ${quote(text)}${didYouMean(text, allowed)}`);
}

function filled(text: string, name: string): string {
  if (text.trim() !== '' && !text.includes('\0')) return text;
  throw new ConfigError(`${name} wants a path, got ${quote(text)}`);
}

/** An option as the command line spells it: `stateDir` → `--state-dir`. */
export function optionName(option: keyof Flags): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
