import { resolve } from 'node:path';
import type { CheckpointerChoice, Config, ScreenConfig, TalkConfig } from '../core/config-type.ts';
import { ConfigError } from './error.ts';
import type { ConfigFile } from './layers/file.ts';
import { type Layers, pick } from './layers/layers.ts';

type Shared = Pick<Config, 'sources' | 'checkpointer' | 'debounceMs' | 'timeoutMs' | 'graceMs' | 'trailing'>;
type FileOnly = Pick<Config, 'command' | 'policy' | 'guard' | 'advisory' | 'git'>;

/** The options that flags, environment and file share, with their defaults. */
export function sharedValues(layers: Layers): Shared {
  return {
    sources: pick(layers, 'sources')?.value ?? [],
    checkpointer: pick(layers, 'checkpointer')?.value ?? 'auto',
    debounceMs: pick(layers, 'debounceMs')?.value ?? 30_000,
    timeoutMs: pick(layers, 'timeoutMs')?.value ?? 10_000,
    graceMs: pick(layers, 'graceMs')?.value ?? null,
    trailing: pick(layers, 'trailing')?.value ?? true,
  };
}

/** What only the file can say, with its defaults. */
export function fileValues(file: ConfigFile | null): FileOnly {
  const content = file?.content;
  return {
    command: content?.command ?? [],
    policy: {
      types: dictionary(content?.policy?.types ?? {}),
      severities: dictionary(content?.policy?.severities ?? {}),
    },
    guard: {
      perAgentPerHour: content?.guard?.per_agent_per_hour ?? 20,
      perWorkspacePerHour: content?.guard?.per_workspace_per_hour ?? 60,
      storeUsedRatio: content?.guard?.store_used_ratio ?? 0.9,
    },
    advisory: {
      windowMs: (content?.advisory?.window ?? 3_600) * 1_000,
      inputTokens: content?.advisory?.input_tokens ?? 200_000,
    },
    git: { keep: content?.git?.keep ?? 50, exclude: content?.git?.exclude ?? null },
  };
}

/** What the screen alone wants to know, with its defaults: whatever reaches beyond the screen is off. */
export function screenValues(layers: Layers, file: ConfigFile | null): ScreenConfig {
  const ui = file?.content.ui;
  return {
    theme: pick(layers, 'theme')?.value ?? 'auto',
    ascii: pick(layers, 'ascii')?.value ?? false,
    screenReader: pick(layers, 'screenReader')?.value ?? false,
    color: pick(layers, 'color')?.value ?? null,
    mouse: pick(layers, 'mouse')?.value ?? false,
    title: ui?.title ?? false,
    bell: ui?.bell ?? false,
    notify: ui?.notify ?? false,
    keys: dictionary(ui?.keys ?? {}),
  };
}

/** What is told to people, and where, with its defaults. */
export function talkValues(layers: Layers, cwd: string): TalkConfig {
  const logFile = pick(layers, 'logFile')?.value;
  return {
    logFile: logFile === undefined ? null : resolve(cwd, logFile),
    debug: pick(layers, 'debug')?.value ?? false,
    quiet: pick(layers, 'quiet')?.value ?? false,
  };
}

/** The command checkpointer needs its command. Throws ConfigError. */
export function requireCommand(checkpointer: CheckpointerChoice, command: readonly string[]): void {
  if (checkpointer !== 'command' || command.length > 0) return;
  throw new ConfigError(
    'the checkpointer command has no command: put "command": ["/path/to/program", "argument"] in the configuration file',
  );
}

/** Without a prototype, since names of the feed are looked up in it: an interruption may be called `constructor`. */
function dictionary<T>(entries: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  const own = Object.create(null) as Record<string, T>;
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) own[key] = value;
  return own;
}
