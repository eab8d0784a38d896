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
};

export const CHECKPOINTERS: readonly CheckpointerChoice[] = ['auto', 'ws-ckpt', 'git', 'command', 'none'];
export const MODES: readonly Mode[] = ['observe', 'hold', 'auto'];
export const THEMES: readonly ThemeChoice[] = ['auto', 'dark', 'light', 'high-contrast', 'mono'];

/** Text → settings. `nameOf` says how the user wrote an option (`--debounce`, `SIGHTLINE_DEBOUNCE`). Throws ConfigError. */
export function parseFlags(flags: Flags, nameOf: (option: keyof Flags) => string): Settings {
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
  };
}

function modeOf(flags: Flags, nameOf: (option: keyof Flags) => string): Mode | undefined {
  const mode = flags.mode === undefined ? undefined : oneOf(flags.mode, MODES, nameOf('mode'));
  if (flags.arm !== true) return mode;
  if (mode !== undefined && mode !== 'auto') {
    throw new ConfigError(
      `${nameOf('arm')} means ${nameOf('mode')} auto and contradicts ${nameOf('mode')} ${mode}; leave one of them out`,
    );
  }
  return 'auto';
}

function oneOf<T extends string>(text: string, allowed: readonly T[], name: string): T {
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
